"""Every tile of the example town's archives, read by another reader and decoded by another decoder than ours."""

import gzip
import json
import math
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles
from shapely.geometry import shape

from config import load_site
from gis import publish_layers, read_published
from gis.tiles import MAX_ZOOM, MIN_ZOOM

ROOT = Path(__file__).parents[2]
TILED = ("flood_depth", "flood_planned", "flood_duration", "house_collapse", "sediment")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The published hazard areas of the example town by id, and their folder."""
    folder = tmp_path_factory.mktemp("every-tile")
    site = load_site(ROOT / "config" / "example")
    layers = tuple(layer for layer in site.layers if layer.id in TILED)
    return folder, {entry.id: entry for entry in publish_layers(replace(site, layers=layers), folder)}


def tiles_of(path):
    """All tiles as (zoom, column, row) and decoded layers."""
    with path.open("rb") as file:
        for place, data in all_tiles(MmapSource(file)):
            yield place, mapbox_vector_tile.decode(gzip.decompress(data), default_options={"y_coord_down": True})


def cell(place, extent):
    """The way from units of a tile to those of the whole world, 1 wide, and the tile's own square there."""
    zoom, column, row = place
    size = 1 / 2**zoom
    return (
        lambda units: units * (size / extent) + np.array([column * size, row * size]),
        shapely.box(column * size, row * size, (column + 1) * size, (row + 1) * size),
    )


def in_world_units(degrees):
    """Longitude and latitude in the square of web map tiles."""
    lon, lat = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
    return np.column_stack([(lon / math.pi + 1) / 2, (1 - np.arcsinh(np.tan(lat)) / math.pi) / 2])


@pytest.mark.parametrize("name", TILED)
def test_every_tile_decodes_and_no_class_is_missing_or_changes_its_area(example, name):
    folder, entries = example
    entry = entries[name]
    frame = read_published(folder, entry)
    seen, parts = defaultdict(set), defaultdict(list)
    for place, layers in tiles_of(folder / f"{name}.pmtiles"):
        assert list(layers) == [name]
        to_world, square = cell(place, layers[name]["extent"])
        for feature in layers[name]["features"]:
            seen[place[0]].add(feature["properties"]["code"])
            if place[0] == MAX_ZOOM:
                area = shapely.transform(shape(feature["geometry"]), to_world)
                piece = shapely.intersection(shapely.make_valid(area), square)  # without the tile's margin
                parts[feature["properties"]["code"]].append(piece)
    assert set(seen) == set(range(MIN_ZOOM, MAX_ZOOM + 1)) == set(range(entry.min_zoom, entry.max_zoom + 1))
    assert all(codes == set(frame["code"]) for codes in seen.values())
    for code, pieces in parts.items():
        source = shapely.transform(frame[frame["code"] == code].geometry.to_numpy(), in_world_units)
        expected = shapely.area(shapely.union_all(source))
        assert shapely.area(shapely.union_all(pieces)) == pytest.approx(expected, rel=0.01), code


@pytest.mark.parametrize("name", TILED)
def test_a_reader_finds_the_tile_of_a_place_and_what_the_archive_is(example, name):
    folder, entries = example
    frame = read_published(folder, entries[name])
    place = frame.geometry.iloc[0].representative_point()
    x, y = in_world_units(np.array([[place.x, place.y]]))[0]
    with (folder / f"{name}.pmtiles").open("rb") as file:
        reader = Reader(MmapSource(file))
        for zoom in range(MIN_ZOOM, MAX_ZOOM + 1):
            assert reader.get(zoom, int(x * 2**zoom), int(y * 2**zoom)) is not None
        assert reader.get(MAX_ZOOM, 0, 0) is None
        assert reader.metadata()["vector_layers"][0]["id"] == name
        header = reader.header()
    assert (header["min_zoom"], header["max_zoom"]) == (MIN_ZOOM, MAX_ZOOM)
    assert header["min_lon_e7"] / 1e7 == pytest.approx(entries[name].bounds.west, abs=1e-4)


def test_a_tile_unit_is_half_a_metre_at_most(example):
    """What overzooming a map to street level shows: the grid the finest tiles are rounded to."""
    folder, _ = example
    metres_round_the_parallel = 40_075_017 * math.cos(math.radians(38.6))
    extents = {layers["flood_depth"]["extent"] for _, layers in tiles_of(folder / "flood_depth.pmtiles")}
    assert metres_round_the_parallel / 2**MAX_ZOOM / min(extents) < 0.5


def test_the_catalogue_says_the_same_as_the_folder(example):
    folder, entries = example
    document = json.loads((folder / "layers.json").read_text(encoding="utf-8"))
    assert [layer["id"] for layer in document["layers"]] == list(entries)
    assert {name for layer in document["layers"] for name in layer["files"]} == {
        path.name for path in folder.iterdir() if path.name != "layers.json"
    }
