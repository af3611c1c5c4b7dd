"""Telegrams of the Meteorological Agency add up to the same warnings in whatever order they come."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.jma.codes import english_name, level_in
from alerts.jma.records import dump, load
from alerts.jma.round import verdict
from alerts.jma.standing import BULLETIN_LASTS, names_something, warnings_in_force
from alerts.jma.telegram import prefecture_in, read_telegram, type_in
from core.errors import DecodeError
from core.weather_warnings import FLOOD_HAZARDS, SNOW_HAZARDS, WarningGrade, WeatherHazard, weather_warning_active
from tests.examples import examples

FOLDER = Path(__file__).parent / "telegrams"
NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
TOWN = ("0621200", "060010")


def raw(name: str, **changes: str) -> str:
    text = (FOLDER / f"{name}.xml").read_text(encoding="utf-8")
    for tag, content in changes.items():
        text = re.sub(rf"<{tag}>[^<]*</{tag}>|<{tag}/>", f"<{tag}>{content}</{tag}>", text, count=1)
    return text


def telegram(name: str, **changes: str):
    return read_telegram(raw(name, **changes).encode(), NOW)


def names(*telegrams, areas=TOWN[:1], now=NOW):
    return [warning.name for warning in warnings_in_force(telegrams, areas, now)]


WARNING, ADVISORY, LIFTED = "VPWW60_snow_warning", "VPWW60_snow_advisory", "VPWW60_snow_lifted"


def test_a_warning_is_issued_lowered_and_lifted():
    issued = telegram(WARNING)
    assert names(issued) == ["大雪警報"]
    assert names(issued, telegram(ADVISORY)) == ["大雪注意報"]
    assert names(issued, telegram(ADVISORY), telegram(LIFTED)) == []


def test_kinds_of_one_telegram_stand_beside_each_other_and_types_apart():
    assert names(telegram("VPWW58_wind"), telegram(WARNING)) == ["暴風雪警報", "大雪警報", "強風注意報"]
    assert names(telegram(LIFTED), telegram("VPWW58_wind")) == ["暴風雪警報", "強風注意報"]


def test_an_unknown_code_is_kept_with_its_code():
    (found,) = [one for one in warnings_in_force([telegram("VPWW61_others")], TOWN, NOW) if not one.known]
    assert (found.code, found.name, found.hazard) == ("99", "新しい注意報", WeatherHazard.OTHER)
    nameless = raw("VPWW61_others").replace("<Name>新しい注意報</Name>\n", "")
    (found,) = [one for one in warnings_in_force([read_telegram(nameless.encode(), NOW)], TOWN, NOW) if not one.known]
    assert (found.name, found.grade) == ("コード99", WarningGrade.WARNING)


def test_level_words_are_the_agencys_and_snow_has_none():
    (rain,) = warnings_in_force([telegram("VPWW55_rain_level4")], TOWN, NOW)
    assert (rain.name, rain.level, rain.grade) == ("レベル４大雨危険警報", 4, WarningGrade.DANGER)
    assert english_name(rain.hazard, rain.grade, rain.level) == "Level 4 Heavy Rain Danger Warning"
    for name in (WARNING, "VPWW61_others", "VPWW58_wind", "VPBS50_heavy_snow"):
        assert all(one.level is None for one in warnings_in_force([telegram(name)], TOWN, NOW))
    assert level_in("レベル 3 大雨警報") == 3


@pytest.mark.parametrize("status", ["訓練", "試験", "謎", ""])
def test_what_is_not_meant_changes_nothing(status):
    drill = telegram("VPWW60_drill", Status=status)
    assert verdict(drill, TOWN) == "drill"
    assert names(telegram(WARNING), drill) == ["大雪警報"]
    lifted = telegram(LIFTED, Status=status)
    assert names(telegram(WARNING), lifted) == ["大雪警報"]
    cancelled = telegram("VPWW60_snow_cancelled", Status=status)
    assert names(telegram(WARNING), telegram(ADVISORY), cancelled) == ["大雪注意報"]


def test_a_cancel_removes_exactly_what_it_names():
    cancel = telegram("VPWW60_snow_cancelled")
    assert names(telegram(WARNING), telegram(ADVISORY), cancel) == ["大雪警報"]
    assert names(telegram(WARNING), cancel) == ["大雪警報"], "the report it names is not here"
    assert not names_something(cancel, [telegram(WARNING), cancel])
    assert names_something(cancel, [telegram(ADVISORY)])
    other = telegram("VPWW60_snow_cancelled", EditorialOffice="別の気象台")
    assert names(telegram(WARNING), telegram(ADVISORY), other) == ["大雪注意報"]
    again = telegram(ADVISORY, DateTime="2026-01-15T02:30:00Z")
    assert names(telegram(WARNING), telegram(ADVISORY), cancel, again) == ["大雪注意報"]


def test_a_correction_takes_the_place_of_what_it_corrects():
    corrected = telegram("VPWW60_snow_corrected")
    assert names(telegram(WARNING), corrected) == []
    assert names(telegram(WARNING), corrected, areas=("0634100",)) == ["大雪警報"]
    assert names(telegram(WARNING), telegram(ADVISORY), corrected) == ["大雪注意報"], "what came later stays"


def test_what_was_corrected_does_not_come_back_with_the_cancel_of_its_correction():
    corrected = telegram("VPWW60_snow_corrected")
    cancel = telegram("VPWW60_snow_corrected", InfoType="取消", DateTime="2026-01-15T07:00:00Z")
    assert cancel.sent_at > corrected.sent_at
    for areas in (("0621200",), ("0634100",)):
        assert names(telegram(WARNING), corrected, cancel, areas=areas) == []


def test_an_area_left_out_is_cleared_only_by_who_covers_it():
    without = raw(ADVISORY).replace("0621200", "0621300")
    assert names(telegram(WARNING), read_telegram(without.encode(), NOW)) == []
    assert names(telegram("VPWW58_wind"), read_telegram(without.encode(), NOW)) == ["暴風雪警報", "強風注意報"]
    elsewhere = without.replace("架空地方気象台", "別の気象台")
    assert names(telegram(WARNING), read_telegram(elsewhere.encode(), NOW)) == ["大雪警報"]
    only_prefectures = re.sub(
        r'<Warning type="気象警報・注意報（市町村等）">.*</Warning>',
        "",
        raw(WARNING, ReportDateTime="2026-01-15T09:00:00+09:00"),
        flags=re.DOTALL,
    )
    assert names(telegram(WARNING), read_telegram(only_prefectures.encode(), NOW)) == ["大雪警報"]


def test_a_late_older_report_changes_nothing():
    assert names(telegram(ADVISORY), telegram(WARNING)) == ["大雪注意報"]


def test_a_bulletin_runs_out_by_itself_and_its_additions_follow_each_other():
    first = telegram("VPBS50_heavy_snow")
    assert names(first, areas=TOWN, now=first.report_at) == ["気象防災速報（短時間大雪）"]
    assert names(first, areas=TOWN, now=first.report_at + BULLETIN_LASTS) == []
    more = telegram("VPBS50_heavy_snow", ReportDateTime="2026-01-15T09:00:00+09:00", Serial="2", Condition="短時間大雪")
    (standing,) = warnings_in_force([first, more], TOWN, more.report_at)
    assert standing.until == more.report_at + BULLETIN_LASTS
    nameless = telegram("VPBS50_heavy_snow", EventID="")
    assert names(nameless, areas=TOWN, now=first.report_at) == ["気象防災速報（短時間大雪）"]
    cancel = telegram("VPBS50_heavy_snow", InfoType="取消", DateTime="2026-01-14T21:30:00Z")
    assert names(first, cancel, areas=TOWN, now=first.report_at) == []


def test_a_river_forecast_concerns_the_municipality_it_may_flood():
    (flood,) = warnings_in_force([telegram("VXKO50_river_level4")], TOWN, NOW)
    assert (flood.subject, flood.level, flood.hazard) == ("架空川水系架空川", 4, WeatherHazard.RIVER)
    assert names(telegram("VXKO50_river_level4"), areas=("990001000100",)) == ["レベル４氾濫危険警報"]
    assert names(telegram("VXKO50_river_level4"), telegram("VXKO50_river_lifted")) == []
    cancel = telegram("VXKO50_river_lifted", InfoType="取消", ReportDateTime="2026-01-15T06:00:00+09:00")
    assert names(telegram("VXKO50_river_level4"), cancel) == []


def test_what_counts_as_an_active_warning():
    standing = warnings_in_force([telegram(WARNING)], TOWN, NOW)
    assert weather_warning_active(standing, SNOW_HAZARDS)
    assert not weather_warning_active(standing, FLOOD_HAZARDS)
    assert not weather_warning_active(warnings_in_force([telegram(ADVISORY)], TOWN, NOW), SNOW_HAZARDS)
    bulletin = warnings_in_force([telegram("VPBS50_heavy_snow")], TOWN, NOW - timedelta(hours=9))
    assert weather_warning_active(bulletin, SNOW_HAZARDS, least=WarningGrade.INFORMATION, now=NOW - timedelta(hours=9))
    assert not weather_warning_active(bulletin, SNOW_HAZARDS, least=WarningGrade.INFORMATION, now=NOW)


def test_order_of_elements_white_space_and_nil_times_do_not_matter():
    text = raw(WARNING)
    control = re.search(r"<Control>.*</Control>\n", text, re.DOTALL)[0]
    turned = text.replace(control, "").replace("</Report>", f"{control}</Report>")
    turned = turned.replace("<Code>06</Code>", "\n   <Code>\n06\t</Code>  ").replace("<Serial/>", "")
    turned = re.sub(
        r"<TargetDateTime>[^<]*</TargetDateTime>",
        '<TargetDateTime xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>',
        turned,
    )
    turned = re.sub(r"(<Area>.*?</Area>)\n(<ChangeStatus>.*?</ChangeStatus>)", r"\2\1", turned, flags=re.DOTALL)
    assert warnings_in_force([read_telegram(turned.encode(), NOW)], TOWN, NOW) == warnings_in_force(
        [telegram(WARNING)], TOWN, NOW
    )


ALL = [
    telegram(name)
    for name in (WARNING, ADVISORY, LIFTED, "VPWW60_snow_cancelled", "VPWW60_snow_corrected", "VPWW60_drill", "VPWW58_wind")
]  # fmt: skip


def test_no_order_of_arrival_makes_a_difference():
    for count in (3, 4):
        for some in permutations(ALL[:5], count):
            straight = sorted(some, key=ALL.index)
            assert warnings_in_force(some, TOWN, NOW) == warnings_in_force(straight, TOWN, NOW)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.sampled_from(ALL), max_size=9), st.randoms(use_true_random=False))
def test_shuffled_and_repeated_they_say_the_same(some, dice: random.Random):
    shuffled = [*some, *some[:3]]
    dice.shuffle(shuffled)
    assert warnings_in_force(shuffled, TOWN, NOW) == warnings_in_force(some, TOWN, NOW)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.xml")))
def test_what_is_kept_says_the_same(name):
    whole = telegram(name)
    kept = load(dump(whole, TOWN))
    assert warnings_in_force([kept], TOWN, NOW) == warnings_in_force([whole], TOWN, NOW)
    assert (kept.type, kept.widths, kept.report_at) == (whole.type, whole.widths, whole.report_at)


def test_verdicts():
    assert verdict(telegram("VPFD51_forecast"), TOWN) == "unknown"
    assert verdict(telegram(WARNING), TOWN) == "live"
    assert verdict(telegram(WARNING), ("0621300",)) == "live", "it tells all of the prefecture"
    assert verdict(telegram(WARNING), ("1820100",)) == "elsewhere"
    assert verdict(telegram("VXKO50_river_level4"), ("1820100",)) == "elsewhere"
    assert verdict(telegram("VPWW60_snow_cancelled"), TOWN) == "live"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace("jmaxml1/", "jmaxml2/"), "not_jma"),
        (lambda text: re.sub(r"<Head.*</Head>", "", text, flags=re.DOTALL), "no_head"),
        (lambda text: re.sub(r"<Control>.*</Control>", "", text, flags=re.DOTALL), "no_head"),
        (lambda text: re.sub(r"<ReportDateTime>.*</ReportDateTime>", "", text), "bad_time"),
        (lambda text: text.replace("<ReportDateTime>2026-01-15T05:00:00+09:00", "<ReportDateTime>きのう"), "bad_time"),
        (lambda text: text.replace("<ReportDateTime>2026", "<ReportDateTime>2036"), "future"),
        (lambda text: text.replace("</Report>", ""), "bad_xml"),
        (lambda text: text.replace("<Report", '<!DOCTYPE Report SYSTEM "http://127.0.0.1:1/x"><Report', 1), "forbidden_xml"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(change, reason):
    with pytest.raises(DecodeError) as caught:
        read_telegram(change(raw(WARNING)).encode(), NOW)
    assert caught.value.reason == reason


@settings(max_examples=examples(300), deadline=None)
@given(st.integers(0, 10**6), st.binary(max_size=6), st.integers(0, 12))
def test_damaged_bytes_are_read_or_refused_and_nothing_else(place, put, cut):
    whole = raw("VXKO50_river_level4").encode()
    at = place % len(whole)
    damaged = whole[:at] + put + whole[at + cut :]
    with suppress(DecodeError):
        read_telegram(damaged, NOW)


def test_a_title_in_new_words_is_what_its_name_says():
    text = raw(WARNING).replace("（Ｒ０６）（大雪）", "（Ｒ０６）（大雪・降雪）")
    assert read_telegram(text.encode(), NOW, "x/2026_VPWW60_060000.xml").type == "VPWW60"
    assert read_telegram(text.encode(), NOW, "x/2026_VXSE53_060000.xml").type == ""
    assert read_telegram(raw("VPFD51_forecast").encode(), NOW, "x/2026_VPWW60_060000.xml").type == ""


def test_names_say_types_and_prefectures():
    assert type_in("https://www.data.jma.go.jp/x/20260115_0_VPWW60_060000.xml") == "VPWW60"
    assert type_in("telegram.xml") == ""
    assert prefecture_in("https://www.data.jma.go.jp/x/20260115_0_VPWW60_060000.xml") == "06"
    assert prefecture_in("VXKO50.xml") == ""
