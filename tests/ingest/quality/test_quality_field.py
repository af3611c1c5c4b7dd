"""The field's own tests: ice on a gauge against a real flood, a snow gauge against its neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import Quality, QualityReason
from core.quality import QualityTest
from ingest.quality import Neighbour, Surroundings, judge
from ingest.quality.field_tests import in_tooth, values_at

BEFORE = 4 * 6
"""Readings of calm before the story begins: four hours at ten minutes."""

ICE = [0.5] * BEFORE + [0.5, 0.9, 0.5, 0.9, 0.9, 0.5, 0.5, 0.5]
FLASH_FLOOD = [0.5] * BEFORE + [0.6, 1.0, 1.5, 2.1, 2.4, 2.5, 2.45, 2.4, 2.3, 2.2, 2.1, 2.0]


def air(series, degrees, readings=200):
    """Air of so many degrees, every ten minutes from the hour before."""
    return Surroundings(series([degrees] * readings, np.arange(readings) * 10.0 - 60.0))


@pytest.fixture
def gauge(stream):
    return stream(winter_jump=0.15)


def winter(verdicts, flags):
    return flags(verdicts, QualityTest.WINTER)[BEFORE:]


def test_a_saw_in_frost_is_ice(gauge, series, flags, reasons):
    """There and back at once: every tooth is suspect “winter”, what lies between the teeth is good."""
    verdicts = judge(gauge, series(ICE), air(series, -3))
    assert winter(verdicts, flags) == [1, 3, 3, 3, 3, 1, 1, 1]
    assert reasons(verdicts)[BEFORE + 1] is QualityReason.WINTER
    assert set(verdicts.quality.tolist()) == {Quality.GOOD, Quality.SUSPECT}


def test_a_flood_is_no_ice_even_in_frost(gauge, series, flags):
    """It rises in jumps and falls by and by."""
    assert set(winter(judge(gauge, series(FLASH_FLOOD), air(series, -3)), flags)) == {1}


@given(steps=st.lists(st.floats(0, 2), min_size=1, max_size=40))
def test_a_rise_alone_passes_however_steep(stream, series, flags, steps):
    gauge = stream(winter_jump=0.15)
    verdicts = judge(gauge, series([0.5] * BEFORE + (0.5 + np.cumsum(steps)).tolist()), air(series, -10))
    assert set(winter(verdicts, flags)) == {1}


@pytest.mark.parametrize(("degrees", "flag"), [(-0.1, 3), (0.0, 3), (0.1, 1), (8.0, 1)])
def test_a_saw_in_thawing_air_is_not_laid_to_ice(gauge, series, flags, degrees, flag):
    assert max(winter(judge(gauge, series(ICE), air(series, degrees)), flags)) == flag


def test_one_mild_hour_within_three_is_no_frost(gauge, series, flags):
    degrees = [-3.0] * 60
    degrees[6 + BEFORE - 12] = 0.5  # two hours before the first tooth
    around = Surroundings(series(degrees, np.arange(60) * 10.0 - 60.0))
    assert set(winter(judge(gauge, series(ICE), around), flags)) == {1}


def test_where_nobody_knows_the_air_nothing_is_said(gauge, series, flags):
    assert set(winter(judge(gauge, series(ICE)), flags)) == {2}
    old = Surroundings(series([-3.0] * 3, [-600, -590, -580]))
    assert set(winter(judge(gauge, series(ICE), old), flags)) == {2}
    broken = Surroundings(series([None] * 60, np.arange(60) * 10.0 - 60.0))
    assert set(winter(judge(gauge, series(ICE), broken), flags)) == {2}


@pytest.mark.parametrize("sentinel", [-999.0, -60.0, 6553.5])
def test_a_thermometer_out_of_order_is_no_weather(gauge, series, flags, sentinel):
    assert set(winter(judge(gauge, series(ICE), air(series, sentinel)), flags)) == {2}


def test_a_trough_is_a_tooth_as_well(series):
    part = series([1.0, 0.5, 0.5, 1.0, 1.0])
    linked = np.array([False, True, True, True, True])
    assert in_tooth(part.times, part.values, linked, 0.2).tolist() == [False, True, True, False, False]


def test_a_tooth_of_several_jumps_is_suspect_from_the_first(series):
    part = series([0.0, 0.3, 0.6, 0.9, 0.1, 0.1])
    linked = np.array([False, *[True] * 5])
    assert in_tooth(part.times, part.values, linked, 0.2).tolist() == [False, True, True, True, False, False]


def test_the_jump_back_must_come_within_two_hours(series):
    linked = np.array([False, *[True] * 3])
    for minutes, found in (([0, 10, 130, 140], False), ([0, 10, 120, 130], True)):
        part = series([0.0, 0.5, 0.5, 0.0], minutes)
        assert in_tooth(part.times, part.values, linked, 0.2).any() == found


def test_a_jump_over_a_gap_is_none(series):
    part = series([0.0, 0.5, 0.0], [0, 50, 60])
    assert not in_tooth(part.times, part.values, np.array([False, False, True]), 0.2).any()


@pytest.fixture
def snow(stream):
    return stream("snow_depth", 60, neighbour_km=10, neighbour_difference=40)


def others(series, *depths):
    return Surroundings(neighbours=tuple(Neighbour(series(depth, 60), 3.0, 0.0) for depth in depths))


HOURS = 60


def test_a_frozen_gauge_in_a_snowfall_is_suspect(snow, series, flags):
    """Everywhere else 3 cm an hour come down; after 14 hours it is 40 cm, and the gauge is wrong, not the sky."""
    falling = [20 + 3 * hour for hour in range(HOURS)]
    verdicts = judge(snow, series([20.0] * HOURS, 60), others(series, falling, falling, falling))
    assert flags(verdicts, QualityTest.NEIGHBOUR) == [2] * 24 + [3] * 36
    assert QualityReason(int(verdicts.reasons[30])) is QualityReason.NEIGHBOUR


def test_a_place_that_always_has_more_snow_is_good(snow, series, flags):
    falling = [float(hour) for hour in range(HOURS)]
    deeper = [depth + 150 for depth in falling]
    verdicts = judge(snow, series(deeper, 60), others(series, falling, falling))
    assert flags(verdicts, QualityTest.NEIGHBOUR) == [2] * 24 + [1] * 36


def test_a_step_that_stays_is_the_truth_a_day_later(snow, series, flags):
    own = [50.0] * 26 + [110.0] * 34
    verdicts = judge(snow, series(own, 60), others(series, [50.0] * HOURS, [50.0] * HOURS))
    assert flags(verdicts, QualityTest.NEIGHBOUR) == [2] * 24 + [1] * 2 + [3] * 24 + [1] * 10


def test_one_neighbour_is_none(snow, series, flags):
    own = series([20.0] * HOURS, 60)
    assert set(flags(judge(snow, own), QualityTest.NEIGHBOUR)) == {2}
    assert set(flags(judge(snow, own, others(series, [20.0] * HOURS)), QualityTest.NEIGHBOUR)) == {2}
    dead = others(series, [20.0] * HOURS, [None] * HOURS)
    assert set(flags(judge(snow, own, dead), QualityTest.NEIGHBOUR)) == {2}


def test_an_impossible_neighbour_is_none(snow, series, flags):
    own, calm = series([20.0] * HOURS, 60), [20.0] * HOURS
    verdicts = judge(snow, own, others(series, calm, calm, [20.0] * 24 + [6553.5] * 36))
    assert set(flags(verdicts, QualityTest.NEIGHBOUR)[24:]) == {1}
    assert set(flags(judge(snow, own, others(series, calm, [6553.5] * HOURS)), QualityTest.NEIGHBOUR)) == {2}


def test_a_neighbour_farther_than_the_limit_does_not_count(snow, series, flags):
    own, calm = series([20.0] * HOURS, 60), series([20.0] * HOURS, 60)
    around = Surroundings(neighbours=(Neighbour(calm, 9.9, 0.0), Neighbour(calm, 10.1, 0.0)))
    assert set(flags(judge(snow, own, around), QualityTest.NEIGHBOUR)) == {2}


def test_the_median_stands_one_liar(snow, series, flags):
    own = [20.0 + hour for hour in range(HOURS)]
    verdicts = judge(snow, series(own, 60), others(series, own, own, [20.0 * hour for hour in range(HOURS)]))
    assert set(flags(verdicts, QualityTest.NEIGHBOUR)[24:]) == {1}


@given(
    depths=st.lists(st.lists(st.one_of(st.none(), st.integers(0, 200)), min_size=4, max_size=4), min_size=2, max_size=5)
)
def test_the_median_is_the_median(stream, series, flags, depths):
    """Against numpy's, for neighbours that are silent now and then."""
    watched = stream("snow_depth", 24 * 60, neighbour_km=10, neighbour_difference=40)
    own = [50.0, 60.0, 40.0, 200.0]
    around = Surroundings(neighbours=tuple(Neighbour(series(row, 24 * 60), 1.0, 0.0) for row in depths))
    found = flags(judge(watched, series(own, 24 * 60), around), QualityTest.NEIGHBOUR)
    table = np.diff(np.array(depths, dtype=float), axis=1)
    for day in range(1, 4):
        there = table[:, day - 1][~np.isnan(table[:, day - 1])]
        expected = 2 if there.size < 2 else 3 if abs(own[day] - own[day - 1] - np.median(there)) > 40 else 1
        assert found[day] == expected


def test_a_value_up_to_three_hours_older_stands_in(series):
    part = series([1.0, 2.0], [0, 100])
    wanted = part.times[0] + np.array([-1, 0, 99, 100, 280, 281], dtype=np.int64) * 60_000_000
    np.testing.assert_array_equal(values_at(part.times, part.values, wanted), [np.nan, 1.0, 1.0, 2.0, 2.0, np.nan])
