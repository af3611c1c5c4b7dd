"""The published folder on a plain file server, with everything else stopped, in a real browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from config import load_site
from core.times import format_rfc3339, utc_now
from ingest.messages import Message
from ingest.pipeline import Pipeline
from store import open_store

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.db]

ROOT = Path(__file__).resolve().parents[2]
BELOW = "/city/bousai/yuki/"
"""The site lies somewhere below a web server of others."""

LAYERS = ("boundary", "roads", "flood_depth", "shelters_emergency")


class Plain(SimpleHTTPRequestHandler):
    """A file server that knows ranges, and no folder's index: every address has to name its file."""

    protocol_version = "HTTP/1.1"
    later = timedelta(0)
    ranges = 0

    def log_message(self, *_: object) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        moment = datetime.fromtimestamp(timestamp, utc_now().tzinfo) if timestamp else utc_now() + Plain.later
        return format_datetime(moment, usegmt=True)

    def list_directory(self, path: object) -> None:
        self.send_error(403)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        file = Path(self.directory, path.removeprefix(BELOW))
        if not path.startswith(BELOW) or not file.is_file():
            return self.send_error(404)
        content = file.read_bytes()
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if wanted:
            first, last = int(wanted[1]), min(int(wanted[2]), len(content) - 1)
            Plain.ranges += 1
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
            content = content[first : last + 1]
        else:
            self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        return None


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory, postgres_server, template_database, copy_example: Callable[..., Path]
) -> Path:
    """The example town as published from a real store; when it is handed out, nothing of Yukimori runs any more."""
    work = tmp_path_factory.mktemp("static")
    town = copy_example(work / "site", LAYERS)
    with psycopg.connect(postgres_server.dsn, autocommit=True) as admin:
        admin.execute(f"create database static_site template {template_database} strategy file_copy")
        dsn = urlsplit(postgres_server.dsn)._replace(path="/static_site").geturl()
        site = load_site(town)
        with open_store(dsn) as store:
            registry = store.register(site)
            store.append(registry.site, Pipeline(site, registry).handle_all(_readings()))
        places = ["--site", town, "--data", work / "data", "--out", work / "www"]
        subprocess.run(
            [sys.executable, "-m", "app", "publish", "--once", *places],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": dsn},
            check=True,
            timeout=120,
        )
        admin.execute("drop database static_site with (force)")
    return work / "www"


def _readings() -> list[Message]:
    bodies = [
        {
            "at": format_rfc3339(utc_now() - timedelta(minutes=age)),
            "quantity": "snow_depth",
            "value": value,
            "unit": "cm",
        }
        for age, value in ((32, 128.0), (22, 130.0), (12, 131.0), (2, 133.0))
    ]
    topic = b"yukimori/obanazawa/snow-01/reading"
    return [Message(topic, json.dumps(body).encode(), utc_now(), 1) for body in bodies]


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    Plain.later, Plain.ranges = timedelta(0), 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: Plain(*given, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A page that must not complain, ask another host, or ask for a file that is not there."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="ja-JP", timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.set_default_timeout(10_000)
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on(
        "request",
        lambda asked: wrong.append(asked.url) if not asked.url.startswith((address, "data:", "blob:")) else None,
    )
    yield page
    context.close()
    assert wrong == []


COPIED = "#freshness[data-state=copied]"


def test_map_list_and_station_work_from_any_folder_of_a_plain_file_server(page, address):
    page.goto(f"{address}{BELOW}index.html")
    page.wait_for_selector(COPIED)
    expect(page.locator("#freshness-text")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d の写し ・ "))
    expect(page.locator("#banner")).to_have_attribute("data-level", re.compile("partly|caution|unknown"))
    page.locator('[data-station="snow-shiyakusho"]').click()
    expect(page.locator("#detail .huge").first).to_contain_text("133")
    page.locator("#detail .chart .u-over").wait_for()
    page.get_by_role("link", name="観測所のページ").click()
    page.wait_for_url("**/station/snow-shiyakusho/index.html")
    page.wait_for_selector(COPIED)
    page.locator(".chart .u-over").first.wait_for()
    page.locator("[data-hours='168']").first.click()
    page.locator(".chart .u-over").first.wait_for()
    rows = page.request.get(page.locator("a.csv").first.evaluate("link => link.href")).text()
    assert rows.count("snow-shiyakusho") == 4
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/en/station/snow-shiyakusho/index.html")
    page.goto(f"{address}{BELOW}en/list/index.html")
    page.wait_for_selector(COPIED)
    expect(page.locator("#freshness-text")).to_have_text(re.compile("^Copy of "))
    expect(page.locator('[data-key="snow-shiyakusho/snow_depth"] [data-cell=value]')).to_have_text("133")


def test_the_hazard_theme_draws_tiles_by_ranges_and_tells_the_hazards_of_a_place(page, address):
    page.goto(f"{address}{BELOW}index.html")
    page.wait_for_selector(COPIED)
    page.locator("[data-theme=hazard]").click()
    drawn = """() => [...document.querySelectorAll('[class*=flood] canvas')].some((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.some((part) => part > 0);
    })"""
    page.wait_for_function(drawn)
    assert Plain.ranges > 0
    page.locator(".leaflet-container").click(position={"x": 300, "y": 260})
    expect(page.locator("#detail h2").first).to_have_text("この場所の危険")
    page.locator("#detail [data-hazard]").first.wait_for()


def test_the_page_of_a_place_is_computed_in_the_browser_in_three_registers(page, address):
    place = "?lon=140.390654&lat=38.616077"
    page.goto(f"{address}{BELOW}hazard/index.html{place}")
    expect(page.locator('#report [data-layer="flood_depth"][data-state="found"] .class')).to_have_text(
        "浸水深 5m以上10m未満"
    )
    expect(page.locator("#report section .near-shelters li").first).to_be_visible()
    expect(page.locator("#report .gauges-near li").first).to_be_visible()
    folded = page.locator("#report details.not-found").first
    expect(folded.locator(":scope > summary")).to_be_visible()
    expect(folded.locator(".advice")).to_be_hidden()
    page.locator(".registers").get_by_role("link", name="English").click()
    page.wait_for_url(f"**/en/hazard/index.html{place}")
    expect(page.locator("#report")).to_contain_text("Flood depth 5 m to under 10 m")
    page.goto(f"{address}{BELOW}easy/hazard/index.html?lon=x&lat=38.6")
    expect(page.get_by_role("alert")).to_contain_text("数字で 書いて ください")
    page.locator("[name=lat]").fill("38.616077")
    page.locator("[name=lon]").fill("140.390654")
    page.locator(".place-form button").click()
    expect(page.locator("#report")).to_contain_text("水の 深さ 5mから 10mまで")
    expect(page.locator("#wrong")).to_be_hidden()


def test_what_nobody_writes_any_more_grows_old_before_the_readers_eyes(page, address):
    page.clock.install()
    page.goto(f"{address}{BELOW}index.html")
    page.wait_for_selector(COPIED)
    Plain.later = timedelta(minutes=10)  # the file server lives on, the publisher does not
    page.clock.fast_forward("01:30")
    page.wait_for_selector("#freshness[data-state=stopped]")
    expect(page.locator("#freshness-text")).to_have_text(re.compile("^更新が止まっています（最終 "))
    expect(page.locator("#banner")).to_contain_text("このページの更新が止まっています")
    expect(page.locator("#banner")).not_to_have_attribute("data-level", "calm")


def test_without_the_file_server_the_age_is_told_all_the_same(page, address):
    page.clock.install()
    page.goto(f"{address}{BELOW}list/index.html")
    page.wait_for_selector(COPIED)
    page.route("**/live/snapshot.json", lambda route: route.fulfill(status=200, body="{half a file"))
    for _ in range(
        30
    ):  # the clock is ours, the answers come in their own time: it goes on until two of them have failed
        page.clock.run_for(10_000)
        if page.locator("#freshness").get_attribute("data-state") == "lost":
            break
    expect(page.locator("#freshness")).to_have_attribute("data-state", "lost")
    expect(page.locator("#banner")).to_contain_text("状況を確認できません")


def test_the_table_can_be_read_without_scripts(chromium, address):
    context = chromium.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.goto(f"{address}{BELOW}list/index.html")
    expect(page.locator("#freshness-text")).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d の写し$"))
    expect(page.locator('[data-key="snow-shiyakusho/snow_depth"]')).to_contain_text("133")
    page.get_by_role("link", name="市役所").first.click()
    page.wait_for_url("**/station/snow-shiyakusho/index.html")
    expect(page.locator("noscript, main").first).to_contain_text("133")
    context.close()
