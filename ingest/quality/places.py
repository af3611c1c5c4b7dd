"""Whose readings a verdict also depends on: the nearest thermometer, the snow gauges nearby at a similar elevation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import asin, cos, hypot, radians, sin, sqrt

from config.model import Site
from core.model import Datastream, Position, Station
from ingest.quality.series import Series

AIR_TEMPERATURE = "air_temperature"

LAPSE_DEGC_PER_M = 0.006
"""0.6 °C a 100 m: the standard atmosphere's 6.5 °C a km (ISO 2533:1975), rounded as forecasters in Japan do."""

EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG), good to half a percent of a distance, which is more than the tests ask for."""

THERMOMETER_WITHIN_KM = 30.0
"""Farther away it may be another valley's weather. A local start value."""

SIMILAR_ELEVATION_M = 150.0
"""Within this, about 1 °C, it snows at one place where it snows at the other. A local start value."""


@dataclass(frozen=True, slots=True)
class AirSource:
    """A thermometer; ``elevation_difference_m`` is the gauge's elevation minus its own, None where not known."""

    stream: Datastream
    distance_km: float
    elevation_difference_m: float | None


@dataclass(frozen=True, slots=True)
class NeighbourSource:
    """A gauge nearby; ``elevation_difference_m`` is its elevation minus ours."""

    stream: Datastream
    distance_km: float
    elevation_difference_m: float


@dataclass(frozen=True, slots=True)
class Needed:
    """What must be read beside a datastream to judge it; nothing where none of its tests asks for it."""

    air: AirSource | None = None
    neighbours: tuple[NeighbourSource, ...] = ()


def needed_by(site: Site, stream: Datastream) -> Needed:
    """The surroundings the tests of a datastream ask for."""
    limits = stream.limits
    return Needed(
        air=None if limits.winter_jump is None else air_temperature_source(site, stream),
        neighbours=() if limits.neighbour_difference is None else neighbours_of(site, stream),
    )


def air_temperature_source(site: Site, stream: Datastream) -> AirSource | None:
    """The nearest thermometer, None where there is none within 30 km."""
    places = {station.id: station for station in site.stations}
    here = places[stream.station]
    thermometers = [(other, places[other.station]) for other in site.datastreams if other.quantity == AIR_TEMPERATURE]
    found = [
        AirSource(other, distance_km(here.position, there.position), _elevation_gain(there, here))
        for other, there in thermometers
    ]
    near = [source for source in found if source.distance_km <= THERMOMETER_WITHIN_KM]
    return min(near, key=lambda source: (source.distance_km, source.stream.key), default=None)


def neighbours_of(site: Site, stream: Datastream) -> tuple[NeighbourSource, ...]:
    """The other gauges of the quantity within ``neighbour_km`` whose elevation is known and similar, nearest first."""
    places = {station.id: station for station in site.stations}
    here, within = places[stream.station], stream.limits.neighbour_km
    found = []
    for other in site.datastreams:
        if within is None or other.quantity != stream.quantity or other.station == stream.station:
            continue
        there = places[other.station]
        distance, gain = distance_km(here.position, there.position), _elevation_gain(here, there)
        if distance <= within and gain is not None and abs(gain) <= SIMILAR_ELEVATION_M:
            found.append(NeighbourSource(other, distance, gain))
    return tuple(sorted(found, key=lambda source: (source.distance_km, source.stream.key)))


def at_elevation(air: Series, difference_m: float | None) -> Series:
    """Air temperature brought to a place ``difference_m`` metres higher; as it is where the difference is not known."""
    return air if not difference_m else replace(air, values=air.values - LAPSE_DEGC_PER_M * difference_m)


def distance_km(one: Position, other: Position) -> float:
    """The great-circle distance of two positions in km (haversine)."""
    north, east = radians(other.lat - one.lat) / 2, radians(other.lon - one.lon) / 2
    across = sqrt(cos(radians(one.lat)) * cos(radians(other.lat))) * sin(east)
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, hypot(sin(north), across)))


def _elevation_gain(start: Station, end: Station) -> float | None:
    if start.elevation_m is None or end.elevation_m is None:
        return None
    return end.elevation_m - start.elevation_m
