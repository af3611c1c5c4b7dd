"""Streaming in any chunking, and fixes in any order, give what the batch gives to the byte."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ploughs import Track
from gis.ploughs.matching import LiveMatcher, match_fixes


def as_bytes(*tracks: Track) -> bytes:
    """All rows of several tracks, one after the other by kind."""
    rows = {
        kind: [asdict(row) for track in tracks for row in getattr(track, kind)]
        for kind in ("passages", "stops", "gaps", "runs")
    }
    return json.dumps(rows, default=str).encode()


@pytest.fixture(scope="module")
def network(drives):
    return drives.roads(
        a=[(0, 0), (600, 0)],
        b=[(300, -300), (300, 300)],
        c=[(0, 15), (600, 15)],
        ring=drives.circle(60, (700, 0)),
        short=[(605, 0), (635, 0)],
    )


@pytest.fixture(scope="module")
def night(drives):
    """All that happens: a gap, a stop, a change of task, jumps, repeats, a loop, coarse fixes, a way off the network."""
    ring = drives.circle(60, (700, 0))
    out = drives.drive([(-60, 0), (600, 0), (640, 0)], task="plough")
    round_ = drives.drive([(640, 0), *ring[12:], *ring[1:13], (600, 0), (300, 0)], begin_s=130, task="plough")
    jumps = drives.fixes([(150.5, (5000, 5000)), (160.5, (-4000, 0))], task="plough")
    coarse = drives.fixes([(170.5, (690, 80)), (171.5, (690, 90))], task="plough", accuracy_m=80.0)
    parked = drives.fixes([(320 + 10 * number, (300 + number % 3, number % 2)) for number in range(30)], task="idle")
    side = drives.drive([(300, 0), (300, 330), (400, 500), (300, 330), (300, 0)], begin_s=625, every_s=5)
    later = drives.drive([(300, 0), (300, -350)], begin_s=1100, every_s=10)
    repeated = drives.fixes([(1200 + number, (300, -350)) for number in range(5)], kmh=20)
    elsewhere = drives.drive([(3000, 3000), (3400, 3000)], begin_s=1206)
    whole = drives.together(out, round_, jumps, coarse, parked, side, later, repeated, elsewhere)
    return drives.part(whole, sorted(range(len(whole)), key=lambda number: whole.at_us[number]))


def test_the_night_holds_all_that_can_happen(network, plan, night):
    track = match_fixes(network, plan, 7, night)
    assert {gap.reason.value for gap in track.gaps} == {"silence", "speed"}
    assert len(track.stops) == 1
    assert {run.task for run in track.runs} == {"plough", "idle", None}
    assert {"jump", "coarse", "repeated", "stopped", "off_network", "fast"} <= {
        flag for run in track.runs for flag in run.flags
    }
    assert {"a", "b", "ring"} <= {each.road for each in track.passages}


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_chunking_gives_what_the_batch_gives(network, plan, night, drives, data):
    cuts = sorted(data.draw(st.sets(st.integers(1, len(night) - 1), max_size=40)))
    matcher = LiveMatcher(network, plan)
    tracks = [
        matcher.feed(7, drives.part(night, range(begin, end)))
        for begin, end in zip([0, *cuts], [*cuts, len(night)], strict=True)
    ]
    assert as_bytes(*tracks, matcher.end(7)) == as_bytes(match_fixes(network, plan, 7, night))


def test_one_by_one_gives_what_the_batch_gives(network, plan, night, drives):
    matcher = LiveMatcher(network, plan)
    tracks = [matcher.feed(7, drives.part(night, [number])) for number in range(len(night))]
    assert as_bytes(*tracks, matcher.end(7)) == as_bytes(match_fixes(network, plan, 7, night))


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same(network, plan, night, drives, random):
    numbers = list(range(len(night))) * 2
    random.shuffle(numbers)
    mixed = match_fixes(network, plan, 7, drives.part(night, numbers))
    assert as_bytes(mixed) == as_bytes(match_fixes(network, plan, 7, night))


def test_vehicles_do_not_disturb_each_other(network, plan, night, drives):
    matcher = LiveMatcher(network, plan)
    found = {1: [], 2: []}
    for begin in range(0, len(night), 50):
        piece = drives.part(night, range(begin, min(begin + 50, len(night))))
        for vehicle, tracks in found.items():
            tracks.append(matcher.feed(vehicle, piece))
    for vehicle, tracks in found.items():
        whole = match_fixes(network, plan, vehicle, night)
        assert as_bytes(*tracks, matcher.end(vehicle)) == as_bytes(whole)


def test_what_comes_late_or_twice_is_left_out_of_the_stream(network, plan, night, drives):
    matcher = LiveMatcher(network, plan)
    half = len(night) // 2
    tracks = [
        matcher.feed(7, drives.part(night, range(half))),
        matcher.feed(7, drives.part(night, range(half - 100, len(night)))),
        matcher.feed(7, drives.part(night, range(10))),
        matcher.end(7),
    ]
    assert as_bytes(*tracks) == as_bytes(match_fixes(network, plan, 7, night))


def test_a_silence_of_stored_fixes_is_a_boundary(network, plan, night, drives):
    """What lies on either side is matched alone; only the gap between them needs both."""
    silent = next(
        number for number in range(1, len(night)) if night.at_us[number] - night.at_us[number - 1] > 120_000_000
    )
    whole = match_fixes(network, plan, 7, night)
    first = match_fixes(network, plan, 7, drives.part(night, range(silent)))
    second = match_fixes(network, plan, 7, drives.part(night, range(silent, len(night))))
    between = [gap for gap in whole.gaps if gap not in (*first.gaps, *second.gaps)]
    assert len(between) == 1
    assert as_bytes(first, Track(gaps=tuple(between)), second) == as_bytes(whole)


def test_ending_forgets_the_vehicle(network, plan, night):
    matcher = LiveMatcher(network, plan)
    matcher.feed(7, night)
    assert matcher.end(7).runs
    assert matcher.end(7) == Track()
    assert matcher.feed(7, night) == LiveMatcher(network, plan).feed(7, night)


def test_a_forgotten_vehicle_tells_nothing(network, plan, night):
    matcher = LiveMatcher(network, plan)
    matcher.feed(7, night)
    matcher.forget(7)
    assert matcher.end(7) == Track()


def test_nothing_gives_nothing(network, plan, drives):
    assert match_fixes(network, plan, 7, drives.fixes([])) == Track()
    assert LiveMatcher(network, plan).feed(7, drives.fixes([])) == Track()
