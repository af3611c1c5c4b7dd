"""A rule as it is kept in the store: in the words of its file, so that whatever can read rule files can read it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from config.fields import Table
from config.mistakes import Notes
from config.rule_files import rule_of_table
from config.rule_parts import DAYS
from config.rule_plan import Rule, RuleKind, RuleLevel, ScheduleWindow

Plan = dict[str, Any]
_MIDNIGHT = time(0, 0)


def kept(rule: Rule) -> Plan:
    """The rule as a JSON object: its file's keys, without those that say nothing."""
    plan: Plan = {
        "title_ja": rule.title_ja,
        "title_en": rule.title_en,
        "kind": rule.kind.value,
        "state": rule.state.value,
        "quantity": rule.quantity,
        "unit": rule.unit,
        "direction": rule.direction,
        "min_samples": rule.min_samples,
        "levels": [_level(rung, rule.kind) for rung in rule.levels],
        "suspects": rule.suspects or None,
        "max_gap": _span(rule.max_gap),
        "window": _span(rule.window),
        "horizon": _span(rule.horizon),
        "floor": rule.floor,
        "toward": None if rule.toward is None else rule.toward.slug,
        "stations": sorted(rule.stations),
        "station_kinds": sorted(rule.station_kinds),
        "rivers": sorted(rule.rivers),
        "keepers": sorted(rule.keepers),
        "inhibits": sorted(rule.inhibits),
        "pairs": [{"upstream": upstream, "downstream": downstream} for upstream, downstream in rule.pairs],
        "schedule": [_window(window) for window in rule.schedule],
    }
    if rule.confirmation is not None:
        found = rule.confirmation
        confirm = {"needed": found.needed, "within": _span(found.within), "radius_km": found.radius_km}
        plan["confirm"] = _without_nothing(confirm)
    return _without_nothing(plan)


def rule_again(id_: str, plan: Mapping[str, Any]) -> Rule | None:
    """The rule a kept plan describes, its version reckoned by this program; None where this program cannot read it."""
    notes = Notes()
    rule = rule_of_table(f"{id_}.toml", Table(plan, f"{id_}.toml", notes))
    return None if notes.mistakes else rule


def changes(before: Rule, after: Rule) -> list[tuple[str, str, str]]:
    """What two versions of a rule say otherwise: key, value before, value after; ``-`` where the key says nothing.

    Titles and the state are no part of a rule's meaning and are left out.
    """
    old, new = _flat(_meaning(before)), _flat(_meaning(after))
    keys = [*old, *(key for key in new if key not in old)]
    return [(key, old.get(key, "-"), new.get(key, "-")) for key in keys if old.get(key) != new.get(key)]


def _meaning(rule: Rule) -> Plan:
    apart = ("title_ja", "title_en", "state")
    return {key: value for key, value in kept(rule).items() if key not in apart}


def _flat(value: object, name: str = "") -> dict[str, str]:
    """Every value by its dotted name, as in messages about site files: ``levels[2].raise_at``."""
    if isinstance(value, dict):
        dot = f"{name}." if name else ""
        return {key: text for part, inner in value.items() for key, text in _flat(inner, f"{dot}{part}").items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        numbered = enumerate(value, start=1)
        return {key: text for number, part in numbered for key, text in _flat(part, f"{name}[{number}]").items()}
    if isinstance(value, list):
        return {name: ", ".join(map(str, value))}
    return {name: f"{value:g}" if isinstance(value, float) else str(value)}


def _level(rung: RuleLevel, kind: RuleKind) -> Plan:
    margin = None if kind is RuleKind.MISSING else rung.clear_margin
    found = {
        "level": rung.level.slug,
        "raise_at": rung.raise_at,
        "clear_margin": margin,
        "hold": _span(rung.hold),
        "clear_hold": _span(rung.clear_hold),
        "proposes": rung.proposes,
    }
    return _without_nothing(found)


def _window(window: ScheduleWindow) -> Plan:
    end = "24:00" if window.end == _MIDNIGHT else f"{window.end:%H:%M}"
    return {"days": [DAYS[day] for day in sorted(window.days)], "begin": f"{window.begin:%H:%M}", "end": end}


def _span(length: timedelta | None) -> str | None:
    """A duration as site files write it; they know whole seconds only."""
    return None if length is None else f"{round(length.total_seconds())}s"


def _without_nothing(plan: Plan) -> Plan:
    return {key: value for key, value in plan.items() if value is not None and value != []}
