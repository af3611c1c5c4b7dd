"""A town to look at: the example site, canned facts, and a small server that speaks Yukimori's API."""

from __future__ import annotations

import json
import math
import mimetypes
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config import load_site
from config.model import Site
from core.levels import judge
from core.model import Quality
from core.times import format_rfc3339
from gis import publish_layers
from gis.catalogue import PublishedLayer
from maps import STATIC, build_list, build_page, static_version, station_page

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
    return publish_layers(town, layers_folder)


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
            "kind": vehicle.kind,
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
    "opened_at": format_rfc3339(NOW - timedelta(minutes=9)),
    "stale": False,
    "recovering": False,
}


@dataclass
class Scene:
    """Everything the server says; tests change it before or while a page is open."""

    stations: dict[str, Any]
    vehicles: dict[str, Any]
    alerts: dict[str, Any]
    now: datetime = NOW
    streaming: bool = True
    answering: bool = True
    version: int = 7
    listeners: list[queue.Queue[tuple[str, dict[str, Any]] | None]] = field(default_factory=list)
    series_asked: list[str] = field(default_factory=list)

    def snapshot(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "now": format_rfc3339(self.now),
            "stations": self.stations,
            "vehicles": self.vehicles,
            "alerts": self.alerts,
        }

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


@pytest.fixture
def night(town: Site) -> Scene:
    """A winter night: one channel overflows, snow deepens, one gauge is silent, one doubtful, one without data."""
    battery = {key: (88.0, 30.0, Quality.GOOD) for key in _calm(town) if key.endswith("battery")}
    readings = battery | {"snow-ichinono/air_temperature": (-8.1, 75, Quality.GOOD)} | NIGHT
    return Scene(stations(town, readings), vehicles(town), {"open": [OVERFLOW], "recent": []})


@pytest.fixture
def calm(town: Site) -> Scene:
    """An evening without snowfall: every station fresh, none raised."""
    return Scene(stations(town, _calm(town)), vehicles(town), {"open": [], "recent": []})


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


class Server:
    """The scene over HTTP, under the content policy pages must live with."""

    def __init__(self, site: Site, catalogue: list[PublishedLayer], layers: Path) -> None:
        self.site = site
        self.catalogue = catalogue
        self.layers = layers
        self.scene: Scene | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                server.answer(self)

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        try:
            if path == "/api/stream":
                self._stream(handler)
            elif path.startswith("/api/"):
                self._api(handler, path)
            elif path.startswith(("/static/", "/layers/")):
                self._file(handler, path)
            else:
                self._page(handler, path)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True

    def _page(self, handler: BaseHTTPRequestHandler, path: str) -> None:
        scene = self._scene()
        language = "en" if path.startswith("/en/") else "ja"
        path = path.removeprefix("/en") if language == "en" else path
        version = static_version()
        if path in ("/", "/map.js"):
            page = build_page(self.site, self.catalogue, language, asset_version=version)
            kind, body = ("text/html", page.html) if path == "/" else ("text/javascript", page.script)
        elif path == "/list":
            shelters = [
                (layer.title_ja, json.loads((self.layers / f"{layer.id}.geojson").read_bytes()))
                for layer in self.catalogue
                if layer.kind == "shelters"
            ]
            kind = "text/html"
            body = build_list(self.site, scene.snapshot(), language, asset_version=version, shelters=shelters)
        elif path.startswith("/station/"):
            feature = scene.station(path.removeprefix("/station/"))
            kind = "text/html"
            now = format_rfc3339(scene.now)
            body = station_page(self.site, feature, language, now=now, asset_version=version)
        else:
            self._send(handler, 404, "text/plain", b"not here")
            return
        self._send(handler, 200, f"{kind}; charset=utf-8", body.encode())

    def _api(self, handler: BaseHTTPRequestHandler, path: str) -> None:
        scene = self._scene()
        if not scene.answering:
            self._send(handler, 503, "text/plain", b"away")
            return
        if path.endswith("/series"):
            query = parse_qs(urlsplit(handler.path).query)
            scene.series_asked.append(handler.path)
            content = series(path.split("/")[3], query["quantity"][0], scene)
        else:
            content = {"stations": scene.stations, "vehicles": scene.vehicles, "alerts": scene.alerts}[path[5:]]
        self._send(handler, 200, "application/json", json.dumps(content).encode())

    def _stream(self, handler: BaseHTTPRequestHandler) -> None:
        scene = self._scene()
        if not scene.streaming:
            self._send(handler, 503, "text/plain", b"no streams here")
            return
        mailbox: queue.Queue[tuple[str, dict[str, Any]] | None] = queue.Queue()
        scene.listeners.append(mailbox)
        self._head(handler, 200, "text/event-stream")
        handler.close_connection = True
        message: tuple[str, dict[str, Any]] | None = ("snapshot", scene.snapshot())
        try:
            while message is not None:
                kind, data = message
                text = f"id: {data.get('version', '')}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"
                handler.wfile.write(text.encode())
                handler.wfile.flush()
                message = mailbox.get()
        finally:
            scene.listeners.remove(mailbox)

    def _file(self, handler: BaseHTTPRequestHandler, path: str) -> None:
        root = STATIC if path.startswith("/static/") else self.layers
        file = root / path.split("/", 2)[2]
        if not file.is_file():
            self._send(handler, 404, "text/plain", b"no such file")
            return
        body = file.read_bytes()
        wanted = handler.headers.get("Range")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if wanted is None:
            self._send(handler, 200, kind, body)
            return
        first, last = (int(part) for part in wanted.removeprefix("bytes=").split("-"))
        part = body[first : last + 1]
        extent = {"Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(body)}"}
        self._send(handler, 206, kind, part, extent)

    def _scene(self) -> Scene:
        assert self.scene is not None, "a test must set the scene first"
        return self.scene

    def _head(
        self, handler: BaseHTTPRequestHandler, status: int, kind: str, more: dict[str, str] | None = None
    ) -> None:
        handler.send_response(status)
        headers = {"Content-Type": kind, "Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        for name, value in (headers | (more or {})).items():
            handler.send_header(name, value)
        if kind == "text/event-stream":
            handler.send_header("Connection", "close")
            handler.end_headers()

    def _send(
        self,
        handler: BaseHTTPRequestHandler,
        status: int,
        kind: str,
        body: bytes,
        more: dict[str, str] | None = None,
    ) -> None:
        self._head(handler, status, kind, more)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def series(station: str, quantity: str, scene: Scene) -> dict[str, Any]:
    """A day at ten minutes that ends in the present value, with a gap and a doubtful hour."""
    latest = scene.station(station)["properties"]["quantities"][quantity]
    end = datetime.fromisoformat(latest["at"]) if latest["at"] else None
    count = 144 if end else 0
    last = latest["value"] or 0.0
    t, value, quality = [], [], []
    for index in range(count):
        back = count - 1 - index
        if 60 <= back < 72:
            continue
        t.append(int(end.timestamp()) - 600 * back)
        wave = math.sin(back / 9) * 0.05 - back / 260
        value.append(round(last * (1 + wave), 2) if back else last)
        quality.append("suspect" if 100 <= back < 106 else "good")
    return {
        "station": station,
        "quantity": quantity,
        "unit": "",
        "step_s": None,
        "columns": ["t", "value", "low", "high", "quality"],
        "t": t,
        "value": value,
        "low": [round(number * 0.97, 2) for number in value],
        "high": [round(number * 1.03, 2) for number in value],
        "quality": quality,
    }


@pytest.fixture(scope="session")
def server(town: Site, catalogue: list[PublishedLayer], layers_folder: Path) -> Iterator[Server]:
    running = Server(town, catalogue, layers_folder)
    yield running
    running.close()


@pytest.fixture
def serve(server: Server) -> Iterator[Callable[[Scene], str]]:
    """Sets the scene and answers the server's address."""

    def start(scene: Scene) -> str:
        server.scene = scene
        return server.address

    yield start
    if server.scene is not None:
        server.scene.hang_up()
        server.scene = None
