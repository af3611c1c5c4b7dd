"""Reads ``ploughs.toml`` (how the town clears its roads) and ``protected.csv`` (addresses ploughs must not give away)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

from config import values
from config.fields import Reader, Row, Table, read_rows, shown_key
from config.mistakes import Notes, WrongValueError, shown, suggest
from config.places import position
from config.plough_plan import Depot, PloughPlan, ProtectedPlace, RoadClass
from config.site_file import read_toml
from core.model import Position

PLOUGHS = "ploughs.toml"
PROTECTED = "protected.csv"

CLASS_CODES = ("1", "2", "3", "emergency")
"""第1種, 第2種, 第3種 and 緊急確保, as cities name the classes of their cleared roads in open data."""

PROTECTED_COLUMNS: Mapping[str, bool] = {"id": True, "lon": True, "lat": True, "radius_m": False}
"""No column for a name: whose address it is does not belong in a file."""

_WRITTEN = {"第1種": "1", "第2種": "2", "第3種": "3", "緊急確保": "emergency"}
_NEW_SNOW = values.toml_between(0.5, 200.0, "a number of centimetres of new snow")
_DEPOT_RADIUS = values.toml_between(20.0, 1000.0, "a number of metres")
_PROTECTED_RADIUS = values.between(100.0, 2000.0, "a number of metres")
_DEPOT = Depot(id="", position=Position(0.0, 0.0))
_PLACE = ProtectedPlace(id="", position=Position(0.0, 0.0))
_LONGEST_WINDOW = timedelta(days=7)
_LONGEST_MEMORY = timedelta(days=60)
_PUBLIC_WINDOW = timedelta(hours=24)
_LONGEST_STEP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PlacedPlan:
    """The plan with the places it was read from: its table, those of its depots, the rows of the protected places."""

    plan: PloughPlan
    table: Table
    depots: tuple[tuple[Table, Depot], ...]
    protected: tuple[tuple[Row, ProtectedPlace], ...]


def read_ploughs(folder: Path, notes: Notes) -> PlacedPlan | None:
    """What ``ploughs.toml`` and ``protected.csv`` say; None where there is no plan, or none that can be read (noted)."""
    protected = tuple(_protected(folder, notes))
    path = folder / PLOUGHS
    if not path.exists() and not path.is_symlink():
        if protected:
            protected[0][0].warn("id", f"there is no {PLOUGHS}: the file does nothing", f"add {PLOUGHS}")
        return None
    top = read_toml(folder, PLOUGHS, notes)
    return None if top is None else _placed(top, protected)


def _placed(top: Table, protected: tuple[tuple[Row, ProtectedPlace], ...]) -> PlacedPlan:
    depots = tuple(_depots(top))
    public = top.table("public")
    default = PloughPlan(roads="", classes={})
    window = top.may("window", _window("window", timedelta(hours=1), _LONGEST_WINDOW), default.window)
    plan = PloughPlan(
        roads=top.need("roads", values.identifier, ""),
        day_begins=top.may("day_begins", values.time_of_day, default.day_begins),
        window=window,
        remember=_remember(top, window, default.remember),
        public_window=public.may(
            "window", _window("window", timedelta(minutes=10), _PUBLIC_WINDOW), default.public_window
        ),
        public_step=public.may("step", _window("step", timedelta(minutes=1), _LONGEST_STEP), default.public_step),
        public_contractor=public.may("contractor", values.toml_flag, default.public_contractor),
        depots=tuple(depot for _, depot in depots),
        protected=tuple(place for _, place in protected),
        classes=_classes(top),
    )
    public.finish()
    top.finish()
    return PlacedPlan(plan, top, depots, protected)


def _remember(top: Table, window: timedelta, usual: timedelta) -> timedelta:
    """How long it is remembered when a road was cleared: no shorter than it counts as cleared."""
    found = top.may("remember", _window("memory", timedelta(hours=1), _LONGEST_MEMORY), usual)
    if found < window:
        top.mistake(
            "remember", f"is shorter than window ({_words(window)})", "when a road was cleared is to be known longer"
        )
    return found


def _window(what: str, low: timedelta, high: timedelta) -> Reader[timedelta]:
    def read(value: object) -> timedelta:
        found = values.duration(value)
        if not low <= found <= high:
            span = f"{_words(low)} to {_words(high)}"
            raise WrongValueError(f"{shown(value)} is not possible here: expected a {what} from {span}")
        return found

    return read


def _words(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    if hours > 48:
        return f"{hours / 24:g}d"
    return f"{hours:g}h" if hours >= 1 else f"{span / timedelta(minutes=1):g}m"


def _classes(top: Table) -> Mapping[str, RoadClass]:
    table = top.table("classes")
    found: dict[str, RoadClass] = {}
    for key in table.values:
        if key not in CLASS_CODES:
            hint = f"write [classes.{_WRITTEN[key]}]" if key in _WRITTEN else suggest(key, CLASS_CODES)
            table.mistake(shown_key(key), "is no class of cleared roads", hint)
            continue
        found[key] = _class(key, table.table(key))
    if not found and table.sound and top.sound:
        top.warn("classes", "no class has a promise: nothing can be late", "write [classes.1] with deadline")
    return {code: found[code] for code in CLASS_CODES if code in found}


def _class(code: str, table: Table) -> RoadClass:
    found = RoadClass(
        code=code,
        threshold_cm=table.may("threshold_cm", _NEW_SNOW, None),
        checks=_checks(table),
        deadline=table.may("deadline", values.time_of_day, None),
        two_sided=table.may("two_sided", values.toml_flag, default=False),
        second_pass_cm=table.may("second_pass_cm", _NEW_SNOW, None),
    )
    table.finish()
    return found


def _checks(table: Table) -> tuple[time, ...]:
    found = table.found("checks")
    if found is None:
        return ()
    if not isinstance(found, list):
        table.mistake("checks", "expected a list of times of day", 'write checks = ["01:30", "04:00"]')
        return ()
    checks: list[time] = []
    for number, entry in enumerate(found, start=1):
        try:
            check = values.time_of_day(entry)
        except WrongValueError as wrong:
            table.mistake(f"checks[{number}]", str(wrong), wrong.hint)
            continue
        if check in checks:
            table.mistake(f"checks[{number}]", f"{check:%H:%M} stands there twice", "remove one")
        checks.append(check)
    return tuple(checks)


def _depots(top: Table) -> list[tuple[Table, Depot]]:
    depots: list[tuple[Table, Depot]] = []
    for table in top.tables("depots"):
        depot = Depot(
            id=table.need("id", values.identifier, ""),
            position=position(table),
            radius_m=table.may("radius_m", _DEPOT_RADIUS, _DEPOT.radius_m),
            public=table.may("public", values.toml_flag, _DEPOT.public),
        )
        if depot.id and depot.id in [other.id for _, other in depots]:
            table.mistake("id", f"the id {shown(depot.id)} is used twice", "give each depot its own id")
        table.finish()
        depots.append((table, depot))
    return depots


def _protected(folder: Path, notes: Notes) -> list[tuple[Row, ProtectedPlace]]:
    first: dict[str, int] = {}
    found: list[tuple[Row, ProtectedPlace]] = []
    for row in read_rows(folder, PROTECTED, PROTECTED_COLUMNS, notes, may_be_missing=True):
        place = ProtectedPlace(
            id=row.name("id", values.identifier),
            position=position(row),
            radius_m=row.may("radius_m", _PROTECTED_RADIUS, _PLACE.radius_m),
        )
        if place.id and place.id in first:
            row.mistake("id", f"{shown(place.id)} stands already on line {first[place.id]}", "one row for each place")
        first.setdefault(place.id, row.line)
        found.append((row, place))
    return found
