"""A file of a whole prefecture, of which only the town's part is taken; and a wrong system, which no cut may hide."""

import geopandas
import pytest
import shapely

from core.errors import LayerError
from gis.intake import limits
from gis.intake.cut import Cut, box_of_geometry
from gis.intake.refused import Refused
from gis.intake.shapefile import measure

IN_TOWN = shapely.box(140.40, 38.55, 140.44, 38.58)
CROSSING = shapely.box(140.55, 38.45, 140.95, 38.50)
NEXT_TOWN = shapely.box(140.64, 38.60, 140.65, 38.61)
BEYOND = shapely.box(140.68, 38.60, 140.69, 38.61)
FAR = shapely.box(139.80, 38.90, 139.82, 38.92)
FAR_SOUTH = shapely.box(140.10, 37.80, 140.12, 37.82)


def areas(*shapes: shapely.Geometry | None) -> geopandas.GeoDataFrame:
    ranks = [1 + number % 6 for number in range(len(shapes))]
    columns = {"A31a_201": ["8202110001"] * len(shapes), "A31a_202": ["最上川"] * len(shapes), "A31a_205": ranks}
    return geopandas.GeoDataFrame(columns, geometry=list(shapes), crs=6668)


@pytest.fixture
def prefecture() -> geopandas.GeoDataFrame:
    return areas(FAR, IN_TOWN, CROSSING, None, NEXT_TOWN, FAR_SOUTH, BEYOND)


@pytest.fixture
def as_file(files, written):
    def make(frame: geopandas.GeoDataFrame, form: str) -> bytes:
        match form:
            case "shp":
                return files.zipped_shp(written(frame, "ESRI Shapefile", ".shp", encoding="cp932"))
            case "gpkg":
                return written(frame, "GPKG", ".gpkg")[".gpkg"]
            case "fgb":
                return written(frame, "FlatGeobuf", ".fgb", SPATIAL_INDEX="NO")[".fgb"]
            case _:
                return written(frame, "GeoJSON", ".geojson", RFC7946="NO")[".geojson"]

    return make


@pytest.mark.parametrize(("form", "epsg"), [("shp", 6678), ("gpkg", 6668), ("fgb", 30170), ("geojson", 4612)])
def test_what_is_near_stays_whole_and_the_rest_is_counted(town_at, prefecture, as_file, form, epsg):
    outcome = town_at.bring(as_file(prefecture.to_crs(epsg), form), f"pref.{form}", kind="areas", cut=True)
    record = outcome.record
    assert (record.read, record.left_out_far, record.features, record.dropped) == (7, 4, 3, 0)
    assert record.bounds == pytest.approx((140.40, 38.45, 140.95, 38.61), abs=1e-3)
    assert any("reaches far beyond the site's bounds, kept" in warning for warning in record.warnings)


def test_a_kml_and_a_csv_are_cut(town_at, files, placemark):
    far = placemark.replace("140.40625,38.609375", "139.8,38.9")
    outcome = town_at.bring(files.kml(far + placemark + "<Placemark><name>無</name></Placemark>"), "a.kml", cut=True)
    assert (outcome.record.read, outcome.record.left_out_far, outcome.record.features) == (3, 2, 1)
    rows = "名称,緯度,経度\n遠い,38.9,139.8\n公民館,38.609375,140.40625\n無,,\n"
    outcome = town_at.bring(rows.encode(), "a.csv", crs="EPSG:6668", cut=True)
    assert (outcome.record.left_out_far, town_at.features()[0]["properties"]["名称"]) == (2, "公民館")
    assert any("rests on the coordinate system that was stated" in warning for warning in outcome.record.warnings)


def test_without_cut_a_known_national_file_says_the_command(town_at, as_file):
    content = as_file(areas(FAR, IN_TOWN, NEXT_TOWN), "geojson")
    with pytest.raises(LayerError, match="lies far outside the site") as caught:
        town_at.bring(content, kind="flood_depth", typed="yukimori layers import pref.zip --id flood")
    assert caught.value.hint.endswith("to take these alone: yukimori layers import pref.zip --id flood --cut")
    assert "2 of its 3 features" in caught.value.hint


def test_a_file_of_another_place_alone_is_not_told_to_be_cut(town_at, as_file):
    with pytest.raises(LayerError, match="lies far outside the site") as caught:
        town_at.bring(as_file(areas(FAR, FAR_SOUTH), "geojson"), kind="flood_depth")
    assert "--cut" not in caught.value.hint


@pytest.mark.parametrize(
    ("moved", "said", "hint"),
    [
        (lambda frame: frame.iloc[[0, 5]], "none of its 2 features", "another prefecture"),
        (
            lambda frame: frame.set_geometry(shapely.transform(frame.geometry.array, lambda xy: xy[:, ::-1]), crs=6668),
            "none of its 7 features lies near the site: the file reaches over (37.8, 139.8 to 38.92, 140.95)",
            "axes look swapped",
        ),
        (
            lambda frame: frame.iloc[[1, 4]].to_crs(6678).set_crs(6677, allow_override=True),
            "in EPSG:6677",
            "in EPSG:6678 ",
        ),
        (lambda frame: frame.to_crs(6678).set_crs(4326, allow_override=True), "in EPSG:4326", "--crs EPSG:6678"),
    ],
)
def test_a_cut_that_leaves_nothing_says_what_may_be_wrong(town_at, prefecture, as_file, moved, said, hint):
    with pytest.raises(LayerError) as caught:
        town_at.bring(as_file(moved(prefecture), "geojson"), kind="areas", cut=True)
    assert said in str(caught.value)
    assert hint in (caught.value.hint or "")
    assert town_at.everything() == {}


def test_where_nobody_states_the_system_nothing_is_cut(town_at, prefecture, as_file, files, written):
    parts = written(prefecture, "ESRI Shapefile", ".shp", encoding="cp932")
    parts.pop(".prj")
    with pytest.raises(LayerError, match="nothing says in which coordinate system"):
        town_at.bring(files.zipped_shp(parts), "a.zip", kind="areas", cut=True)


def test_a_boundary_is_not_cut(town_at, as_file):
    with pytest.raises(LayerError, match="would leave its neighbours in it"):
        town_at.bring(as_file(areas(FAR, IN_TOWN), "geojson"), kind="boundary", cut=True)


def test_the_most_features_count_after_the_cut(tmp_path, written, prefecture, monkeypatch):
    parts = written(prefecture, "ESRI Shapefile", ".shp")
    paths = {ending: tmp_path / f"a{ending}" for ending in (".shp", ".shx", ".dbf")}
    for ending, path in paths.items():
        path.write_bytes(parts[ending])
    cut = Cut("EPSG:6668", (140.2, 38.4, 140.67, 38.8))
    kept = measure(*paths.values(), max_features=3, max_vertices=20, cut=cut)
    assert (list(kept.kept or ()), list(kept.types), cut.left_out) == ([1, 2, 4], [5, 5, 5], 4)
    monkeypatch.setattr(limits, "CUT_FEATURES", 6)
    with pytest.raises(Refused, match="holds 7 features, more than 6"):
        measure(*paths.values(), max_features=3, max_vertices=20, cut=cut)


@pytest.mark.parametrize(
    ("geometry", "box"),
    [
        (None, None),
        ({"type": "Polygon", "coordinates": []}, None),
        ({"type": "Point", "coordinates": [140.4, 38.6, 12.0]}, (140.4, 38.6, 140.4, 38.6)),
        (
            {"type": "GeometryCollection", "geometries": [{"type": "LineString", "coordinates": [[1, 2], [0, 5]]}]},
            (0, 2, 1, 5),
        ),
    ],
)
def test_the_box_of_a_geometry(geometry, box):
    assert box_of_geometry(geometry) == box


@pytest.mark.parametrize(
    "geometry",
    [
        7,
        {},
        {"coordinates": [["a", "b"]]},
        {"coordinates": [[1]]},
        {"coordinates": {"x": 1}},
        {"coordinates": [[1, None]]},
    ],
)
def test_what_is_no_sound_geometry_is_left_to_the_strict_reader(geometry):
    cut = Cut("EPSG:6668", (140.2, 38.4, 140.7, 38.8))
    assert cut.keeps(box_of_geometry(geometry))
    assert cut.left_out == 0
