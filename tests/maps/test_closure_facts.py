"""Closed roads, a held exercise and unconfirmed alerts in words, for pages that are read without a script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.times import format_rfc3339
from maps.alert_facts import alert_rows
from maps.closure_facts import closure_rows, closures_line
from maps.closure_looks import closure_looks
from maps.exercise_facts import exercise_held
from maps.facts import value_rows, wording

AT = datetime(2026, 1, 15, 1, 42, tzinfo=UTC)


@pytest.fixture
def say():
    return wording("ja", "Asia/Tokyo")


def closure(**changes):
    return {
        "id": "a", "status": "closed", "reason": "avalanche", "name_ja": "県道28号", "name_en": "", "road": "R001", "lon": None,
        "lat": None, "until": None, "note_ja": "迂回あり", "note_en": "detour", "at": format_rfc3339(AT),
        "since": format_rfc3339(AT - timedelta(hours=3)), **changes,
    }  # fmt: skip


def told(*closures, stale=False):
    return {"closures": list(closures), "generated_at": format_rfc3339(AT), "stale": stale}


def text(site, say, **changes):
    (row,) = closure_rows(told(closure(**changes)), site, format_rfc3339(AT), say)
    return row.text


def test_a_closed_road_says_why_since_when_until_when_and_who_says_so(town, say):
    (row,) = closure_rows(told(closure()), town, format_rfc3339(AT), say)
    assert (row.status_word, row.name) == ("通行止め", "県道28号")
    assert row.text == "雪崩 ・ 01-15 07:42 から ・ 解除の見込みは未定 ・ 迂回あり ・ 尾花沢市が登録（01-15 10:42）"
    english = wording("en", "Asia/Tokyo")
    assert text(town, english).endswith("detour ・ noted by Obanazawa City (01-15 10:42)")


def test_an_end_that_is_past_is_no_opening(town, say):
    assert "ごろまでの見込み ・" in text(town, say, until=format_rfc3339(AT + timedelta(hours=1)))
    assert "解除の知らせはまだありません" in text(town, say, until=format_rfc3339(AT))
    opened = text(town, say, status="open", until=format_rfc3339(AT))
    assert ("見込み" in opened, "から" in opened) == (False, False)


def test_roads_open_again_come_last_and_nothing_known_is_no_row(town, say):
    rows = closure_rows(told(closure(status="open"), closure(id="b")), town, format_rfc3339(AT), say)
    assert [row.id for row in rows] == ["b", "a"]
    assert closure_rows(None, town, format_rfc3339(AT), say) == []


def test_the_line_above_says_of_when_it_is_and_never_that_roads_are_open(say):
    assert "通れるという意味ではありません" in closures_line(None, say, written=True)
    assert "更新できていません（最終 01-15 10:42）" in closures_line(told(closure(), stale=True), say, written=False)
    assert "（01-15 10:42 現在）" in closures_line(told(), say, written=False)
    assert "01-15 10:42 に書き出した" in closures_line(told(closure()), say, written=True)
    assert closures_line(told(closure()), say, written=False) == ""


def test_the_two_restrictions_differ_by_line_mark_and_word():
    looks = closure_looks("ja")
    for part in ("dash", "mark", "label", "colour"):
        assert looks["closed"][part] != looks["restricted"][part]


def test_an_exercise_is_told_until_its_end(say):
    running = {"title_ja": "夜の訓練", "title_en": "Night", "expires_at": format_rfc3339(AT + timedelta(hours=1))}
    held = exercise_held({"running": running}, AT, say)
    assert held is not None
    assert held.until == running["expires_at"]
    assert held.text.startswith("【訓練】職員が訓練をしています（夜の訓練、01-15 11:42 まで）")
    assert exercise_held({"running": running}, AT + timedelta(hours=1), say) is None
    assert exercise_held({"running": None}, AT, say) is None
    assert exercise_held(None, AT, say) is None


def test_unconfirmed_is_the_alert_and_doubtful_is_the_value(night, say):
    """Two words for two things: the one follows the open alert, the other what the quality tests said of the value."""
    alert = night.alerts["open"][0]
    facts = night.snapshot()
    rows = {f"{row.station}/{row.quantity}": row for row in value_rows(facts, say)}
    doubted = rows["snow-ginzan/snow_depth"]
    assert (doubted.unconfirmed, doubted.quality) == (False, "品質疑い")
    pair = {**alert, "unconfirmed": True, "stations": ["channel-chuo-lower", "channel-chuo-upper"]}
    night.alerts = {"open": [pair], "recent": []}
    rows = {f"{row.station}/{row.quantity}": row for row in value_rows(night.snapshot(), say)}
    raised = rows["channel-chuo-lower/channel_level"]
    assert (raised.unconfirmed, raised.quality) == (True, "良好")
    assert not rows["channel-chuo-upper/channel_level"].unconfirmed, "at a calm gauge there is nothing to confirm"
    assert not rows["channel-yokomachi/channel_level"].unconfirmed
    (row,) = alert_rows(night.snapshot(), say)
    assert row.note == "未確認（ほかの観測で、まだ確かめられていません）"
    assert [name for _, name in row.places] == ["中央線 下流", "中央線 上流"]
