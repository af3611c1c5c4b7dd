"""Exposure: sites, roads, areas and persons in each class of each hazard, each metre once, nothing lost, nothing called safe."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from shutil import copytree

import numpy as np
import pyogrio
import pytest
import shapely
from geopandas import GeoDataFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import LayerError
from core.model import Access, Hazard
from gis import publish_layers, read_catalogue
from gis.crs import LON_LAT
from gis.exposure.assess import assess
from gis.exposure.derived import IDS, ROADS, SITES
from gis.exposure.document import CSV_NAME, DOCUMENT_NAME, GEOPACKAGE_NAME, document_text, read_assessment
from gis.exposure.ground import NOWHERE, Ground
from gis.exposure.lines import sections_of
from gis.exposure.model import NOT_ASSESSED
from gis.exposure.publish import publish_exposure, publish_staff_exposure
from gis.mesh import mesh_box
from gis.metres import in_metres
from gis.shelter_forms import HAZARDS

NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)
PLANE = 6678
WEST, SOUTH, SIDE = 140.40, 38.60, 0.01
"""Squares of a hundredth of a degree, from a corner in the town."""


def spot(east, north):
    """A point so many squares from the corner."""
    return [round(WEST + east * SIDE, 9), round(SOUTH + north * SIDE, 9)]


def area(west, south, east, north):
    ring = [spot(west, south), spot(east, south), spot(east, north), spot(west, north), spot(west, south)]
    return {"type": "Polygon", "coordinates": [ring]}


def line(*spots):
    return {"type": "LineString", "coordinates": [spot(*one) for one in spots]}


@pytest.fixture
def town_site(make_site, make_layer, shapes):
    """Makes a town in a folder: a flood map of three classes, one unknown; shelters, roads, fields, persons; houses for staff."""
    feature = shapes.feature

    def build(folder):
        def layer(kind, id_, *features, **changes):
            path = folder / f"{id_}.geojson"
            path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
            return replace(make_layer(kind, path, **changes), id=id_, title_ja=f"{id_}の図", title_en=id_)

        def shelter(number, name, at):
            flags = {row.column: number % 2 if row.hazard == "flood" else 0 for row in HAZARDS if row.column}
            told = {"施設・場所名": name, "共通ID": f"E{number}", **flags}
            return feature({"type": "Point", "coordinates": spot(*at)}, told)

        places = {"中": (0.5, 0.5), "境": (2, 0.5), "不明": (3.5, 0.5), "=外": (5, 0.5)}
        layers = [
            layer(
                "flood_depth",
                "flood",
                feature(area(0, 0, 2, 1), {"A31a_205": 2}),
                feature(area(2, 0, 3, 1), {"A31a_205": 4}),
                feature(area(3, 0, 4, 1), {"A31a_205": 99}),
            ),
            layer("shelters", "shelters", *(shelter(n, name, at) for n, (name, at) in enumerate(places.items()))),
            layer(
                "roads",
                "roads",
                feature(line((-1, 0.5), (5, 0.5)), {"id": "r1", "name": "東西線", "class": "第1種"}),
                feature(line((0.5, 2), (0.5, 3)), {"id": "r2", "name": "外の線", "class": "第2種"}),
            ),
            layer("areas", "fields", feature(area(1, 0, 3, 2), {"name": "田"})),
            layer(
                "population_mesh",
                "persons",
                feature(area(1, 0, 3, 2), {"人口": 400}),
                feature(area(9, 9, 10, 10), {"人口": "*"}),
            ),
            layer(
                "points",
                "houses",
                feature({"type": "Point", "coordinates": spot(2.5, 0.5)}, {"name": "家"}),
                access=Access.STAFF,
            ),
        ]
        return make_site(folder, *layers)

    return build


@pytest.fixture(scope="module")
def kept():
    """What the first test published, for the others."""
    return {}


@pytest.fixture
def published(kept, town_site, tmp_path_factory, tmp_path):
    """The town, and copies of the folders its layers are published in."""
    if not kept:
        kept["folder"] = tmp_path_factory.mktemp("town")
        kept["site"] = town_site(kept["folder"])
        publish_layers(kept["site"], kept["folder"] / "public" / "layers", kept["folder"] / "staff" / "layers")
    for name in ("public", "staff"):
        copytree(kept["folder"] / name, tmp_path / name)
    return kept["site"], tmp_path / "public", tmp_path / "staff"


def value(table, code, target):
    row = next(row for row in table.rows if row.code == code)
    return row.figure(target).value


def test_everything_is_counted_once_and_what_is_outside_is_not_assessed(published):
    site, public, _ = published
    found = publish_exposure(site, public / "layers", public / "exposure", now=NOW)
    (table,) = found.hazards
    assert [row.code for row in table.rows] == ["4", "2", "unknown", NOT_ASSESSED]
    assert [value(table, code, "shelters") for code in ("4", "2", "unknown", NOT_ASSESSED)] == [1, 1, 1, 1]
    assert table.rows[0].figure("shelters").names == ("境",)  # on the edge of two classes: the graver
    whole = {target.source.id: target.total for target in found.targets}
    assert value(table, "2", "roads") == pytest.approx(2 / 6 * (whole["roads"] - value_of_second_road(found)), rel=1e-6)
    assert value(table, "4", "roads") == pytest.approx(value(table, "2", "roads") / 2, rel=1e-5)
    assert value(table, "4", "fields") == pytest.approx(whole["fields"] / 4, rel=1e-4)
    assert value(table, "4", "persons") == pytest.approx(100, rel=1e-4)
    for row in table.rows:
        assert sum(row.figure("roads").by_part.values()) == pytest.approx(row.figure("roads").value)
    for target, total in whole.items():
        assert sum(value(table, row.code, target) for row in table.rows) == pytest.approx(total)
    assert [target.unknown for target in found.targets if target.source.id == "persons"] == [1]
    assert table.rows[1].figure("roads").names == ("東西線",)
    assert [row.figure("shelters").fit for row in table.rows] == [1, 0, 0, 1]


def value_of_second_road(found):
    (part,) = (
        part for target in found.targets for part in target.parts if target.source.id == "roads" and part.code == "2"
    )
    return part.total


def test_staff_count_what_the_public_does_not_see(published):
    site, public, staff = published
    seen = publish_exposure(site, public / "layers", public / "exposure", now=NOW)
    own = publish_staff_exposure(site, public / "layers", staff / "layers", staff / "exposure", now=NOW)
    assert "houses" not in {source.id for source in seen.sources}
    assert (seen.access, own.access) == ("public", "staff")
    assert value(own.hazards[0], "4", "houses") == 1
    assert not any("houses" in path.read_text(errors="replace") for path in public.rglob("*.*") if path.is_file())


def test_files_carry_terms_and_run_no_formula(published):
    site, public, _ = published
    found = publish_exposure(site, public / "layers", public / "exposure", now=NOW)
    folder = public / "exposure"
    content = (folder / CSV_NAME).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert {(row["ライセンス"], row["出典"], row["架空"]) for row in rows} == {("CC BY 4.0", "出典：試験用データ", "1")}
    assert {row["名称"] for row in rows if row["対象の層ID"] == "shelters"} == {"境", "中", "不明", "'=外"}
    assert {row["推計"] for row in rows if row["対象の層ID"] == "persons"} == {"1"}
    names = [name for name, _ in pyogrio.list_layers(folder / GEOPACKAGE_NAME)]
    assert names == ["exposure_sites", "exposure_roads", "exposure_areas", "exposure_population", "exposure_table"]
    for name in names:
        told = pyogrio.read_info(folder / GEOPACKAGE_NAME, layer=name)["layer_metadata"]
        assert (told["LICENCE"], told["CREDIT"], told["FICTITIOUS"]) == ("CC BY 4.0", "出典：試験用データ", "1")
    roads = pyogrio.read_dataframe(folder / GEOPACKAGE_NAME, layer="exposure_roads")
    by_class = roads.groupby(roads["flood"].fillna("none"))["length_m"].sum()
    assert by_class["2"] == pytest.approx(value(found.hazards[0], "2", "roads"), abs=0.01)
    assert by_class.sum() == pytest.approx(sum(t.total for t in found.targets if t.source.id == "roads"), abs=0.01)
    fields = pyogrio.read_dataframe(folder / GEOPACKAGE_NAME, layer="exposure_areas")
    assert set(fields["hazard_class"]) == {"2", "4"}
    assert roads.crs.to_epsg() == 6668
    assert read_assessment(folder) == found
    assert "safe" in json.loads(document_text(found))["notes"]["en"]


def test_the_map_gets_two_layers_that_hold_only_while_their_sources_do(published):
    site, public, _ = published
    folder = public / "layers"
    publish_exposure(site, folder, public / "exposure", now=NOW)
    drawn = {layer.id: layer for layer in read_catalogue(folder)}
    assert list(drawn)[-1] == SITES
    assert drawn.keys() > IDS
    sites = json.loads((folder / f"{SITES}.geojson").read_text())["features"]
    assert [(one["properties"]["name"], one["properties"]["code"]) for one in sites] == [
        (name, Hazard.FLOOD.value) for name in ("中", "境", "不明")
    ]
    assert "5m以上10m未満" in sites[1]["properties"]["where_ja"]
    assert (
        sum(one["properties"]["length_m"] for one in json.loads((folder / f"{ROADS}.geojson").read_text())["features"])
        > 0
    )
    publish_layers(site, folder)
    assert {layer.id for layer in read_catalogue(folder)} > IDS  # nothing changed: they stay
    fewer = replace(site, layers=tuple(layer for layer in site.layers if layer.id != "shelters"))
    publish_layers(fewer, folder)
    assert not IDS & {layer.id for layer in read_catalogue(folder)}
    assert not (folder / f"{SITES}.geojson").exists()


def test_what_is_no_longer_public_is_taken_away_at_once(published):
    site, public, _ = published
    publish_exposure(site, public / "layers", public / "exposure", now=NOW)
    hidden = replace(
        site, layers=tuple(replace(one, access=Access.STAFF) if one.id == "shelters" else one for one in site.layers)
    )
    publish_layers(hidden, public / "layers")
    (public / "layers" / "roads.geojson").write_text("{")
    with pytest.raises(LayerError, match="roads"):
        publish_exposure(hidden, public / "layers", public / "exposure", now=NOW)
    assert not list((public / "exposure").iterdir())


def test_only_what_changed_is_written(published):
    site, public, _ = published
    folder = public / "exposure"
    publish_exposure(site, public / "layers", folder, now=NOW)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = publish_exposure(site, public / "layers", folder, now=datetime(2026, 2, 1, tzinfo=UTC))
    assert again.made.startswith("2026-01-15")
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    (folder / CSV_NAME).unlink()
    assert publish_exposure(site, public / "layers", folder, now=datetime(2026, 2, 1, tzinfo=UTC)).made.startswith(
        "2026-02"
    )


def test_a_town_without_hazards_or_without_anything_to_count(make_site, tmp_path):
    site = make_site(tmp_path)
    found = publish_exposure(site, tmp_path / "layers", tmp_path / "exposure", now=NOW)
    assert (found.hazards, found.targets) == ((), ())
    assert (tmp_path / "exposure" / DOCUMENT_NAME).is_file()
    assert read_assessment(tmp_path) is None


def test_an_id_of_the_made_layers_is_refused(make_site, make_layer, write, shapes, tmp_path):
    path = write(shapes.feature(area(0, 0, 1, 1), {"name": "x"}))
    site = make_site(tmp_path, replace(make_layer("areas", path), id=SITES))
    with pytest.raises(LayerError, match="made from the others"):
        publish_layers(site, tmp_path / "layers")


cells = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 3), st.integers(1, 3), st.integers(0, 3))
ways = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=5)


@settings(max_examples=40, deadline=None)
@given(areas=st.lists(cells, max_size=7), way=ways)
def test_sections_against_brute_force(areas, way):
    ground = _ground(areas)
    course = shapely.LineString([spot(*one) for one in way])
    sections = sections_of(np.array([course], dtype=object), [ground], PLANE)
    length = shapely.length(in_metres(course, PLANE))
    assert sum(section.length_m for section in sections) == pytest.approx(length, abs=1e-6)
    for section in sections:
        middle = shapely.line_interpolate_point(section.shape, 0.4999, normalized=True)
        assert section.gravity == (_gravest(areas, middle),)


@settings(max_examples=40, deadline=None)
@given(areas=st.lists(cells, max_size=7), field=cells)
def test_covers_against_brute_force(areas, field):
    square = _box(field)
    covers = _ground(areas).over(np.array([square], dtype=object), PLANE)
    whole = shapely.area(in_metres(square, PLANE))
    for level in range(4):
        graver = shapely.union_all([_box(one) for one in areas if one[4] > level])
        here = shapely.union_all([_box(one) for one in areas if one[4] == level])
        expected = shapely.area(shapely.difference(shapely.intersection(square, here), graver)) / shapely.area(square)
        found = sum(shapely.area(cover.shape) for cover in covers if cover.gravity == level) / whole
        assert found == pytest.approx(expected, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(areas=st.lists(cells, max_size=7), places=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1))
def test_points_against_brute_force(areas, places):
    points = shapely.points([spot(*place) for place in places])
    found = _ground(areas).at(points)
    assert found.tolist() == [_gravest(areas, point) for point in points]


def _box(cell):
    west, south, wide, high, _ = cell
    return shapely.box(*spot(west, south), *spot(west + wide, south + high))


def _ground(areas):
    shapes = np.array([_box(one) for one in areas], dtype=object)
    return Ground(shapes, np.array([one[4] for one in areas], dtype=np.int64))


def _gravest(areas, point):
    return max((one[4] for one in areas if _box(one).distance(point) < 1e-10), default=NOWHERE)


def test_two_hazards_of_one_layer_stand_apart_and_spots_without_area_are_told(published):
    _, public, _ = published
    (flood,) = (layer for layer in read_catalogue(public / "layers") if layer.id == "flood")
    both = replace(flood, id="spots", kind="hazard_sites", hazards=("landslide", "avalanche"))
    shapes = [shapely.box(*spot(0, 0), *spot(1, 1)), shapely.box(*spot(0, 0), *spot(2, 2)), shapely.Point(spot(5, 5))]
    frame = GeoDataFrame(
        {"code": ["2", "4", "2"], "hazard": ["landslide", "avalanche", "landslide"], "rank": [1, 1, 1]},
        geometry=shapes,
        crs=LON_LAT,
    )
    tables = assess([(both, frame)], PLANE).tables
    assert [(table.id, table.without_area) for table in tables] == [("spots_landslide", 1), ("spots_avalanche", 0)]


@pytest.mark.parametrize(
    ("code", "lon", "lat"),
    [
        ("57407332", 140.409166, 38.608681),
        ("57404294", 140.300869, 38.409828),
        ("57407182", 140.161566, 38.655489),
        ("57400107", 140.214514, 38.007937),
        ("55406580", 140.626141, 37.240180),
    ],
)
def test_mesh_codes_of_the_towns(code, lon, lat):
    whole = mesh_box(code)
    assert whole.contains(lon, lat)
    assert (whole.east - whole.west, whole.north - whole.south) == pytest.approx((45 / 3600, 30 / 3600))
    quarters = [mesh_box(code + digit) for digit in "1234"]
    assert sum(quarter.contains(lon, lat) for quarter in quarters) == 1
    assert (quarters[0].south, quarters[1].east, quarters[2].north) == pytest.approx(
        (whole.south, whole.east, whole.north)
    )


@pytest.mark.parametrize("code", ["", "5740733", "57408032", "574073325", "574073320", "5740733a", "574073321111"])
def test_what_is_no_mesh_code(code):
    with pytest.raises(ValueError, match="mesh code"):
        mesh_box(code)
