"""The snow gauges of a town as what falls on its roads is reckoned from them: where they stand, and what they read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.model import Site
from core.model import Quality
from gis.metres import to_metres
from store import Store
from store.rows import Registry

SNOW_DEPTH = "snow_depth"
USABLE = (Quality.GOOD, Quality.NOT_EVALUATED)
"""Suspect values are shown to people, but no snowfall is reckoned from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A station that measures the depth of snow.

    ``east`` and ``north`` are metres in the site's plane zone, ``noise_cm`` how much two readings of the same snow differ, ``stale_after`` the
    silence after which it is not asked any more.
    """

    station: str
    name_ja: str
    name_en: str
    east: float
    north: float
    elevation_m: float | None
    noise_cm: float
    stale_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What a gauge read, in order of time: ``at`` and ``depth_cm`` of the usable values; ``left_out`` counts the others."""

    gauge: Gauge
    at: tuple[datetime, ...]
    depth_cm: tuple[float, ...]
    left_out: int = 0

    def until(self, now: datetime) -> Readings:
        """Those up to ``now``, as they were known then."""
        kept = sum(at <= now for at in self.at)
        return Readings(gauge=self.gauge, at=self.at[:kept], depth_cm=self.depth_cm[:kept], left_out=self.left_out)


def gauges_of(site: Site) -> tuple[Gauge, ...]:
    """The stations of the site with a depth of snow, in the order of its folder."""
    stations = {station.id: station for station in site.stations}
    found = []
    for stream in site.datastreams:
        if stream.quantity != SNOW_DEPTH:
            continue
        station = stations[stream.station]
        east, north = to_metres(site.plane_epsg).transform(station.position.lon, station.position.lat)
        found.append(
            Gauge(
                station=station.id,
                name_ja=station.name_ja,
                name_en=station.name_en,
                east=east,
                north=north,
                elevation_m=station.elevation_m,
                noise_cm=stream.limits.noise,
                stale_after=stream.stale_after,
            )
        )
    return tuple(found)


def read_gauges(
    store: Store, registry: Registry, gauges: Sequence[Gauge], since: datetime, until: datetime
) -> tuple[Readings, ...]:
    """What these gauges read in [since, until], one query for all of them."""
    numbers = {registry.datastreams[f"{gauge.station}/{SNOW_DEPTH}"]: gauge for gauge in gauges}
    samples = store.samples(list(numbers), since, until)
    found = []
    for number, gauge in numbers.items():
        usable = [
            (sample.at, sample.value)
            for sample in samples[number]
            if sample.quality in USABLE and sample.value is not None
        ]
        found.append(
            Readings(
                gauge=gauge,
                at=tuple(at for at, _ in usable),
                depth_cm=tuple(value for _, value in usable),
                left_out=len(samples[number]) - len(usable),
            )
        )
    return tuple(found)
