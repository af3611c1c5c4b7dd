"""What a rule of each kind measures, in words: its name, a value with its unit, the height of a rung."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from alerts.ladder import Rung, forecast_height
from alerts.targets import Target
from config.rule_plan import Rule, RuleKind
from core.levels import Level
from core.quantities import Quantity

# The official names of the heights at a river gauge (国土交通省 水害・土砂災害の防災情報に関する用語).
_RIVER_HEIGHTS = {
    Level.STANDBY: ("水防団待機水位", "flood-fighter standby level"),
    Level.CAUTION: ("氾濫注意水位", "flood caution level"),
    Level.WARNING: ("避難判断水位", "evacuation judgement level"),
    Level.DANGER: ("氾濫危険水位", "flood danger level"),
}
_UNITS_JA = {"degC": "℃"}
_UNITS_EN = {"degC": "°C"}


class Said(NamedTuple):
    """The same in Japanese and in English."""

    ja: str
    en: str


def height(target: Target, value: float | None) -> Said:
    """A height in the quantity's own unit; 「不明」 where there is none."""
    return _height(target.quantity, value)


def _height(quantity: Quantity, value: float | None) -> Said:
    if value is None:
        return Said("不明", "unknown")
    number = f"{value:.{quantity.decimals}f}"
    unit_ja, unit_en = _UNITS_JA.get(quantity.unit, quantity.unit), _UNITS_EN.get(quantity.unit, quantity.unit)
    return Said(f"{number} {unit_ja}", f"{number} {unit_en}")


def measure(target: Target, value: float | None) -> Said:
    """What the rule found, with its unit: a height, a height an hour, minutes."""
    return measured(target.rule, target.quantity, value)


def measured(rule: Rule, quantity: Quantity, value: float | None) -> Said:
    """What a rule found of a quantity, with its unit; 「不明」 where there is no value."""
    kind = rule.kind
    if value is None:
        return Said("不明", "unknown")
    if kind is RuleKind.FORECAST:
        return Said(f"あと約{value:.0f}分", f"in about {value:.0f} min")
    if kind is RuleKind.MISSING:
        return Said(f"{max(value, 0.0):.0f}分超過", f"{max(value, 0.0):.0f} min overdue")
    if kind is RuleKind.RATE:
        decimals = quantity.decimals + 1
        unit = quantity.unit
        return Said(
            f"1時間に {value:.{decimals}f} {_UNITS_JA.get(unit, unit)}",
            f"{value:.{decimals}f} {_UNITS_EN.get(unit, unit)}/h",
        )
    return _height(quantity, value)


def name(target: Target) -> Said:
    """What is measured: the quantity, or what the rule makes of it."""
    return name_of(target.rule, target.quantity)


def name_of(rule: Rule, quantity: Quantity) -> Said:
    """What a rule measures of a quantity."""
    kind = rule.kind
    ja, en = quantity.label_ja, quantity.label_en
    if kind is RuleKind.RATE:
        falls = rule.direction == "falling"
        return Said(f"{ja}の{'低下' if falls else '上昇'}", f"{en}, {'fall' if falls else 'rise'}")
    if kind is RuleKind.FORECAST:
        return Said(f"{ja}の予測", f"{en}, forecast")
    if kind is RuleKind.SNOWFALL:
        span = _span(rule.window)
        return Said(f"{span.ja}降雪量", f"Snowfall in {span.en}")
    if kind is RuleKind.BLOCKAGE:
        return Said(f"{ja}（上流の上昇・下流の低下）", f"{en} (rising upstream, falling downstream)")
    if kind is RuleKind.MISSING:
        return Said(f"{ja}のデータ", f"Data of {en[0].lower()}{en[1:]}")
    return Said(ja, en)


def called(target: Target, level: Level, *, own: bool) -> Said:
    """What the height of a level is called; ``own``: it is the station's, which at rivers has an official name."""
    if (
        own
        and target.stream.quantity == "water_level"
        and level in _RIVER_HEIGHTS
        and target.rule.direction != "falling"
    ):
        return Said(*_RIVER_HEIGHTS[level])
    return Said(f"「{level.label_ja}」の基準", f"threshold of “{level.slug}”")


def aim(target: Target) -> Said:
    """What the height a forecast reckons to is called."""
    return called(target, target.rule.toward or Level.DANGER, own=True)


def aim_height(target: Target) -> Said:
    """The height a forecast reckons to."""
    return height(target, forecast_height(target.rule, target.stream))


def rung_height(target: Target, rung: Rung) -> Said:
    """What a rung asks for, with the side it is reached from."""
    kind = target.rule.kind
    if kind is RuleKind.FORECAST:
        minutes, goal, at = f"{rung.raise_at:.0f}", aim(target), aim_height(target)
        return Said(f"{minutes} 分以内に {goal.ja} {at.ja}", f"within {minutes} min of the {goal.en}, {at.en}")
    if kind is RuleKind.MISSING:
        minutes = f"{rung.raise_at:.0f}"
        return Said(
            f"報告の間隔から見て {minutes} 分を超える遅れ", f"more than {minutes} min beyond its way of reporting"
        )
    asked = measure(target, rung.raise_at)
    less = target.ladder.sign < 0
    return Said(f"{asked.ja} {'以下' if less else '以上'}", f"{asked.en} {'or less' if less else 'or more'}")


def _span(window: timedelta | None) -> Said:
    minutes = round((window or timedelta(hours=1)).total_seconds() / 60)
    if minutes % 60:
        return Said(f"{minutes}分間", f"{minutes} min")
    return Said(f"{minutes // 60}時間", f"{minutes // 60} h")
