"""While the Meteorological Agency has a warning in force, a gauge that falls silent matters more.

A silent gauge of something that rises to 警戒 or above by a rule of the town is 注意 on a calm day. During a warning (警報 or graver) of
what it measures it is 警戒 at any hour: there is nobody to see the water, and it may be rising. Nothing else changes by a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerts.dispatch_matters import Matter
from config.model import Site
from config.rule_plan import Rule, RuleClass, RuleState
from core.levels import Level
from core.model import Station, StationKind
from core.weather_warnings import FLOOD_HAZARDS, SNOW_HAZARDS, WeatherHazard, WeatherWarning, weather_warning_active

RAISED_TO = Level.WARNING

_HAZARDS: Mapping[StationKind, Collection[WeatherHazard]] = {
    StationKind.SNOW: SNOW_HAZARDS,
    StationKind.RIVER: FLOOD_HAZARDS,
    StationKind.CHANNEL: SNOW_HAZARDS | FLOOD_HAZARDS,
}
_WHY_JA = "気象庁の警報が発表中のため、「警戒」として扱います。"
_WHY_EN = "Treated as “warning” while a warning of the Meteorological Agency is in force."


def with_weather(
    site: Site, matters: Sequence[Matter], warnings: Iterable[WeatherWarning], now: datetime
) -> list[Matter]:
    """The matters, those of silent gauges raised where a warning of what they measure is in force at ``now``."""
    standing = tuple(warnings)
    return [
        _raised(matter) if standing and _matters_more(site, matter, standing, now) else matter for matter in matters
    ]


def in_force(warnings: Iterable[WeatherWarning], now: datetime) -> frozenset[StationKind]:
    """The kinds of station whose silence matters more at ``now``."""
    standing = tuple(warnings)
    return frozenset(kind for kind in _HAZARDS if weather_warning_active(standing, _HAZARDS[kind], now=now))


def _matters_more(site: Site, matter: Matter, warnings: tuple[WeatherWarning, ...], now: datetime) -> bool:
    station = matter.station
    if not matter.missing or not matter.firing or matter.level >= RAISED_TO or station is None:
        return False
    hazards = _HAZARDS.get(station.kind, ())
    return weather_warning_active(warnings, hazards, now=now) and _is_important(site, station)


def _is_important(site: Site, station: Station) -> bool:
    """Whether a rule of what is measured, in force and up to 警戒 or above, watches the station."""
    quantities = {stream.quantity for stream in site.datastreams if stream.station == station.id}
    return any(rule.quantity in quantities and _watches(rule, station) for rule in site.rules)


def _watches(rule: Rule, station: Station) -> bool:
    if rule.rule_class is not RuleClass.MEASUREMENT or rule.state is not RuleState.ACTIVE:
        return False
    if not any(rung.level >= RAISED_TO for rung in rule.levels):
        return False
    return (
        (not rule.stations or station.id in rule.stations)
        and (not rule.station_kinds or station.kind in rule.station_kinds)
        and (not rule.rivers or station.river in rule.rivers)
        and (not rule.keepers or station.keeper in rule.keepers)
    )


def _raised(matter: Matter) -> Matter:
    return replace(
        matter,
        level=RAISED_TO,
        reach=max(matter.reach, RAISED_TO),
        schedule=(),
        raised=True,
        body=_worded(matter.body, matter.level),
    )


def _worded(body: Mapping[str, Any], before: Level) -> dict[str, Any]:
    """The texts with the level it is treated as, and why."""
    said = dict(body) | {"level": RAISED_TO.slug}
    for key, old, new in (
        ("subject_ja", f"【{before.label_ja}】", f"【{RAISED_TO.label_ja}】"),
        ("subject_en", f"[{before.slug.capitalize()}]", f"[{RAISED_TO.slug.capitalize()}]"),
    ):
        said[key] = str(said.get(key, "")).replace(old, new, 1)
    for key, why in (("text_ja", _WHY_JA), ("text_en", _WHY_EN)):
        said[key] = f"{said.get(key, '')}\n{why}".lstrip()
    return said
