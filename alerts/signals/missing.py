"""Silence: how long beyond what its way of reporting allows a gauge has given no evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from alerts.signals.finding import Finding
from alerts.signals.signal import Derivation, Look, Raw, is_good
from core.freshness import REST_SILENCE, silence_allowed
from core.model import Datastream, Quality
from store.rows import Sample

HEARD = -1.0
"""What a good sample says to a rule about silence: the gauge is on this side of it."""


@dataclass(frozen=True, slots=True)
class MissingSignal:
    """Minutes of silence beyond what is allowed, at the instants that mean something: ``waits`` are (after, minutes).

    A good sample says ``HEARD``; nothing else ends the silence. A gauge that was never heard is silent since somebody
    listens.
    """

    stream: Datastream
    waits: tuple[tuple[timedelta, float], ...]

    @property
    def lookback(self) -> timedelta:
        """The longest silence that still has something to say."""
        longest = max((after for after, _ in self.waits), default=timedelta(0))
        return max(self.stream.stale_after, REST_SILENCE) + longest

    @property
    def lasting(self) -> bool:
        """Silence stays silence."""
        return True

    def derive(self, raw: Raw, look: Look) -> Derivation:
        """Each good sample, and each limit that was passed before the next one came."""
        heard = _heard_since(raw.get(self.stream.key, ()), look.since)
        found: list[Sample] = []
        if not heard and look.unheard_since is not None:
            return self._after(look.unheard_since, self.stream.stale_after, look, found)
        for sample, following in pairwise(heard):
            found.append(_heard(sample))
            found += self._passed(sample.at, silence_allowed(self.stream, sample.value), following.at)
        if not heard:
            return Derivation(found)
        found.append(_heard(heard[-1]))
        return self._after(heard[-1].at, silence_allowed(self.stream, heard[-1].value), look, found)

    def _after(self, at: datetime, allowed: timedelta, look: Look, found: list[Sample]) -> Derivation:
        """What silence says until now after the newest evidence, and when it says more."""
        passed = list(self._passed(at, allowed, look.silent_until))
        found += passed
        left = self.waits[len(passed) :]
        next_at = at + allowed + left[0][0] if left else None
        return Derivation([sample for sample in found if sample.at > look.since], next_at)

    def _passed(self, at: datetime, allowed: timedelta, before: datetime) -> Iterator[Sample]:
        for after, minutes in self.waits:
            limit = at + allowed + after
            if limit < before:
                yield Finding(limit, minutes, Quality.GOOD, limit)


def _heard_since(samples: Sequence[Sample], since: datetime) -> list[Sample]:
    """The good samples after ``since`` and the newest one before them, in order."""
    found: list[Sample] = []
    for sample in reversed(samples):
        if is_good(sample):
            found.append(sample)
            if sample.at <= since:
                break
    found.reverse()
    return found


def _heard(sample: Sample) -> Finding:
    return Finding(sample.at, HEARD, Quality.GOOD, sample.received_at)
