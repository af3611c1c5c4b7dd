"""``/hazard`` in three registers and ``/api/hazard``: what is there, what is not assessed, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from config.model import LayerConfig
from core.model import Access
from gis import publish_layers

HERE = {"lon": "140.405", "lat": "38.605"}
PAGES = ("/hazard", "/easy/hazard", "/en/hazard")


def square(west: float, south: float, size: float = 0.01) -> dict[str, Any]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def emergency(id_: str, name: str, lon: float, flood: str) -> dict[str, Any]:
    blank = dict.fromkeys(
        ("崖崩れ、土石流及び地滑り", "高潮", "地震", "津波", "大規模な火事", "内水氾濫", "火山現象"), ""
    )
    named = {
        "共通ID": id_,
        "施設・場所名": name,
        "住所": "中央1",
        "洪水": flood,
        "指定避難所との住所同一": "",
        "備考": "",
    }
    return feature({"type": "Point", "coordinates": [lon, 38.605]}, **named, **blank)


SOURCES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "depth": (
        "flood_depth",
        [
            feature(square(140.40, 38.60), A31a_205="3", A31a_202="丹生川"),
            feature(square(140.42, 38.60), A31a_205="9", A31a_202="丹生川"),
        ],
    ),
    "edge": ("boundary", [feature(square(140.3, 38.5, 0.2), name="試験町")]),
    "sites": (
        "shelters",
        [emergency("E0621200001201", "=高台", 140.45, "1"), emergency("E0621200002201", "低い所", 140.406, "1")],
    ),
}


@pytest.fixture(scope="module")
def hazard_layers(tmp_path_factory, make_town_in) -> Path:
    folder = tmp_path_factory.mktemp("hazards")
    layers = []
    for id_, (kind, features) in SOURCES.items():
        source = folder / f"{id_}.json"
        source.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
        layers.append(
            LayerConfig(
                id=id_,
                kind=kind,
                title_ja=f"{id_}の地図",
                title_en=f"Map of {id_}",
                file=source,
                crs="EPSG:6668",
                licence="CC0 1.0",
                credit="試験町",
                source_url="",
                date="2024-04-01",
                access=Access.PUBLIC,
                shown=True,
                fictitious=True,
            )
        )
    publish_layers(replace(make_town_in(folder), layers=tuple(layers)), folder / "layers")
    return folder / "layers"


@pytest.fixture
def public_folder(tmp_path, hazard_layers) -> Path:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "layers").symlink_to(hazard_layers)
    return tmp_path / "public"


def part(report: dict[str, Any], hazard: str) -> dict[str, Any]:
    return next(part for part in report["hazards"] if part["hazard"] == hazard)


def test_the_interface_says_depth_river_scenario_source_and_what_to_do(client, send):
    send.value("bridge/water_level", 2.2, minutes_ago=3)
    client.app.state.parts.live.refresh()
    answer = client.get("/api/hazard", params=HERE)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    report = answer.json()
    assert report["inside"] is True
    assert report["official"] == ["試験町の避難情報に従ってください。", "防災係"]
    (layer,) = part(report, "flood")["layers"]
    assert (layer["state"], layer["code"], layer["text"]) == ("found", "3", "浸水深 3m以上5m未満")
    assert {row["text"] for row in layer["details"]} == {"丹生川", "想定最大規模"}
    assert layer["fictitious"]
    assert "試験町" in layer["source"]
    assert "2024-04-01" in layer["date"]
    assert any("2階へ上がるだけでは足りません" in text for text in part(report, "flood")["advice"])
    (gauge,) = [row for row in report["gauges"] if row["station"] == "bridge"]
    assert (gauge["value"], gauge["symbol"], gauge["stale"]) == ("2.20", "caution", False)
    assert report["stale"] is False


def test_shelters_are_those_for_the_hazard_with_distance_state_and_their_own_danger(client):
    near, far = part(client.get("/api/hazard", params=HERE).json(), "flood")["shelters"]
    assert (near["name"], near["direction"], near["status"]) == ("低い所", "東", None)
    assert near["distance"].startswith("直線距離 約90m")
    assert "浸水深 3m以上5m未満" in near["inside"]
    assert (far["name"], far["inside"], far["elevation"]) == ("=高台", "", "標高 不明")
    snow = part(client.get("/api/hazard", params=HERE).json(), "avalanche")
    assert snow["shelters"] == []
    assert snow["no_shelters"].startswith("雪崩のために指定された避難場所はありません")


@pytest.mark.parametrize(
    ("place", "state", "words"),
    [
        ({"lon": "140.35", "lat": "38.65"}, "not_assessed", "評価されていません（安全という意味ではありません）"),
        ({"lon": "140.425", "lat": "38.605"}, "unknown", "区分は不明"),
        ({"lon": "140.39985", "lat": "38.605"}, "nearby", "評価されていません（安全という意味ではありません）"),
    ],
)
def test_no_area_is_not_assessed_and_an_unknown_class_is_told(client, place, state, words):
    (layer,) = part(client.get("/api/hazard", params=place).json(), "flood")["layers"]
    assert layer["state"] == state
    assert words in layer["text"]
    if state == "nearby":
        assert layer["nearby"][0]["text"] == "すぐ近く（約15m）に「浸水深 3m以上5m未満」の区域があります。"


def test_outside_the_municipality_nothing_is_known_and_nothing_is_offered(client):
    report = client.get("/api/hazard", params={"lon": "140.6", "lat": "38.75"}).json()
    assert (report["inside"], report["hazards"], report["gauges"]) == (False, [], [])
    assert "試験町の外のことは分かりません" in report["where"]


WRONG = [
    {},
    {"lon": "140.4"},
    {"lat": "38.6"},
    {"lon": "NaN", "lat": "38.6"},
    {"lon": "140.4", "lat": "inf"},
    {"lon": "-inf", "lat": "38.6"},
    {"lon": "1e309", "lat": "38.6"},
    {"lon": "1.404e2", "lat": "38.6"},
    {"lon": "１４０.４", "lat": "38.6"},
    {"lon": "140,4", "lat": "38.6"},
    {"lon": "140.4", "lat": "38.6; drop"},
    {"lon": "0x8c", "lat": "38.6"},
    {"lon": "", "lat": "38.6"},
    {"lon": "140.4", "lat": "9" * 400},
    {"lon": "38.6", "lat": "140.4"},
    {"lon": "150.0", "lat": "38.6"},
    {"lon": ["140.4", "140.4"], "lat": "38.6"},
    {"lon": "140.4", "lat": "38.6", "callback": "x"},
    {"lon": "140.4\u0000", "lat": "38.6"},
]


@pytest.mark.parametrize("given", WRONG)
def test_a_place_that_cannot_be_read_is_refused_with_words(quiet, given):
    answer = quiet.get("/api/hazard", params=given)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    for path in PAGES if given else ():
        page = quiet.get(path, params=given, headers={"Accept": "text/html"})
        assert page.status_code == 400
        assert page.headers["content-type"].startswith("text/html")
        assert 'role="alert"' in page.text
        assert "data-hazard" not in page.text


def test_an_unknown_language_is_refused(quiet):
    assert quiet.get("/api/hazard", params={**HERE, "lang": "fr"}).status_code == 400


def test_what_was_typed_is_shown_again_as_text(quiet):
    page = quiet.get("/hazard?lon=" + quote('"><script>x') + "&lat=38.6")
    assert page.status_code == 400
    assert "<script>x" not in page.text


@pytest.mark.parametrize(
    ("path", "lang", "words"),
    list(zip(PAGES, ("ja", "ja", "en"), ("洪水", "ここは どんな 所か", "Flood"), strict=True)),
)
def test_the_page_works_without_scripts_in_each_register(client, path, lang, words):
    empty = client.get(path)
    assert empty.status_code == 200
    assert f'action="{path}"' in empty.text
    page = client.get(path, params=HERE)
    assert page.status_code == 200
    assert f'<html lang="{lang}">' in page.text
    assert words in page.text
    assert 'data-state="found"' in page.text
    assert all(f"{other}?lon=140.405&amp;lat=38.605" in page.text for other in PAGES)


def test_the_words_for_the_browser_are_a_file_that_changes_with_the_layers(client):
    answer = client.get("/hazard-words.easy.json")
    assert answer.status_code == 200
    assert [layer["id"] for layer in answer.json()["layers"]] == ["depth"]
    assert client.get("/hazard-words.easy.json", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert client.get("/hazard-words.fr.json").status_code == 404


def test_a_layer_that_cannot_be_read_is_told_as_not_known_and_read_again_when_it_is_whole(client, public_folder):
    whole = public_folder / "layers"
    broken = public_folder / "other"
    broken.mkdir()
    for file in whole.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    whole.unlink()
    broken.rename(whole)
    kept = (whole / "depth.geojson").read_bytes()
    (whole / "depth.geojson").write_bytes(b"{")
    (layer,) = part(client.get("/api/hazard", params=HERE).json(), "flood")["layers"]
    assert layer["state"] == "failed"
    assert "分かりません" in layer["text"]
    (whole / "depth.geojson").write_bytes(kept)
    (layer,) = part(client.get("/api/hazard", params=HERE).json(), "flood")["layers"]
    assert layer["state"] == "found"


def test_haste_is_refused(serve):
    hasty = serve(requests_per_second=0.001, requests_burst=1)
    assert hasty.get("/api/hazard", params=HERE).status_code == 200
    assert hasty.get("/hazard", params=HERE).status_code == 429
