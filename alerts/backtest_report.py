"""What a backtest means: episodes with their lead times, messages, flaps, and how known events would have been met."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.backtest import Message, Played, PlayedEpisode, Span
from alerts.digest import EpisodeFacts, digest_of, facts_of_transitions
from alerts.machine import Kind
from config.event_plan import LabelledEvent
from config.model import Site
from config.rule_plan import RuleClass
from core.levels import Level
from core.model import StationId

FLAP_WITHIN = timedelta(hours=1)
"""An episode that begins so soon after the one before ended, at the same instance, is a flap."""

_RISES = (Kind.FIRED, Kind.RAISED)
_MOVES = (*_RISES, Kind.LOWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeLine:
    """One episode. Times are event times but for ``detected_at``; ``reached`` is when it first stood at each level or above.

    ``leads`` is, for warning and danger, how long before the water stood there caution or more had been told; None where it
    never stood there. ``course`` is when it came to each level, up and down. ``steps`` counts changes of level, ``losses`` how often the data went.
    """

    rule: str
    target: str
    stations: frozenset[StationId]
    station_ja: str
    station_en: str
    quantity: str
    measures: bool
    number: int
    opened_at: datetime
    detected_at: datetime
    highest: Level
    closed_at: datetime | None
    outcome: str | None
    peak: float | None
    reached: Mapping[Level, datetime]
    told: Mapping[Level, datetime]
    course: Sequence[tuple[datetime, Level]]
    leads: Mapping[Level, timedelta | None]
    steps: int
    losses: int
    digest: str

    def alarm_at(self, level: Level) -> datetime | None:
        """When this level or a higher one was first told, None where it never was."""
        return min((at for told, at in self.told.items() if told >= level), default=None)


@dataclass(frozen=True, slots=True)
class EventLine:
    """How a labelled event was met: by which alarm (None: missed), how long before it began (negative: after)."""

    event: LabelledEvent
    alarm: EpisodeLine | None
    alarm_at: datetime | None

    @property
    def lead(self) -> timedelta | None:
        """From the first alarm to the beginning of the event; negative where it came after."""
        return None if self.alarm_at is None else self.event.begin - self.alarm_at


@dataclass(frozen=True, slots=True)
class Report:
    """A backtest in full. ``events`` are those within the span, ``false_alarms`` met none of them.

    ``events`` empty says nothing about false alarms: then nothing is known of what happened.
    """

    span: Span
    level: Level
    rules: Sequence[tuple[str, str]]
    episodes: Sequence[EpisodeLine]
    messages: Mapping[str, Mapping[Level, int]]
    flaps: Mapping[str, int]
    silent: Mapping[str, timedelta]
    samples: int
    instances: int
    events: Sequence[EventLine]
    false_alarms: Sequence[EpisodeLine]
    digest: str

    @property
    def leads(self) -> tuple[timedelta, timedelta] | None:
        """The median and the shortest lead time of the events that were met; None where none was."""
        found = sorted(lead for line in self.events if (lead := line.lead) is not None)
        if not found:
            return None
        return timedelta(seconds=statistics.median(lead.total_seconds() for lead in found)), found[0]


def report_on(site: Site, played: Played, level: Level = Level.CAUTION) -> Report:
    """The report; an alarm is what tells ``level`` or more about something measured."""
    lines = [_line(episode) for episode in played.episodes]
    alarms = [line for line in lines if line.measures and line.alarm_at(level) is not None]
    known = [event for event in site.events if event.end >= played.span.begin and event.begin < played.span.end]
    events = [
        _met(event, alarms, level, played.span) for event in sorted(known, key=lambda each: (each.begin, each.id))
    ]
    false = [line for line in alarms if not any(_meets(line, event, level, played.span) for event in known)]
    return Report(
        span=played.span,
        level=level,
        rules=[(rule.id, rule.state.value) for rule in site.rules],
        episodes=lines,
        messages=_counted(played.messages),
        flaps=_flaps(lines),
        silent=dict(sorted(played.silent.items())),
        samples=played.samples,
        instances=played.instances,
        events=events,
        false_alarms=false if known else (),
        digest=digest_of(_facts(episode) for episode in played.episodes),
    )


def _facts(episode: PlayedEpisode) -> EpisodeFacts:
    return facts_of_transitions(episode.target.rule.id, episode.target.key, episode.transitions, episode.last.peak)


def _line(episode: PlayedEpisode) -> EpisodeLine:
    target, last = episode.target, episode.last
    reached: dict[Level, datetime] = {}
    told: dict[Level, datetime] = {}
    for now, step in episode.told:
        for rung in target.ladder.rungs:  # who jumps over a level has reached it too
            if step.kind in _RISES and step.to_level is not None and step.to_level >= rung.level:
                reached.setdefault(rung.level, step.at)
                told.setdefault(rung.level, now)
    moves = sum(step.kind not in (Kind.DATA_LOST, Kind.DATA_BACK) for step in episode.transitions)
    return EpisodeLine(
        rule=target.rule.id,
        target=target.key,
        stations=frozenset(stream.station for stream in target.streams),
        station_ja=target.station.name_ja,
        station_en=target.station.name_en,
        quantity=target.stream.quantity,
        measures=target.rule.rule_class is RuleClass.MEASUREMENT,
        number=last.number,
        opened_at=last.opened_at,
        detected_at=episode.told[0][0],
        highest=last.highest,
        closed_at=last.closed_at,
        outcome=last.outcome,
        peak=last.peak,
        reached=reached,
        told=told,
        course=[(step.at, step.to_level) for step in episode.transitions if step.to_level and step.kind in _MOVES],
        leads={level: _lead(level, reached, told) for level in (Level.WARNING, Level.DANGER)},
        steps=moves,
        losses=sum(step.kind == Kind.DATA_LOST for step in episode.transitions),
        digest=_facts(episode).digest,
    )


def _lead(level: Level, reached: Mapping[Level, datetime], told: Mapping[Level, datetime]) -> timedelta | None:
    """From the first telling of caution or more to standing at ``level``; None where it never stood there."""
    stood = min((at for each, at in reached.items() if each >= level), default=None)
    first = min((at for each, at in told.items() if each >= Level.CAUTION), default=None)
    return None if stood is None or first is None else stood - first


def _met(event: LabelledEvent, alarms: Sequence[EpisodeLine], level: Level, span: Span) -> EventLine:
    found = [(at, line) for line in alarms if _meets(line, event, level, span) and (at := line.alarm_at(level))]
    first = min(found, key=lambda each: (each[0], each[1].rule, each[1].target), default=None)
    return EventLine(event, None, None) if first is None else EventLine(event, first[1], first[0])


def _meets(line: EpisodeLine, event: LabelledEvent, level: Level, span: Span) -> bool:
    """Whether the alarm was open at a place of the event while the event lasted."""
    if (event.quantity and event.quantity != line.quantity) or not line.stations & event.stations:
        return False
    at = line.alarm_at(level)
    return at is not None and at <= event.end and (line.closed_at or span.end) >= event.begin


def _counted(messages: Sequence[Message]) -> dict[str, dict[Level, int]]:
    counts = Counter((message.rule, message.reach) for message in messages)
    return {
        rule: {level: counts[rule, level] for level in Level if counts[rule, level]}
        for rule in sorted({rule for rule, _ in counts})
    }


def _flaps(lines: Sequence[EpisodeLine]) -> dict[str, int]:
    found: Counter[str] = Counter()
    before: dict[tuple[str, str], datetime | None] = {}
    for line in sorted(lines, key=lambda each: (each.rule, each.target, each.opened_at, each.number)):
        ended = before.get((line.rule, line.target))
        if ended is not None and line.opened_at - ended <= FLAP_WITHIN:
            found[line.rule] += 1
        before[line.rule, line.target] = line.closed_at
    return dict(sorted(found.items()))
