"""From stored samples to the rounds they arrive in: when the evaluator looks, and what is new to it then."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING

from alerts.rehearsal import History, tick_after
from core.model import Quality
from store.rows import Sample

if TYPE_CHECKING:
    from alerts.backtest import Span

_JOINS = 1
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class Rounds:
    """The looks of the evaluator, by number, and what arrived between each and the one before.

    It looks once a second, and only where something came. ``keys`` are the datastreams of ``samples``, in order of arrival;
    ``None`` where there is one datastream only, ``key``.
    """

    def __init__(self, samples: Mapping[str, Sequence[Sample]], stale_after: timedelta, span: Span) -> None:
        self.key = next(iter(samples), "")
        self.keys: list[str] | None = None
        self.samples: Sequence[Sample] = samples.get(self.key, ())
        if len(samples) > 1 or any(b.received_at < a.received_at for a, b in pairwise(self.samples)):
            self._sort(samples)
        self._last = tick_after(span.end)
        self._starts, self._joins = self._rounds(len(samples), stale_after)

    def __len__(self) -> int:
        return len(self._joins)

    def now(self, number: int) -> datetime:
        """When the evaluator looks for this round."""
        return tick_after(self.samples[self._starts[number]].received_at)

    def is_judged(self, number: int) -> bool:
        """Whether silence may be judged in this round: the span is not over."""
        return self.now(number) <= self._last

    def arrivals(self, number: int) -> list[tuple[str, Sample]]:
        """What is new in this round."""
        places = range(self._starts[number], self._starts[number + 1])
        return [(self.key if self.keys is None else self.keys[place], self.samples[place]) for place in places]

    def batch(self, first: int, most: int) -> int:
        """The end of the rounds from ``first`` on, at most so many, that can be evaluated together.

        Everything in them is newer than all before, and no silence lies between them, so that one evaluation of all gives
        the state each in turn would have given, as long as nothing is told.
        """
        limit = min(first + most, len(self))
        if self._joins[first] != _JOINS:
            return first + 1
        end = self._joins.find(0, first + 1, limit)
        return limit if end < 0 else end

    def feed(self, histories: Mapping[str, History], first: int, end: int) -> None:
        """Add what arrives in the rounds [first, end), which are in order of event time."""
        begin, stop = self._starts[first], self._starts[end]
        if self.keys is None:
            histories[self.key].samples.extend(self.samples[begin:stop])
            return
        for place in range(begin, stop):
            histories[self.keys[place]].samples.append(self.samples[place])

    def round_of(self, at: datetime, first: int, end: int) -> int:
        """The round of [first, end), which are in order, that brought the sample of ``at`` or the first one after it."""
        low, high = first, end
        while low < high:
            middle = (low + high) // 2
            if self.samples[self._starts[middle + 1] - 1].at < at:
                low = middle + 1
            else:
                high = middle
        return low

    def _sort(self, samples: Mapping[str, Sequence[Sample]]) -> None:
        found = sorted(
            ((sample.received_at, sample.at, key, sample) for key, each in samples.items() for sample in each),
            key=itemgetter(0, 1, 2),
        )
        self.samples = [sample for *_, sample in found]
        self.keys = [key for _, _, key, _ in found] if len(samples) > 1 else None

    def _rounds(self, streams: int, stale_after: timedelta) -> tuple[list[int], bytearray]:
        """Where each round begins, and whether it may be evaluated together with those before."""
        starts, joins = [], bytearray()
        heard = _Heard(streams, stale_after)
        newest = due = _EARLIEST
        for place, sample in enumerate(self.samples):
            at, received = sample.at, sample.received_at
            in_order = at > newest
            if received > due:
                due = tick_after(received) if received.microsecond else received
                starts.append(place)
                joins.append(in_order and due <= heard.until and due <= self._last)
            elif not in_order:
                joins[-1] = False
            if in_order:
                newest = at
            if sample.quality is Quality.GOOD and _speaks(sample):
                heard.hear(self.key if self.keys is None else self.keys[place], at)
        return [*starts, len(self.samples)], joins


class _Heard:
    """Until when the newest evidence of every datastream speaks."""

    def __init__(self, streams: int, stale_after: timedelta) -> None:
        self.until = _EARLIEST
        self._streams = streams
        self._stale_after = stale_after
        self._newest: dict[str, datetime] = {}

    def hear(self, key: str, at: datetime) -> None:
        newest = self._newest
        if key in newest and newest[key] >= at:
            return
        newest[key] = at
        if len(newest) == self._streams:
            self.until = (at if self._streams == 1 else min(newest.values())) + self._stale_after


def silence_within(samples: Sequence[Sample], allowed: timedelta, span: Span) -> timedelta:
    """How long within the span the newest evidence that had arrived was older than allowed."""
    silent = timedelta(0)
    until, counted = span.begin, span.begin  # nobody is blamed for what lies before
    for sample in sorted(samples, key=attrgetter("received_at")):
        if sample.quality is not Quality.GOOD or not _speaks(sample):
            continue
        if sample.received_at > until:
            known = min(sample.received_at, span.end)
            silent += max(known - max(until, counted), timedelta(0))
            counted = max(counted, known)
        until = max(until, sample.at + allowed)
    return silent + max(span.end - max(until, counted), timedelta(0))


def _speaks(sample: Sample) -> bool:
    return sample.value is not None and math.isfinite(sample.value)
