"""The bad-input list of GIS files, row by row: refused with a remedy, or accepted with what was done said openly.

Every test runs beside a file that must not be opened and a port that must not be called.
"""

import io
import json
import re
import stat
import zipfile
from pathlib import Path

import pytest

from core.errors import LayerError
from gis.intake import importing

GOOD = '{"type":"FeatureCollection","features":[%s]}'
POINT = '{"type":"Feature","properties":{"n":1},"geometry":{"type":"Point","coordinates":[%s]}}'
GML = (
    '<?xml version="1.0" encoding="UTF-8"?>%s<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" '
    'xmlns:gml="http://www.opengis.net/gml/3.2">%s</ogr:FeatureCollection>'
)
GML_MEMBER = (
    '<ogr:featureMember><ogr:road gml:id="r.1"><ogr:geometryProperty>%s</ogr:geometryProperty>'
    "<ogr:name>%s</ogr:name></ogr:road></ogr:featureMember>"
)
LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
LINK = (stat.S_IFLNK | 0o777) << 16


def vrt(source):
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="canary"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    ).encode()


def pipeline(source):
    command = f"gdal vector pipeline ! read {source} ! write memory"
    return json.dumps({"type": "gdal_streamed_alg", "command_line": command}).encode()


def encrypted(files):
    content = bytearray(files.zip_of({"a.geojson": b"{}"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def doubled(_files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.geojson", b"{}")
        archive.writestr("A.geojson", b"{}")
    return content.getvalue()


def lying(files):
    """An archive whose list declares 30 bytes where a megabyte comes out."""
    content = files.zip_of({"a.geojson": b" " * 1_000_000})
    size = (1_000_000).to_bytes(4, "little")
    return content.replace(size, (30).to_bytes(4, "little"))


def entity(outside):
    return f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{outside.canary}">]>'


# id → (content made of the helpers and what is outside, file name, words of the message, words of the hint)
REFUSED = {
    "59-vrt-named-geojson": (lambda f, o: vrt(o.canary), "a.geojson", "virtual file", "points to"),
    "59-vrt-in-a-zip-as-shp": (
        lambda f, o: f.zip_of({"a.shp": vrt(o.canary), "a.shx": b"x", "a.dbf": b"x"}), "a.zip", "virtual file", "points",
    ),
    "59-vrt-in-a-zip-as-geojson": (
        lambda f, o: f.zip_of({"a.geojson": vrt(o.canary)}), "a.zip", "virtual file", "points to",
    ),
    "60-gdalg-named-geojson": (lambda f, o: pipeline(o.canary), "a.geojson", "pipeline", "run it yourself"),
    "61-vrt-of-an-address": (lambda f, o: vrt(o.address), "a.geojson", "virtual file", "points to"),
    "61-vrt-of-an-address-named-kml": (lambda f, o: vrt("/vsicurl/" + o.address), "a.kml", "virtual file", "points"),
    "63-parent-folder": (lambda f, o: f.zip_of({"../a.geojson": b"{}"}), "a.zip", "leads outside", "anew"),
    "63-absolute-name": (lambda f, o: f.zip_of({"/tmp/a.geojson": b"{}"}), "a.zip", "leads outside", "anew"),
    "63-drive-letter": (lambda f, o: f.zip_of({"C:/a.geojson": b"{}"}), "a.zip", "leads outside", "anew"),
    "63-back-slash": (lambda f, o: f.zip_with_raw_name(b"a\\b.geojson", b"{}"), "a.zip", "leads outside", "anew"),
    "63-nul-in-a-name": (lambda f, o: f.zip_with_raw_name(b"a\0b.geojson", b"{}"), "a.zip", "leads outside", "anew"),
    "63-symbolic-link": (
        lambda f, o: f.zip_of({"a.geojson": str(o.canary).encode()}, external_attr=LINK, create_system=3),
        "a.zip", "a link or a device", "anew",
    ),
    "63-doubled-name": (lambda f, o: doubled(f), "a.zip", "twice", "anew"),
    "63-encrypted": (lambda f, o: encrypted(f), "a.zip", "encrypted", "password"),
    "63-zip-in-a-zip": (lambda f, o: f.zip_of({"b.zip": f.zip_of({"a": b""})}), "a.zip", "another archive", "inner"),
    "63-many-members": (
        lambda f, o: f.zip_of({f"{n}.txt": b"" for n in range(2001)}), "a.zip", "2,001 files", "anew",
    ),
    "63-cut-off": (lambda f, o: f.zip_of({"a.geojson": b"{}"})[:-30], "a.zip", "damaged", "cut off"),
    "64-dense-zip": (lambda f, o: f.zip_of({"a.geojson": bytes(5_000_000)}), "a.zip", "times its size", "publisher"),
    "64-zip-that-lies": (lambda f, o: lying(f), "a.zip", "(more comes out|damaged)", "."),
    "73-1e400": (lambda f, o: (GOOD % POINT % "140.4,1e400").encode(), "a.geojson", "feature 1: .*finite", "export"),
    "72-nan": (lambda f, o: (GOOD % POINT % "NaN,38.6").encode(), "a.geojson", "feature 1: .*finite", "export"),
    "74-swapped": (lambda f, o: (GOOD % POINT % "38.6,140.4").encode(), "a.geojson", "feature 1: .*swapped", "first"),
    "74-swapped-csv": (
        lambda f, o: "名称,緯度,経度\n会館,140.4,38.6\n".encode(), "a.csv", "feature 1: .*swapped", "first",
    ),
    "77-two-point-ring": (
        lambda f, o: f.collection({"type": "Feature", "properties": {}, "geometry": {
            "type": "Polygon", "coordinates": [[[140.4, 38.6], [140.5, 38.6]]]}}),
        "a.geojson", "feature 1: ", "correct the feature|take the other",
    ),
    "78-empty-collection": (lambda f, o: f.collection(), "a.geojson", "holds no feature", "no danger"),
    "78-mixed-types": (
        lambda f, o: f.collection(f.point(140.4, 38.6), {"type": "Feature", "properties": {}, "geometry": {
            "type": "LineString", "coordinates": [[140.4, 38.6], [140.5, 38.6]]}}),
        "a.geojson", "feature 2: is a LineString", "kind",
    ),
    "79-empty-file": (lambda f, o: b"", "a.geojson", "is empty", "fetch"),
    "79-truncated-json": (lambda f, o: (GOOD % POINT % "140.4,38.6")[:-9].encode(), "a.json", "not valid JSON", "cut off"),
    "79-deep-nesting": (lambda f, o: b'{"a":' + b"[" * 100_000, "a.geojson", "nested too deep", "fetch"),
    "80-kml-external-entity": (lambda f, o: f.kml("<name>&e;</name>", entity(o)), "a.kml", "DTD", "export"),
    "80-gml-external-entity": (
        lambda f, o: (GML % (entity(o), GML_MEMBER % ("", "&e;"))).encode(), "a.gml", "DTD", "export",
    ),
    "80-kml-entity-behind-the-head": (
        lambda f, o: f.kml("&e;", f"<!--{'x' * 70_000}-->" + entity(o)), "a.kml", "(DTD|neither KML)", "export|taken",
    ),
    "80-gml-xinclude": (
        lambda f, o: (GML % ("", f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{o.canary}"/>')).encode(),
        "a.gml", "XInclude", "export",
    ),
    "81-kml-billion-laughs": (lambda f, o: f.kml("<name>&b;</name>", LAUGHS), "a.kml", "DTD", "export"),
    "81-gml-billion-laughs": (lambda f, o: (GML % (LAUGHS, "&b;")).encode(), "a.gml", "DTD", "export"),
    "81-utf16-kml-with-entities": (
        lambda f, o: f.kml("&b;", '<?xml version="1.0" encoding="UTF-16"?>' + LAUGHS).decode().encode("utf-16"),
        "a.kml", "DTD", "export",
    ),
    "88-mrf": (lambda f, o: b"<MRF_META><Raster/></MRF_META>", "a.geojson", "MRF raster", "pictures"),
    "88-vrt-raster": (lambda f, o: b'<VRTDataset rasterXSize="1"></VRTDataset>', "a.kml", "virtual raster", "pictures"),
    "88-wms": (lambda f, o: f"<GDAL_WMS><U>{o.address}</U></GDAL_WMS>".encode(), "a.gml", "network", "pictures"),
    "88-geotiff": (lambda f, o: b"II*\x00" + bytes(100), "a.zip", "raster", "pictures"),
    "88-png-in-a-zip": (lambda f, o: f.zip_of({"a.kml": b"\x89PNG\r\n"}), "a.kmz", "raster", "pictures"),
}  # fmt: skip


@pytest.mark.parametrize("row", REFUSED)
def test_refused(town_at, outside, files, row):
    make, name, message, hint = REFUSED[row]
    before = town_at.everything()
    with pytest.raises(LayerError, match=message) as caught:
        town_at.bring(make(files, outside), name, crs="EPSG:6668" if name.endswith(".csv") else None)
    assert caught.value.layer == "halls"
    assert name in str(caught.value)
    assert re.search(hint, caught.value.hint or "")
    assert town_at.everything() == before


@pytest.mark.parametrize("row", ["62-address", "62-curl-prefix", "62-zip-prefix"])
def test_addresses_are_not_read(town_at, outside, row):
    name = {
        "62-address": outside.address,
        "62-curl-prefix": f"/vsicurl/{outside.address}",
        "62-zip-prefix": f"/vsizip/{outside.canary}",
    }[row]
    with pytest.raises(LayerError, match=r"is an address, not a file") as caught:
        town_at.bring_path(Path(name))
    assert "download it first" in (caught.value.hint or "")


def test_65_shx_missing(town_at, outside, files, shp):
    with pytest.raises(LayerError, match=r"has no \.shx") as caught:
        town_at.bring(files.zipped_shp({key: value for key, value in shp.items() if key != ".shx"}), "halls.zip")
    assert "zip all parts together" in (caught.value.hint or "")


def test_66_dbf_missing_68_cp932_without_cpg(town_at, outside, files, shp):
    """Without .dbf: shapes without properties, said so. With it: names and values in Japanese, without any .cpg."""
    outcome = town_at.bring(files.zipped_shp({k: v for k, v in shp.items() if k != ".dbf"}), "halls.zip")
    assert "there is no .dbf: the shapes have no properties" in outcome.record.warnings
    assert [feature["properties"] for feature in town_at.features()] == [{}, {}]
    outcome = town_at.bring(files.zipped_shp(shp), "halls.zip")
    assert (outcome.record.encoding, outcome.record.crs) == ("cp932", "EPSG:6668")
    assert [feature["properties"]["名称"] for feature in town_at.features()] == ["中央公民館", "表町会館"]


def test_67_prj_missing(town_at, outside, files, shp):
    parts = {ending: data for ending, data in shp.items() if ending != ".prj"}
    with pytest.raises(LayerError, match=r"nothing says in which coordinate system") as caught:
        town_at.bring(files.zipped_shp(parts), "halls.zip")
    assert "--crs EPSG:6668" in (caught.value.hint or "")
    outcome = town_at.bring(files.zipped_shp(parts), "halls.zip", crs="EPSG:6668")
    assert outcome.record.crs_from == "stated by --crs"


def test_69_truncated_shp(town_at, outside, files, shp):
    with pytest.raises(LayerError, match=r"its \.shp is cut off: 140 of 156 bytes"):
        town_at.bring(files.zipped_shp(shp | {".shp": shp[".shp"][:-16]}), "halls.zip")


def test_69_truncated_shp_whose_header_was_made_to_fit(town_at, outside, files, shp):
    short = files.patched(shp[".shp"][:-16], 24, ">i", (len(shp[".shp"]) - 16) // 2)
    with pytest.raises(LayerError, match=r"feature 2 lies outside the \.shp"):
        town_at.bring(files.zipped_shp(shp | {".shp": short}), "halls.zip")


def test_70_dbf_row_count_71_record_length(town_at, outside, files, shp):
    lengthy = files.patched(shp[".shp"], 104, ">i", 2**30)
    countless = files.patched(shp[".dbf"], 4, "<I", 2**31 - 1)
    outcome = town_at.bring(files.zipped_shp(shp | {".shp": lengthy, ".dbf": countless}), "halls.zip")
    said = " ".join(outcome.record.warnings)
    assert "records of the .shp declare other lengths" in said
    assert "the .dbf says it has 2,147,483,647 rows" in said
    assert len(town_at.features()) == 2


def test_72_nan_in_a_binary_file(town_at, outside, files, shp):
    nan = files.patched(shp[".shp"], 112, "<q", 0x7FF8000000000000)
    with pytest.raises(LayerError, match=r"feature 1: (a coordinate is not a finite number|its shape cannot be read)"):
        town_at.bring(files.zipped_shp(shp | {".shp": nan}), "halls.zip")


def test_75_old_crs_member(town_at, outside, files):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::6678"}}
    outcome = town_at.bring(files.collection(files.point(-36868.7, -154219.2, name="会館"), crs=crs))
    assert outcome.record.crs == "EPSG:6678"
    assert outcome.record.bounds[:2] == pytest.approx((140.41, 38.61), abs=1e-4)
    assert town_at.features()[0]["geometry"]["coordinates"] == [-36868.7, -154219.2]  # kept as the source has it


def test_77_bow_tie_and_open_ring(town_at, outside, files):
    bow = [[140.4, 38.6], [140.41, 38.61], [140.41, 38.6], [140.4, 38.61]]
    geometry = {"type": "Polygon", "coordinates": [bow]}
    outcome = town_at.bring(files.collection({"type": "Feature", "properties": {}, "geometry": geometry}), kind="areas")
    assert outcome.record.repaired == 1
    assert any("ring was not closed" in warning for warning in outcome.record.warnings)
    assert any("invalid geometry repaired" in warning for warning in outcome.record.warnings)


def test_78_null_geometry(town_at, outside, files):
    lost = {"type": "Feature", "properties": {"name": "?"}, "geometry": None}
    outcome = town_at.bring(files.collection(files.point(140.4, 38.6), lost))
    assert (outcome.record.read, outcome.record.features, outcome.record.dropped) == (2, 1, 1)


def test_82_kml_links_icons_and_html(town_at, outside, files, placemark):
    link = f"<NetworkLink><Link><href>{outside.address}</href></Link></NetworkLink>"
    icon = f"<Style><IconStyle><Icon><href>{outside.address}</href></Icon></IconStyle></Style>"
    html = f"<description><![CDATA[<img src='{outside.address}'><script>x()</script>開館 <b>9時</b>]]></description>"
    outcome = town_at.bring(files.kml(link + icon + placemark.replace("<Point>", html + "<Point>")), "halls.kml")
    assert town_at.features()[0]["properties"] == {"name": "公民館", "description": "開館 9時"}
    said = " ".join(outcome.record.warnings)
    assert "network links were not followed (1)" in said
    assert "HTML of descriptions was reduced to its words (1)" in said
    assert b"127.0.0.1" not in b"".join(town_at.everything().values())


@pytest.mark.parametrize("row", ["83-too-many-features", "83-too-many-vertices"])
def test_too_large(town_at, outside, files, shp, placemark, monkeypatch, row):
    limit = "MAX_FEATURES" if "features" in row else "MAX_VERTICES"
    monkeypatch.setattr(importing, limit, 1)
    hint = "cut it to the municipality"
    for content, name in ((files.kml(placemark * 2), "a.kml"), (files.zipped_shp(_long(files, shp)), "a.zip")):
        with pytest.raises(LayerError, match=r"more than (1|200,000 placemarks or 1) ?") as caught:
            town_at.bring(content, name)
        assert hint in (caught.value.hint or "")


def _long(files, shp):
    """A first record that claims 4 kB, in a file long enough for it: more vertices than one."""
    shx = files.patched(shp[".shx"], 104, ">i", 2048)
    body = shp[".shp"] + bytes(8000)
    return shp | {".shx": shx, ".shp": files.patched(body, 24, ">i", len(body) // 2)}


RINGS = {
    "84-whole-globe": [[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]],
    "84-over-the-date-line": [[140.4, 38.6], [-179, 38.6], [-179, 38.7], [140.4, 38.7], [140.4, 38.6]],
}


@pytest.mark.parametrize("row", RINGS)
def test_no_feature_is_that_large(town_at, outside, files, row):
    large = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [RINGS[row]]}}
    with pytest.raises(LayerError, match=r"feature 1: reaches over"):
        town_at.bring(files.collection(large), kind="areas")


def test_85_names_of_properties(town_at, outside, files):
    long = "危険" * 150
    named = {"geometry": 1, "id": 2, "__proto__": 3, long: 4, "": 5, "a\nb": 6, "a b": 7}
    outcome = town_at.bring(files.collection(files.point(140.4, 38.6, **named)))
    properties = town_at.features()[0]["properties"]
    shortened = next(name for name in properties if name.startswith("危険"))
    assert len(shortened) == 64
    assert properties == {"geometry_": 1, "id": 2, "proto_": 3, shortened: 4, "field_5": 5, "a b": 6, "a b_2": 7}
    assert sum("is named" in warning for warning in outcome.record.warnings) == 6
    again = town_at.bring(files.collection(files.point(140.4, 38.6, **named)))
    assert again.record.properties == outcome.record.properties


def test_85_clash_after_the_dbf_cut_names_at_10_bytes(town_at, outside, files, shp):
    """Two fields of one name, as a cut to 10 bytes leaves them: both are kept."""
    first, second = (shp[".dbf"][32 + 32 * place : 43 + 32 * place] for place in (0, 1))
    clashing = shp[".dbf"].replace(second, first, 1)
    outcome = town_at.bring(files.zipped_shp(shp | {".dbf": clashing}), "halls.zip")
    assert len(set(outcome.record.properties)) == 2


def test_86_heights_and_curves(town_at, outside, files):
    arc = (
        '<gml:Curve srsName="urn:ogc:def:crs:EPSG::6668" gml:id="c"><gml:segments><gml:Arc><gml:posList>'
        "38.60 140.40 38.61 140.41 38.60 140.42</gml:posList></gml:Arc></gml:segments></gml:Curve>"
    )
    outcome = town_at.bring((GML % ("", GML_MEMBER % (arc, "曲がり道"))).encode(), "road.gml", kind="lines")
    line = town_at.features()[0]["geometry"]
    assert line["type"] == "LineString"
    assert len(line["coordinates"]) > 10
    assert "curves were turned into straight pieces" in outcome.record.warnings


def test_86_multipatch(town_at, outside, files, shp):
    body = files.patched(shp[".shp"], 108, "<i", 31)
    with pytest.raises(LayerError, match=r"feature 1 is a 3-D body") as caught:
        town_at.bring(files.zipped_shp(shp | {".shp": body}), "halls.zip")
    assert "outline" in (caught.value.hint or "")


NAMES = {
    "newline": "会\n館.geojson",
    "semicolon": "a;rm -rf ~;.geojson",
    "full-width slash": "a／..／b.geojson",
    "quotes": "'$(x)'\".json",
}


@pytest.mark.parametrize("row", [f"87-{name}" for name in NAMES])
def test_file_names_are_not_used(town_at, outside, files, row):
    outcome = town_at.bring(files.collection(files.point(140.4, 38.6)), NAMES[row.removeprefix("87-")])
    assert set(town_at.everything()) == {
        "layers/halls.toml", "layers/data/halls.geojson", "layers/data/halls.import.json",
    }  # fmt: skip
    assert outcome.record.source_file.isprintable()
    with pytest.raises(LayerError, match=r"cannot be the id of a layer"):
        town_at.bring_path(town_at.inbox / NAMES[row.removeprefix("87-")], id=None)


def test_87_name_with_nul(town_at, outside):
    with pytest.raises(LayerError, match=r"cannot be read|there is no such file"):
        town_at.bring_path(Path("a\0b.geojson"))


def test_more_properties_than_any_layer_has_are_refused_at_once(town_at, outside, files):
    header = ",".join(["lat", "lon", *["x"] * 50_000])
    with pytest.raises(LayerError, match="50,002 properties, 2,000 are taken"):
        town_at.bring(f"{header}\n38.6,140.4\n".encode(), "halls.csv", crs="EPSG:6668")
    with pytest.raises(LayerError, match="3,000 properties"):
        town_at.bring(files.collection(files.point(140.4, 38.6, **{f"k{number}": 1 for number in range(3_000)})))


def test_a_description_nobody_reads_to_its_end_is_cut_and_told(town_at, outside, files, placemark):
    """An HTML reader needs time by the square of what is never closed."""
    endless = placemark.replace("<Point>", f"<description><![CDATA[{'<!--' * 9_000}]]></description><Point>")
    done = town_at.bring(files.kml(endless), "halls.kml")
    assert "descriptions were cut to 8,000 characters (1)" in done.record.warnings


def test_a_dbf_of_fewer_rows_than_shapes_is_refused_with_words(town_at, outside, files, shp):
    short = files.patched(shp[".dbf"], 4, "<I", 1)
    with pytest.raises(LayerError, match=r"2 shapes, of which its \.dbf lets 1 be read"):
        town_at.bring(files.zipped_shp({**shp, ".dbf": short}), "halls.zip")
