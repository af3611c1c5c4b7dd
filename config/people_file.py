"""Reads ``people.toml``: who is told of what, over which channels, and who is called when nobody answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from config import values
from config.fields import Table
from config.mistakes import Notes, WrongValueError, shown, suggest
from config.model import ChannelConfig
from config.people_plan import Audience, Escalation, EscalationStep, People
from config.site_file import read_toml
from core.levels import Level
from core.model import Station, StationId, StationKind

FILE = "people.toml"
_LONGEST_GATHERING = timedelta(minutes=30)
_LONGEST_WAIT = timedelta(hours=24)
_SHORTEST_REPEAT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PlacedPeople:
    """The people with the tables they were read from; without a file there are none of them."""

    people: People
    top: Table | None = None
    audiences: tuple[tuple[Table, Audience], ...] = ()
    escalations: tuple[tuple[Table, Escalation], ...] = ()


def read_people(folder: Path, notes: Notes) -> PlacedPeople:
    """What ``people.toml`` says; the usual people where there is no such file, or none that can be read (noted)."""
    path = folder / FILE
    if not path.exists() and not path.is_symlink():
        return PlacedPeople(People())
    top = read_toml(folder, FILE, notes)
    return PlacedPeople(People()) if top is None else _placed(top)


def _placed(top: Table) -> PlacedPeople:
    audiences = tuple((table, _audience(table)) for table in top.tables("audiences"))
    escalations = tuple((table, _escalation(table)) for table in top.tables("escalations"))
    usual = People()
    people = People(
        audiences=tuple(audience for _, audience in audiences),
        escalations=tuple(escalation for _, escalation in escalations),
        group_wait=top.may("group_wait", _up_to(_LONGEST_GATHERING), usual.group_wait),
        group_interval=top.may("group_interval", _up_to(_LONGEST_WAIT), usual.group_interval),
        repeat_danger=top.may("repeat_danger", _from_to(_SHORTEST_REPEAT, _LONGEST_WAIT), usual.repeat_danger),
        admin=top.may("admin", values.identifier, ""),
        watchdog=top.may("watchdog", values.identifier, ""),
        canary=top.may("canary", values.identifier, ""),
    )
    if not people.audiences and top.found("audiences") in (None, []):
        top.mistake("audiences", "nobody is told of anything", "add [[audiences]] with id, names and channels")
    top.finish()
    return PlacedPeople(people, top, audiences, escalations)


def _audience(table: Table) -> Audience:
    kinds = values.one_of([kind.value for kind in StationKind], "a kind of station")
    audience = Audience(
        id=table.need("id", values.identifier, ""),
        name_ja=table.need("name_ja", values.text, ""),
        name_en=table.need("name_en", values.text, ""),
        channels=_each_once(table, "channels"),
        fallback=_each_once(table, "fallback"),
        min_level=table.may("min_level", values.level, Level.CAUTION),
        residents=table.may("residents", values.toml_flag, default=False),
        health=table.may("health", values.toml_flag, default=not table.values.get("residents", False)),
        exercise=table.may("exercise", values.toml_flag, default=False),
        stations=frozenset(StationId(found) for found in table.texts("stations", values.identifier) if found),
        kinds=frozenset(StationKind(found) for found in table.texts("kinds", kinds) if found),
    )
    if not audience.channels and table.sound:
        table.mistake(
            "channels", "there is no channel to reach them by", 'write channels = ["…"] with ids of site.toml'
        )
    if audience.residents and audience.health:
        table.mistake("health", "residents are not told of the health of the system", "leave it out")
    table.finish()
    return audience


def _each_once(table: Table, key: str) -> tuple[str, ...]:
    names = tuple(name for name in table.texts(key, values.identifier) if name)
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        table.mistake(key, f"{shown(name)} stands there twice", "they would be told twice: remove one")
    return names


def _escalation(table: Table) -> Escalation:
    escalation = Escalation(
        id=table.need("id", values.identifier, ""),
        min_level=table.may("min_level", values.level, Level.DANGER),
        steps=tuple(_step(entry) for entry in table.tables("steps")),
        loops=table.may("loops", values.whole(1, 3), 3),
    )
    if not escalation.steps and table.found("steps") in (None, []):
        hint = "add [[escalations.steps]] with audience and wait"
        table.mistake("steps", "there is no step: nobody would be called", hint)
    table.finish()
    return escalation


def _step(table: Table) -> EscalationStep:
    step = EscalationStep(
        audience=table.need("audience", values.identifier, ""),
        wait=table.need("wait", _from_to(timedelta(seconds=10), _LONGEST_WAIT), timedelta(minutes=1)),
    )
    table.finish()
    return step


def _up_to(longest: timedelta) -> Callable[[object], timedelta]:
    return _from_to(timedelta(0), longest)


def _from_to(shortest: timedelta, longest: timedelta) -> Callable[[object], timedelta]:
    def read(value: object) -> timedelta:
        found = values.duration(value)
        if not shortest <= found <= longest:
            raise WrongValueError(f"{shown(value)} is not between {_told(shortest)} and {_told(longest)}")
        return found

    return read


def _told(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds >= 7200:
        return f"{seconds // 3600} hours"
    return f"{seconds // 60} minutes" if seconds >= 120 else f"{seconds} seconds"


def check_people(placed: PlacedPeople, channels: Sequence[ChannelConfig], stations: Sequence[Station]) -> None:
    """Note what the people refer to that is not there, and ways by which an exercise could reach somebody in earnest."""
    known = {channel.id: channel for channel in channels if channel.id}
    audiences = {audience.id: audience for _, audience in placed.audiences if audience.id}
    _check_ids(placed)
    for table, audience in placed.audiences:
        for key, names in (("channels", audience.channels), ("fallback", audience.fallback)):
            for name in names:
                _check_channel(table, key, name, audience, known)
        for station in sorted(audience.stations - {station.id for station in stations}):
            hint = suggest(station, [known.id for known in stations])
            table.mistake("stations", f"there is no station {shown(station)}", hint)
    for table, escalation in placed.escalations:
        for number, step in enumerate(escalation.steps, start=1):
            _check_called(table, f"steps[{number}].audience", step.audience, audiences)
    if placed.top is not None:
        _check_top(placed.top, placed.people, audiences, known)


def _check_ids(placed: PlacedPeople) -> None:
    for what in (placed.audiences, placed.escalations):
        ids = [entry.id for _, entry in what if entry.id]
        for table, entry in what:
            if ids.count(entry.id) > 1:
                table.mistake("id", f"the id {shown(entry.id)} is used twice", "give each its own id")


def _check_channel(table: Table, key: str, name: str, audience: Audience, known: dict[str, ChannelConfig]) -> None:
    channel = known.get(name)
    if channel is None:
        table.mistake(key, f"there is no channel {shown(name)} in site.toml", suggest(name, known))
    elif channel.exercise != audience.exercise:
        live = "for exercises" if channel.exercise else "in earnest"
        hint = "what is for exercises (exercise = true) and what is not never share a way to people"
        table.mistake(key, f"{shown(name)} is a channel {live}, the audience is not", hint)


def _check_called(table: Table, key: str, name: str, audiences: dict[str, Audience]) -> None:
    if name and name not in audiences:
        table.mistake(key, f"there is no audience {shown(name)}", suggest(name, audiences))
    elif name and audiences[name].residents:
        table.mistake(key, f"{shown(name)} are residents", "no program writes to residents: name staff")


def _check_top(top: Table, people: People, audiences: dict[str, Audience], known: dict[str, ChannelConfig]) -> None:
    _check_called(top, "admin", people.admin, audiences)
    _check_called(top, "canary", people.canary, audiences)
    if people.watchdog and people.watchdog not in known:
        top.mistake(
            "watchdog", f"there is no channel {shown(people.watchdog)} in site.toml", suggest(people.watchdog, known)
        )
    staff = [audience for audience in people.audiences if not (audience.residents or audience.exercise)]
    if people.audiences and not staff:
        top.warn("audiences", "no staff is told of anything in earnest", "add an audience that is not residents")
