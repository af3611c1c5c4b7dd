"""Numbers of messages: gaps are exactly what is missing, whatever the order, and a restart is no gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from store import numbering
from store.numbering import Numbers, from_json, to_json
from store.rows import DeviceNumber

NOON = datetime(2026, 1, 10, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RESTART = 10_000
"""Minutes after noon at which a second count begins."""


def heard(*numbers: int | tuple[int, float], timed: bool = True) -> Numbers:
    """What is known after these numbers: measured so many minutes after noon, by default their own."""
    known = Numbers()
    for each in numbers:
        number, minute = each if isinstance(each, tuple) else (each, each)
        known.add(DeviceNumber("d", number, NOON + minute * MINUTE, timed), NOON)
    return known


def missing(known: Numbers) -> list[tuple[int, int]]:
    return [(gap.first, gap.last) for gap in known.gaps("d")]


def without(numbers: set[int]) -> list[int]:
    return [number for number in range(min(numbers), max(numbers)) if number not in numbers]


def every(known: Numbers) -> list[int]:
    return [number for first, last in missing(known) for number in range(first, last + 1)]


NUMBERS = st.lists(st.integers(0, 60), min_size=1, max_size=80)


@given(NUMBERS)
def test_in_any_order_and_with_repeats_exactly_what_is_missing_is_found(numbers):
    assert every(heard(*numbers)) == without(set(numbers))


@given(NUMBERS)
def test_the_times_beside_a_gap_are_those_of_its_neighbours(numbers):
    for gap in heard(*numbers).gaps("d"):
        assert gap.before_at == NOON + (gap.first - 1) * MINUTE
        assert gap.after_at == NOON + (gap.last + 1) * MINUTE


@given(NUMBERS, NUMBERS)
def test_a_restart_begins_a_new_count_and_late_messages_of_the_old_one_still_fill_it(old, new):
    late, in_time = old[: len(old) // 2], old[len(old) // 2 :]
    assume(min(new) <= max(in_time))  # else nothing tells that the device began anew
    again = [(number, RESTART + number) for number in sorted(new)]
    known = heard(*in_time, *again, *late)
    assert every(known) == [*without(set(old)), *without(set(new))]


@given(st.lists(st.integers(0, 200), min_size=1, max_size=60))
def test_without_times_forward_numbers_are_exact_and_repeats_harmless(steps):
    arrived = sorted(set(steps))
    known = heard(*arrived, timed=False)
    for number in arrived:
        known.add(DeviceNumber("d", number, NOON + 500 * MINUTE, timed=False), NOON)
    assert every(known) == without(set(arrived))


@given(NUMBERS)
def test_what_is_kept_comes_back_as_it_was(numbers):
    known = heard(*numbers)
    assert from_json(to_json(known)) == known


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize("begun", [480, 1])
def test_a_device_that_joins_anew_makes_no_giant_gap(timed, begun):
    before = [(number, number) for number in range(begun, 500)]
    after = [(number, 2_000 + number) for number in range(40)]
    assert missing(heard(*before, *after, timed=timed)) == []


def test_a_restart_within_the_same_minute_makes_no_gap():
    assert missing(heard((480, 0), (481, 1), (0, 1.1), (1, 1.2), (2, 1.3))) == []


def test_a_reversed_delivery_without_times_is_one_count():
    assert missing(heard(*((number, 100 - number) for number in (9, 8, 7, 5)), timed=False)) == []
    assert missing(heard(*((number, 100 - number) for number in (9, 8, 7)), timed=False)) == []


def test_a_repeat_of_the_count_before_without_time_is_no_gap_of_the_new_one():
    known = heard((499, 0), (500, 1), (0, 2), (1, 3), (500, 4), (2, 5), timed=False)
    assert missing(known) == []


def test_one_frame_through_two_networks_is_no_restart():
    assert missing(heard((10, 0), (11, 1), (11, 1.8), (12, 2), (14, 4))) == [(13, 13)]


def test_a_clock_set_back_by_the_device_hides_no_gap():
    assert missing(heard((10, 0), (11, 600), (12, 5), (14, 6))) == [(13, 13)]


def test_a_jump_beyond_reason_is_a_new_count():
    assert missing(heard((10, 0), (5_000_000_000, 1), (5_000_000_002, 2))) == [(5_000_000_001, 5_000_000_001)]


def test_runs_and_counts_of_a_device_are_bounded(monkeypatch):
    monkeypatch.setattr(numbering, "MOST_RUNS", 4)
    monkeypatch.setattr(numbering, "MOST_COUNTS", 2)
    known = heard(*range(0, 40, 2))
    assert (len(known.counts[0].runs), known.forgotten) == (4, 16)
    for restart in range(1, 6):
        for number in (0, 2):
            known.add(DeviceNumber("d", number, NOON + (restart * RESTART + number) * MINUTE), NOON)
    assert len(known.counts) == 2
    assert known.forgotten == 16 + 3 + 3
