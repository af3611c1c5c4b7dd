"""Layers the town styles itself, and closed roads: classes from the settings, nothing dropped, times told honestly."""

from datetime import UTC, datetime

import pytest

from config.model import LayerField, LayerStyle, StyleClass
from core.errors import LayerError
from gis import ClosureState, closure_state, legend, load_layer, publish_layers
from gis.closure_times import instant

FIELDS = LayerStyle(
    name="地番",
    field="地目",
    classes=(
        StyleClass(value="田", colour="#8FB8DE", label_ja="田", label_en="Rice field", hatch=1),
        StyleClass(value="2", colour="#D6B656", label_ja="畑", label_en="Dry field", hatch=2, dash="dashed"),
    ),
    fields=(
        LayerField(property="面積", label_ja="面積", label_en="Area"),
        LayerField(property="code", label_ja="コード", label_en="Code"),
        LayerField(property="{language}", label_ja="言語", label_en="Language"),
    ),
)


@pytest.fixture
def load(make_layer, town, write, shapes):
    def load_features(kind, *properties, geometry=None, **changes):
        geometry = geometry or shapes.square(140.4, 38.6, 0.01)
        path = write(*(shapes.feature(geometry, one) for one in properties))
        layer = make_layer(kind, path, **changes)
        return layer, load_layer(layer, town)

    return load_features


def test_classes_name_and_fields_are_those_of_the_settings(load):
    row = {"地番": "12", "地目": "田", "面積": 1000, "code": "evil", "{language}": "ja", "秘密": "氏名"}
    layer, loaded = load("areas", row, style=FIELDS)
    (found,) = loaded.frame.drop(columns="geometry").to_dict("records")
    assert found == {
        "code": "1",
        "name": "12",
        "class_ja": "田",
        "class_en": "Rice field",
        "面積": "1000",
        "source_code": "evil",
        "(language)": "ja",
    }
    assert [(entry.code, entry.colour, entry.hatch, entry.dash) for entry in legend(layer)] == [
        ("other", "#8C8C8C", 0, "dotted"),
        ("1", "#8FB8DE", 1, "solid"),
        ("2", "#D6B656", 2, "dashed"),
    ]


@pytest.mark.parametrize("value", [2, 2.0, "2", " 2 "])
def test_a_number_is_the_value_a_person_writes(load, value):
    _, loaded = load("areas", {"地目": value, "地番": "1", "面積": 1, "code": 1, "{language}": ""}, style=FIELDS)
    assert loaded.report.counts == {"2": 1}
    assert loaded.report.warnings == ()


@pytest.mark.parametrize(
    ("value", "told"),
    [("原野", "地目 is '原野', which has no class"), (None, "地目 is blank"), (True, "地目 is 'true'")],
)
def test_a_value_without_a_class_is_counted_and_shown(load, value, told):
    _, loaded = load("areas", {"地目": value, "地番": "1", "面積": 1, "code": 1, "{language}": ""}, style=FIELDS)
    assert loaded.report.counts == {"other": 1}
    assert loaded.frame.loc[0, "class_ja"] == "その他"
    assert loaded.report.warnings[0].startswith(told)


def test_a_property_the_settings_name_and_the_file_lacks_is_told(load):
    _, loaded = load("areas", {"地目": "田"}, style=FIELDS)
    assert "has no property 面積, which [style] names (feature 1)" in loaded.report.warnings
    assert loaded.frame.loc[0, "面積"] == ""


def test_yes_and_no_are_signs(load):
    style = LayerStyle(
        name="", field="", classes=(), fields=(LayerField(property="除却", label_ja="除却", label_en="Gone"),)
    )
    _, loaded = load("areas", {"除却": True}, {"除却": False}, {"除却": None}, style=style)
    assert list(loaded.frame["除却"]) == ["○", "×", ""]


def test_without_a_style_the_layer_has_one_class_named_by_its_title(load):
    layer, loaded = load("areas", {"名称": "公園", "秘密": "氏名"})
    (entry,) = legend(layer)
    assert (entry.label_ja, entry.label_en) == ("areasの層", "areas layer")
    assert list(loaded.frame.columns) == ["code", "name", "class_ja", "class_en", "geometry"]
    assert loaded.frame.loc[0, "name"] == "公園"


def test_points_that_stand_together_become_points(load):
    several = {"type": "MultiPoint", "coordinates": [[140.4, 38.6], [140.41, 38.6]]}
    _, loaded = load("points", {"name": "消火栓"}, geometry=several)
    assert list(loaded.frame.geometry.geom_type) == ["Point", "Point"]
    assert list(loaded.frame["name"]) == ["消火栓", "消火栓"]


@pytest.mark.parametrize(("kind", "type_"), [("areas", "Point"), ("lines", "Polygon"), ("points", "LineString")])
def test_the_geometry_must_be_that_of_the_kind(load, shapes, kind, type_):
    geometry = {
        "Point": shapes.point(140.4, 38.6),
        "Polygon": shapes.square(140.4, 38.6, 0.01),
        "LineString": {"type": "LineString", "coordinates": [[140.4, 38.6], [140.41, 38.6]]},
    }[type_]
    with pytest.raises(LayerError, match=f"is a {type_}; a layer of kind {kind} takes"):
        load(kind, {"name": "x"}, geometry=geometry)


def test_a_style_for_a_kind_that_has_its_own_is_refused(load):
    with pytest.raises(LayerError, match="the kind boundary has a style of its own") as caught:
        load("boundary", {"name": "町"}, style=FIELDS)
    assert caught.value.hint == "take [style] out; it is for areas, lines, points, population_mesh"


def test_the_catalogue_has_the_layer_s_own_legend_and_columns(make_site, make_layer, tmp_path, write, shapes):
    path = write(shapes.feature(shapes.square(140.4, 38.6, 0.01), {"地番": "1", "地目": "田", "面積": 9}))
    site = make_site(tmp_path, make_layer("areas", path, style=FIELDS))
    (published,) = publish_layers(site, tmp_path / "layers")
    assert [entry.label_ja for entry in published.legend] == ["その他", "田", "畑"]
    assert [column.property for column in published.columns] == [
        *("name", "class_{language}", "面積", "source_code", "(language)")
    ]


def closure(**changes):
    return {
        "name": "県道",
        "kind": "通行止め",
        "reason": "落石",
        "from": "2026-01-12",
        "until": "",
        "detour": "",
    } | changes


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("通行止め", "closed"),
        ("closed", "closed"),
        ("片側交互通行", "one_lane"),
        ("工事", "works"),
        ("冬期閉鎖", "snow"),
    ],
)
def test_closures_of_every_sort(load, shapes, written, code):
    _, loaded = load("closures", closure(kind=written), geometry=shapes.point(140.4, 38.6))
    assert loaded.report.counts == {code: 1}
    assert loaded.report.warnings == ()


def test_a_closure_of_an_unlisted_sort_is_shown_and_told(load, shapes):
    _, loaded = load("closures", closure(kind="渋滞"), geometry=shapes.point(140.4, 38.6))
    assert loaded.report.counts == {"unknown": 1}
    assert "kind '渋滞' is none of closed, one_lane, works, snow" in loaded.report.warnings[0]


def test_a_closure_tells_its_times_as_instants(load, shapes):
    row = closure(until="2026年1月15日", **{"from": "2026-01-12T06:00:00+09:00"})
    _, loaded = load("closures", row, geometry=shapes.point(140.4, 38.6))
    (found,) = loaded.frame.drop(columns="geometry").to_dict("records")
    assert (found["from"], found["until"]) == ("2026-01-12T06:00:00+09:00", "2026年1月15日")
    assert (found["from_at"], found["until_at"]) == ("2026-01-11T21:00:00Z", "2026-01-15T15:00:00Z")
    assert (found["kind_ja"], found["reason"], found["name"]) == ("通行止め", "落石", "県道")


@pytest.mark.parametrize("written", ["来週", "2026-02-30", "2026-01-12T06:00", "1/12", "令和8年1月", "9999-12-31"])
def test_a_time_that_cannot_be_read_is_told_and_never_ended(load, shapes, written):
    _, loaded = load("closures", closure(until=written), geometry=shapes.point(140.4, 38.6))
    assert loaded.frame.loc[0, "until"] == written
    assert loaded.frame.loc[0, "until_at"] == "?"
    assert "never taken as ended" in loaded.report.warnings[0]
    assert closure_state("", "?", datetime(2100, 1, 1, tzinfo=UTC)) is ClosureState.UNKNOWN


def test_an_end_before_the_beginning_is_told(load, shapes):
    _, loaded = load("closures", closure(until="2026-01-01"), geometry=shapes.point(140.4, 38.6))
    assert loaded.report.warnings == ("ends (2026-01-01) before it begins (2026-01-12) (feature 1)",)


def test_a_layer_that_is_no_closure_is_refused(load, shapes):
    with pytest.raises(LayerError, match="has neither kind nor from nor until"):
        load("closures", {"name": "道"}, geometry=shapes.point(140.4, 38.6))


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ("2026-01-11T20:59:59Z", ClosureState.COMING),
        ("2026-01-11T21:00:00Z", ClosureState.NOW),
        ("2026-01-15T14:59:59Z", ClosureState.NOW),
        ("2026-01-15T15:00:00Z", ClosureState.ENDED),
    ],
)
def test_a_day_lasts_through_its_evening(now, state):
    begins, ends = instant("2026-01-12T06:00:00+09:00", end=False), instant("2026-01-15", end=True)
    assert closure_state(begins, ends, datetime.fromisoformat(now)) is state


def test_an_open_end_never_ends():
    assert closure_state("2020-01-01T00:00:00Z", "", datetime(2100, 1, 1, tzinfo=UTC)) is ClosureState.NOW
    assert closure_state("", "", datetime(2100, 1, 1, tzinfo=UTC)) is ClosureState.NOW
    assert instant("", end=True) == ""
