"""Reads ``rules/*.toml``: one alert rule a file, named by the file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from config import values
from config.fields import Table
from config.files import toml_files
from config.mistakes import Notes, WrongValueError, shown, suggest
from config.rule_plan import Rule, RuleLevel
from config.site_file import read_toml
from core.levels import Level
from core.model import StationId
from core.quantities import QUANTITIES

FOLDER = "rules"
TEST_SUFFIX = ".test.toml"
DIRECTIONS = ("rising", "falling")
WATER = frozenset({"water_level", "channel_level"})
"""Quantities whose rules must say how long calm has to last before an episode ends."""


def read_rules(folder: Path, notes: Notes) -> list[tuple[Table, Rule]]:
    """The rules of the folder, each with its table; wrong parts have stand-ins (noted).

    ``<id>.test.toml`` beside a rule is its test: somebody else reads it, but the rule must be there.
    """
    found = toml_files(folder, FOLDER, notes)
    names = [name for name in found if not name.endswith(TEST_SUFFIX)]
    for test in found:
        beside = test.removesuffix(TEST_SUFFIX) + ".toml"
        if test.endswith(TEST_SUFFIX) and beside not in names:
            notes.mistake(test, "", "this tests a rule that is not there", f"{beside} is missing")
    tables = [(name, read_toml(folder, name, notes)) for name in names]
    return [(table, _rule(name, table)) for name, table in tables if table is not None]


def _rule(name: str, table: Table) -> Rule:
    quantity = table.need("quantity", values.one_of(QUANTITIES, "a quantity"), "")
    rule = Rule(
        id=_id_of(name, table),
        title_ja=table.need("title_ja", values.text, ""),
        title_en=table.need("title_en", values.text, ""),
        quantity=quantity,
        unit=table.need("unit", values.text, ""),
        direction=table.need("direction", values.one_of(DIRECTIONS, "a direction"), ""),
        stations=frozenset(StationId(found) for found in table.texts("stations", values.identifier) if found),
        levels=tuple(_level(rung, quantity) for rung in table.tables("levels")),
        min_samples=table.may("min_samples", values.whole(1, 1000), 2),
        max_gap=table.may("max_gap", values.positive_duration, None),
        version="",
    )
    _check_unit(table, rule)
    _check_ladder(table, rule)
    table.finish()
    return replace(rule, version=version_of(rule))


def _id_of(name: str, table: Table) -> str:
    try:
        return values.identifier(Path(name).stem)
    except WrongValueError as wrong:
        table.mistake("", f"the file name: {wrong}", wrong.hint)
        return ""


def version_of(rule: Rule) -> str:
    """Twelve hex digits of the rule's meaning: titles, comments and the order of keys do not change it."""
    meaning = {
        key: found for key, found in asdict(rule).items() if key not in ("id", "title_ja", "title_en", "version")
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True, default=_plain).encode()).hexdigest()[:12]


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{value!r} has no place in a rule")


def _level(table: Table, quantity: str) -> RuleLevel:
    rung = RuleLevel(
        level=table.need("level", values.level, Level.NORMAL),
        raise_at=table.may("raise_at", values.toml_between(-1e6, 1e6), None),
        clear_margin=table.need("clear_margin", values.toml_between(-1e6, 1e6), 0.0),
        hold=table.may("hold", values.duration, timedelta(0)),
        clear_hold=table.need("clear_hold", values.duration, timedelta(0))
        if quantity in WATER
        else table.may("clear_hold", values.duration, timedelta(0)),
    )
    if table.sound and rung.clear_margin <= 0:
        table.mistake("clear_margin", "must be more than 0", "else the alert would come and go at the threshold")
    table.finish()
    return rung


def _check_unit(table: Table, rule: Rule) -> None:
    expected = QUANTITIES[rule.quantity].unit if rule.quantity else rule.unit
    if rule.unit and rule.unit != expected:
        hint = f"write unit = “{expected}” and all heights in {expected}"
        table.mistake("unit", f"{shown(rule.unit)} is not the unit of {rule.quantity}", hint)


def _check_ladder(table: Table, rule: Rule) -> None:
    if not rule.levels and table.found("levels") in (None, []):
        table.mistake("levels", "the rule has no level", "add [[levels]] with level and clear_margin")
    named = [rung for rung in rule.levels if rung.level is not Level.NORMAL]
    for number, (rung, following) in enumerate(pairwise(named), start=2):
        if following.level <= rung.level:
            hint = "each level once, the lowest first: standby, caution, warning, danger"
            table.mistake(f"levels[{number}].level", f"{following.level.slug} stands after {rung.level.slug}", hint)
    _check_heights(table, rule)


def _check_heights(table: Table, rule: Rule) -> None:
    physical = QUANTITIES.get(rule.quantity)
    stated = [(number, rung) for number, rung in enumerate(rule.levels, start=1) if rung.raise_at is not None]
    falling = rule.direction == "falling"
    before: float | None = None
    for number, rung in stated:
        height = rung.raise_at if rung.raise_at is not None else 0.0
        key = f"levels[{number}].raise_at"
        if physical and not physical.low <= height <= physical.high:
            span = f"{physical.low:g} to {physical.high:g} {physical.unit}"
            table.mistake(key, f"{height:g} is not possible for {rule.quantity} ({span})", "is the unit right?")
        if before is not None and (height >= before if falling else height <= before):
            word = "below" if falling else "above"
            table.mistake(
                key, f"{height:g} is not {word} {before:g} of the level before", f"the rule is {rule.direction}"
            )
        before = height
    if falling and len(rule.levels) - len(stated) > 1:
        hint = "a station has one “low” only: give the other levels a raise_at"
        table.mistake("levels", "more than one level of a falling rule has no raise_at", hint)


def check_rule_stations(table: Table, rule: Rule, measuring: dict[str, set[str]]) -> None:
    """Check the stations a rule names against ``measuring``: station id → its quantities."""
    for station in sorted(rule.stations):
        if station not in measuring:
            table.mistake("stations", f"there is no station {shown(station)}", suggest(station, measuring))
        elif rule.quantity and rule.quantity not in measuring[station]:
            had = ", ".join(sorted(measuring[station])) or "nothing"
            table.mistake("stations", f"{shown(station)} does not measure {rule.quantity}", f"it measures {had}")
    if rule.quantity and not any(rule.quantity in found for found in measuring.values()):
        table.warn("quantity", f"no station measures {rule.quantity}: the rule never fires")
