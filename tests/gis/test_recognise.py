"""What a file is, told from its properties: the kind, and whom to credit."""

import pytest

from gis import LAYER_KINDS
from gis.recognise import _FORMS, recognise

GSI = ["NO", "共通ID", "都道府県名及び市町村名", "施設・場所名", "住所"]


@pytest.mark.parametrize(
    ("properties", "geometry", "kind", "family"),
    [
        (["A31a_201", "A31a_202", "A31a_203", "A31a_204", "A31a_205"], "Polygon", "flood_depth", "国土数値情報 A31a（2023年以降）"),
        (["A31a_101", "A31a_105"], "polygon", "flood_depth", "国土数値情報 A31a（2023年以降）"),
        (["A31a_301", "A31a_305"], "MultiPolygon", "flood_duration", "国土数値情報 A31a（2023年以降）"),
        (["A31a_401", "A31a_405"], "polygon", "house_collapse", "国土数値情報 A31a（2023年以降）"),
        (["A31b_201"], "polygon", "flood_depth", "国土数値情報 A31b（1次メッシュ単位、2023年以降）"),
        (["A31b_101"], "polygon", "flood_depth", "国土数値情報 A31b（1次メッシュ単位、2023年以降）"),
        (["A31b_301"], "polygon", "flood_duration", "国土数値情報 A31b（1次メッシュ単位、2023年以降）"),
        (["A31b_401"], "polygon", "house_collapse", "国土数値情報 A31b（1次メッシュ単位、2023年以降）"),
        (["A31_101", "A31_102", "A31_103", "A31_104"], "polygon", "flood_depth", "国土数値情報 A31（第2版以降）"),
        (["A31_201", "A31_202"], "polygon", "flood_depth", "国土数値情報 A31（第2版以降）"),
        (["A31_301"], "polygon", "flood_duration", "国土数値情報 A31（第2版以降）"),
        (["A31_401"], "polygon", "house_collapse", "国土数値情報 A31（第2版以降）"),
        (["A31_001", "A31_002", "A31_003"], "polygon", "flood_depth", "国土数値情報 A31（2012年）"),
        ([f"A33_00{n}" for n in range(1, 9)], "polygon", "sediment", "国土数値情報 A33"),
        (["A26_001", "A26_002"], "polygon", "hazard_sites", "国土数値情報 A26（2010年）"),
        (["A26_003", "A26_004"], "line", "hazard_sites", "国土数値情報 A26（2010年）"),
        (["A26_005", "A26_006"], "Point", "hazard_sites", "国土数値情報 A26（2010年）"),
        ([*GSI, "洪水", "地震"], "point", "shelters", "国土地理院 指定緊急避難場所"),
        ([*GSI, "受入対象者"], "point", "shelters", "国土地理院 指定避難所"),
        (["ID", "名称", "災害種別_洪水"], "point", "shelters", "自治体標準オープンデータセット 指定緊急避難場所一覧"),
        (["ＩＤ", "名称", "災害種別＿洪水"], "point", "shelters", "自治体標準オープンデータセット 指定緊急避難場所一覧"),
        (["P20_001", "P20_002"], "point", "shelters", "国土数値情報 P20（2012年）"),
        (["N03_001", "N03_007"], "polygon", "boundary", "国土数値情報 N03"),
        (["W05_001", "W05_004"], "line", "rivers", "国土数値情報 W05"),
        (["区分", "路線名", "除雪路線延長"], "line", "roads", "除雪路線"),
        (["reason", "from", "until", "name"], "mixed", "closures", "道路の規制"),
    ],
)  # fmt: skip
def test_each_form_is_recognised_by_its_fields(properties, geometry, kind, family):
    found = recognise(properties, geometry)
    assert found is not None
    assert (found.kind, found.family_ja) == (kind, family)
    assert found.title_ja
    assert found.title_en
    assert found.family_en
    assert not any("features, these are" in line for line in found.warnings)


@pytest.mark.parametrize("properties", [[], ["name"], ["A31c_101"], ["A22_001"], ["名称"], ["a31a_205"], ["A33_001"]])
def test_what_is_not_known_is_not_guessed(properties):
    assert recognise(properties, "polygon") is None


def test_the_credit_is_the_one_the_terms_ask_for():
    flood = recognise(["A31a_205"], "polygon")
    assert flood is not None
    assert flood.credit == "「国土数値情報（洪水浸水想定区域データ）」（国土交通省）を加工して作成"
    assert flood.licence == "国土数値情報利用約款"
    assert flood.source_url.startswith("https://")
    assert "安全という意味ではありません" in flood.note_ja
    sites = recognise([*GSI, "洪水"], "point")
    assert sites is not None
    assert sites.credit.startswith("出典：国土地理院")


@pytest.mark.parametrize(
    ("properties", "word"),
    [(["A26_001"], "2010"), (["P20_002"], "2012"), (["A31_001"], "2012"), (["名称", "災害種別_洪水"], "licence")],
)
def test_what_is_old_or_unlicensed_is_warned_of(properties, word):
    found = recognise(properties, "")
    assert found is not None
    assert word in found.warnings[-1]


def test_another_geometry_than_the_form_has_is_warned_of():
    found = recognise(["A31a_205"], "Point")
    assert found is not None
    assert found.warnings == ("a layer of kind flood_depth has polygon features, these are point",)
    assert recognise(["A31a_205"], "Unknown").warnings == ()


def test_every_form_leads_to_a_kind():
    assert {form.kind for _, form in _FORMS} <= LAYER_KINDS
