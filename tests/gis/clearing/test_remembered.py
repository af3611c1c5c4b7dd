"""Roads cleared before the window: their age is known, they do not count as cleared, and no more is read than it takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ploughs import Direction, Evidence
from gis.ploughs.coverage import coverage, is_clear
from gis.ploughs.overview import state_facts
from gis.ploughs.remembered import oldest_clearing, remembered_states
from gis.ploughs.totals import totals

HOUR = timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def network(road, network_from):
    """``x`` lies on a part of ``a``; ``b`` has two sides; nobody ever clears ``c``."""
    return network_from(
        road("a"),
        road("x", 400.0, east=300.0),
        road("b", 500.0, north=100.0, code="2"),
        road("c", 200.0, north=200.0),
    )


@pytest.fixture(scope="module")
def states(network, plan):
    """The states at a time by passages that are read when they are asked for; and what was asked for."""

    def of(passages, now):
        asked = []

        def older(after, until, roads):
            asked.append((after, until, sorted(roads)))
            return [each for each in passages if each.road in roads and after < each.ended_at <= until]

        since = now - plan.window
        recent = [each for each in passages if since < each.ended_at <= now]
        return remembered_states(network, plan, recent, older, since=since, now=now), asked

    return of


def test_a_road_cleared_thirty_hours_ago_has_that_age_and_is_not_cleared(network, plan, states, passage, night):
    now = night + 30 * HOUR
    found, _ = states([passage("a", 0, 1000), passage("c", 0, 200, 29 * 60)], now)
    assert (found["a"].clear_since, found["a"].last_worked_at) == (night, night + timedelta(minutes=2))
    assert found["a"].share == 0, "nothing was done in the window"
    assert state_facts(found["a"], now, sides=False)["age_class"] == "over_24h"
    assert not is_clear(found["a"], now - plan.window)
    assert is_clear(found["c"], now - plan.window)
    (total,) = totals(network, found, since=now - plan.window)
    assert (total.cleared, total.no_record) == (1, 1), "b was never driven; a and x are neither"
    (total,) = totals(network, found, since=night)
    assert total.cleared == 3
    assert oldest_clearing(found, now - plan.window) == night


def test_after_a_fortnight_it_is_forgotten(plan, states, passage, night):
    worked = [passage("a", 0, 1000)]
    last = night + timedelta(minutes=2) + plan.remember
    assert states(worked, last - timedelta(seconds=1))[0]["a"].clear_since == night
    assert states(worked, last)[0]["a"].clear_since is None


def test_a_part_in_the_window_and_the_rest_before_it_are_an_age_together(states, passage, night):
    now = night + 40 * HOUR
    found, _ = states([passage("a", 0, 1000), passage("a", 500, 1000, 39 * 60)], now)
    assert (found["a"].share, found["a"].clear_since) == (0.5, night)
    assert found["a"].last_worked_at == night + 39 * HOUR + timedelta(minutes=2)


def test_only_roads_that_need_it_are_read_back_and_no_farther(plan, states, passage, night):
    now = night + 40 * HOUR
    worked = [passage("a", 0, 1000, 39 * 60), passage("b", 0, 500), passage("b", 0, 500, direction=Direction.BACKWARD)]
    _, asked = states(worked, now)
    assert [roads for _, _, roads in asked] == [["b", "c"], ["c"], ["c"], ["c"]]
    assert asked[0][:2] == (now - 2 * DAY, now - DAY)
    assert asked[-1][0] == now - plan.remember


work = st.lists(
    st.tuples(
        st.sampled_from(["a", "x", "b"]),
        st.integers(0, 9),
        st.integers(1, 10),
        st.integers(0, 40),  # half days before now
        st.sampled_from(Direction),
        st.sampled_from([*Evidence, None]),
    ),
    max_size=14,
)


@given(work)
def test_read_piece_by_piece_it_is_what_reading_everything_gives(network, plan, states, passage, night, done):
    now = night + 20 * DAY
    passages = [
        passage(
            road, 100.0 * start, 100.0 * (start + length), 60 * 24 * 20 - 720 * back - 60,
            direction=way, evidence=evidence,
        )
        for road, start, length, back, way, evidence in done
    ]  # fmt: skip
    whole = coverage(network, plan, passages, since=now - plan.window, now=now, remembered=now - plan.remember)
    found, _ = states(passages, now)
    assert found == whole
    assert list(found) == list(whole)
