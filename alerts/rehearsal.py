"""Rules under a simulated clock: samples arrive, rounds are run, nothing is written anywhere.

Rule tests and backtests are played here. What follows from the samples is said by the live evaluator; this only keeps
what the store and the process keep when it is live: the samples that have arrived, and the state of each instance.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from alerts.evaluator import evaluate, read_from, silent_at
from alerts.ladder import ladders
from alerts.messages import Target
from alerts.state import InstanceState
from alerts.telling import Transition
from config.model import Site
from core.model import Quality, QualityReason
from store.rows import Sample

TICK = timedelta(seconds=1)
"""The evaluator looks once a second: what arrives within a second is evaluated together at its end."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_AT = attrgetter("at")


def tick_after(at: datetime) -> datetime:
    """The first round at ``at`` or later."""
    return _EPOCH - (_EPOCH - at) // TICK * TICK


class History:
    """The samples of one datastream that have arrived, in order of event time."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []

    def add(self, sample: Sample) -> datetime | None:
        """Take in a sample as the store would; the event time from which the history is another now, None where it is not.

        A repeat changes nothing; the same time with another value leaves the first one, which is doubted from then on.
        """
        samples = self.samples
        if not samples or sample.at > samples[-1].at:
            samples.append(sample)
            return sample.at
        place = bisect_left(samples, sample.at, key=_AT)
        known = samples[place]
        if known.at != sample.at:
            samples.insert(place, sample)
        elif known.value == sample.value or known.reasons & QualityReason.CONFLICT:
            return None
        else:
            quality = Quality.SUSPECT if known.quality is Quality.GOOD else known.quality
            samples[place] = replace(known, quality=quality, reasons=known.reasons | QualityReason.CONFLICT)
        return sample.at

    def after(self, since: datetime) -> list[Sample]:
        """The samples newer than ``since``."""
        samples = self.samples
        if samples and samples[-1].at <= since:
            return []
        return samples[bisect_right(samples, since, key=_AT) :]


@dataclass(slots=True)
class Actor:
    """An instance on the stage: what it watches, where it stands, and from which event time there is news for it."""

    target: Target
    streams: tuple[str, ...]
    state: InstanceState | None = None
    news: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one evaluation of one instance told, at ``now``."""

    target: Target
    now: datetime
    transitions: tuple[Transition, ...]


@dataclass(slots=True)
class Rehearsal:
    """Instances and the samples that have arrived for them."""

    actors: Sequence[Actor]
    histories: dict[str, History] = field(default_factory=dict)
    watching: dict[str, list[Actor]] = field(default_factory=dict)

    @classmethod
    def of(cls, actors: Sequence[Actor]) -> Rehearsal:
        """A rehearsal in which nothing has arrived yet."""
        watching: dict[str, list[Actor]] = {}
        for actor in actors:
            for key in actor.streams:
                watching.setdefault(key, []).append(actor)
        return cls(actors, {key: History() for key in watching}, watching)

    def arrive(self, key: str, sample: Sample) -> None:
        """A sample of the datastream ``key`` is there, to be evaluated at the next round."""
        since = self.histories[key].add(sample)
        if since is None:
            return
        for actor in self.watching[key]:
            actor.news = since if actor.news is None else min(actor.news, since)

    def round(self, now: datetime, *, judge_silence: bool = True) -> list[Told]:
        """What is told by evaluating every instance that has news or has fallen silent by ``now``."""
        return [
            told
            for actor in self.actors
            if actor.state is None or actor.news is not None or (judge_silence and _is_silent(actor, now))
            for told in self._step(actor, now, judge_silence=judge_silence)
        ]

    def silent_from(self) -> datetime | None:
        """The first round at which an instance has to be looked at although nothing came, None where there is none."""
        ends = [end for actor in self.actors if (end := _silent_at(actor)) is not None]
        return tick_after(min(ends) + timedelta(microseconds=1)) if ends else None

    def _step(self, actor: Actor, now: datetime, *, judge_silence: bool) -> Iterable[Told]:
        state, transitions = look(actor, self.histories, now, judge_silence=judge_silence)
        actor.state, actor.news = state, None
        if transitions:
            yield Told(actor.target, now, transitions)


def look(
    actor: Actor, histories: Mapping[str, History], now: datetime, *, judge_silence: bool
) -> tuple[InstanceState, tuple[Transition, ...]]:
    """What the live evaluator makes of the instance at ``now``; changes nothing."""
    target = actor.target
    since = read_from(actor.state, target.ladder, actor.news, now)
    samples = histories[target.stream.key].after(since)
    return evaluate(target.ladder, actor.state, samples, now, judge_silence=judge_silence)


def _silent_at(actor: Actor) -> datetime | None:
    return None if actor.state is None else silent_at(actor.state, actor.target.ladder)


def _is_silent(actor: Actor, now: datetime) -> bool:
    end = _silent_at(actor)
    return end is not None and now > end


def cast(site: Site) -> list[Actor]:
    """Every instance of the site, none of which has been looked at yet."""
    stations = {station.id: station for station in site.stations}
    return [
        Actor(Target(site, rule, stations[stream.station], stream, ladder), (stream.key,))
        for rule, stream, ladder in ladders(site)
        if stream.station in stations
    ]
