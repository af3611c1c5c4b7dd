"""Which keys a kind of rule wants, which it has no use for, and in which unit its heights are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from config.fields import Table
from config.mistakes import shown
from config.rule_plan import Rule, RuleKind
from core.quantities import QUANTITIES

SNOWFALL_HOURS = (1, 3, 6, 12, 24)
"""The spans snowfall is told over (気象庁 解析降雪量: 1, 3, 6, 12, 24 hours)."""

_MINUTES = "min"
_WANTED: Mapping[RuleKind, tuple[str, ...]] = {
    RuleKind.LEVEL: (),
    RuleKind.RATE: ("window",),
    RuleKind.FORECAST: ("window", "horizon", "toward"),
    RuleKind.SNOWFALL: ("window",),
    RuleKind.BLOCKAGE: ("window", "pairs"),
    RuleKind.MISSING: (),
}
_POSSIBLE: Mapping[RuleKind, tuple[str, ...]] = {
    RuleKind.LEVEL: ("confirm", "suspects", "max_gap"),
    RuleKind.RATE: ("floor", "suspects", "max_gap"),
    RuleKind.FORECAST: ("floor", "max_gap"),
    RuleKind.SNOWFALL: ("max_gap",),
    RuleKind.BLOCKAGE: ("max_gap",),
    RuleKind.MISSING: (),
}
_OF_KINDS = ("window", "floor", "horizon", "toward", "pairs", "confirm", "suspects", "max_gap")
_HINTS: Mapping[str, str] = {
    "window": 'how far back it looks, e.g. window = "1h"',
    "horizon": 'the longest forecast that is believed, e.g. horizon = "2h"',
    "toward": 'the level it reckons to, e.g. toward = "danger"',
    "pairs": 'add [[pairs]] with upstream = "…" and downstream = "…"',
}


def unit_of(kind: RuleKind, quantity: str) -> str:
    """The unit of the heights of a rule of that kind: the quantity's own, an hour's change of it, or minutes."""
    if kind in (RuleKind.FORECAST, RuleKind.MISSING):
        return _MINUTES
    own = QUANTITIES[quantity].unit if quantity in QUANTITIES else ""
    return f"{own}/h" if kind is RuleKind.RATE and own else own


def check_kind(table: Table, rule: Rule) -> None:
    """Check that a rule has the keys of its kind, no others, and the right unit."""
    _check_unit(table, rule)
    wanted, possible = _WANTED[rule.kind], _POSSIBLE[rule.kind]
    for key in wanted:
        if key not in table.values:
            table.mistake(key, f"the key is missing: a {rule.kind.value} rule needs it", _HINTS[key])
    for key in _OF_KINDS:
        if key in table.values and key not in wanted + possible:
            table.mistake(key, f"a {rule.kind.value} rule has no use for it", "leave it out, or is the kind right?")
    _check_spans(table, rule)
    _check_stations(table, rule)


def _check_unit(table: Table, rule: Rule) -> None:
    expected = unit_of(rule.kind, rule.quantity)
    if rule.unit and expected and rule.unit != expected:
        hint = f"write unit = “{expected}” and all heights in {expected}"
        of = rule.quantity if rule.kind is RuleKind.LEVEL else f"a {rule.kind.value} rule of {rule.quantity}"
        table.mistake("unit", f"{shown(rule.unit)} is not the unit of {of}", hint)


def _check_spans(table: Table, rule: Rule) -> None:
    if rule.window is not None and rule.kind is RuleKind.SNOWFALL:
        if rule.quantity and rule.quantity != "snow_depth":
            table.mistake("quantity", f"snowfall is reckoned from snow_depth, not from {rule.quantity}", "")
        if rule.window not in [timedelta(hours=hours) for hours in SNOWFALL_HOURS]:
            table.mistake("window", "snowfall is told over 1, 3, 6, 12 or 24 hours", 'write window = "1h" … "24h"')
    elif rule.window is not None and not timedelta(minutes=2) <= rule.window <= timedelta(hours=24):
        table.mistake("window", "is not between 2 minutes and 24 hours", "")
    if rule.horizon is not None and rule.window is not None and rule.horizon > 2 * rule.window:
        hint = 'a forecast reaches twice as far as it looks back, no farther: make "window" longer'
        table.mistake("horizon", "is longer than twice the window", hint)
    if rule.direction == "falling" and rule.kind in (RuleKind.SNOWFALL, RuleKind.BLOCKAGE, RuleKind.MISSING):
        table.mistake("direction", f"a {rule.kind.value} rule goes one way only", "leave it out")


def _check_stations(table: Table, rule: Rule) -> None:
    if rule.kind is RuleKind.BLOCKAGE and rule.stations:
        table.mistake("stations", "a blockage rule watches its pairs", "leave it out")
    for number, (upstream, downstream) in enumerate(rule.pairs, start=1):
        if upstream == downstream:
            table.mistake(f"pairs[{number}]", f"{shown(upstream)} is both ends", "name two stations of one channel")
    if rule.id and rule.id in rule.inhibits:
        table.mistake("inhibits", "the rule would mute itself", "take it out of the list")
