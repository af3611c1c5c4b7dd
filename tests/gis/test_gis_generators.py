"""The made-up layers of the example town: what is committed is what the generator makes, and it looks like the real thing."""

import json
from pathlib import Path
from random import Random

import pytest
import shapely
from shapely.geometry import shape

from config import load_site
from core.model import Access
from gis import load_layer
from gis.generators.__main__ import main
from gis.generators.courses import USHIBONO, course
from gis.generators.example import BOUNDARY, example_layers
from gis.generators.floods import depth_text, largest_flood
from gis.generators.slopes import sediment_text
from gis.kinds import kind_of
from gis.load import at_site
from gis.metres import in_metres

SITE = Path(__file__).parents[2] / "config" / "example"
DATA = SITE / "layers" / "data"
HAZARDS = {"flood_depth", "flood_planned", "flood_duration", "house_collapse", "sediment", "avalanche"}


@pytest.fixture(scope="module")
def made():
    return example_layers(DATA / BOUNDARY)


@pytest.fixture(scope="module")
def boundary():
    (feature,) = json.loads((DATA / BOUNDARY).read_text(encoding="utf-8"))["features"]
    return shape(feature["geometry"])


@pytest.fixture(scope="module")
def site():
    return load_site(SITE)


@pytest.fixture(scope="module")
def loaded(site):
    """Every made-up layer as it is imported, by id."""
    return {
        layer.id: load_layer(at_site(site, layer), site.bounds)
        for layer in site.layers
        if layer.fictitious and layer.id != "roads"
    }


def features_of(text):
    return json.loads(text)["features"]


def areas_of(text, field=None, codes=()):
    return [
        shape(feature["geometry"])
        for feature in features_of(text)
        if field is None or feature["properties"][field] in codes
    ]


def test_the_committed_files_are_what_the_generator_makes(made):
    """To the byte with the GEOS we ship; another may start a ring elsewhere, then the areas are the same."""
    for name, text in made.items():
        committed = (DATA / name).read_text(encoding="utf-8")
        if text == committed:
            continue
        ours, theirs = features_of(text), features_of(committed)
        assert [feature["properties"] for feature in ours] == [feature["properties"] for feature in theirs], name
        for one, other in zip(ours, theirs, strict=True):
            assert shape(one["geometry"]).hausdorff_distance(shape(other["geometry"])) < 1e-5, name


def test_one_command_writes_them_all(made, tmp_path, monkeypatch):
    (tmp_path / BOUNDARY).write_bytes((DATA / BOUNDARY).read_bytes())
    monkeypatch.setattr("gis.generators.__main__.example_layers", lambda _boundary: made)
    main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {BOUNDARY, *made}
    assert all((tmp_path / name).read_text(encoding="utf-8") == text for name, text in made.items())


def test_they_say_they_are_fiction_and_stay_small(made):
    for name, text in made.items():
        collection = json.loads(text)
        assert "架空" in collection["name"]
        assert "架空" in collection["note"]
        assert len(text.encode()) < 600_000, name
        for feature in collection["features"]:
            assert "架空" in json.dumps(feature["properties"], ensure_ascii=False) or name == "waterworks.geojson"


@pytest.mark.parametrize(
    ("name", "field", "ranks"),
    [
        ("flood_depth.geojson", "A31a_205", {1, 2, 3, 4, 5}),
        ("flood_planned.geojson", "A31a_105", {1, 2, 3}),
        ("flood_duration.geojson", "A31a_305", {1, 2, 3, 4}),
        ("house_collapse.geojson", "A31a_405", {1, 2, 3}),
    ],
)
def test_floods_are_coverages_inside_the_town(made, boundary, name, field, ranks):
    features = features_of(made[name])
    areas = [shape(feature["geometry"]) for feature in features]
    assert shapely.coverage_is_valid(areas)
    assert sum(area.area for area in areas) == pytest.approx(shapely.union_all(areas).area)
    assert shapely.union_all(areas).difference(boundary).is_empty
    assert {feature["properties"][field] for feature in features} == ranks
    assert {feature["properties"][f"{field[:-1]}2"] for feature in features} == {
        "丹生川（架空）",
        "銀山川（架空）",
        "朧気川（架空）",
        "牛房野川（架空）",
        "最上川（架空）",
    }


def test_deeper_water_lies_within_shallower(made, boundary):
    text = made["flood_depth.geojson"]
    deep = shapely.union_all(areas_of(text, "A31a_205", (4, 5)))
    dry = boundary.difference(shapely.union_all(areas_of(text)))
    meeting = deep.intersection(dry.boundary.difference(boundary.boundary.buffer(5e-4)))
    assert meeting.length < 0.02 * deep.boundary.length


def test_the_planned_flood_and_the_duration_stay_within_the_largest(made):
    largest = shapely.union_all(areas_of(made["flood_depth.geojson"])).buffer(2e-4)
    for name in ("flood_planned.geojson", "flood_duration.geojson", "house_collapse.geojson"):
        assert shapely.union_all(areas_of(made[name])).difference(largest).is_empty


def test_water_follows_its_river(made):
    wet = shapely.union_all(areas_of(made["flood_depth.geojson"]))
    rivers = shapely.union_all(areas_of(made["rivers.geojson"]))
    assert rivers.intersection(wet).length > 0.97 * rivers.length
    assert in_metres(wet, 6678).area / in_metres(rivers, 6678).length < 1500


def test_red_lies_within_its_yellow_and_all_phenomena_occur(made):
    features = features_of(made["sediment.geojson"])
    yellow = {f["properties"]["A33_004"]: f for f in features if f["properties"]["A33_002"] in {"1", "3"}}
    red = [f for f in features if f["properties"]["A33_002"] in {"2", "4"}]
    assert (
        {f["properties"]["A33_001"] for f in red} == {f["properties"]["A33_001"] for f in features} == {"1", "2", "3"}
    )
    assert {f["properties"]["A33_002"] for f in features} == {"1", "2", "3", "4"}
    for feature in red:
        outer = yellow[feature["properties"]["A33_004"]]
        assert shape(outer["geometry"]).buffer(1e-5).contains(shape(feature["geometry"]))
    assert all(shape(feature["geometry"]).is_valid for feature in features)


def test_every_made_up_layer_imports_without_a_warning(loaded):
    assert loaded.keys() >= HAZARDS | {"rivers", "closures", "waterworks", "dangerous_houses", "farmland", "facilities"}
    for name, layer in loaded.items():
        assert layer.report.warnings == (), name
        assert (layer.report.dropped, layer.report.repaired) == (0, 0), name
        assert not {"unknown", "other"} & layer.report.counts.keys(), name


def test_every_class_of_the_town_s_own_layers_occurs(site, loaded):
    for layer in site.layers:
        if layer.style is not None:
            assert len(loaded[layer.id].report.counts) == len(layer.style.classes)
            assert {entry.code for entry in kind_of(layer).legend} >= loaded[layer.id].report.counts.keys()


def test_what_concerns_people_is_for_staff(site):
    access = {layer.id: layer.access for layer in site.layers}
    assert access["dangerous_houses"] is access["waterworks"] is Access.STAFF
    assert access["farmland"] is access["facilities"] is access["flood_depth"] is Access.PUBLIC


def test_shelters_carry_the_town_s_own_facts(site):
    (layer,) = [layer for layer in site.layers if layer.id == "shelters_emergency"]
    frame = load_layer(at_site(site, layer), site.bounds).frame.set_index("id")
    school = frame.loc["E0621200001201"]
    assert (school["avalanche"], school["heavy_snow"], school["elevation_m"]) == (True, True, 92.0)
    assert school["hazards_ja"].endswith("雪崩・大雪")
    assert "架空" in school["note_ja"]
    assert 0 < frame["avalanche"].sum() < len(frame)


def test_another_seed_is_another_landscape(boundary):
    town = in_metres(boundary, 6678)
    courses = {USHIBONO: course(USHIBONO, Random(1))}
    texts = []
    for seed in (1, 1, 2):
        flood = largest_flood(courses, Random(seed))
        zones = sediment_text(courses, flood[USHIBONO][0], town, Random(seed))
        texts.append((depth_text("架空", "A31a_205", flood, town), zones))
        assert all(area.is_valid for text in texts[-1] for area in areas_of(text))
    assert texts[0] == texts[1]
    assert texts[0][0] != texts[2][0]
    assert texts[0][1] != texts[2][1]
