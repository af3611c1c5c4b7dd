"""Several gauges as one: the highest of them alerts at once, the k-th highest confirms it."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from alerts.signals.finding import Finding
from alerts.signals.signal import Derivation, Look, Raw, is_doubtful, is_good, nothing
from alerts.signals.trend import Evidence
from core.freshness import REST_SILENCE, silence_allowed
from core.model import Datastream, Quality
from store.rows import Sample


@dataclass(frozen=True, slots=True)
class Member:
    """A gauge of a group and the heights at which it reaches the rungs, lowest level first."""

    stream: Datastream
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class GroupSignal:
    """The highest of the live ``members``, on the scale of the first one's heights.

    It is told as unconfirmed where it reaches a rung that fewer than ``needed`` live gauges reached ``within`` the last
    while. Calm counts only where ``needed`` gauges are alive, and none fell silent above ``calm_below`` (the first one's
    scale). ``sign`` is −1 where lower is worse.
    """

    members: tuple[Member, ...]
    needed: int
    within: timedelta
    calm_below: float
    sign: int = 1
    suspects: bool = False

    @property
    def lookback(self) -> timedelta:
        """As long as the newest value of any member may still speak."""
        return max([self.within, REST_SILENCE, *(member.stream.stale_after for member in self.members)])

    @property
    def lasting(self) -> bool:
        """A height stays a height."""
        return True

    def derive(self, raw: Raw, look: Look) -> Derivation:
        """One finding for each instant at which any member was measured."""
        return Derivation(list(self._found(raw, look)))

    def _found(self, raw: Raw, look: Look) -> Iterator[Sample]:
        samples = [_recent(raw.get(member.stream.key, ()), look.since - self.within) for member in self.members]
        heard = [_Heard(self, member, each) for member, each in zip(self.members, samples, strict=True)]
        merged = [one for one in heapq.merge(*samples, key=lambda one: one.at) if one.at > look.since]
        for place, sample in enumerate(merged):
            if place + 1 < len(merged) and merged[place + 1].at == sample.at:
                continue
            yield self._finding(heard, sample)

    def _finding(self, heard: Sequence[_Heard], sample: Sample) -> Finding:
        at = sample.at.timestamp()
        newest = [(each, each.newest(at)) for each in heard]
        live = [(each, value) for each, (value, alive) in newest if alive and value is not None]
        if not live:
            return nothing(sample)
        highest = max(value for _, value in live)
        reached = sorted((each.highest_good(at) for each, _ in live), reverse=True)
        agreed = reached[self.needed - 1] if len(reached) >= self.needed else -math.inf
        doubted = self.rungs(highest) > self.rungs(agreed)
        limit = self.calm_below * self.sign
        lost_high = any(not alive and value is not None and value >= limit for _, (value, alive) in newest)
        calm = len(live) >= self.needed and not lost_high
        value = round(highest * self.sign, 6)
        return Finding(sample.at, value, Quality.GOOD, sample.received_at, calm=calm, doubted=doubted)

    def rungs(self, value: float) -> int:
        """How many rungs a signed value of the first member's scale has reached."""
        return sum(value >= height * self.sign for height in self.members[0].heights)


def _recent(samples: Sequence[Sample], since: datetime) -> Sequence[Sample]:
    """The samples after ``since`` and those back to the newest that says anything before them."""
    for place in range(len(samples) - 1, -1, -1):
        if samples[place].at <= since and (is_good(samples[place]) or is_doubtful(samples[place])):
            return samples[place:]
    return samples


class _Heard:
    """What one member said, on the scale of the first one; values are signed: higher is worse."""

    def __init__(self, group: GroupSignal, member: Member, samples: Sequence[Sample]) -> None:
        self._stream = member.stream
        self._within = group.within
        self._good = Evidence(samples)
        self._all = Evidence([one for one in samples if is_good(one) or is_doubtful(one)], suspects=True)
        self._raw = list(self._all.values)
        scale = [height * group.sign for height in group.members[0].heights]
        own = [height * group.sign for height in member.heights]
        for evidence in (self._good, self._all):
            evidence.values = [on_scale(value * group.sign, own, scale) for value in evidence.values]

    def newest(self, at: float) -> tuple[float | None, bool]:
        """The newest value at an instant, and whether it still speaks then."""
        place = bisect_right(self._all.times, at) - 1
        if place < 0:
            return None, False
        allowed = silence_allowed(self._stream, self._raw[place]).total_seconds()
        return self._all.values[place], at - self._all.times[place] <= allowed

    def highest_good(self, at: float) -> float:
        """The highest good value within the time of confirmation."""
        first, end = self._good.window(at, self._within)
        return max(self._good.values[first:end], default=-math.inf)


def on_scale(value: float, own: Sequence[float], scale: Sequence[float]) -> float:
    """A height among ``own`` heights, at the same place among those of ``scale``; both rise, and are as many."""
    if own == scale:
        return value
    if value <= own[0]:
        return value - own[0] + scale[0]
    for (low, high), (to_low, to_high) in zip(pairwise(own), pairwise(scale), strict=True):
        if value < high:
            return to_low + (value - low) * (to_high - to_low) / (high - low)
    return value - own[-1] + scale[-1]
