"""The stations of the night: every device of the site tells its quantities at its interval, in its own format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.model import Site
from core.model import Datastream, Station, StationId, StationKind
from core.quantities import QUANTITIES
from core.units import convert
from ingest.devices import MODELS
from ingest.playing import Planned
from ingest.simulate import chance, frames, water
from ingest.simulate.night_time import NightTime
from ingest.simulate.weather import SNOW_MM_PER_CM, SnowCover, Weather

FASTEST_REPORT = timedelta(seconds=2)
"""However fast the night runs, a device does not report more often, on the wall."""

_HOUR = timedelta(hours=1)
Source = Callable[[float], float]
"""The true value of a quantity at an hour of the night, in its canonical unit; asked in order of time."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A datastream, what it would read, and every how many messages of its device it is told."""

    stream: Datastream
    source: Source
    every: int


def device_plans(site: Site, weather: Weather, time: NightTime, begin: float) -> list[Iterator[Planned]]:
    """One endless plan per device, from hour ``begin`` on, each in order of time."""
    scene = _Scene(site, weather, begin)
    devices: dict[str, list[Datastream]] = {}
    for stream in site.datastreams:
        devices.setdefault(stream.device, []).append(stream)
    return [_device_plan(device, streams, scene, time) for device, streams in devices.items()]


def status_plan(site: Site, at: datetime) -> Iterator[Planned]:
    """The devices that speak Yukimori's own format say that they are online."""
    for device in dict.fromkeys(str(stream.device) for stream in site.datastreams if stream.model not in MODELS):
        yield Planned(at, f"yukimori/{site.id}/{device}/status", b"online")


def _device_plan(device: str, streams: Sequence[Datastream], scene: _Scene, time: NightTime) -> Iterator[Planned]:
    interval = max(min(stream.expected_interval for stream in streams), FASTEST_REPORT * time.speed) / _HOUR
    kept = [Kept(one, scene.source(one), max(1, round(one.expected_interval / _HOUR / interval))) for one in streams]
    phase = chance.unit(scene.seed, device, "phase")
    count = 0
    while True:
        hour = scene.begin + (count + phase) * interval
        # Every source is asked each time: snow covers move forward with their device.
        told = [(one.stream, one.source(hour)) for one in kept]
        due = [pair for pair, one in zip(told, kept, strict=True) if count % one.every == 0]
        if due:
            yield _message(scene, device, time, hour, count, due)
        count += 1


def _message(
    scene: _Scene, device: str, time: NightTime, hour: float, count: int, told: Sequence[tuple[Datastream, float]]
) -> Planned:
    at = time.instant(hour)
    model = told[0][0].model
    values = [_measured(stream, value, by_distance=model in MODELS) for stream, value in told]
    if model is not None and model in MODELS:
        out = frames.uplink(scene.seed, device, at, count, frames.sensor_frame(model, values))
    else:
        out = frames.native_reading(scene.site.id, device, at, values)
    return Planned(at, out.topic, out.payload)


def _measured(stream: Datastream, value: float, *, by_distance: bool) -> frames.Measured:
    """The value as the device has it: rounded, or as a distance from its mount down to the surface."""
    quantity = QUANTITIES[stream.quantity]
    if by_distance and stream.mount_height_cm is not None:
        surface_mm = convert(value - stream.offset, quantity.unit, "mm")
        return frames.Measured("distance", max(0.0, 10.0 * stream.mount_height_cm - surface_mm), "mm")
    return frames.Measured(quantity.slug, round(value - stream.offset, quantity.decimals), quantity.unit)


class _Scene:
    """Which source every datastream has."""

    def __init__(self, site: Site, weather: Weather, begin: float) -> None:
        self.site, self.begin, self.seed = site, begin, weather.seed
        self._weather = weather
        self._stations = {station.id: station for station in site.stations}
        self._reaches = _reaches(site.stations)
        self._rivers = [station.id for station in site.stations if station.kind is StationKind.RIVER]
        self._sources: dict[str, Callable[[Datastream, Station], Source]] = {
            "snow_depth": self._snow_depth,
            "snowfall_1h": self._snowfall,
            "precipitation_1h": self._precipitation,
            "air_temperature": self._temperature,
            "channel_level": self._channel,
            "water_level": self._river,
            "battery": self._battery,
            "battery_voltage": self._voltage,
        }

    def source(self, stream: Datastream) -> Source:
        """The true value of the datastream by hour, kept inside what the gauge can read."""
        make = self._sources.get(stream.quantity, _middle_of_range)
        truth = make(stream, self._stations[stream.station])
        return lambda hour: min(stream.range_max, max(stream.range_min, truth(hour)))

    def _snow_depth(self, stream: Datastream, station: Station) -> Source:
        """A cover that stands just under the station's 注意 level when the live part begins."""
        mark = stream.thresholds.caution or 60.0 + 0.25 * _elevation_m(station)
        standing = mark * (0.86 + 0.12 * chance.unit(self.seed, stream.key))
        cover = SnowCover(self._weather, catch=_catch(station), begin=self.begin, depth_at_0=standing)
        ceiling = 0.9 * (stream.mount_height_cm or stream.range_max)

        def depth(hour: float) -> float:
            noise = 0.7 * chance.wander(20.0 * hour, self.seed, stream.key, "noise")
            return min(ceiling, cover.advance(hour) + noise)

        return depth

    def _snowfall(self, _stream: Datastream, station: Station) -> Source:
        catch = _catch(station)
        return lambda hour: self._weather.snowfall(hour - 1.0, hour) * catch

    def _precipitation(self, _stream: Datastream, _station: Station) -> Source:
        return lambda hour: self._weather.snowfall(hour - 1.0, hour) * SNOW_MM_PER_CM

    def _temperature(self, _stream: Datastream, station: Station) -> Source:
        elevation = _elevation_m(station)
        return lambda hour: self._weather.temperature(hour, elevation)

    def _channel(self, stream: Datastream, station: Station) -> Source:
        reach = self._reaches.get(station.id, water.Reach(0, 0))
        return lambda hour: water.channel_level(hour, reach, stream.thresholds, self.seed, stream.key)

    def _river(self, stream: Datastream, station: Station) -> Source:
        place = self._rivers.index(station.id) if station.id in self._rivers else 1
        return lambda hour: water.river_level(hour, place, stream.thresholds, self.seed, stream.key)

    def _battery(self, stream: Datastream, _station: Station) -> Source:
        full = 97.0 - 8.0 * chance.unit(self.seed, stream.key)
        return lambda hour: full - 0.02 * max(0.0, hour)

    def _voltage(self, stream: Datastream, _station: Station) -> Source:
        return lambda hour: 12.6 + 0.1 * chance.wander(hour, self.seed, stream.key)


def _middle_of_range(stream: Datastream, _station: Station) -> Source:
    return lambda _hour: (stream.range_min + stream.range_max) / 2.0


def _elevation_m(station: Station) -> float:
    return 100.0 if station.elevation_m is None else station.elevation_m


def _catch(station: Station) -> float:
    """More snow falls higher up: a tenth more every hundred metres."""
    return 0.9 + 0.001 * _elevation_m(station)


def _reaches(stations: Sequence[Station]) -> dict[StationId, water.Reach]:
    """Channel gauges by line (the ``river`` column), in the order of the file, which is the flow's.

    Lines with an upper and a lower gauge come first: theirs is the blockage to be seen.
    """
    lines: dict[str, list[StationId]] = {}
    for station in stations:
        if station.kind is StationKind.CHANNEL:
            lines.setdefault(station.river or station.id, []).append(station.id)
    ordered = sorted(lines.values(), key=lambda gauges: len(gauges) < 2)
    return {
        gauge: water.Reach(line, place) for line, gauges in enumerate(ordered) for place, gauge in enumerate(gauges)
    }
