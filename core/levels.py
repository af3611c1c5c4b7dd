"""How high is it: the levels a value can reach against the town's thresholds.

These are Yukimori's own words 待機・注意・警戒・危険. They are never 警戒レベル: those are issued by people.
"Reached" means greater than or equal (nine real readings of the Fukui gauges equal a threshold).
"""

from __future__ import annotations

from enum import IntEnum

from core.model import Quality, Thresholds


class Level(IntEnum):
    """From calm to danger; comparable. ``Level[...].slug`` is the lower-case name used in files."""

    NORMAL = 0
    STANDBY = 1
    CAUTION = 2
    WARNING = 3
    DANGER = 4

    @property
    def slug(self) -> str:
        """``normal``, ``standby``, ``caution``, ``warning`` or ``danger``."""
        return self.name.lower()

    @property
    def label_ja(self) -> str:
        """The word on Japanese screens and in messages."""
        return _LABELS_JA[self]


_LABELS_JA = {
    Level.NORMAL: "平常",
    Level.STANDBY: "待機",
    Level.CAUTION: "注意",
    Level.WARNING: "警戒",
    Level.DANGER: "危険",
}

RISING_LEVELS = (Level.STANDBY, Level.CAUTION, Level.WARNING, Level.DANGER)


def threshold_of(level: Level, thresholds: Thresholds) -> float | None:
    """The height at which ``level`` is reached from below, None where the town has set none."""
    found: float | None = getattr(thresholds, level.slug, None)
    return found


def judge(value: float | None, quality: Quality, thresholds: Thresholds) -> Level | None:
    """The level a value has reached; None where it cannot be judged.

    Not judged: no value, quality fail or missing, or a datastream without any threshold. A value at or
    below ``thresholds.low`` is ``CAUTION``: a channel too low to carry snow is no calm channel.
    """
    if value is None or quality in (Quality.FAIL, Quality.MISSING):
        return None
    ladder = [(level, threshold_of(level, thresholds)) for level in RISING_LEVELS]
    if thresholds.low is None and all(height is None for _, height in ladder):
        return None
    reached = [level for level, height in ladder if height is not None and value >= height]
    if thresholds.low is not None and value <= thresholds.low:
        reached.append(Level.CAUTION)
    return max(reached, default=Level.NORMAL)
