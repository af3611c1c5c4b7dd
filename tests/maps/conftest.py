"""A town to look at: the example site, its layers, and what is known of it on a bad night and on a calm evening."""

from __future__ import annotations

import math
import queue
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pyproj import Transformer

from config import load_site
from config.model import Site
from core.levels import Level, judge
from core.model import Quality, Task
from core.ploughs import BreakReason, Direction, Evidence, Fixes, Gap, Order, Passage
from core.times import format_rfc3339
from gis import publish_basemap, publish_layers
from gis.catalogue import PublishedLayer
from gis.ploughs.age_classes import age_class
from gis.ploughs.network import read_network
from store.alert_rows import EpisodeRow
from store.rows import Sample
from store.tracks import StoredDrive
from web.features import Shapes
from web.playback_document import Night, playback_document

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 15, 1, 42, 15, tzinfo=UTC)

# (value, age in minutes, quality) by datastream; what is not named is calm and fresh.
NIGHT: dict[str, tuple[float | None, float, Quality]] = {
    "snow-shiyakusho/snow_depth": (118.0, 3, Quality.GOOD),
    "snow-tokurako/snow_depth": (131.0, 4, Quality.GOOD),
    "snow-ginzan/snow_depth": (176.0, 6, Quality.SUSPECT),
    "snow-tsuruko/snow_depth": (152.0, 2, Quality.GOOD),
    "snow-ichinono/snow_depth": (163.0, 75, Quality.GOOD),
    "snow-nagisawa/snow_depth": (64.0, 1, Quality.GOOD),
    "snow-tamano/snow_depth": (98.0, 12, Quality.GOOD),
    "river-nyu-upper/water_level": (0.42, 5, Quality.GOOD),
    "river-nyu-lower/water_level": (1.86, 4, Quality.GOOD),
    "river-oboroge/water_level": (0.31, 3, Quality.GOOD),
    "channel-chuo-upper/channel_level": (18.0, 1, Quality.GOOD),
    "channel-chuo-lower/channel_level": (67.0, 1, Quality.GOOD),
    "channel-yokomachi/channel_level": (4.0, 2, Quality.GOOD),
    "weather-shiyakusho/air_temperature": (-6.4, 5, Quality.NOT_EVALUATED),
    "weather-shiyakusho/snowfall_1h": (4.0, 5, Quality.GOOD),
}
CALM_VALUES = {"snow_depth": 24.0, "water_level": 0.30, "channel_level": 20.0, "air_temperature": -2.0}
TASKS = ("plough", "widen", "grade", "haul", "idle", "deice")


@pytest.fixture(scope="session")
def town() -> Site:
    return load_site(ROOT / "config" / "example")


@pytest.fixture(scope="session")
def layers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("layers")


@pytest.fixture(scope="session")
def catalogue(town: Site, layers_folder: Path) -> list[PublishedLayer]:
    published = publish_layers(town, layers_folder)
    publish_basemap(town, layers_folder)
    return published


def stations(site: Site, readings: dict[str, tuple[float | None, float, Quality]]) -> dict[str, Any]:
    """What ``/api/stations`` says; a station absent from ``readings`` has sent nothing."""
    features = [_station(site, station, readings) for station in site.stations]
    return {"type": "FeatureCollection", "features": features, "generated_at": format_rfc3339(NOW)}


def _station(site: Site, station: Any, readings: dict[str, Any]) -> dict[str, Any]:
    streams = [stream for stream in site.datastreams if stream.station == station.id]
    properties = {
        "id": station.id,
        "name": station.name_ja,
        "name_en": station.name_en,
        "kind": station.kind.value,
        "place": station.place,
        "river": station.river,
        "fictitious": station.fictitious,
        "quantities": {stream.quantity: _quantity(stream, readings.get(stream.key)) for stream in streams},
    }
    point = {"type": "Point", "coordinates": [station.position.lon, station.position.lat]}
    return {"type": "Feature", "id": station.id, "geometry": point, "properties": properties}


def _quantity(stream: Any, reading: tuple[float | None, float, Quality] | None) -> dict[str, Any]:
    value, minutes, quality = reading or (None, None, Quality.MISSING)
    level = judge(value, quality, stream.thresholds)
    word = "no_data" if value is None else "unjudged" if level is None else level.slug
    names = ("standby", "caution", "warning", "danger", "low")
    return {
        "value": value,
        "unit": "",
        "at": None if minutes is None else format_rfc3339(NOW - timedelta(minutes=minutes)),
        "age_s": None if minutes is None else int(minutes * 60),
        "stale_after_s": int(stream.stale_after.total_seconds()),
        "expected_interval_s": int(stream.expected_interval.total_seconds()),
        "report_due_at": None,
        "offline_since": None,
        "quality": quality.name.lower(),
        "level": word,
        "thresholds": {name: getattr(stream.thresholds, name) for name in names},
        "threshold_source": stream.threshold_source,
    }


def vehicles(site: Site, step: int = 0) -> dict[str, Any]:
    features = []
    for number, vehicle in enumerate(site.vehicles):
        angle = number * 1.05 + step * 0.05
        properties = {
            "id": vehicle.id,
            "name": vehicle.name_ja,
            "name_en": vehicle.name_en,
            "task": TASKS[number % len(TASKS)],
            "heading_deg": round(math.degrees(angle) % 360, 1),
            "at": format_rfc3339(NOW - timedelta(seconds=4 + number)),
            "age_s": 4,
            "fictitious": vehicle.fictitious,
        }
        point = [140.41 + 0.03 * math.cos(angle), 38.60 + 0.02 * math.sin(angle)]
        geometry = {"type": "Point", "coordinates": point}
        features.append({"type": "Feature", "id": vehicle.id, "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "features": features, "generated_at": format_rfc3339(NOW)}


OVERFLOW = {
    "id": "6d6f2a7e-0000-5000-8000-000000000001",
    "rule": "channel",
    "station": "channel-chuo-lower",
    "quantity": "channel_level",
    "level": "danger",
    "title_ja": "流雪溝の水位上昇",
    "title_en": "Channel level rising",
    "value": 67.0,
    "unit": "cm",
    "kind": "level",
    "opened_at": format_rfc3339(NOW - timedelta(minutes=9)),
    "stale": False,
    "recovering": False,
}


def roads_told(now: datetime = NOW, **states: dict[str, Any]) -> dict[str, Any]:
    """What ``/api/roads/state`` says: roads by id with what differs from no record; none where nothing is published yet."""
    usual = {
        "age_class": "none",
        "clear_since": None,
        "cleared_at": None,
        "age_s": None,
        "share": 0.0,
        "evidence": None,
        "deadline": None,
        "late": False,
        "snow_cm": None,
        "second_pass": None,
        "withheld": False,
    }
    withheld = {"withheld": True}
    roads = {road: withheld if state == withheld else usual | state for road, state in states.items()}
    return {
        "now": format_rfc3339(now),
        "as_of": format_rfc3339(now - timedelta(minutes=10)),
        "step_s": 600,
        "window_s": 86400,
        "remember_s": 1209600,
        "delay_s": 600,
        "stale": False,
        "order": None,
        "notes": {"ja": [], "en": []},
        "withheld": sum(state == withheld for state in roads.values()),
        "roads": roads,
    }


def cleared(minutes_ago: float, **more: Any) -> dict[str, Any]:
    """The state of a road that was cleared so long before ``NOW``."""
    age = timedelta(minutes=minutes_ago)
    at = {"clear_since": format_rfc3339(NOW - age), "cleared_at": format_rfc3339(NOW - age + timedelta(minutes=4))}
    return {
        "age_class": age_class(age).id,
        "age_s": int(age.total_seconds()),
        "share": 1.0,
        "evidence": "signal",
        **at,
        **more,
    }


def ploughing_night(site: Site) -> dict[str, Any]:
    """Six hours of two ploughs as the server sends them: one has a gap of 20 minutes, of the other an hour came late."""
    since, network = NOW - timedelta(hours=6), network_of_site(site)
    roads = [road for road in network.roads.values() if road.code == "1"][:24]
    to_degrees = Transformer.from_crs(network.epsg, 6668, always_xy=True)
    drives, passages = [], []
    for number, vehicle in enumerate(site.vehicles[:2], 1):
        rows, at = [], since + timedelta(minutes=5 * number)
        for road in roads[number - 1 :: 2]:
            if number == 1 and len(passages) == 5:
                at += timedelta(minutes=20)
            began = at
            for metres in range(0, int(road.length_m), 25):
                lon, lat = to_degrees.transform(*road.line.interpolate(metres).coords[0])
                late = number == 2 and timedelta(hours=2) <= at - since < timedelta(hours=3)
                rows.append((at, lon, lat, since + timedelta(hours=3, minutes=10) if late else at))
                at += timedelta(seconds=5)
            passages.append(
                Passage(
                    vehicle=number,
                    road=road.id,
                    direction=Direction.FORWARD,
                    from_m=0.0,
                    to_m=round(road.length_m, 1),
                    began_at=began,
                    ended_at=at - timedelta(seconds=5),
                    task=Task.PLOUGH,
                    evidence=Evidence.SIGNAL,
                    fixes=3,
                )
            )
            at += timedelta(minutes=12)
        drives.append(StoredDrive(number, vehicle.id, *_columns(rows)))
    first = drives[0].fixes
    silent = next(
        index for index in range(1, len(first)) if first.at_us[index] - first.at_us[index - 1] > 1_500_000_000
    )
    gap = Gap(
        vehicle=1,
        began_at=_instant(first.at_us[silent - 1]),
        ended_at=_instant(first.at_us[silent]),
        from_lon=first.lon[silent - 1],
        from_lat=first.lat[silent - 1],
        to_lon=first.lon[silent],
        to_lat=first.lat[silent],
        reason=BreakReason.SILENCE,
    )
    night = Night(
        since=since,
        until=NOW,
        drives=drives,
        gaps=[gap],
        passages=passages,
        samples={"snow-shiyakusho/snow_depth": _snowfall(since)},
        episodes=[_overflow(since)],
        orders=[Order(id="o1", at=since, classes=("1", "2"), by="除雪センター")],
    )
    return playback_document(site, network, Shapes(site), night)


@cache
def _network(site_id: str) -> Any:
    return read_network(load_site(ROOT / "config" / site_id))


def network_of_site(site: Site) -> Any:
    """The network of the example site, read once."""
    return _network(site.folder.name)


def _columns(rows: list[Any]) -> tuple[Fixes, list[int]]:
    fixes = Fixes(
        at_us=[_micro(at) for at, _, _, _ in rows],
        lon=[lon for _, lon, _, _ in rows],
        lat=[lat for _, _, lat, _ in rows],
        speed_kmh=[18.0] * len(rows),
        heading_deg=[None] * len(rows),
        accuracy_m=[5.0] * len(rows),
        task=["plough"] * len(rows),
    )
    return fixes, [_micro(received) for _, _, _, received in rows]


def _snowfall(since: datetime) -> list[Sample]:
    times = [since + timedelta(minutes=10 * number) for number in range(36)]
    return [Sample(at, 90.0 + number, Quality.GOOD, at) for number, at in enumerate(times)]


def _overflow(since: datetime) -> EpisodeRow:
    at = since + timedelta(hours=1)
    ended = at + timedelta(hours=2)
    target = "channel-chuo-lower/channel_level"
    return EpisodeRow(UUID(int=7), "channel", target, Level.DANGER, False, False, at, at, 67.0, 67.0, ended, "resolved")


def _micro(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _instant(micro: int) -> datetime:
    return datetime.fromtimestamp(micro / 1_000_000, UTC)


@dataclass
class Scene:
    """Everything the server says; tests change it before or while a page is open."""

    stations: dict[str, Any]
    vehicles: dict[str, Any]
    alerts: dict[str, Any]
    shelters: list[dict[str, Any]] = field(default_factory=list)
    roads: dict[str, Any] = field(default_factory=roads_told)
    now: datetime = NOW
    streaming: bool = True
    answering: bool = True
    version: int = 7
    listeners: list[queue.Queue[tuple[str, dict[str, Any]] | None]] = field(default_factory=list)
    series_asked: list[str] = field(default_factory=list)
    key: str = "open-sesame"
    night: dict[str, Any] = field(default_factory=dict)
    nights_asked: list[str] = field(default_factory=list)

    def snapshot(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "now": format_rfc3339(self.now),
            "stations": self.stations,
            "vehicles": self.vehicles,
            "alerts": self.alerts,
            "shelters": self.shelters,
        }

    def say(self, shelter: str, status: str, minutes_ago: float = 0.0, **more: Any) -> None:
        """What staff says of a shelter, whole as the server tells it."""
        at = format_rfc3339(self.now - timedelta(minutes=minutes_ago))
        told = {"people": None, "capacity": None, "note_ja": "", "note_en": ""} | more
        others = [state for state in self.shelters if state["id"] != shelter]
        self.shelters = [*others, {"id": shelter, "status": status, "at": at, **told}]

    def push(self, kind: str, **data: Any) -> None:
        if kind == "delta":
            self.version += 1
            data = {"version": self.version, **data}
        message = {"now": format_rfc3339(self.now), **data}
        for listener in list(self.listeners):
            listener.put((kind, message))

    def hang_up(self) -> None:
        for listener in list(self.listeners):
            listener.put(None)

    def station(self, identity: str) -> dict[str, Any]:
        return next(feature for feature in self.stations["features"] if feature["id"] == identity)


def _calm(site: Site) -> dict[str, tuple[float | None, float, Quality]]:
    return {stream.key: (CALM_VALUES.get(stream.quantity, 3.0), 2.0, Quality.GOOD) for stream in site.datastreams}


@pytest.fixture(name="roads_told")
def _roads_told() -> Any:
    return roads_told


@pytest.fixture(name="cleared")
def _cleared() -> Any:
    return cleared


@pytest.fixture(scope="session")
def ploughed(town: Site) -> dict[str, Any]:
    return ploughing_night(town)


@pytest.fixture
def night(town: Site) -> Scene:
    """A winter night: one channel overflows, snow deepens, one gauge is silent, one doubtful, one without data."""
    battery = {key: (88.0, 30.0, Quality.GOOD) for key in _calm(town) if key.endswith("battery")}
    readings = battery | {"snow-ichinono/air_temperature": (-8.1, 75, Quality.GOOD)} | NIGHT
    return Scene(stations(town, readings), vehicles(town), {"open": [dict(OVERFLOW)], "recent": []})


@pytest.fixture
def calm(town: Site) -> Scene:
    """An evening without snowfall: every station fresh, none raised."""
    return Scene(stations(town, _calm(town)), vehicles(town), {"open": [], "recent": []})
