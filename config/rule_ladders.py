"""Checks what the ladder of a level rule is at each of its stations: heights in order, each left by a value that can come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from config.fields import Table
from config.mistakes import shown
from config.rule_plan import Rule, RuleLevel
from core.levels import RISING_LEVELS, threshold_of
from core.model import Datastream


def height_at(rule: Rule, rung: RuleLevel, stream: Datastream) -> float | None:
    """Where a level rule reaches a level at a station: the rule's height, else the station's own; None where it has none."""
    if rung.raise_at is not None:
        return rung.raise_at
    return stream.thresholds.low if rule.direction == "falling" else threshold_of(rung.level, stream.thresholds)


def check_ladders(table: Table, rule: Rule, watched: Sequence[Datastream]) -> None:
    """Note a level that at some station lies beyond a graver one, can never be left, or can never be reached."""
    watched = [stream for stream in watched if _is_sound(stream)]
    for number, rung in enumerate(rule.levels, start=1):
        key = f"levels[{number}]"
        for stream in watched:
            said = _never_left(rule, rung, stream)
            if said:
                hint = "quality tests refuse what is outside of a station's range: write a smaller margin"
                table.mistake(f"{key}.clear_at", said, hint)
                break
        missed = [stream.station for stream in watched if _never_reached(rule, rung, stream)]
        if missed:
            hint = "values outside of a station's range are no evidence"
            table.warn(f"{key}.raise_at", f"is outside of what {_list(missed)} can measure: it never fires there", hint)
    _check_order(table, rule, watched)


def _check_order(table: Table, rule: Rule, watched: Sequence[Datastream]) -> None:
    """Heights of the rule and of the station mixed: each must still be graver than the one before."""
    sign = _sign(rule)
    for stream in watched:
        steps = [
            (number, rung, height)
            for number, rung in enumerate(rule.levels, start=1)
            if (height := height_at(rule, rung, stream)) is not None
        ]
        for (_, lower, low), (number, rung, high) in pairwise(steps):
            mixed = (lower.raise_at is None) != (rung.raise_at is None)
            if mixed and high * sign <= low * sign:
                said = f"{rung.level.slug} at {high:g} is not beyond {lower.level.slug} at {low:g} at {shown(stream.station)}"
                table.mistake(f"levels[{number}]", said, "write heights for all levels, or leave them to the stations")
                return


def _is_sound(stream: Datastream) -> bool:
    """Whether the station's row makes sense; where it does not, it says so itself."""
    own = (threshold_of(level, stream.thresholds) for level in RISING_LEVELS)
    known = [height for height in (*own, stream.thresholds.low) if height is not None]
    return stream.range_min < stream.range_max and all(stream.range_min <= each <= stream.range_max for each in known)


def _never_left(rule: Rule, rung: RuleLevel, stream: Datastream) -> str:
    """Why a level that was reached would last for ever; empty where it does not."""
    height, sign = height_at(rule, rung, stream), _sign(rule)
    limit = stream.range_min if sign > 0 else stream.range_max
    if height is None or not stream.range_min <= height <= stream.range_max:
        return ""
    left_at = round(height - sign * rung.clear_margin, 6)
    if left_at * sign > limit * sign:
        return ""
    word = "below" if sign > 0 else "above"
    return f"no value of {shown(stream.station)} lies {word} {left_at:g}: the alert would never end"


def _never_reached(rule: Rule, rung: RuleLevel, stream: Datastream) -> bool:
    """Whether the rule's own height is beyond what the station can send; of the station's own heights its row says so."""
    sign = _sign(rule)
    limit = stream.range_max if sign > 0 else stream.range_min
    return rung.raise_at is not None and rung.raise_at * sign > limit * sign


def _list(stations: Sequence[str]) -> str:
    more = f" and {len(stations) - 3} more" if len(stations) > 3 else ""
    return f"{', '.join(map(shown, stations[:3]))}{more}"


def _sign(rule: Rule) -> int:
    return -1 if rule.direction == "falling" else 1
