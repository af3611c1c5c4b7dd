"""Lists of evacuation sites in every form: the same published properties, whatever the columns are called."""

import json

import pytest

from config.model import ShelterFacts
from core.errors import LayerError
from core.model import Hazard
from gis import load_layer, publish_layers
from gis.shelter_forms import HAZARDS

STANDARD = {
    "全国地方公共団体コード": "062120",
    "ID": "0000000001",
    "名称": "中央公民館",
    "名称_カナ": "チュウオウコウミンカン",
    "所在地_連結表記": "山形県尾花沢市若葉町一丁目",
    "建物名等(方書)": "2階",
    "標高": "95.5",
    "電話番号": "0237-00-0000",
    "災害種別_洪水": "1",
    "災害種別_崖崩れ、土石流及び地滑り": "",
    "災害種別_高潮": "0",
    "災害種別_地震": "○",
    "災害種別_津波": "×",
    "災害種別_大規模な火事": None,
    "災害種別_内水氾濫": 1,
    "災害種別_火山現象": 0,
    "指定避難所との重複": "1",
    "想定収容人数": "1,200人",
    "対象となる町会・自治会": "若葉町",
    "備考": "土足禁止",
}
OUTDATED = {
    "P20_001": "06212",
    "P20_002": "古い公民館",
    "P20_003": "尾花沢市横町",
    "P20_004": "避難施設",
    "P20_005": -1,
    "P20_006": -1,
    "P20_007": 1,
    "P20_008": 0,
    "P20_009": "1",
    "P20_010": 0,
    "P20_011": 0,
    "P20_012": 0,
}


@pytest.fixture
def load(make_layer, town, write, shapes):
    def load_sites(*sites, **changes):
        path = write(*(shapes.feature(shapes.point(140.4, 38.6 + n / 1000), site) for n, site in enumerate(sites)))
        return load_layer(make_layer("shelters", path, **changes), town)

    return load_sites


def only(loaded):
    (row,) = loaded.frame.drop(columns="geometry").to_dict("records")
    return row


def fit(row):
    return {hazard.hazard for hazard in HAZARDS if row[hazard.hazard]}


def test_the_standard_list(load):
    loaded = load(STANDARD)
    row = only(loaded)
    assert loaded.report.warnings == ()
    assert row["id"] == "0000000001"
    assert row["name"] == "中央公民館"
    assert row["address"] == "山形県尾花沢市若葉町一丁目 2階"
    assert fit(row) == {"flood", "earthquake", "inland_flood"}
    assert (row["hazards_ja"], row["hazards_en"]) == ("洪水・地震・内水氾濫", "flood, earthquake, inland flooding")
    assert (row["capacity"], row["elevation_m"], row["phone"]) == (1200, 95.5, "0237-00-0000")
    assert isinstance(row["capacity"], int)
    assert (row["accepts"], row["remark"], row["also_shelter"]) == ("若葉町", "土足禁止", True)


def test_full_width_headers_are_the_same_columns(load):
    wide = {
        "ＩＤ": "1",
        "名称": "公民館",
        "災害種別＿洪水": "１",
        "災害種別_崖崩れ､土石流及び地滑り": "１",
        "建物名等（方書）": "別館",
        "所在地_連結表記 ": "横町",
    }
    row = only(load(wide))
    assert (row["id"], row["address"]) == ("1", "横町 別館")
    assert fit(row) == {"flood", "landslide"}


def test_an_address_in_parts_is_put_together(load):
    parts = {
        "所在地_都道府県": "山形県",
        "所在地_市区町村": "尾花沢市",
        "所在地_町字": "横町",
        "所在地_番地以下": "2-1",
    }
    assert only(load({"ID": 7, "名称": "校庭", "災害種別_洪水": 1} | parts))["address"] == "山形県尾花沢市横町2-1"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *((written, "06212") for written in ("062120", "06212", "6212", 6212, 62120)),
        *((written, "12100") for written in ("121002", "12100", 12100.0)),
        *((written, "site") for written in ("尾花沢", "６２１２a", "")),
    ],
)
def test_without_an_id_code_and_place_stand_in_and_it_is_told(load, written, code):
    loaded = load({"全国地方公共団体コード": written, "名称": "校庭", "災害種別_洪水": 1})
    assert only(loaded)["id"] == f"{code}-1"
    (warning,) = loaded.report.warnings
    assert warning.startswith("has no ID: its place in the list stands in")


def test_numbers_that_are_none_are_left_out_and_told(load):
    loaded = load(STANDARD | {"想定収容人数": "多数", "標高": ""}, STANDARD | {"ID": "2", "想定収容人数": "５０"})
    assert list(loaded.frame["capacity"]) == [None, 50]
    assert loaded.frame.loc[0, "elevation_m"] is None
    assert loaded.report.warnings == ("想定収容人数 is '多数', which is no number: left out (feature 1)",)


@pytest.mark.parametrize("value", [10**400, "1e9", 1e300, "99999999", "-"])
def test_a_number_beyond_all_sense_is_left_out(load, value):
    loaded = load(STANDARD | {"想定収容人数": value})
    assert only(loaded)["capacity"] is None
    assert len(loaded.report.warnings) == 1


def test_the_old_list_is_a_fallback_that_says_so(load):
    loaded = load(OUTDATED, OUTDATED | {"P20_002": "もう一つ", "P20_005": 80})
    assert set(loaded.frame["code"]) == {"outdated"}
    assert loaded.report.counts == {"outdated": 2}
    assert "outdated, confirm each with the town" in loaded.report.warnings[0]
    first, second = loaded.frame.drop(columns="geometry").to_dict("records")
    assert fit(first) == {"flood", "earthquake"}
    assert (first["capacity"], second["capacity"]) == (None, 80)
    assert first["id"] != second["id"]
    assert "要確認" in first["kind_ja"]


def test_columns_of_no_known_list_are_named(load):
    with pytest.raises(LayerError, match=r"has no property 施設・場所名 .* \(it has: 名称、住所\)"):
        load({"名称": "公民館", "住所": "町"})


def test_what_the_town_adds_is_joined_by_id_and_goes_before_the_list(load):
    facts = ShelterFacts(
        id="0000000001",
        hazards=(Hazard.AVALANCHE, Hazard.HEAVY_SNOW),
        elevation_m=100.0,
        phone="0237-11-1111",
        note_ja="裏山に注意",
        note_en="Mind the slope behind",
    )
    loaded = load(STANDARD, STANDARD | {"ID": "0000000002"}, shelter_facts=(facts,))
    told, untold = loaded.frame.drop(columns="geometry").to_dict("records")
    assert fit(told) == {"flood", "earthquake", "inland_flood", "avalanche", "heavy_snow"}
    assert told["hazards_ja"] == "洪水・地震・内水氾濫・雪崩・大雪"
    assert (told["elevation_m"], told["capacity"], told["phone"]) == (100.0, 1200, "0237-11-1111")
    assert (told["note_ja"], told["note_en"]) == ("裏山に注意", "Mind the slope behind")
    assert not untold["avalanche"]
    assert untold["note_ja"] == ""


def test_what_is_not_known_is_null_in_the_published_file_and_a_changed_fact_is_published(
    make_site, make_layer, data, tmp_path
):
    source = data / "emergency-062120.json"
    published = {}
    for capacity in (None, 400):
        facts = (ShelterFacts(id="E0621200001201", capacity=capacity),)
        (layer,) = publish_layers(
            make_site(tmp_path, make_layer("shelters", source, shelter_facts=facts)), tmp_path / "layers"
        )
        document = json.loads((tmp_path / "layers" / "shelters.geojson").read_text(encoding="utf-8"))
        published[capacity] = document["features"][0]["properties"]["capacity"]
    assert published == {None: None, 400: 400}
    assert layer.columns[0].property == "name"
