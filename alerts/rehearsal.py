"""Rules under a simulated clock: samples arrive, rounds are run, nothing is written anywhere.

Rule tests and backtests are played here. What follows from the samples is said by the live evaluator; this only keeps
what the store and the process keep when it is live: the samples that have arrived, and the state of each instance.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from alerts.looking import Looked, look, needed_from
from alerts.state import InstanceState
from alerts.targets import Target, instances_of
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
    """An instance on the stage: where it stands, and from which event time there is news for it.

    ``next_at`` is after when passing time alone may say more, None where it says nothing.
    """

    target: Target
    state: InstanceState | None = None
    news: datetime | None = None
    next_at: datetime | None = None

    @property
    def streams(self) -> tuple[str, ...]:
        """The keys of the datastreams it needs."""
        return tuple(stream.key for stream in self.target.streams)

    def look(self, histories: Mapping[str, History], now: datetime, *, judge_silence: bool = True) -> Looked:
        """What the live evaluator makes of it at ``now``; changes nothing."""
        since = needed_from(self.target, self.state, self.news, now)
        samples = {key: histories[key].after(since) for key in self.streams}
        return look(self.target, self.state, samples, now, earliest=self.news, judge_silence=judge_silence)

    def take(self, looked: Looked) -> None:
        """Stand from now on as it was found."""
        self.state, self.next_at, self.news = looked.state, looked.next_at, None


def cast(site: Site) -> list[Actor]:
    """Every instance of the site, drafts too; none has been looked at yet."""
    return [Actor(target) for target in instances_of(site)]


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
        """What is told by evaluating every instance that has news, or of which time alone says more by ``now``."""
        told = []
        for actor in self.actors:
            is_due = judge_silence and actor.next_at is not None and now > actor.next_at
            if actor.state is None or actor.news is not None or is_due:
                looked = actor.look(self.histories, now, judge_silence=judge_silence)
                actor.take(looked)
                if looked.told:
                    told.append(Told(actor.target, now, looked.told))
        return told

    def due_at(self) -> datetime | None:
        """The first round at which an instance has to be looked at although nothing came, None where there is none."""
        times = [actor.next_at for actor in self.actors if actor.next_at is not None]
        return tick_after(min(times) + timedelta(microseconds=1)) if times else None
