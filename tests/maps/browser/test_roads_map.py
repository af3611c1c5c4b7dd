"""Roads by the age of their clearing: drawn, told, followed, held back, and found by who looks for a street."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CANVAS = ".leaflet-road-ages-pane canvas"
PICTURE = f"""() => document.querySelector("{CANVAS}").toDataURL()"""

# The colours along the middle of a road on the screen, told as the classes' own, with how much of the line is stroke.
ALONG = """async (id) => {
    const canvas = document.querySelector(".leaflet-road-ages-pane canvas");
    const features = (await (await fetch(yukimoriLayers.find(({ kind }) => kind === "roads").url.replace(".pmtiles", ".geojson"))).json()).features;
    const line = features.find(({ properties }) => properties.id === id).geometry.coordinates;
    const [from, to] = [line[0], line[1]].map(([lng, lat]) => yukimoriMap.latLngToContainerPoint([lat, lng]));
    const box = canvas.getBoundingClientRect();
    const map = yukimoriMap.getContainer().getBoundingClientRect();
    const context = canvas.getContext("2d");
    const found = {};
    const steps = 200;
    for (let step = 20; step < steps - 20; step += 1) {
        const x = from.x + ((to.x - from.x) * step) / steps + map.x - box.x;
        const y = from.y + ((to.y - from.y) * step) / steps + map.y - box.y;
        const [r, g, b] = context.getImageData(Math.round(x), Math.round(y), 1, 1).data;
        const name = "#" + [r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("").toUpperCase();
        found[name] = (found[name] ?? 0) + 1;
    }
    return found;
}"""


def settled(page, scene):
    page.wait_for_function("() => document.querySelector('#roads-line')?.textContent.includes('%')")
    page.wait_for_function(f"() => document.querySelector('{CANVAS}')?.width > 0")


def test_the_map_draws_each_age_in_its_own_colour_and_dash(look, night, roads_told, cleared):
    night.roads = roads_told(R001=cleared(20), R002=cleared(800), R003={})
    page = look(night, "/#theme=plough", reduced_motion="reduce", expected=["getImageData"]).page
    settled(page, night)
    page.evaluate("yukimoriMap.setView([38.5963, 140.402], 17, { animate: false })")
    page.wait_for_timeout(0)
    page.wait_for_function(f"async () => Object.keys(await ({ALONG})('R001')).includes('#08306B')")
    fresh, old, none = (page.evaluate(ALONG, road) for road in ("R001", "R002", "R003"))
    assert fresh.get("#08306B", 0) > 150  # solid
    assert 40 < old.get("#6BAED6", 0) < 110  # short dashes
    assert none.get("#6BAED6", 0) == none.get("#08306B", 0) == 0
    assert none.get("#767676", 0) < 60  # sparse
    # A new state: only then the picture is another.
    before = page.evaluate(PICTURE)
    night.roads = roads_told(R001=cleared(20), R002=cleared(5), R003={})
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function(f"(before) => ({PICTURE})() !== before", arg=before)
    page.wait_for_function(f"async () => ((await ({ALONG})('R002'))['#08306B'] ?? 0) > 150")


def test_the_sheet_tells_all_of_a_road_and_withholds_what_is_withheld(look, night, roads_told, cleared):
    more = {"late": True, "deadline": "2026-01-14T22:00:00Z", "snow_cm": 4.5, "second_pass": True}
    night.roads = roads_told(R001=cleared(100, evidence="inferred", **more), R002={"withheld": True})
    page = look(night, "/#theme=plough&road=R001").page
    detail = page.locator("#detail")
    expect(detail.locator("h2")).to_contain_text("東西1号線")
    expect(detail.locator("[data-cell=age_class]")).to_have_text("1〜3時間前に除雪")
    expect(detail.locator("[data-cell=age]")).to_have_text("1時間前")
    expect(detail.locator(".road-late")).to_be_visible()
    expect(detail.locator("[data-cell=evidence]")).to_have_text("走行から推定")
    expect(detail.locator("[data-cell=deadline]")).to_have_text("01-15 07:00 まで ・ 遅れています")
    expect(detail.locator("[data-cell=snow]")).to_contain_text("4.5 cm")
    expect(detail).to_contain_text("お問い合わせ")
    night.roads = roads_told(R001={"withheld": True})
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(detail.locator("[data-cell=age_class]")).to_have_text("公表しない区間")
    expect(detail.locator("dl")).to_be_hidden()
    expect(detail.locator(".road-late")).to_be_hidden()
    expect(detail.locator("h2")).to_be_focused()


def test_a_tap_on_a_road_opens_it(look, night, roads_told, cleared):
    night.roads = roads_told(R001=cleared(20))
    page = look(night, "/#theme=plough", viewport={"width": 390, "height": 844}).page
    settled(page, night)
    page.evaluate("yukimoriMap.setView([38.59647, 140.39983], 17, { animate: false })")
    spot = page.evaluate(
        "(() => { const p = yukimoriMap.latLngToContainerPoint([38.59647, 140.39983]); return [p.x, p.y]; })()"
    )
    box = page.locator("#map_town, .folium-map").first.bounding_box()
    page.mouse.click(box["x"] + spot[0], box["y"] + spot[1])
    expect(page.locator("#detail h2")).to_contain_text("東西1号線")
    assert "road=R001" in page.url
    page.locator("#detail .back").click()
    assert "road=" not in page.url


def test_themes_and_the_switch_show_and_hide_roads_and_a_pause_holds_them_back(look, night, roads_told, cleared):
    night.roads = roads_told(R001=cleared(20))
    page = look(night).page
    settled(page, night)
    expect(page.locator(CANVAS)).to_have_count(1)
    page.locator('[data-theme="river"]').click()
    expect(page.locator(CANVAS)).to_have_count(0)
    expect(page.locator("#roads-overview")).to_be_hidden()
    page.locator('[data-theme="plough"]').click()
    expect(page.locator(CANVAS)).to_have_count(1)
    page.locator("#roads-overview summary").click()
    page.locator("#roads-switch").uncheck()
    expect(page.locator(CANVAS)).to_have_count(0)
    page.locator("#roads-switch").check()
    expect(page.locator(CANVAS)).to_have_count(1)
    # A pause holds roads back and counts them.
    before = page.locator("#roads-line").inner_text()
    page.locator("#pause").click()
    night.roads = roads_told(**{f"R{number:03d}": cleared(20) for number in range(1, 40)})
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#pause-text")).to_contain_text("保留")
    expect(page.locator("#roads-line")).to_have_text(before)
    page.locator("#pause").click()
    expect(page.locator("#roads-line")).not_to_have_text(before)


@pytest.mark.parametrize("path", ["/roads", "/en/roads"])
def test_scripts_say_of_roads_what_the_server_wrote(look, night, roads_told, cleared, path):
    late = {"late": True, "deadline": "2026-01-14T22:00:00Z", "snow_cm": 4.5, "second_pass": True}
    night.roads = roads_told(R001=cleared(20), R002=cleared(700, **late), R003={"withheld": True}, R004={})
    cells = "(rows) => rows.slice(0, 12).map((row) => [row.id, row.innerText.replace(/\\s+/g, ' ')])"
    written = look(
        night, path, live=False, java_script_enabled=True, block="**/roads_page.js", expected=["ERR_FAILED"]
    ).page
    before = written.locator("#road-rows tr").evaluate_all(cells)
    asked = []
    live = look(night, path)
    live.page.on("response", lambda response: asked.append(response.url))
    live.page.reload()
    live.page.wait_for_function("() => document.querySelector('#freshness').dataset.state === 'receiving'")
    with live.page.expect_response("**/api/roads/state"):
        live.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert live.page.locator("#road-rows tr").evaluate_all(cells) == before


def test_who_looks_for_a_street_is_told_in_plain_words(look, night, roads_told, cleared):
    night.roads = roads_told(R001=cleared(20), R002={"withheld": True})
    page = look(night, "/roads").page
    expect(page.locator("#road-rows tr:visible")).not_to_have_count(1)
    page.locator("[name=q]").fill("R001")
    expect(page.locator("#roads-count")).to_have_text("1 路線")
    expect(page.locator("#easy-texts")).to_contain_text("雪を どけました。20分前です。")
    page.locator("[name=q]").fill("R002")
    expect(page.locator("#easy-texts")).to_contain_text("知らせて いません")
    page.locator("[name=q]").fill("ない道")
    expect(page.locator("#roads-count")).to_have_text("あてはまる路線はありません")
    page = look(night, "/roads?q=R001", live=False, java_script_enabled=False).page
    expect(page.locator("#road-rows tr")).to_have_count(1)
    expect(page.locator("#easy-texts")).to_contain_text("雪を どけました")


def test_nothing_of_it_is_wider_than_a_phone(look, night, roads_told, cleared):
    night.roads = roads_told(R001=cleared(20, late=True))
    for path in ("/roads", "/#theme=plough&road=R001"):
        page = look(night, path, viewport={"width": 320, "height": 700}).page
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
