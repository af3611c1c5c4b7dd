"""How long each version of a rule has been tried as a shadow, and whether an active one was tried long enough.

A version is known by its meaning (``config.rule_files.version_of``), so a changed threshold can be tried in a rule of another
id while the rule it is meant for goes on telling: the shadow time is the version's wherever it was spent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from alerts.evaluator import RETRO_LIMIT
from alerts.targets import instances_of
from config.event_plan import LabelledEvent
from config.model import Site
from config.rule_history import kept, rule_again
from config.rule_plan import Rule, RuleClass, RuleState
from core.levels import Level
from store import Store
from store.alert_rows import EpisodeRow, TransitionRow
from store.rule_life import ACTIVE, APPROVED, SHADOW, EvaluatedRule, LifeRow

ENOUGH = timedelta(days=7)
"""A version has been tried when it was a shadow for so long, or met a labelled event as one."""

CAUGHT_UP = RETRO_LIMIT
"""An evaluator that was away for less evaluates what was measured meanwhile: that time counts as evaluated."""

_MET_AT = Level.CAUTION
"""From this level on an episode meets an event, as in a backtest."""

_RISES = ("fired", "raised")

Span = tuple[datetime, datetime]


class Standing(StrEnum):
    """Why a version is, or may be, active.

    ``founding``: it was active when the site was first evaluated, or will be, because the site never was. ``tried``: a shadow
    for long enough. ``met``: as a shadow it met a labelled event. ``despite``: people let it become active without that, and
    said why. ``untried``: none of these.
    """

    FOUNDING = "founding"
    TRIED = "tried"
    MET = "met"
    DESPITE = "despite"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLife:
    """Where a rule of the site folder stands. ``evaluated``: as what this very version is evaluated now, and ``since`` when.

    ``shadow`` is how long its version has been a shadow, ``standing`` why it is active (None: it is not). ``reason`` is
    what was said where that is ``despite``.
    """

    rule: str
    evaluated: str | None
    since: datetime | None
    shadow: timedelta
    standing: Standing | None
    reason: str = ""


def evaluated_rule(rule: Rule) -> EvaluatedRule:
    """The rule as the store keeps it."""
    return EvaluatedRule(rule.id, rule.version, rule.state.value, kept(rule))


def lives_of(store: Store, site_no: int) -> list[LifeRow]:
    """What the store knows, with versions as this program reckons them: a new release gives old rules no new version."""
    rows = store.rule_life.lives(site_no)
    return [
        row if (rule := rule_again(row.rule, row.plan)) is None else replace(row, version=rule.version) for row in rows
    ]


def life_of_rules(site: Site, store: Store, site_no: int, now: datetime) -> dict[str, RuleLife]:
    """Where each rule of the folder stands, by its id. Raises StoreError."""
    rows = lives_of(store, site_no)
    found = {}
    for rule in site.rules:
        standing, reason = None, ""
        if rule.state is RuleState.ACTIVE:
            standing, reason = standing_of(rule, rows)
            if standing is Standing.UNTRIED and met_in_shadow(site, rule, rows, store, site_no, now)[0]:
                standing = Standing.MET
        state, since = _goes_on(rule, rows)
        found[rule.id] = RuleLife(
            rule=rule.id,
            evaluated=state,
            since=since,
            shadow=shadow_time(rule, rows),
            standing=standing,
            reason=reason,
        )
    return found


def standing_of(rule: Rule, rows: Sequence[LifeRow]) -> tuple[Standing, str]:
    """Why this version may be active as far as spans and approvals say it, and what people said."""
    own = [row for row in rows if row.version == rule.version and row.rule == rule.id]
    first = min((row.since for row in rows if row.state != APPROVED), default=None)
    if first is None or any(row.state == ACTIVE and row.since == first for row in own):
        return Standing.FOUNDING, ""
    if shadow_time(rule, rows) >= ENOUGH:
        return Standing.TRIED, ""
    approvals = [row for row in own if row.state == APPROVED]
    if not approvals:
        return Standing.UNTRIED, ""
    note = approvals[-1].note
    return (Standing.DESPITE, note) if note else (Standing.MET, "")


def shadow_spans(rule: Rule, rows: Iterable[LifeRow]) -> list[Span]:
    """When the version was evaluated as a shadow, under whatever id; in order, none overlapping another."""
    found: list[Span] = []
    own = sorted((row.since, row.seen_at) for row in rows if row.state == SHADOW and row.version == rule.version)
    for begin, end in own:
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found


def shadow_time(rule: Rule, rows: Iterable[LifeRow]) -> timedelta:
    """How long the version was evaluated as a shadow."""
    return sum((end - begin for begin, end in shadow_spans(rule, rows)), timedelta(0))


def active_before(rule: Rule, rows: Iterable[LifeRow]) -> LifeRow | None:
    """The newest span in which a version of the rule was active; None where none ever was."""
    return next((row for row in reversed(list(rows)) if row.rule == rule.id and row.state == ACTIVE), None)


def shadow_episodes(
    rule: Rule, rows: Sequence[LifeRow], store: Store, site_no: int
) -> list[tuple[EpisodeRow, list[TransitionRow]]]:
    """The episodes the version had as a shadow, each with the steps by which it rose, the oldest first. Raises StoreError."""
    spans = shadow_spans(rule, rows)
    if not spans:
        return []
    own = [row for row in rows if row.state == SHADOW and row.version == rule.version]
    ids, versions = {row.rule for row in own}, {row.recorded for row in own}
    episodes = [row for row in store.shadow_episodes(site_no, spans[0][0]) if row.rule in ids]
    risen: dict[UUID, list[TransitionRow]] = defaultdict(list)
    for step in store.transitions(row.id for row in episodes):
        if step.kind in _RISES and step.rule_version in versions:
            risen[step.episode].append(step)
    episodes.sort(key=lambda row: (row.detected_at, row.rule, row.target))
    return [(row, risen[row.id]) for row in episodes if risen[row.id]]


def met_in_shadow(
    site: Site, rule: Rule, rows: Sequence[LifeRow], store: Store, site_no: int, now: datetime
) -> tuple[list[LabelledEvent], list[LabelledEvent]]:
    """The labelled events of its shadow time the version met, and those it missed. Raises StoreError."""
    spans = shadow_spans(rule, rows)
    events = [
        event
        for event in events_for(site, rule)
        if any(event.begin <= end and event.end >= begin for begin, end in spans)
    ]
    if not events:
        return [], []
    episodes = shadow_episodes(rule, rows, store, site_no)
    places = {target.key: {stream.station for stream in target.streams} for target in instances_of(site, [rule])}
    met = [
        event
        for event in events
        if any(
            places.get(row.target, set()) & event.stations and _meets(row, steps, event, now) for row, steps in episodes
        )
    ]
    return met, [event for event in events if event not in met]


def events_for(site: Site, rule: Rule) -> list[LabelledEvent]:
    """The labelled events at places the rule watches, in order; none for a rule about the health of gauges."""
    if rule.rule_class is not RuleClass.MEASUREMENT:
        return []
    places = {stream.station for target in instances_of(site, [rule]) for stream in target.streams}
    found = [event for event in site.events if event.stations & places and event.quantity in ("", rule.quantity)]
    return sorted(found, key=lambda event: (event.begin, event.id))


def _meets(row: EpisodeRow, steps: Sequence[TransitionRow], event: LabelledEvent, now: datetime) -> bool:
    """Whether the episode had reached the level and was open while the event lasted."""
    first = min((step.detected_at for step in steps if step.to_level and step.to_level >= _MET_AT), default=None)
    return first is not None and first <= event.end and (row.closed_at or now) >= event.begin


def _goes_on(rule: Rule, rows: Sequence[LifeRow]) -> tuple[str | None, datetime | None]:
    """As what this very version is evaluated now, and since when without another one in between."""
    own = [row for row in rows if row.rule == rule.id and row.state != APPROVED]
    if not own or own[-1].ended or own[-1].version != rule.version:
        return None, None
    last = own[-1]
    since = last.since
    for row in reversed(own):
        if (row.version, row.state) != (last.version, last.state):
            break
        since = row.since
    return last.state, since
