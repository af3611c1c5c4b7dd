"""Files that are refused: each with the file, what is wrong, and what to do."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import LayerError
from gis import LAYER_KINDS, load_layer
from gis.geojson import MAX_BYTES

ROOT = Path(__file__).parents[2]
COLLECTION = '{"type":"FeatureCollection","features":[%s]}'
POINT = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[%s]}}'

CONTENTS = {
    "empty": (b"", "is empty", "fetch"),
    "blanks only": (b" \n\t ", "is empty", "fetch"),
    "virtual file": (b'<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>', "virtual file", "points to"),
    "virtual file after a BOM": (b"\xef\xbb\xbf  <OGRVRTDataSource/>", "virtual file", "points to"),
    "virtual file after a declaration": (b'<?xml version="1.0"?>\n<OGRVRTDataSource/>', "virtual file", "points to"),
    "pipeline": (
        b'{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read secret.shp"}',
        "gdal_streamed_alg",
        "pipelines",
    ),
    "KML": (b'<?xml version="1.0"?><kml/>', "XML", "GeoJSON"),
    "zip": (b"PK\x03\x04rest", "zip archive", "GeoJSON"),
    "shapefile": (b"\x00\x00\x27\x0a" + b"\x00" * 96, "shapefile", "GeoJSON"),
    "GeoPackage": (b"SQLite format 3\x00", "GeoPackage", "GeoJSON"),
    "FlatGeobuf": (b"fgb\x03fgb\x00", "FlatGeobuf", "GeoJSON"),
    "CSV": ("名称,緯度,経度\n".encode(), "does not begin", "GeoJSON"),
    "list": (b"[1,2]", "does not begin", "GeoJSON"),
    "UTF-16": ("{}".encode("utf-16"), "UTF-16", "UTF-8"),
    "Shift_JIS": (('{"name":"尾花沢市"}').encode("cp932"), "not UTF-8", "Shift_JIS"),
    "cut off": (b'{"type":"FeatureCollection","features":[{"type":"Fea', "not valid JSON", "cut off"),
    "doubled key": (
        (COLLECTION % '{"type":"Feature","properties":{"a":1,"a":2},"geometry":null}').encode(),
        "'a' occurs twice",
        "fetch",
    ),
    "nested deep": (b'{"a":' + b"[" * 100_000, "nested too deep", "fetch"),
    "integer of 5000 digits": (b'{"type":' + b"1" * 5000 + b"}", "not valid JSON", "fetch"),
    "TopoJSON": (b'{"type":"Topology","objects":{}}', "Topology", "TopoJSON"),
    "Esri JSON": (b'{"geometryType":"esriGeometryPoint","features":[]}', "None", "Esri JSON"),
    "type is a list": (b'{"type":["FeatureCollection"]}', "FeatureCollection", "GeoJSON"),
    "no feature": ((COLLECTION % "").encode(), "holds no feature", "no danger"),
    "features is an object": (b'{"type":"FeatureCollection","features":{}}', "no list of features", "export"),
    "item is no feature": ((COLLECTION % "7").encode(), "item 1 is not a feature", "export"),
    "properties is a text": (
        (COLLECTION % '{"type":"Feature","properties":"x","geometry":null}').encode(),
        "feature 1: properties",
        "export",
    ),
    "no geometry at all": (
        (COLLECTION % '{"type":"Feature","properties":{},"geometry":null}').encode(),
        "no feature has a geometry",
        "positions",
    ),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content_is_refused(make_layer, town, tmp_path, name):
    content, message, hint = CONTENTS[name]
    path = tmp_path / "layer.geojson"
    path.write_bytes(content)
    with pytest.raises(LayerError) as caught:
        load_layer(make_layer("shelters", path), town)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")
    assert caught.value.layer == "shelters"


COORDINATES = {
    "NaN": ("NaN,38.6", "feature 2: a coordinate is not a finite number"),
    "infinity": ("140.4,Infinity", "feature 2: a coordinate is not a finite number"),
    "1e400": ("140.4,1e400", "feature 2: a coordinate is not a finite number"),
    "400 digits": ("1" * 400 + ",38.6", "feature 2: a coordinate is not a finite number"),
    "text": ('"140.4","38.6"', "feature 2: its coordinates are not lists of numbers"),
    "boolean": ("true,38.6", "feature 2: its coordinates are not lists of numbers"),
    "null": ("null,38.6", "feature 2: its coordinates are not lists of numbers"),
    "one number": ("140.4", "feature 2: its coordinates are not lists of numbers"),
    "list in list": ("140.4,[38.6]", "feature 2: its coordinates are not lists of numbers"),
    "far too deep": ("[[[[[140.4,38.6]]]]]", "feature 2: its coordinates are not lists of numbers"),
    "swapped": ("38.6,140.4", "feature 2: latitude and longitude are swapped"),
    "null island": ("0,0", "feature 2: (0.000000, 0.000000) lies far outside the site"),
    "another prefecture": ("136.2,36.06", "feature 2: (136.200000, 36.060000) lies far outside the site"),
    "metres": ("-36868.7,-154219.2", "feature 2: (-36868.7, -154219) is no longitude and latitude"),
}


@pytest.mark.parametrize("name", COORDINATES)
def test_coordinates_are_refused_with_the_feature_number(make_layer, town, tmp_path, name):
    coordinates, message = COORDINATES[name]
    path = tmp_path / "layer.geojson"
    path.write_text(COLLECTION % f"{POINT % '140.4,38.6'},{POINT % coordinates}", encoding="utf-8")
    with pytest.raises(LayerError) as caught:
        load_layer(make_layer("shelters", path), town)
    assert message in str(caught.value)
    assert caught.value.hint


def test_the_hint_for_swapped_axes_says_which_comes_first(make_layer, town, write, shapes):
    path = write(shapes.feature(shapes.point(38.6, 140.4)))
    with pytest.raises(LayerError) as caught:
        load_layer(make_layer("shelters", path), town)
    assert "longitude first" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("coordinates", "message"),
    [
        ([[[140.4, 38.6], [140.5, 38.6]]], "cannot be built"),
        ([[140.4, 38.6], [140.5, 38.6], [140.5, 38.7]], "cannot be built"),
        ([[[140.4, 38.6], [140.5, 38.6], [38.7, 140.5], [140.4, 38.6]]], "reaches over"),
        ([[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]], "reaches over"),
        ([[]], "not lists of numbers"),
    ],
    ids=["two-point ring", "a level missing", "one vertex swapped", "whole globe", "empty ring"],
)
def test_polygons_are_refused_with_the_feature_number(make_layer, town, write, shapes, coordinates, message):
    path = write(shapes.feature({"type": "Polygon", "coordinates": coordinates}))
    with pytest.raises(LayerError, match=f"feature 1: .*{message}"):
        load_layer(make_layer("boundary", path), town)


@pytest.mark.parametrize("geometry_type", ["Polygon", "GeometryCollection", "Circle", ["Point"]])
def test_a_geometry_the_kind_does_not_take_is_refused(make_layer, town, write, shapes, geometry_type):
    geometry = {"type": geometry_type, "coordinates": [140.4, 38.6]}
    path = write(shapes.feature(shapes.point(140.4, 38.6)), shapes.feature(geometry))
    with pytest.raises(LayerError, match=r"feature 2: is a .*takes Point"):
        load_layer(make_layer("shelters", path), town)


def test_missing_folder_and_unreadable_have_messages_of_their_own(make_layer, town, tmp_path):
    with pytest.raises(LayerError, match="there is no such file"):
        load_layer(make_layer("shelters", tmp_path / "no.geojson"), town)
    with pytest.raises(LayerError, match="not a regular file"):
        load_layer(make_layer("shelters", tmp_path), town)


@pytest.mark.parametrize("name", ["/vsicurl/http://127.0.0.1:9/x.geojson", "http://127.0.0.1:9/x.geojson"])
def test_addresses_are_not_read(make_layer, town, name):
    with pytest.raises(LayerError) as caught:
        load_layer(make_layer("shelters", Path(name)), town)
    assert "addresses and GDAL prefixes are not read" in (caught.value.hint or "")


def test_a_huge_file_is_refused_before_it_is_read(make_layer, town, tmp_path):
    path = tmp_path / "huge.geojson"
    path.touch()
    os.truncate(path, MAX_BYTES + 1)
    with pytest.raises(LayerError, match="bytes are more than"):
        load_layer(make_layer("shelters", path), town)


def test_an_unknown_kind_names_the_known_ones(make_layer, town, data):
    layer = replace(make_layer("boundary", data / "boundary-06212.json"), kind="avalanche")
    with pytest.raises(LayerError) as caught:
        load_layer(layer, town)
    assert caught.value.hint == f"kinds are: {', '.join(sorted(LAYER_KINDS))}"


def test_gdal_never_opens_a_layer(tmp_path):
    """A virtual file that points to a canary: the canary's rows must not appear, GDAL must not even load."""
    canary = tmp_path / "canary.geojson"
    canary.write_text(COLLECTION % POINT % "140.4,38.6", encoding="utf-8")
    vrt = tmp_path / "layer.geojson"
    vrt.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="canary"><SrcDataSource>{canary}</SrcDataSource></OGRVRTLayer>'
        "</OGRVRTDataSource>"
    )
    program = f"""
import sys
from dataclasses import fields
from pathlib import Path
from config.model import LayerConfig
from core.errors import LayerError
from core.model import Bounds
from gis import load_layer
given = {{"kind": "boundary", "crs": None, "style": None, "shelter_facts": ()}}
for file in ({str(vrt)!r}, {str(Path(__file__).parent / "data" / "boundary-06212.json")!r}):
    layer = LayerConfig(**{{f.name: given.get(f.name, "x") for f in fields(LayerConfig)}} | {{"file": Path(file)}})
    try:
        print(len(load_layer(layer, Bounds(140.3, 38.4, 140.7, 38.8)).frame))
    except LayerError as error:
        print("refused")
print(sorted(name for name in sys.modules if name.split(".")[0] in {{"pyogrio", "osgeo", "fiona"}}))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split("\n") == ["refused", "1", "[]", ""], done.stderr


def test_half_a_character_in_a_name_is_refused(make_layer, town, data, tmp_path):
    text = (data / "emergency-062120.json").read_text(encoding="utf-8").replace("尾花沢中学校", "\\ud800")
    path = tmp_path / "layer.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LayerError, match="feature 1: a text holds half a character"):
        load_layer(make_layer("shelters", path), town)


def test_a_file_of_another_kind_says_what_it_has(make_layer, town, write, shapes):
    path = write(shapes.feature(shapes.square(140.4, 38.6, 0.01), {"name": "町"}))
    with pytest.raises(LayerError, match=r"has no property A31a_205 or .* \(it has: name\)"):
        load_layer(make_layer("flood_depth", path), town)


def test_the_error_survives_json(make_layer, town, tmp_path):
    """The command line prints errors as JSON: message and hint are plain text."""
    with pytest.raises(LayerError) as caught:
        load_layer(make_layer("shelters", tmp_path / "no.geojson"), town)
    assert json.loads(json.dumps({"error": str(caught.value), "hint": caught.value.hint}))
