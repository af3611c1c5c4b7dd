"""Silent devices and what is behind them: each cause once, nothing blamed that still works."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import DeviceId
from ingest.silence import (
    CARRIER_SILENT,
    DEVICE_SILENT,
    GATEWAY_SILENT,
    SILENT_KINDS,
    TOWN_SILENT,
    Silence,
    Way,
    explain,
)

NOW = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NORTH, SOUTH = Way.gateway("north"), Way.gateway("south")
MOBILE = Way.carrier("mobile")


def device(name, minutes_ago, *ways, every=10, allowed=30, waited=None, **fields):
    """A device heard so many minutes ago that usually speaks every ``every`` minutes."""
    return Silence(
        device=DeviceId(name),
        heard_at=NOW - minutes_ago * MINUTE,
        expected=every * MINUTE,
        allowed=allowed * MINUTE,
        waited=(minutes_ago if waited is None else waited) * MINUTE,
        ways=frozenset(ways),
        **fields,
    )


def told(silences, **more):
    return [(each.kind, each.subject, list(each.devices)) for each in explain(silences, **more)]


A, B, C = device("a", 31, NORTH), device("b", 27, NORTH), device("c", 24, NORTH)
LIVE = device("live", 2)
ABC = (GATEWAY_SILENT, "north", ["a", "b", "c"])

CASES = {
    "everything speaks": ([device("a", 3), device("b", 9)], []),
    "one has stopped": ([device("a", 31), LIVE], [(DEVICE_SILENT, "a", ["a"])]),
    "the only device of a town": ([device("a", 31)], [(DEVICE_SILENT, "a", ["a"])]),
    "a gateway has stopped": ([A, B, C, LIVE], [ABC]),
    "its first device is silent, the others are overdue": (
        [A, device("b", 22, NORTH), LIVE],
        [(GATEWAY_SILENT, "north", ["a", "b"])],
    ),
    "overdue is not silent": ([device("a", 29, NORTH), device("b", 22, NORTH), LIVE], []),
    "the gateway still works": ([A, B, device("c", 1, NORTH), LIVE], [(DEVICE_SILENT, "a", ["a"])]),
    "one of its devices died long before": (
        [device("old", 5_000, NORTH), A, B, LIVE],
        [(GATEWAY_SILENT, "north", ["a", "b"]), (DEVICE_SILENT, "old", ["old"])],
    ),
    "two of three died, the third was just heard": (
        [device("a", 31, NORTH), device("b", 32, NORTH), device("c", 8, NORTH), LIVE],
        [(DEVICE_SILENT, "a", ["a"]), (DEVICE_SILENT, "b", ["b"])],
    ),
    "a slow device behind it is not due yet": (
        [A, B, device("slow", 40, NORTH, every=60, allowed=180), LIVE],
        [(GATEWAY_SILENT, "north", ["a", "b"])],
    ),
    "two gateways at different times": (
        [A, B, device("d", 95, SOUTH), device("e", 99, SOUTH), LIVE],
        [(GATEWAY_SILENT, "north", ["a", "b"]), (GATEWAY_SILENT, "south", ["d", "e"])],
    ),
    "a device two gateways hear": (
        [A, B, device("both", 26, NORTH, SOUTH), device("s", 3, SOUTH), LIVE],
        [(GATEWAY_SILENT, "north", ["a", "b", "both"])],
    ),
    "a carrier has stopped": (
        [device("a", 31, MOBILE), device("b", 25, MOBILE), LIVE],
        [(CARRIER_SILENT, "mobile", ["a", "b"])],
    ),
    "a carrier behind one gateway is the gateway": (
        [device("a", 31, MOBILE, NORTH), device("b", 25, MOBILE, NORTH), device("m", 2, MOBILE), LIVE],
        [(GATEWAY_SILENT, "north", ["a", "b"])],
    ),
    "a carrier with its gateways": (
        [device("a", 31, MOBILE, NORTH), device("b", 25, MOBILE, SOUTH), device("c", 26, MOBILE), LIVE],
        [(CARRIER_SILENT, "mobile", ["a", "b", "c"])],
    ),
    "everything": ([A, B, device("d", 25), device("e", 28, MOBILE)], [(TOWN_SILENT, "", ["a", "b", "d", "e"])]),
    "everything, and one that died long before": (
        [A, device("d", 25), device("old", 9_000)],
        [(TOWN_SILENT, "", ["a", "d"]), (DEVICE_SILENT, "old", ["old"])],
    ),
    "everything that is due; a gauge at rest is not": (
        [A, device("d", 25), device("rest", 300, every=1440, allowed=1500)],
        [(TOWN_SILENT, "", ["a", "d"])],
    ),
    "everything there is comes by one gateway": ([A, B, C], [ABC]),
    "who shares the fate of a silent one is waited for": ([A, device("b", 13, NORTH), device("x", 14)], []),
    "nobody waits for one that speaks much more rarely": (
        [device("a", 31, every=10), device("b", 20, every=60, allowed=180)],
        [(DEVICE_SILENT, "a", ["a"])],
    ),
    "what was missing stays so until it is heard, however often we start": (
        [device("a", 400, waited=1, known=True), LIVE],
        [(DEVICE_SILENT, "a", ["a"])],
    ),
    "a gateway that was silent stays so": (
        [
            device("a", 400, NORTH, waited=1, known=True, grouped=True),
            device("b", 405, NORTH, waited=1, known=True, grouped=True),
            LIVE,
        ],
        [(GATEWAY_SILENT, "north", ["a", "b"])],
    ),
    "when a gateway is heard again its other devices get their time": (
        [device("a", 1, NORTH), device("b", 405, NORTH, known=True, grouped=True), LIVE],
        [],
    ),
}


@pytest.mark.parametrize(("silences", "troubles"), CASES.values(), ids=CASES)
def test_what_is_behind_a_silence(silences, troubles):
    assert told(silences) == troubles


def test_a_plough_that_is_heard_shows_that_the_town_is_not_cut_off():
    silences = [device("a", 31), device("b", 27)]
    assert told(silences) == [(TOWN_SILENT, "", ["a", "b"])]
    assert told(silences, others_heard_at=NOW - MINUTE) == [(DEVICE_SILENT, "a", ["a"])]


def test_a_trouble_began_with_the_last_word():
    (trouble,) = explain([A, B, C, LIVE])
    assert trouble.since == NOW - 24 * MINUTE
    assert not trouble.everything
    (trouble,) = explain([A, B, C])
    assert trouble.everything


ways = st.sets(st.sampled_from([NORTH, SOUTH, MOBILE]), max_size=2)
towns = st.lists(
    st.builds(
        lambda minutes, ways, every, known, grouped: (minutes, ways, every, known, grouped),
        st.integers(0, 3_000),
        ways,
        st.sampled_from([1, 5, 10, 60, 1440]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
)


@given(towns)
def test_no_device_is_told_twice_and_none_that_speaks(facts):
    silences = [
        device(f"d{number}", minutes, *ways, every=every, allowed=3 * every, known=known, grouped=known and grouped)
        for number, (minutes, ways, every, known, grouped) in enumerate(facts)
    ]
    troubles = explain(silences)
    named = [name for trouble in troubles for name in trouble.devices]
    assert len(named) == len(set(named))
    assert {trouble.kind for trouble in troubles} <= set(SILENT_KINDS)
    overdue = {each.device for each in silences if each.overdue}
    assert set(named) <= overdue
    keys = [(trouble.kind, trouble.subject) for trouble in troubles]
    assert len(keys) == len(set(keys))
    for trouble in troubles:
        assert len(trouble.devices) > 1 or trouble.kind == DEVICE_SILENT
        assert trouble.since == max(each.heard_at for each in silences if each.device in trouble.devices)


@given(st.lists(st.integers(0, 9), min_size=2, max_size=12), st.integers(21, 40))
def test_a_gateway_that_dies_is_told_once_from_the_first_to_the_last_silence(offsets, after):
    """Devices heard every ten minutes until the gateway died; never more than one trouble, and never a device alone."""
    silences = [device(f"d{n}", after + offset, NORTH) for n, offset in enumerate(offsets)]
    found = told([*silences, LIVE])
    assert all(kind == GATEWAY_SILENT for kind, _, _ in found)
    assert len(found) == (1 if any(after + offset > 30 for offset in offsets) else 0)
