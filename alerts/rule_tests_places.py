"""The stage of a rule test: gauges made up for it (``[[tests.stations]]``), and the real ones it measures at.

A rule can so be tried without any real station, and with none of those that have no series.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from config import values
from config.fields import Table
from config.model import Site
from config.rule_plan import Rule, RuleState
from core.levels import RISING_LEVELS
from core.model import Datastream, DeviceId, Position, Reporting, Station, StationId, StationKind, Thresholds
from core.quantities import QUANTITIES

_HEIGHT = values.toml_between(-1e6, 1e6)
_KINDS = {
    "water_level": StationKind.RIVER,
    "channel_level": StationKind.CHANNEL,
    "snow_depth": StationKind.SNOW,
    "snowfall_1h": StationKind.SNOW,
}
_SHORTEST_SILENCE = timedelta(minutes=10)


Gauge = tuple[Station, Datastream]


def stage(site: Site, rules: Sequence[str], series: Collection[str], made_up: Sequence[Gauge]) -> Site:
    """The site of a test: these rules (drafts are tried too), and only the gauges that have a series.

    A made-up gauge stands for a real one of the same name.
    """
    own = {stream.key: (station, stream) for station, stream in made_up}
    real = {stream.key: stream for stream in site.datastreams}
    streams = tuple(own[key][1] if key in own else real[key] for key in series)
    stations = {station.id: station for station in site.stations} | {station.id: station for station, _ in made_up}
    known = {rule.id: rule for rule in site.rules}
    return replace(
        site,
        rules=tuple(replace(known[name], state=RuleState.ACTIVE) for name in rules),
        stations=tuple(stations[name] for name in dict.fromkeys(stream.station for stream in streams)),
        datastreams=streams,
    )


def read_made_up(tables: list[Table], rule: Rule, interval: timedelta) -> tuple[Gauge, ...]:
    """The made-up gauges of a test. One with the id of a real station stands for it."""
    found = [_gauge(table, rule, interval) for table in tables]
    keys = [stream.key for _, stream in found]
    for table, key in zip(tables, keys, strict=True):
        if keys.count(key) > 1 and table.sound:
            table.mistake("id", f"{key} stands there twice", "a station measures a quantity once")
    return tuple(found)


def _gauge(table: Table, rule: Rule, interval: timedelta) -> Gauge:
    name = StationId(table.need("id", values.identifier, ""))
    quantity = table.may("quantity", values.one_of(QUANTITIES, "a quantity"), rule.quantity)
    kind = table.may("kind", values.member(StationKind, "a kind of station"), _KINDS.get(quantity, StationKind.WEATHER))
    expected = table.may("expected_interval", values.positive_duration, interval)
    lon = table.may("lon", values.toml_between(120.0, 155.0, "degrees east"), 140.0)
    lat = table.may("lat", values.toml_between(20.0, 46.5, "degrees north"), 38.5)
    station = Station(
        id=name,
        kind=kind,
        name_ja=table.may("name_ja", values.text, str(name)),
        name_en=table.may("name_en", values.text, str(name)),
        position=Position(lon, lat),
        river=table.may("river", values.text, ""),
        keeper=table.may("keeper", values.text, ""),
        fictitious=True,
    )
    physical = QUANTITIES[quantity]
    stream = Datastream(
        station=name,
        quantity=quantity,
        device=DeviceId(f"test-{name}"),
        expected_interval=expected,
        stale_after=table.may("stale_after", values.positive_duration, max(3 * expected, _SHORTEST_SILENCE)),
        range_min=physical.low,
        range_max=physical.high,
        thresholds=_thresholds(table),
        threshold_source="rule test",
        reporting=table.may("reporting", values.member(Reporting, "a way of reporting"), Reporting.REGULAR),
    )
    table.finish()
    return station, stream


def _thresholds(table: Table) -> Thresholds:
    heights = {level.slug: table.may(level.slug, _HEIGHT, None) for level in RISING_LEVELS}
    set_heights = [height for height in heights.values() if height is not None]
    if set_heights != sorted(set(set_heights)):
        table.mistake("", "the thresholds do not rise", "standby < caution < warning < danger")
    return Thresholds(**heights, low=table.may("low", _HEIGHT, None))
