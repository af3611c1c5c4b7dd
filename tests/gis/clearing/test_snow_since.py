"""What fell at a gauge, when it began to snow, what it means for roads, and whether it calls for an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.ploughs import Evidence, Order, RoadState
from gis.ploughs.proposals import CheckResult, last_occurrence, proposals
from gis.ploughs.snow_gauges import Readings
from gis.ploughs.snow_since import Need, WhyUnknown, near_gauges, second_passes, snow_since
from gis.ploughs.snowfall import LeftOut, snowfall
from gis.ploughs.storm import latest_storm

HOUR = timedelta(hours=1)
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def fall(gauge, hourly):
    """The snowfall of a gauge with such depths at full hours, the last at 03:00."""
    return lambda *depths, **fields: snowfall(hourly(gauge("here", **fields), *depths))


# What fell


def test_rises_add_up_and_settling_takes_nothing_away(fall, night):
    found = fall(50, 54, 53, 51, 55)
    assert found.fallen_cm == (0, 4, 4, 4, 8)
    assert found.fallen(night - 4 * HOUR, night) == 8
    assert found.fallen(night - 2 * HOUR, night) == 4
    assert found.fallen(night, night) == 0


def test_between_two_hours_it_is_told_in_proportion(fall, night):
    assert fall(50, 54).fallen(night - timedelta(minutes=15), night) == 1


def test_what_lies_within_the_noise_is_no_snow_until_it_has_grown_beyond_it(fall):
    assert fall(50, 51.5, 50.2, 51.8, 50, noise_cm=2.0).fallen_cm == (0, 0, 0, 0, 0)
    assert fall(50, 51.5, 53, 54.5, noise_cm=2.0).fallen_cm == (0, 0, 3, 4.5)  # goes on
    assert fall(50, 53, 52.5, 54, noise_cm=2.0).fallen_cm == (0, 3, 3, 3)  # stopped between


def test_settling_within_the_noise_does_not_lower_what_the_next_fall_is_measured_from(fall):
    assert fall(50, 49, 48, 53, noise_cm=2.0).fallen_cm == (0, 0, 0, 3)
    assert fall(50, 47, 53, noise_cm=2.0).fallen_cm == (0, 0, 6)


def test_an_hour_is_the_median_of_its_readings_and_many_readings_have_less_noise(gauge, night):
    at = tuple(night - 2 * HOUR + timedelta(minutes=10 * number) for number in range(9))
    depths = (50.0, 50.0, 50.0, 90.0, 52.0, 52.0, 52.0, 52.0, 52.0)
    found = snowfall(Readings(gauge=gauge("here", noise_cm=2.0), at=at, depth_cm=depths))
    assert found.fallen_cm == (0, 2, 2)  # one spike is not the median; 2 cm is more than 2 / √6


def test_the_newest_readings_tell_the_depth_now(gauge, night):
    at = tuple(night + timedelta(minutes=10 * number) for number in range(-6, 3))  # 02:00 to 03:20
    depths = (50.0, 50.0, 50.0, 50.0, 50.0, 51.0, 52.0, 53.0, 54.0)
    found = snowfall(Readings(gauge=gauge("here"), at=at, depth_cm=depths))
    # 02:10 by three readings, 02:55 by six, and what the last three say of 03:10
    assert found.at[-2:] == (night - timedelta(minutes=5), night + timedelta(minutes=10))
    assert found.fallen_cm == (0, 1.5, 3.0)


def test_a_gauge_that_fell_silent_says_nothing(fall, night):
    assert fall(50, 54).fallen(night - HOUR, night + timedelta(minutes=31)) is LeftOut.STALE
    assert fall(50, 54).fallen(night - HOUR, night + timedelta(minutes=30)) == 4
    assert fall().fallen(night - HOUR, night) is LeftOut.NO_VALUES


def test_a_gauge_says_nothing_of_a_time_it_did_not_see(fall, night):
    found = fall(50, None, None, None, 54, 55)
    assert found.fallen(night - 5 * HOUR, night) is LeftOut.GAP
    assert found.fallen(night - timedelta(hours=1, minutes=1), night) is LeftOut.GAP
    assert found.fallen(night - HOUR, night) == 1
    assert fall(50, 54).fallen(night - 3 * HOUR, night) is LeftOut.BEGINS_LATER
    assert fall(50, None, None, 54).fallen(night - 3 * HOUR, night) == 4


# When it began


def test_a_snowfall_began_with_the_first_snow_after_six_hours_without(fall, night):
    found = latest_storm([fall(40, 45, 45, 45, 45, 45, 45, 45, 45, 47, 47, 49)], night)
    assert found.began_at == night - 3 * HOUR
    assert found.last_at == night
    assert found.going_on
    assert found.certain
    assert found.stations == ("here",)


def test_a_shorter_pause_does_not_end_it(fall, night):
    found = latest_storm([fall(40, 40, 40, 40, 40, 40, 40, 45, 45, 45, 45, 45, 45, 47)], night)
    assert found.began_at == night - 7 * HOUR


def test_it_is_not_certain_where_the_six_hours_before_were_not_measured(fall, night):
    assert not latest_storm([fall(40, 40, 45, 47)], night).certain
    assert not latest_storm([fall(40, 40, 40, None, None, None, 40, 40, 45)], night).certain
    assert latest_storm([fall(40, 40, 40, 40, 40, 40, 40, 45)], night).certain


def test_every_gauge_that_saw_it_is_named(gauge, hourly, night):
    dry = [60.0] * 8
    falls = [
        snowfall(hourly(gauge("east"), *dry[:-1], 62)),
        snowfall(hourly(gauge("west"), *dry)),
        snowfall(hourly(gauge("north"), *dry[:-2], 63, 63)),
    ]
    found = latest_storm(falls, night)
    assert found.stations == ("east", "north")
    assert found.began_at == night - 2 * HOUR


def test_snow_that_stopped_six_hours_ago_is_over_and_no_snow_is_no_snowfall(fall, night):
    assert not latest_storm([fall(40, 45, 45, 45, 45, 45, 45, 45)], night).going_on
    assert latest_storm([fall(40, 39, 38)], night) is None
    assert latest_storm([], night) is None


# What it means for roads


@pytest.fixture
def network(road, network_from):
    return network_from(
        road("near", 100.0),
        road("high", 100.0, north=100.0, elevation_m=400.0),
        road("rest", 100.0, north=50.0, code="3"),
        road("far", 100.0, east=40_000.0),
    )


@pytest.fixture
def state(night):
    def make(road, clear_since):
        return RoadState(
            road=road, share=1.0, clear_since=clear_since, cleared_at=clear_since, last_worked_at=clear_since,
            forward=None, backward=None, evidence=Evidence.SIGNAL,
        )  # fmt: skip

    return make


@pytest.fixture
def since(network, plan, state, night):
    """What fell on each road that was cleared so many hours before 03:00."""

    def reckon(falls, hours=3, roads=("near", "high", "rest", "far")):
        states = {road: state(road, night - hours * HOUR) for road in roads}
        near = near_gauges(network, [each.gauge for each in falls])
        return snow_since(network, plan, states, falls, near, night)

    return reckon


def test_gauges_weigh_by_the_inverse_square_of_their_distance(gauge, hourly, since):
    falls = [
        snowfall(hourly(gauge("one", east=-1000.0), 50, 50, 50, 54)),
        snowfall(hourly(gauge("two", east=2100.0), 50, 50, 50, 59)),
    ]
    found = since(falls)["near"]
    assert [(told.near.gauge.station, round(told.near.way_m), round(told.share, 2)) for told in found.told] == [
        ("one", 1000, 0.8),
        ("two", 2000, 0.2),
    ]
    assert found.fallen_cm == 5.0
    assert (found.low_cm, found.high_cm) == (4.0, 9.0)
    assert found.need is Need.LIKELY  # five centimetres are the threshold; the lower gauge says four


def test_a_metre_of_height_counts_as_67_of_way(gauge, network):
    near = near_gauges(network, [gauge("low", elevation_m=250.0), gauge("same", east=12_100.0, elevation_m=400.0)])
    assert [each.gauge.station for each in near["high"]] == ["low", "same"]
    assert near["high"][0].height_m == -150.0
    assert near["high"][0].distance_m == pytest.approx(10_000.5, abs=0.1)
    assert near["near"][0].height_m is None  # its own elevation is not known
    assert near["near"][0].distance_m == 0.0
    assert near["far"] == ()


def test_only_the_three_nearest_are_asked_and_who_cannot_say_is_named(gauge, hourly, since):
    falls = [
        snowfall(hourly(gauge("silent", east=-10.0))),
        snowfall(hourly(gauge("a", east=-1000.0), 50, 50, 50, 56)),
        snowfall(hourly(gauge("b", east=-1000.0), 50, 50, 50, 57)),
        snowfall(hourly(gauge("c", east=-1000.0), 50, 50, 50, 58)),
        snowfall(hourly(gauge("d", east=-1001.0), 50, 50, 50, 90)),
    ]
    found = since(falls)["near"]
    assert [told.near.gauge.station for told in found.told] == ["a", "b", "c"]
    assert [(near.gauge.station, why) for near, why in found.left_out] == [("silent", LeftOut.NO_VALUES)]
    assert found.fallen_cm == 7.0
    assert found.need is Need.YES


def test_nobody_can_say_without_a_gauge_a_record_or_a_threshold(gauge, hourly, since):
    falls = [snowfall(hourly(gauge("one"), 50, 50, 50, 54))]
    found = since(falls, roads=("near", "rest", "far"))
    assert (found["far"].need, found["far"].why) == (Need.UNKNOWN, WhyUnknown.NO_GAUGE)
    assert (found["high"].need, found["high"].why) == (Need.UNKNOWN, WhyUnknown.NO_RECORD)
    assert (found["rest"].need, found["rest"].why, found["rest"].fallen_cm) == (
        Need.UNKNOWN,
        WhyUnknown.NO_THRESHOLD,
        4.0,
    )
    assert (found["near"].need, found["near"].why) == (Need.NO, None)


def test_the_list_begins_with_what_is_sure_and_deepest(gauge, hourly, since, network, plan, state, night):
    falls = [
        snowfall(hourly(gauge("one", east=-1000.0), 50, 50, 52, 56)),
        snowfall(hourly(gauge("two", east=2100.0), 50, 50, 50, 51)),
    ]
    near = near_gauges(network, [each.gauge for each in falls])
    states = {"near": state("near", night - 3 * HOUR), "high": state("high", night - HOUR)}
    found = snow_since(network, plan, states, [falls[0]], near, night)
    # one gauge left: it says 6 cm since midnight, 4 since two; the other has no values at all
    assert [(each.road, each.fallen_cm) for each in second_passes(found)] == [("near", 6.0)]
    both = snow_since(network, plan, {**states, "high": state("high", night - 2 * HOUR)}, falls, near, night)
    assert [(each.road, each.need) for each in second_passes(both)] == [("high", Need.LIKELY), ("near", Need.LIKELY)]


# Whether it calls for an order


@pytest.fixture
def series(gauge, hourly, night):
    """One gauge, up to 03:00: twelve centimetres between 18:00 and 01:00."""
    return [hourly(gauge("one"), *[40.0] * 8, 42, 44, 46, 48, 50, 52, 52, 55, 57)]


def test_a_check_proposes_an_order_by_what_was_measured_until_then(plan, series, night):
    (found,) = proposals(plan, series, night, zone=TOKYO)
    assert found.checked_at == night - 1.5 * HOUR  # 01:30
    assert found.result is CheckResult.PROPOSED
    assert found.measured_cm == 12.0
    assert found.threshold_cm == 10.0
    assert found.since == night - 9 * HOUR
    assert [each.station for each in found.reached] == ["one"]


def test_what_was_measured_later_does_not_change_a_check(plan, series, night):
    known_then = [each.until(night - 1.5 * HOUR) for each in series]
    assert proposals(plan, series, night, zone=TOKYO) == proposals(plan, known_then, night, zone=TOKYO)


def test_too_little_snow_is_told_as_too_little(plan, gauge, hourly, night):
    (found,) = proposals(plan, [hourly(gauge("one"), *[40.0] * 9, 49, 49, 49)], night, zone=TOKYO)
    assert (found.result, found.measured_cm) == (CheckResult.BELOW, 9.0)


def test_no_snow_at_all_is_measured_as_none(plan, gauge, hourly, night):
    (found,) = proposals(plan, [hourly(gauge("one"), *[40.0] * 12)], night, zone=TOKYO)
    assert (found.result, found.measured_cm, found.since) == (CheckResult.BELOW, 0.0, None)


def test_silent_gauges_are_not_calm(plan, gauge, hourly, night):
    (found,) = proposals(plan, [hourly(gauge("one"), 40, 60, last=night - 5 * HOUR)], night, zone=TOKYO)
    assert (found.result, found.measured_cm) == (CheckResult.UNKNOWN, None)
    assert found.gauges[0].why is LeftOut.STALE
    (empty,) = proposals(plan, [], night, zone=TOKYO)
    assert empty.result is CheckResult.UNKNOWN


def test_one_gauge_that_reaches_the_threshold_is_enough(plan, gauge, hourly, series, night):
    dry = hourly(gauge("two"), *[40.0] * 17)
    (found,) = proposals(plan, [*series, dry], night, zone=TOKYO)
    assert found.result is CheckResult.PROPOSED
    assert [each.fallen_cm for each in found.gauges] == [12.0, 0.0]


def test_an_order_answers_a_check_and_new_snow_counts_from_it(plan, series, night):
    given = Order(id="o", at=night - HOUR, classes=("1",), by="当直")
    assert proposals(plan, series, night, zone=TOKYO, orders=[given])[0].result is CheckResult.ORDERED
    ended = replace(given, ended_at=night - timedelta(minutes=1))
    assert proposals(plan, series, night, zone=TOKYO, orders=[ended])[0].order == "o"
    later = night + 1.5 * HOUR  # 04:30; the check at 04:00 saw what fell since the order
    (found,) = proposals(plan, series, later, zone=TOKYO, orders=[ended])
    assert (found.checked_at, found.result) == (night + HOUR, CheckResult.UNKNOWN)  # silent since three
    before = Order(id="p", at=night - 4 * HOUR, classes=("1",), by="当直", ended_at=night - 3 * HOUR)
    (found,) = proposals(plan, series, night, zone=TOKYO, orders=[before])
    assert (found.result, found.measured_cm, found.since) == (CheckResult.BELOW, 2.0, night - 4 * HOUR)
    other = replace(given, classes=("2",))
    assert proposals(plan, series, night, zone=TOKYO, orders=[other])[0].result is CheckResult.PROPOSED


def test_the_last_check_may_be_of_yesterday():
    now = datetime(2026, 1, 14, 15, 30, tzinfo=UTC)  # half past midnight in Japan
    checks = (time(1, 30), time(4, 0))
    assert last_occurrence(checks, now, TOKYO) == datetime(2026, 1, 13, 19, 0, tzinfo=UTC)
    assert last_occurrence(checks, now + HOUR, TOKYO) == now + HOUR
    assert last_occurrence((), now, TOKYO) is None
