"""Open data as files: every file written is opened again, and says whose it is."""

import csv
import io
import json
import shutil
from datetime import UTC, datetime, timedelta

import pyogrio
import pytest
import shapely

from core.errors import YukimoriError
from core.model import Access, Position, Station, StationId, StationKind
from gis import publish_layers
from gis.open_data import write_open_data
from gis.open_data_index import OpenDataIndex, read_index
from gis.shelter_list import COLUMNS, OUR_COLUMNS, STANDARD_COLUMNS, with_check_digit

NOW = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

# 自治体標準オープンデータセット 指定緊急避難場所一覧, columns in order.
STANDARD = [
    "全国地方公共団体コード",
    "ID",
    "名称",
    "名称_カナ",
    "名称_英字",
    "所在地_全国地方公共団体コード",
    "町字ID",
    "所在地_連結表記",
    "所在地_都道府県",
    "所在地_市区町村",
    "所在地_町字",
    "所在地_番地以下",
    "建物名等(方書)",
    "緯度",
    "経度",
    "標高",
    "電話番号",
    "内線番号",
    "連絡先メールアドレス",
    "連絡先FormURL",
    "連絡先備考（その他、SNSなど）",
    "郵便番号",
    "市区町村コード",
    "地方公共団体名",
    "災害種別_洪水",
    "災害種別_崖崩れ、土石流及び地滑り",
    "災害種別_高潮",
    "災害種別_地震",
    "災害種別_津波",
    "災害種別_大規模な火事",
    "災害種別_内水氾濫",
    "災害種別_火山現象",
    "指定避難所との重複",
    "想定収容人数",
    "対象となる町会・自治会",
    "URL",
    "画像",
    "画像_ライセンス",
    "備考",
]

SITE = {
    "共通ID": "E0621200001201",
    "施設・場所名": "=HYPERLINK(0)",
    "住所": "横町2-2-80",
    **dict.fromkeys(("高潮", "津波", "内水氾濫", "火山現象"), ""),
    **dict.fromkeys(("洪水", "崖崩れ、土石流及び地滑り", "地震", "大規模な火事", "指定避難所との住所同一"), "1"),
    "備考": "",
}


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Where the published layers are kept for the next test."""
    return tmp_path_factory.mktemp("published") / "layers"


@pytest.fixture
def published(make_site, make_layer, write, shapes, tmp_path, once):
    """A site with shelters, a flood layer and a layer of the staff, published."""
    flood = {"A31a_201": "1", "A31a_202": "丹生川", "A31a_203": 2, "A31a_204": "山形県", "A31a_205": 3}
    shelters = write(shapes.feature(shapes.point(140.409166, 38.608681), SITE), name="s.json")
    areas = write(*(shapes.feature(shapes.square(140.4 + n / 50, 38.6, 0.01), flood) for n in range(3)), name="f.json")
    layers = (
        make_layer("flood_depth", areas, id="flood", crs="EPSG:6668"),
        make_layer("shelters", shelters, id="emergency", crs="EPSG:6668", fictitious=False),
        make_layer("flood_depth", areas, id="secret", crs="EPSG:6668", access=Access.STAFF, title_ja="内部"),
    )
    station = Station(
        id=StationId("s1"),
        kind=StationKind.SNOW,
        name_ja="@中央",
        name_en="Centre",
        position=Position(140.4, 38.6),
        elevation_m=-3.5,
        fictitious=True,
    )
    site = make_site(tmp_path, *layers, stations=(station,), licence="CC BY 4.0")
    if not once.exists():
        publish_layers(site, once, tmp_path / "staff")
    shutil.copytree(once, tmp_path / "layers")
    return site, tmp_path / "layers", tmp_path / "opendata"


def _rows(path) -> list[dict[str, str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_files_of_every_public_layer(published):
    site, layers, folder = published
    index = write_open_data(site, layers, folder, now=NOW)
    assert [(found.id, [file.name for file in found.files]) for found in index.sets] == [
        ("stations", ["stations.csv"]),
        ("flood", ["flood.geojson", "flood.gpkg", "flood.csv"]),
        ("emergency", ["emergency.geojson", "emergency.gpkg", "emergency.csv", "emergency.shelters.csv"]),
    ]
    named = {file.name: file.size for found in index.sets for file in found.files}
    there = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert named.items() <= there.items()
    assert set(there) == {*named, "index.json", "catalog.json"}
    assert read_index(folder) == index


def test_columns_are_those_of_the_standard_in_its_order(published):
    site, layers, folder = published
    write_open_data(site, layers, folder, now=NOW)
    assert list(STANDARD_COLUMNS) == STANDARD
    (row,) = _rows(folder / "emergency.shelters.csv")
    assert list(row) == [*STANDARD, *OUR_COLUMNS] == list(COLUMNS)
    assert row["全国地方公共団体コード"] == row["市区町村コード"] == "062120"
    assert (row["緯度"], row["経度"]) == ("38.608681", "140.409166")
    assert (row["災害種別_洪水"], row["災害種別_高潮"], row["指定避難所との重複"]) == ("1", "", "1")
    assert (row["独自_災害種別_雪崩"], row["架空"]) == ("", "0")
    assert row["名称"] == "'=HYPERLINK(0)"


def test_licence_and_credit_in_every_file(published):
    site, layers, folder = published
    write_open_data(site, layers, folder, now=NOW)
    for name in ("flood.csv", "emergency.csv", "emergency.shelters.csv"):
        assert {(row["ライセンス"], row["出典"]) for row in _rows(folder / name)} == {
            ("CC BY 4.0", "出典：試験用データ")
        }
    assert [row["ライセンス"] for row in _rows(folder / "stations.csv")] == ["CC BY 4.0"]
    for name in ("flood", "emergency"):
        document = json.loads((folder / f"{name}.geojson").read_bytes())
        assert (document["licence"], document["credit"]) == ("CC BY 4.0", "出典：試験用データ")
        about = pyogrio.read_info(folder / f"{name}.gpkg", layer=name)
        assert about["layer_metadata"]["LICENCE"] == "CC BY 4.0"
        assert about["layer_metadata"]["CREDIT"] == "出典：試験用データ"
        assert "CC BY 4.0" in about["layer_metadata"]["DESCRIPTION"]
        assert about["layer_metadata"]["FICTITIOUS"] == ("1" if name == "flood" else "0")
    for entry in json.loads((folder / "catalog.json").read_bytes())["dcat:dataset"]:
        assert entry["dct:license"] == "https://creativecommons.org/licenses/by/4.0/deed.ja"
        assert entry["dct:provenance"]
        assert all((folder / file["dcat:downloadURL"]).is_file() for file in entry["dcat:distribution"])


def test_the_same_features_in_every_form(published):
    site, layers, folder = published
    write_open_data(site, layers, folder, now=NOW)
    package = pyogrio.read_dataframe(folder / "flood.gpkg", layer="flood")
    text = pyogrio.read_dataframe(folder / "flood.geojson")
    rows = _rows(folder / "flood.csv")
    assert package.crs.to_epsg() == 6668
    assert len(package) == len(text) == len(rows) == 3
    for shape, other, row in zip(package.geometry, text.geometry, rows, strict=True):
        assert shape.equals(other)
        assert shapely.from_wkt(row["WKT"]).equals_exact(shape, 1e-7)
    assert list(package["rank"]) == [int(row["rank"]) for row in rows]
    (point,) = _rows(folder / "emergency.csv")
    assert (float(point["経度"]), float(point["緯度"])) == (140.409166, 38.608681)


def test_formulas_are_neutral_in_tables_only(published):
    site, layers, folder = published
    write_open_data(site, layers, folder, now=NOW)
    (station,) = _rows(folder / "stations.csv")
    assert (station["名称"], station["標高_m"]) == ("'@中央", "-3.5")
    (feature,) = json.loads((folder / "emergency.geojson").read_bytes())["features"]
    assert feature["properties"]["name"] == "=HYPERLINK(0)"
    assert pyogrio.read_dataframe(folder / "emergency.gpkg")["name"][0] == "=HYPERLINK(0)"


def test_nothing_of_the_staff(published):
    site, layers, folder = published
    write_open_data(site, layers, folder, now=NOW)
    assert not any(b"secret" in path.read_bytes() or "secret" in path.name for path in folder.iterdir())


def test_only_what_changed_is_written(published, make_layer, write, shapes):
    site, layers, folder = published
    told = []
    write_open_data(site, layers, folder, now=NOW, progress=lambda *step: told.append(step))
    assert told == [("flood", 1, 2), ("emergency", 2, 2)]
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = write_open_data(site, layers, folder, now=LATER, progress=lambda *step: told.append(step))
    assert len(told) == 2
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert {found.updated for found in again.sets} == {"2026-01-15T03:00:00Z"}


def test_what_is_damaged_is_written_again(published):
    site, layers, folder = published
    write_open_data(site, layers, folder, now=NOW)
    (folder / "flood.csv").write_bytes(b"half")
    (folder / ".123.part.flood.gpkg").write_bytes(b"left by a killed publisher")
    (folder / "index.json").write_text("{")
    index = write_open_data(site, layers, folder, now=LATER)
    assert len(_rows(folder / "flood.csv")) == 3
    assert not list(folder.glob(".*"))
    assert read_index(folder) == index


def test_what_is_no_longer_public_goes(published, make_site, tmp_path):
    site, layers, folder = published
    write_open_data(site, layers, folder, now=NOW)
    fewer = make_site(tmp_path, *(layer for layer in site.layers if layer.id != "flood"), stations=site.stations)
    publish_layers(fewer, layers)
    index = write_open_data(fewer, layers, folder, now=LATER)
    assert [found.id for found in index.sets] == ["stations", "emergency"]
    assert not list(folder.glob("flood*"))


def test_a_layer_that_is_damaged_keeps_what_was_there(published):
    site, layers, folder = published
    write_open_data(site, layers, folder, now=NOW)
    (folder / "flood.gpkg").unlink()
    (layers / "flood.geojson").write_text("half a file")
    with pytest.raises(YukimoriError, match="flood"):
        write_open_data(site, layers, folder, now=LATER)
    assert [found.id for found in read_index(folder).sets] == ["stations", "flood", "emergency"]
    assert len(_rows(folder / "emergency.shelters.csv")) == 1


def test_a_folder_that_cannot_be_made_is_told(published, tmp_path):
    site, layers, _ = published
    (tmp_path / "file").write_text("")
    with pytest.raises(YukimoriError, match="writing open data"):
        write_open_data(site, layers, tmp_path / "file" / "opendata", now=NOW)


def test_nothing_published_is_no_mistake(make_site, tmp_path):
    index = write_open_data(make_site(tmp_path), tmp_path / "layers", tmp_path / "opendata", now=NOW)
    assert [found.id for found in index.sets] == ["stations"]
    assert read_index(tmp_path / "nowhere") == OpenDataIndex()


@pytest.mark.parametrize(
    ("five", "six"), [("06212", "062120"), ("06321", "063215"), ("06381", "063819"), ("07522", "075221")]
)
def test_check_digit(five, six):
    assert with_check_digit(five) == six
    assert with_check_digit(six) == six
