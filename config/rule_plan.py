"""What ``rules/<id>.toml`` says: the kinds of alert rules, their rungs, schedules and confirmations."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum

from core.levels import Level
from core.model import StationId, StationKind

FORECAST_TOLD = 2.0
"""A forecast beyond so many horizons is told as so far: nobody believes one beyond the horizon anyway."""


class RuleKind(StrEnum):
    """What a rule compares with its rungs.

    ``level``: the value itself. ``rate``: the rise (falling rule: the fall) an hour over ``window``. ``forecast``: the
    minutes until the value reaches the station's own threshold of ``toward``. ``snowfall``: how far the depth has risen
    above its lowest within ``window``. ``blockage``: how far upstream rose and downstream fell within ``window``, the
    smaller of the two. ``missing``: no evidence for longer than the reporting mode allows.
    """

    LEVEL = "level"
    RATE = "rate"
    FORECAST = "forecast"
    SNOWFALL = "snowfall"
    BLOCKAGE = "blockage"
    MISSING = "missing"


class RuleState(StrEnum):
    """Drafts are only tested, shadow rules are evaluated and logged but tell nobody, active ones tell."""

    DRAFT = "draft"
    SHADOW = "shadow"
    ACTIVE = "active"


class RuleClass(StrEnum):
    """What an alert is about: something measured, or the health of the system. Health never mutes a measurement."""

    MEASUREMENT = "measurement"
    HEALTH = "health"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLevel:
    """One rung of a rule.

    ``raise_at`` is a number in the rule's unit, or None for the station's own threshold of that level
    (``low`` for a falling rule);
    the rung clears below ``raise_at - clear_margin`` (above it plus margin where the rule is falling).
    ``hold`` and ``clear_hold`` are durations in covered event time. ``proposes`` is the 警戒レベル (3 to 5) the rung
    proposes to a person, rivers only; None proposes nothing.
    """

    level: Level
    raise_at: float | None
    clear_margin: float
    hold: timedelta
    clear_hold: timedelta
    proposes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleWindow:
    """When a rule tells: from ``begin`` to before ``end`` (Asia/Tokyo) on these days (0 is Monday).

    Where ``end`` is not after ``begin`` the window goes over midnight and belongs to the day it began on.
    """

    days: frozenset[int]
    begin: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """k-of-n: ``needed`` stations have to have reached a rung within ``within`` of each other.

    ``radius_km`` limits the group to stations that near to the first; None takes all the rule watches. Fewer live
    stations than ``needed``, or fewer that agree, tell staff at once, marked 未確認; they propose nothing to residents.
    """

    needed: int
    within: timedelta
    radius_km: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An alert rule (``rules/<id>.toml``). ``version`` is a hash of its meaning.

    ``direction`` is ``rising`` or ``falling``; ``stations`` empty means every station with the quantity, narrowed by
    ``station_kinds``, ``rivers`` and ``keepers`` where they are not empty. ``max_gap`` is the longest interval between
    samples that counts as covered (None: twice the datastream's expected interval).

    ``unit`` is that of ``raise_at``: the quantity's (level, snowfall, blockage), the quantity's an hour (rate: ``cm/h``),
    ``min`` (forecast, missing). ``window`` belongs to rate, forecast, snowfall and blockage; a rate counts only where the
    value is at least ``floor`` (None: anywhere). ``horizon`` is the longest forecast believed, ``toward`` the level it
    reckons to. ``pairs`` are (upstream, downstream) stations of a blockage. ``inhibits`` are rules that are not told at a
    station while this one fires there. ``schedule`` empty means always. ``suspects`` lets suspect values be evidence.
    """

    id: str
    title_ja: str
    title_en: str
    quantity: str
    unit: str
    direction: str
    stations: frozenset[StationId]
    levels: tuple[RuleLevel, ...]
    min_samples: int
    max_gap: timedelta | None
    version: str
    kind: RuleKind = RuleKind.LEVEL
    state: RuleState = RuleState.ACTIVE
    station_kinds: frozenset[StationKind] = frozenset()
    rivers: frozenset[str] = frozenset()
    keepers: frozenset[str] = frozenset()
    window: timedelta | None = None
    floor: float | None = None
    horizon: timedelta | None = None
    toward: Level | None = None
    pairs: tuple[tuple[StationId, StationId], ...] = ()
    confirmation: Confirmation | None = None
    schedule: tuple[ScheduleWindow, ...] = ()
    inhibits: frozenset[str] = field(default_factory=frozenset)
    suspects: bool = False

    @property
    def rule_class(self) -> RuleClass:
        """Health where the rule watches over the gauge, measurement where it watches over what is measured."""
        return RuleClass.HEALTH if self.kind is RuleKind.MISSING else RuleClass.MEASUREMENT
