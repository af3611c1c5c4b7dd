"""Every family of hazard data: codes become words, unknown ones are shown and counted, the graver is drawn above."""

import pytest
import shapely

from core.errors import LayerError
from core.model import Hazard
from gis import legend, load_layer
from gis.kinds import all_kinds

# R, G, B as the guide to flood hazard maps gives them for the duration of flooding, shortest first.
DURATION_RGB = [(160, 210, 255), (0, 65, 255), (250, 245, 0), (255, 153, 0), (255, 40, 0), (180, 0, 104), (96, 0, 96)]
PLANNED_RGB = {
    "slope_warning_planned": (251, 235, 51),
    "slope_special_planned": (251, 83, 51),
    "debris_warning_planned": (235, 211, 91),
    "debris_special_planned": (183, 51, 77),
    "slide_warning_planned": (255, 173, 51),
    "slide_special_planned": (195, 51, 83),
}


@pytest.fixture
def one(make_layer, town, write, shapes):
    """The published properties of a single square with these properties, and the report's warnings."""

    def load(kind, geometry=None, **properties):
        path = write(shapes.feature(geometry or shapes.square(140.4, 38.6, 0.01), properties))
        loaded = load_layer(make_layer(kind, path), town)
        (row,) = loaded.frame.drop(columns="geometry").to_dict("records")
        return row, loaded.report

    return load


def rgb(colour):
    return tuple(bytes.fromhex(colour[1:]))


def test_every_hazard_kind_names_its_hazard_and_tells_no_class_by_colour_alone():
    danger = [kind for kind in all_kinds().values() if kind.hazards]
    assert {"flood_depth", "flood_duration", "house_collapse", "sediment", "hazard_sites"} <= {k.name for k in danger}
    for kind in danger:
        # The scales of flood depth are never mixed; its steps are looked at one scale at a time further down.
        looks = [(entry.hatch, entry.dash) for entry in kind.legend if kind.name != "flood_depth"]
        assert len(set(looks)) == len(looks), kind.name
        assert kind.legend_source_ja
        assert kind.legend_source_en
        assert kind.columns


@pytest.mark.parametrize(
    ("field", "value", "code", "rank", "scenario", "words"),
    [
        ("A31a_205", 6, "6", 6, "largest", "20m以上"),
        ("A31a_105", 1, "1", 1, "planned", "0.5m未満"),
        ("A31_201", "4", "4", 4, "largest", "5m以上10m未満"),
        ("A31_101", 2, "2", 2, "planned", "0.5m以上3m未満"),
        ("A31_001", 11, "11", 1, "planned", "0.5m未満（2012年の5段階）"),
        ("A31_001", 14, "14", 3, "planned", "2m以上5m未満（2012年の5段階）"),
        ("A31_001", "15", "15", 4, "planned", "5m以上（2012年の5段階）"),
        ("A31_001", 22, "22", 2, "planned", "0.5m以上1m未満（2012年の7段階）"),
        ("A31_001", 27.0, "27", 4, "planned", "5m以上（2012年の7段階）"),
        ("A31a_205", "３", "3", 3, "largest", "3m以上5m未満"),
        ("A31a_205", "03", "3", 3, "largest", "3m以上5m未満"),
    ],
)
def test_depth_of_each_family(one, field, value, code, rank, scenario, words):
    row, report = one("flood_depth", **{field: value})
    assert (row["code"], row["rank"], row["scenario"], row["depth_ja"]) == (code, rank, scenario, words)
    assert row["hazard"] == Hazard.FLOOD
    assert report.counts == {code: 1}
    assert report.warnings == ()


@pytest.mark.parametrize(
    ("field", "value"), [("A31_001", 1), ("A31_001", 16), ("A31_001", 20), ("A31a_205", 11), ("A31_201", 27)]
)
def test_a_code_of_another_family_is_unknown(one, field, value):
    row, report = one("flood_depth", **{field: value})
    assert (row["code"], row["rank"], report.counts) == ("unknown", 0, {"unknown": 1})
    assert f"{field} is '{value}', which is no rank" in report.warnings[0]


def test_where_a_file_has_both_rains_the_one_that_is_filled_counts(one):
    row, _ = one("flood_depth", A31_101=3, A31_201=None)
    assert (row["code"], row["scenario"]) == ("3", "planned")
    row, _ = one("flood_depth", A31_101=3, A31_201=4)
    assert (row["code"], row["scenario"]) == ("4", "largest")


def test_two_rains_in_one_layer_are_told(make_layer, town, write, shapes):
    path = write(
        shapes.feature(shapes.square(140.40, 38.6, 0.01), {"A31a_205": 2}),
        shapes.feature(shapes.square(140.42, 38.6, 0.01), {"A31a_105": 2}),
    )
    (warning,) = load_layer(make_layer("flood_depth", path), town).report.warnings
    assert warning == "areas for different rains (想定最大規模・計画規模) stand in one layer: make one layer of each"


def test_scales_of_2012_are_cut_by_depth_not_by_rank(make_layer, town, write, shapes):
    path = write(
        shapes.feature(shapes.square(140.40, 38.60, 0.03), {"A31_001": 22}),
        shapes.feature(shapes.square(140.41, 38.61, 0.01), {"A31_001": 24}),
    )
    frame = load_layer(make_layer("flood_depth", path), town).frame
    assert list(frame["rank"]) == [2, 2]
    assert list(frame[frame.intersects(shapely.Point(140.415, 38.615))]["code"]) == ["24"]


def test_a_finer_step_of_2012_has_the_colour_of_the_finer_scale(make_layer, tmp_path):
    colours = {entry.code: entry.colour for entry in legend(make_layer("flood_depth", tmp_path))}
    assert colours["12"] == colours["22"] == "#F8E1A6"
    assert colours["23"] == colours["24"] == colours["2"] == "#FFD8C0"
    for scale in (range(11, 16), range(21, 28)):
        hatches = [
            entry.hatch for entry in legend(make_layer("flood_depth", tmp_path)) if entry.code in map(str, scale)
        ]
        assert hatches == sorted(set(hatches))


@pytest.mark.parametrize("field", ["A31a_305", "A31_301"])
def test_duration(one, make_layer, tmp_path, field):
    row, _ = one("flood_duration", **{field: 3, "A31a_302": "丹生川"})
    assert (row["code"], row["rank"], row["duration_ja"]) == ("3", 3, "1日以上3日未満")
    assert row["river"] == "丹生川"
    entries = {entry.code: entry for entry in legend(make_layer("flood_duration", tmp_path))}
    assert [rgb(entries[str(code)].colour) for code in range(1, 8)] == DURATION_RGB
    row, report = one("flood_duration", **{field: 8})
    assert (row["code"], report.counts) == ("unknown", {"unknown": 1})


def test_the_longest_wins_at_a_point(make_layer, town, write, shapes):
    path = write(
        shapes.feature(shapes.square(140.41, 38.61, 0.01), {"A31a_305": 5}),
        shapes.feature(shapes.square(140.40, 38.60, 0.04), {"A31a_305": 1}),
    )
    loaded = load_layer(make_layer("flood_duration", path), town)
    assert list(loaded.frame[loaded.frame.intersects(shapely.Point(140.415, 38.615))]["code"]) == ["5"]
    assert loaded.report.warnings == ("1 areas lay under longer ones and were cut back",)


@pytest.mark.parametrize(("code", "words"), [(1, "氾濫流"), (2, "河岸侵食"), (3, "氾濫流・河岸侵食")])
def test_house_collapse(one, code, words):
    for field in ("A31a_405", "A31_401"):
        row, report = one("house_collapse", **{field: code})
        assert (row["code"], row["rank"], report.warnings) == (str(code), code, ())
        assert row["collapse_ja"] == f"家屋倒壊等氾濫想定区域（{words}）"
    row, report = one("house_collapse", A31a_405=4)
    assert row["code"] == "unknown"
    assert len(report.warnings) == 1


def test_stream_and_bank_that_overlap_both_stay(make_layer, town, write, shapes):
    path = write(
        shapes.feature(shapes.square(140.40, 38.60, 0.02), {"A31a_405": 2}),
        shapes.feature(shapes.square(140.41, 38.61, 0.02), {"A31a_405": 1}),
    )
    frame = load_layer(make_layer("house_collapse", path), town).frame
    assert list(frame[frame.intersects(shapely.Point(140.415, 38.615))]["code"]) == ["1", "2"]


@pytest.mark.parametrize(
    ("zone", "word", "rank"),
    [("1", "warning", 2), ("2", "special", 4), ("3", "warning_planned", 1), ("4", "special_planned", 3)],
)
def test_zone_1_is_yellow_and_2_is_red(one, zone, word, rank):
    for phenomenon, slug in (("1", "slope"), (2, "debris"), ("3", "slide")):
        row, report = one("sediment", A33_001=phenomenon, A33_002=zone, A33_005="沢", A33_008="1")
        assert (row["code"], row["rank"], row["hazard"]) == (f"{slug}_{word}", rank, "landslide")
        assert report.counts == {row["code"]: 1}
        assert report.warnings == ()
        assert row["special_ja"] == "特別警戒区域は未指定"
        assert ("特別" in row["zone_ja"]) == ("special" in word)


def test_field_8_is_no_red_zone(one):
    row, _ = one("sediment", A33_001=2, A33_002=1, A33_008=0)
    assert row["code"] == "debris_warning"
    assert row["special_ja"] == "特別警戒区域は指定済み"
    row, _ = one("sediment", A33_001=2, A33_002=1)
    assert row["special_ja"] == ""


def test_red_is_drawn_above_yellow_and_both_stay_whole(make_layer, town, write, shapes):
    red = shapes.square(140.41, 38.61, 0.01)
    path = write(
        shapes.feature(red, {"A33_001": 2, "A33_002": 2}),
        shapes.feature(shapes.square(140.40, 38.60, 0.04), {"A33_001": 2, "A33_002": 1}),
    )
    loaded = load_layer(make_layer("sediment", path), town)
    assert list(loaded.frame["code"]) == ["debris_warning", "debris_special"]
    assert list(loaded.frame[loaded.frame.intersects(shapely.Point(140.415, 38.615))]["rank"]) == [2, 4]
    assert loaded.report.warnings == ()


@pytest.mark.parametrize("codes", [(4, 1), (1, 5), ("", "2"), (None, None)])
def test_unknown_codes_of_zones_are_shown_and_told(one, codes):
    row, report = one("sediment", A33_001=codes[0], A33_002=codes[1])
    assert (row["code"], row["rank"], report.counts) == ("unknown", 0, {"unknown": 1})
    assert report.warnings


def test_each_phenomenon_has_its_own_official_colours(make_layer, tmp_path):
    entries = {entry.code: entry for entry in legend(make_layer("sediment", tmp_path))}
    assert {code: rgb(entries[code].colour) for code in PLANNED_RGB} == PLANNED_RGB
    assert entries["slope_warning"].colour == "#FAE600"
    assert entries["debris_special"].colour == "#A50021"
    assert len({entry.colour for entry in entries.values()}) == 13
    assert all(entry.dash == ("dashed" if code.endswith("planned") else "solid") for code, entry in entries.items())


@pytest.mark.parametrize("code", range(1, 12))
def test_danger_spots_of_every_type(one, code):
    row, report = one("hazard_sites", A26_001=code, A26_002="備考")
    assert (row["code"], row["rank"], row["remark"]) == (str(code), 1, "備考")
    assert row["hazard"] == ("avalanche" if code == 11 else "landslide")
    assert report.warnings == ()


def test_areas_lines_and_points_of_danger_stand_in_one_layer(make_layer, town, write, shapes):
    line = {"type": "LineString", "coordinates": [[140.4, 38.6], [140.41, 38.6]]}
    path = write(
        shapes.feature(shapes.square(140.4, 38.6, 0.01), {"A26_001": "11"}),
        shapes.feature(line, {"A26_003": 3, "A26_004": "主"}),
        shapes.feature(shapes.point(140.4, 38.6), {"A26_005": 4, "A26_001": None}),
        shapes.feature(shapes.point(140.4, 38.6), {"A26_005": 12}),
    )
    loaded = load_layer(make_layer("hazard_sites", path), town)
    assert list(loaded.frame["code"]) == ["11", "3", "4", "unknown"]
    assert loaded.report.counts == {"11": 1, "3": 1, "4": 1, "unknown": 1}
    assert all_kinds()["hazard_sites"].geometry == "mixed"


@pytest.mark.parametrize("kind", ["flood_duration", "house_collapse", "sediment", "hazard_sites"])
def test_a_file_of_another_kind_is_refused(one, kind):
    with pytest.raises(LayerError, match=r"has no property A.* \(it has: A31a_205\)"):
        one(kind, A31a_205=1)
