"""From a stretch of a series to its verdicts: every test on it, put right where a kernel cannot know better, rolled up.

Where the verdicts differ from ioos_qc on purpose (the kernels do not; all of it happens here):

- What failed the gross range test, or came without a value, is no neighbour to anybody: the other tests look at the
  sound samples only, and say 2 of a failed value, 9 of none. One full-scale error makes one bad value, not three.
- Two samples with a silence longer than ``gap_after`` between them are not compared: rate of change and spike say 2
  behind it, flat line begins anew. The first sample of all stands behind a silence too (the reference: good).
- The spike test says 2 of the newest sample until its successor has come; so does the reference of the last one.
- A spike that agrees with two samples beside it is a new level and good: three that agree are the truth (mast moved,
  flood). The reference flags both sides of every step. What sticks out only because its neighbour is a greater spike
  is judged by the next one over; the reference flags the shoulders of every great spike.
- Rates have limits of their own for rising and falling, and are taken from the last sample that is no spike, so the
  way back from a spike is good. What two readings of the same thing differ by (``noise``) is no rate.
- Flat line: windows last as long as the town said, whatever the number of samples; the reference counts samples by
  the median interval of the whole series, which a stream does not have. "Within tolerance" includes the tolerance,
  so that 0 means equal. Snow and channels that lie at zero are empty, not stuck.
- Gap: a value behind a silence is "not evaluated" with the reason GAP, never fail; its quality is what the others say.

The roll-up is QARTOD's, weakest first: missing, not evaluated, good, suspect, fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.model import Datastream, QualityReason
from core.quality import QualityTest
from ingest.quality import field_tests, kernels
from ingest.quality.gross import spans_of
from ingest.quality.kernels import FAIL, GOOD, MISSING, NOWHERE, SUSPECT, UNKNOWN
from ingest.quality.reaching import LEVEL_SAMPLES, longest_step, tests_gap
from ingest.quality.series import (
    NOTHING_AROUND,
    Bits,
    Flags,
    Marks,
    Series,
    Surroundings,
    Times,
    Values,
    Verdicts,
    micros,
)

EQUAL = 1e-9
"""Two readings of two decimals that are equal on paper may differ by this as floats."""

EMPTY_AT_ZERO = frozenset({"snow_depth", "channel_level"})
_STRENGTH = np.array([0, 2, 1, 3, 4, 0, 0, 0, 0, 0], dtype=np.uint8)
_OF_STRENGTH = np.array([MISSING, UNKNOWN, GOOD, SUSPECT, FAIL], dtype=np.uint8)


@dataclass(slots=True)
class Track:
    """The sound samples of a series, in a row: what the tests that compare samples look at.

    ``rows`` are their places in the series, ``linked`` says that a sample follows the one before it without a gap,
    ``spiky`` that it sticks out and may not be a reference for others.
    """

    stream: Datastream
    around: Surroundings
    rows: kernels.Rows
    times: Times
    values: Values
    linked: Marks
    spiky: Marks


def judge(stream: Datastream, series: Series, around: Surroundings = NOTHING_AROUND) -> Verdicts:
    """The verdicts on every sample of a stretch. Pure; near the ends of the stretch see ``reach``."""
    gross = kernels.gross_range(series.values, spans_of(stream))
    outcomes = {QualityTest.GROSS_RANGE: gross, **_alone(stream, series)}
    track = _track(stream, series, around, gross)
    for test, run in _COMPARING:
        found = run(track)
        if found is not None:
            outcomes[test] = _spread(found, track.rows, series.values)
    return _verdicts(series, outcomes)


def gate_of(values: Values, reasons: Bits) -> Flags:
    """The quality known on arrival, as ``Series.gate`` wants it, from stored values (NaN: none) and reasons."""
    none, doubted = np.isnan(values), (reasons & int(QualityReason.SENSOR_FAULT)) != 0
    gate = np.full(values.size, GOOD)
    gate[none] = MISSING
    gate[doubted] = SUSPECT
    gate[none & doubted] = FAIL
    return gate


def _alone(stream: Datastream, series: Series) -> dict[QualityTest, Flags]:
    """The tests that need the sample alone, or only its time and the one before."""
    found = {QualityTest.CONFLICT: np.where(series.conflict, SUSPECT, GOOD)}
    if tests_gap(stream):
        silent = np.ones(len(series), dtype=bool)
        silent[1:] = np.diff(series.times) > micros(longest_step(stream))
        found[QualityTest.GAP] = np.where(silent, UNKNOWN, GOOD)
    if stream.limits.summer_max is not None:
        flags = field_tests.summer_snow(series.times, series.values, stream.limits.summer_max)
        found[QualityTest.SUMMER_SNOW] = flags
    return found


def _track(stream: Datastream, series: Series, around: Surroundings, gross: Flags) -> Track:
    usable = (gross != FAIL) & (gross != MISSING) & (series.gate != FAIL) & (series.gate != MISSING)
    rows = np.flatnonzero(usable)
    times = series.times[rows]
    linked = np.zeros(rows.size, dtype=bool)
    linked[1:] = np.diff(times) <= micros(longest_step(stream))
    return Track(stream, around, rows, times, series.values[rows], linked, np.zeros(rows.size, dtype=bool))


def _spike(track: Track) -> Flags | None:
    limits = track.stream.limits
    least = limits.spike_suspect or limits.spike_fail
    if not least:
        return None
    flags = kernels.spike(track.values, limits.spike_suspect, limits.spike_fail)
    beside = track.linked.copy()
    beside[:-1] &= track.linked[1:]
    beside[-1:] = False
    flags[(flags >= SUSPECT) & (_on_a_level(track, least) | _beside_a_spike(track, least))] = GOOD
    flags[~beside] = UNKNOWN
    track.spiky = (flags == SUSPECT) | (flags == FAIL)
    return flags


def _on_a_level(track: Track, tolerance: float) -> Marks:
    """The samples that belong to a run of three, without a gap, that differ by no more than ``tolerance``."""
    size = track.values.size
    found = np.zeros(size, dtype=bool)
    last = np.arange(LEVEL_SAMPLES - 1, size)
    low, high = kernels.extremes(track.values, last - (LEVEL_SAMPLES - 1), last)
    together = high - low <= tolerance + EQUAL
    for place in range(1, LEVEL_SAMPLES):
        together &= track.linked[place : place + last.size]
    for place in range(LEVEL_SAMPLES):
        found[place : place + last.size] |= together
    return found


def _beside_a_spike(track: Track, tolerance: float) -> Marks:
    """The samples that stick out only because one beside them sticks out farther: judged by the next one over."""
    values, distance = track.values, kernels.from_mean(track.values)
    before, after = np.full(values.size, np.nan), np.full(values.size, np.nan)
    before[1:], after[:-1] = values[:-1], values[1:]
    worse = (distance[1:-2] > distance[2:-1]) & track.linked[1:-2]
    before[2:-1][worse] = values[:-3][worse]
    worse = (distance[2:-1] > distance[1:-2]) & track.linked[3:]
    after[1:-2][worse] = values[3:][worse]
    found: Marks = np.abs(values - (before + after) / 2) <= tolerance + EQUAL
    return found


def _rate(track: Track) -> Flags | None:
    limits = track.stream.limits
    if limits.rise_per_h is None and limits.fall_per_h is None:
        return None
    newest = np.where(track.spiky, NOWHERE, np.arange(track.rows.size))
    before = np.full(track.rows.size, NOWHERE)
    before[1:] = np.maximum.accumulate(newest)[:-1]
    flags = kernels.rate_of_change(
        track.times,
        track.values,
        _per_second(limits.rise_per_h),
        _per_second(limits.fall_per_h),
        noise=limits.noise,
        against=before,
    )
    flags[(before == NOWHERE) | (track.times - track.times[before] > micros(longest_step(track.stream)))] = UNKNOWN
    return flags


def _per_second(per_hour: float | None) -> float | None:
    return None if per_hour is None else per_hour / 3600.0


def _flat_line(track: Track) -> Flags | None:
    limits = track.stream.limits
    if limits.flat_suspect_after is None and limits.flat_fail_after is None:
        return None
    gaps = np.cumsum(~track.linked)

    def windows(duration: int | None) -> kernels.Rows:
        if duration is None:
            return np.full(track.rows.size, NOWHERE)
        first = kernels.windows_by_time(track.times, duration)
        first[gaps[first] != gaps] = NOWHERE
        return first

    durations = [
        None if after is None else micros(after) for after in (limits.flat_suspect_after, limits.flat_fail_after)
    ]
    flags = kernels.flat_line(track.values, windows(durations[0]), windows(durations[1]), limits.flat_tolerance + EQUAL)
    if track.stream.quantity in EMPTY_AT_ZERO:
        flags[track.values <= limits.noise] = GOOD
    return flags


def _winter(track: Track) -> Flags | None:
    jump = track.stream.limits.winter_jump
    if jump is None:
        return None
    return field_tests.winter(track.times, track.values, track.linked, jump, track.around.air_temperature)


def _neighbour(track: Track) -> Flags | None:
    limits = track.stream.limits
    if limits.neighbour_km is None or limits.neighbour_difference is None:
        return None
    near = tuple(other for other in track.around.neighbours if other.distance_km <= limits.neighbour_km)
    return field_tests.snow_beside(track.times, track.values, ~track.spiky, near, limits.neighbour_difference)


_COMPARING: tuple[tuple[QualityTest, Callable[[Track], Flags | None]], ...] = (
    (QualityTest.SPIKE, _spike),  # first: it says which samples are no reference for the others
    (QualityTest.RATE_OF_CHANGE, _rate),
    (QualityTest.FLAT_LINE, _flat_line),
    (QualityTest.WINTER, _winter),
    (QualityTest.NEIGHBOUR, _neighbour),
)


def _spread(found: Flags, rows: kernels.Rows, values: Values) -> Flags:
    """What was found of the sound samples, in its place in the series; 9 of no value, 2 of the others."""
    flags = np.where(np.isnan(values), MISSING, UNKNOWN)
    flags[rows] = found
    return flags


def _verdicts(series: Series, outcomes: dict[QualityTest, Flags]) -> Verdicts:
    strength = _STRENGTH[series.gate]
    reasons, tests = np.zeros(len(series), dtype=np.int64), np.zeros(len(series), dtype=np.int64)
    for test, flags in outcomes.items():
        strength = np.maximum(strength, _STRENGTH[flags])
        objects = (flags == SUSPECT) | (flags == FAIL)
        if test is QualityTest.GAP:
            objects |= flags == UNKNOWN
        reasons |= np.where(objects, int(test.reason), 0)
        tests |= np.where(flags == MISSING, 5, flags).astype(np.int64) << 3 * test
    quality = _OF_STRENGTH[strength]
    none = np.isnan(series.values)
    quality[none] = np.where(series.gate[none] == FAIL, FAIL, MISSING)
    return Verdicts(quality, reasons, tests)
