"""Every format that is taken becomes the same layer; letters, systems and columns are found or asked for."""

import shutil
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from config import load_site
from core.errors import LayerError
from gis.intake import importing
from gis.load import load_layer

ROOT = Path(__file__).parents[3]
PLACES = [[140.40625, 38.609375], [140.4375, 38.59375]]
CSV = "名称,緯度,経度\n中央公民館,38.609375,140.40625\n表町会館,38.59375,140.4375\n"


@pytest.fixture(scope="module")
def made(halls, written, shp):
    """The two halls in every format, by file name."""
    plane = halls.to_crs(6678)
    shift_jis = written(halls, "ESRI Shapefile", ".shp", encoding="cp932")
    return {
        "halls.gpkg": written(halls, "GPKG", ".gpkg")[".gpkg"],
        "halls.fgb": written(halls, "FlatGeobuf", ".fgb", SPATIAL_INDEX="NO")[".fgb"],
        "halls.gml": written(halls, "GML", ".gml")[".gml"],
        "plane.gpkg": written(plane, "GPKG", ".gpkg")[".gpkg"],
        "cp932 with cpg": shift_jis | {".cpg": b"CP932"},
        "utf8": written(halls, "ESRI Shapefile", ".shp", encoding="utf-8"),
        "lines": written(
            halls.set_geometry(shapely.boundary(shapely.buffer(halls.geometry.to_numpy(), 0.001)), crs=6668),
            "ESRI Shapefile",
            ".shp",
        ),
    }


@pytest.mark.parametrize(
    ("name", "format_", "driver"),
    [("halls.gpkg", "GeoPackage", "GPKG"), ("halls.fgb", "FlatGeobuf", "FlatGeobuf"), ("halls.gml", "GML", "GML")],
)
def test_formats_gdal_reads(town_at, outside, made, name, format_, driver):
    outcome = town_at.bring(made[name], "anything.bin")
    record = outcome.record
    assert (record.format, record.driver, record.crs, record.read) == (format_, driver, "EPSG:6668", 2)
    features = town_at.features()
    assert [feature["geometry"]["coordinates"] for feature in features] == PLACES
    assert [feature["properties"]["名称"] for feature in features] == ["中央公民館", "表町会館"]
    assert [feature["properties"]["人数"] for feature in features] == [120, 45]


def test_a_plane_system_is_kept_and_turned_into_degrees_by_the_loader(town_at, outside, made, box):
    outcome = town_at.bring(made["plane.gpkg"], "halls.gpkg")
    assert outcome.record.crs == "EPSG:6678"
    assert abs(town_at.features()[0]["geometry"]["coordinates"][1]) > 100_000
    assert outcome.record.bounds == pytest.approx((140.40625, 38.59375, 140.4375, 38.609375), abs=1e-6)
    assert load_layer(outcome.layer, box).report.bounds.west == pytest.approx(140.40625, abs=1e-6)


@pytest.mark.parametrize("parts", ["cp932 with cpg", "utf8"])
def test_letters_of_a_shapefile(town_at, outside, files, made, parts):
    outcome = town_at.bring(files.zipped_shp(made[parts]), "halls.zip")
    assert [feature["properties"]["名称"] for feature in town_at.features()] == ["中央公民館", "表町会館"]
    assert outcome.record.encoding == ("utf-8" if parts == "utf8" else "cp932")


def test_a_cpg_that_is_not_true_is_refused_and_can_be_overruled(town_at, files, shp):
    lying = files.zipped_shp(shp | {".cpg": b"UTF-8"})
    with pytest.raises(LayerError, match=r"the \.cpg file: utf-8, but the text .* is not that") as caught:
        town_at.bring(lying, "halls.zip")
    assert "--encoding cp932" in (caught.value.hint or "")
    assert town_at.bring(lying, "halls.zip", encoding="cp932").record.encoding_from == "stated by --encoding"
    with pytest.raises(LayerError, match=r"(文字化け|is not that)"):
        town_at.bring(files.zipped_shp(shp | {".cpg": b"ISO-8859-1"}), "halls.zip")


def test_letters_that_are_broken_in_the_file_itself_are_refused(town_at, files):
    """UTF-8 that somebody once read as CP932 and saved again: sound UTF-8, and no Japanese any more."""
    broken = "中央公民館".encode().decode("cp932", "ignore")
    for content, name in (
        (files.collection(files.point(140.4, 38.6, name=broken)), "halls.geojson"),
        (f"name,lat,lon\n{broken},38.6,140.4\n".encode(), "halls.csv"),
        (CSV.replace("名称", "蜷咲ｧｰ").encode(), "halls.csv"),
    ):
        with pytest.raises(LayerError, match=r"文字化け") as caught:
            town_at.bring(content, name, crs="EPSG:6668")
        assert "ask for the original" in (caught.value.hint or "")


def test_an_encoding_that_was_not_needed_is_said(town_at, made):
    outcome = town_at.bring(made["halls.gpkg"], "halls.gpkg", encoding="cp932")
    assert "--encoding was not needed: the format is UTF-8" in outcome.record.warnings


def test_a_zip_with_japanese_names_and_several_layers_asks_which(town_at, files, made, shp):
    """The names of the members are CP932 without a flag, as Windows writes them."""
    plain = files.zip_of(
        {f"AAAA{ending}": data for ending, data in shp.items()}
        | {f"BBBB{ending}": data for ending, data in made["lines"].items()}
    )
    content = plain.replace(b"AAAA", "会館".encode("cp932")).replace(b"BBBB", "外周".encode("cp932"))
    with pytest.raises(LayerError, match=r"holds 2 layers: 会館\.shp, 外周\.shp") as caught:
        town_at.bring(content, "halls.zip")
    assert "--layer" in (caught.value.hint or "")
    assert town_at.bring(content, "halls.zip", layer="会館").record.source_layer == "会館.shp"
    with pytest.raises(LayerError, match=r"has no one layer '倉庫'"):
        town_at.bring(content, "halls.zip", layer="倉庫")


def test_kml_and_kmz(town_at, files, placemark):
    content = files.kml(
        placemark
        + "<Placemark><ExtendedData><Data name='区分'><value>消防</value></Data></ExtendedData>"
        + "<Point><coordinates> 140.4375,38.59375 </coordinates></Point></Placemark>"
    )
    assert town_at.bring(content, "halls.kml").record.crs == "EPSG:4326"
    features = town_at.features()
    zipped = files.zip_of({"doc.kml": content, "files/icon.png": b"\x89PNG"})
    assert town_at.bring(zipped, "halls.kmz").record.format == "KML in a zip"
    assert town_at.features() == features
    assert features[1] == {
        "type": "Feature",
        "properties": {"区分": "消防"},
        "geometry": {"type": "Point", "coordinates": [140.4375, 38.59375]},
    }


def test_kml_declared_as_shift_jis_is_decoded_so(town_at, files, placemark):
    text = files.kml(placemark, '<?xml version="1.0" encoding="Shift_JIS"?>').decode()
    town_at.bring(text.encode("cp932"), "halls.kml")
    assert town_at.features()[0]["properties"]["name"] == "公民館"
    with pytest.raises(LayerError, match=r"is declared as utf-8, byte"):
        town_at.bring(text.replace("Shift_JIS", "UTF-8").encode("cp932"), "halls.kml")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932"])
def test_csv_with_coordinates(town_at, codec):
    with pytest.raises(LayerError, match=r"nothing says in which coordinate system"):
        town_at.bring(CSV.encode(codec), "halls.csv")
    town_at.bring(CSV.encode(codec), "halls.csv", crs="EPSG:6668")
    features = town_at.features()
    assert [feature["geometry"]["coordinates"] for feature in features] == PLACES
    assert features[0]["properties"]["名称"] == "中央公民館"


@pytest.mark.parametrize(
    ("header", "warning"),
    [("name,Y,X", "X is taken as north"), ("name,X,Y", "X is taken as east and Y as north, as GIS desktops do")],
)
def test_x_and_y_of_a_plane_system_the_way_round_that_lies_in_the_town(town_at, header, warning):
    outcome = town_at.bring(f"{header}\nhall,-36868.7,-154219.2\n".encode(), "halls.csv", crs="EPSG:6678")
    assert any(warning in line for line in outcome.record.warnings)
    assert town_at.features()[0]["geometry"]["coordinates"] == [-36868.7, -154219.2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("名称,住所\n会館,表町1\n", "has no columns of coordinates"),
        ("名称,緯度,経度\n会館,38°36′,140.4\n", "line 2: 緯度 is '38°36′', not a decimal number"),
        ("名称,緯度,経度\n会館,,140.4\n", "line 2: one of the two coordinates is missing"),
        ("名称,緯度,経度\n会館,38.6,140.4,あ\n", "line 2 has more cells than the header"),
        ('名称,緯度,経度\n"会館,38.6,140.4\n', "line 2: unexpected end of data"),
        ("名称,緯度,経度\n", "holds no row below its header"),
        ("緯度,経度,lat\n38.6,140.4,38.6\n", "has several columns of coordinates"),
    ],
)
def test_csv_that_cannot_be_placed(town_at, text, message):
    with pytest.raises(LayerError, match=message):
        town_at.bring(text.encode(), "halls.csv", crs="EPSG:6668")


def test_a_statement_about_the_system_that_the_file_denies_is_refused(town_at, files):
    crs = {"type": "name", "properties": {"name": "EPSG:6678"}}
    content = files.collection(files.point(-36868.7, -154219.2), crs=crs)
    with pytest.raises(LayerError, match=r"crs member says EPSG:6678"):
        town_at.bring(content, crs="EPSG:6677")
    with pytest.raises(LayerError, match=r"--crs: .*is not a coordinate system"):
        town_at.bring(content, crs="JGD2011")


def test_76_tokyo_datum_labelled_wgs84_is_warned_of_by_the_boundary(town_at, outside, tmp_path):
    """The boundary itself, where it lies when its old coordinates are taken for new ones."""
    folder = tmp_path / "obanazawa"
    shutil.copytree(ROOT / "config" / "example", folder)
    town_at.site, town_at.folder = load_site(folder), folder
    boundary = next(layer for layer in town_at.site.layers if layer.kind == "boundary")
    frame = load_layer(boundary, town_at.site.bounds).frame
    shifted = geopandas.GeoSeries(
        shapely.transform(frame.geometry.to_numpy(), lambda lonlat: np.add(lonlat, (0.00342, -0.00293)))
    )
    outcome = town_at.bring(shifted.to_json().encode(), "fields.geojson", kind="areas", id="fields")
    assert any("Tokyo" in warning or "旧測地系" in warning for warning in outcome.record.warnings)


def test_a_large_zip_of_many_vertices_is_refused_before_gdal_opens_it(town_at, files, made, monkeypatch):
    monkeypatch.setattr(importing, "MAX_VERTICES", 10)
    with pytest.raises(LayerError, match=r"holds more than 10 vertices"):
        town_at.bring(files.zipped_shp(made["lines"]), "halls.zip", kind="lines")
    monkeypatch.setattr(importing, "MAX_FEATURES", 1)
    with pytest.raises(LayerError, match=r"holds 2 features or more, 1 are taken"):
        town_at.bring(made["halls.gpkg"], "halls.gpkg")
