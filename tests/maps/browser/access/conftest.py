"""The whole public site of the example town on a bad night: the real server over the real store, and the same as files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copytree
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from playwright.sync_api import ConsoleMessage, Page, Request
from playwright.sync_api import Error as PlaywrightError
from psycopg import conninfo

from app.static_site import EXERCISE, StaticSite
from config.model import Site
from core.levels import Level
from core.model import Observation, Quality, QualityReason
from gis.catalogue import PublishedLayer
from gis.exposure.publish import publish_exposure
from gis.open_data import write_open_data
from store import Store, open_store
from store.alert_rows import EpisodeRow, Evaluation
from store.rows import Batch, Registry
from web import WebServer, WebSettings, create_app

# Partitions are made around the real present, so the town lives in it; its clock stands still all the same.
NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=1)
DESKTOP, PHONE = (1280, 800), (390, 844)


@dataclass
class LiveSite:
    """The served town; ``send`` stores a value, as of minutes ago."""

    address: str
    app: FastAPI
    store: Store
    registry: Registry

    def send(self, key: str, value: float, minutes_ago: float = 1.0) -> None:
        at = NOW - timedelta(minutes=minutes_ago)
        number = self.registry.datastreams[key]
        row = Observation(number, at, value, value, Quality.GOOD, QualityReason.NONE, NOW)
        self.store.append(self.registry.site, Batch(observations=[row], counts={"received": 1}))

    def danger(self, identity: int, target: str, rule: str, value: float) -> None:
        row = EpisodeRow(
            id=UUID(int=identity), rule=rule, target=target, level=Level.DANGER, stale=False, recovering=False,
            opened_at=NOW - timedelta(minutes=9), detected_at=NOW, value=value, peak=value, closed_at=None, outcome=None,
        )  # fmt: skip
        self.store.save_evaluation(self.registry.site, Evaluation(episodes=[row]))


@pytest.fixture(scope="session")
def public_folder(
    tmp_path_factory: pytest.TempPathFactory, town: Site, catalogue: list[PublishedLayer], layers_folder: Path
) -> Path:
    """What the town publishes: layers, basemap, open data."""
    assert catalogue
    folder = tmp_path_factory.mktemp("public")
    copytree(layers_folder, folder / "layers")
    publish_exposure(town, folder / "layers", folder / "exposure", now=NOW)
    write_open_data(town, folder / "layers", folder / "opendata", now=NOW)
    return folder


@pytest.fixture(scope="session")
def live_site(
    tmp_path_factory: pytest.TempPathFactory, postgres_server, template_database, town: Site, public_folder: Path
) -> Iterator[LiveSite]:
    """The town served live, with a day of values and a channel that overflows."""
    with psycopg.connect(postgres_server.dsn, autocommit=True) as admin:
        admin.execute(f"create database access template {template_database} strategy file_copy")
    with open_store(conninfo.make_conninfo(postgres_server.dsn, dbname="access")) as store:
        registry = store.register(town)
        quick = WebSettings(poll_every=timedelta(milliseconds=20), requests_burst=100_000)
        app = create_app(town, store, registry, public_folder=public_folder, clock=lambda: NOW, settings=quick)
        with WebServer(app, "127.0.0.1", 0) as server:
            site = LiveSite(server.address, app, store, registry)
            for minutes_ago in range(5, 1400, 120):
                site.send("river-nyu-lower/water_level", 1.8 - minutes_ago / 2000, minutes_ago)
            site.send("snow-shiyakusho/snow_depth", 118.0)
            site.send("snow-ginzan/snow_depth", 176.0, 200.0)
            site.send("channel-chuo-lower/channel_level", 67.0)
            site.danger(1, "channel-chuo-lower/channel_level", "channel", 67.0)
            app.state.parts.live.refresh()
            yield site


@pytest.fixture(scope="session")
def visitor(live_site: LiveSite) -> Iterator[httpx.Client]:
    """Asks the served town as a browser asks for pages."""
    with httpx.Client(base_url=live_site.address, headers={"Accept": "text/html"}, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def written_site(public_folder: Path, town: Site) -> Path:
    """The same site as files; of the state that comes later only what every page asks for."""
    StaticSite(town, public_folder, lambda: NOW).write_pages()
    told = public_folder / EXERCISE
    told.parent.mkdir()
    told.write_text('{"running": null}', encoding="utf-8")
    return public_folder


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def files_address(written_site: Path) -> Iterator[str]:
    """A plain file server that has the files, and nothing else."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(written_site)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Reader:
    """A browser window that goes from page to page, and every complaint on the way."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str, *, live: bool | None = None) -> Page:
        """The page, once it is live where it has a freshness bar."""
        self.page.goto(self.address + path)
        if live or (live is None and self.page.locator("#pause").count()):
            self.page.wait_for_selector("#freshness[data-state=receiving], #freshness[data-state=copied]")
        return self.page

    def listen(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", self._error)
        self.page.on("request", self._request)

    def close_eyes(self) -> None:
        """What happens in the window from now on is of another test."""
        self.page.remove_listener("console", self._console)
        self.page.remove_listener("pageerror", self._error)
        self.page.remove_listener("request", self._request)

    def _error(self, error: PlaywrightError) -> None:
        self.complaints.append(f"error: {error}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} {self.page.url}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"outside request: {request.url} on {self.page.url}")


@pytest.fixture
def reader(windows: Any, live_site: LiveSite) -> Iterator[Callable[..., Reader]]:
    """Opens a window: ``reader(size, address=…, **options)``; complaints of any page fail the test at its end.

    Violations of the content policy are complaints of the console.
    """
    opened: list[tuple[Reader, dict[str, Any]]] = []

    def open_window(size: tuple[int, int] = DESKTOP, address: str = "", **options: object) -> Reader:
        viewport = {"width": size[0], "height": size[1]}
        settings = {"viewport": viewport, "locale": "ja-JP", "reduced_motion": "reduce", **options}
        page = windows.take(settings)
        page.set_default_timeout(10_000)
        window = Reader(page, address or live_site.address)
        window.listen()
        opened.append((window, settings))
        return window

    yield open_window
    for window, settings in opened:
        window.close_eyes()
        windows.give_back(window.page, settings)
    assert [window.complaints for window, _ in opened] == [[] for _ in opened]
