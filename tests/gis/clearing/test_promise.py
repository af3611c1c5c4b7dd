"""By when a road was promised, whether it was clear by then, and what the pace of its crew makes of the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.model import DeviceId, Task, Vehicle, VehicleId
from core.ploughs import Order
from gis.ploughs.overview import overview
from gis.ploughs.promise import Progress, behind, deadline_after, late_roads, promises
from gis.ploughs.working_speed import pace

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TOKYO = ZoneInfo("Asia/Tokyo")


def _vehicle(name, contractor):
    return Vehicle(
        id=VehicleId(name), device=DeviceId(name), name_ja=name, name_en=name, kind="plough", contractor=contractor
    )


VEHICLES = {1: _vehicle("one", "甲"), 2: _vehicle("two", "甲"), 3: _vehicle("three", "乙")}


@pytest.fixture
def network(road, network_from):
    return network_from(
        road("a", contractor="甲"),
        road("b", 500.0, north=100.0, code="2", contractor="甲"),
        road("c", 200.0, north=200.0, code="3", contractor="甲"),
        road("d", 3000.0, north=300.0, contractor="乙", deadline="06:00"),
    )


@pytest.fixture
def order(night):
    """Given at half past one for classes 1 and 2."""
    return Order(id="night", at=night - 1.5 * HOUR, classes=("1", "2"), by="当直")


@pytest.fixture
def promised(network, plan, order, night):
    def reckon(*passages, now=night, orders=None, vehicles=VEHICLES):
        return promises(network, plan, orders or [order], passages, vehicles, zone=TOKYO, now=now)

    return reckon


def test_the_deadline_is_the_first_such_time_of_day_after_the_order(promised, night):
    found = promised()
    assert list(found) == ["a", "b", "d"]  # class 3 was not ordered
    assert found["a"].deadline == night + 4 * HOUR  # 07:00
    assert found["b"].deadline == night + 4.5 * HOUR  # 07:30
    assert found["d"].deadline == night + 3 * HOUR  # its own, 06:00


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        ("2026-01-14T16:30", time(7, 0), "2026-01-14T22:00"),  # 01:30 in Japan, the same day
        ("2026-01-14T22:00", time(7, 0), "2026-01-15T22:00"),  # at seven sharp: tomorrow
        ("2026-01-14T14:00", time(7, 0), "2026-01-14T22:00"),  # 23:00 the day before
    ],
)
def test_deadlines_over_midnight(given, wanted, expected):
    at, until = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (given, expected))
    assert deadline_after(at, wanted, TOKYO) == until


def test_a_clock_that_is_put_forward_has_its_own_deadlines():
    new_york = ZoneInfo("America/New_York")  # at two in the morning of 2026-03-08 it is three
    given = datetime(2026, 3, 8, 5, 0, tzinfo=UTC)
    assert deadline_after(given, time(7, 0), new_york) == datetime(2026, 3, 8, 11, 0, tzinfo=UTC)


def test_the_newest_order_for_a_class_counts(promised, order, night):
    again = replace(order, id="again", at=night - HOUR, classes=("1",))
    found = promised(orders=[again, order])
    assert (found["a"].order, found["b"].order) == ("again", "night")


def test_a_road_cleared_since_the_order_is_done(promised, passage, night):
    found = promised(passage("a", 0, 1000, -30))["a"]
    assert (found.progress, found.done_at, found.left_m) == (Progress.DONE, night - 28 * MINUTE, 0.0)
    assert found.late_by == timedelta(0)
    assert found.forecast is None


def test_what_was_cleared_before_the_order_is_not(promised, passage):
    found = promised(passage("a", 0, 1000, -120))["a"]
    assert (found.progress, found.left_m) == (Progress.OPEN, 1000.0)


def test_a_road_cleared_in_time_and_again_later_was_not_late(promised, passage, night):
    found = promised(passage("a", 0, 1000, 0), passage("a", 0, 1000, 5 * 60), now=night + 6 * HOUR)["a"]
    assert (found.progress, found.done_at, found.late_by) == (Progress.DONE, night + 2 * MINUTE, timedelta(0))


def test_a_road_cleared_after_its_deadline_is_done_and_was_late(promised, passage, night):
    found = promised(passage("a", 0, 1000, 4 * 60 + 28), now=night + 6 * HOUR)["a"]
    assert (found.progress, found.late_by) == (Progress.DONE, 30 * MINUTE)


def test_a_deadline_that_is_over_makes_a_road_late(promised, night):
    now = night + 4 * HOUR + timedelta(hours=26)
    found = promised(now=now)["a"]
    assert (found.progress, found.late_by) == (Progress.LATE, timedelta(hours=26))
    assert late_roads(promised(now=night + 4 * HOUR + MINUTE)) == {"a", "d"}
    assert late_roads(promised(now=night + 4 * HOUR)) == {"d"}  # at seven sharp it is not late yet


def test_the_forecast_is_what_the_crew_has_left_by_its_pace(promised, passage, night):
    # Vehicle 1 works 2 000 m in half an hour, vehicle 2 1 000 m: 4 and 2 km/h, in the median 3, together 6.
    work = [
        passage("c", 0, 200, -40),
        *(passage("a", 0, 400, -40 + 5 * number, vehicle=1) for number in range(5)),
        passage("a", 0, 0.1, -12, vehicle=1, ended_at=night - 10 * MINUTE),
        passage("c", 0, 200, -40, vehicle=2),
        *(passage("c", 0, 200, -35 + 5 * number, vehicle=2) for number in range(3)),
        passage("c", 0, 200, -12, vehicle=2, ended_at=night - 10 * MINUTE),
    ]
    found = promised(*work)
    basis = found["a"].pace
    assert basis.vehicles == (1, 2)
    assert basis.since == night - 40 * MINUTE
    assert basis.metres_per_hour == pytest.approx(3200, abs=1)
    # 600 m of road a until seven; with both sides of road b 1 600 m until half past.
    assert (found["a"].left_m, found["a"].crew_left_m) == (600.0, 600.0)
    assert (found["b"].left_m, found["b"].crew_left_m) == (1000.0, 1600.0)
    assert found["b"].forecast == night + timedelta(seconds=round(3600 * 1600 / (2 * basis.metres_per_hour)))
    assert found["a"].progress is found["b"].progress is Progress.ON_COURSE


def test_who_will_not_make_it_is_behind(promised, passage, night):
    slow = [passage("d", 0, 100, -20, vehicle=3), passage("d", 100, 200, -10, vehicle=3)]
    found = promised(*slow)["d"]
    assert found.pace.metres_per_hour == 1000.0  # 200 m in twelve minutes
    assert found.forecast == night + 2.8 * HOUR
    assert found.progress is Progress.ON_COURSE
    later = [passage("d", 0, 100, 40, vehicle=3), passage("d", 100, 200, 50, vehicle=3)]
    assert promised(*later, now=night + HOUR)["d"].progress is Progress.BEHIND


def test_without_anybody_at_work_nobody_can_say(promised, passage):
    found = promised(passage("a", 0, 400, -20, vehicle=1), passage("a", 0, 400, -10, vehicle=1))
    assert found["a"].progress is Progress.ON_COURSE
    assert found["d"].pace is found["d"].forecast is None
    assert found["d"].progress is Progress.OPEN


def test_a_road_nobody_is_assigned_to_goes_by_all_ploughs(promised, passage):
    found = promised(passage("d", 0, 100, -20, vehicle=9), passage("d", 100, 200, -10, vehicle=9), vehicles={})
    assert found["a"].crew == ()
    assert found["a"].pace.vehicles == (9,)


def test_a_road_that_names_its_ploughs_goes_by_them(road, network_from, plan, order, passage, night):
    network = network_from(road("a", contractor="甲", vehicles="three"))
    work = [passage("a", 0, 100, -20, vehicle=1), passage("a", 100, 200, -10, vehicle=1)]
    found = promises(network, plan, [order], work, VEHICLES, zone=TOKYO, now=night)["a"]
    assert (found.crew, found.progress) == (("three",), Progress.OPEN)


def test_the_list_of_those_behind(promised, passage, night):
    slow = [passage("d", 0, 100, 40, vehicle=3), passage("d", 100, 200, 50, vehicle=3)]
    assert [each.road for each in behind(promised(*slow, now=night + HOUR))] == ["d", "a", "b"]
    assert [each.road for each in behind(promised(now=night + 4 * HOUR + MINUTE))] == ["d", "a", "b"]


def test_five_minutes_of_work_are_the_least_a_pace_is_told_from(passage, night):
    assert pace([passage("a", 0, 1000, -10)], night) is None
    assert pace([passage("a", 0, 1000, -10), passage("a", 0, 500, -7)], night).metres_per_hour == 18_000.0
    assert pace([], night) is None


def test_only_work_of_the_last_hour_makes_the_pace(passage, night):
    long = passage("a", 0, 1000, -70, ended_at=night - 50 * MINUTE)
    found = pace([long], night)
    assert found.metres_per_hour == 3000.0  # half of it, in ten minutes
    assert found.since == night - HOUR
    assert pace([passage("a", 0, 1000, -70)], night) is None
    assert pace([replace(long, task=Task.DEICE)], night) is None
    assert pace([replace(long, derived=True)], night) is None


def test_the_document_of_a_road(network, plan, promised, passage, night):
    (a, b, *_) = overview(network, plan, {}, night, promises=promised())
    assert a["id"] == "a"
    assert a["length"] == "drawn"
    assert a["age_class"] == "none"
    assert a["deadline"] == "2026-01-14T22:00:00Z"
    assert (a["progress"], a["late"], a["basis"], a["snow_cm"], a["need"]) == ("open", False, None, None, None)
    assert b["sides"] is None
    assert set(a) == set(b)
