"""The pages in a real browser: a small server that speaks Yukimori's API, and Chromium."""

from __future__ import annotations

import json
import math
import mimetypes
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from playwright.sync_api import Error as PlaywrightError

from config.model import Site
from core.times import format_rfc3339
from gis.catalogue import PublishedLayer
from gis.hazard_folder import PublishedHazards
from maps import STATIC, build_list, build_page, static_version, station_page
from maps.gsi_tiles import image_hosts
from maps.hazard_document import words_document
from maps.hazard_service import report_at
from maps.notes_page import notes_page
from maps.playback_page import playback_page
from maps.roads_page import RoadsWish, roads_page
from maps.sign_in_page import sign_in_page

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
        self.scene: Any = None
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
            elif path.startswith(("/api/hazard", "/hazard-words.")):
                self._hazard(handler, path)
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
            roads = (scene.roads, json.loads((self.layers / "roads.geojson").read_bytes()))
            body = build_list(
                self.site, scene.snapshot(), language, asset_version=version, shelters=shelters, roads=roads
            )
        elif path == "/playback":
            now = format_rfc3339(scene.now)
            kind = "text/html"
            body = playback_page(self.site, self.catalogue, language, now=now, asset_version=version)
        elif path == "/notes":
            kind, body = "text/html", notes_page(self.site, language, asset_version=version)
        elif path == "/sign-in":
            kind, body = "text/html", sign_in_page(self.site, language, asset_version=version)
        elif path == "/roads":
            kind, body = "text/html", self._roads(scene, language, handler.path)
        elif path.startswith("/station/"):
            feature = scene.station(path.removeprefix("/station/"))
            kind = "text/html"
            now = format_rfc3339(scene.now)
            body = station_page(self.site, feature, language, now=now, asset_version=version)
        else:
            self._send(handler, 404, "text/plain", b"not here")
            return
        self._send(handler, 200, f"{kind}; charset=utf-8", body.encode())

    def _roads(self, scene: Any, language: Any, address: str) -> str:
        query = parse_qs(urlsplit(address).query)
        wish = RoadsWish(text=query.get("q", [""])[0], age=query.get("age", [""])[0], late="late" in query)
        lines = json.loads((self.layers / "roads.geojson").read_bytes())
        now = format_rfc3339(scene.now)
        return roads_page(self.site, scene.roads, lines, language, now=now, asset_version=static_version(), wish=wish)

    def _hazard(self, handler: BaseHTTPRequestHandler, path: str) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        register = query["lang"] if "lang" in query else path.split(".")[1]
        known = PublishedHazards(self.layers, self.site.plane_epsg).now()
        content: Any = words_document(self.site, known.catalogue, register)
        if path == "/api/hazard":
            scene = self._scene()
            stations = scene.stations["features"]
            place = (float(query["lon"]), float(query["lat"]))
            content = report_at(
                known, content, *place, plane_epsg=self.site.plane_epsg, stations=stations, states={}, now=scene.now
            ) | {"generated_at": format_rfc3339(scene.now), "stale": False}
        self._send(handler, 200, "application/json", json.dumps(content).encode())

    def _api(self, handler: BaseHTTPRequestHandler, path: str) -> None:
        scene = self._scene()
        if not scene.answering:
            self._send(handler, 503, "text/plain", b"away")
            return
        if path == "/api/staff/playback":
            self._night(handler, scene)
            return
        if path.endswith("/series"):
            query = parse_qs(urlsplit(handler.path).query)
            scene.series_asked.append(handler.path)
            content = series(path.split("/")[3], query["quantity"][0], scene)
        else:
            content = {
                "stations": scene.stations,
                "vehicles": scene.vehicles,
                "alerts": scene.alerts,
                "shelters": shelters(scene),
                "roads/state": scene.roads | {"now": format_rfc3339(scene.now)},
                "exercise": {"running": None},
                "closures": {"closures": [], "stale": False, "generated_at": format_rfc3339(scene.now)},
                "announcements": {"announcements": [], "stale": False, "generated_at": format_rfc3339(scene.now)},
                "session": {"person": None, "lacks": None, "csrf": None},
            }[path[5:]]
        self._send(handler, 200, "application/json", json.dumps(content).encode())

    def _night(self, handler: BaseHTTPRequestHandler, scene: Any) -> None:
        if handler.headers.get("Authorization") != f"Bearer {scene.key}":
            self._send(handler, 401, "application/problem+json", b'{"title": "Unauthorized"}')
            return
        scene.nights_asked.append(handler.path)
        self._send(handler, 200, "application/json", json.dumps(scene.night).encode())

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

    def _scene(self) -> Any:
        assert self.scene is not None, "a test must set the scene first"
        return self.scene

    def _head(
        self, handler: BaseHTTPRequestHandler, status: int, kind: str, more: dict[str, str] | None = None
    ) -> None:
        handler.send_response(status)
        policy = POLICY.replace("blob:", " ".join(("blob:", *image_hosts(self.site))))
        # Scripts and style sheets stay as they are while tests run; windows that are kept need them once.
        keeping = "max-age=3600" if handler.path.startswith("/static/") else "no-cache"
        headers = {"Content-Type": kind, "Content-Security-Policy": policy, "Cache-Control": keeping}
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


def shelters(scene: Any) -> dict[str, Any]:
    """What was said, one feature each; where they lie the pages know from the layers."""
    features = [{"type": "Feature", "properties": {"id": state["id"], "state": state}} for state in scene.shelters]
    return {"type": "FeatureCollection", "features": features, "generated_at": format_rfc3339(scene.now)}


def series(station: str, quantity: str, scene: Any) -> dict[str, Any]:
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
def serve(server: Server) -> Iterator[Callable[[Any], str]]:
    """Sets the scene and answers the server's address."""

    def start(scene: Any) -> str:
        server.scene = scene
        return server.address

    yield start
    if server.scene is not None:
        server.scene.hang_up()
        server.scene = None


class Watched:
    """A page and all it did wrong: errors, console complaints, violations of the policy, outside requests."""

    def __init__(self, page: Page, address: str, expected: Sequence[str]) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        self.expected = expected
        page.on("console", self._console)
        page.on("pageerror", self._error)
        page.on("request", self._request)

    def close_eyes(self) -> None:
        """What happens in the window from now on is of another test."""
        self.page.remove_listener("console", self._console)
        self.page.remove_listener("pageerror", self._error)
        self.page.remove_listener("request", self._request)

    def _error(self, error: PlaywrightError) -> None:
        self.complaints.append(f"error: {error}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"outside request: {request.url}")

    @property
    def unexpected(self) -> list[str]:
        """What nobody foresaw; ``expected`` holds parts of complaints a test provokes on purpose."""
        return [text for text in self.complaints if not any(part in text for part in self.expected)]


class Windows:
    """Browser windows that are kept: a new one, with processes of its own, costs as much as the page in it.

    What a page can leave behind - addresses, cookies, storage, routes, size, media, the pointer - is undone when a
    window is given back. One with a clock or a script of the test's own cannot be undone and is not to be given back.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._kept: dict[str, list[Page]] = {}

    def take(self, options: dict[str, Any]) -> Page:
        """A window of these options on an empty page."""
        kept = self._kept.get(repr(sorted(options.items())))
        return kept.pop() if kept else self._browser.new_context(**options).new_page()

    def give_back(self, page: Page, options: dict[str, Any]) -> None:
        """Keep it for the next test; a window that cannot be cleaned is closed."""
        try:
            self._clean(page, options)
        except PlaywrightError:
            page.context.close()
        else:
            self._kept.setdefault(repr(sorted(options.items())), []).append(page)

    @staticmethod
    def _clean(page: Page, options: dict[str, Any]) -> None:
        context = page.context
        page.unroute_all(behavior="ignoreErrors")
        page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
        page.goto("about:blank")
        for other in context.pages:
            if other is not page:
                other.close()
        session = context.new_cdp_session(page)
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        session.detach()
        context.clear_cookies()
        page.set_viewport_size(options["viewport"])
        motion, scheme = options.get("reduced_motion", "no-preference"), options.get("color_scheme", "light")
        page.emulate_media(reduced_motion=motion, color_scheme=scheme)
        page.mouse.move(0, 0)

    def close(self) -> None:
        for page in (page for pages in self._kept.values() for page in pages):
            page.context.close()


@pytest.fixture(scope="session")
def windows(chromium: Browser) -> Iterator[Windows]:
    """The windows of the whole run."""
    kept = Windows(chromium)
    yield kept
    kept.close()


@pytest.fixture
def look(windows: Windows, serve: Callable[[Any], str]) -> Iterator[Callable[..., Watched]]:
    """Opens a page on a scene and waits until it is live; every complaint fails the test at its end.

    ``own`` is for a test that leaves a script in its window: nobody else gets that one.
    """
    opened: list[tuple[Watched, dict[str, Any] | None]] = []

    def open_page(
        scene: Any,
        path: str = "/",
        *,
        live: bool = True,
        clock: bool = False,
        block: str | None = None,
        own: bool = False,
        expected: Sequence[str] = (),
        **options: Any,
    ) -> Watched:
        address = serve(scene)
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "ja-JP", **options}
        page = windows.take(options)
        page.set_default_timeout(10_000)
        if clock:
            page.clock.install()
        if block:
            page.route(block, lambda route: route.abort())
        watched = Watched(page, address, expected)
        opened.append((watched, None if own or clock or block else options))
        page.goto(address + path)
        if live:
            page.wait_for_selector("#freshness[data-state=receiving], #freshness[data-state=polling]")
        return watched

    yield open_page
    for watched, options in opened:
        watched.close_eyes()
        if options is None:
            watched.page.context.close()
        else:
            windows.give_back(watched.page, options)
    assert [watched.unexpected for watched, _ in opened] == [[] for _ in opened]
