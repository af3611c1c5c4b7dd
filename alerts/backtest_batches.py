"""From stored samples to the rounds they arrive in: when the evaluator looks, and what is new to it then."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from alerts.rehearsal import tick_after
from core.model import Quality
from store.rows import Sample

if TYPE_CHECKING:
    from alerts.backtest import Span


class Round(NamedTuple):
    """One look of the evaluator at ``now``, with what arrived since the one before.

    ``in_order``: all of it is newer than anything before. ``follows``: besides, no silence came in between, so that it can
    be evaluated together with the round before. ``judged``: silence may be judged, the span is not over.
    """

    now: datetime
    arrivals: Sequence[tuple[str, Sample]]
    in_order: bool
    follows: bool
    judged: bool


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds in order; per datastream how many samples there are, and how long it gave no evidence within the span."""

    rounds: Sequence[Round]
    counted: Mapping[str, int]
    silent: Mapping[str, timedelta]


def rounds_of(samples: Mapping[str, Sequence[Sample]], stale_after: timedelta, span: Span) -> Rounds:
    """The rounds in which the samples arrive; silence longer than ``stale_after`` parts them."""
    arrivals = _in_order_of_arrival(samples)
    last_tick = tick_after(span.end)
    rounds: list[Round] = []
    heard: dict[str, datetime] = {}
    newest: datetime | None = None
    for now, group in _by_tick(arrivals):
        oldest = min(sample.at for _, sample in group)
        in_order = newest is None or oldest > newest
        heard_all = bool(heard) and all(now <= at + stale_after for at in heard.values()) and len(heard) == len(samples)
        judged = now <= last_tick
        follows = in_order and heard_all and judged
        rounds.append(Round(now, group, in_order, follows, judged))
        for key, sample in group:
            newest = sample.at if newest is None or sample.at > newest else newest
            if _speaks(sample) and (key not in heard or sample.at > heard[key]):
                heard[key] = sample.at
    counted = {key: len(found) for key, found in samples.items()}
    silent = {key: _silence(found, stale_after, span) for key, found in samples.items()}
    return Rounds(rounds, counted, silent)


def _in_order_of_arrival(samples: Mapping[str, Sequence[Sample]]) -> Sequence[tuple[str, Sample]]:
    found = [(key, sample) for key in sorted(samples) for sample in samples[key]]
    found.sort(key=lambda each: (each[1].received_at, each[1].at))
    return found


def _by_tick(
    arrivals: Sequence[tuple[str, Sample]],
) -> Iterable[tuple[datetime, Sequence[tuple[str, Sample]]]]:
    """What is there at each look of the evaluator: it looks once a second, and only where something came."""
    place = 0
    while place < len(arrivals):
        now = tick_after(arrivals[place][1].received_at)
        end = place + 1
        while end < len(arrivals) and arrivals[end][1].received_at <= now:
            end += 1
        yield now, arrivals[place:end]
        place = end


def _speaks(sample: Sample) -> bool:
    return sample.quality is Quality.GOOD and sample.value is not None and math.isfinite(sample.value)


def _silence(samples: Sequence[Sample], allowed: timedelta, span: Span) -> timedelta:
    """How long within the span the newest evidence that had arrived was older than allowed."""
    silent = timedelta(0)
    heard = span.begin - allowed  # nobody is blamed for what lies before
    told_at = span.begin
    for sample in sorted((one for one in samples if _speaks(one)), key=lambda one: one.received_at):
        known = min(max(sample.received_at, span.begin), span.end)
        silent += max(known - max(heard + allowed, told_at), timedelta(0))
        told_at, heard = known, max(heard, sample.at)
    return silent + max(span.end - max(heard + allowed, told_at), timedelta(0))
