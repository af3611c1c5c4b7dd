"""What people read: the facts in both languages, and the word that may not be printed."""

import json
from dataclasses import replace

import pytest

from alerts.messages import without_issued_level

pytestmark = pytest.mark.db

RIVER = "harame/water_level"
CHANNEL = "asahi/channel_level"


@pytest.fixture
def bodies(town, site, hook):
    """The messages of a played town."""

    def make(rules, key, readings, change=lambda each: each):
        place = town(change(site(rules, [hook()])))
        place.play(key, readings)
        return [row.body for row, *_ in place.outbox]

    return make


def test_river_message_in_full(bodies, river_rule):
    (body,) = bodies([river_rule], RIVER, [(0, 1.0), (100, 1.52)])
    assert body["subject_ja"] == "【注意】原目（荒川） 河川水位 1.52 m、氾濫注意水位に到達"
    assert body["text_ja"].splitlines() == [
        "【注意】原目（荒川） 河川水位 1.52 m、氾濫注意水位に到達",
        "観測所: 原目（荒川）",
        "値: 河川水位 1.52 m",
        "基準: 氾濫注意水位 1.50 m 以上（出典: 県の基準水位表）",
        "時刻: 2026-01-10 13:40 JST（現象の発生時刻）",
        "開始: 2026-01-10 13:40 JST",
        "監視: 河川水位",
        "架空町",
    ]
    assert body["subject_en"] == "[Caution] Harame: River level, 1.52 m, reached the flood caution level"
    assert "Threshold: flood caution level, 1.50 m or more (source: 県の基準水位表)" in body["text_en"]
    assert body["threshold"] == {
        "value": 1.5, "name_ja": "氾濫注意水位", "name_en": "flood caution level", "source": "県の基準水位表",
    }  # fmt: skip
    assert json.loads(json.dumps(body)) == body


@pytest.mark.parametrize(
    ("value", "name"), [(1.2, "水防団待機水位"), (1.5, "氾濫注意水位"), (1.8, "避難判断水位"), (2.0, "氾濫危険水位")]
)
def test_river_heights_have_their_official_names(bodies, river_rule, value, name):
    (body,) = bodies([river_rule], RIVER, [(0, value)])
    assert f"{name}に到達" in body["subject_ja"]


def test_fictitious_stations_say_so(bodies, rule, level):
    (body,) = bodies([rule(level())], CHANNEL, [(0, 81)])
    assert "旭町【架空】" in body["subject_ja"]
    assert "(fictitious)" in body["subject_en"]
    assert "実際の災害情報ではありません" in body["text_ja"]
    assert "no real disaster information" in body["text_en"]


def test_falling_and_rule_numbers(bodies, rule, level):
    (body,) = bodies([rule(level(raise_at=20), direction="falling")], CHANNEL, [(0, 15)])
    assert "「注意」の基準 20 cm 以下（出典: channel）" in body["text_ja"]
    assert "20 cm or less (source: channel)" in body["text_en"]


def test_the_end_is_worded_by_what_ended_it(bodies, river_rule):
    fired, resolved = bodies([river_rule], RIVER, [(0, 1.3), (10, 1.0)])
    assert fired["status"] == "firing"
    assert resolved["status"] == "resolved"
    assert resolved["subject_ja"].startswith("【解消】")
    assert resolved["subject_en"].startswith("[Resolved]")


ISSUED = [
    "警戒レベル",
    "警戒 レベル",
    "警戒\u3000レベル４",
    "警戒ﾚﾍﾞﾙ",
    "警戒\u200bレベル",
    "警 戒 レ ベ ル",
    "警戒・レベル",
    "【警戒】レベル",
    "警戒レ\u3079ル",  # hiragana in the midst of katakana
    "警戒れべる",
    "警戒レ\u30d8\u3099ル",  # as a Macintosh writes file names
    "警戒レヘ゛ル",
    "警\u3164戒レベル",
    "警(けい)戒(かい)レベル",
    "警戒Lv",
    "警戒level",
]


@pytest.mark.parametrize("word", ISSUED)
def test_no_channel_or_snow_message_can_print_the_issued_level(bodies, rule, level, word):
    """Whatever rule and station are called, in any width and spacing."""

    def named(site):
        channel = replace(site.stations[1], name_ja=f"旭町 {word}", name_en=word, place=word)
        return replace(site, stations=(site.stations[0], channel), name_ja=word, notice_ja=word)

    told = bodies(
        [rule(level(), id="channel", title_ja=f"大雪 {word}3", title_en=word)], CHANNEL, [(0, 81), (1, 60)], named
    )
    assert len(told) == 2
    for body in told:
        text = json.dumps(body, ensure_ascii=False)
        assert word not in text
        assert without_issued_level(text) == text


def test_no_message_prints_it_of_itself(bodies, river_rule):
    told = bodies([river_rule], RIVER, [(0, 1.3), (10, 1.6), (20, 1.9), (30, 2.1), (40, 1.0)])
    assert "警戒レベル" not in json.dumps(told, ensure_ascii=False)


def test_names_are_one_line(bodies, river_rule):
    def named(site):
        river = replace(site.stations[0], name_ja="原目\r\nBcc: x\x07", river="荒\u202e川")
        return replace(site, stations=(river, *site.stations[1:]))

    (body,) = bodies([river_rule], RIVER, [(0, 1.3)], named)
    assert body["subject_ja"].splitlines() == [body["subject_ja"]]
    assert "\x07" not in body["subject_ja"]
    assert "\u202e" not in body["text_ja"]
