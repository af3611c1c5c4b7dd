"""The water of the night: rivers that rise slowly, channels that block and are cleared again.

A blockage (雪づまり) stands between the first two gauges of a channel line: above it the water backs up
past the thresholds, below it too little is left to carry snow. The first line blocks three quarters of an
hour into the live part; others have theirs at other hours, every line once in ``BLOCKED_EVERY_H``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.model import Thresholds
from ingest.simulate import chance

BLOCKED_EVERY_H = 24.0
FIRST_BLOCK_H = 0.75
LINES_APART_H = -8.0
BACKING_UP_H = 1.0
BLOCKED_FOR_H = 3.0
CLEARED_IN_H = 0.25
RIVER_WAVE_H = 24.0
RIVER_PEAK_H = 5.0


@dataclass(frozen=True, slots=True)
class Reach:
    """A channel gauge's place: which line it is on, and which gauge of that line (0 the uppermost)."""

    line: int
    place: int


def blockage(hour: float, line: int) -> float:
    """How far the line is blocked, 0 free to 1 full."""
    since = (hour - FIRST_BLOCK_H - line * LINES_APART_H) % BLOCKED_EVERY_H
    if since < BLOCKED_FOR_H:
        return _smooth(since / BACKING_UP_H)
    return 1.0 - _smooth((since - BLOCKED_FOR_H) / CLEARED_IN_H)


def channel_level(hour: float, reach: Reach, thresholds: Thresholds, seed: int, name: str) -> float:
    """The level at a channel gauge, cm."""
    low = 5.0 if thresholds.low is None else thresholds.low
    high = _first(thresholds.caution, thresholds.warning, thresholds.danger, default=low + 40.0)
    top = _first(thresholds.danger, thresholds.warning, thresholds.caution, default=high)
    calm = low + 0.45 * (high - low)
    ripple = 1.2 * chance.wander(12.0 * hour, seed, name, "ripple")
    blocked = blockage(hour, reach.line)
    reached = {0: 1.12 * top, 1: 0.5 * low}.get(reach.place, 0.8 * calm)
    return max(0.0, calm + blocked * (reached - calm) + (1.0 - 0.6 * blocked) * ripple)


def river_level(hour: float, place: int, thresholds: Thresholds, seed: int, name: str) -> float:
    """The level at a river gauge, m; the first gauge passes its 注意 level for a while, others stay below."""
    mark = _first(thresholds.caution, thresholds.standby, thresholds.warning, thresholds.danger, default=1.0)
    calm, crest = 0.5 * mark, (1.04 if place == 0 else 0.72 + 0.1 * chance.unit(seed, name, "crest")) * mark
    wave = 0.5 + 0.5 * math.cos(2.0 * math.pi * (hour - RIVER_PEAK_H - 0.5 * place) / RIVER_WAVE_H)
    return calm + (crest - calm) * wave**4 + 0.008 * chance.wander(6.0 * hour, seed, name, "wave")


def _first(*heights: float | None, default: float) -> float:
    return next((height for height in heights if height is not None), default)


def _smooth(share: float) -> float:
    """0 to 1 without a kink at either end; held beyond."""
    share = min(1.0, max(0.0, share))
    return share * share * (3.0 - 2.0 * share)
