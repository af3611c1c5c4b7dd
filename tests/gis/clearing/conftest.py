"""A small network of straight roads, and passages, orders and gauges over it, for tests of coverage and promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import shapely
from shapely.geometry import mapping

from config.plough_plan import PloughPlan, RoadClass
from core.model import Task
from core.ploughs import Direction, Evidence, Passage
from gis.metres import in_degrees
from gis.ploughs.network import Network, network_of
from gis.ploughs.snow_gauges import Gauge, Readings

EPSG = 6678
NIGHT = datetime(2026, 1, 14, 18, 0, tzinfo=UTC)  # 03:00 on the 15th in Japan


@pytest.fixture(scope="session")
def night() -> datetime:
    """Three in the morning in Japan."""
    return NIGHT


@pytest.fixture(scope="session")
def road() -> Callable[..., dict[str, Any]]:
    """Makes a road of so many metres along the x axis of the zone, ``north`` metres up, as the layer has it."""

    def make(
        id_: str, length: float = 1000.0, *, north: float = 0.0, east: float = 0.0, **properties: Any
    ) -> dict[str, Any]:
        line = in_degrees(shapely.LineString([(east, north), (east + length, north)]), EPSG)
        said = {"id": id_, "name": f"市道{id_}", "code": "1", "class": "第1種", "owner": "市", **properties}
        return {"type": "Feature", "properties": said, "geometry": mapping(line)}

    return make


@pytest.fixture(scope="session")
def network_from() -> Callable[..., Network]:
    """Makes the network of such roads."""
    return lambda *roads: network_of(roads, EPSG)


@pytest.fixture(scope="session")
def plan() -> PloughPlan:
    """Class 1 by 07:00, 10 cm at 01:30 and 04:00; class 2 with two sides by 07:30; class 3 with no promise."""
    return PloughPlan(
        roads="roads",
        classes={
            "1": RoadClass(
                code="1",
                threshold_cm=10.0,
                checks=(time(1, 30), time(4, 0)),
                deadline=time(7, 0),
                second_pass_cm=5.0,
            ),
            "2": RoadClass(code="2", deadline=time(7, 30), two_sided=True, second_pass_cm=8.0),
            "3": RoadClass(code="3"),
        },
    )


@pytest.fixture(scope="session")
def passage() -> Callable[..., Passage]:
    """Makes a passage that began ``minute`` minutes after 03:00 and took two; signalled unless told."""

    def make(road: str, from_m: float, to_m: float, minute: float = 0.0, **fields: Any) -> Passage:
        began = NIGHT + timedelta(minutes=minute)
        made = Passage(
            vehicle=1,
            road=road,
            direction=Direction.FORWARD,
            from_m=from_m,
            to_m=to_m,
            began_at=began,
            ended_at=began + timedelta(minutes=2),
            task=Task.PLOUGH,
            evidence=Evidence.SIGNAL,
            fixes=10,
        )
        return replace(made, **fields)

    return make


@pytest.fixture(scope="session")
def gauge() -> Callable[..., Gauge]:
    """Makes a gauge at a place of the zone, in metres, with no noise unless told."""

    def make(
        station: str, east: float = 0.0, north: float = 0.0, elevation_m: float | None = None, **fields: Any
    ) -> Gauge:
        made = Gauge(
            station=station,
            name_ja=station,
            name_en=station,
            east=east,
            north=north,
            elevation_m=elevation_m,
            noise_cm=0.0,
            stale_after=timedelta(minutes=30),
        )
        return replace(made, **fields)

    return make


@pytest.fixture(scope="session")
def hourly() -> Callable[..., Readings]:
    """What a gauge read at full hours, the last of them at 03:00 unless told."""

    def make(gauge: Gauge, *depths: float | None, last: datetime = NIGHT) -> Readings:
        hours = [last - timedelta(hours=back) for back in reversed(range(len(depths)))]
        known = [(at, depth) for at, depth in zip(hours, depths, strict=True) if depth is not None]
        return Readings(gauge=gauge, at=tuple(at for at, _ in known), depth_cm=tuple(depth for _, depth in known))

    return make
