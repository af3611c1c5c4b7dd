"""A changed sample changes no flag outside its reach, and what is judged in a window that is wide enough is the truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import QualityLimits, Reporting
from ingest.quality import Series, Surroundings, limits_version, reach

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def at(micros):
    return EPOCH + int(micros) * MICROSECOND


def between(part, window):
    first, last = ((end - EPOCH) // MICROSECOND for end in window)
    return part.part((first <= part.times) & (part.times <= last))


def around_between(around, window):
    return Surroundings(
        between(around.air_temperature, window),
        tuple(replace(other, series=between(other.series, window)) for other in around.neighbours),
    )


def changed(part, row, how, value):
    """The series without the sample, or with another value in it."""
    if how == "removed":
        return part.part(np.arange(len(part)) != row)
    values, gate, conflict = part.values.copy(), part.gate.copy(), part.conflict.copy()
    values[row], gate[row], conflict[row] = value, 9 if np.isnan(value) else 1, how == "conflict"
    return Series(part.times, values, gate, conflict)


CHANGES = st.tuples(
    st.sampled_from(["removed", "other value", "conflict"]), st.sampled_from([0.0, 1.0, 1.3, 2.5, 5000.0, np.nan])
)


def compare(busy, verdict_rows, before, after, moment):
    """Outside the reach of the moment nothing differs; in it, what a window gives is what the whole gives."""
    watched, _ = busy
    extent = reach(watched)
    touched, needed = (tuple((end - EPOCH) // MICROSECOND for end in window) for window in (
        extent.touched(moment, moment), extent.needed(moment, moment),
    ))  # fmt: skip
    old, new = verdict_rows(watched, *before), verdict_rows(watched, *after)
    for time in old.keys() & new.keys():
        if not touched[0] <= time <= touched[1]:
            assert old[time] == new[time]
    window = tuple(EPOCH + end * MICROSECOND for end in needed)
    part = verdict_rows(watched, between(after[0], window), around_between(after[1], window))
    for time, verdict in new.items():
        if touched[0] <= time <= touched[1]:
            assert part[time] == verdict


@settings(max_examples=150, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), change=CHANGES)
def test_a_changed_sample(busy, verdict_rows, data, seed, change):
    values, around = busy[1](np.random.default_rng(seed), 300)
    row = data.draw(st.integers(0, len(values) - 1))
    compare(busy, verdict_rows, (values, around), (changed(values, row, *change), around), at(values.times[row]))


@settings(max_examples=100, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), change=CHANGES)
def test_a_sample_that_came_late(busy, verdict_rows, data, seed, change):
    """The other way round: the series without it was judged, now it is there."""
    values, around = busy[1](np.random.default_rng(seed), 300)
    row = data.draw(st.integers(0, len(values) - 1))
    missing = changed(values, row, "removed", 0.0)
    compare(busy, verdict_rows, (missing, around), (changed(values, row, *change), around), at(values.times[row]))


@settings(max_examples=80, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), change=CHANGES)
def test_a_changed_sample_of_the_thermometer(busy, verdict_rows, data, seed, change):
    values, around = busy[1](np.random.default_rng(seed), 300)
    row = data.draw(st.integers(0, len(around.air_temperature) - 1))
    other = replace(around, air_temperature=changed(around.air_temperature, row, *change))
    moment = at(around.air_temperature.times[row])
    compare(busy, verdict_rows, (values, around), (values, other), moment)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), change=CHANGES)
def test_a_changed_sample_of_a_neighbour(busy, verdict_rows, data, seed, change):
    values, around = busy[1](np.random.default_rng(seed), 300)
    first = around.neighbours[0]
    row = data.draw(st.integers(0, len(first.series) - 1))
    other = replace(
        around, neighbours=(replace(first, series=changed(first.series, row, *change)), *around.neighbours[1:])
    )
    compare(busy, verdict_rows, (values, around), (values, other), at(first.series.times[row]))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), first=st.floats(0, 1), length=st.floats(0, 0.3))
def test_any_stretch_judged_in_its_window_is_judged_as_in_the_whole(busy, verdict_rows, seed, first, length):
    watched, make = busy
    values, around = make(np.random.default_rng(seed), 400)
    begin = int(first * (len(values) - 1))
    end = min(len(values) - 1, begin + int(length * len(values)))
    window = reach(watched).needed(at(values.times[begin]), at(values.times[end]))
    whole = verdict_rows(watched, values, around)
    part = verdict_rows(watched, between(values, window), around_between(around, window))
    for time in values.times[begin : end + 1].tolist():
        assert part[time] == whole[time]


def test_order_of_arrival_does_not_matter(busy, verdict_rows):
    """Samples that come one by one in any order, each re-judged in its reach, end as the series judged at once."""
    watched, make = busy
    random = np.random.default_rng(7)
    values, around = make(random, 150)
    extent, known = reach(watched), {}
    here = np.zeros(len(values), dtype=bool)
    for row in random.permutation(len(values)):
        here[row] = True
        moment = at(values.times[row])
        now = values.part(here)
        window = extent.needed(moment, moment)
        verdicts = verdict_rows(watched, between(now, window), around_between(around, window))
        known.update({time: verdicts[time] for time in between(now, extent.touched(moment, moment)).times.tolist()})
    assert known == verdict_rows(watched, values, around)


def test_reach_grows_with_what_is_asked_for(stream):
    hour = timedelta(hours=1)
    assert reach(stream()) == replace(reach(stream()), back=timedelta(0), ahead=timedelta(minutes=30))
    assert reach(stream(spike_suspect=0.2)).back == hour
    assert reach(stream(rise_per_h=1)).ahead == timedelta(minutes=90)
    assert reach(stream(flat_suspect_after=24 * hour)).ahead == 24.5 * hour
    assert reach(stream(winter_jump=0.2)).back == 2 * hour
    assert reach(stream("snow_depth", neighbour_km=5, neighbour_difference=30)).ahead == 28 * hour
    assert reach(stream(gap_after=hour, spike_suspect=0.2)).ahead == 2 * hour


def test_windows_of_a_reach(stream):
    extent = reach(stream(spike_suspect=0.2, flat_suspect_after=timedelta(hours=24)))
    first, last = at(0), at(3_600_000_000)
    assert extent.touched(first, last) == (first - extent.back, last + extent.ahead)
    assert extent.needed(first, last) == (
        first - extent.back - extent.ahead,
        last + extent.back + extent.ahead,
    )


def test_version_follows_what_a_verdict_depends_on(stream):
    base = stream("snow_depth", rise_per_h=20, mount_height_cm=400)
    changes = [
        {"limits": replace(base.limits, rise_per_h=21.0)},
        {"limits": replace(base.limits, flat_suspect_after=timedelta(hours=1))},
        {"mount_height_cm": 410.0},
        {"offset": 1.0},
        {"range_max": 300.0},
        {"expected_interval": timedelta(minutes=5)},
        {"reporting": Reporting.EVENT},
    ]
    versions = {limits_version(replace(base, **change)) for change in changes}
    assert len(versions | {limits_version(base)}) == len(changes) + 1
    assert limits_version(replace(base, carrier="x", datum="y", device="z", stale_after=timedelta(days=1))) == (
        limits_version(base)
    )
    assert limits_version(base) == limits_version(replace(base))


@pytest.mark.parametrize("name", QualityLimits.__slots__)
def test_every_limit_changes_the_version(stream, name):
    base = stream()
    value = timedelta(hours=7) if name.endswith("_after") else 0.7
    assert limits_version(replace(base, limits=replace(base.limits, **{name: value}))) != limits_version(base)
