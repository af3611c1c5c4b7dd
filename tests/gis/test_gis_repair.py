"""What is repaired, kept and told."""

import json

import pytest

from gis import load_layer


def test_a_bow_tie_becomes_two_triangles_and_is_reported(make_layer, town, write, shapes):
    bow = [[140.4, 38.6], [140.5, 38.7], [140.5, 38.6], [140.4, 38.7], [140.4, 38.6]]
    path = write(
        shapes.feature(shapes.square(140.35, 38.5, 0.01)), shapes.feature({"type": "Polygon", "coordinates": [bow]})
    )
    loaded = load_layer(make_layer("boundary", path), town)
    assert loaded.report.repaired == 1
    assert "invalid geometry repaired: self-intersection (feature 2)" in loaded.report.warnings
    assert loaded.frame.geometry.iloc[0].is_valid
    assert loaded.frame.geometry.iloc[0].area == pytest.approx(0.005 + 0.0001)


def test_a_repair_tells_feature_and_areas_and_a_large_change_is_a_warning_of_its_own(make_layer, town, write, shapes):
    """A bow tie encloses as much to the left as to the right: nothing, as its rings go; the repair makes it two."""
    bow = [[140.4, 38.6], [140.41, 38.61], [140.41, 38.6], [140.4, 38.61], [140.4, 38.6]]
    spike = [
        [140.5, 38.6],
        [140.51, 38.6],
        [140.51, 38.61],
        [140.51, 38.62],
        [140.51, 38.61],
        [140.5, 38.61],
        [140.5, 38.6],
    ]
    path = write(*(shapes.feature({"type": "Polygon", "coordinates": [ring]}) for ring in (bow, spike)))
    report = load_layer(make_layer("boundary", path), town).report
    twisted, spiked = report.repairs
    assert (twisted.number, twisted.reason, twisted.before_m2) == (1, "self-intersection", 0)
    assert twisted.after_m2 == pytest.approx(483_500, rel=0.01)
    assert spiked.number == 2
    assert spiked.before_m2 == pytest.approx(spiked.after_m2) == pytest.approx(967_000, rel=0.01)
    changed = [line for line in report.warnings if "changed the area" in line]
    assert len(changed) == 1
    assert changed[0].startswith(
        "repair changed the area by more than 1%, compare it with the original: 0 m² became 483,"
    )
    assert changed[0].endswith("(feature 1)")


def test_many_large_changes_are_some_in_full_and_the_rest_by_number(make_layer, town, write, shapes):
    bow = [[140.4, 38.6], [140.41, 38.61], [140.41, 38.6], [140.4, 38.61], [140.4, 38.6]]
    path = write(*(shapes.feature({"type": "Polygon", "coordinates": [bow]}) for _ in range(9)))
    warnings = load_layer(make_layer("boundary", path), town).report.warnings
    assert sum("m² became" in line for line in warnings) == 1  # the same change is one matter
    assert any(line.endswith("compare it with the original (feature 6, 7, 8, 9)") for line in warnings)


def test_a_column_of_strange_words_does_not_fill_the_catalogue(make_layer, town, write, shapes):
    roads = {"type": "LineString", "coordinates": [[140.4, 38.6, 7.0], [140.41, 38.6, 7.0]]}
    path = write(*({**shapes.feature(roads), "properties": {"kind": f"word {number}"}} for number in range(300)))
    warnings = load_layer(make_layer("closures", path), town).report.warnings
    assert warnings[-1] == "100 more matters of single features are not told here"
    assert "heights are left out, the map is flat" in warnings


def test_an_open_ring_is_closed_and_reported(make_layer, town, write, shapes):
    ring = shapes.square(140.4, 38.6, 0.01)["coordinates"][0][:-1]
    loaded = load_layer(make_layer("boundary", write(shapes.feature({"type": "Polygon", "coordinates": [ring]}))), town)
    assert loaded.report.repaired == 1
    assert "a ring was not closed, closed (feature 1)" in loaded.report.warnings


def test_a_ring_without_area_leaves_nothing_but_a_message(make_layer, town, write, shapes):
    flat = {"type": "Polygon", "coordinates": [[[140.4, 38.6], [140.5, 38.6], [140.4, 38.6], [140.4, 38.6]]]}
    flood = {"A31a_205": 2}
    path = write(shapes.feature(flat, flood), shapes.feature(shapes.square(140.4, 38.6, 0.01), flood))
    report = load_layer(make_layer("flood_depth", path), town).report
    assert (report.read, report.features, report.repaired) == (2, 1, 1)
    assert any(line.startswith("1 features lie wholly under others") for line in report.warnings)


def test_features_without_geometry_are_counted(make_layer, town, write, shapes):
    line = {"type": "LineString", "coordinates": [[140.4, 38.6], [140.41, 38.6]]}
    empty = {"type": "LineString", "coordinates": []}
    road = {"id": "1", "class": "1"}
    path = write(shapes.feature(None, road), shapes.feature(line, road), shapes.feature(empty, road))
    report = load_layer(make_layer("roads", path), town).report
    assert (report.read, report.features, report.dropped) == (3, 1, 2)
    assert report.warnings == ("has no geometry, cannot be drawn (feature 1, 3)",)


def test_heights_are_left_out_and_told(make_layer, town, write, shapes):
    line = {"type": "LineString", "coordinates": [[140.4, 38.6, 70.0], [140.41, 38.6, 71.0]]}
    loaded = load_layer(make_layer("roads", write(shapes.feature(line, {"id": "1", "class": "1"}))), town)
    assert not loaded.frame.geometry.iloc[0].has_z
    assert loaded.report.warnings == ("heights are left out, the map is flat",)


def test_many_features_with_one_matter_make_one_line(make_layer, town, write, shapes):
    line = {"type": "LineString", "coordinates": [[140.7, 38.6], [140.71, 38.6]]}
    path = write(*(shapes.feature(line, {"id": str(i), "class": "1"}) for i in range(9)))
    report = load_layer(make_layer("roads", path), town).report
    assert report.features == 9
    assert report.warnings == ("lies outside the site's bounds, kept (feature 1, 2, 3, 4, 5 and 4 more)",)


def test_a_bom_is_fine_and_recorded(make_layer, town, data, tmp_path):
    path = tmp_path / "layer.geojson"
    path.write_bytes(b"\xef\xbb\xbf" + (data / "boundary-06212.json").read_bytes())
    assert load_layer(make_layer("boundary", path), town).report.encoding == "UTF-8 with BOM"


@pytest.mark.parametrize("whole", [True, False])
def test_a_single_feature_and_a_bare_geometry_are_layers(make_layer, town, tmp_path, shapes, whole):
    square = shapes.square(140.4, 38.6, 0.01)
    path = tmp_path / "layer.geojson"
    path.write_text(json.dumps(shapes.feature(square) if whole else square))
    assert load_layer(make_layer("boundary", path), town).report.features == 1


def test_a_stray_vertex_far_off_is_told(make_layer, town, write, shapes):
    """It draws a spike over three prefectures; a hazard area may really be that large, so it is kept."""
    ring = [[140.40, 38.60], [143.0, 38.61], [140.42, 38.62], [140.40, 38.60]]
    path = write(
        shapes.feature(shapes.square(140.40, 38.60, 0.01), {"A31a_202": "川", "A31a_205": 1}),
        shapes.feature({"type": "Polygon", "coordinates": [ring]}, {"A31a_202": "川", "A31a_205": 2}),
    )
    warnings = load_layer(make_layer("flood_depth", path), town).report.warnings
    assert "reaches far beyond the site's bounds, kept (feature 2)" in warnings
