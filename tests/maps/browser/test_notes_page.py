"""What crews reported, as staff reads it: with the key only, photos from memory, settled by a button, nothing runs."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text()
VIOLATIONS = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} ${failureSummary}`)]);
}"""
PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CAR, TREE = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"


def _note(id_, kind, **more):
    return {
        "id": id_, "kind": kind, "at": "2026-01-15T18:05:00.000Z", "received_at": "2026-01-15T18:05:02.000Z", "lon": None,
        "lat": None, "accuracy_m": None, "text": "", "photo": False, "settled_at": None, "settled_by": "",
        "vehicle": "plough-01", "age_s": 60,
    } | more  # fmt: skip


class Desk:
    """The part of the interface that knows notes; it opens to one key."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.wishes: list[dict] = []
        text = "<img src=x onerror=alert(1)>\n赤い車"
        self.notes = {
            CAR: _note(CAR, "blocked_by_car", lon=140.41, lat=38.6, accuracy_m=7.6, text=text, photo=True),
            TREE: _note(TREE, "fallen_tree"),
        }

    def answer(self, route):
        request = route.request
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return route.fulfill(status=401, json={"title": "Unauthorized"})
        place = urlsplit(request.url)
        if place.path.endswith("/photo"):
            return route.fulfill(body=PHOTO, content_type="image/png")
        if place.path.endswith("/settle"):
            wish = json.loads(request.post_data)
            self.wishes.append(wish)
            for id_ in wish["ids"]:
                at = "2026-01-15T19:00:00.000Z" if wish["settled"] else None
                self.notes[id_] |= {"settled_at": at, "settled_by": wish.get("by", "staff")}
            return route.fulfill(json={"changed": len(wish["ids"])})
        state = parse_qs(place.query)["state"][0]
        wanted = {"open": [False], "settled": [True], "all": [False, True]}[state]
        found = [note for note in self.notes.values() if (note["settled_at"] is not None) in wanted]
        return route.fulfill(json={"notes": found})


@pytest.fixture
def desk(look, night):
    def start(path, **options):
        page = look(night, "/notes", live=False, **options).page
        own = Desk(night.key)
        page.route("**/api/staff/notes**", own.answer)
        page.route("**/api/staff/notes/**", own.answer)
        page.goto(page.url.replace("/notes", path))
        page.reload()
        return page, own

    return start


def test_staff_reads_and_settles_what_crews_reported(desk, night):
    page, own = desk(f"/notes#key={night.key}")
    car = page.locator(".note-card").filter(has_text="車で通れない")
    expect(car).to_contain_text("plough-01")
    expect(car.locator(".said")).to_have_text("<img src=x onerror=alert(1)>\n赤い車")
    expect(car.locator("img")).to_have_attribute("src", re.compile(r"^blob:"))
    expect(car.get_by_role("link")).to_have_attribute("href", "/#at=140.41,38.6")
    expect(page.locator(".note-card").filter(has_text="倒木")).to_contain_text("位置は届いていません")
    assert "key" not in page.url
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS) == []
    page.get_by_label("対応した人").fill("当直")
    car.get_by_role("button", name="対応済みにする").click()
    expect(page.locator("#notes-said")).to_contain_text("対応済みにしました")
    expect(car).to_have_count(0)
    assert own.wishes == [{"ids": [CAR], "settled": True, "by": "当直"}]
    page.locator("#state").select_option("settled")
    expect(car).to_contain_text("対応済み（01-16 04:00、当直）")
    car.get_by_role("button", name="未対応に戻す").click()
    expect(page.locator("#notes-said")).to_contain_text("未対応に戻しました")
    page.get_by_role("button", name="鍵を消す").click()
    expect(page.locator("#key-form")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_wrong_key_shows_nothing(desk):
    page, _ = desk("/en/notes", expected=["401"])
    expect(page.locator("#notes-form")).to_be_hidden()
    page.locator("#key").fill("guess")
    page.locator("#key").press("Enter")
    expect(page.locator("#notes-said")).to_contain_text("The key is wrong")
    expect(page.locator("#key-form")).to_be_visible()
    expect(page.locator(".note-card")).to_have_count(0)
