"""The instances of a site as its evaluator keeps them, and what follows for each in a round."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts.evaluator import close
from alerts.flapping import notices
from alerts.stand_in import stand_in
from alerts.state import InstanceState, load
from alerts.targets import Target, instances_of
from alerts.telling import Cause, Transition
from alerts.trouble import FAILURES, Trouble
from alerts.trouble import load as load_trouble
from config.model import Site
from config.rule_plan import RuleState
from store.alert_rows import InstanceRow, TellingRow
from store.rows import Registry, Sample

_log = logging.getLogger(__name__)
Key = tuple[str, str]


@dataclass(slots=True)
class Instance:
    """A rule at its target; ``numbers`` are the registry's of its datastreams, in the order of the target's.

    ``since`` is the oldest new sample's time; ``due`` says that it must be looked at, ``next_at`` when it must although
    nothing came. ``trouble`` is why it could not be evaluated; ``held_since`` since when an end waits for the judge.
    """

    target: Target
    numbers: tuple[int, ...]
    state: InstanceState | None = None
    due: bool = True
    since: datetime | None = None
    next_at: datetime | None = None
    retry_at: datetime | None = None
    trouble: Trouble | None = None
    held_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows for an instance: its new state, what happened, what has to be told, when time says more.

    ``removed``: it is no longer watched. ``shadow``: its episodes are those of a shadow rule. ``rest_from``: samples from
    this event time on have come and are not looked at yet.
    """

    instance: Instance
    state: InstanceState
    told: Sequence[Transition]
    tellings: Sequence[TellingRow] = ()
    next_at: datetime | None = None
    removed: bool = False
    shadow: bool = False
    rest_from: datetime | None = None


@dataclass(slots=True)
class Loaded:
    """The instances by rule and target, what has to be closed, and those whose stored state cannot be read."""

    instances: dict[Key, Instance]
    gone: list[Outcome] = field(default_factory=list)
    unreadable: list[tuple[Instance, InstanceRow]] = field(default_factory=list)


def load_instances(site: Site, registry: Registry, rows: Iterable[InstanceRow], now: datetime) -> Loaded:
    """Every instance of the site with its stored state; what is no longer watched has to be closed.

    A rule that goes from shadow to active, or back, begins afresh. What cannot be read is left out, and left alone.
    """
    found = Loaded(_fresh(site, registry))
    for row in rows:
        state, instance = loaded_state(row), found.instances.get((row.rule, row.target))
        if state is None:
            if instance is not None:
                del found.instances[row.rule, row.target]
                found.unreadable.append((instance, row))
        elif instance is None:
            outcome = _closed(site, row, state, now)
            if outcome is not None and (state.ladder or outcome.instance.trouble is not None):
                found.gone.append(outcome)
        else:
            instance.state, instance.trouble = state, load_trouble(row.trouble)
            _begin_afresh(found, instance, state, now)
    return found


def loaded_state(row: InstanceRow) -> InstanceState | None:
    """The stored state; None where this program cannot read it, and then it is not touched either."""
    try:
        return load(row.state)
    except (ValueError, KeyError, TypeError, IndexError):
        _log.exception("the state of rule %s at %s cannot be read; it is not evaluated", row.rule, row.target)
        return None


def unreadable_trouble(row: InstanceRow, now: datetime) -> Trouble:
    """The trouble of an instance whose stored state cannot be read; it is told at once."""
    known = load_trouble(row.trouble)
    return known or Trouble(
        now, FAILURES, "the stored state was written by another version of the program, or is damaged"
    )


def is_shadow(target: Target) -> bool:
    """Whether the rule is evaluated and logged, and tells nobody."""
    return target.rule.state is RuleState.SHADOW


def samples_of(
    instance: Instance, read: Mapping[int, Sequence[Sample]], since: datetime, begins: datetime | None
) -> dict[str, list[Sample]]:
    """By datastream key what was read after ``since`` of the instance's datastreams, from ``begins`` on (None: of any age)."""
    return {
        stream.key: [each for each in read[number] if each.at > since and (begins is None or each.at >= begins)]
        for stream, number in zip(instance.target.streams, instance.numbers, strict=True)
    }


def outcome_of(
    instance: Instance, state: InstanceState, told: Sequence[Transition], now: datetime, next_at: datetime | None = None
) -> Outcome:
    """The outcome with what has to be told of it: nothing where the rule is in its shadow time."""
    if is_shadow(instance.target):
        return Outcome(instance, replace(state, shadow=True), told, (), next_at, shadow=True)
    state, rows = notices(instance.target, instance.state, state, told, now)
    return Outcome(instance, replace(state, shadow=False), told, rows, next_at)


def _fresh(site: Site, registry: Registry) -> dict[Key, Instance]:
    return {
        (target.rule.id, target.key): Instance(target, _numbers(target, registry.datastreams))
        for target in instances_of(site)
        if target.rule.state is not RuleState.DRAFT
    }


def _numbers(target: Target, numbers: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(numbers[stream.key] for stream in target.streams)


def _begin_afresh(found: Loaded, instance: Instance, state: InstanceState, now: datetime) -> None:
    """Where the rule has become active, or a shadow, close what it was and begin with an empty state."""
    shadow = is_shadow(instance.target)
    if state.shadow == shadow:
        return
    outcome = _ended(instance, state, now)
    found.gone.append(replace(outcome, state=replace(outcome.state, shadow=shadow), removed=False))
    instance.state = found.gone[-1].state


def _closed(site: Site, row: InstanceRow, state: InstanceState, now: datetime) -> Outcome | None:
    try:
        target = stand_in(site, row)
    except KeyError:
        _log.exception("rule %s at %s is of a quantity that is gone; it stays as it is", row.rule, row.target)
        return None
    return _ended(Instance(target, (), state, trouble=load_trouble(row.trouble)), state, now)


def _ended(instance: Instance, state: InstanceState, now: datetime) -> Outcome:
    after, told = close(state, now, Cause.RULE_REMOVED)
    rows: Sequence[TellingRow] = () if state.shadow else notices(instance.target, None, after, told, now)[1]
    return Outcome(instance, after, told, rows, removed=True, shadow=state.shadow)
