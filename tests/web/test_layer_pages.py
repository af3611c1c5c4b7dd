"""The tables of layers over HTTP: strict page numbers, only what is public, and pages of five hundred."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from config.model import LayerConfig
from core.model import Access
from gis import publish_layers
from maps.layer_cautions import cautions
from maps.layer_page import ROWS, area_words, length_words


@pytest.mark.parametrize("path", ["/layer/shelters", "/en/layer/shelters"])
def test_a_layer_as_a_table(quiet, path):
    answer = quiet.get(path)
    assert answer.status_code == 200
    assert "中央小学校" in answer.text
    assert (
        'href="' + ("/en" if path.startswith("/en") else "") + '/hazard?lon=140.400000&amp;lat=38.600000"'
        in answer.text
    )
    assert "CC0 1.0" in answer.text
    assert ("架空" if path.startswith("/layer") else "Fictitious") in answer.text


def test_the_list_of_layers(quiet):
    assert 'href="/layer/shelters"' in quiet.get("/layers/").text
    assert 'href="/en/layer/shelters"' in quiet.get("/en/layers/").text


@pytest.mark.parametrize("page", ["0", "-1", "1e0", "１", "", "1.0", "abc", "1&page=1", "01", "9999999", "1%00"])
def test_a_page_that_is_no_number_is_refused(quiet, page):
    assert quiet.get(f"/layer/shelters?page={page}").status_code == 400


@pytest.mark.parametrize(
    "path", ["/layer/shelters?page=2", "/layer/nowhere", "/layer/..%2fsecret", "/layer/", "/layer/shelters/"]
)
def test_what_is_not_there(quiet, path):
    assert quiet.get(path).status_code == 404


def test_first_page_and_a_foreign_parameter(quiet):
    assert quiet.get("/layer/shelters?page=1&utm_source=x").status_code == 200


def point(number: int) -> dict[str, object]:
    geometry = {"type": "Point", "coordinates": [140.3 + number / 10_000, 38.6]}
    name = "<img src=x onerror=boom()>" if number == 0 else f"点{number}"
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


def test_many_features_stand_on_pages_and_no_layer_of_the_staff_on_any(client, public_folder: Path, town, tmp_path):
    file = tmp_path / "points.geojson"
    file.write_text(
        json.dumps({"type": "FeatureCollection", "features": [point(number) for number in range(ROWS + 20)]})
    )
    layer = LayerConfig(
        id="points", kind="place_names", title_ja="点", title_en="", file=file, crs="EPSG:4612", licence="CC0", credit="試験",
        source_url="", date="2026", access=Access.PUBLIC, shown=True, fictitious=False,
    )  # fmt: skip
    names = {"name_ja": "点", "name_en": "Point", "rank": 3}
    features = [point(number) for number in range(ROWS + 20)]
    for feature in features:
        feature["properties"] = names | {"name_ja": feature["properties"]["name"]}  # type: ignore[index]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    secret = replace(layer, id="secret", access=Access.STAFF, title_ja="危険家屋")
    published = publish_layers(replace(town, layers=(layer, secret)), public_folder / "layers", tmp_path / "staff")
    first, second = client.get("/layer/points").text, client.get("/layer/points?page=2").text
    assert first.count("<tr>") - second.count("<tr>") == ROWS - 20
    assert "&lt;img src=x" in first
    assert "<img src=x" not in first
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert client.get("/layer/points?page=3").status_code == 404
    assert client.get("/layer/secret").status_code == 404
    assert "危険家屋" not in client.get("/layers/").text
    told = cautions(next(each for each in published if each.id == "points"), "ja")
    assert any("2011年の地震より前の座標系" in text for text in told)


def test_sizes_in_words():
    assert (area_words(None), area_words(0.0123), area_words(12.3456)) == ("–", "12,300 m²", "12.35 km²")
    assert (length_words(None), length_words(0.25), length_words(12.34)) == ("–", "250 m", "12.3 km")
