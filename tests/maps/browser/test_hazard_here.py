"""「この場所」: the sheet over the map, and the browser's own reckoning against the server's at many points."""

from __future__ import annotations

import random
from typing import Any

import pytest
import shapely
from playwright.sync_api import Page, expect

from core.shelters import ShelterState, ShelterStatus
from gis import read_published
from gis.hazard_folder import PublishedHazards
from gis.metres import in_metres
from maps.hazard_document import words_document
from maps.hazard_service import report_at
from tests.examples import FULL

pytestmark = pytest.mark.browser

COMPUTE = """async (points) => {
  const { localReport } = await import("/static/js/hazard_local.js");
  const reports = [];
  for (const [lon, lat] of points) reports.push(await localReport(lon, lat, "ja"));
  return reports;
}"""
TELL = """(states) => import("/static/js/world.js").then(({ world }) => { for (const state of states) world.shelters.set(state.id, state); })"""
GO = "([lat, lon]) => { yukimoriMap.setView([lat, lon], 15, { animate: false }); }"
TOKYO = {"longitude": 139.7, "latitude": 35.7}
OFF_M = 2.0
"""Tiles round to about half a metre and drop points that bend a line by less than one."""


def points_of(town, catalogue, layers_folder) -> list[tuple[float, float]]:
    """A coarse grid over the town, points in areas, and points near their edges."""
    bounds = town.bounds
    grid = [
        (
            bounds.west + (bounds.east - bounds.west) * (x + 0.5) / 4,
            bounds.south + (bounds.north - bounds.south) * (y + 0.5) / 4,
        )
        for x in range(4)
        for y in range(4)
    ]
    chance, most = random.Random(5), 4 if FULL else 2
    for layer in catalogue:
        if layer.hazards:
            shapes = read_published(layers_folder, layer).geometry
            for shape in chance.sample(list(shapes), min(most, len(shapes))):
                middle, edge = shape.representative_point(), shape.boundary.interpolate(0.3, normalized=True)
                grid += [(middle.x, middle.y), (edge.x + 0.00009, edge.y + 0.00006)]
    return [(round(lon, 6), round(lat, 6)) for lon, lat in grid]


def margin(frames: dict[str, Any], layer: str, lon: float, lat: float, epsg: int) -> float:
    """Metres from a point to the nearest edge of a layer's areas."""
    point = in_metres(shapely.Point(lon, lat), epsg)
    return float(min(shapely.distance(shape, point) for shape in frames[layer]))


def test_the_browser_reckons_what_the_server_reckons(look, calm, town, catalogue, layers_folder):
    page = look(calm).page
    points = points_of(town, catalogue, layers_folder)
    known = PublishedHazards(layers_folder, town.plane_epsg).now()
    words = words_document(town, known.catalogue, "ja")
    site = known.shelters.shelters[0]
    state = ShelterState(
        shelter=site.id,
        status=ShelterStatus.CLOSED,
        people=0,
        capacity=40,
        note_ja="雪で閉鎖",
        note_en="",
        at=calm.now,
        by="x",
    )
    told = {"id": site.id, "status": "closed", "people": 0, "capacity": 40, "note_ja": "雪で閉鎖", "note_en": ""}
    page.evaluate(TELL, [{**told, "at": calm.now.isoformat()}])
    edges = {
        layer.id: [
            in_metres(shape.boundary, town.plane_epsg) for shape in read_published(layers_folder, layer).geometry
        ]
        for layer in catalogue
        if layer.hazards and layer.geometry == "polygon"
    }
    found = near_told = inside_told = 0
    for (lon, lat), theirs in zip(points, page.evaluate(COMPUTE, points), strict=True):
        ours = report_at(
            known,
            words,
            lon,
            lat,
            plane_epsg=town.plane_epsg,
            stations=calm.stations["features"],
            states={site.id: state},
            now=calm.now,
        )
        for key in ("lon", "lat", "inside", "place", "where", "official", "notes", "labels"):
            assert theirs[key] == ours[key], (key, lon, lat)
        same(ours["gauges"], theirs["gauges"], ("station", "value", "level", "direction", "age"))
        parts = {part["hazard"]: part for part in theirs["hazards"]}
        for part in ours["hazards"]:
            there = parts[part["hazard"]]
            inside_told += sum(bool(row["inside"]) for row in there["shelters"])
            same(
                part["shelters"],
                there["shelters"],
                ("id", "direction", "elevation", "status", "state", "note"),
            )
            for layer, other in zip(part["layers"], there["layers"], strict=True):
                if layer["layer"] in edges and margin(edges, layer["layer"], lon, lat, town.plane_epsg) < OFF_M:
                    continue
                found += layer["state"] == "found"
                assert (layer["state"], layer["code"], layer["text"], layer["details"]) == (
                    other["state"],
                    other["code"],
                    other["text"],
                    other["details"],
                ), (lon, lat)
                near = {row["code"]: row["distance_m"] for row in layer["nearby"] if row["distance_m"] <= 25}
                near_told += len(near)
                for code, metres in near.items():
                    assert abs(metres - next(row["distance_m"] for row in other["nearby"] if row["code"] == code)) <= 5
    assert found > 20
    assert near_told > 5
    assert inside_told > 0


def same(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], keys: tuple[str, ...]) -> None:
    assert [[row[key] for key in keys] for row in ours] == [[row[key] for key in keys] for row in theirs]
    # The plane zone is up to 1/10 000 short in its middle; the browser reckons on the ellipsoid.
    metres = [row["distance_m"] for row in theirs]
    assert [row["distance_m"] for row in ours] == pytest.approx(metres, rel=2e-4, abs=1)


@pytest.mark.parametrize("path", ["/", "/en/"])
def test_the_button_reads_the_centre_of_the_map_by_keyboard(look, calm, path):
    page = look(calm, path, geolocation=TOKYO, permissions=["geolocation"]).page
    page.evaluate(GO, [38.6158, 140.393506])
    page.locator("#hazard-here").focus()
    page.keyboard.press("Enter")
    report = page.locator("#detail .hazard-report")
    expect(report.locator('[data-layer="flood_depth"][data-state="found"]')).to_be_visible()
    expect(report).to_contain_text("Obanazawa" if path == "/en/" else "尾花沢市の避難情報に従ってください")
    expect(report.locator(".near-shelters li").first).to_be_visible()
    expect(report.locator(".gauges-near li").first).to_be_visible()
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "hazard-here"
    if path == "/":
        a_click_where_nothing_is_says_not_assessed_and_easy_words_are_one_press_away(page)
        ones_own_position_is_asked_for_only_on_request_and_may_lie_beyond_the_map(page)


def a_click_where_nothing_is_says_not_assessed_and_easy_words_are_one_press_away(page: Page) -> None:
    page.evaluate(GO, [38.53, 140.52])
    box = page.locator(".folium-map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    report = page.locator("#detail .hazard-report")
    expect(report).to_contain_text("この地図では評価されていません（安全という意味ではありません）")
    page.get_by_role("button", name="やさしい日本語").click()
    expect(report).to_contain_text("調べて いません（安全と いう 意味では ありません）")
    page.keyboard.press("Escape")


def ones_own_position_is_asked_for_only_on_request_and_may_lie_beyond_the_map(page: Page) -> None:
    page.locator("#hazard-here").click()
    page.get_by_role("button", name="現在地で調べる").click()
    expect(page.locator("#detail")).to_contain_text("この地図の範囲の外です")


def test_a_server_that_does_not_answer_is_said_and_never_looks_like_nothing_there(look, calm):
    page = look(calm, expected=["ERR_FAILED"], block="**/api/hazard*").page
    page.locator("#hazard-here").click()
    expect(page.locator("#detail")).to_contain_text("何もないという意味ではありません")
