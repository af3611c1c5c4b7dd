"""What a site's rules are about: each rule at each datastream, pair or group of datastreams it watches."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from alerts.ladder import Ladder, build_ladder, forecast_height, group_ladder, pair_ladder
from alerts.signals.blockage import BlockageSignal
from alerts.signals.forecast import ForecastSignal
from alerts.signals.group import GroupSignal, Member, on_scale
from alerts.signals.missing import MissingSignal
from alerts.signals.rate import RateSignal
from alerts.signals.signal import LevelSignal, Signal
from alerts.signals.snowfall import SnowfallSignal
from alerts.signals.trend import resolution
from config.model import Site
from config.rule_plan import Confirmation, Rule, RuleKind
from core.errors import ConfigError
from core.model import Datastream, Position, Station, StationId
from core.quantities import QUANTITIES, Quantity

_EARTH_KM = 6371.0088  # mean radius of the IUGG


@dataclass(frozen=True, slots=True)
class Target:
    """What an instance is about: a rule at a datastream of a station, or at several that begin with that one.

    ``also`` are the other datastreams. ``signal`` is None where the values themselves are judged. ``name`` is empty where
    the key of the one datastream is the target's.
    """

    site: Site
    rule: Rule
    station: Station
    stream: Datastream
    ladder: Ladder
    also: tuple[Datastream, ...] = ()
    signal: Signal | None = None
    name: str = ""

    @property
    def quantity(self) -> Quantity:
        """The row of the quantity that is watched."""
        return QUANTITIES[self.stream.quantity]

    @property
    def key(self) -> str:
        """What episodes call it: ``station/quantity``, ``up+down/quantity`` or ``first+group/quantity``."""
        return self.name or self.stream.key

    @property
    def streams(self) -> tuple[Datastream, ...]:
        """Every datastream whose samples it needs, the first one first."""
        return (self.stream, *self.also)

    @property
    def reads(self) -> Signal:
        """The signal its ladder is held against."""
        return self.signal or LevelSignal(self.stream.key)


def instances_of(site: Site, rules: Sequence[Rule] | None = None) -> list[Target]:
    """Every rule (or those given) at everything it watches, in the order of the site's files; drafts too.

    Raises ConfigError where a rule's unit does not fit its quantity.
    """
    return [target for rule in (site.rules if rules is None else rules) for target in _targets(site, rule)]


def watched_by(rule: Rule, site: Site) -> list[Datastream]:
    """The datastreams the selectors of the rule leave, in the order of the site's files."""
    stations = {station.id: station for station in site.stations}
    return [
        stream
        for stream in site.datastreams
        if rule.quantity == stream.quantity and (place := stations.get(stream.station)) and _selects(rule, place)
    ]


def _selects(rule: Rule, station: Station) -> bool:
    return (
        (not rule.stations or station.id in rule.stations)
        and (not rule.station_kinds or station.kind in rule.station_kinds)
        and (not rule.rivers or station.river in rule.rivers)
        and (not rule.keepers or station.keeper in rule.keepers)
    )


def _targets(site: Site, rule: Rule) -> Iterator[Target]:
    streams = watched_by(rule, site)
    if rule.kind is RuleKind.BLOCKAGE:
        yield from _pairs(site, rule, streams)
    elif rule.confirmation is not None and rule.kind is RuleKind.LEVEL:
        yield from _groups(site, rule, rule.confirmation, streams)
    else:
        for stream in streams:
            ladder = build_ladder(rule, stream)
            if ladder is not None:
                signal = _signal(rule, stream)
                yield Target(site, rule, _station(site, stream.station), stream, ladder, signal=signal)


def _signal(rule: Rule, stream: Datastream) -> Signal | None:
    """The signal of a rule at one datastream; None where that is the values themselves."""
    sign = -1 if rule.direction == "falling" else 1
    window = rule.window
    if rule.kind is RuleKind.MISSING:
        return _silence(rule, stream)
    if rule.kind is RuleKind.LEVEL:
        return LevelSignal(stream.key, suspects=True) if rule.suspects else None
    if window is None:
        raise ConfigError(f"rule {rule.id}: a {rule.kind.value} rule needs a window", hint='write window = "1h"')
    if rule.kind is RuleKind.SNOWFALL:
        return SnowfallSignal(stream.key, window)
    if rule.kind is RuleKind.RATE:
        return RateSignal(stream.key, window, resolution(stream), rule.floor, sign, rule.suspects)
    height = forecast_height(rule, stream)
    assert height is not None
    assert rule.horizon is not None
    return ForecastSignal(stream.key, height, window, rule.horizon, resolution(stream), rule.floor, sign)


def _silence(rule: Rule, stream: Datastream) -> MissingSignal:
    """When silence says something: each rung at its minutes, and its hold after them; a longer wait says no less."""
    waits: list[tuple[timedelta, float]] = []
    for level in rule.levels:
        minutes = level.raise_at or 0.0
        waits.append((timedelta(minutes=minutes) + level.hold, minutes))
    waits.sort()
    highest = itertools.accumulate((minutes for _, minutes in waits), max)
    return MissingSignal(stream, tuple((after, minutes) for (after, _), minutes in zip(waits, highest, strict=True)))


def _pairs(site: Site, rule: Rule, streams: Sequence[Datastream]) -> Iterator[Target]:
    by_station = {stream.station: stream for stream in streams}
    for up, down in rule.pairs:
        if up not in by_station or down not in by_station:
            continue
        above, below = by_station[up], by_station[down]
        ladder = pair_ladder(rule, above, below)
        if ladder is None or rule.window is None:
            continue
        signal = BlockageSignal(above.key, below.key, rule.window, above.stale_after, below.stale_after)
        name = f"{up}+{down}/{rule.quantity}"
        yield Target(site, rule, _station(site, up), above, ladder, (below,), signal, name)


def _groups(site: Site, rule: Rule, confirmation: Confirmation, streams: Sequence[Datastream]) -> Iterator[Target]:
    """The one group of the rule: all it watches that have the same rungs as the first, near enough to it."""
    found = [(stream, ladder) for stream in streams if (ladder := build_ladder(rule, stream)) is not None]
    if not found:
        return
    anchor = _station(site, found[0][0].station)
    levels = [rung.level for rung in found[0][1].rungs]
    members = [
        (stream, ladder)
        for stream, ladder in found
        if [rung.level for rung in ladder.rungs] == levels and _is_near(site, anchor, stream, confirmation.radius_km)
    ]
    ladder = group_ladder(rule, members, _left_at(members))
    signal = GroupSignal(
        members=tuple(Member(stream, tuple(rung.raise_at for rung in own.rungs)) for stream, own in members),
        needed=confirmation.needed,
        within=confirmation.within,
        calm_below=ladder.lowest_clear,
        sign=ladder.sign,
        suspects=rule.suspects,
    )
    first, *others = (stream for stream, _ in members)
    name = f"{anchor.id}+group/{rule.quantity}"
    yield Target(site, rule, anchor, first, ladder, tuple(others), signal, name)


def _left_at(members: Sequence[tuple[Datastream, Ladder]]) -> list[float]:
    """The heights at which the group leaves its rungs: where the last of its members does, on the scale of the first."""
    sign, first = members[0][1].sign, members[0][1]
    scale = [rung.raise_at * sign for rung in first.rungs]
    heights = []
    for place in range(len(first.rungs)):
        own = [
            on_scale(ladder.rungs[place].clear_at * sign, [rung.raise_at * sign for rung in ladder.rungs], scale)
            for _, ladder in members
        ]
        heights.append(round(min(own) * sign, 6))
    return heights


def _is_near(site: Site, anchor: Station, stream: Datastream, radius_km: float | None) -> bool:
    here = _station(site, stream.station).position
    return radius_km is None or distance_km(anchor.position, here) <= radius_km


def distance_km(one: Position, other: Position) -> float:
    """The distance over the ground of two points of one region (equirectangular approximation)."""
    east = math.radians(other.lon - one.lon) * math.cos(math.radians((one.lat + other.lat) / 2))
    return _EARTH_KM * math.hypot(east, math.radians(other.lat - one.lat))


def _station(site: Site, station: StationId) -> Station:
    return next(known for known in site.stations if known.id == station)
