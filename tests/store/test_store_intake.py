"""The way messages took, as the store knows it: numbers and gaps, gateways, wrong clocks, arrivals that may come again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from store import intake
from store.rows import ArrivalTimed, Batch, DeviceHeard, DeviceNumber, DeviceSkew

MINUTE = timedelta(minutes=1)


@pytest.fixture
def numbered(store, registry, noon):
    """Appends numbers of a device, in one batch; number n was measured n minutes after noon unless told."""

    def add(*numbers, device="dev-snow-1", since=noon):
        rows = [DeviceNumber(device, number, since + number * MINUTE) for number in numbers]
        store.append(registry.site, Batch(numbers=rows))

    return add


def test_exactly_what_is_missing_is_listed_with_the_times_beside_it(store, registry, noon, numbered):
    numbered(7, 8, 9)
    assert store.intake.gaps(registry.site) == []
    numbered(12, 13, 20)
    numbered(5, 6, device="dev-river-1")
    first, second = store.intake.gaps(registry.site)
    assert (first.device, first.first, first.last, first.count) == ("dev-snow-1", 10, 11, 2)
    assert (first.before_at, first.after_at) == (noon + 9 * MINUTE, noon + 12 * MINUTE)
    assert (second.first, second.last, second.count) == (14, 19, 6)
    assert store.intake.gaps(registry.site, since=first.noticed_at) == [first, second]
    assert store.intake.gaps(registry.site, since=first.noticed_at + MINUTE) == []


def test_late_and_repeated_messages_fill_gaps_and_leave_the_rest_as_it_was(store, registry, numbered):
    numbered(1, 9)
    (gap,) = store.intake.gaps(registry.site)
    numbered(5, 5, 9, 1)
    before, after = store.intake.gaps(registry.site)
    assert [(each.first, each.last, each.noticed_at) for each in (before, after)] == [
        (2, 4, gap.noticed_at),
        (6, 8, gap.noticed_at),
    ]
    numbered(8, 7, 6, 4, 3, 2)
    assert store.intake.gaps(registry.site) == []


def test_too_many_gaps_cost_the_oldest_and_are_counted(store, registry, numbered, monkeypatch):
    monkeypatch.setattr("store.numbering.MOST_RUNS", 3)
    numbered(*range(0, 20, 2))
    assert [gap.first for gap in store.intake.gaps(registry.site)] == [15, 17]
    assert store.intake.gaps_forgotten(registry.site) == {"dev-snow-1": 7}
    numbered(22)
    assert store.intake.gaps_forgotten(registry.site) == {"dev-snow-1": 8}


def test_gateways_are_noted_with_the_newest_time_and_bounded(store, registry, noon, monkeypatch):
    heard = [DeviceHeard("dev-snow-1", gateway, noon + at * MINUTE) for gateway, at in (("b", 3), ("a", 5), ("a", 4))]
    store.append(registry.site, Batch(heard=heard))
    store.append(registry.site, Batch(heard=[DeviceHeard("dev-snow-1", "a", noon)]))
    assert store.intake.heard(registry.site) == [heard[1], heard[0]]
    monkeypatch.setattr(intake, "MOST_GATEWAYS", 1)
    store.maintain(noon)
    assert store.intake.heard(registry.site) == [heard[1]]


def test_a_steady_skew_proposes_an_offset_a_wandering_one_does_not(store, registry, noon):
    def refused(device, *seconds):
        skews = [
            DeviceSkew(device, timedelta(seconds=skew), noon + place * MINUTE) for place, skew in enumerate(seconds)
        ]
        store.append(registry.site, Batch(skews=skews))

    refused("dev-snow-1", 9_000, *[3_600 + wobble for wobble in (1, -2, 0, 3, -1)])
    (clock,) = store.intake.clocks(registry.site)
    assert (clock.count, clock.proposed_offset) == (6, None)
    refused("dev-snow-1", *[3_600 + wobble for wobble in (1, -2, 0, 3, -1)])
    refused("dev-plough-1", *[60.0 * minute for minute in range(20)])
    refused("dev-river-1", *[-50 * 365 * 86_400.0] * 12)
    wandering, never_set, steady = store.intake.clocks(registry.site)
    assert (steady.device, steady.count, steady.steady) == ("dev-snow-1", 11, True)
    assert (steady.proposed_offset, steady.high) == (-timedelta(hours=1), timedelta(seconds=9_000))
    assert (steady.first_at, steady.last_at) == (noon, noon + 5 * MINUTE)
    assert (wandering.steady, wandering.proposed_offset) == (False, None)
    assert (never_set.never_set, never_set.proposed_offset) == (True, None)


def test_of_each_clock_the_newest_skews_are_kept_newest_first(store, registry, noon, monkeypatch):
    monkeypatch.setattr(intake, "RECENT_SKEWS", 3)
    for start in (0, 4):
        skews = [DeviceSkew("dev-snow-1", timedelta(seconds=start + each), noon) for each in range(4)]
        store.append(registry.site, Batch(skews=skews))
    (clock,) = store.intake.clocks(registry.site)
    assert [skew.total_seconds() for skew in clock.recent] == [7, 6, 5]
    assert (clock.low, clock.high, clock.count) == (timedelta(0), timedelta(seconds=7), 8)


def test_arrivals_are_remembered_a_client_and_a_packet_number_each(store, registry, noon):
    arrivals = [ArrivalTimed(packet, bytes([packet]), noon + packet * MINUTE, "one") for packet in (1, 2, 1)]
    store.append(registry.site, Batch(arrival_timed=arrivals, counts={"messages_received": 3}))
    newer = replace(arrivals[1], digest=b"new", received_at=noon + 3 * MINUTE)
    other = replace(newer, client="two")
    store.append(registry.site, Batch(arrival_timed=[newer, other]))
    assert store.intake.arrival_timed(registry.site, "one") == [arrivals[0], newer]
    assert store.intake.arrival_timed(registry.site, "two") == [other]
    assert store.intake.arrival_timed(registry.site) == []


def test_arrivals_long_before_the_last_commit_are_not_taken_for_open(store, registry, noon, look):
    first, last, of_another = (
        ArrivalTimed(1, b"x", noon),
        ArrivalTimed(2, b"x", noon),
        ArrivalTimed(1, b"x", noon, "two"),
    )
    for hours in (1, 0):
        store.append(registry.site, Batch(arrival_timed=[first if hours else last]))
        look("update arrival_timed set stored_at = stored_at - interval '20 minutes'")
    assert store.intake.arrival_timed(registry.site) == [last]
    store.append(registry.site, Batch(arrival_timed=[of_another], counts={"messages_received": 1}))
    assert store.intake.arrival_timed(registry.site) == [last], "what others write says nothing of us"


def test_what_the_database_refuses_leaves_the_numbers_counted_once(store, registry, snow, noon, measured, numbered):
    numbered(1)
    poison = measured(snow, noon, float("nan"))
    numbers = [DeviceNumber("dev-snow-1", 2, noon + 2 * MINUTE), DeviceNumber("dev-snow-1", 4, noon + 4 * MINUTE)]
    done = store.append(registry.site, Batch(observations=[measured(snow, noon + MINUTE), poison], numbers=numbers))
    assert (done.stored, done.refused) == (1, 1)
    assert [(gap.first, gap.last) for gap in store.intake.gaps(registry.site)] == [(3, 3)]
