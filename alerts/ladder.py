"""A rule made concrete for one datastream: the rungs it can reach, in the quantity's own unit."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from config.rule_plan import Rule, RuleKind, RuleLevel
from core.errors import ConfigError
from core.freshness import REST_SILENCE, lowest_threshold
from core.levels import Level, threshold_of
from core.model import Datastream, Reporting
from core.quantities import QUANTITIES
from core.units import convert

_DECIMALS = 6
"""Thresholds are rounded to this many places, so that 2.7 − 0.3 is the 2.4 the town wrote."""

_NOTHING = timedelta(0)
_FOR_EVER = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of a ladder: reached at ``raise_at``, left beyond ``clear_at`` (the quantity's unit).

    ``own`` says that the height is the station's own threshold, not a number in the rule.
    """

    level: Level
    raise_at: float
    clear_at: float
    hold: timedelta
    clear_hold: timedelta
    own: bool


@dataclass(frozen=True, slots=True)
class Rest:
    """An event-driven gauge at rest: strictly between these heights it may be silent for ``silence``."""

    above: float
    below: float
    silence: timedelta


@dataclass(frozen=True, slots=True)
class Ladder:
    """What a rule means at one datastream; ``rungs`` run from the lowest level to the highest.

    ``sign`` is 1 for a rising rule and −1 for a falling one: every comparison is made on ``value × sign``.
    ``digest`` changes with anything that changes a result, and with nothing else. ``rest`` is None for a gauge that
    reports at a regular interval. ``confirms``: a level that was told as unconfirmed is told again once it is confirmed.
    ``lowest_raise`` (times ``sign``) is what every value reaches that reaches any rung.
    """

    rungs: tuple[Rung, ...]
    sign: int
    min_samples: int
    max_gap: timedelta
    stale_after: timedelta
    digest: str
    rest: Rest | None = None
    confirms: bool = False
    lowest_raise: float = field(init=False, compare=False)

    def __post_init__(self) -> None:
        lowest = min((rung.raise_at * self.sign for rung in self.rungs), default=math.inf)
        object.__setattr__(self, "lowest_raise", lowest)  # reckoned once: it is asked for every sample of a winter

    def rung(self, level: Level) -> Rung | None:
        """The rung of that level, None where the ladder has none."""
        return next((rung for rung in self.rungs if rung.level == level), None)

    @property
    def lowest_clear(self) -> float:
        """The height beyond which no rung is held."""
        return min(self.rungs, key=lambda rung: rung.clear_at * self.sign).clear_at

    def silence_allowed(self, value: float | None) -> timedelta:
        """How long the evidence holds after ``value``: longer only for a gauge at rest that has left every rung."""
        rest = self.rest
        if rest is None or value is None or not rest.above < value < rest.below:
            return self.stale_after
        cleared = not self.rungs or value * self.sign < self.lowest_clear * self.sign
        return rest.silence if cleared else self.stale_after


def build_ladder(rule: Rule, stream: Datastream) -> Ladder | None:
    """The ladder of ``rule`` at ``stream``; None where no rung exists there.

    A rung without a number takes the station's own threshold of its level (a falling rule takes ``low``);
    a threshold the town has not set is simply a rung that does not exist. Rungs of a forecast are minutes to go, those of
    silence minutes beyond what is allowed. Raises ConfigError where the rule's unit does not fit its quantity.
    """
    if rule.kind is RuleKind.MISSING:
        return _silence_ladder(rule, stream)
    sign = -1 if _falls(rule) else 1
    found = (_rung(rule, level, stream, sign) for level in sorted(rule.levels, key=lambda level: level.level))
    rungs = tuple(rung for rung in found if rung is not None)
    if rule.kind is RuleKind.FORECAST:
        rungs = _forecast_rungs(rule, stream, rungs)
    if not rungs:
        return None
    max_gap = rule.max_gap or 2 * stream.expected_interval
    facts: tuple[object, ...] = (rungs, sign, rule.min_samples, max_gap, stream.stale_after)
    rest = _rest(stream) if rule.kind is RuleKind.LEVEL else None
    # A level at a regular gauge has no part that a program before this one did not know: its state goes on.
    known = facts if rest is None else (*facts, rest)
    digest = _digest(known + _peculiar(rule, stream))
    return Ladder(rungs, sign, rule.min_samples, max_gap, stream.stale_after, digest=digest, rest=rest)


def group_ladder(rule: Rule, members: Sequence[tuple[Datastream, Ladder]], clear_at: Sequence[float]) -> Ladder:
    """The ladder of several gauges as one, on the scale of the first; its rungs are left at ``clear_at``."""
    _, first = members[0]
    rungs = tuple(replace(rung, clear_at=height) for rung, height in zip(first.rungs, clear_at, strict=True))
    stale_after = max(stream.stale_after for stream, _ in members)
    max_gap = max(ladder.max_gap for _, ladder in members)
    parts = sorted((stream.key, ladder.digest) for stream, ladder in members)
    digest = _digest((rungs, parts, stale_after, max_gap, rule.confirmation))
    return replace(
        first, rungs=rungs, max_gap=max_gap, stale_after=stale_after, digest=digest, rest=None, confirms=True
    )


def pair_ladder(rule: Rule, upstream: Datastream, downstream: Datastream) -> Ladder | None:
    """The ladder of a blockage: it may be silent, and have gaps, as long as the slower of both ends."""
    ladders = [ladder for stream in (upstream, downstream) if (ladder := build_ladder(rule, stream)) is not None]
    if len(ladders) < 2:
        return None
    stale_after, max_gap = max(each.stale_after for each in ladders), max(each.max_gap for each in ladders)
    digest = _digest((ladders[0].digest, ladders[1].digest, upstream.key, downstream.key))
    return replace(ladders[0], stale_after=stale_after, max_gap=max_gap, digest=digest)


def forecast_height(rule: Rule, stream: Datastream) -> float | None:
    """The height a forecast reckons to: the station's own of ``toward``, of a falling rule its ``low``."""
    if rule.direction == "falling":
        return stream.thresholds.low
    return None if rule.toward is None else threshold_of(rule.toward, stream.thresholds)


def _falls(rule: Rule) -> bool:
    """Whether less is worse: below a falling rule's heights, and with fewer minutes to go."""
    return rule.kind is RuleKind.FORECAST or (rule.kind is RuleKind.LEVEL and rule.direction == "falling")


def _peculiar(rule: Rule, stream: Datastream) -> tuple[object, ...]:
    """What changes results of this kind of rule beside its rungs."""
    if rule.kind is RuleKind.LEVEL:
        return ("suspects",) if rule.suspects else ()
    facts = (rule.kind.value, rule.direction, rule.window, rule.floor, rule.horizon, rule.suspects)
    height = forecast_height(rule, stream) if rule.kind is RuleKind.FORECAST else None
    return (*facts, height, stream.limits.noise)


def _forecast_rungs(rule: Rule, stream: Datastream, rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
    """The lowest rung is left only where the forecast goes well beyond the horizon, so that it does not flutter there."""
    if not rungs or forecast_height(rule, stream) is None or rule.horizon is None:
        return ()
    beyond = 1.5 * rule.horizon.total_seconds() / 60
    return (replace(rungs[0], clear_at=max(rungs[0].clear_at, beyond)), *rungs[1:])


def _silence_ladder(rule: Rule, stream: Datastream) -> Ladder | None:
    """Rungs of silence are reached at their minutes and left by a good sample alone; they themselves are never silent."""
    rungs = tuple(
        Rung(level.level, level.raise_at or 0.0, 0.0, _NOTHING, level.clear_hold, own=False)
        for level in sorted(rule.levels, key=lambda level: level.level)
    )
    if not rungs:
        return None
    max_gap = rule.max_gap or 2 * stream.expected_interval
    holds = [level.hold for level in rule.levels]
    digest = _digest((rungs, holds, max_gap, stream.stale_after, _rest(stream), "missing"))
    return Ladder(rungs, 1, 1, max_gap, _FOR_EVER, digest=digest)


def _rest(stream: Datastream) -> Rest | None:
    """When the gauge is at rest (``core.freshness.at_rest``); None where it never is."""
    lowest = lowest_threshold(stream.thresholds)
    if stream.reporting is not Reporting.EVENT or lowest is None:
        return None
    low = stream.thresholds.low
    return Rest(-math.inf if low is None else low, lowest, max(stream.stale_after, REST_SILENCE))


def _rung(rule: Rule, level: RuleLevel, stream: Datastream, sign: int) -> Rung | None:
    own = level.raise_at is None
    raise_at = (
        _own_threshold(rule, level.level, stream, sign) if level.raise_at is None else _in_unit(rule, level.raise_at)
    )
    if raise_at is None:
        return None
    clear_at = round(raise_at - sign * _in_unit(rule, level.clear_margin), _DECIMALS)
    return Rung(level.level, round(raise_at, _DECIMALS), clear_at, level.hold, level.clear_hold, own)


def _own_threshold(rule: Rule, level: Level, stream: Datastream, sign: int) -> float | None:
    if rule.kind is not RuleKind.LEVEL:
        return None
    return stream.thresholds.low if sign < 0 else threshold_of(level, stream.thresholds)


def _in_unit(rule: Rule, value: float) -> float:
    if rule.kind is RuleKind.FORECAST:
        return value
    try:
        return convert(value, rule.unit.removesuffix("/h"), QUANTITIES[rule.quantity].unit)
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"rule {rule.id}: unit {rule.unit!r} does not fit the quantity {rule.quantity!r}",
            hint="write the heights in the unit of the quantity",
        ) from error


def _digest(facts: tuple[object, ...]) -> str:
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:16]
