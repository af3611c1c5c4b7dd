"""The field's own tests: snow in summer, ice on a gauge, a snow gauge that disagrees with those around it.

Array functions like the kernels, with the same flags. Their limits are local start values; no standard has any.
"""

from __future__ import annotations

import numpy as np

from core.quantities import QUANTITIES
from core.times import JST
from ingest.quality.kernels import FAIL, GOOD, MISSING, NOWHERE, SUSPECT, UNKNOWN, Rows, extremes
from ingest.quality.reaching import CHANGE_OVER, CHANGE_SLACK, COLD_FOR, RETURN_WITHIN
from ingest.quality.series import Flags, Marks, Neighbour, Series, Times, Values, micros

SUMMER = (6, 9)
"""June to September, in Japan's time: no town of ours has snow on the ground then."""

FREEZING_DEGC = 0.0
LEAST_NEIGHBOURS = 2
HOUR = 3_600_000_000
UTC_OFFSET = JST.utcoffset(None)


def summer_snow(times: Times, values: Values, greatest: float) -> Flags:
    """Suspect where more than ``greatest`` lies in June to September: grass under the sensor, not snow."""
    local = (times + micros(UTC_OFFSET)).view("datetime64[us]").astype("datetime64[M]")
    month = local.astype(np.int64) % 12 + 1
    flags = np.full(values.size, GOOD)
    flags[(SUMMER[0] <= month) & (month <= SUMMER[1]) & (values > greatest)] = SUSPECT
    flags[np.isnan(values)] = MISSING
    return flags


def winter(times: Times, values: Values, linked: Marks, jump: float, air: Series | None) -> Flags:
    """Suspect where a level jumps there and back within two hours while the air has been below zero for three.

    Water rises in a jump and falls by and by, and it does neither in hard frost; ice that lifts the float, snow that
    falls through the beam or off the bracket goes both ways at once. So a rise alone passes, however steep, and so
    does a jump in thawing air. 2 where nobody knows the air. ``linked`` says that a sample follows the one before
    without a gap.
    """
    cold, known = cold_spell(times, air)
    flags = np.full(values.size, GOOD)
    flags[in_tooth(times, values, linked, jump) & cold] = SUSPECT
    flags[~known] = UNKNOWN
    return flags


def in_tooth(times: Times, values: Values, linked: Marks, jump: float) -> Marks:
    """The samples from a jump of at least ``jump`` to the one before the jump back, which comes within two hours."""
    step = np.zeros(values.size)
    step[1:][linked[1:]] = np.diff(values)[linked[1:]]
    rises, falls = np.flatnonzero(step >= jump), np.flatnonzero(step <= -jump)
    edges = np.zeros(values.size + 1, dtype=np.int64)
    for jumps, returns in ((rises, falls), (falls, rises)):
        following = np.searchsorted(returns, jumps)
        answered = following < returns.size
        begin, end = jumps[answered], returns[following[answered]]
        soon = times[end] - times[begin] <= micros(RETURN_WITHIN)
        np.add.at(edges, begin[soon], 1)
        np.add.at(edges, end[soon], -1)
    return np.cumsum(edges[:-1]) > 0


def cold_spell(times: Times, air: Series | None) -> tuple[Marks, Marks]:
    """Where the air has been at or below zero for three hours, and where that is known (two readings in them)."""
    if air is None:
        return np.zeros(times.size, dtype=bool), np.zeros(times.size, dtype=bool)
    air = sound(air, "air_temperature")
    first = np.searchsorted(air.times, times - micros(COLD_FOR), side="left")
    last = np.searchsorted(air.times, times, side="right") - 1
    known = last > first
    cold = np.zeros(times.size, dtype=bool)
    _, warmest = extremes(air.values, first[known], last[known])
    cold[known] = warmest <= FREEZING_DEGC
    return cold, known


def snow_beside(times: Times, values: Values, references: Marks, around: tuple[Neighbour, ...], most: float) -> Flags:
    """Suspect where the change over a day differs by more than ``most`` from the median of the neighbours'.

    The change, not the depth: one side of a street keeps half a metre more than the other all winter, but both get
    the same fall. A step that stays (a mast moved) is therefore suspect for a day and then the new truth. 2 where
    fewer than two neighbours, or the gauge itself, have both ends of the day. ``references`` are the samples of our
    own that may be the beginning of a day.
    """
    own = values - values_at(times[references], values[references], times - micros(CHANGE_OVER))
    others = [_changes(sound(other.series, "snow_depth"), times) for other in around]
    flags = np.full(values.size, UNKNOWN)
    if len(others) < LEAST_NEIGHBOURS:
        return flags
    table = np.sort(np.vstack(others), axis=0)  # NaN comes last
    count, column = np.count_nonzero(~np.isnan(table), axis=0), np.arange(times.size)
    lower, upper = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(others) - 1)
    median = (table[lower, column] + table[upper, column]) / 2
    judged = (count >= LEAST_NEIGHBOURS) & ~np.isnan(own)
    flags[judged] = GOOD
    flags[judged & (np.abs(own - median) > most)] = SUSPECT
    return flags


def _changes(series: Series, times: Times) -> Values:
    now = values_at(series.times, series.values, times)
    return now - values_at(series.times, series.values, times - micros(CHANGE_OVER))


def values_at(times: Times, values: Values, wanted: Times) -> Values:
    """The newest value at or up to three hours before each wanted time, NaN where there is none."""
    found = np.full(wanted.size, np.nan)
    row: Rows = np.searchsorted(times, wanted, side="right") - 1
    there = np.flatnonzero(row != NOWHERE)
    fresh = there[wanted[there] - times[row[there]] <= micros(CHANGE_SLACK)]
    found[fresh] = values[row[fresh]]
    return found


def sound(series: Series, quantity: str) -> Series:
    """The samples of somebody else's series that can be used: possible values, not failed or missing on arrival."""
    row = QUANTITIES[quantity]
    possible = (row.low <= series.values) & (series.values <= row.high)
    return series.part(possible & (series.gate != FAIL) & (series.gate != MISSING))
