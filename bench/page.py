"""The public map in headless Chromium: bytes and seconds of the first load, outside requests, frames a second.

First load: the example site with its layers published, its flood depths replaced by 50 000 areas, and a value on every
station, served by the real ``yukimori serve``, opened five times by a browser that has nothing kept. Bytes are those that came over the wire,
bodies as compressed and heads of answers, until a second after the page was usable. Usable is: the first snapshot was taken in (the
freshness bar says so and the banner no longer loads), the stations are painted on their canvas, and one more frame
was shown; the seconds count from the start of the navigation. A request to another origin than ours, whatever became of
it, is an outside request.

Frames: a made-up town of 500 stations and 60 ploughs on the same 50 000 areas. Each second all stations report through broker, collector,
database and stream, and all ploughs are moved on in the table of public places, which the page has by the same stream (``bench.moving_town``), while ``requestAnimationFrame`` is counted for ten seconds.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from bench import machinery
from bench.flood_mesh import write_flood_mesh
from bench.measurement import Measurement, quantile
from bench.moving_town import moving
from bench.rows import present_state, site_number
from bench.sites import write_site
from config import load_site

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VIEWPORT = ViewportSize(width=1280, height=800)
LOADS = 5
AREAS = 50_000
STATIONS = 500
PLOUGHS = 60
FRAMES_S = 10.0
AFTERWARDS_MS = 1_000

# Looks each frame; what costs (reading back the canvas) only once the cheap signs are there.
_WATCH = """
window.benchUsableMs = new Promise((usable, given_up) => {
  const look = () => {
    if (applied() && painted()) requestAnimationFrame(() => usable(performance.now()));
    else if (performance.now() > 30_000) given_up(new Error("not usable within 30 s"));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
});
const applied = () => {
  const state = document.getElementById("freshness")?.dataset.state;
  const level = document.getElementById("banner")?.dataset.level;
  return state === "receiving" && level !== undefined && level !== "loading";
};
const painted = () => {
  const canvas = document.querySelector(".leaflet-stations-pane canvas");
  if (!canvas || !canvas.width) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value) => value !== 0);
};
"""

_COUNT_FRAMES = """
(lasting) => new Promise((done) => {
  const times = [];
  const frame = (time) => {
    times.push(time);
    if (time - times[0] < lasting) requestAnimationFrame(frame);
    else done(times);
  };
  requestAnimationFrame(frame);
})
"""

_VERSION = "async () => (await import('/static/js/world.js')).world.version"
_ALL_THERE = """
async (vehicles) => {
  const { world } = await import('/static/js/world.js');
  while (world.vehicles.size < vehicles) await new Promise((next) => requestAnimationFrame(next));
}
"""


def measure(folder: Path, scale: float) -> list[Measurement]:
    """The page measurements; ``scale`` shortens the counting of frames."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            return [*_first_load(folder / "example", browser), *_frames(folder / "town", browser, scale)]
        finally:
            browser.close()


def _first_load(folder: Path, browser: Browser) -> list[Measurement]:
    folder.mkdir()
    site = folder / "site"
    shutil.copytree(machinery.ROOT / "config" / "example", site)
    write_flood_mesh(site / "layers" / "data" / "flood_depth.geojson", AREAS)
    _publish(site, folder)
    with machinery.database(folder) as dsn:
        present_state(dsn, load_site(site))
        with machinery.served(folder, site, dsn) as port:
            _load(browser, port)  # makes the pages and compresses the files; whoever comes first pays that
            loads = [_load(browser, port) for _ in range(LOADS)]
    return [
        Measurement("page_first_load", statistics.median(load.wire_bytes for load in loads), "bytes", at_most=400_000),
        Measurement("page_requests", statistics.median(load.requests for load in loads), "requests"),
        Measurement("page_usable_median", statistics.median(load.usable_s for load in loads), "s", at_most=2),
        Measurement("page_usable_max", max(load.usable_s for load in loads), "s"),
        Measurement("page_outside_requests", sum(load.outside for load in loads), "requests", at_most=0),
    ]


def _publish(site: Path, folder: Path) -> None:
    build = [sys.executable, "-m", "app", "layers", "build", "--site", str(site), "--data", str(folder / "data")]
    subprocess.run(build, cwd=machinery.ROOT, check=True, stdout=subprocess.DEVNULL)


class _Load:
    """One opening of the page, watched through the browser's own network log."""

    def __init__(self, page: Page, address: str) -> None:
        self.wire_bytes = 0
        self.requests = 0
        self.outside = 0
        self._own = urlsplit(address).netloc
        network = page.context.new_cdp_session(page)
        network.on("Network.requestWillBeSent", self._sent)
        network.on("Network.responseReceived", self._answered)
        network.on("Network.dataReceived", self._data)
        network.send("Network.enable")
        page.add_init_script(_WATCH)
        page.goto(address)
        self.usable_s = page.evaluate("window.benchUsableMs") / 1000
        page.wait_for_timeout(AFTERWARDS_MS)
        network.detach()

    def _sent(self, event: dict[str, Any]) -> None:
        place = urlsplit(event["request"]["url"])
        self.requests += place.scheme in ("http", "https")
        self.outside += place.scheme not in ("data", "blob") and place.netloc != self._own

    def _answered(self, event: dict[str, Any]) -> None:
        self.wire_bytes += max(0, event["response"].get("encodedDataLength", 0))  # the head of the answer

    def _data(self, event: dict[str, Any]) -> None:
        self.wire_bytes += event["encodedDataLength"]


def _load(browser: Browser, port: int) -> _Load:
    with _page(browser) as page:
        return _Load(page, f"http://127.0.0.1:{port}/")


def _frames(folder: Path, browser: Browser, scale: float) -> list[Measurement]:
    folder.mkdir()
    site = write_site(folder / "site", name="bench", stations=STATIONS, vehicles=PLOUGHS)
    layers, given = site / "layers", machinery.ROOT / "config" / "example" / "layers"
    (layers / "data").mkdir(parents=True)
    shutil.copy(given / "flood_depth.toml", layers)
    write_flood_mesh(layers / "data" / "flood_depth.geojson", AREAS)
    _publish(site, folder)
    with (
        machinery.mosquitto(folder) as broker,
        machinery.database(folder) as dsn,
        machinery.collecting(folder, site, dsn, broker),
        machinery.served(folder, site, dsn) as port,
        moving(broker, dsn, "bench", site_number(dsn, load_site(site)), STATIONS, PLOUGHS),
        _page(browser) as page,
    ):
        page.goto(f"http://127.0.0.1:{port}/#layers=flood_depth")
        page.evaluate(_ALL_THERE, PLOUGHS)
        page.wait_for_selector(".leaflet-tile-loaded", state="attached")
        before = page.evaluate(_VERSION)
        times = page.evaluate(_COUNT_FRAMES, max(2.0, FRAMES_S * scale) * 1000)
        changes = page.evaluate(_VERSION) - before
    seconds = (times[-1] - times[0]) / 1000
    gaps = [after - before for before, after in pairwise(times)]
    return [
        Measurement("page_frames", (len(times) - 1) / seconds, "frames/s", at_least=30),
        Measurement("page_frame_gap_p99", quantile(gaps, 0.99), "ms"),
        Measurement("page_frame_gap_max", max(gaps), "ms"),
        Measurement("page_changes", changes / seconds, "changes/s"),
    ]


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=VIEWPORT, locale="ja-JP")
    try:
        yield context.new_page()
    finally:
        context.close()
