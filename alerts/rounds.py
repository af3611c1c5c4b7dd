"""One round of the evaluator: what arrived, whom it concerns, what follows, written in one transaction."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.episodes import episode_id
from alerts.evaluator import RETRO_LIMIT, close_by_hand
from alerts.flapping import digest_at
from alerts.instances import (
    Instance,
    Key,
    Outcome,
    load_instances,
    loaded_state,
    outcome_of,
    samples_of,
    unreadable_trouble,
)
from alerts.listening import Listening
from alerts.looking import Looked, look, needed_from
from alerts.trouble import after_failure
from alerts.trouble import load as load_trouble
from alerts.unjudged import falls, may_wait, risen_until
from alerts.writing import RETRY_BROKEN, evaluation_of, trouble_of
from config.model import Site
from core.errors import StoreError
from store import Store
from store.alert_rows import InstanceRow
from store.rows import Registry, Sample

_log = logging.getLogger(__name__)
_READ_TOGETHER = timedelta(hours=1)
_AHEAD = timedelta(days=2)
"""Samples may be ahead of our clock by what the collector's gate lets through."""
_LISTEN_EVERY = timedelta(seconds=10)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did, in numbers; ``broken`` counts the instances it could not evaluate."""

    evaluated: int
    broken: int
    transitions: int
    tellings: int


class Evaluator:
    """Keeps the instances of a site between rounds; one round at a time, one evaluator a site.

    Nothing is judged silent before the data had time to come back after ``started_at``, or after the collectors were
    connected. ``fence`` gives the number of the lock that is held. Samples from before ``begins`` are not looked at (None: of
    any age).
    """

    def __init__(
        self,
        site: Site,
        store: Store,
        registry: Registry,
        *,
        started_at: datetime,
        fence: Callable[[], int | None] = lambda: None,
        begins: datetime | None = None,
    ) -> None:
        self._site = site
        self._store = store
        self._registry = registry
        self._fence = fence
        self._begins = begins
        self._listening = Listening(started_at)
        self._listened_at: datetime | None = None
        self._instances: dict[Key, Instance] | None = None
        self._by_number: dict[int, list[Instance]] = {}
        self._cursor: int | None = None
        self._unsettled: frozenset[int] | None = None
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
        self._listen(now)
        self._mark(now)
        due = [instance for instance in self._all() if self._is_due(instance, now)]
        samples = self._read(due, now)
        self._unsettled = None
        outcomes = [found for instance in due if (found := self._judge(instance, samples, now)) is not None]
        self._doubtful = True
        kept, queued = self._save(outcomes, now)
        self._close_by_hand(now)
        self._doubtful = False
        held = sum(instance.held_since is not None for instance in due)
        return Round(len(kept), len(due) - len(kept) - held, sum(len(outcome.told) for outcome in kept), queued)

    def _listen(self, now: datetime) -> None:
        # A clock that was set back must not make it wait for the time it was set back by; the same below.
        if self._listened_at is None or not self._listened_at <= now < self._listened_at + _LISTEN_EVERY:
            self._listening.note(self._store.watching.processes(self._registry.site), now)
            self._listened_at = now

    def _all(self) -> Iterable[Instance]:
        return (self._instances or {}).values()

    def _load(self, now: datetime) -> None:
        """Every instance of the site with its stored state; what is no longer watched is closed."""
        loaded = load_instances(self._site, self._registry, self._store.instances(self._registry.site), now)
        self._save(loaded.gone, now)
        for instance, row in loaded.unreadable:
            self._note_unreadable(instance, row, now)
        self._by_number = defaultdict(list)
        for instance in loaded.instances.values():
            for number in instance.numbers:
                self._by_number[number].append(instance)
        self._instances = loaded.instances

    def _note_unreadable(self, instance: Instance, row: InstanceRow, now: datetime) -> None:
        """Say that an instance is not evaluated because its stored state cannot be read; that state is left as it is."""
        trouble, evaluation = trouble_of(instance, unreadable_trouble(row, now), now, self._fence())
        evaluation.instances = [replace(row, trouble=trouble.dump())]
        self._store.save_evaluation(self._registry.site, evaluation)

    def _recall(self) -> None:
        """Take the stored states again: a save whose answer was lost may have been written all the same."""
        for row in self._store.instances(self._registry.site):
            instance, state = (self._instances or {}).get((row.rule, row.target)), loaded_state(row)
            if instance is not None and state is not None:
                instance.state, instance.trouble = state, load_trouble(row.trouble)
        self._doubtful = False

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
        if instance.retry_at is not None and instance.retry_at - RETRY_BROKEN <= now < instance.retry_at:
            return False
        if instance.due or instance.state is None:
            return True
        time_passed = instance.next_at is not None and now > instance.next_at
        return time_passed and self._may_judge_silence(instance, now)

    def _may_judge_silence(self, instance: Instance, now: datetime) -> bool:
        slowest = max(stream.expected_interval for stream in instance.target.streams)
        return self._listening.long_enough(slowest, now)

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

    def _judge(self, instance: Instance, samples: Mapping[int, Sequence[Sample]], now: datetime) -> Outcome | None:
        """What follows for one instance; None where it waits, or could not be evaluated, which disturbs no other."""
        since = needed_from(instance.target, instance.state, instance.since, now)
        found = samples_of(instance, samples, since, self._begins)
        try:
            looked = self._look(instance, found, now)
            if not falls(looked) or self._is_judged(instance) or not may_wait(instance, now):
                instance.held_since = None
                return outcome_of(instance, looked.state, looked.told, now, looked.next_at)
            return self._rise_alone(instance, found, risen_until(instance, looked), now)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one failing rule or target stops no other
            self._broken(instance, error, now)
            return None

    def _look(
        self, instance: Instance, found: Mapping[str, Sequence[Sample]], now: datetime, *, whole: bool = True
    ) -> Looked:
        """A look at samples; where they are not all there are, nobody is silent."""
        silence = whole and self._may_judge_silence(instance, now)
        return look(instance.target, instance.state, found, now, earliest=instance.since, judge_silence=silence)

    def _is_judged(self, instance: Instance) -> bool:
        """Whether the samples that were read have been judged, and stand as they were read; asked once a round."""
        if self._unsettled is None:
            self._unsettled = self._store.judging.unsettled(self._registry.site, self._cursor or 0)
        return self._unsettled.isdisjoint(instance.numbers)

    def _rise_alone(
        self, instance: Instance, found: Mapping[str, Sequence[Sample]], until: datetime | None, now: datetime
    ) -> Outcome | None:
        """What follows up to the newest rise; the fall after it waits. None where there is no rise."""
        if until is None:
            return None
        instance.held_since = None
        risen = {key: [sample for sample in series if sample.at <= until] for key, series in found.items()}
        looked = self._look(instance, risen, now, whole=False)
        outcome = outcome_of(instance, looked.state, looked.told, now, looked.next_at)
        return replace(outcome, rest_from=until + _INSTANT)

    def _broken(self, instance: Instance, error: Exception, now: datetime) -> None:
        """The state is left as it is and tried again later: an error never looks like calm, and does not stay unsaid."""
        _log.error("rule %s at %s cannot be evaluated", instance.target.rule.id, instance.target.key, exc_info=error)
        instance.due, instance.held_since = True, None
        instance.retry_at = now + RETRY_BROKEN
        trouble = after_failure(instance.trouble, f"{type(error).__name__}: {error}", now)
        instance.trouble, evaluation = trouble_of(instance, trouble, now, self._fence())
        try:
            self._store.save_evaluation(self._registry.site, evaluation)
        except StoreError as refused:
            instance.trouble = trouble
            if refused.retryable:
                raise
            _log.exception("that rule %s cannot be evaluated cannot be written either", instance.target.rule.id)

    def _close_by_hand(self, now: datetime) -> None:
        """End the episodes people want ended although nothing was measured to end them; only where their data are lost."""
        for wish in self._store.acknowledgements.closing_wishes(self._registry.site):
            instance = (self._instances or {}).get((wish.rule, wish.target))
            episode = instance.state.episode if instance is not None and instance.state is not None else None
            if (
                instance is None
                or instance.state is None
                or episode is None
                or episode_id(self._site.id, wish.rule, wish.target, episode) != wish.episode
            ):
                settled = "over"
            elif not episode.stale:
                settled = "fresh"
            else:
                after, told = close_by_hand(instance.state, instance.target.ladder, now)
                kept, _ = self._save([outcome_of(instance, after, told, now)], now)
                settled = "closed" if kept else ""
            if settled:
                self._store.acknowledgements.settle(self._registry.site, wish.episode, settled, now)

    def _save(self, outcomes: Sequence[Outcome], now: datetime) -> tuple[Sequence[Outcome], int]:
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

    def _write_alone(self, outcome: Outcome, now: datetime) -> int | None:
        try:
            return self._write([outcome], now)
        except Exception as error:
            if isinstance(error, StoreError) and error.retryable:
                raise
            self._broken(outcome.instance, error, now)
            return None

    def _write(self, outcomes: Sequence[Outcome], now: datetime) -> int:
        evaluation = evaluation_of(outcomes, now, self._fence())
        if evaluation.instances or evaluation.episodes:
            self._store.save_evaluation(self._registry.site, evaluation)
        for outcome in outcomes:
            instance = outcome.instance
            instance.state, instance.trouble, instance.retry_at = outcome.state, None, None
            instance.held_since = None
            instance.due, instance.since = outcome.rest_from is not None, outcome.rest_from
            times = [at for at in (outcome.next_at, digest_at(outcome.state)) if at is not None]
            instance.next_at = min(times, default=None)
        return len(evaluation.tellings)
