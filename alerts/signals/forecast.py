"""How many minutes until a height is reached, if it goes on as it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from alerts.signals.finding import Finding
from alerts.signals.signal import Derivation, Look, Raw, is_good, nothing
from alerts.signals.trend import RISE_IN_RESOLUTIONS, Evidence
from config.rule_plan import FORECAST_TOLD
from core.model import Quality
from store.rows import Sample

FAR = FORECAST_TOLD


@dataclass(frozen=True, slots=True)
class ForecastSignal:
    """Minutes until ``key`` reaches ``height``, by its slope over ``window``; ``sign`` −1 where it comes from above.

    A forecast counts where two in a row lie within ``horizon``, and the readings span half of that at least. Where the
    value does not move towards the height, or is below ``floor``, the height is far away. Once it is reached there is
    nothing left to forecast.
    """

    key: str
    height: float
    window: timedelta
    horizon: timedelta
    resolution: float
    floor: float | None = None
    sign: int = 1

    @property
    def lookback(self) -> timedelta:
        """The window of the sample before the first one."""
        return 2 * self.window

    @property
    def lasting(self) -> bool:
        """Minutes of a while ago are other minutes now."""
        return False

    def derive(self, raw: Raw, look: Look) -> Derivation:
        """One forecast a sample."""
        return Derivation(list(self._found(raw, look)))

    def _found(self, raw: Raw, look: Look) -> Iterator[Sample]:
        samples = raw.get(self.key, ())
        evidence = Evidence(samples)
        news = [sample for sample in samples if sample.at > look.since]
        older = [sample for sample in samples if sample.at <= look.since and is_good(sample)]
        before = self._minutes(evidence, older[-1]) if older else None
        for sample in news:
            if not is_good(sample):
                yield nothing(sample)
                continue
            minutes = self._minutes(evidence, sample)
            yield self._finding(sample, minutes, before)
            before = minutes

    def _finding(self, sample: Sample, minutes: float | None, before: float | None) -> Finding:
        if sample.value is not None and sample.value * self.sign >= self.height * self.sign:
            return Finding(sample.at, 0.0, Quality.GOOD, sample.received_at, ends=True)
        horizon = self.horizon.total_seconds() / 60
        if minutes is None or (minutes <= horizon and (before is None or before > horizon)):
            return nothing(sample)
        return Finding(sample.at, round(minutes, 1), Quality.GOOD, sample.received_at)

    def _minutes(self, evidence: Evidence, sample: Sample) -> float | None:
        """Minutes to go, ``FAR`` horizons at most; None where there are too few readings to say."""
        trend = evidence.trend(sample.at.timestamp(), self.window)
        if trend is None or sample.value is None or self.horizon > 2 * trend.span:
            return None
        farthest = FAR * self.horizon.total_seconds() / 60
        to_go, per_hour = (self.height - sample.value) * self.sign, trend.per_hour * self.sign
        low = self.floor is not None and sample.value < self.floor
        if low or per_hour <= 0 or trend.total * self.sign < RISE_IN_RESOLUTIONS * self.resolution:
            return farthest
        return min(max(to_go, 0.0) / per_hour * 60, farthest)
