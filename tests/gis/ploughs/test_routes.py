"""Whose roads a plough has to clear."""

from __future__ import annotations

import pytest

from core.model import DeviceId, Vehicle, VehicleId
from gis.ploughs.network import network_of
from gis.ploughs.routes import AssignedBy, route_of


def _network(*facts):
    return network_of(
        [
            {
                "type": "Feature",
                "properties": {"id": f"r{number}", "code": "1", **more},
                "geometry": {
                    "type": "LineString",
                    "coordinates": [[140.40, 38.6 + number / 100], [140.41, 38.6 + number / 100]],
                },
            }
            for number, more in enumerate(facts)
        ],
        6678,
    )


def _vehicle(**more):
    return Vehicle(id=VehicleId("p1"), device=DeviceId("d"), name_ja="1号", name_en="1", kind="plough", **more)


@pytest.mark.parametrize(
    ("facts", "contractor", "by", "roads"),
    [
        (({"vehicles": "p1 p2"}, {"contractor": "甲"}), "甲", AssignedBy.VEHICLE, ["r0"]),
        (({"vehicles": "p2"}, {"contractor": "甲"}), "甲", AssignedBy.CONTRACTOR, ["r1"]),
        (({"vehicles": "p2"}, {"contractor": "甲"}), "乙", AssignedBy.NOTHING, []),
        (({}, {}), "甲", AssignedBy.ALL, ["r0", "r1"]),
        (({}, {}), "", AssignedBy.ALL, ["r0", "r1"]),
        (({}, {"contractor": "甲"}), "", AssignedBy.NOTHING, []),
    ],
    ids=[
        "named",
        "by contractor",
        "another's",
        "nobody's are everybody's",
        "without contractor",
        "some are somebody's",
    ],
)
def test_a_route(facts, contractor, by, roads):
    route = route_of(_network(*facts), _vehicle(contractor=contractor))
    assert (route.by, [road.id for road in route.roads]) == (by, roads)
