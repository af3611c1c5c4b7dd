"""Reads ``events.csv``: what is known to have happened, and where. The file may be missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from config import values
from config.event_plan import LabelledEvent
from config.fields import Row, read_rows
from config.mistakes import Notes, WrongValueError, shown, suggest
from config.station_files import Placed
from core.model import Datastream, Station, StationId
from core.quantities import QUANTITIES
from core.times import JST

EVENTS = "events.csv"

EVENT_COLUMNS: Mapping[str, bool] = {
    "id": True,
    "title_ja": True,
    "title_en": False,
    "stations": False,
    "rivers": False,
    "quantity": False,
    "from": True,
    "to": True,
    "source": True,
    "fictitious": False,
}

_LOCAL = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})", re.ASCII)


def read_events(folder: Path, stations: Placed[Station], notes: Notes) -> list[tuple[Row, LabelledEvent]]:
    """The events of the file, each with its row; wrong parts have stand-ins (noted)."""
    rows = list(read_rows(folder, EVENTS, EVENT_COLUMNS, notes, may_be_missing=True))
    found = [(row, _event(row, [station for _, station in stations])) for row in rows]
    first: dict[str, int] = {}
    for row, event in found:
        if event.id and event.id in first:
            row.mistake(
                "id", f"{shown(event.id)} stands already on line {first[event.id]}", "give each event its own id"
            )
        first.setdefault(event.id, row.line)
    return found


def _event(row: Row, stations: list[Station]) -> LabelledEvent:
    now = datetime(2000, 1, 1, tzinfo=UTC)
    event = LabelledEvent(
        id=row.need("id", values.identifier, ""),
        title_ja=row.need("title_ja", values.text, ""),
        title_en=row.may("title_en", values.text, ""),
        stations=_places(row, stations),
        quantity=row.may("quantity", values.one_of(QUANTITIES, "a quantity"), ""),
        begin=row.need("from", _instant, now),
        end=row.need("to", _instant, now),
        source=row.need("source", values.text, ""),
        fictitious=row.may("fictitious", values.flag, default=False),
    )
    if row.sound and event.end < event.begin:
        row.mistake("to", "the event ends before it begins", "from ≤ to, both in Japan time")
    return event


def _places(row: Row, stations: list[Station]) -> frozenset[StationId]:
    """The stations named, and those of the rivers named; all where neither is."""
    ids = {str(station.id) for station in stations}
    rivers = {station.river for station in stations if station.river}
    named = _each(row, "stations", ids, "a station")
    flowing = _each(row, "rivers", rivers, "the river of a station")
    if not row.found("stations") and not row.found("rivers"):
        return frozenset(station.id for station in stations)
    return frozenset(StationId(name) for name in named) | {each.id for each in stations if each.river in flowing}


def _each(row: Row, column: str, names: set[str], what: str) -> set[str]:
    found = row.found(column)
    parts = [part.strip() for part in str(found or "").split(";") if part.strip()]
    for part in parts:
        if part not in names:
            row.mistake(column, f"{shown(part)} is not {what}", suggest(part, names))
    return set(parts)


def _instant(value: object) -> datetime:
    """A date and time of Japan, as spreadsheets write it: ``2023-07-13 14:00`` or ``2023/7/13 14:00``."""
    match = _LOCAL.fullmatch(str(value).strip())
    hint = "write 2023-07-13 14:00 (Japan time)"
    if match is None:
        raise WrongValueError(f"{shown(str(value))} is not a date with a time", hint)
    try:
        year, month, day, hour, minute = (int(part) for part in match.groups())
        return datetime(year, month, day, hour, minute, tzinfo=JST).astimezone(UTC)
    except ValueError as error:
        raise WrongValueError(f"{shown(str(value))} is no day and time there is", hint) from error


def check_quantities(events: list[tuple[Row, LabelledEvent]], datastreams: Placed[Datastream]) -> None:
    """Warn of events nothing could have noticed: none of their stations measures the quantity."""
    measured = {(stream.station, stream.quantity) for _, stream in datastreams}
    for row, event in events:
        if row.sound and event.quantity and not any((name, event.quantity) in measured for name in event.stations):
            row.warn("quantity", f"none of its stations measures {event.quantity}: no rule can notice it")
