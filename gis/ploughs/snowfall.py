"""How much snow fell at a gauge, from the depth it reads: rises are added up, settling and thaw take nothing away.

The snowfall of a span is the sum of the positive differences of the depth from hour to hour, which is how 気象庁 reckons 降雪の深さ of a
day or more from the depth of snow. An hour's depth is the median of its usable readings, so that no single one counts. A rise within
the noise of the gauge is not believed until it has grown beyond it, or goes on from one that has: a slow fall is found late, never
lost. Of a fall that begins within an hour, and of its newest minutes, some is missing: at 4 cm an hour up to 1.7 cm. What the wind brings
or takes cannot be told from what falls.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median

from gis.ploughs.snow_gauges import Gauge, Readings

HOUR = timedelta(hours=1)
LONGEST_GAP = timedelta(hours=3)
"""Across a longer silence falling and settling cannot be told apart any more."""

NEWEST = 3
"""Readings that tell the depth now: their median lies one interval back, that of an hour half an hour."""

_HALF = HOUR / 2
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class LeftOut(StrEnum):
    """Why a gauge says nothing of a span."""

    NO_VALUES = "no_values"
    STALE = "stale"
    GAP = "gap"
    BEGINS_LATER = "begins_later"


@dataclass(frozen=True, slots=True)
class Snowfall:
    """The snow that fell at a gauge: ``fallen_cm`` is the sum since the first of the instants ``at``, never falling."""

    gauge: Gauge
    at: tuple[datetime, ...]
    fallen_cm: tuple[float, ...]
    last_at: datetime | None

    def fallen(self, since: datetime, now: datetime) -> float | LeftOut:
        """Centimetres that fell in [since, now], between two hours in proportion; or why the gauge cannot say."""
        if self.last_at is None:
            return LeftOut.NO_VALUES
        if now - self.last_at > self.gauge.stale_after:
            return LeftOut.STALE
        if since < self.at[0] - HOUR:
            return LeftOut.BEGINS_LATER
        if any(later - at > LONGEST_GAP for at, later in pairwise(self.at) if later > since):
            return LeftOut.GAP
        return max(0.0, self.fallen_cm[-1] - self._at(since))

    def rises(self) -> Iterable[tuple[datetime, datetime]]:
        """The spans in which snow fell, in order of time."""
        for number in range(1, len(self.at)):
            if self.fallen_cm[number] > self.fallen_cm[number - 1]:
                yield self.at[number - 1], self.at[number]

    def _at(self, instant: datetime) -> float:
        after = bisect_right(self.at, instant)
        if after == 0:
            return self.fallen_cm[0]
        if after == len(self.at):
            return self.fallen_cm[-1]
        share = (instant - self.at[after - 1]) / (self.at[after] - self.at[after - 1])
        return self.fallen_cm[after - 1] + share * (self.fallen_cm[after] - self.fallen_cm[after - 1])


def snowfall(readings: Readings) -> Snowfall:
    """What fell at the gauge over all of its readings; they lie at most at the instant they are asked for."""
    hours = _hours(readings)
    fallen, total = [], 0.0
    base, rising = hours[0].depth_cm if hours else 0.0, False
    for hour in hours:
        change = hour.depth_cm - base
        beyond = abs(change) > readings.gauge.noise_cm / math.sqrt(hour.readings)
        if beyond or (rising and change > 0):
            total += max(0.0, change)
            base = hour.depth_cm
        rising = change > 0 and (beyond or rising)
        fallen.append(total)
    last_at = readings.at[-1] if readings.at else None
    return Snowfall(readings.gauge, tuple(hour.at for hour in hours), tuple(fallen), last_at)


@dataclass(frozen=True, slots=True)
class _Hour:
    """The readings nearest to one full hour, or the newest: their middle instant, their median, how many they are."""

    at: datetime
    depth_cm: float
    readings: int


def _hours(readings: Readings) -> list[_Hour]:
    together: dict[int, list[tuple[datetime, float]]] = {}
    for at, depth in zip(readings.at, readings.depth_cm, strict=True):
        together.setdefault((at - _EPOCH + _HALF) // HOUR, []).append((at, depth))
    hours = [_hour(together[number]) for number in sorted(together)]
    return [*hours, *_newest(readings, hours)]


def _newest(readings: Readings, hours: list[_Hour]) -> list[_Hour]:
    """The newest readings by themselves, where they say more of now than the hour that is not over."""
    found = list(zip(readings.at, readings.depth_cm, strict=True))[-NEWEST:]
    if len(found) < NEWEST:
        return []
    newest = _hour(found)
    return [newest] if newest.at > hours[-1].at else []


def _hour(found: list[tuple[datetime, float]]) -> _Hour:
    first, last = found[0][0], found[-1][0]
    return _Hour(first + (last - first) / 2, median(depth for _, depth in found), len(found))
