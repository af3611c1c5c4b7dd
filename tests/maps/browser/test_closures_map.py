"""Closed roads on the live map, an exercise that ends by itself, alerts nobody has confirmed: as residents see them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.times import format_rfc3339

pytestmark = pytest.mark.browser

# How many points of the canvas have exactly this colour.
PAINTED = """(colour) => {
    const canvas = document.querySelector(".leaflet-live-closures-pane canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    let found = 0;
    for (let at = 0; at < data.length; at += 4) found += wanted.every((part, index) => data[at + index] === part) && data[at + 3] === 255;
    return found;
}"""
ROADS = "**/layers/roads*geojson*"
LAT, LON = 38.6105, 140.4005


def closure(scene, id_, status="closed", **changes):
    return {
        "id": id_, "status": status, "reason": "snow", "name_ja": f"道路{id_}", "name_en": "", "road": "", "lon": None, "lat": None,
        "until": None, "note_ja": "", "note_en": "", "at": format_rfc3339(scene.now),
        "since": format_rfc3339(scene.now - timedelta(hours=2)), **changes,
    }  # fmt: skip


def tell(page, scene, *closures, stale=False):
    """What ``/api/closures`` says from now on; the page asks for it at once."""
    body = {"closures": list(closures), "stale": stale, "generated_at": format_rfc3339(scene.now)}
    page.unroute("**/api/closures")
    page.route("**/api/closures", lambda route: route.fulfill(body=json.dumps(body), content_type="application/json"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_closed_roads_stand_on_the_map_and_say_all_that_is_known(look, night):
    page = look(night, "/", reduced_motion="reduce", expected=["getImageData"]).page
    past = format_rfc3339(night.now - timedelta(minutes=5))
    along = closure(night, "a", road="R001", until=past, reason="avalanche", note_ja="迂回してください")
    tell(
        page,
        night,
        closure(night, "d", "open"),
        along,
        closure(night, "b", "restricted", lon=LON, lat=LAT),
        closure(night, "c"),
    )
    entries = page.locator("#closures-list > li")
    expect(entries).to_have_count(4)
    expect(entries.last).to_contain_text("解除")
    expect(entries.filter(has_text="道路c")).to_contain_text("場所は地図に登録されていません")
    expect(page.locator("#closures-list button")).to_have_count(2)
    page.locator("#closures-list button", has_text="道路a").click()
    detail = page.locator("#detail")
    expect(detail.locator("h2")).to_have_text("道路a")
    for words in ("通行止め", "雪崩", "解除の知らせはまだありません", "迂回してください", "尾花沢市が登録"):
        expect(detail).to_contain_text(words)
    page.wait_for_function(f"({PAINTED})('#C00000') > 300")
    page.evaluate(f"yukimoriMap.setView([{LAT}, {LON}], 16, {{ animate: false }})")
    page.wait_for_function(f"({PAINTED})('#8A6D00') > 40")
    spot = page.evaluate(
        f"(() => {{ const p = yukimoriMap.latLngToContainerPoint([{LAT}, {LON}]); return [p.x, p.y]; }})()"
    )
    box = page.locator(".folium-map").first.bounding_box()
    page.mouse.click(box["x"] + spot[0], box["y"] + spot[1])
    expect(detail.locator("h2")).to_have_text("道路b")
    expect(detail.locator(".closure-status")).to_have_text("通行規制")


def test_a_road_opened_while_the_lines_are_fetched_is_not_drawn_closed(look, night):
    page = look(night, "/", reduced_motion="reduce", expected=["getImageData"]).page
    held = []
    page.route(ROADS, lambda route: held.append(route))  # noqa: PLW0108 - a built-in one cannot be given to it
    with page.expect_request(ROADS):
        tell(page, night, closure(night, "a", road="R001"))
    tell(page, night)
    expect(page.locator("#closures-list > li")).to_have_count(0)
    with page.expect_event("requestfinished", lambda request: "roads" in request.url) as lines:
        held[0].continue_()
    page.unroute(ROADS)
    page.evaluate("(url) => fetch(url).then((again) => again.json())", lines.value.url)
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))")
    assert page.evaluate(PAINTED, "#C00000") == 0


def test_what_could_not_be_renewed_stays_and_says_of_when_it_is(look, night):
    page = look(night, "/list", expected=["closures", "Failed to load"]).page
    tell(page, night, closure(night, "a"))
    line, entries = page.locator("#closures-line"), page.locator("#closures-list > li")
    expect(entries).to_have_count(1)
    expect(line).to_be_hidden()
    tell(page, night, closure(night, "a"), stale=True)
    expect(line).to_contain_text("更新できていません")
    tell(page, night, closure(night, "a"))
    expect(line).to_be_hidden()
    page.unroute("**/api/closures")
    page.route("**/api/closures", lambda route: route.fulfill(status=503, body="{}"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(line).to_contain_text("更新できていません")
    expect(entries).to_have_count(1)


def test_a_banner_of_an_exercise_goes_at_its_end_though_nobody_answers(look, night):
    page = look(night, "/list", clock=True, expected=["Failed to load"]).page
    line = page.locator("#exercise-held")
    expect(line).to_be_hidden()
    ends = page.evaluate("new Date(Date.now() + 300_000).toISOString()")
    running = {"title_ja": "夜の訓練", "title_en": "Night", "started_at": ends, "expires_at": ends}
    body = json.dumps({"running": running})
    page.route("**/api/exercise", lambda route: route.fulfill(body=body, content_type="application/json"))
    page.clock.fast_forward(31_000)
    expect(line).to_contain_text("夜の訓練")
    page.unroute("**/api/exercise")
    page.route("**/api/exercise", lambda route: route.fulfill(status=503, body="{}"))
    page.clock.fast_forward(200_000)
    expect(line).to_be_visible()
    page.clock.fast_forward(100_000)
    expect(line).to_be_hidden()


def test_unconfirmed_follows_the_alert_and_goes_with_it(look, night):
    alert = {**night.alerts["open"][0], "unconfirmed": True, "stations": ["channel-chuo-lower"]}
    night.alerts = {"open": [alert], "recent": []}
    page = look(night, "/list").page
    level = page.locator("[data-key='channel-chuo-lower/channel_level'] [data-cell=level]")
    expect(level).to_contain_text("未確認")
    expect(page.locator("#alert-rows")).to_contain_text("まだ確かめられていません")
    expect(page.locator("#banner")).to_contain_text("未確認")
    doubted = page.locator("[data-key='snow-ginzan/snow_depth']")
    expect(doubted).to_contain_text("品質疑い")
    expect(doubted).not_to_contain_text("未確認")
    night.alerts = {"open": [{**alert, "unconfirmed": False}], "recent": []}
    night.push("delta", alerts=night.alerts)
    expect(level).not_to_contain_text("未確認")
    expect(page.locator("#alert-rows")).not_to_contain_text("まだ確かめられていません")
