"""A target for an instance whose rule or datastream is gone, so that its end can still be told."""

from __future__ import annotations

from datetime import timedelta

from alerts.ladder import Ladder
from alerts.targets import Target
from config.model import Site
from config.rule_plan import Rule
from core.model import Datastream, DeviceId, Position, Station, StationId, StationKind
from core.quantities import QUANTITIES
from store.alert_rows import InstanceRow


def stand_in(site: Site, row: InstanceRow) -> Target:
    """What is still known of the instance, with its id in place of every name that is gone."""
    places, _, quantity = row.target.rpartition("/")
    place = places.partition("+")[0]  # of a pair or a group the first
    station = next((known for known in site.stations if known.id == place), _station(site, StationId(place)))
    stream = next((known for known in site.datastreams if known.key == row.target), _stream(station, quantity))
    rule = next((known for known in site.rules if known.id == row.rule), _rule(row, quantity))
    nothing = timedelta(0)
    return Target(site, rule, station, stream, Ladder((), 1, 1, nothing, nothing, ""), name=row.target)


def _station(site: Site, place: StationId) -> Station:
    middle = Position((site.bounds.west + site.bounds.east) / 2, (site.bounds.south + site.bounds.north) / 2)
    return Station(id=place, kind=StationKind.WEATHER, name_ja=place, name_en=place, position=middle)


def _stream(station: Station, quantity: str) -> Datastream:
    known = QUANTITIES[quantity]
    return Datastream(
        station=station.id,
        quantity=quantity,
        device=DeviceId(""),
        expected_interval=timedelta(0),
        stale_after=timedelta(0),
        range_min=known.low,
        range_max=known.high,
    )


def _rule(row: InstanceRow, quantity: str) -> Rule:
    return Rule(
        id=row.rule,
        title_ja=row.rule,
        title_en=row.rule,
        quantity=quantity,
        unit=QUANTITIES[quantity].unit,
        direction="rising",
        stations=frozenset(),
        levels=(),
        min_samples=1,
        max_gap=None,
        version=row.rule_version,
    )
