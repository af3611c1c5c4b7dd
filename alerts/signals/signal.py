"""What every signal has: how far it looks back, and what it makes of stored samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from alerts.signals.finding import Finding
from core.model import Quality, QualityReason
from store.rows import Sample

Raw = Mapping[str, Sequence[Sample]]
"""Stored samples by datastream key, each in order of event time."""

EXPLAINED = (
    QualityReason.WINTER
    | QualityReason.SPIKE
    | QualityReason.CONFLICT
    | QualityReason.SENSOR_FAULT
    | QualityReason.NO_TARGET
)
"""Doubts that name another cause than danger: ice, a single jump that is over, a sensor that says it is wrong."""


class Look(NamedTuple):
    """What is asked of a signal: everything after ``since``.

    ``silent_until`` is how far silence may be judged (now, or less while a backlog may still come). ``unheard_since`` is since
    when somebody has been listening in vain; None where there ever was evidence.
    """

    since: datetime
    silent_until: datetime
    unheard_since: datetime | None = None


class Derivation(NamedTuple):
    """What a signal made of the samples, in order of event time; ``next_at``: after this passing time alone says more."""

    samples: Sequence[Sample]
    next_at: datetime | None = None


class Signal(Protocol):
    """A pure function from stored samples to those a ladder reads; how it is made is a matter of rule and datastreams."""

    @property
    def lookback(self) -> timedelta:
        """How much older than the first sample asked for the stored ones given to it have to begin."""

    @property
    def lasting(self) -> bool:
        """Whether the newest it found still means the same after a rule has changed."""

    def derive(self, raw: Raw, look: Look) -> Derivation:
        """What there is after ``look.since``; ``raw`` begins ``lookback`` before that."""


def is_good(sample: Sample) -> bool:
    """Whether the sample is evidence: a finite value of good quality."""
    return sample.quality is Quality.GOOD and sample.value is not None and math.isfinite(sample.value)


def is_doubtful(sample: Sample) -> bool:
    """Whether the value is suspect for no reason but its height or its speed."""
    if sample.quality is not Quality.SUSPECT or sample.value is None or not math.isfinite(sample.value):
        return False
    return not sample.reasons & EXPLAINED


def nothing(sample: Sample) -> Finding:
    """That a sample came and nothing follows from it."""
    return Finding(sample.at, None, Quality.MISSING, sample.received_at)


@dataclass(frozen=True, slots=True)
class LevelSignal:
    """The values themselves. ``suspects``: suspect ones are evidence too, and told as unconfirmed."""

    key: str
    suspects: bool = False

    @property
    def lookback(self) -> timedelta:
        """Nothing is needed but what is asked for."""
        return timedelta(0)

    @property
    def lasting(self) -> bool:
        """A height stays a height."""
        return True

    def derive(self, raw: Raw, look: Look) -> Derivation:
        """The samples as they are stored."""
        samples = raw.get(self.key, ())
        news = samples if not samples or samples[0].at > look.since else [s for s in samples if s.at > look.since]
        return Derivation([_taken(sample) for sample in news] if self.suspects else news)


def _taken(sample: Sample) -> Sample:
    if sample.quality is not Quality.SUSPECT:
        return sample
    return Finding(sample.at, sample.value, Quality.GOOD, sample.received_at, sample.reasons, doubted=True)
