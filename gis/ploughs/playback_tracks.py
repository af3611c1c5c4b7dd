"""The ways of ploughs through a night, thinned and in small numbers, for the page that plays them.

A fix may go where the way between its neighbours, driven at an even pace, passes within a tolerance of it at its time: what is drawn
is then never farther than that from where the plough was, at any moment. Gaps are kept as they are; nothing is drawn across.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.ploughs import BreakReason, Fixes, Gap

DEGREE_PARTS = 100_000
"""Coordinates are sent as whole hundred-thousandths of a degree: 1.1 m north, 0.9 m east."""

TOLERANCE_M = 5.0
LATE_AFTER = timedelta(minutes=2)
"""What arrives so long after it was measured was not known at its time."""

_METRES_PER_DEGREE = 111_320.0
_MICROSECONDS = 1_000_000

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """What is stored of one vehicle in the time asked for. ``received_us`` belongs to ``fixes``, column by column."""

    vehicle: str
    fixes: Fixes
    received_us: Sequence[int]
    gaps: Sequence[Gap] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """The way of a vehicle, weighed once: ``columns`` thins it with any tolerance from the least on."""

    drive: Drive
    since: datetime
    gaps: Sequence[Sequence[Any]]
    weights: Floats

    def count(self, tolerance_m: float) -> int:
        """How many fixes are left with a tolerance."""
        return int(np.count_nonzero(self.weights > tolerance_m))

    def columns(self, tolerance_m: float) -> dict[str, Any]:
        """The way as columns, times in seconds after ``since``, each column as differences after its first.

        ``t`` s, ``x`` and ``y`` in ``1 / DEGREE_PARTS`` degrees; ``tasks`` as [index, task], ``gaps`` as [from, to, reason], ``late`` as
        [from, to, arrived].
        """
        fixes, start_us = self.drive.fixes, _micro(self.since)
        kept = np.flatnonzero(self.weights > tolerance_m)
        whole = np.rint(_seconds(fixes, start_us)[kept]).astype(np.int64)
        return {
            "id": self.drive.vehicle,
            "t": differences(whole),
            "x": differences(_parts(fixes.lon, kept)),
            "y": differences(_parts(fixes.lat, kept)),
            "tasks": _tasks(fixes.task, kept),
            "gaps": self.gaps,
            "late": late_spans(fixes.at_us, self.drive.received_us, start_us),
        }


def way_of(drive: Drive, *, since: datetime, least_m: float = TOLERANCE_M) -> Way:
    """The way of one vehicle; ``least_m`` is the least tolerance it will be asked for."""
    fixes = drive.fixes
    seconds = _seconds(fixes, _micro(since))
    gaps = [_gap(gap, since) for gap in drive.gaps]
    breaks = _breaks(fixes.task, seconds, gaps)
    return Way(drive, since, gaps, weights(seconds, np.asarray(fixes.lon), np.asarray(fixes.lat), breaks, least_m))


def track_columns(drive: Drive, *, since: datetime, tolerance_m: float = TOLERANCE_M) -> dict[str, Any]:
    """The way of one vehicle as columns (``Way.columns``), thinned once."""
    return way_of(drive, since=since, least_m=tolerance_m).columns(tolerance_m)


def thinned(seconds: Floats, lon: Floats, lat: Floats, breaks: Sequence[int], tolerance_m: float) -> Indices:
    """The indices of the fixes to keep, in order; those at ``breaks`` and the ends always are."""
    return np.flatnonzero(weights(seconds, lon, lat, breaks, tolerance_m) > tolerance_m)


def weights(seconds: Floats, lon: Floats, lat: Floats, breaks: Sequence[int], least_m: float) -> Floats:
    """Below which tolerance each fix is kept, in metres: 0 where it goes with ``least_m`` already, infinite where it always stays.

    Douglas–Peucker over the place at a time, not over the line: who stands still is not hurried on. What it keeps with a wider
    tolerance is part of what it keeps with a narrower one, so it is done once: a fix is kept as long as all splits that lead to it are.
    """
    count = len(seconds)
    found = np.zeros(count)
    if count == 0:
        return found
    x, y = lon * _METRES_PER_DEGREE * np.cos(np.radians(lat[0])), lat * _METRES_PER_DEGREE
    ends = sorted({0, count - 1, *(index for index in breaks if 0 <= index < count)})
    found[ends] = np.inf
    waiting = [(first, last, np.inf) for first, last in pairwise(ends)]
    while waiting:
        first, last, above = waiting.pop()
        if last - first < 2:
            continue
        farthest, distance = _farthest(seconds, x, y, first, last)
        if distance > least_m:
            weight = min(distance, above)
            found[farthest] = weight
            waiting += [(first, farthest, weight), (farthest, last, weight)]
    return found


def _farthest(seconds: Floats, x: Floats, y: Floats, first: int, last: int) -> tuple[int, float]:
    between = slice(first + 1, last)
    span = seconds[last] - seconds[first]
    share = (seconds[between] - seconds[first]) / span if span > 0 else np.zeros(last - first - 1)
    away = np.hypot(
        x[between] - (x[first] + (x[last] - x[first]) * share), y[between] - (y[first] + (y[last] - y[first]) * share)
    )
    at = int(np.argmax(away))
    return first + 1 + at, float(away[at])


def differences(numbers: NDArray[np.int64]) -> list[int]:
    """The first number, then by how much each differs from the one before."""
    found: list[int] = np.diff(numbers, prepend=np.int64(0)).tolist()
    return found


def late_spans(at_us: Sequence[int], received_us: Sequence[int], start_us: int) -> list[list[int]]:
    """Stretches of time whose fixes came late, as [from, to, arrived] in seconds after the start; ``arrived`` is when the last of them had come."""
    spans: list[list[int]] = []
    before_late, late_us = False, LATE_AFTER // timedelta(microseconds=1)
    for at, received in zip(at_us, received_us, strict=True):
        late = received - at > late_us
        if late:
            second, arrived = (at - start_us) // _MICROSECONDS, -((start_us - received) // _MICROSECONDS)
            if before_late:
                spans[-1][1:] = [second, max(spans[-1][2], arrived)]
            else:
                spans.append([second, second, arrived])
        before_late = late
    return spans


def _seconds(fixes: Fixes, start_us: int) -> Floats:
    return (np.asarray(fixes.at_us, dtype=np.float64) - start_us) / _MICROSECONDS


def _breaks(tasks: Sequence[str | None], seconds: Floats, gaps: Sequence[Sequence[Any]]) -> list[int]:
    """Fixes that stay: both sides of a gap and of a change of task."""
    changes = [index for index in range(1, len(tasks)) if tasks[index] != tasks[index - 1]]
    before = [int(np.searchsorted(seconds, gap[0], side="right")) - 1 for gap in gaps]
    after = [int(np.searchsorted(seconds, gap[1], side="left")) for gap in gaps]
    return [*(index for change in changes for index in (change - 1, change)), *before, *after]


def _tasks(tasks: Sequence[str | None], kept: Indices) -> list[list[Any]]:
    found: list[list[Any]] = []
    for number, index in enumerate(kept.tolist()):
        if not found or found[-1][1] != tasks[index]:
            found.append([number, tasks[index]])
    return found


def _gap(gap: Gap, since: datetime) -> list[Any]:
    return [_second(gap.began_at, since), _second(gap.ended_at, since), BreakReason(gap.reason).value]


def _second(at: datetime, since: datetime) -> int:
    return round((at - since).total_seconds())


def _parts(degrees: Sequence[float], kept: Indices) -> NDArray[np.int64]:
    return np.rint(np.asarray(degrees, dtype=np.float64)[kept] * DEGREE_PARTS).astype(np.int64)


def _micro(at: datetime) -> int:
    return round(at.timestamp() * _MICROSECONDS)
