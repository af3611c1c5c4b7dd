"""The QARTOD tests as array functions, each equal to that of ioos_qc 3.0 flag by flag.

Sources: IOOS, Manual for Real-Time Quality Control of Water Level Data v2.1 (QARTOD); ioos_qc ``qartod.py``.
A flag is a ``core.model.Quality``: 9 where there is no value, 2 where a test cannot be made, else 1, 3 or 4.
What a kernel says of a gap, of the newest value or of a step is put right by its caller, never here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.model import Quality
from ingest.quality.gross import Spans
from ingest.quality.series import Flags, Marks, Times, Values

Rows = NDArray[np.int64]

GOOD, UNKNOWN, SUSPECT, FAIL, MISSING = (np.uint8(flag) for flag in Quality)
SECOND = 1_000_000
NOWHERE = -1
"""A row that is not there: a window that would begin before the series."""


def gross_range(values: Values, spans: Spans) -> Flags:
    """``gross_range_test``: fail outside what is possible, suspect outside what is expected."""
    flags = np.full(values.size, GOOD)
    flags[(values < spans.suspect_low) | (values > spans.suspect_high)] = SUSPECT
    flags[(values < spans.fail_low) | (values > spans.fail_high)] = FAIL
    flags[np.isnan(values)] = MISSING
    return flags


def rate_of_change(
    times: Times,
    values: Values,
    rise: float | None,
    fall: float | None,
    *,
    noise: float = 0.0,
    against: Rows | None = None,
) -> Flags:
    """``rate_of_change_test`` where ``rise`` and ``fall`` (units a second) are equal: suspect where exceeded.

    The difference is taken from the sample before, or from the rows ``against`` (``NOWHERE``: good, as the first is),
    over whole seconds, at least one, as the reference counts them. ``noise`` is the part of a difference that is the instrument's.
    """
    before = np.arange(-1, values.size - 1) if against is None else against
    seconds = np.maximum((times - times[before]) // SECOND, 1)
    change = values - values[before]
    rate = np.sign(change) * np.maximum(np.abs(change) - noise, 0.0) / seconds
    flags = np.full(values.size, GOOD)
    flags[(rate > (np.inf if rise is None else rise)) | (-rate > (np.inf if fall is None else fall))] = SUSPECT
    flags[before == NOWHERE] = GOOD
    flags[np.isnan(values)] = MISSING
    return flags


def spike(values: Values, suspect: float | None, fail: float | None) -> Flags:
    """``spike_test`` by the average: how far a value lies from the mean of the one before and the one after."""
    distance = from_mean(values)
    flags = np.full(values.size, GOOD)
    flags[distance > (suspect or np.inf)] = SUSPECT
    flags[distance > (fail or np.inf)] = FAIL
    flags[np.isnan(distance)] = UNKNOWN
    flags[np.isnan(values)] = MISSING
    return flags


def from_mean(values: Values) -> Values:
    """How far each value lies from the mean of the one before and the one after; NaN where one of them is not there."""
    distance = np.full(values.size, np.nan)
    distance[1:-1] = np.abs(values[1:-1] - (values[:-2] + values[2:]) / 2)
    return distance


def flat_line(values: Values, suspect_from: Rows, fail_from: Rows, tolerance: float) -> Flags:
    """``flat_line_test``: suspect, or fail, where all values of a window differ by less than ``tolerance``.

    A window ends at its sample and begins at the row given for it, ``NOWHERE`` for none. ``windows_by_count`` gives
    those of the reference, ``windows_by_time`` those that last as long as was asked for; on a regular series they are
    the same.
    """
    flags = np.full(values.size, GOOD)
    flags[_still(values, suspect_from, tolerance)] = SUSPECT
    flags[_still(values, fail_from, tolerance)] = FAIL
    flags[np.isnan(values)] = MISSING
    return flags


def _still(values: Values, first: Rows, tolerance: float) -> Marks:
    still = np.zeros(values.size, dtype=bool)
    last = np.flatnonzero(first != NOWHERE)
    low, high = extremes(values, first[last], last)
    still[last] = high - low < tolerance
    return still


def windows_by_count(size: int, duration_s: float, interval_s: float) -> Rows:
    """Where windows of so many samples as fit into ``duration_s`` begin, for a series of ``size`` samples."""
    first = np.arange(size, dtype=np.int64) - int(int(duration_s) / interval_s)
    return np.maximum(first, NOWHERE)


def windows_by_time(times: Times, duration: int) -> Rows:
    """The newest sample at least ``duration`` µs older than each sample."""
    return np.searchsorted(times, times - duration, side="right").astype(np.int64) - 1


def time_gap(times: Times, longest: int) -> Flags:
    """``time_gap_test``: fail behind a silence of more than ``longest`` µs; the first as the second."""
    flags = np.full(times.size, GOOD)
    flags[1:][np.diff(times) > longest] = FAIL
    flags[:1] = flags[1:2] if times.size > 1 else flags[:1]
    return flags


def extremes(values: Values, first: Rows, last: Rows) -> tuple[Values, Values]:
    """The least and the greatest of ``values[first : last + 1]``, for each pair of rows; NaN counts for nothing.

    Every window is the union of two of a power of two, so any number of windows costs n log(longest).
    """
    low, high = np.full(last.size, np.nan), np.full(last.size, np.nan)
    if last.size == 0:
        return low, high
    power = np.frexp(last - first + 1)[1] - 1
    lows = highs = values
    for step in range(int(power.max()) + 1):
        if step:
            half = 1 << step - 1
            lows = np.fmin(lows[:-half], lows[half:])
            highs = np.fmax(highs[:-half], highs[half:])
        rows = np.flatnonzero(power == step)
        begin, end = first[rows], last[rows] - (1 << step) + 1
        low[rows] = np.fmin(lows[begin], lows[end])
        high[rows] = np.fmax(highs[begin], highs[end])
    return low, high
