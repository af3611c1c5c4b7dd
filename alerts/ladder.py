"""A rule made concrete for one datastream: the rungs it can reach, in the quantity's own unit."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from config.model import Site
from config.rule_plan import Rule, RuleLevel
from core.errors import ConfigError
from core.freshness import REST_SILENCE, lowest_threshold
from core.levels import Level, threshold_of
from core.model import Datastream, Reporting
from core.quantities import QUANTITIES
from core.units import convert

_DECIMALS = 6
"""Thresholds are rounded to this many places, so that 2.7 − 0.3 is the 2.4 the town wrote."""


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
    reports at a regular interval.
    """

    rungs: tuple[Rung, ...]
    sign: int
    min_samples: int
    max_gap: timedelta
    stale_after: timedelta
    digest: str
    rest: Rest | None = None

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
    a threshold the town has not set is simply a rung that does not exist.
    Raises ConfigError where the rule's unit does not fit its quantity.
    """
    sign = -1 if rule.direction == "falling" else 1
    found = (_rung(rule, level, stream, sign) for level in sorted(rule.levels, key=lambda level: level.level))
    rungs = tuple(rung for rung in found if rung is not None)
    if not rungs:
        return None
    max_gap = rule.max_gap or 2 * stream.expected_interval
    facts = (rungs, sign, rule.min_samples, max_gap, stream.stale_after)
    rest = _rest(stream)
    # A regular gauge has no part that a program before this one did not know: its state goes on.
    return Ladder(*facts, digest=_digest(facts if rest is None else (*facts, rest)), rest=rest)


def ladders(site: Site) -> Iterator[tuple[Rule, Datastream, Ladder]]:
    """Every rule at every datastream it watches, where it has at least one rung."""
    for rule in site.rules:
        for stream in site.datastreams:
            if not _watches(rule, stream):
                continue
            ladder = build_ladder(rule, stream)
            if ladder is not None:
                yield rule, stream, ladder


def _rest(stream: Datastream) -> Rest | None:
    """When the gauge is at rest (``core.freshness.at_rest``); None where it never is."""
    lowest = lowest_threshold(stream.thresholds)
    if stream.reporting is not Reporting.EVENT or lowest is None:
        return None
    low = stream.thresholds.low
    return Rest(-math.inf if low is None else low, lowest, max(stream.stale_after, REST_SILENCE))


def _watches(rule: Rule, stream: Datastream) -> bool:
    return rule.quantity == stream.quantity and (not rule.stations or stream.station in rule.stations)


def _rung(rule: Rule, level: RuleLevel, stream: Datastream, sign: int) -> Rung | None:
    own = level.raise_at is None
    raise_at = _own_threshold(level.level, stream, sign) if level.raise_at is None else _in_unit(rule, level.raise_at)
    if raise_at is None:
        return None
    clear_at = round(raise_at - sign * _in_unit(rule, level.clear_margin), _DECIMALS)
    return Rung(level.level, round(raise_at, _DECIMALS), clear_at, level.hold, level.clear_hold, own)


def _own_threshold(level: Level, stream: Datastream, sign: int) -> float | None:
    return stream.thresholds.low if sign < 0 else threshold_of(level, stream.thresholds)


def _in_unit(rule: Rule, value: float) -> float:
    try:
        return convert(value, rule.unit, QUANTITIES[rule.quantity].unit)
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"rule {rule.id}: unit {rule.unit!r} does not fit the quantity {rule.quantity!r}",
            hint="write the heights in the unit of the quantity",
        ) from error


def _digest(facts: tuple[object, ...]) -> str:
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:16]
