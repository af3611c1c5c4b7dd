"""A gauge that reports floods only: quiet low water is no lost data, quiet high water is, and neither resolves anything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.evaluator import evaluate, read_from, silent_at
from alerts.ladder import build_ladder
from alerts.machine import Kind
from core.levels import Level
from core.model import Quality, Reporting, Thresholds
from store.rows import Sample

MINUTE = timedelta(minutes=1)
HEIGHTS = Thresholds(standby=70.0, caution=80.0, danger=100.0)


@pytest.fixture
def resting(gauge, level, stream, rule):
    """The gauge of the rule tests, reporting by event: caution at 80, left below 70, held for nothing."""

    def make(*levels, **changes):
        watched = gauge(*(levels or (level(),)))
        facts = {"thresholds": HEIGHTS, "reporting": Reporting.EVENT, **changes}
        watched.ladder = build_ladder(rule(*(levels or (level(),))), stream(**facts))
        return watched

    return make


def test_high_water_may_be_silent_for_no_longer_than_the_town_said(resting, sample, t0):
    watched = resting()
    watched.arrive(sample(0, 85))
    assert watched.wait(t0 + 10 * MINUTE) == []
    assert watched.wait(t0 + 10 * MINUTE + timedelta(seconds=1)) == ["data_lost"]
    assert watched.told[-1].at == t0 + 10 * MINUTE
    assert watched.wait(t0 + timedelta(days=3)) == []
    assert watched.level == Level.CAUTION


def test_an_episode_on_its_way_out_at_rest_loses_its_data_after_a_day(resting, level, sample, t0):
    watched = resting(level(clear_hold=30))
    watched.arrive(sample(0, 85), sample(1, 60))
    assert watched.state.episode.recovering
    assert silent_at(watched.state, watched.ladder) == t0 + MINUTE + timedelta(hours=25)
    assert watched.wait(t0 + timedelta(hours=25)) == []
    assert watched.wait(t0 + timedelta(hours=25, minutes=2)) == ["data_lost"]
    assert watched.level == Level.CAUTION


def test_below_every_threshold_but_not_clear_of_its_rung_it_is_not_at_rest(resting, level, sample, t0):
    watched = resting(level(clear_margin=25.0))  # left below 55
    watched.arrive(sample(0, 85), sample(1, 60))
    assert watched.wait(t0 + 12 * MINUTE) == ["data_lost"]


def test_without_a_threshold_silence_is_silence(resting, level, sample, t0):
    watched = resting(level(clear_hold=30), thresholds=Thresholds())
    watched.arrive(sample(0, 85), sample(1, 60))
    assert watched.wait(t0 + 12 * MINUTE) == ["data_lost"]


def test_a_regular_gauge_has_the_ladder_it_had(rule, stream, level):
    regular = build_ladder(rule(level()), stream(thresholds=HEIGHTS))
    resting = build_ladder(rule(level()), stream(thresholds=HEIGHTS, reporting=Reporting.EVENT))
    assert regular.rest is None
    assert resting.rest is not None
    assert regular.digest == build_ladder(rule(level()), stream(thresholds=HEIGHTS, carrier="x")).digest
    assert regular.digest != resting.digest


def test_the_daily_word_after_the_flood_ends_it(resting, level, sample, t0):
    watched = resting(level())
    watched.arrive(sample(0, 85))
    watched.wait(t0 + timedelta(hours=1))
    watched.arrive(sample(24 * 60, 40))
    assert watched.kinds == ["fired", "data_lost", "data_back", "resolved"]


values = st.sampled_from([20.0, 60.0, 69.9, 70.0, 79.9, 80.0, 99.0, 120.0])
histories = st.lists(st.tuples(st.integers(1, 60 * 30), st.none() | values), min_size=1, max_size=25)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
def test_only_a_measured_value_resolves_and_silence_at_a_height_is_told_in_time(rule, stream, level, t0, history):
    ladder = build_ladder(rule(level()), stream(thresholds=HEIGHTS, reporting=Reporting.EVENT))
    state, now, newest = None, t0, None
    for minutes, value in history:
        now += minutes * MINUTE
        samples = [] if value is None else [Sample(now, value, Quality.GOOD, now)]
        since = read_from(state, ladder, now if samples else None, now)
        state, told = evaluate(ladder, state, [each for each in samples if each.at > since], now)
        assert all(value is not None and value < 70 for item in told if item.kind == Kind.RESOLVED)
        newest = (now, value) if value is not None else newest
        if state.episode is not None and newest is not None and newest[1] >= 70:
            assert state.episode.stale == (now - newest[0] > 10 * MINUTE)
