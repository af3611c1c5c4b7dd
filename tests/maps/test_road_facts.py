"""What is told of cleared roads in words: rows, totals by class, sentences, and pages without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gis.ploughs.age_classes import AGE_CLASSES, NO_RECORD
from maps.facts import wording
from maps.links import static_links
from maps.looks import contrast, over
from maps.road_facts import class_rows, drawn_length_m, notes_of, road_rows, summary
from maps.road_looks import WITHHELD, age_looks
from maps.roads_page import RoadsWish, roads_page

SAY = wording("ja", "Asia/Tokyo")
ENGLISH = wording("en", "Asia/Tokyo")
NOW = "2026-01-15T10:42:15+09:00"


def road(id_: str, code: str = "1", **more):
    properties = {"id": id_, "name": f"道{id_}", "code": code, "official_length_m": 100, **more}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "LineString", "coordinates": [[140.40, 38.60], [140.41, 38.60]]},
    }


LINES = {
    "type": "FeatureCollection",
    "features": [road("A"), road("B"), road("C", "2"), road("D", "2"), road("E", "x")],
}


@pytest.fixture
def told(roads_told, cleared):
    late = {"late": True, "deadline": "2026-01-14T22:00:00Z", "snow_cm": 4.0, "second_pass": True}
    return roads_told(A=cleared(20), B=cleared(400, **late), C={"withheld": True}, D={})


def test_rows_put_late_roads_first_and_the_withheld_last(told):
    rows = road_rows(told, LINES, SAY)
    assert [row.id for row in rows] == ["B", "D", "E", "A", "C"]
    late, none, unknown, fresh, withheld = rows
    assert (late.age_id, late.late, late.second_pass, late.snow) == ("6_12h", True, True, "4 cm")
    assert late.deadline == "01-15 07:00 まで"
    assert none.age_id == unknown.age_id == "none"
    assert "除雪していないとは限りません" in none.look["label"]
    assert (fresh.age, fresh.evidence, fresh.share) == ("20分前", "作業信号あり", "ほぼ全線")
    assert (withheld.look["label"], withheld.cleared_at, withheld.at) == ("公表しない区間", "–", "")
    assert unknown.class_word == "区分なし"


def test_totals_leave_out_what_nothing_is_told_of(told):
    rows = {row.word: row for row in class_rows(road_rows(told, LINES, SAY), told, SAY)}
    first, second = rows["第1種"], rows["第2種"]
    assert (first.percent, first.cleared, first.roads, first.late, first.second_pass) == (100, 2, 2, 1, 1)
    assert (second.percent, second.cleared, second.roads, second.withheld) == (0, 0, 1, 1)


def test_what_was_cleared_before_the_window_has_an_age_and_does_not_count(roads_told, cleared):
    told = roads_told(A=cleared(30 * 60, share=0.0), B=cleared(20 * 60))
    rows = road_rows(told, LINES, SAY)
    old = next(row for row in rows if row.id == "A")
    assert (old.age_id, old.look["label"], old.share) == ("over_24h", "24時間より前", "最近の作業の記録なし")
    assert (old.age, old.easy.count("どけました")) == ("1日前", 1)
    (first, *_) = class_rows(rows, told, SAY)
    assert (first.cleared, first.roads, first.percent) == (1, 2, 50)
    told["order"] = {"at": "2026-01-14T04:00:00+09:00", "classes": []}
    assert class_rows(rows, told, SAY)[0].percent == 100, "the order is older than the window: all since it counts"


def test_with_an_order_only_what_was_cleared_since_counts(told):
    told["order"] = {"at": "2026-01-15T10:00:00+09:00", "classes": []}
    rows = road_rows(told, LINES, SAY)
    classes = class_rows(rows, told, SAY)
    assert classes[0].percent == 50
    sentences = summary(told, classes, SAY)
    assert sentences[0] == "除雪済み：第1種 50 %・第2種 0 %・区分なし 0 %"
    assert sentences[1].startswith("出動指示 01-15 10:00 以降 ・ ")
    assert "期限に遅れ 1 路線" in sentences[2]


def test_nothing_published_nothing_read_and_standing_still_are_told_apart(told, roads_told):
    assert summary(None, [], SAY) == ["除雪の状況を読み込めません。ほかの表示はそのまま使えます。"]
    assert summary(roads_told() | {"as_of": None}, [], SAY) == ["除雪の状況はまだ公表されていません"]
    assert summary(told, [], SAY)[0] == "公表できる除雪路線がありません"
    assert "更新が止まっています" in summary(told | {"stale": True}, [], SAY)[-1]
    assert notes_of(told, SAY)[0].startswith("除雪車の位置から")
    assert notes_of(told | {"notes": {"ja": ["注意"], "en": []}}, SAY) == ["注意"]


def test_my_street_in_plain_words(told):
    easy = {row.id: row.easy for row in road_rows(told, LINES, SAY)}
    assert easy["A"] == "「道A」は、01-15 10:22 に 雪を どけました。20分前です。"
    assert "約 4 センチ" in easy["B"]
    assert "遅れて います" in easy["B"]
    assert "記録が ありません" in easy["D"]
    assert "知らせて いません" in easy["C"]
    assert {row.id: row.easy for row in road_rows(told, LINES, ENGLISH)}["A"].startswith("道A was cleared at")


def test_lengths_are_those_of_the_sphere():
    assert drawn_length_m(LINES["features"][0]["geometry"]) == pytest.approx(869, abs=1)


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (RoadsWish(), "ABCDE"),
        (RoadsWish(text="道a"), "A"),
        (RoadsWish(text="第2種"), "CD"),
        (RoadsWish(age="none"), "DE"),
        (RoadsWish(age=WITHHELD), "C"),
        (RoadsWish(late=True), "B"),
        (RoadsWish(text="道A", late=True), ""),
    ],
)
def test_the_page_shows_what_is_looked_for(town, told, wish, found):
    html = roads_page(town, told, LINES, "ja", now=NOW, asset_version="v", wish=wish)
    assert "".join(id_ for id_ in "ABCDE" if f'data-road="{id_}"' in html) == found
    assert ("あてはまる路線はありません" in html) == (found == "")


def test_text_of_others_is_never_markup_and_static_pages_have_no_absolute_address(town, told):
    lines = {"features": [road("<b>", name="<script>alert(1)</script>")]}
    html = roads_page(town, told, lines, "ja", now=NOW, asset_version="v", links=static_links(1))
    assert "<script>alert" not in html
    assert '"/' not in html.replace('"/>', "").partition("<main")[2].partition("</main>")[0]


def test_every_look_is_told_from_both_grounds_and_from_the_others():
    looks = age_looks("ja")
    assert [look["id"] for look in looks] == [*(each.id for each in AGE_CLASSES), NO_RECORD.id, WITHHELD]
    assert len({look["dash"] for look in looks[:-1]}) == len(looks) - 1
    rgb = {
        name: tuple(int(name[at : at + 2], 16) for at in (1, 3, 5))
        for look in looks
        for name in (look["edge"], look["bright"])
    }
    light, dark = (250.0, 252.0, 253.0), (20.0, 28.0, 36.0)
    for look in looks:
        assert contrast(over(rgb[look["edge"]], light, 1), light) >= 3, look["id"]
        assert contrast(over(rgb[look["bright"]], dark, 1), dark) >= 3, look["id"]


def test_the_class_of_an_age_is_the_first_it_is_below(roads_told, cleared):
    for minutes, wanted in ((59, "under_1h"), (60, "1_3h"), (60 * 24, "over_24h")):
        found = road_rows(roads_told(A=cleared(minutes)), {"features": [road("A")]}, SAY)[0]
        assert found.age_id == wanted, timedelta(minutes=minutes)
