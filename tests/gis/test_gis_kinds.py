"""What each kind publishes of its features, and the legend that goes with it."""

import json

import pytest
import shapely

import gis.kinds
from core.errors import LayerError
from gis import LAYER_KINDS, legend, load_layer
from gis.kinds import all_kinds
from gis.kinds.kind import Kind

# Standard colours of inundation depth as R, G, B in the ministry's guide to flood hazard maps, shallow to deep.
MLIT_RGB = [(247, 245, 169), (255, 216, 192), (255, 183, 183), (255, 145, 145), (242, 133, 201), (220, 122, 220)]


def rank(value, **more):
    return {"A31a_201": "9999999999", "A31a_202": "丹生川（架空）", "A31a_205": value, **more}


def at(frame, lon, lat):
    return frame[frame.geometry.intersects(shapely.Point(lon, lat))]


def test_every_kind_has_a_legend_for_every_code(make_layer, tmp_path):
    assert LAYER_KINDS.issuperset(
        {
            *("boundary", "shelters", "roads", "closures", "areas", "lines", "points"),
            *("flood_depth", "flood_duration", "house_collapse", "sediment", "hazard_sites"),
        }
    )
    for name in LAYER_KINDS:
        entries = legend(make_layer(name, tmp_path))
        codes = [entry.code for entry in entries]
        assert len(set(codes)) == len(codes) > 0
        for entry in entries:
            assert entry.label_ja
            assert entry.label_en
            assert len(entry.colour) == 7
            int(entry.colour[1:], 16)


def test_a_module_without_its_kind_is_a_mistake_of_ours(monkeypatch, tmp_path):
    (tmp_path / "avalanche.py").write_text("KIND = None\n")
    monkeypatch.setattr(gis.kinds, "__path__", [*gis.kinds.__path__, str(tmp_path)])
    all_kinds.cache_clear()
    with pytest.raises(TypeError, match=r"avalanche\.py must define KIND"):
        all_kinds()
    monkeypatch.undo()
    all_kinds.cache_clear()
    assert all(isinstance(kind, Kind) for kind in all_kinds().values())


def test_flood_legend_is_the_official_table(make_layer, tmp_path):
    entries = {entry.code: entry for entry in legend(make_layer("flood_depth", tmp_path))}
    colours = [tuple(bytes.fromhex(entries[str(code)].colour[1:])) for code in range(1, 7)]
    assert colours == MLIT_RGB
    assert [entries[str(code)].hatch for code in range(1, 7)] == [1, 2, 3, 4, 5, 6]
    assert entries["2"].label_ja == "0.5m以上3m未満"
    assert entries["6"].label_en == "20 m or more"
    assert entries["unknown"].hatch == 0


def test_ranks_become_words(make_layer, town, write, shapes):
    path = write(*(shapes.feature(shapes.square(140.4 + n / 100, 38.6, 0.005), rank(n)) for n in range(1, 7)))
    frame = load_layer(make_layer("flood_depth", path), town).frame
    assert list(frame["code"]) == ["1", "2", "3", "4", "5", "6"]
    assert frame.loc[2, "depth_ja"] == "3m以上5m未満"
    assert frame.loc[2, "depth_en"] == "3 m to under 5 m"
    assert set(frame["river"]) == {"丹生川（架空）"}
    assert set(frame["scenario_ja"]) == {"想定最大規模"}


def test_the_planned_scenario_is_told_from_the_largest(make_layer, town, write, shapes):
    properties = {"A31a_101": "9", "A31a_102": "丹生川", "A31a_105": 3}
    path = write(shapes.feature(shapes.square(140.4, 38.6, 0.01), properties))
    (row,) = load_layer(make_layer("flood_depth", path), town).frame.to_dict("records")
    assert (row["rank"], row["river"], row["scenario_ja"]) == (3, "丹生川", "計画規模")


@pytest.mark.parametrize("value", ["3", 3, 3.0, "3.0", " 3 "])
def test_a_rank_may_be_text_or_number(make_layer, town, write, shapes, value):
    path = write(shapes.feature(shapes.square(140.4, 38.6, 0.01), rank(value)))
    assert load_layer(make_layer("flood_depth", path), town).report.counts == {"3": 1}


@pytest.mark.parametrize("value", [0, 7, 11, "27", "", None, 3.5, "深い"])
def test_an_unlisted_code_is_counted_and_shown_as_unknown(make_layer, town, write, shapes, value):
    path = write(
        shapes.feature(shapes.square(140.4, 38.6, 0.01), rank(1)),
        shapes.feature(shapes.square(140.42, 38.6, 0.01), rank(value)),
    )
    loaded = load_layer(make_layer("flood_depth", path), town)
    assert loaded.report.counts == {"unknown": 1, "1": 1}
    assert any("shown as unknown (feature 2)" in line for line in loaded.report.warnings)
    (row,) = at(loaded.frame, 140.425, 38.605).to_dict("records")
    assert row["depth_ja"].startswith("深さ不明")


@pytest.mark.parametrize("text", ["NaN", "1e999", "true", "[3]", '{"a":1}'])
def test_a_code_that_is_no_code_is_refused(make_layer, town, tmp_path, shapes, text):
    path = tmp_path / "layer.geojson"
    square = json.dumps(shapes.square(140.4, 38.6, 0.01))
    path.write_text(f'{{"type":"Feature","properties":{{"A31a_205":{text}}},"geometry":{square}}}')
    with pytest.raises(LayerError, match="feature 1:"):
        load_layer(make_layer("flood_depth", path), town)


def test_the_deepest_wins_at_a_point(make_layer, town, write, shapes):
    path = write(
        shapes.feature(shapes.square(140.42, 38.62, 0.02), rank(4)),
        shapes.feature(shapes.square(140.40, 38.60, 0.06), rank(1)),
        shapes.feature(shapes.square(140.41, 38.61, 0.04), rank(2)),
        shapes.feature(shapes.square(140.40, 38.60, 0.06), rank(99)),
    )
    loaded = load_layer(make_layer("flood_depth", path), town)
    frame = loaded.frame
    assert [list(at(frame, *place)["code"]) for place in [(140.43, 38.63), (140.415, 38.615), (140.405, 38.605)]] == [
        ["4"],
        ["2"],
        ["1"],
    ]
    areas = frame.geometry.to_numpy()
    assert shapely.area(areas).sum() == pytest.approx(shapely.union_all(areas).area)
    assert "3 areas lay under deeper ones and were cut back" in loaded.report.warnings
    assert "unknown" not in loaded.report.counts


def test_neighbours_keep_their_common_border(make_layer, town, write, shapes):
    path = write(
        shapes.feature(shapes.square(140.40, 38.60, 0.01), rank(1)),
        shapes.feature(shapes.square(140.41, 38.60, 0.01), rank(2)),
    )
    loaded = load_layer(make_layer("flood_depth", path), town)
    assert loaded.report.warnings == ()
    assert shapely.coverage_is_valid(loaded.frame.geometry.to_numpy())


def shelter(**changes):
    site = {
        "NO": 1,
        "共通ID": "E0621200001201",
        "施設・場所名": "中学校",
        "住所": "町",
        "洪水": "1",
        "崖崩れ、土石流及び地滑り": "",
        "高潮": "",
        "地震": "",
        "津波": "",
        "大規模な火事": "",
        "内水氾濫": "",
        "火山現象": "",
        "指定避難所との住所同一": "",
        "備考": "",
    }
    return site | changes


@pytest.mark.parametrize("value", ["yes", "2", "△", "1,0"])
def test_a_flag_that_is_neither_is_not_taken_as_fit(make_layer, town, write, shapes, value):
    path = write(shapes.feature(shapes.point(140.4, 38.6), shelter(地震=value)))
    loaded = load_layer(make_layer("shelters", path), town)
    assert not loaded.frame.loc[0, "earthquake"]
    assert loaded.report.warnings == (f"地震 is {value!r}, neither yes nor no: taken as not designated (feature 1)",)


@pytest.mark.parametrize(
    ("value", "fit"),
    [
        *((yes, True) for yes in ("1", "１", 1, 1.0, True, "○", "◯", "True")),
        *((no, False) for no in ("", None, "0", 0, "×", "✕", False, "―")),
    ],
)
def test_yes_and_no_in_every_way_they_are_written(make_layer, town, write, shapes, value, fit):
    path = write(shapes.feature(shapes.point(140.4, 38.6), shelter(地震=value)))
    loaded = load_layer(make_layer("shelters", path), town)
    assert loaded.frame.loc[0, "earthquake"] == fit
    assert loaded.report.warnings == ()


def test_odd_ids_and_missing_names_are_told(make_layer, town, write, shapes):
    odd = shelter() | {"共通ID": "0621200001", "施設・場所名": "\u3000"}
    loaded = load_layer(make_layer("shelters", write(shapes.feature(shapes.point(140.4, 38.6), odd))), town)
    assert loaded.report.warnings == ("共通ID is not E and 13 digits (feature 1)", "has no name (feature 1)")


def test_a_site_listed_twice_is_told(make_layer, town, write, shapes):
    site = shapes.feature(shapes.point(140.4, 38.6), shelter())
    loaded = load_layer(make_layer("shelters", write(site, site)), town)
    assert loaded.report.features == 2
    assert loaded.report.warnings == ("1 sites have an id that another site has too",)


def test_roads_of_a_real_network_and_of_our_own(make_layer, town, write, shapes):
    line = {"type": "LineString", "coordinates": [[140.4, 38.6], [140.41, 38.6]]}
    real = {"OBJECTID": 577, "区分": "第３種", "路線名": "柏崎下町線", "路線種別": "市道", "除雪路線延長": 69}
    own = {"id": "R001", "name": "本町通り（架空）", "class": "1", "owner": "市道"}
    odd = {"id": "R002", "name": "裏道", "class": "私道"}
    path = write(*(shapes.feature(line, properties) for properties in (real, own, odd)))
    loaded = load_layer(make_layer("roads", path), town)
    assert list(loaded.frame["id"]) == ["577", "R001", "R002"]
    assert list(loaded.frame["code"]) == ["3", "1", "unknown"]
    assert loaded.frame.loc[0, "class"] == "第3種"
    assert any("shown as other (feature 3)" in warning for warning in loaded.report.warnings)


def test_a_road_needs_an_id(make_layer, town, write, shapes):
    line = {"type": "LineString", "coordinates": [[140.4, 38.6], [140.41, 38.6]]}
    with pytest.raises(LayerError, match="a road without id"):
        load_layer(make_layer("roads", write(shapes.feature(line, {"class": "1"}))), town)
    path = write(shapes.feature(line, {"class": "1"}, id=12))
    assert list(load_layer(make_layer("roads", path), town).frame["id"]) == ["12"]


def test_attributes_cannot_take_over_our_own_names(make_layer, town, write, shapes):
    hostile = {"name": "町", "geometry": "x", "id": "y", "__proto__": {"a": 1}, "code": "evil", "あ" * 300: "z"}
    path = write(shapes.feature(shapes.square(140.4, 38.6, 0.01), hostile))
    frame = load_layer(make_layer("boundary", path), town).frame
    assert list(frame.columns) == ["code", "name", "geometry"]
    assert frame.loc[0, "code"] == "boundary"
