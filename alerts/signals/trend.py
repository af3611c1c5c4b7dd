"""How fast a value changes: the robust slope over a window of evidence."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from alerts.signals.signal import is_good
from core.model import Datastream, Quality
from core.quantities import QUANTITIES
from store.rows import Sample

MIN_SAMPLES = 4
"""A slope through fewer readings says more about their noise than about the water."""

MIN_COVER = 0.6
"""The share of the window its readings have to span."""

RISE_IN_RESOLUTIONS = 3
"""A change smaller than this many steps of the gauge is none."""

_MOST = 24
"""So many readings of a window, evenly taken, give the same slope as all of them at a fraction of the work."""


class Trend(NamedTuple):
    """The change an hour over ``span`` of readings, and by how much that is in all."""

    per_hour: float
    span: timedelta

    @property
    def total(self) -> float:
        """The change over the whole span."""
        return self.per_hour * self.span.total_seconds() / 3600


class Evidence:
    """The good samples of one datastream, made ready for windows; with ``suspects`` the suspect ones too."""

    def __init__(self, samples: Sequence[Sample], *, suspects: bool = False) -> None:
        kept = [sample for sample in samples if is_good(sample) or (suspects and _is_suspect(sample))]
        self.times = [sample.at.timestamp() for sample in kept]
        self.values = [sample.value or 0.0 for sample in kept]

    def window(self, at: float, window: timedelta) -> tuple[int, int]:
        """The first and the one after the last place of what was measured in [at − window, at]."""
        return bisect_left(self.times, at - window.total_seconds()), bisect_left(self.times, at + 1e-6)

    def trend(self, at: float, window: timedelta) -> Trend | None:
        """The slope over the window that ends at ``at``; None where there are too few readings, or too close together."""
        first, end = self.window(at, window)
        if end - first < MIN_SAMPLES:
            return None
        span = self.times[end - 1] - self.times[first]
        if span < MIN_COVER * window.total_seconds():
            return None
        return Trend(theil_sen(self.times[first:end], self.values[first:end]) * 3600, timedelta(seconds=span))


def theil_sen(times: Sequence[float], values: Sequence[float]) -> float:
    """The median of the slopes between all pairs (Theil 1950, Sen 1968): a third of the readings may be wrong.

    Of more than 24 readings, 24 are taken evenly, the first and the last among them. Times must differ.
    """
    if len(times) > _MOST:
        places = [round(place * (len(times) - 1) / (_MOST - 1)) for place in range(_MOST)]
        times, values = [times[place] for place in places], [values[place] for place in places]
    count = range(len(times))
    slopes = sorted([(values[j] - values[i]) / (times[j] - times[i]) for i in count for j in range(i + 1, len(times))])
    middle = len(slopes) // 2
    return slopes[middle] if len(slopes) % 2 else (slopes[middle - 1] + slopes[middle]) / 2


def resolution(stream: Datastream) -> float:
    """The smallest step that means something at this gauge, in the quantity's unit."""
    return max(10.0 ** -QUANTITIES[stream.quantity].decimals, stream.limits.noise)


def _is_suspect(sample: Sample) -> bool:
    return sample.quality is Quality.SUSPECT and sample.value is not None
