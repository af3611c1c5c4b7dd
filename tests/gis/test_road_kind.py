"""The layer of cleared roads: what is read from towns' own files, what is told, and what is kept back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.model import LayerConfig, RoadFacts
from core.model import Bounds
from gis.feature_collection import geojson_text
from gis.kinds import kind_of
from gis.kinds.roads import with_all_told
from gis.load import load_layer
from gis.report import LoadedLayer
from gis.road_fields import class_code, deadline, elevation_m, length_m, vehicle_ids
from gis.road_lengths import length_differences

NISHIYAMA = (
    Path(__file__).parents[2] / "config" / "nishiyama" / "layers" / "data" / "kashiwazaki-nishiyama-routes.geojson"
)
BOX = Bounds(138.6, 37.4, 138.75, 37.55)
ONE_KM = [[138.65, 37.45], [138.65, 37.45901]]

Make = Callable[..., LayerConfig]


@pytest.fixture
def load(make_layer: Make, tmp_path: Path) -> Callable[..., LoadedLayer]:
    """Loads roads of one kilometre each with the properties given; ``facts`` are the layer's."""

    def read(*roads: dict[str, Any], facts: RoadFacts | None = None) -> LoadedLayer:
        features = [
            {
                "type": "Feature",
                "properties": {"id": f"R{number}", "class": "1"} | road,
                "geometry": {"type": "LineString", "coordinates": ONE_KM},
            }
            for number, road in enumerate(roads, start=1)
        ]
        file = tmp_path / "roads.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        layer = replace(make_layer("roads", file), road_facts=facts or RoadFacts(plane_epsg=6676))
        return load_layer(layer, BOX)

    return read


def row(loaded: LoadedLayer, number: int = 0) -> dict[str, Any]:
    return dict(loaded.frame.drop(columns="geometry").iloc[number])


def test_a_road_as_city_open_data_writes_it(load: Callable[..., LoadedLayer]) -> None:
    loaded = load(
        {
            "id": None,
            "class": None,
            "OBJECTID": 828,
            "区分": "第１種",
            "路線名": "市道礼拝坂田線",
            "路線種別": "市道",
            "除雪路線延長": 1000,
            "地区": "西山",
            "完了目標時刻": "７時",
            "標高": "12.5",
        }
    )
    assert row(loaded) == {
        "id": "828",
        "name": "市道礼拝坂田線",
        "code": "1",
        "class": "第1種",
        "owner": "市道",
        "district": "西山",
        "official_length_m": 1000,
        "deadline": "07:00",
        "elevation_m": 12.5,
    }
    assert loaded.report.warnings == ()


def test_who_clears_a_road_is_kept_back(load: Callable[..., LoadedLayer], make_layer: Make) -> None:
    road = {"contractor": "架空建設", "vehicles": "plough-01, grader-03"}
    assert not {"contractor", "vehicles"} & set(load(road).frame.columns)
    shown = load(road, facts=RoadFacts(disclosed=("contractor",)))
    assert (row(shown)["contractor"], "vehicles" in shown.frame.columns) == ("架空建設", False)


def test_the_columns_people_read_follow(make_layer: Make) -> None:
    layer = make_layer("roads", "roads.geojson")
    open_layer = replace(layer, road_facts=RoadFacts(disclosed=("contractor",)))
    assert "contractor" not in [column.property for column in kind_of(layer).columns]
    assert "contractor" in [column.property for column in kind_of(open_layer).columns]
    assert "vehicles" not in [column.property for column in kind_of(with_all_told(layer)).columns]


def test_matching_reads_all(load: Callable[..., LoadedLayer], make_layer: Make) -> None:
    load({"contractor": "架空建設", "vehicles": "plough-01、grader-03 plough-01"})
    layer = with_all_told(make_layer("roads", "roads.geojson"))
    assert layer.road_facts.disclosed == ("contractor", "vehicles")
    told = load({"vehicles": "plough-01、grader-03 plough-01"}, facts=layer.road_facts)
    assert row(told)["vehicles"] == "plough-01 grader-03"


def test_what_is_not_said_is_empty_and_null_in_the_file(load: Callable[..., LoadedLayer], make_layer: Make) -> None:
    loaded = load({"official_length_m": "1,000 m"}, {})
    assert row(loaded)["official_length_m"] == 1000
    text = geojson_text(make_layer("roads", "x.geojson"), loaded.frame)
    properties = json.loads(text)["features"][1]["properties"]
    assert (properties["official_length_m"], properties["elevation_m"], properties["deadline"]) == (None, None, "")
    assert loaded.report.warnings == ("1 of 2 roads have no official length: their drawn length counts",)


@pytest.mark.parametrize(
    ("road", "said"),
    [
        ({"official_length_m": -120}, "official_length_m '-120' is no length in metres: left out (feature 1)"),
        ({"official_length_m": 0}, "official_length_m '0' cannot be the length of a road in metres: left out (feature 1)"),
        ({"official_length_m": "1.0km"}, "official_length_m '1.0km' is no length in metres: left out (feature 1)"),
        ({"official_length_m": 10**6}, "official_length_m '1000000' cannot be the length of a road in metres: left out (feature 1)"),
        (
            {"official_length_m": 1.0},
            "road R1: the official length 1 m is not that of a line of 1000 m (in kilometres?): left out",
        ),
        ({"deadline": "25:00"}, "deadline '25:00' is no time of day: left out (feature 1)"),
        ({"elevation_m": 8848}, "elevation_m '8848' is no elevation in metres: left out (feature 1)"),
        ({"class": "国道"}, "class '国道' is not 第1種 to 第3種 or 緊急確保: shown as other (feature 1)"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_and_left_out(
    load: Callable[..., LoadedLayer], road: dict[str, Any], said: str
) -> None:
    loaded = load(road)
    assert loaded.report.warnings == (said,)
    assert row(loaded)["official_length_m"] is None
    assert (row(loaded)["deadline"], row(loaded)["elevation_m"]) == ("", None)


def test_a_line_not_as_long_as_the_register_says_is_told(load: Callable[..., LoadedLayer]) -> None:
    loaded = load({"official_length_m": 960}, {"official_length_m": 800, "name": "坂田線"}, {"official_length_m": 1049})
    assert loaded.report.warnings == (
        (
            "1 of 3 roads are drawn more than 5 % longer or shorter than their official length, 1.25 to 1.25 times: "
            "percentages use the official one"
        ),
        "road R2 坂田線: official 800 m, drawn 1000 m",
    )


def test_ids_that_stand_twice_and_vehicles_nobody_knows_are_told(load: Callable[..., LoadedLayer]) -> None:
    facts = RoadFacts(vehicles=("plough-01",), plane_epsg=6676)
    loaded = load({"id": "A", "vehicles": "plough-01 plough-9"}, {"id": "A"}, facts=facts)
    assert loaded.report.warnings == (
        "1 ids stand for several roads (A): ploughs cannot be matched to them",
        "vehicles.csv does not have plough-9, which roads name as their vehicle",
    )


def test_the_network_of_nishiyama(make_layer: Make) -> None:
    layer = replace(make_layer("roads", NISHIYAMA), road_facts=RoadFacts(plane_epsg=6676))
    loaded = load_layer(layer, BOX)
    assert dict(loaded.report.counts) == {"1": 41, "2": 38, "3": 209}
    assert sum(loaded.frame["official_length_m"]) == 104_912
    assert loaded.frame["id"].is_unique
    features = json.loads(NISHIYAMA.read_text(encoding="utf-8"))["features"]
    apart = length_differences(
        (str(one["id"]), "", one["properties"]["除雪路線延長"], one["properties"]["Shape__Length"]) for one in features
    )
    assert loaded.report.warnings[0].startswith(f"{len(apart)} of 288 roads are drawn more than 5 % longer or shorter")
    assert loaded.report.warnings[1] == "road 828 市道礼拝坂田線: official 90 m, drawn 241 m"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("第1種", "1"),
        ("1", "1"),
        ("2種", "2"),
        ("第3次", "3"),
        ("緊急確保", "emergency"),
        ("", "unknown"),
        ("4", "unknown"),
    ],
)
def test_classes(written: str, code: str) -> None:
    assert class_code(written) == code


@pytest.mark.parametrize(
    ("written", "metres"), [("90", 90.0), ("１２０", 120.0), ("1,234.5m", 1234.5), ("12,345,", None), ("nan", None)]
)
def test_lengths(written: str, metres: float | None) -> None:
    if metres is None:
        with pytest.raises(ValueError, match="length"):
            length_m(written)
    else:
        assert length_m(written) == metres


@pytest.mark.parametrize(
    ("written", "found"),
    [("7:00", "07:00"), ("07:30:00", "07:30"), ("7時30分", "07:30"), ("７時まで", "07:00"), ("23：59", "23:59")],
)
def test_deadlines(written: str, found: str) -> None:
    assert deadline(written) == found


@pytest.mark.parametrize("wrong", ["24:00", "7", "朝", "7:60", "07:30:15", "-1:00"])
def test_what_is_no_deadline(wrong: str) -> None:
    with pytest.raises(ValueError, match="no time of day"):
        deadline(wrong)


def test_vehicles_and_elevations() -> None:
    assert vehicle_ids(" a,b、ｃ; d  a") == ("a", "b", "c", "d")
    assert elevation_m("１２ｍ") == 12.0
    with pytest.raises(ValueError, match="no elevation"):
        elevation_m("about 30")
