"""A blocked channel: the water rises above the block and falls below it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from alerts.signals.finding import Finding
from alerts.signals.signal import Derivation, Look, Raw, nothing
from alerts.signals.trend import MIN_COVER, Evidence
from core.model import Quality
from store.rows import Sample


@dataclass(frozen=True, slots=True)
class BlockageSignal:
    """How far ``upstream`` has risen and ``downstream`` fallen to now within ``window``: the smaller of the two.

    Both have to be heard: where either has been silent for longer than its own limit there is no evidence.
    """

    upstream: str
    downstream: str
    window: timedelta
    silence_upstream: timedelta
    silence_downstream: timedelta

    @property
    def lookback(self) -> timedelta:
        """The window of the first sample, and what the other end may be silent before it."""
        return max(self.window, self.silence_upstream, self.silence_downstream)

    @property
    def lasting(self) -> bool:
        """A difference over another window is another difference."""
        return False

    def derive(self, raw: Raw, look: Look) -> Derivation:
        """One finding for each instant at which either end was measured."""
        return Derivation(list(self._found(raw, look)))

    def _found(self, raw: Raw, look: Look) -> Iterator[Sample]:
        above, below = raw.get(self.upstream, ()), raw.get(self.downstream, ())
        rising, falling = Evidence(above), Evidence(below)
        merged = [sample for sample in heapq.merge(above, below, key=lambda one: one.at) if sample.at > look.since]
        for place, sample in enumerate(merged):
            if place + 1 < len(merged) and merged[place + 1].at == sample.at:
                continue  # the other end was measured at the same instant: one finding, of both
            yield self._finding(rising, falling, sample)

    def _finding(self, rising: Evidence, falling: Evidence, sample: Sample) -> Finding:
        up, up_covered = self._moved(rising, sample, self.silence_upstream, 1)
        down, down_covered = self._moved(falling, sample, self.silence_downstream, -1)
        if up is None or down is None:
            return nothing(sample)
        calm = up_covered and down_covered
        return Finding(sample.at, round(min(up, down), 6), Quality.GOOD, sample.received_at, calm=calm)

    def _moved(self, evidence: Evidence, sample: Sample, silence: timedelta, sign: int) -> tuple[float | None, bool]:
        """How far this end has moved to now, None where it has not been heard; and whether the window is covered."""
        at = sample.at.timestamp()
        first, end = evidence.window(at, self.window)
        if end - first < 2 or at - evidence.times[end - 1] > silence.total_seconds():
            return None, False
        values = [value * sign for value in evidence.values[first:end]]
        covered = evidence.times[end - 1] - evidence.times[first] >= MIN_COVER * self.window.total_seconds()
        return values[-1] - min(values), covered
