"""One round of the evaluator: what arrived, whom it concerns, what follows, written in one transaction."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.episodes import episode_id, episode_row, tellings, transition_row
from alerts.evaluator import RETRO_LIMIT, close
from alerts.looking import look, needed_from
from alerts.stand_in import stand_in
from alerts.state import Episode, InstanceState, dump, load
from alerts.targets import Target, instances_of
from alerts.telling import Cause, Transition
from config.model import Site
from config.rule_plan import RuleState
from core.errors import StoreError
from store import Store
from store.rows import EpisodeRow, Evaluation, InstanceRow, Registry, Sample

_log = logging.getLogger(__name__)
_SETTLE = timedelta(minutes=2)
_RETRY_BROKEN = timedelta(minutes=1)
_READ_TOGETHER = timedelta(hours=1)
_AHEAD = timedelta(days=2)
"""Samples may be ahead of our clock by what the collector's gate lets through."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did, in numbers; ``broken`` counts the instances it could not evaluate."""

    evaluated: int
    broken: int
    transitions: int
    tellings: int


@dataclass(slots=True)
class Instance:
    """A rule at its target; ``numbers`` are the registry's of its datastreams, in the order of the target's.

    ``since`` is the oldest new sample's time; ``due`` says that it must be looked at, ``next_at`` when it must although
    nothing came.
    """

    target: Target
    numbers: tuple[int, ...]
    state: InstanceState | None = None
    due: bool = True
    since: datetime | None = None
    next_at: datetime | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Outcome:
    instance: Instance
    state: InstanceState
    told: Sequence[Transition]
    next_at: datetime | None = None


class Evaluator:
    """Keeps the instances of a site between rounds; one round at a time, one evaluator a site.

    Nothing is judged silent before the data had time to come back after ``started_at``.
    """

    def __init__(self, site: Site, store: Store, registry: Registry, *, started_at: datetime) -> None:
        self._site = site
        self._store = store
        self._registry = registry
        self._started_at = started_at
        self._instances: dict[tuple[str, str], Instance] | None = None
        self._by_number: dict[int, list[Instance]] = {}
        self._cursor: int | None = None
        self._doubtful = False

    def forget(self) -> None:
        """Read everything again at the next round: what is known may be out of date."""
        self._instances = None
        self._cursor = None

    def round(self, now: datetime) -> Round:
        """Evaluate what has new samples or has fallen silent by ``now``, and save it.

        Raises StoreError where the database is away; the next round then does the same work.
        """
        if self._instances is None:
            self._load(now)
        if self._doubtful:
            self._recall()
        self._mark(now)
        due = [instance for instance in self._all() if self._is_due(instance, now)]
        samples = self._read(due, now)
        outcomes = [found for instance in due if (found := self._judge(instance, samples, now)) is not None]
        self._doubtful = True
        kept, queued = self._save(outcomes, now)
        self._doubtful = False
        return Round(len(kept), len(due) - len(kept), sum(len(outcome.told) for outcome in kept), queued)

    def _all(self) -> Iterable[Instance]:
        return (self._instances or {}).values()

    def _load(self, now: datetime) -> None:
        """Every instance of the site with its stored state; what is no longer watched is closed."""
        found = {
            (target.rule.id, target.key): Instance(
                target, tuple(self._registry.datastreams[stream.key] for stream in target.streams)
            )
            for target in instances_of(self._site)
            if target.rule.state is not RuleState.DRAFT
        }
        gone = []
        for row in self._store.instances(self._registry.site):
            state, instance = _loaded(row), found.get((row.rule, row.target))
            if state is None:
                found.pop((row.rule, row.target), None)
            elif instance is not None:
                instance.state = state
            elif state.ladder and (outcome := self._closed(row, state, now)) is not None:
                gone.append(outcome)
        self._save(gone, now)
        self._by_number = defaultdict(list)
        for instance in found.values():
            for number in instance.numbers:
                self._by_number[number].append(instance)
        self._instances = found

    def _recall(self) -> None:
        """Take the stored states again: a save whose answer was lost may have been written all the same."""
        for row in self._store.instances(self._registry.site):
            instance, state = (self._instances or {}).get((row.rule, row.target)), _loaded(row)
            if instance is not None and state is not None:
                instance.state = state
        self._doubtful = False

    def _closed(self, row: InstanceRow, state: InstanceState, now: datetime) -> _Outcome | None:
        try:
            target = stand_in(self._site, row)
        except KeyError:
            _log.exception("rule %s at %s is of a quantity that is gone; it stays as it is", row.rule, row.target)
            return None
        after, told = close(state, now, Cause.RULE_REMOVED)
        return _Outcome(Instance(target, (), state), after, told)

    def _mark(self, now: datetime) -> None:
        """Note who has new samples; at the beginning everyone is looked at again over the last day."""
        first = self._cursor is None
        cursor, arrived = self._store.arrivals(self._registry.site, self._cursor)
        for number, earliest in arrived.items():
            for instance in self._by_number.get(number, ()):
                since = now - RETRO_LIMIT if first else earliest
                instance.since = since if instance.since is None else min(instance.since, since)
                instance.due = True
        self._cursor = cursor

    def _is_due(self, instance: Instance, now: datetime) -> bool:
        if instance.retry_at is not None and now < instance.retry_at:
            return False
        if instance.due or instance.state is None:
            return True
        time_passed = instance.next_at is not None and now > instance.next_at
        return time_passed and self._may_judge_silence(instance, now)

    def _may_judge_silence(self, instance: Instance, now: datetime) -> bool:
        slowest = max(stream.expected_interval for stream in instance.target.streams)
        return now - self._started_at >= max(2 * slowest, _SETTLE)

    def _read(self, due: Sequence[Instance], now: datetime) -> dict[int, list[Sample]]:
        """The samples the due instances need; those that need about the same span are read together."""
        needed: dict[int, datetime] = {}
        for instance in due:
            since = needed_from(instance.target, instance.state, instance.since, now)
            for number in instance.numbers:
                needed[number] = min(needed.get(number, since), since)
        spans: dict[int, list[int]] = defaultdict(list)
        for number, since in needed.items():
            spans[int(since.timestamp() // _READ_TOGETHER.total_seconds())].append(number)
        found: dict[int, list[Sample]] = {}
        for numbers in spans.values():
            oldest = min(needed[number] for number in numbers)
            found |= self._store.samples(numbers, oldest, now + _AHEAD)
        return found

    def _judge(self, instance: Instance, samples: Mapping[int, Sequence[Sample]], now: datetime) -> _Outcome | None:
        """What follows for one instance; None where it could not be evaluated, which disturbs no other."""
        target, found = instance.target, {}
        since = needed_from(target, instance.state, instance.since, now)
        for stream, number in zip(target.streams, instance.numbers, strict=True):
            found[stream.key] = [sample for sample in samples[number] if sample.at > since]
        judge_silence = self._may_judge_silence(instance, now)
        try:
            looked = look(target, instance.state, found, now, earliest=instance.since, judge_silence=judge_silence)
        except Exception:  # noqa: BLE001 - one failing rule or target stops no other
            self._broken(instance, now)
            return None
        return _Outcome(instance, looked.state, looked.told, looked.next_at)

    def _broken(self, instance: Instance, now: datetime) -> None:
        """The state is left as it is and tried again later: an error never looks like calm."""
        _log.exception("rule %s at %s cannot be evaluated", instance.target.rule.id, instance.target.key)
        instance.due = True
        instance.retry_at = now + _RETRY_BROKEN

    def _save(self, outcomes: Sequence[_Outcome], now: datetime) -> tuple[Sequence[_Outcome], int]:
        """Write the outcomes in one transaction; where one of them cannot be written, each alone.

        Returns those that were written, and how many things they want told.
        """
        try:
            return outcomes, self._write(outcomes, now)
        except Exception as error:
            if isinstance(error, StoreError) and error.retryable:
                raise
        written = [(outcome, self._write_alone(outcome, now)) for outcome in outcomes]
        kept = [(outcome, queued) for outcome, queued in written if queued is not None]
        return [outcome for outcome, _ in kept], sum(queued for _, queued in kept)

    def _write_alone(self, outcome: _Outcome, now: datetime) -> int | None:
        try:
            return self._write([outcome], now)
        except Exception as error:
            if isinstance(error, StoreError) and error.retryable:
                raise
            self._broken(outcome.instance, now)
            return None

    def _write(self, outcomes: Sequence[_Outcome], now: datetime) -> int:
        evaluation = self._evaluation(outcomes, now)
        if evaluation.instances or evaluation.episodes:
            self._store.save_evaluation(self._registry.site, evaluation)
        for outcome in outcomes:
            instance = outcome.instance
            instance.state, instance.due, instance.since, instance.retry_at = outcome.state, False, None, None
            instance.next_at = outcome.next_at
        return len(evaluation.tellings)

    def _evaluation(self, outcomes: Sequence[_Outcome], now: datetime) -> Evaluation:
        evaluation = Evaluation()
        for outcome in outcomes:
            target, before = outcome.instance.target, outcome.instance.state
            if outcome.state != before:
                row = InstanceRow(target.rule.id, target.key, target.rule.version, dump(outcome.state))
                evaluation.instances.append(row)
            evaluation.episodes += _episode_rows(outcome, before.episode if before else None)
            for item in outcome.told:
                number = episode_id(self._site.id, target.rule.id, target.key, item.episode)
                evaluation.transitions.append(transition_row(number, item, target.rule.version, now))
            evaluation.tellings += tellings(target, outcome.told, now)
        return evaluation


def _episode_rows(outcome: _Outcome, before: Episode | None) -> list[EpisodeRow]:
    """The episodes that changed, each once, as they stand in the end."""
    target = outcome.instance.target
    changed = {item.episode.number: item.episode for item in outcome.told}
    after = outcome.state.episode
    if after is not None and after != before:
        changed[after.number] = after
    return [episode_row(target.site.id, target.rule.id, target.key, episode) for episode in changed.values()]


def _loaded(row: InstanceRow) -> InstanceState | None:
    """The stored state; None where this program cannot read it, and then it is not touched either."""
    try:
        return load(row.state)
    except (ValueError, KeyError, TypeError, IndexError):
        _log.exception("the state of rule %s at %s cannot be read; it is not evaluated", row.rule, row.target)
        return None
