"""The words of the pages: states, ages, thresholds, alerts; silence never looks calm."""

from __future__ import annotations

import re

import pytest

from maps.alert_facts import alert_rows
from maps.facts import compass, threshold_text, value_rows, value_text, vehicle_rows, wording
from maps.shelter_facts import stay_of
from maps.standing import no_alerts_text, standing_of
from maps.symbols import SYMBOLS
from maps.words import words


@pytest.fixture
def say():
    return wording("ja", "Asia/Tokyo")


def row_of(scene, key, say):
    return next(row for row in value_rows(scene.snapshot(), say) if f"{row.station}/{row.quantity}" == key)


@pytest.mark.parametrize(
    ("key", "symbol", "word"),
    [
        ("channel-chuo-lower/channel_level", "danger", "危険"),
        ("snow-tokurako/snow_depth", "caution", "注意"),
        ("river-nyu-lower/water_level", "standby", "待機"),
        ("river-oboroge/water_level", "normal", "平常"),
        ("channel-yokomachi/channel_level", "caution", "注意"),
        ("channel-wakaba/channel_level", "no_data", "データなし"),
        ("weather-shiyakusho/air_temperature", "unjudged", "基準なし"),
        ("snow-ichinono/snow_depth", "caution", "更新なし（最後は注意）"),
        ("snow-ichinono/air_temperature", "unjudged", "更新なし"),
    ],
)
def test_states_in_words(night, say, key, symbol, word):
    state = row_of(night, key, say).state
    assert (state.symbol, state.word) == (symbol, word)


def test_a_stale_value_ranks_below_everything_but_keeps_its_shape(night, say):
    state = row_of(night, "snow-ichinono/snow_depth", say).state
    assert state.stale
    assert state.rank == 0
    assert state.symbol == "caution"


def test_older_than_the_expected_interval_is_ageing_not_stale(night, say):
    state = row_of(night, "snow-tamano/snow_depth", say).state
    assert state.ageing
    assert not state.stale


@pytest.fixture
def resting(calm):
    """A gauge that reports floods only, heard five hours ago at low water."""
    quantity = calm.station("river-oboroge")["properties"]["quantities"]["water_level"]
    quantity.update(at="2026-01-14T20:41:00Z", stale_after_s=90_000, report_due_at="2026-01-15T20:41:00Z")
    return calm, quantity


def test_a_gauge_at_rest_is_neither_old_nor_overdue_and_says_before_when_nothing_is_expected(resting, say):
    scene, _ = resting
    row = row_of(scene, "river-oboroge/water_level", say)
    assert (row.state.word, row.state.stale, row.state.ageing, row.state.known) == ("平常", False, False, True)
    assert row.age == "5時間前"
    assert row.note == "水位が低い間、報告は1日1回ほどです（01-16 05:41 頃までは次の報告がなくても正常）"
    english = row_of(scene, "river-oboroge/water_level", wording("en", "Asia/Tokyo"))
    assert english.note == "At low water it reports about once a day: no report expected before 01-16 05:41"


def test_a_gauge_at_rest_that_is_offline_is_no_calm(resting, say):
    scene, quantity = resting
    assert no_alerts_text(scene.snapshot(), say) == CALM
    quantity["offline_since"] = "2026-01-15T01:00:00Z"
    row = row_of(scene, "river-oboroge/water_level", say)
    assert (row.note, row.state.known, row.state.stale) == ("01-15 10:00 から機器がオフライン", False, False)
    assert no_alerts_text(scene.snapshot(), say) == UNKNOWN


def test_a_doubtful_value_says_so(night, say):
    row = row_of(night, "snow-ginzan/snow_depth", say)
    assert row.state.suspect
    assert row.quality == "品質疑い"


def test_a_value_that_failed_its_checks_is_not_called_without_threshold(night, say):
    quantity = night.station("river-oboroge")["properties"]["quantities"]["water_level"]
    quantity.update(quality="fail", level="unjudged")
    assert row_of(night, "river-oboroge/water_level", say).state.word == "判定不可"


def test_values_carry_the_decimals_of_their_quantity():
    assert value_text("water_level", 1.8) == "1.80"
    assert value_text("snow_depth", 118.4) == "118"
    assert value_text("water_level", None) == "–"


def test_thresholds_use_the_official_words_and_blanks_stay_blank(night, say):
    oboroge = row_of(night, "river-oboroge/water_level", say)
    assert oboroge.thresholds == "氾濫危険水位 2.00、氾濫注意水位 1.40、水防団待機水位 1.00"
    assert threshold_text("snow", "snow_depth", {"danger": None}, say) == "–"


@pytest.mark.parametrize(
    ("seconds", "words_ja", "words_en"),
    [
        (None, "受信なし", "never received"),
        (0, "たった今", "just now"),
        (59.9, "59秒前", "59 s ago"),
        (60, "1分前", "1 min ago"),
        (3599, "59分前", "59 min ago"),
        (7200, "2時間前", "2 h ago"),
        (200_000, "2日前", "2 d ago"),
    ],
)
def test_ages_in_words(seconds, words_ja, words_en):
    assert wording("ja", "Asia/Tokyo").age(seconds) == words_ja
    assert wording("en", "Asia/Tokyo").age(seconds) == words_en


def test_times_are_those_of_the_site(night, say):
    assert row_of(night, "river-oboroge/water_level", say).exact == "2026-01-15 10:39:15"


def test_alerts_come_gravest_first_then_newest(night, say):
    first = night.alerts["open"][0]
    mild = {**first, "id": "a", "level": "caution", "opened_at": "2026-01-15T01:40:00Z"}
    older = {**first, "id": "b", "opened_at": "2026-01-15T00:00:00Z", "stale": True}
    night.alerts = {"open": [mild, older, first], "recent": []}
    rows = alert_rows(night.snapshot(), say)
    assert [row.id for row in rows] == [first["id"], "b", "a"]
    assert rows[1].note == "その後のデータが届いていません"


def test_a_snowfall_is_not_taken_for_a_depth_and_doubt_is_said(night, say):
    depth = night.station("snow-shiyakusho")["properties"]["quantities"]["snow_depth"]
    depth.update(value=118.0, quality="suspect")
    fallen = {
        **night.alerts["open"][0],
        "station": "snow-shiyakusho",
        "quantity": "snow_depth",
        "kind": "snowfall",
        "value": 20.4,
    }
    night.alerts = {"open": [fallen, {**fallen, "id": "c", "station": "gone"}], "recent": []}
    known, unknown = alert_rows(night.snapshot(), say)
    assert (known.value, known.note) == ("積雪深 118 cm", "いまの値は品質に疑いがあります")
    assert unknown.value == "20 cm"


CALM, UNKNOWN = "基準に達している場所はありません", "まだ分かりません"
REACHED = "観測値が基準に達している所があります。観測所の一覧を確認してください"


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, CALM),
        ({"at": "2026-01-14T20:00:00Z"}, UNKNOWN),
        ({"at": None, "value": None, "quality": "missing", "level": "no_data"}, UNKNOWN),
        ({"quality": "suspect"}, UNKNOWN),
        ({"quality": "fail", "level": "unjudged"}, UNKNOWN),
        ({"value": 1.1, "level": "standby"}, REACHED),
        ({"value": 1.7, "level": "caution", "at": "2026-01-14T20:00:00Z"}, REACHED),
        ({"level": "unjudged", "quality": "missing", "thresholds": {"danger": None}}, CALM),
    ],
)
def test_no_alert_is_calm_only_while_every_judged_value_is_known(calm, say, facts, text):
    calm.station("river-oboroge")["properties"]["quantities"]["water_level"].update(facts)
    assert no_alerts_text(calm.snapshot(), say) == text


def test_no_alert_is_no_calm_where_data_stand_still_or_nothing_is_judged(calm, say):
    assert no_alerts_text({**calm.snapshot(), "stale": True, "read_at": None}, say) == UNKNOWN
    calm.stations["features"] = []
    assert no_alerts_text(calm.snapshot(), say) == UNKNOWN


def test_data_that_never_came_are_said_as_such(calm, say):
    standing = standing_of(calm.now, say, stale=True, read_at=None)
    assert (standing.level, standing.text, standing.sentence) == ("unknown", *["まだデータを受け取れていません"] * 2)


def test_vehicles_say_task_and_direction(night, say):
    rows = {row.id: row for row in vehicle_rows(night.snapshot(), say)}
    assert rows["plough-01"].task == "新雪除雪"
    assert compass(350, "ja") == "北"
    assert compass(None, "en") == "–"


def test_made_up_things_are_marked_beside_their_name(night, say):
    row = row_of(night, "river-oboroge/water_level", say)
    assert row.name == "朧気川 水位計"
    assert row.fictitious


def test_both_languages_have_the_same_places_to_fill():
    ja, en = words("ja"), words("en")
    assert ja.keys() == en.keys()
    for key, text in ja.items():
        places = re.compile(r"\{(\w+)\}")
        assert sorted(places.findall(text)) == sorted(places.findall(en[key])), key
        assert text.strip()
        assert en[key].strip()


def test_shape_and_size_grow_with_the_level():
    ladder = [SYMBOLS[name] for name in ("normal", "standby", "caution", "warning", "danger")]
    assert [symbol.rank for symbol in ladder] == [1, 2, 3, 4, 5]
    assert [symbol.scale for symbol in ladder] == sorted({symbol.scale for symbol in ladder})
    assert len({symbol.path for symbol in ladder[1:]}) == 4


def test_the_state_of_a_facilitys_shelter_stands_beside_its_place_to_flee_to():
    school = {"id": "E0621200001111", "status": "open"}
    states = {"E0621200001111": school, "E0621200002202": {"id": "E0621200002202", "status": "full"}}
    assert stay_of("E0621200001201", states) is school
    assert stay_of("E0621200001111", states) is None  # the place to stay itself
    assert stay_of("E0621200002201", states) is None  # another place to flee to is none to stay at
    assert stay_of("E0621200003201", states) is None
    assert stay_of("", states) is None
