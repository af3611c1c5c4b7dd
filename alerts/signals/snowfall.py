"""New snow: how far the depth has risen above its lowest within the window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from alerts.signals.finding import Finding
from alerts.signals.signal import Derivation, Look, Raw, is_good, nothing
from alerts.signals.trend import MIN_COVER, Evidence
from core.model import Quality
from store.rows import Sample


@dataclass(frozen=True, slots=True)
class SnowfallSignal:
    """The largest rise to now of the depth ``key`` within ``window``.

    Clearing and settling make no negative snowfall, and what settled before it snowed again hides none of the new snow.
    A rise counts as soon as it is measured; that there was none, only where the window is covered.
    """

    key: str
    window: timedelta

    @property
    def lookback(self) -> timedelta:
        """The window of the first sample."""
        return self.window

    @property
    def lasting(self) -> bool:
        """Snow of another window is another amount."""
        return False

    def derive(self, raw: Raw, look: Look) -> Derivation:
        """One amount a sample."""
        return Derivation(list(self._found(raw, look)))

    def _found(self, raw: Raw, look: Look) -> Iterator[Sample]:
        samples = raw.get(self.key, ())
        evidence = Evidence(samples)
        for sample in samples:
            if sample.at > look.since:
                yield self._fallen(evidence, sample) if is_good(sample) else nothing(sample)

    def _fallen(self, evidence: Evidence, sample: Sample) -> Finding:
        first, end = evidence.window(sample.at.timestamp(), self.window)
        if end - first < 2 or sample.value is None:
            return nothing(sample)
        rise = sample.value - min(evidence.values[first:end])
        covered = evidence.times[end - 1] - evidence.times[first] >= MIN_COVER * self.window.total_seconds()
        return Finding(sample.at, round(rise, 6), Quality.GOOD, sample.received_at, calm=covered)
