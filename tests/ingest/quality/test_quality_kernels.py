"""Each kernel says flag by flag what ioos_qc says, on anything."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ioos_qc import qartod

from ingest.quality import kernels
from ingest.quality.gross import Spans

SECOND = 1_000_000
VALUE = st.one_of(
    st.just(math.nan),
    st.integers(-5, 5).map(float),
    st.floats(-100, 100, allow_nan=False).map(lambda number: round(number, 2)),
)
VALUES = st.lists(VALUE, min_size=1, max_size=40)
LIMIT = st.sampled_from([0.01, 0.5, 1.0, 2.0, 7.5, 60.0])


@st.composite
def timed(draw, fewest=1, shortest=1, longest=7200):
    values = draw(st.lists(VALUE, min_size=fewest, max_size=40))
    steps = st.integers(shortest, longest)
    seconds = np.cumsum([draw(steps) for _ in values])
    return np.array(values, dtype=np.float64), seconds.astype(np.int64)


def dates(seconds):
    return (seconds * SECOND).astype("datetime64[us]")


def plain(flags):
    return np.asarray(flags).astype(int).tolist()


@given(values=VALUES, ends=st.lists(st.floats(-50, 50), min_size=4, max_size=4).map(sorted))
def test_gross_range(values, ends):
    fail_low, suspect_low, suspect_high, fail_high = ends
    ours = kernels.gross_range(np.array(values), Spans(fail_low, fail_high, suspect_low, suspect_high))
    assert plain(ours) == plain(qartod.gross_range_test(values, (fail_low, fail_high), (suspect_low, suspect_high)))


@given(series=timed(), threshold=LIMIT.map(lambda limit: limit / 100))
def test_rate_of_change(series, threshold):
    values, seconds = series
    ours = kernels.rate_of_change(seconds * SECOND, values, threshold, threshold)
    assert plain(ours) == plain(qartod.rate_of_change_test(values, dates(seconds), threshold))


@given(values=VALUES, steps=st.lists(st.integers(1, 3_500_000), min_size=40, max_size=40), threshold=LIMIT)
def test_rate_of_change_counts_whole_seconds(values, steps, threshold):
    times = np.cumsum(steps[: len(values)]).astype(np.int64)
    ours = kernels.rate_of_change(times, np.array(values), threshold, threshold)
    assert plain(ours) == plain(qartod.rate_of_change_test(values, times.astype("datetime64[us]"), threshold))


@given(values=VALUES, suspect=st.one_of(st.none(), LIMIT), fail=st.one_of(st.none(), LIMIT))
def test_spike(values, suspect, fail):
    assert plain(kernels.spike(np.array(values), suspect, fail)) == plain(qartod.spike_test(values, suspect, fail))


@settings(max_examples=300)
@given(
    series=timed(fewest=3),
    suspect=st.integers(0, 20_000),
    fail=st.integers(0, 40_000),
    tolerance=st.sampled_from([0, 0.001, 0.5, 1.0, 3.0]),
)
def test_flat_line_in_the_windows_of_the_reference(series, suspect, fail, tolerance):
    values, seconds = series
    interval = np.median(np.diff(seconds)) // 1
    ours = kernels.flat_line(
        values,
        kernels.windows_by_count(values.size, suspect, interval),
        kernels.windows_by_count(values.size, fail, interval),
        tolerance,
    )
    assert plain(ours) == plain(qartod.flat_line_test(values, dates(seconds), suspect, fail, tolerance))


@given(
    values=st.lists(VALUE, min_size=3, max_size=40),
    interval=st.sampled_from([60, 600, 3600]),
    counts=st.tuples(st.integers(1, 12), st.integers(1, 20)),
    tolerance=st.sampled_from([0, 0.001, 1.0]),
)
def test_flat_line_of_a_regular_series_by_time(values, interval, counts, tolerance):
    """On a regular series the windows that last as long as was said are those the reference counts out."""
    seconds = np.arange(len(values)) * interval
    durations = [count * interval for count in counts]
    windows = [kernels.windows_by_time(seconds * SECOND, duration * SECOND) for duration in durations]
    ours = kernels.flat_line(np.array(values), *windows, tolerance)
    assert plain(ours) == plain(qartod.flat_line_test(values, dates(seconds), *durations, tolerance))


@given(series=timed(fewest=2, shortest=60, longest=20_000), hours=st.integers(1, 4))
def test_time_gap(series, hours):
    _, seconds = series
    ours = kernels.time_gap(seconds * SECOND, hours * 3600 * SECOND)
    assert plain(ours) == plain(qartod.time_gap_test(dates(seconds), hours))


@given(values=VALUES, ends=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=20))
def test_extremes_of_any_windows(values, ends):
    pairs = [sorted(int(end * (len(values) - 1)) for end in pair) for pair in ends]
    first, last = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    low, high = kernels.extremes(np.array(values), first, last)
    for row, (begin, end) in enumerate(pairs):
        window = [value for value in values[begin : end + 1] if not math.isnan(value)]
        expected = (min(window), max(window)) if window else (math.nan, math.nan)
        np.testing.assert_array_equal((low[row], high[row]), expected)


@pytest.mark.parametrize("size", [0, 1, 2])
def test_short_series(size):
    values, times = np.ones(size), np.arange(size) * SECOND
    nowhere = np.full(size, kernels.NOWHERE)
    assert kernels.gross_range(values, Spans(0, 2, 0, 2)).size == size
    assert kernels.rate_of_change(times, values, 1.0, 1.0).size == size
    assert plain(kernels.spike(values, 1.0, 2.0)) == [2] * size
    assert plain(kernels.flat_line(values, nowhere, nowhere, 1.0)) == [1] * size
    assert plain(kernels.time_gap(times, 1)) == [[], [1], [4, 4]][size]


def test_rising_and_falling_have_limits_of_their_own():
    times, values = np.arange(5) * SECOND, np.array([0.0, 2.0, 0.0, 4.0, 0.0])
    assert plain(kernels.rate_of_change(times, values, 3.0, 1.0)) == [1, 1, 3, 3, 3]
    assert plain(kernels.rate_of_change(times, values, None, 3.0)) == [1, 1, 1, 1, 3]
    assert plain(kernels.rate_of_change(times, values, 1.9, None, noise=0.2)) == [1, 1, 1, 3, 1]
