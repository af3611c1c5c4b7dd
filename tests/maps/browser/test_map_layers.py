"""The map itself: its own ground, every layer in the colours of the table, and what happens where one cannot be had."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from shapely.geometry import shape

from config.model import Basemap, LayerConfig, LayerField, LayerStyle, StyleClass
from core.model import Access
from gis import publish_basemap, publish_layers
from maps.gsi_tiles import HOST
from maps.looks import FILL_OPACITY
from tests.examples import FULL

pytestmark = pytest.mark.browser

GROUND = (0xFA, 0xFC, 0xFD)
"""The colour of the town's ground in light (``--town`` of the style sheet)."""

GO = "([lat, lon, zoom]) => { yukimoriMap.setView([lat, lon], zoom, { animate: false }); }"
DRAWN = """(pane) => {
    const tiles = [...document.querySelectorAll(`.leaflet-${pane}-pane canvas.leaflet-tile`)];
    return tiles.length > 0 && tiles.every((tile) => tile.classList.contains("leaflet-tile-loaded") && getComputedStyle(tile).opacity === "1");
}"""
BARE = "document.querySelectorAll('.leaflet-base-lines-pane, .leaflet-stations-pane, .leaflet-vehicles-pane').forEach((pane) => { pane.style.display = 'none'; })"
SPOKEN = """
    window.spoken = new Set();
    const fillText = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) { window.spoken.add(text); return fillText.call(this, text, ...rest); };
"""
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def insides(folder: Path, layer: str) -> dict[str, tuple[float, float, float]]:
    """For each class of a published layer: longitude, latitude and radius (degrees) of the roomiest spot inside it."""
    found: dict[str, tuple[float, float, float]] = {}
    for feature in json.loads((folder / f"{layer}.geojson").read_bytes())["features"]:
        area = max(shapely.get_parts(shape(feature["geometry"])), key=lambda part: part.area)
        circle = shapely.maximum_inscribed_circle(area, 0.00002)
        (lon, lat), radius = circle.coords[0], circle.length
        code = feature["properties"]["code"]
        found[code] = max(found.get(code, (0, 0, 0)), (lon, lat, radius), key=lambda spot: spot[2])
    return found


def laid_over(colour: str) -> tuple[int, ...]:
    """The table's colour at the opacity of areas over the ground."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return tuple(
        round(FILL_OPACITY * part + (1 - FILL_OPACITY) * below) for part, below in zip(parts, GROUND, strict=True)
    )


def middle(page: Page, side: int = 24) -> Image.Image:
    box = page.locator(".folium-map").bounding_box()
    assert box
    clip = {
        "x": box["x"] + box["width"] / 2 - side / 2,
        "y": box["y"] + box["height"] / 2 - side / 2,
        "width": side,
        "height": side,
    }
    return Image.open(io.BytesIO(page.screenshot(clip=clip, animations="disabled"))).convert("RGB")


def switch(page: Page, layer: str):
    return page.locator(f'#layers [data-layer="{layer}"] input')


def test_rendered_tiles_have_the_colours_of_the_table(look, calm, catalogue, layers_folder):
    """One layer after the other on the same page, each alone, at the roomiest spot of each of its classes."""
    page = look(calm, "/#layers=").page
    page.evaluate(BARE)
    for kind in ("flood_depth", "sediment", "flood_duration", "house_collapse"):
        layer = next(layer for layer in catalogue if layer.kind == kind)
        colours = {entry.code: entry.colour for entry in layer.legend}
        spots = sorted(insides(layers_folder, layer.id).items(), key=lambda item: -item[1][2])[: 4 if FULL else 2]
        assert len(spots) >= 2
        switch(page, layer.id).evaluate("(input) => input.click()")
        for code, (lon, lat, _) in spots:
            page.evaluate(GO, [lat, lon, 17])
            page.wait_for_function(DRAWN, arg=layer.id.replace("_", "-"))
            page.wait_for_function(DRAWN, arg="ground")
            seen = max(middle(page).getcolors(maxcolors=1 << 16))[1]
            assert max(abs(a - b) for a, b in zip(seen, laid_over(colours[code]), strict=True)) <= 3, (code, seen)
        switch(page, layer.id).evaluate("(input) => input.click()")
        expect(page.locator(f".leaflet-{layer.id.replace('_', '-')}-pane canvas")).to_have_count(0)


@pytest.mark.parametrize(("path", "name"), [("/", "尾花沢"), ("/en/", "Obanazawa")])
def test_the_ground_is_our_own_and_speaks_the_language_of_the_page(look, calm, path, name):
    page = look(calm, "/list", own=True).page
    page.add_init_script(SPOKEN)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page.url.removesuffix("/list") + path)
    page.wait_for_function("(name) => window.spoken.has(name)", arg=name)
    assert any("basemap.pmtiles" in url for url in asked)
    assert not any("boundary.geojson" in url for url in asked)  # the lines of the roads are asked for, for their ages


def test_without_the_basemap_the_plain_ground_is_drawn_and_no_other_map_unless_the_town_wishes(look, calm):
    page = look(calm, block="**/layers/basemap.*", expected=["ERR_FAILED"]).page
    page.wait_for_selector(".leaflet-town-pane canvas", state="attached")
    page.wait_for_selector(".leaflet-roads-pane canvas", state="attached")
    expect(page.locator(".failed:visible")).to_have_count(0)
    expect(page.locator("#gsi-switch")).to_have_count(0)


def test_without_webgl_everything_is_drawn_and_nobody_outside_is_asked(
    chromium: Browser, serve: Callable[[Any], str], night
):
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-webgl",
        "--disable-3d-apis",
        "--disable-background-networking",
    ]
    browser = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=options)
    try:
        page = browser.new_page(viewport={"width": 900, "height": 700}, locale="ja-JP")
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        address = serve(night)
        page.goto(address + "/#theme=hazard")
        page.wait_for_selector("#freshness[data-state=receiving]")
        assert page.evaluate("document.createElement('canvas').getContext('webgl')") is None
        for pane in ("ground", "base-lines", "flood-depth"):
            page.wait_for_function(DRAWN, arg=pane)
        assert wrong == []
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    finally:
        browser.close()


def test_layers_are_switched_by_keyboard_remembered_in_the_address_and_seen_no_nearer_than_they_are_precise(
    look, calm, catalogue
):
    page = look(calm, "/#theme=hazard").page
    # Of layers about one hazard one is shown at first.
    on = [layer.id for layer in catalogue if layer.hazards and switch(page, layer.id).is_checked()]
    told = [hazard for layer in catalogue if layer.id in on for hazard in layer.hazards[-1:]]
    assert len(told) == len(set(told))
    expect(switch(page, "flood_depth")).to_be_checked()
    expect(switch(page, "flood_duration")).not_to_be_checked()
    expect(page.locator('[data-layer="flood_duration"] .ramp')).to_be_hidden()
    switch(page, "flood_duration").focus()
    page.keyboard.press("Space")
    page.wait_for_function(DRAWN, arg="flood-duration")
    expect(page.locator('[data-layer="flood_duration"] .ramp')).to_be_visible()
    switch(page, "flood_depth").focus()
    page.keyboard.press("Space")
    expect(page.locator(".leaflet-flood-depth-pane canvas")).to_have_count(0)
    page.reload()
    expect(switch(page, "flood_duration")).to_be_checked()
    expect(switch(page, "flood_depth")).not_to_be_checked()
    page.locator('[data-theme="hazard"]').click()
    expect(switch(page, "flood_depth")).to_be_checked()
    assert "layers=" not in page.url
    # Nearer than the source is precise is said, and so is too far.
    page.evaluate(GO, [38.617, 140.41, 17])
    expect(page.locator("#zoom-note")).to_contain_text("拡大しすぎ：データの精度を超えています")
    page.evaluate(GO, [38.617, 140.41, 14])
    expect(page.locator("#zoom-note")).to_be_hidden()
    page.evaluate(GO, [38.617, 140.41, 8])
    expect(page.locator("#zoom-note")).to_contain_text("縮小しすぎ")


def test_a_layer_that_fails_is_told_and_can_be_asked_for_again(look, calm):
    page = look(calm, "/#layers=sediment", block="**/layers/sediment.*", expected=["ERR_FAILED"]).page
    alert = page.locator('#sheet-body > [data-about="sediment"]')
    expect(alert).to_contain_text("読み込めませんでした")
    page.unroute("**/layers/sediment.*")
    alert.get_by_role("button", name="もう一度").click()
    page.wait_for_function(DRAWN, arg="sediment")
    expect(alert).to_have_count(0)


HOSTILE = "<img src=x onerror='window.boom=1'>${window.boom=1}"


@pytest.fixture
def own_layers(server, town, tmp_path) -> Iterator[None]:
    """The example town with one layer of its own: a point with a hostile name, one of a class nobody named."""
    point = {"type": "Point", "coordinates": [140.41, 38.60]}
    other = {"type": "Point", "coordinates": [140.43, 38.60]}
    properties = {"名前": HOSTILE, "種類": "hydrant", "備考": "雪に埋まる"}
    features = [
        {"type": "Feature", "properties": properties, "geometry": point},
        {"type": "Feature", "properties": {"名前": "別", "種類": "何か"}, "geometry": other},
    ]
    file = tmp_path / "hydrants.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    style = LayerStyle(
        name="名前",
        field="種類",
        classes=(StyleClass(value="hydrant", colour="#B00020", label_ja="消火栓", label_en="Hydrant"),),
        fields=(LayerField(property="備考", label_ja="備考", label_en="Remark"),),
    )
    layer = LayerConfig(
        id="hydrants", kind="points", title_ja="消火栓", title_en="Hydrants", file=file, crs="EPSG:6668", licence="CC0",
        credit="試験", source_url="", date="2026-01-01", access=Access.PUBLIC, shown=True, fictitious=True,
        department="消防署", style=style,
    )  # fmt: skip
    site = replace(town, layers=(next(each for each in town.layers if each.kind == "boundary"), layer))
    before = (server.site, server.catalogue, server.layers)
    server.site, server.layers = site, tmp_path / "layers"
    server.catalogue = publish_layers(site, server.layers)
    publish_basemap(site, server.layers)
    yield
    server.site, server.catalogue, server.layers = before


@pytest.mark.usefixtures("own_layers")
def test_a_click_on_a_feature_of_a_town_layer_shows_its_lines_as_text(look, calm):
    page = look(calm, "/#theme=town").page
    expect(page.locator("#layers h3").first).to_have_text("消防署")
    page.evaluate(GO, [38.60, 140.41, 15])
    box = page.locator(".folium-map").bounding_box()
    page.wait_for_selector(".leaflet-hydrants-pane canvas", state="attached")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = page.locator("#detail")
    expect(card.locator("h2")).to_contain_text("<img src=x")
    expect(card).to_contain_text("雪に埋まる")
    expect(card).to_contain_text("消火栓")
    assert page.evaluate("window.boom") is None


@pytest.fixture
def offering(server, town) -> Iterator[None]:
    server.site = replace(town, basemap=Basemap(gsi="pale"))
    yield
    server.site = town


@pytest.mark.usefixtures("offering")
def test_the_other_map_is_shown_on_wish_credited_and_a_missing_tile_is_no_outage(look, calm):
    page = look(calm, expected=[f"outside request: {HOST}/xyz/pale/", "404"]).page
    count = 0

    def answer(route):
        nonlocal count
        count += 1
        route.fulfill(status=404) if count % 2 else route.fulfill(body=PIXEL, content_type="image/png")

    page.route(f"{HOST}/**", answer)
    expect(page.locator("#base-credit")).to_be_hidden()
    page.locator("#gsi-switch").click()
    page.locator(".leaflet-gsi-pane img.leaflet-tile-loaded").first.wait_for(state="attached")
    expect(page.locator("#base-credit a")).to_have_text("地理院タイル")
    expect(page.locator(".leaflet-ground-pane canvas")).to_have_count(0)
    expect(page.locator("#base-note")).to_be_hidden()
    page.locator("#gsi-switch").click()
    page.wait_for_function(DRAWN, arg="ground")
    expect(page.locator("#base-credit")).to_be_hidden()


@pytest.mark.usefixtures("offering")
def test_where_the_other_map_fails_our_own_comes_back_and_it_is_said(look, calm):
    page = look(calm, block=f"{HOST}/**", expected=[f"outside request: {HOST}/xyz/pale/", "ERR_FAILED"]).page
    page.locator("#gsi-switch").click()
    expect(page.locator("#base-note")).to_contain_text("この町の背景地図に戻しました")
    expect(page.locator("#gsi-switch")).not_to_be_checked()
    page.wait_for_function(DRAWN, arg="ground")
    expect(page.locator("#base-credit")).to_be_hidden()


@pytest.mark.usefixtures("offering")
def test_a_host_that_never_answers_is_given_up_in_time(look, calm):
    page = look(calm, clock=True, expected=[f"outside request: {HOST}/xyz/pale/", "ERR_"]).page
    page.route(f"{HOST}/**", lambda route: None)
    page.locator("#gsi-switch").click()
    page.locator(".leaflet-gsi-pane img").first.wait_for(state="attached")
    page.clock.run_for(8_500)
    expect(page.locator("#base-note")).to_contain_text("この町の背景地図に戻しました")
