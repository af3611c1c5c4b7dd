"""Reads and checks the rungs of a rule: heights in order, each with a height it is left at."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from config import values
from config.fields import Table
from config.rule_plan import FORECAST_TOLD, Rule, RuleKind, RuleLevel
from core.levels import Level
from core.quantities import QUANTITIES

WATER = frozenset({"water_level", "channel_level"})
"""Quantities whose rules must say how long calm has to last before an episode ends."""

_NUMBER = values.toml_between(-1e6, 1e6)
_LEAST = {True: "0 or more minutes", False: "write a number above 0"}
_IN_MINUTES = (RuleKind.FORECAST, RuleKind.MISSING)


def read_level(table: Table, kind: RuleKind, quantity: str, direction: str) -> RuleLevel:
    """One table of ``[[levels]]``; wrong parts have stand-ins (noted)."""
    missing = kind is RuleKind.MISSING
    height = table.may("raise_at", _NUMBER, 0.0 if missing else None)
    hold = table.need if quantity in WATER and not missing else table.may
    rung = RuleLevel(
        level=table.need("level", values.level, Level.NORMAL),
        raise_at=height,
        clear_margin=0.0 if missing else _margin(table, height, falls=_falls(kind, direction)),
        hold=table.may("hold", values.duration, timedelta(0)),
        clear_hold=hold("clear_hold", values.duration, timedelta(0)),
        proposes=table.may("proposes", values.whole(1, 9), None),
    )
    _check_proposal(table, rung, kind, quantity)
    table.finish()
    return rung


def _margin(table: Table, height: float | None, *, falls: bool) -> float:
    """How far on the safe side of ``raise_at`` the rung is left: ``clear_margin``, or what ``clear_at`` leaves of it."""
    clear_at = table.may("clear_at", _NUMBER, None)
    if clear_at is None:
        margin = table.need("clear_margin", _NUMBER, 0.0)
        if table.sound and margin <= 0:
            table.mistake("clear_margin", "must be more than 0", "else the alert would come and go at the threshold")
        return margin
    if table.found("clear_margin") is not None:
        table.mistake("clear_at", "clear_margin says the same already", "write one of the two")
    if height is None:
        table.mistake("clear_at", "the height to raise at is the station's own", "write clear_margin instead")
        return 0.0
    margin = clear_at - height if falls else height - clear_at
    if margin <= 0:
        word = "above" if falls else "below"
        table.mistake("clear_at", f"{clear_at:g} is not {word} raise_at", "else the alert would come and go at once")
    return margin


def _check_proposal(table: Table, rung: RuleLevel, kind: RuleKind, quantity: str) -> None:
    if rung.proposes is None:
        return
    if quantity != "water_level" or kind is not RuleKind.LEVEL:
        hint = "only a level rule of a river may propose one: snow and channels have no 警戒レベル"
        table.mistake("proposes", f"no 警戒レベル can be proposed for {quantity or 'this'} ({kind.value})", hint)
    elif not 3 <= rung.proposes <= 5:
        table.mistake("proposes", f"{rung.proposes} is not for the municipality to issue", "3, 4 or 5")


def check_ladder(table: Table, rule: Rule) -> None:
    """Check the rungs of a rule against each other and against what is possible."""
    if not rule.levels and table.found("levels") in (None, []):
        table.mistake("levels", "the rule has no level", "add [[levels]] with level and clear_margin")
    named = [rung for rung in rule.levels if rung.level is not Level.NORMAL]
    for number, (rung, following) in enumerate(pairwise(named), start=2):
        if following.level <= rung.level:
            hint = "each level once, the lowest first: standby, caution, warning, danger"
            table.mistake(f"levels[{number}].level", f"{following.level.slug} stands after {rung.level.slug}", hint)
    _check_heights(table, rule)


def _falls(kind: RuleKind, direction: str) -> bool:
    """Whether a higher level has a lower height: falling rules, and forecasts, where fewer minutes are worse."""
    return (kind is RuleKind.LEVEL and direction == "falling") or kind is RuleKind.FORECAST


def _check_heights(table: Table, rule: Rule) -> None:
    stated = [(number, rung.raise_at) for number, rung in enumerate(rule.levels, start=1) if rung.raise_at is not None]
    falls = _falls(rule.kind, rule.direction)
    before: float | None = None
    for number, height in stated:
        key = f"levels[{number}].raise_at"
        _check_possible(table, rule, key, height)
        if before is not None and (height >= before if falls else height <= before):
            word = "below" if falls else "above"
            reason = (
                f"the rule is {rule.direction}" if rule.kind is RuleKind.LEVEL else f"the rule is a {rule.kind.value}"
            )
            table.mistake(key, f"{height:g} is not {word} {before:g} of the level before", reason)
        before = height
    if rule.kind is RuleKind.LEVEL:
        if falls and len(rule.levels) - len(stated) > 1:
            hint = "a station has one “low” only: give the other levels a raise_at"
            table.mistake("levels", "more than one level of a falling rule has no raise_at", hint)
    else:
        _need_heights(table, rule)
        _check_ends(table, rule)


def _need_heights(table: Table, rule: Rule) -> None:
    for number, rung in enumerate(rule.levels, start=1):
        if rung.raise_at is None:
            hint = f"stations have no threshold for a {rule.kind.value}: write raise_at in {rule.unit or 'the unit'}"
            table.mistake(f"levels[{number}].raise_at", "the key is missing", hint)


def _check_ends(table: Table, rule: Rule) -> None:
    """Each level has to be left by calm itself: by nothing moving, or by a forecast as far off as any is told."""
    for number, rung in enumerate(rule.levels, start=1):
        if rung.raise_at is None or rung.raise_at <= 0 or rung.clear_margin <= 0 or rule.kind is RuleKind.MISSING:
            continue
        key = f"levels[{number}].clear_at"
        if rule.kind is not RuleKind.FORECAST:
            left_at = round(rung.raise_at - rung.clear_margin, 6)
            if left_at <= 0:
                hint = "where nothing moves it is 0: write a height above 0"
                table.mistake(key, f"calm is not below {left_at:g}: the alert would never end", hint)
        elif rule.horizon is not None:
            left_at, farthest = rung.raise_at + rung.clear_margin, FORECAST_TOLD * rule.horizon.total_seconds() / 60
            if left_at >= farthest:
                hint = f"a forecast is told up to {FORECAST_TOLD:g} horizons: write less than {farthest:g}"
                table.mistake(key, f"no forecast is farther than {left_at:g} minutes: the alert would never end", hint)


def _check_possible(table: Table, rule: Rule, key: str, height: float) -> None:
    if rule.kind is RuleKind.LEVEL:
        physical = QUANTITIES.get(rule.quantity)
        if physical and not physical.low <= height <= physical.high:
            span = f"{physical.low:g} to {physical.high:g} {physical.unit}"
            table.mistake(key, f"{height:g} is not possible for {rule.quantity} ({span})", "is the unit right?")
    elif height < 0 or (height == 0 and rule.kind is not RuleKind.MISSING):
        table.mistake(key, f"{height:g} is not possible for a {rule.kind.value}", _LEAST[rule.kind is RuleKind.MISSING])
    elif rule.kind in _IN_MINUTES and height > 7 * 24 * 60:
        table.mistake(key, f"{height:g} minutes are longer than a week", "is the unit right?")
