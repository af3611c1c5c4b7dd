"""Reads ``rules/*.toml``: one alert rule a file, named by the file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import time, timedelta
from pathlib import Path

from config import values
from config.fields import Table
from config.files import toml_files
from config.mistakes import Notes, WrongValueError
from config.rule_kinds import check_kind, unit_of
from config.rule_ladder import check_ladder, read_level
from config.rule_parts import read_confirmation, read_pairs, read_schedule
from config.rule_plan import Rule, RuleKind, RuleState
from config.site_file import read_toml
from core.model import StationId, StationKind
from core.quantities import QUANTITIES

FOLDER = "rules"
TEST_SUFFIX = ".test.toml"
DIRECTIONS = ("rising", "falling")


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
    return [(table, rule_of_table(name, table)) for name, table in tables if table is not None]


def rule_of_table(name: str, table: Table) -> Rule:
    """The rule a table describes, named by its file; wrong parts have stand-ins (noted)."""
    kind = table.may("kind", values.member(RuleKind, "a kind of rule"), RuleKind.LEVEL)
    quantity = table.need("quantity", values.one_of(QUANTITIES, "a quantity"), "")
    direction = _direction(table, kind)
    rule = Rule(
        id=_id_of(name, table),
        title_ja=table.need("title_ja", values.text, ""),
        title_en=table.need("title_en", values.text, ""),
        quantity=quantity,
        unit=_unit(table, kind, quantity),
        direction=direction,
        stations=frozenset(StationId(found) for found in table.texts("stations", values.identifier) if found),
        levels=tuple(read_level(rung, kind, quantity, direction) for rung in table.tables("levels")),
        min_samples=table.may("min_samples", values.whole(1, 1000), 2),
        max_gap=table.may("max_gap", values.positive_duration, None),
        version="",
        kind=kind,
        state=table.may("state", values.member(RuleState, "a state of a rule"), RuleState.ACTIVE),
        station_kinds=frozenset(_kinds(table)),
        rivers=frozenset(found for found in table.texts("rivers", values.text) if found),
        keepers=frozenset(found for found in table.texts("keepers", values.text) if found),
        window=table.may("window", values.positive_duration, None),
        floor=table.may("floor", values.toml_between(-1e6, 1e6), None),
        horizon=table.may("horizon", values.positive_duration, None),
        toward=table.may("toward", values.level, None),
        pairs=read_pairs(table),
        confirmation=read_confirmation(table),
        schedule=read_schedule(table),
        inhibits=frozenset(found for found in table.texts("inhibits", values.identifier) if found),
        suspects=table.may("suspects", values.toml_flag, default=False),
    )
    check_kind(table, rule)
    check_ladder(table, rule)
    table.finish()
    return replace(rule, version=version_of(rule))


def _unit(table: Table, kind: RuleKind, quantity: str) -> str:
    """The unit as it is written; silence is always counted in minutes and needs none."""
    if kind is RuleKind.MISSING:
        return table.may("unit", values.text, unit_of(kind, quantity))
    return table.need("unit", values.text, "")


def _direction(table: Table, kind: RuleKind) -> str:
    """Rising or falling; snow falls, channels block and gauges fall silent one way only, and need not say so."""
    read = values.one_of(DIRECTIONS, "a direction")
    if kind in (RuleKind.SNOWFALL, RuleKind.BLOCKAGE, RuleKind.MISSING):
        return table.may("direction", read, "rising")
    return table.need("direction", read, "")


def _kinds(table: Table) -> list[StationKind]:
    names = table.texts("station_kinds", values.one_of([kind.value for kind in StationKind], "a kind of station"))
    return [StationKind(name) for name in names if name]


def _id_of(name: str, table: Table) -> str:
    try:
        return values.identifier(Path(name).stem)
    except WrongValueError as wrong:
        table.mistake("", f"the file name: {wrong}", wrong.hint)
        return ""


def version_of(rule: Rule) -> str:
    """Twelve hex digits of the rule's meaning: titles, comments and the order of keys do not change it.

    Neither does the way from draft to active: it is the same rule that was tested.
    """
    apart = ("id", "title_ja", "title_en", "version", "state")
    meaning = {key: found for key, found in asdict(rule).items() if key not in apart}
    return hashlib.sha256(json.dumps(meaning, sort_keys=True, default=_plain).encode()).hexdigest()[:12]


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, time):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a rule")
