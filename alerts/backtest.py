"""Plays the stored history of a site through its rules: what would have been told, when, had they been at work.

Samples are fed in the order they arrived, under a simulated clock, to the live evaluator. Instances do not know of each
other, so each is played alone, and a whole winter never lies in memory at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.backtest_batches import Rounds, silence_within
from alerts.episodes import tellings
from alerts.rehearsal import TICK, Actor, History, Rehearsal, Told, cast, tick_after
from alerts.state import Episode
from alerts.targets import Target
from alerts.telling import Transition
from config.model import Site
from config.rule_plan import RuleState
from core.errors import StartError, YukimoriError
from core.levels import Level
from store.rows import Sample

Samples = Mapping[str, Sequence[Sample]]
Feed = Callable[[Sequence[str]], Samples]
"""Gives the stored samples of these datastreams (``station/quantity``), each in order of event time."""

WARM_UP = timedelta(days=2)
"""How long before its beginning a backtest starts to listen, so that what was already high is known to be."""

_LARGEST_BATCH = 192
_AFTER_NEWS = 16
"""So many rounds are tried together right after something was told: more often follows soon."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at: event times in [begin, end)."""

    begin: datetime
    end: datetime

    @property
    def listens_from(self) -> datetime:
        """From when samples are needed."""
        return self.begin - WARM_UP


@dataclass(frozen=True, slots=True)
class PlayedEpisode:
    """An episode of the backtest: all that was told of it, and how it stood last."""

    target: Target
    told: tuple[tuple[datetime, Transition], ...]
    last: Episode

    @property
    def transitions(self) -> list[Transition]:
        """What was told, in order."""
        return [step for _, step in self.told]


@dataclass(frozen=True, slots=True)
class Message:
    """Something staff would have been told at ``at``; ``reach`` decides who."""

    rule: str
    target: str
    at: datetime
    kind: str
    reach: Level
    retroactive: bool


@dataclass(frozen=True, slots=True)
class Played:
    """What a backtest gave. ``silent`` is how long each datastream gave no evidence; ``samples`` how many were fed."""

    span: Span
    episodes: tuple[PlayedEpisode, ...]
    messages: tuple[Message, ...]
    silent: Mapping[str, timedelta]
    samples: int
    instances: int


Progress = Callable[[int, int], None]
"""Called with how many datastreams are done, of how many."""


def play(site: Site, feed: Feed, span: Span, progress: Progress = lambda *_: None) -> Played:
    """Play the samples of the span through every rule of the site, drafts and shadows too.

    Raises StoreError where the history cannot be read, StartError where a rule cannot be evaluated.
    """
    site = replace(site, rules=tuple(replace(rule, state=RuleState.ACTIVE) for rule in site.rules))
    groups: dict[tuple[str, ...], list[Actor]] = defaultdict(list)
    for actor in cast(site):
        groups[actor.streams].append(actor)
    told: list[Told] = []
    silent: dict[str, timedelta] = {}
    counted: dict[str, int] = {}
    last: dict[tuple[str, str, int], Episode] = {}
    for done, (streams, actors) in enumerate(sorted(groups.items()), start=1):
        samples = feed(streams)
        allowed = {stream.key: stream.stale_after for stream in actors[0].target.streams}
        rounds = Rounds(samples, min(allowed.values()), span)
        for key in streams:
            counted[key] = len(samples[key])
            silent[key] = silence_within(samples[key], allowed[key], span)
        for actor in actors:
            told += _play_safely(actor, rounds, span)
            if actor.state is not None and actor.state.episode is not None:
                last[actor.target.rule.id, actor.target.key, actor.state.episode.number] = actor.state.episode
        progress(done, len(groups))
    episodes = _within(_episodes(told, last), span)
    messages = tuple(_messages(told, span))
    return Played(span, episodes, messages, silent, sum(counted.values()), sum(map(len, groups.values())))


def _play_safely(actor: Actor, rounds: Rounds, span: Span) -> list[Told]:
    """As ``_play_one``; a rule that cannot be evaluated is an error with its name, never an empty result."""
    try:
        return _play_one(actor, rounds, span)
    except YukimoriError:
        raise
    except Exception as error:
        raise StartError(
            f"rule {actor.target.rule.id} at {actor.target.key} cannot be evaluated: {error!r}",
            hint="try the rule alone with a rule test; the other rules can be played without it",
        ) from error


def _play_one(actor: Actor, rounds: Rounds, span: Span) -> list[Told]:
    """Everything one instance tells. Stretches in which it tells nothing are evaluated in one go: the result is the same."""
    rehearsal = Rehearsal.of([actor])
    first = tick_after(span.begin)
    told = rehearsal.round((min(rounds.now(0), first) if len(rounds) else first) - TICK)
    place, size = 0, 1
    while place < len(rounds):
        told += _silences(rehearsal, rounds.now(place), span)
        end = rounds.batch(place, size)
        following = _try_batch(actor, rehearsal.histories, rounds, place, end)
        if following > place:
            place, size = following, min(2 * size, _LARGEST_BATCH)
            continue
        for key, sample in rounds.arrivals(place):
            rehearsal.arrive(key, sample)
        found = rehearsal.round(rounds.now(place), judge_silence=rounds.is_judged(place))
        told += found
        place, size = place + 1, _AFTER_NEWS if found else max(2, size)
    return told + list(_silences(rehearsal, tick_after(span.end), span))


def _silences(rehearsal: Rehearsal, before: datetime, span: Span) -> Iterator[Told]:
    """What is told because nothing came, at each round before ``before`` and before the end of the span."""
    limit = min(before, tick_after(span.end))
    while (now := rehearsal.due_at()) is not None and now < limit:
        yield from rehearsal.round(now)


def _try_batch(actor: Actor, histories: Mapping[str, History], rounds: Rounds, place: int, end: int) -> int:
    """Evaluate the rounds [place, end) as one; where something is told, only those before it. Returns where to go on."""
    while end - place > 1:
        before = {key: len(history.samples) for key, history in histories.items()}
        rounds.feed(histories, place, end)
        actor.news = rounds.arrivals(place)[0][1].at
        looked = actor.look(histories, rounds.now(end - 1))
        actor.news = None
        if not looked.told:
            actor.take(looked)
            return end
        for key, length in before.items():
            del histories[key].samples[length:]
        end = min(rounds.round_of(looked.told[0].at, place, end), end - 1)
    return place


def _episodes(told: Sequence[Told], last: Mapping[tuple[str, str, int], Episode]) -> Iterator[PlayedEpisode]:
    found: dict[tuple[str, str, int], list[tuple[datetime, Target, Transition]]] = defaultdict(list)
    for each in told:
        for step in each.transitions:
            key = (each.target.rule.id, each.target.key, step.episode.number)
            found[key].append((each.now, each.target, step))
    for key, steps in found.items():
        end = last.get(key, steps[-1][2].episode)
        yield PlayedEpisode(steps[0][1], tuple((now, step) for now, _, step in steps), end)


def _within(episodes: Iterator[PlayedEpisode], span: Span) -> tuple[PlayedEpisode, ...]:
    """Those that lasted into the span, in order of time."""
    kept = [each for each in episodes if each.last.closed_at is None or each.last.closed_at >= span.begin]
    kept.sort(key=lambda each: (each.last.opened_at, each.target.rule.id, each.target.key, each.last.number))
    return tuple(kept)


def _messages(told: Sequence[Told], span: Span) -> Iterator[Message]:
    for each in sorted(told, key=lambda each: (each.now, each.target.rule.id, each.target.key)):
        if each.now < span.begin:
            continue
        for row in tellings(each.target, each.transitions, each.now):
            yield Message(row.rule, row.target, row.queued_at, row.kind, row.reach, row.retroactive)
