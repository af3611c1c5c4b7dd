"""What is told to whom now: one pure function from what is in play and what each audience knows to messages.

The order is Alertmanager's: inhibit → schedule → silence → group → audience. What is held back stays in play, so a silence, an
inhibitor or an hour that ends lets a still-firing alert out; what was told of its beginning is told of its end, held or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts import silences
from alerts.dispatch_audience import NOBODY, SENT, SUPERSEDED, AudienceRound, Table
from alerts.dispatch_matters import Matter, matters_of
from alerts.dispatch_words import announcements
from alerts.inhibition import inhibited
from alerts.schedule import is_in, next_edge
from alerts.silences import silenced
from alerts.system_messages import audiences
from alerts.weather_context import with_weather
from config.model import Site
from config.people_plan import Audience
from core.levels import Level
from core.weather_warnings import WeatherWarning
from store.alert_rows import TellingRow
from store.dispatching import Dispatch, Member, Standing


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round decided, and when the next one has something to do although nothing comes (None: not by itself)."""

    dispatch: Dispatch
    look_at: datetime | None


def plan(
    site: Site,
    standing: Standing,
    acknowledged: Mapping[UUID, Level],
    now: datetime,
    warnings: Sequence[WeatherWarning] = (),
) -> Plan:
    """What is told at ``now``. ``acknowledged`` is the level each episode is acknowledged at; those are not repeated.

    ``warnings`` are the Meteorological Agency's in force: while one is, a silent gauge matters more.
    """
    matters = with_weather(site, matters_of(site, standing), warnings, now)
    holds = _holds(standing, matters, now)
    known = {(member.audience, member.matter): member for member in standing.members}
    table = Table()
    told = [each for each in audiences(site) if _is_told(site, each)]
    for audience in told:
        AudienceRound(site, audience, standing, holds, acknowledged, now, table).all(matters, known)
    verdicts = _verdicts(matters, table)
    table.dropped += _no_longer_needed(matters, standing.members, table, {audience.id for audience in told})
    gone = {(member.audience, member.matter) for member in table.dropped}
    said, announced = announcements(site, told, standing, matters, holds, now)
    changed = [member for key, member in table.members.items() if key not in gone and member != known.get(key)]
    dispatch = Dispatch(
        messages=[*table.messages, *announced],
        verdicts=verdicts,
        members=changed,
        dropped=[member for member in table.dropped if (member.audience, member.matter) in known],
        groups=list(dict.fromkeys(table.spoken)),
        words=[(word.silence.id, word.word) for word in said],
    )
    return Plan(dispatch, _look_at(standing, matters, table, now))


def _is_told(site: Site, audience: Audience) -> bool:
    """Residents are told by a person only; an exercise and the real thing never reach each other's people."""
    return not audience.residents and audience.exercise == site.exercise


def _holds(standing: Standing, matters: Sequence[Matter], now: datetime) -> dict[UUID, str]:
    """Why matters are not told now: ``inhibit``, ``schedule`` or ``silence``."""
    off_hours = {matter.id: "schedule" for matter in matters if matter.schedule and not is_in(matter.schedule, now)}
    silent = dict.fromkeys(silenced(standing.silences, matters, now), "silence")
    muted = dict.fromkeys(inhibited(matters, off_hours.keys() | silent.keys()), "inhibit")
    return {**silent, **off_hours, **muted}


def _verdicts(matters: Sequence[Matter], table: Table) -> list[tuple[TellingRow, str]]:
    """What became of the tellings: older ones are superseded, the newest is settled once no audience waits for it."""
    found: list[tuple[TellingRow, str]] = []
    for matter in matters:
        found += [(row, SUPERSEDED) for row in matter.untold if row.seq < matter.seq]
        outcomes = table.outcomes.get(matter.id) or [NOBODY]
        newest = [row for row in matter.untold if row.seq == matter.seq]
        if newest and None not in outcomes:
            told = [outcome for outcome in outcomes if outcome is not None and outcome != NOBODY]
            verdict = SENT if SENT in told else next(iter(told), NOBODY)
            found.append((newest[0], verdict))
    return found


def _no_longer_needed(
    matters: Sequence[Matter], members: Sequence[Member], table: Table, told: set[str]
) -> list[Member]:
    """What audiences know of matters that are over and settled, or out of play; and of audiences that are gone."""
    lasting = {matter.id for matter in matters if matter.firing or None in (table.outcomes.get(matter.id) or [])}
    everything = {(member.audience, member.matter): member for member in members} | table.members
    return [member for member in everything.values() if member.matter not in lasting or member.audience not in told]


def _look_at(standing: Standing, matters: Sequence[Matter], table: Table, now: datetime) -> datetime | None:
    """The next instant something happens by itself: a group is due, a silence or an hour begins or ends, a report grows old."""
    edges = list(table.edges)
    edges += [edge for matter in matters if matter.firing and (edge := next_edge(matter.schedule, now)) is not None]
    edges += [alert.lasts_until for alert in standing.externals if alert.ends_at is None]
    silence_edge = silences.next_edge(standing.silences, now)
    return min(edges + ([silence_edge] if silence_edge is not None else []), default=None)
