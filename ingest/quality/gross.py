"""What a value of a datastream can be at all, and what the town expects: the spans of the gross range test."""

from __future__ import annotations

from typing import NamedTuple

from core.model import Datastream, Quality
from core.quantities import QUANTITIES
from core.units import convert

ROUNDING = 1e-9
"""A value computed as height minus distance may miss the height by the last bit."""


class Spans(NamedTuple):
    """Outside ``fail_low`` … ``fail_high`` a value fails, outside ``suspect_low`` … ``suspect_high`` it is suspect."""

    fail_low: float
    fail_high: float
    suspect_low: float
    suspect_high: float


def spans_of(stream: Datastream) -> Spans:
    """The spans of a datastream, in the quantity's unit.

    Impossible is what the quantity can never be, and what lies above the sensor itself. Suspect is what the town did
    not expect of this gauge (its range, and the suspect limits where given): a flood nobody has seen looks like that.
    """
    quantity = QUANTITIES[stream.quantity]
    fail_high = quantity.high
    if stream.mount_height_cm is not None:
        fail_high = min(fail_high, convert(stream.mount_height_cm, "cm", quantity.unit) + stream.offset + ROUNDING)
    low, high = stream.limits.suspect_min, stream.limits.suspect_max
    suspect_low = stream.range_min if low is None else max(low, stream.range_min)
    suspect_high = stream.range_max if high is None else min(high, stream.range_max)
    return Spans(quantity.low, fail_high, max(suspect_low, quantity.low), min(suspect_high, fail_high))


def gross_flag(value: float, spans: Spans) -> Quality:
    """The gross range test of one value: good, suspect or fail (``kernels.gross_range`` is the same for arrays)."""
    if not spans.fail_low <= value <= spans.fail_high:
        return Quality.FAIL
    if not spans.suspect_low <= value <= spans.suspect_high:
        return Quality.SUSPECT
    return Quality.GOOD
