"""The console in a browser: one load, looked at from every side; keys, live episodes, looking back, panels, the wall, no line."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from core.times import format_rfc3339
from maps.console_page import console_page

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text()
VIOLATIONS = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} ${failureSummary}`)]);
}"""
REMIND = """async ([later, episode]) => {
    const { name } = performance.getEntriesByType("resource").find(({ name }) => name.includes("console_chime"));
    const { remind } = await import(name);
    remind([{ closed_at: null, ack: null, silence: null, ...episode }], performance.now() + later);
}"""
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'"
SESSION = {"person": {"name": "sato", "shown_name": "当直 佐藤", "role": "operator"}, "lacks": None, "csrf": "t0ken"}
HOSTILE = "<img src=x onerror=alert(1)>"


class Office:
    """The part of the interface that knows episodes; it remembers what was asked of it."""

    def __init__(self, scene, town, catalogue) -> None:
        self.scene, self.town, self.catalogue = scene, town, catalogue
        self.posts: list[tuple[str, dict, str | None]] = []
        self.episodes = [
            self.episode("a", "warning", "channel-chuo-lower", 67.0),
            self.episode("b", "caution", "river-nyu-lower", 1.86),
        ]
        self.away = False
        self.asked = 0

    def ago(self, minutes):
        return format_rfc3339(self.scene.now - timedelta(minutes=minutes))

    def episode(self, id_, level, station, value, **more):
        found = self.scene.station(station)["properties"]
        slug = "water_level" if found["kind"] == "river" else "channel_level"
        place = {name: found[name] for name in ("id", "name", "name_en", "kind", "place", "river", "fictitious")}
        present = {
            "value": value,
            "at": self.ago(1),
            "stale": False,
            "stale_after_s": 1800,
            "quality": "good",
            "level": level,
        }
        told = {
            "audience": "duty", "audience_ja": "防災当直", "audience_en": "Duty", "channel": "mail", "channel_kind": "smtp",
            "resident": False, "queued": 0, "delivered": 1, "dead": 0, "last_at": self.ago(3),
        }  # fmt: skip
        return {
            "id": f"{id_ * 8}-0000-4000-8000-000000000000", "rule": "r", "station": station, "quantity": slug, "level": level,
            "title_ja": "水位上昇", "title_en": "Rise", "value": value, "unit": "", "signal_unit": "", "kind": "level", "falling": False,
            "opened_at": self.ago(20), "detected_at": self.ago(20), "closed_at": None, "outcome": None, "stale": False,
            "recovering": False, "place": place, "decimals": 1, "peak": value, "highest": level, "present": present,
            "trend": {"direction": "rising", "change": 3.0, "minutes": 15}, "forecast": False, "health": False,
            "unconfirmed": False, "others": [], "next_call": None, "proposes": None, "shadow": False, "told": [told, {**told, "channel": "siren", "dead": 1}],
            "ack": None, "silence": None,
        } | more  # fmt: skip

    def board(self):
        counts = {
            level: sum(one["level"] == level for one in self.episodes)
            for level in ("danger", "warning", "caution", "standby")
        }
        unanswered = sum(one["ack"] is None and one["level"] in ("danger", "warning") for one in self.episodes)
        return {
            "exercise": False,
            "counts": {**counts, "stale": 0, "unanswered": unanswered},
            "episodes": self.episodes,
        }

    def course(self, id_):
        episode = next(one for one in self.episodes if one["id"] == id_)
        way = {
            "id": "w", "audience": "duty", "audience_ja": "防災当直", "audience_en": "Duty", "channel": "mail", "channel_kind": "smtp",
            "state": "delivered", "finished_at": self.ago(19), "attempts": 1, "error": None,
        }  # fmt: skip
        text = {"subject_ja": "【警戒】水位", "subject_en": "Warning", "text_ja": HOSTILE, "text_en": HOSTILE}
        step = {
            "entry": "step",
            "seq": 1,
            "kind": "fired",
            "from": "normal",
            "to": episode["level"],
            "value": 3.0,
            "cause": "value",
        }
        message = {
            "entry": "message",
            "seq": 1,
            "purpose": "alert",
            "resident": False,
            "level": "warning",
            **text,
            "ways": [way],
        }
        times = {"at": self.ago(20), "known_at": self.ago(20)}
        return {"episode": episode, "entries": [{**step, **times}, {**message, **times}]}

    def answer(self, route):
        request, path = route.request, urlsplit(route.request.url).path
        if self.away:
            return route.abort()
        if request.method != "GET":
            self.posts.append((path, json.loads(request.post_data), request.headers.get("x-csrf-token")))
            if path.endswith("/acknowledge"):
                self.episodes[0]["ack"] = {"who": "sato", "level": "warning", "at": self.ago(0), "note": ""}
            return route.fulfill(json={"closures": [], "outcome": "taken"})
        if path.startswith("/api/console/episodes/"):
            return route.fulfill(json=self.course(path.rsplit("/", 1)[1]))
        self.asked += path == "/api/console/episodes"
        known = {
            "/api/session": SESSION,
            "/api/exercise": {"running": False, "exercise": None},
            "/api/console/episodes": self.board(),
            "/api/console/known": {
                "at": self.ago(60), "counts": self.board()["counts"], "stations": self.scene.stations,
                "episodes": [self.episode("b", "caution", "river-nyu-lower", 1.86, present=None, trend=None)],
            },
            "/api/console/health": {
                "data_stale": False, "troubles": 1, "incidents": 0, "missing_messages": 2, "quarantine": {},
                "processes": [{"process": "judge", "member": "", "beat_at": self.ago(9), "silent": True}],
                "channels": [
                    {"channel": "mail", "kind": "smtp", "waiting": 0, "retrying": 1, "dead": 2, "delivered": 3, "oldest_at": None, "delivered_at": self.ago(1), "breaker": "open", "reason": "timeout", "not_before": None},
                ],
            },
            "/api/console/outbox": {"messages": [], "channels": []},
            "/api/console/silences": {"silences": [
                {"id": "s", "state": "waiting", "rules": ["r"], "stations": ["river-nyu-lower"], "kinds": [], "levels": ["danger"],
                 "over_at": self.ago(-60), "author": "mori", "reason": HOSTILE, "approved_by": None},
            ]},
            "/api/console/closures": {"closures": [
                {"id": "c", "status": "closed", "reason": "snow", "name_ja": "県道28号", "name_en": "", "road": "", "lon": None, "lat": None,
                 "until": None, "note_ja": HOSTILE, "note_en": "", "at": self.ago(30), "by": "sato"},
            ]},
            "/api/console/rules": {"rules": [
                {"rule": "r", "title": "水位上昇", "title_en": "Rise", "state": "active", "version": "0a1b2c3d4e5f", "kind": "level", "instances": 3, "tests": None,
                 "episodes": None, "evaluated": "active", "since": self.ago(90), "shadow_s": 90_000, "standing": "untried", "reason": ""},
                {"rule": "s", "title": "試し", "title_en": "Trial", "state": "shadow", "version": "1a1b2c3d4e5f", "kind": "level", "instances": 1, "tests": None,
                 "episodes": None, "evaluated": None, "since": None, "shadow_s": 0, "standing": None, "reason": ""},
                {"rule": "d", "title": "工事", "title_en": "Works", "state": "active", "version": "2a1b2c3d4e5f", "kind": "level", "instances": 1, "tests": None,
                 "episodes": None, "evaluated": "active", "since": self.ago(9), "shadow_s": 0, "standing": "despite", "reason": HOSTILE},
            ]},
            "/api/staff/shelters": {"shelters": [{"id": "E1", "name": "中央小学校", "state": None}]},
            "/api/staff/incidents": {"incidents": []},
            "/api/staff/quarantine": {"messages": [
                {"number": 7, "received_at": self.ago(5), "device": "d", "reason": "bad-json", "detail": HOSTILE},
            ], "next": None, "counts": {"bad-json": {"open": 1, "settled": 0}}},
            "/api/staff/claims": {"claims": [
                {"device": "new-07", "last_at": self.ago(2), "sent": [{"quantity": "water_level", "value": 1.2, "unit": "m", "at": None}], "notes": [],
                 "lines": [{"file": "stations.csv", "header": "id,kind", "text": "new-07,river", "to_fill_in": ["name_ja"]}]},
            ]},
            "/api/warnings": {"configured": True, "warnings": None, "stale": True, "read_at": None},
        }  # fmt: skip
        if path not in known:
            return route.fulfill(status=404, json={"title": "Not Found"})
        return route.fulfill(json=known[path])

    def page(self, route):
        html = console_page(self.town, self.catalogue, "en" if "/en/" in route.request.url else "ja", asset_version="v")
        return route.fulfill(
            body=html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
        )


@pytest.fixture
def console(look, night, town, catalogue):
    def start(path="/console", **options):
        office = Office(night, town, catalogue)
        page = look(night, "/list", live=False, **options).page
        page.route(re.compile(r"/api/(session|console|staff|warnings|exercise)"), office.answer)
        page.route(re.compile(r"/console(\?.*)?$"), office.page)
        page.goto(page.url.replace("/list", path))
        expect(page.locator("#episodes .episode")).to_have_count(2)
        return page, office

    return start


def _no_overflow(page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_desk(console, night):
    page, office = console(expected=("404", "ERR_FAILED"))
    cards = page.locator("#episodes .episode")
    expect(page.locator("#who")).to_have_text("当直 佐藤")
    expect(cards.nth(0)).to_contain_text("警戒")
    expect(cards.nth(0)).to_contain_text("✕ 送信できず")
    expect(cards.nth(0)).to_contain_text("上昇")
    expect(page.locator("#course .entry")).to_have_count(2)
    expect(page.locator("[data-count=warning] b")).to_have_text("1")
    expect(page).to_have_title(re.compile(r"^\(警戒1\)"))
    _no_overflow(page)

    # Nobody has opened a panel, and what waits for a second person is counted on its tab.
    expect(page.locator("#tab-silences .tab-count")).to_have_text("1")

    # That no sound comes is plain while something waits; where it is on, it comes again until somebody answers.
    sound = page.locator("#sound")
    expect(sound).to_have_class(re.compile("is-mute"))
    sound.click()
    expect(sound).to_have_text("音：入")
    expect(page.locator("html")).to_have_attribute("data-rings", "1")
    page.evaluate(REMIND, [29_000, {"level": "danger"}])
    page.evaluate(REMIND, [31_000, {"level": "danger", "ack": {"who": "sato"}}])
    page.evaluate(REMIND, [31_000, {"level": "danger", "silence": {"who": "sato"}}])
    assert page.locator("html").get_attribute("data-rings") == "1"
    page.evaluate(REMIND, [31_000, {"level": "danger"}])
    expect(page.locator("html")).to_have_attribute("data-rings", "2")
    sound.click()
    expect(sound).to_have_text("音：切")

    # Nothing but keys: next, back, acknowledge with the token of the session; a card under the focus stays where it is.
    page.keyboard.press("j")
    expect(cards.nth(1)).to_have_class(re.compile("is-selected"))
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(cards.nth(0)).to_contain_text("sato が対応")
    ((path, wish, token),) = office.posts
    assert (path.endswith("/acknowledge"), wish["level"], token) == (True, "warning", "t0ken")
    page.keyboard.press("s")
    page.keyboard.type("jaws")  # letters go where one writes
    expect(page.locator("#course-form input")).to_have_value("jaws")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("一時停止")
    assert office.posts[1][1]["levels"] == ["standby", "caution", "warning"]
    page.keyboard.press("/")
    page.keyboard.type("丹生")
    expect(cards).to_have_count(1)
    page.locator("#search").fill("")
    page.keyboard.press("Escape")

    # An episode that appears while one reads: the message one has open stays open, the focus where it is.
    page.locator("#course details summary").click()
    cards.nth(1).locator(".episode-open").focus()
    grave = office.episode("c", "danger", "channel-yokomachi", 91.0, unconfirmed=True, title_ja=HOSTILE)
    office.episodes.insert(0, grave)
    office.scene.alerts = {"open": [], "recent": []}
    expect(cards).to_have_count(3)
    expect(cards.nth(0)).to_contain_text("未確認")
    expect(page.locator("[data-count=danger] b")).to_have_text("1")
    expect(page).to_have_title(re.compile("危険1"))
    expect(page.locator("#announce")).to_contain_text("新しい危険")
    assert page.evaluate("document.activeElement.closest('.episode').id") == f"episode-{office.episodes[2]['id']}"
    assert page.locator("#course details").evaluate("(element) => element.open")
    assert page.locator("#course-scroll img, .episode img").count() == 0

    # Every panel is read without a mouse, clean, and the count of dangers stays in sight.
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS) == []
    for panel, text in (
        ("silences", "承認待ち"), ("outbox", "mail"), ("places", "県道28号"), ("warnings", "まだ受け取っていません"),
        ("rules", "試行期間なしで運用中"), ("system", "応答なし"), ("audit", "使えません"),
    ):  # fmt: skip
        page.locator(f"#tab-{panel}").click()
        expect(page.locator(f"#panel-{panel}")).to_contain_text(text)
        expect(page.locator("[data-count=danger]")).to_be_visible()
        assert page.evaluate(VIOLATIONS) == []
        _no_overflow(page)
        if panel == "rules":
            expect(page.locator("#panel-rules tbody tr")).to_have_count(3)
            expect(page.locator("#panel-rules")).to_contain_text("1 日 1 時間")
            expect(page.locator("#panel-rules tbody tr").nth(1)).to_contain_text("この内容ではまだ判定していません")
            expect(page.locator("#panel-rules")).to_contain_text(HOSTILE)
        if panel == "system":
            expect(page.locator("#panel-system")).to_contain_text("書式（JSON）が壊れている")
            page.locator("#panel-system summary").click()
            expect(page.locator("#panel-system pre")).to_have_text("id,kind\nnew-07,river")
    page.keyboard.press("j")  # leads back to the situation
    expect(page.locator("#panel-situation")).to_be_visible()

    # Looking back: framed, without actions, while the counts go on telling of now.
    page.locator("#past-open").click()
    expect(page.locator("#past-title")).to_contain_text("に分かっていたこと")
    expect(cards).to_have_count(1)
    expect(page.locator(".episode-buttons")).to_have_count(0)
    expect(page.locator("[data-count=danger] b")).to_have_text("1")
    assert page.evaluate(VIOLATIONS) == []
    page.keyboard.press("a")
    expect(page.locator("#said")).not_to_contain_text("対応を記録")
    page.locator("#past-close").click()
    expect(cards).to_have_count(3)

    # No line: it is said, with the time of what is still shown.
    office.away = True
    expect(page.locator("#board-failed")).to_contain_text("警報を読み込めません")
    expect(cards).to_have_count(3)


def test_narrow_and_the_wall(console):
    page, _ = console("/en/console", viewport={"width": 320, "height": 640}, expected=("404", "ERR_FAILED"))
    _no_overflow(page)
    page.locator("button[data-column=course]").click()
    expect(page.locator("#course .entry")).to_have_count(2)
    _no_overflow(page)
    page.locator("button[data-column=map]").click()
    expect(page.locator("#console-map")).to_be_visible()
    _no_overflow(page)
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(page.url.split("/en/")[0] + "/console?wall=1")
    expect(page.locator("#episodes .episode")).to_have_count(2)
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "20px"
    expect(page.locator("#tabs")).to_be_hidden()
    expect(page.locator("#console-map")).to_be_visible()
    _no_overflow(page)
