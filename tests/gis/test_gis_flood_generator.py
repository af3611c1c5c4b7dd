"""The made-up inundation layer of the example town."""

import json
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

from gis import load_layer
from gis.flood_generator import flood_collection, write_flood_depth

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "config/example/layers/data/flood_depth.geojson"


def features_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["features"]


@pytest.fixture
def boundary(data):
    (feature,) = features_of(data / "boundary-06212.json")
    return shape(feature["geometry"])


def test_the_committed_file_is_what_the_generator_makes(data, tmp_path):
    """Compared as geometry: another GEOS may start a ring at another vertex."""
    write_flood_depth(data / "boundary-06212.json", tmp_path / "flood.geojson")
    made, committed = features_of(tmp_path / "flood.geojson"), features_of(COMMITTED)
    assert [feature["properties"] for feature in made] == [feature["properties"] for feature in committed]
    for one, other in zip(made, committed, strict=True):
        difference = shape(one["geometry"]).symmetric_difference(shape(other["geometry"]))
        assert difference.area < 1e-9
    assert COMMITTED.stat().st_size < 400_000


def test_it_looks_like_ksj_and_says_it_is_fiction():
    collection = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert "架空" in collection["name"]
    assert "架空" in collection["note"]
    for feature in collection["features"]:
        assert set(feature["properties"]) == {f"A31a_20{n}" for n in range(1, 6)}
        assert "架空" in feature["properties"]["A31a_202"]
    assert {feature["properties"]["A31a_205"] for feature in collection["features"]} == {1, 2, 3, 4, 5}


def test_ranks_nest_without_gap_or_overlap_inside_the_town(boundary):
    features = features_of(COMMITTED)
    areas = [shape(feature["geometry"]) for feature in features]
    assert shapely.coverage_is_valid(areas)
    assert sum(area.area for area in areas) == pytest.approx(shapely.union_all(areas).area)
    assert shapely.union_all(areas).difference(boundary).is_empty
    deep = shapely.union_all(
        [area for area, feature in zip(areas, features, strict=True) if feature["properties"]["A31a_205"] >= 4]
    )
    dry = boundary.difference(shapely.union_all(areas))
    assert deep.intersection(dry.boundary.difference(boundary.boundary.buffer(5e-4))).is_empty


def test_it_imports_without_a_warning(make_layer, town):
    report = load_layer(make_layer("flood_depth", COMMITTED), town).report
    assert report.warnings == ()
    assert set(report.counts) == {"1", "2", "3", "4", "5"}
    assert report.repaired == 0


def test_another_seed_is_another_flood(boundary):
    one, other = flood_collection(boundary, 1), flood_collection(boundary, 2)
    assert one != other
    assert one == flood_collection(boundary, 1)
    for feature in one["features"] + other["features"]:
        assert shape(feature["geometry"]).is_valid
