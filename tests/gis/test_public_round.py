"""The round that publishes ploughs and roads, over a real database: bursts, repeated rounds, the change of day, forgetting."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest

from config.model import Limits, Privacy, Site
from config.plough_plan import Depot, PloughPlan, RoadClass
from core.model import (
    Bounds,
    DeviceId,
    Position,
    Quality,
    QualityReason,
    Task,
    Vehicle,
    VehicleId,
    VehiclePosition,
)
from core.ploughs import Direction, Evidence, Order, Passage, Track
from gis.metres import to_degrees, to_metres
from gis.ploughs.network import network_of
from gis.ploughs.public_round import PublicRound, publishing
from store.rows import Batch

pytestmark = pytest.mark.db

EPSG = 6678
WEST, NORTH = to_metres(EPSG).transform(140.4, 38.6)
BEGAN = (datetime.now(UTC) - timedelta(days=2)).replace(hour=18, minute=0, second=0, microsecond=0)
DELAY = timedelta(minutes=10)
PLAN = PloughPlan(
    roads="roads",
    classes={"1": RoadClass(code="1", deadline=time(5, 0))},
    depots=(Depot(id="yard", position=Position(140.4, 38.65)),),
)


def vehicle(number):
    return Vehicle(id=VehicleId(f"v{number}"), device=DeviceId(f"d{number}"), name_ja="", name_en="", kind="plough")


SITE = Site(
    folder=Path(),
    id="street",
    code="062120",
    name_ja="",
    name_en="",
    time_zone="Asia/Tokyo",
    bounds=Bounds(140.2, 38.4, 140.7, 38.8),
    plane_epsg=EPSG,
    zoom=12,
    notice_ja="",
    notice_en="",
    contact_ja="",
    contact_en="",
    sources=(),
    limits=Limits(),
    privacy=Privacy(vehicle_delay=DELAY),
    stations=(),
    datastreams=(),
    vehicles=(vehicle(1), vehicle(2)),
    ploughs=PLAN,
)


@pytest.fixture(scope="module")
def street():
    """Four roads of 500 m, end to end."""
    features = []
    for number in range(4):
        east = [WEST + 500 * number, WEST + 500 * (number + 1)]
        lon, lat = to_degrees(EPSG).transform(east, [NORTH, NORTH])
        line = {"type": "LineString", "coordinates": list(zip(lon, lat, strict=True))}
        features.append(
            {"type": "Feature", "geometry": line, "properties": {"id": str(number), "name": "", "code": "1"}}
        )
    return network_of(features, EPSG)


class Played:
    """A plough that drives down the street at 5 m/s, and the round that tells of it."""

    def __init__(self, store, street, seed=1):
        self.store, self.street = store, street
        self.registry = store.register(SITE)
        self.site, self.plough = self.registry.site, self.registry.vehicles[VehicleId("v1")]
        self.round = self.begin(seed).round

    def begin(self, seed):
        """The round as a new process has it."""
        return PublicRound(SITE, PLAN, self.store, self.registry, self.street, random_bytes=Random(seed).randbytes)

    def drive(self, began=BEGAN, arrived=None):
        """Fixes every ten seconds that arrive at once, or all at ``arrived``, and their passages."""
        rows = [
            VehiclePosition(
                self.plough, at, 140.4, 38.6, 18.0, 90.0, 4.0, Task.PLOUGH, Quality.GOOD, QualityReason.NONE, arrived or at
            )
            for at in (began + timedelta(seconds=10 * n) for n in range(-1, 42))
        ]  # fmt: skip
        self.store.append(self.site, Batch(positions=rows))
        passages = tuple(
            Passage(
                vehicle=self.plough,
                road=str(n),
                direction=Direction.FORWARD,
                from_m=0.0,
                to_m=500.0,
                began_at=began + timedelta(seconds=100 * n),
                ended_at=began + timedelta(seconds=100 * (n + 1)),
                task=Task.PLOUGH,
                evidence=Evidence.SIGNAL,
                fixes=10,
            )
            for n in range(4)
        )
        until = began + timedelta(minutes=10)
        self.store.ploughs.replace_track(self.plough, began - timedelta(minutes=1), until, Track(passages=passages))

    def told(self):
        return self.store.public_ploughs.newest(self.site, BEGAN - timedelta(days=1))

    def roads(self):
        return self.store.public_ploughs.roads(self.site)


@pytest.fixture
def played(store, street):
    return Played(store, street)


def test_a_plough_comes_after_the_delay_and_rounds_repeated_tell_nothing_more(played):
    played.drive()
    played.round(BEGAN + timedelta(minutes=10))
    assert played.told() == []
    now = BEGAN + timedelta(minutes=20)
    played.round(now)
    (seen,) = played.told()
    assert now - seen.at >= DELAY
    played.begin(2).round(now)  # a process that begins again draws nothing anew
    assert played.told() == [seen]


def test_a_burst_is_told_a_delay_after_it_arrived(played):
    came = BEGAN + timedelta(minutes=12)
    played.drive(arrived=came)
    for minutes in range(12, 22):
        played.round(BEGAN + timedelta(minutes=minutes))
        assert played.told() == []
        assert all(road.clear_since is None for road in played.roads().roads.values())
    played.round(came + DELAY)
    assert played.told() != []
    assert played.roads().roads["1"].clear_since is None, "roads wait for their step"
    played.round(BEGAN + timedelta(minutes=30))
    assert played.roads().as_of == BEGAN + timedelta(minutes=20)
    assert played.roads().roads["1"].clear_since == BEGAN


def test_roads_of_a_step_all_at_once_with_the_standing_order(played):
    order = Order(id="o1", at=BEGAN - timedelta(hours=1), classes=("1",), by="係長", note="秘密")
    played.store.orders.give(played.site, order, order.at)
    played.drive()
    played.round(BEGAN + timedelta(minutes=19, seconds=59))
    assert played.roads().as_of == BEGAN
    played.round(BEGAN + timedelta(minutes=20))
    roads = played.roads()
    assert roads.as_of == BEGAN + timedelta(minutes=10)
    assert {road.cleared_at for road in roads.roads.values()} == {BEGAN}
    deadline = BEGAN.replace(hour=20)
    assert roads.order.deadlines == {"1": deadline}
    assert {(road.deadline, road.late) for road in roads.roads.values()} == {(deadline, False)}


def test_a_road_that_nobody_cleared_by_its_deadline_is_late(played):
    order = Order(id="o1", at=BEGAN - timedelta(hours=1), classes=("1",), by="係長")
    played.store.orders.give(played.site, order, order.at)
    played.round(BEGAN + timedelta(hours=2, minutes=9))
    assert {road.late for road in played.roads().roads.values()} == {False}
    played.round(BEGAN + timedelta(hours=2, minutes=25))
    assert {road.late for road in played.roads().roads.values()} == {True}


def test_a_road_cleared_before_the_window_is_told_with_its_time(played):
    played.drive()
    now = BEGAN + timedelta(hours=30)
    played.round(now)
    (road, *others) = played.roads().roads.values()
    assert (road.clear_since, road.share) == (BEGAN, 0.0), "it is no longer clear, but when it was is known"
    assert {other.clear_since for other in others} <= {BEGAN, BEGAN + timedelta(minutes=10)}
    played.round(BEGAN + PLAN.remember + timedelta(hours=1))
    assert {road.clear_since for road in played.roads().roads.values()} == {None}


def test_a_clock_that_was_ahead_holds_nothing_up(played):
    played.drive()
    played.round(BEGAN + timedelta(days=2))
    played.round(BEGAN + timedelta(minutes=20))
    assert played.roads().as_of == BEGAN + timedelta(minutes=10)
    assert played.roads().roads["1"].clear_since == BEGAN


def test_names_change_with_the_day_of_work_and_are_forgotten(played):
    played.drive()
    played.round(BEGAN + timedelta(minutes=20))
    (first,) = played.told()
    tomorrow = BEGAN + timedelta(days=1)
    played.drive(tomorrow)
    played.round(tomorrow + timedelta(minutes=20))
    (second,) = played.told()  # what was told yesterday has left the window
    assert (second.day - first.day, second.id == first.id) == (timedelta(days=1), False)
    assert played.store.redaction.aliases(played.site, first.day) == {}
    assert len(played.store.redaction.aliases(played.site, second.day)) == 2, "drawn for all, also for who stands"


def test_zones_stay_where_they_were_drawn(played):
    def offsets():
        return played.store.redaction.offsets(played.site, ["depot:yard"], lambda: pytest.fail("drawn again"))

    before = offsets()
    played.begin(7)
    assert offsets() == before


def test_a_town_without_a_plan_tells_nothing(played):
    bare = replace(SITE, ploughs=None)
    played.drive()
    work = publishing(bare, played.store, played.registry, played.street, random_bytes=Random(1).randbytes)
    assert work(BEGAN + timedelta(hours=1)) is False
    assert played.told() == []
    assert played.roads() is None
