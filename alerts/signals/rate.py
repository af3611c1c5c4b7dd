"""The rate of rise (or fall) an hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from alerts.signals.finding import Finding
from alerts.signals.signal import Derivation, Look, Raw, is_good, nothing
from alerts.signals.trend import RISE_IN_RESOLUTIONS, Evidence
from core.model import Quality
from store.rows import Sample


@dataclass(frozen=True, slots=True)
class RateSignal:
    """How much the value of ``key`` rises an hour over ``window``; ``sign`` −1 counts how much it falls.

    Below ``floor``, or where all of the change is smaller than three times ``resolution``, there is no rise, and that is
    evidence of calm. Where the window is not covered there is no evidence at all.
    """

    key: str
    window: timedelta
    resolution: float
    floor: float | None = None
    sign: int = 1
    suspects: bool = False

    @property
    def lookback(self) -> timedelta:
        """The window of the first sample."""
        return self.window

    @property
    def lasting(self) -> bool:
        """A rate over another window is another rate."""
        return False

    def derive(self, raw: Raw, look: Look) -> Derivation:
        """One rate a sample."""
        return Derivation(list(self._found(raw, look)))

    def _found(self, raw: Raw, look: Look) -> Iterator[Sample]:
        samples = raw.get(self.key, ())
        evidence = Evidence(samples, suspects=self.suspects)
        for sample in samples:
            if sample.at > look.since:
                yield self._rate(evidence, sample)

    def _rate(self, evidence: Evidence, sample: Sample) -> Finding:
        doubted = self.suspects and sample.quality is Quality.SUSPECT
        if sample.value is None or not (doubted or is_good(sample)):
            return nothing(sample)
        trend = evidence.trend(sample.at.timestamp(), self.window)
        if trend is None:
            return nothing(sample)
        per_hour = trend.per_hour * self.sign
        low = self.floor is not None and sample.value < self.floor
        small = trend.total * self.sign < RISE_IN_RESOLUTIONS * self.resolution
        if per_hour > 0 and (low or small):
            per_hour = 0.0
        return Finding(sample.at, round(per_hour, 6), Quality.GOOD, sample.received_at, doubted=doubted)
