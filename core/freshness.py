"""How long a gauge may be silent before its newest value no longer speaks for now.

A 危機管理型水位計 (a gauge that reports when the water is high) says one word a day while the water is low and many in
a flood: its silence is normal low and a fault high. How long it may be silent therefore follows its newest value.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from core.levels import RISING_LEVELS, threshold_of
from core.model import Datastream, Quality, Reporting, Thresholds

REST_INTERVAL = timedelta(hours=24)
"""How often an event-driven gauge reports at rest: about once a day, to show that it is alive."""

REST_SILENCE = timedelta(hours=25)
"""How long it may be silent at rest: the day and an hour for the way."""

BELIEVED = frozenset({Quality.GOOD, Quality.NOT_EVALUATED})
"""Qualities a value must have to say that a gauge is at rest; a doubtful low value may hide a flood."""


def at_rest(stream: Datastream, value: float | None, quality: Quality = Quality.GOOD) -> bool:
    """Whether an event-driven gauge with this newest value has nothing to report but its daily word.

    It has where the value is believed and lies below the lowest rising threshold (standby, else caution, warning,
    danger) and above ``low`` where that is set. Without any rising threshold nobody said which heights are calm, so
    the gauge is never at rest: it may be silent for ``stale_after`` and no longer.
    """
    if stream.reporting is not Reporting.EVENT or value is None or quality not in BELIEVED or not math.isfinite(value):
        return False
    lowest = lowest_threshold(stream.thresholds)
    low = stream.thresholds.low
    return lowest is not None and value < lowest and (low is None or value > low)


def lowest_threshold(thresholds: Thresholds) -> float | None:
    """The lowest rising threshold that is set, in the quantity's unit; None where none is."""
    heights = [threshold_of(level, thresholds) for level in RISING_LEVELS]
    return min((height for height in heights if height is not None), default=None)


def silence_allowed(stream: Datastream, value: float | None, quality: Quality = Quality.GOOD) -> timedelta:
    """How long after its newest value the gauge may be silent: ``stale_after``, at rest 25 hours where that is more."""
    return max(stream.stale_after, REST_SILENCE) if at_rest(stream, value, quality) else stream.stale_after


def interval_expected(stream: Datastream, value: float | None, quality: Quality = Quality.GOOD) -> timedelta:
    """How long it usually is from this value to the next: ``expected_interval``, at rest a day where that is more."""
    return max(stream.expected_interval, REST_INTERVAL) if at_rest(stream, value, quality) else stream.expected_interval


def report_due_at(
    stream: Datastream, at: datetime, value: float | None, quality: Quality = Quality.GOOD
) -> datetime | None:
    """Before when no report is expected, the newest value being of ``at``; None where the gauge is not at rest."""
    return at + interval_expected(stream, value, quality) if at_rest(stream, value, quality) else None
