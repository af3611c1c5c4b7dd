"""Tables by standard grid square without coordinates: each row becomes the square of its code."""

import pytest

from core.errors import LayerError
from gis.load import load_layer
from gis.recognise import recognise

HEAD = "KEY_CODE,HTKSYORI,HTKSAKI,GASSAN,T001171001,T001171002"
LABELS = ",,,,　人口（総数）,　人口（総数）　男"
NEAR, FAR = "574073321,0,,,120,60", "533945261,0,,,900,450"


def table(*rows: str) -> bytes:
    return ("\r\n".join(rows) + "\r\n").encode("cp932")


def test_a_table_of_the_census_becomes_squares(town_at, box):
    content = table(HEAD, LABELS, NEAR, "574073322,2,574073321,,*,*", FAR)
    outcome = town_at.bring(content, "tblT001171H57.txt", kind=None, cut=True)
    record = outcome.record
    assert (record.kind, record.recognised_as, record.encoding) == (
        "population_mesh",
        "地域メッシュ統計（人口）",
        "cp932",
    )
    assert (record.read, record.left_out_far, record.features) == (3, 1, 2)
    assert (record.crs, record.crs_from) == ("EPSG:6668", "mesh codes (JIS X 0410)")
    assert record.bounds == pytest.approx((140.4, 38.6083333, 140.4125, 38.6125), abs=1e-6)
    assert any("'T001171001' is named '人口(総数)'" in warning for warning in record.warnings)
    rows = load_layer(outcome.layer, box).frame.to_dict("records")
    assert [(row["name"], row["persons"]) for row in rows] == [("574073321", 120.0), ("574073322", None)]


def test_the_datum_of_the_squares_can_be_stated(town_at):
    shifted = town_at.bring(table("メッシュコード,人口", "5740-73-32,12"), "a.csv", kind="areas", crs="EPSG:4301")
    assert shifted.record.bounds[0] == pytest.approx(140.4 - 0.0034, abs=2e-4)
    assert not any("taken for those of JGD2011" in warning for warning in shifted.record.warnings)


@pytest.mark.parametrize(
    ("content", "crs", "said"),
    [
        (table(HEAD, LABELS), None, "holds no row below its headers"),
        (table(HEAD, NEAR, "57407,0,,,1,1"), None, "line 3: KEY_CODE: '57407' is no mesh code"),
        (table(HEAD, NEAR, "5.74E+08,0,,,1,1"), None, "line 3: KEY_CODE: '5.74E+08' is no mesh code"),
        (table(HEAD, NEAR), "EPSG:6678", "has mesh codes, which are degrees, and --crs says EPSG:6678"),
        (table("KEY_CODE,HYOSYO,CITYNAME,T001082001", "062120010,1,尾花沢市,9"), None, "has no columns of coordinates"),
    ],
)
def test_what_is_no_table_of_squares_is_refused(town_at, content, crs, said):
    with pytest.raises(LayerError) as caught:
        town_at.bring(content, "a.csv", kind="areas", crs=crs)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("names", "family"),
    [
        (["KEY_CODE", "HTKSYORI", "T001101001"], "地域メッシュ統計（人口）"),
        (["メッシュコード", "人口（総数）"], "地域メッシュ統計（人口）"),
        (["MESH_ID", "SHICODE", "PTN_2020", "PTN_2025"], "国土数値情報 メッシュ別将来推計人口"),
        (["KEY_CODE", "HYOSYO", "T001101001"], None),
        (["KEY_CODE", "T001101099"], None),
    ],
)
def test_persons_by_square_are_recognised(names, family):
    found = recognise(names, "Polygon")
    assert (found and found.family_ja) == family
    assert found is None or found.kind == "population_mesh"
