"""The page in the cab, on a phone, against the real server and store: sizes, dead zones, lost answers, one-tap reports."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx
import psycopg
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from psycopg import conninfo

from config.model import Site
from core.model import Quality, QualityReason, Task, VehiclePosition
from core.ploughs import Order
from core.times import utc_now
from gis.catalogue import PublishedLayer
from store import Store, open_store
from store.rows import Batch, Registry
from tests.examples import FULL
from web import WebServer, WebSettings, create_app
from web.crew_keys import crew_key, crew_link

pytestmark = [pytest.mark.browser, pytest.mark.db]

SECRET = "crew-secret-of-thirty-two-letters"
STAFF = {"Authorization": "Bearer staff-token-of-thirty-two-letters"}
AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text()
FIND = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
}"""
LETTERS = """() => [...document.querySelectorAll("body *")]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest(".announce, script"))
    .filter((each) => [...each.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim()))
    .map((each) => [parseFloat(getComputedStyle(each).fontSize), each.textContent.trim().slice(0, 40)])
    .filter(([size]) => size < 18)"""
TARGETS = """() => [...document.querySelectorAll("button, a[href]:not(.skip), label.switch, label.photo, .field input")]
    .filter((each) => each.checkVisibility())
    .map((each) => [each.getBoundingClientRect(), (each.textContent || each.id).trim()])
    .filter(([box]) => box.height < 63.5 || box.width < 63.5)
    .map(([box, text]) => `${Math.round(box.width)}x${Math.round(box.height)} ${text}`)"""


@dataclass
class Cab:
    """The served town and a window onto its store."""

    address: str
    site: Site
    store: Store
    registry: Registry
    dsn: str
    client: httpx.Client

    def link(self, vehicle: int = 0) -> str:
        found = self.site.vehicles[vehicle]
        return crew_link(self.address, found, crew_key(SECRET, self.site.id, found))

    def positions(self, vehicle: int = 0) -> list[tuple[float, float, str | None]]:
        """Every stored position of a vehicle in order of time."""
        number = self.registry.vehicles[self.site.vehicles[vehicle].id]
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            found = connection.execute(
                "select lon, lat, task from vehicle_position where vehicle_id = %s order by at", [number]
            )
            return found.fetchall()

    def notes(self) -> list[dict[str, Any]]:
        answer = self.client.get("/api/staff/notes?state=all&limit=1000", headers=STAFF)
        found: list[dict[str, Any]] = answer.json()["notes"]
        return found


@pytest.fixture(scope="module")
def cab(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server,
    template_database,
    town: Site,
    catalogue: list[PublishedLayer],
    layers_folder: Path,
) -> Iterator[Cab]:
    """The example town with an order that stands and another plough that was heard."""
    assert catalogue
    folder = tmp_path_factory.mktemp("cab") / "public"
    copytree(layers_folder, folder / "layers")
    with psycopg.connect(postgres_server.dsn, autocommit=True) as admin:
        admin.execute(f"create database crew_page template {template_database} strategy file_copy")
    dsn = conninfo.make_conninfo(postgres_server.dsn, dbname="crew_page")
    with open_store(dsn) as store:
        registry, now = store.register(town), utc_now()
        store.orders.give(registry.site, Order(id="o1", at=now, classes=("1", "2", "3"), by="センター"), now)
        other = VehiclePosition(
            registry.vehicles[town.vehicles[1].id],
            now - timedelta(minutes=12),
            140.403,
            38.6,
            20.0,
            90.0,
            5.0,
            Task.PLOUGH,
            Quality.GOOD,
            QualityReason.NONE,
            now,
        )
        store.append(registry.site, Batch(positions=[other]))
        settings = WebSettings(
            requests_burst=100_000, crew_secret=SECRET, staff_token=STAFF["Authorization"].removeprefix("Bearer ")
        )
        app = create_app(town, store, registry, public_folder=folder, clock=utc_now, settings=settings)
        with WebServer(app, "127.0.0.1", 0) as server, httpx.Client(base_url=server.address, timeout=30) as client:
            yield Cab(server.address, town, store, registry, dsn, client)


@dataclass
class Phone:
    """A phone in a cab and what its browser complained of."""

    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self._console)
        page.goto(address)
        return page

    def _console(self, message: Any) -> None:
        # What fails without a line is expected; what breaks the policy or a script is not.
        if message.type in ("error", "warning") and "ERR_" not in message.text and "status of" not in message.text:
            self.complaints.append(f"{message.type}: {message.text}")

    def drive(self, lat: float, lon: float = 140.402, accuracy: float = 6) -> None:
        self.context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": accuracy})


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Callable[..., Phone]]:
    phones: list[Phone] = []

    def make(*, allowed: bool = True, size: tuple[int, int] = (390, 844), **options: Any) -> Phone:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="ja-JP",
            permissions=["geolocation"] if allowed else [],
            geolocation={"latitude": 38.6, "longitude": 140.402, "accuracy": 6},
            has_touch=True,
            **options,
        )
        phones.append(Phone(context))
        return phones[-1]

    yield make
    for each in phones:
        each.context.close()
    assert [each.complaints for each in phones] == [[] for _ in phones]


def live(page: Page) -> Page:
    expect(page.locator("#line")).to_have_attribute("data-state", "good")
    return page


def test_one_tap_reaches_staff_with_place_and_photo_and_an_undone_one_does_not(cab, phone):
    page = live(phone().open(cab.link()))
    expect(page.locator("#gps")).to_have_text("GPS ±6 m")
    assert "key" not in page.url
    page.click("[data-sheet=report]")
    before = len(cab.notes())

    page.click("[data-kind=fallen_tree]")
    expect(page.locator("#undo-text")).to_contain_text("倒木")
    page.click("#undo-button")
    expect(page.locator("#announce")).to_have_text("取り消しました：倒木")
    expect(page.locator("#own-notes")).to_have_text("まだありません")

    page.fill("#note-text", "白い車")
    page.click("[data-kind=blocked_by_car]")
    assert page.evaluate("document.activeElement.dataset.kind") == "blocked_by_car"
    picture = io.BytesIO()
    Image.new("RGB", (2000, 1000), "navy").save(picture, "PNG")
    page.set_input_files("#photo", {"name": "car.png", "mimeType": "image/png", "buffer": picture.getvalue()})
    expect(page.locator("#undo-text")).to_contain_text("写真を付けました")
    expect(page.locator("#own-notes li")).to_contain_text(["未送信 ・ 写真あり"])
    expect(page.locator("#own-notes li")).to_contain_text(["送信済み ・ 写真あり"], timeout=20_000)

    notes = cab.notes()
    (note,) = notes[: len(notes) - before]
    assert (note["vehicle"], note["kind"], note["text"], note["photo"]) == (
        "plough-01",
        "blocked_by_car",
        "白い車",
        True,
    )
    assert (note["lon"], note["lat"], note["accuracy_m"]) == (140.402, 38.6, 6)
    photo = cab.client.get(f"/api/staff/notes/{note['id']}/photo", headers=STAFF).content
    assert Image.open(io.BytesIO(photo)).size == (1600, 800)


def test_nothing_is_lost_and_nothing_comes_twice_through_a_dead_zone(cab, phone):
    cabin = phone()
    page = live(cabin.open(cab.link(2)))
    page.click("[data-sheet=task]")
    page.click("[data-task=grade]")
    expect(page.locator("#task-now")).to_have_text("路面整正")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    expect(page.locator("#queue")).to_be_hidden()
    notes, driven = len(cab.notes()), len(cab.positions(2))

    cabin.context.set_offline(True)
    expect(page.locator("#line")).to_contain_text("圏外")
    page.click("[data-sheet=report]")
    page.click("[data-kind=dump_full]")
    page.click("[data-sheet=task]")
    for step, task in enumerate(("plough", "widen", "haul", "deice"), 1):
        page.click(f"[data-task={task}]")  # the first fix with another task is always kept
        cabin.drive(38.6 + step * 0.002)
        expect(page.locator("#queue")).to_contain_text(f"未送信 {step + 1}件")

    page.reload()  # without a line: the page, its roads and what was kept come from the phone
    expect(page.locator("#queue")).to_contain_text(re.compile("未送信 [56]件"))
    expect(page.locator("#left")).to_contain_text("残り")
    expect(page.locator("#line")).to_contain_text("圏外（最終")
    page.click("[data-sheet=route]")
    assert page.locator("#open-roads [data-road]").count() > 3
    page.close()

    lost: list[str] = []

    def lose_first_answers(route: Any) -> None:
        if sum(route.request.url == url for url in lost) == 0:
            lost.append(route.request.url)
            route.fetch()  # it arrives, and the answer gets lost
            route.abort()
        else:
            route.continue_()

    again = cabin.context.new_page()  # another page, opened by its plain address
    again.route(re.compile("/api/crew/(notes|positions)"), lose_first_answers)
    again.goto(f"{cab.address}/plough")
    expect(again.locator("#vehicle")).to_have_text("グレーダ 3号")
    cabin.context.set_offline(False)
    expect(again.locator("#line")).to_have_attribute("data-state", "good", timeout=20_000)
    expect(again.locator("#queue")).to_be_hidden(timeout=30_000)

    assert len(lost) == 2
    (note,) = cab.notes()[:1]
    assert len(cab.notes()) == notes + 1
    assert (note["vehicle"], note["kind"]) == ("grader-03", "dump_full")
    new = cab.positions(2)[driven:]
    assert [lat for _, lat, _ in new if lat > 38.6][:4] == pytest.approx([38.602, 38.604, 38.606, 38.608])
    assert {"plough", "widen", "haul", "deice"} <= {task for *_, task in new}


# The narrowest and one that is turned; what lies between them is looked at by `make faults`.
SIZES = [((320, 640), "en"), ((844, 390), "ja"), ((390, 844), "ja")]


@pytest.mark.parametrize(("size", "language"), SIZES if FULL else SIZES[:2])
def test_everything_is_large_fits_and_axe_finds_nothing(cab, phone, size, language):
    cabin = phone(size=size)
    page = live(cabin.open(cab.link()))
    if language == "en":
        page.goto(f"{cab.address}/en/plough")
        live(page)
        expect(page.locator("#left")).to_contain_text("left")
    page.evaluate(AXE)
    for sheet in (None, "route", "report", "task"):
        if sheet:
            page.click(f"[data-sheet={sheet}]")
        if sheet == "report":
            page.click("[data-kind=snow_pile]")
            expect(page.locator("#undo")).to_be_visible()
        assert page.evaluate(LETTERS) == [], sheet
        assert page.evaluate(TARGETS) == [], sheet
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), sheet
        assert size[0] > size[1] or page.evaluate(FIND) == [], sheet  # turned, it is the same page
        if sheet == "report":
            page.click("#undo-button")
    # The other plough, heard long ago, says so in words.
    page.click("[data-sheet=route]")
    old = "12 min ago" if language == "en" else "12分前"
    expect(page.locator("#others")).to_contain_text(re.compile(old.replace("12", "1[23]")))


def test_what_cannot_be_is_said(cab, phone):
    page = phone(allowed=False).open(cab.link())
    expect(page.locator("#gps")).to_have_text("位置情報が許可されていません")
    expect(page.locator("#trouble")).to_contain_text("位置は送られていません")

    stranger = phone().open(f"{cab.address}/plough")
    expect(stranger.locator("#trouble")).to_contain_text("リンク（QRコード）から開いてください")

    late = phone().open(cab.link()[:-3] + "xyz")
    expect(late.locator("#trouble")).to_contain_text("使えなくなりました")

    cabin = phone()
    cabin.drive(38.6, accuracy=180)
    expect(cabin.open(cab.link()).locator("#gps")).to_have_text("GPS 誤差大 ±180 m")


def test_the_faster_the_more_fixes_are_kept(cab, phone):
    page = phone().open(f"{cab.address}/plough")
    kept = page.evaluate("""async () => {
        const { isWanted } = await import("/static/js/crew_thinning.js");
        const fix = (ms, metres, more) => ({ ms, lon: 140.4, lat: 38.6 + metres / 111195, task: "plough", speed_kmh: null, ...more });
        const first = fix(0, 0);
        return {
            first: isWanted(first, null),
            standing: [4000, 5000].map((ms) => isWanted(fix(ms, 0), first)),
            slow: [2000, 3000].map((ms) => isWanted(fix(ms, ms / 400), first)),
            ploughing: [1000, 2000].map((ms) => isWanted(fix(ms, 0, { speed_kmh: 20 }), first)),
            driving: [500, 1000].map((ms) => isWanted(fix(ms, 0, { speed_kmh: 45 }), first)),
            task: isWanted(fix(100, 0, { task: "haul" }), first),
            again: isWanted(first, first),
        };
    }""")
    assert kept == {
        "first": True,
        "standing": [False, True],
        "slow": [False, True],
        "ploughing": [False, True],
        "driving": [False, True],
        "task": True,
        "again": False,
    }


def test_keys_reach_everything_and_updates_move_no_focus(cab, phone):
    cabin = phone()
    page = live(cabin.open(cab.link()))
    page.locator("[data-sheet=task]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sheet-task")).to_be_visible()
    page.locator("[data-task=widen]").focus()
    cabin.drive(38.61)
    expect(page.locator("#gps")).to_have_attribute("data-state", "good")
    page.evaluate("dispatchEvent(new Event('online'))")
    assert page.evaluate("document.activeElement.dataset.task") == "widen"
    page.locator("#hold").check()
    expect(page.locator("#line")).to_contain_text("止めています")
    page.keyboard.press("Escape")
    expect(page.locator("#sheet-task")).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.sheet") == "task"
