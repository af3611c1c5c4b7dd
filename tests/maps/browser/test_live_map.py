"""The public map as people use it: live, honest about silence, and quiet under their fingers."""

from __future__ import annotations

import re
import threading
from copy import deepcopy
from datetime import timedelta

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LIVE = "#freshness[data-state=receiving]"
LOST = "#freshness[data-state=lost]"


def changed(scene, station, quantity, **facts):
    """A copy of a station's feature with some facts of one quantity changed."""
    feature = deepcopy(scene.station(station))
    feature["properties"]["quantities"][quantity].update(facts)
    return feature


def row(page, station):
    return page.locator(f'[data-station="{station}"]')


def test_first_view_says_what_is_dangerous_and_leads_to_stations_and_shelters(look, night):
    page = look(night).page
    expect(page.locator("#banner")).to_have_attribute("data-level", "danger")
    expect(page.locator("#banner")).to_contain_text("危険：中央線 下流")
    expect(page.locator("#alert-list li")).to_have_count(1)
    expect(page.locator("#freshness-text")).to_contain_text("現在 ・ 受信中")
    expect(row(page, "snow-ichinono")).to_contain_text("更新なし（最後は注意）")
    # A click on a symbol opens its station.
    lon, lat = night.station("snow-ginzan")["geometry"]["coordinates"]
    box = page.locator(".folium-map").bounding_box()
    point = page.evaluate(
        "([lat, lon]) => { const at = yukimoriMap.latLngToContainerPoint([lat, lon]); return [at.x, at.y]; }",
        [lat, lon],
    )
    page.mouse.click(box["x"] + point[0], box["y"] + point[1])
    expect(page.locator("#detail h2")).to_contain_text("銀山温泉 積雪計")
    expect(page.locator("#detail")).to_contain_text("品質疑い")
    page.keyboard.press("Escape")
    # A theme sets map, list and legend, but hides no danger.
    page.locator('[data-theme="river"]').click()
    expect(row(page, "river-oboroge")).to_be_visible()
    expect(row(page, "snow-nagisawa")).to_be_hidden()
    expect(row(page, "channel-chuo-lower")).to_be_visible()
    expect(page.locator("#vehicles")).to_be_hidden()
    assert page.url.endswith("#theme=river")
    # Shelters are reached from a list.
    page.locator('[data-theme="shelter"]').click()
    page.locator(".shelter-row").first.click()
    expect(page.locator("#detail h2")).to_be_visible()
    expect(page.locator("#detail")).to_contain_text("指定")


def test_english_page_speaks_english(look, night):
    page = look(night, "/en/").page
    expect(page.locator("#banner")).to_contain_text("Danger: Chuo line downstream")
    expect(row(page, "snow-tokurako")).to_contain_text("Caution")


WORSE = [
    ({"at": "2026-01-14T20:00:00Z"}, "partly"),
    ({"at": None, "value": None, "quality": "missing", "level": "no_data"}, "partly"),
    ({"quality": "fail", "level": "unjudged"}, "partly"),
    ({"quality": "suspect"}, "partly"),
    ({"value": 1.7, "level": "caution"}, "caution"),
    ({"value": 1.7, "level": "caution", "at": "2026-01-14T20:00:00Z"}, "caution"),
    ({"value": 1.1, "level": "standby"}, "standby"),
]


def test_a_worse_gauge_data_that_stand_still_and_an_alert_end_the_calm(look, calm, night):
    """All calm and fresh is the only time calm is said."""
    page = look(calm).page
    for facts, level in WORSE:
        expect(page.locator("#banner")).to_have_text("現在、危険の情報はありません（10:42）")
        calm.push("delta", stations=[changed(calm, "river-oboroge", "water_level", **facts)])
        expect(page.locator("#banner")).to_have_attribute("data-level", level)
        expect(page.locator("#banner")).not_to_have_text("現在、危険の情報はありません（10:42）")
        empty = "まだ分かりません" if level == "partly" else "観測値が基準に達している所があります"
        expect(page.locator("#alert-empty")).to_contain_text(empty)
        calm.push("delta", stations=[calm.station("river-oboroge")])
    # The server answers and its heart beats, but the database behind it is away.
    expect(page.locator("#banner")).to_have_attribute("data-level", "calm")
    calm.push("heartbeat", stale=True, read_at="2026-01-15T01:41:03Z")
    expect(page.locator("#freshness-text")).to_have_text("データの更新が止まっています（最終 10:41:03）")
    expect(page.locator("#banner")).to_have_attribute("data-level", "unknown")
    expect(page.locator("#banner")).to_have_text("状況を確認できません。データの更新が止まっています（最終 10:41:03）")
    expect(page.locator("#alert-empty")).to_have_text("まだ分かりません")
    expect(page.locator("#announce")).to_contain_text("データの更新が止まっています")
    calm.push("heartbeat")
    expect(page.locator("#banner")).to_have_attribute("data-level", "calm")
    # A new alert is said and shown, and also told where it is held back.
    calm.push("delta", alerts=night.alerts)
    expect(page.locator("#banner")).to_have_attribute("data-level", "danger")
    expect(page.locator("#announce")).to_contain_text("危険：中央線 下流")
    calm.push("delta", alerts=calm.alerts)
    expect(page.locator("#banner")).to_have_attribute("data-level", "calm")
    page.locator("#pause").click()
    calm.push("delta", alerts=night.alerts)
    expect(page.locator("#pause-text")).to_contain_text("基準に達した場所の変化あり")


@pytest.mark.parametrize(("facts", "level"), [WORSE[1], WORSE[5]])
def test_a_first_view_of_one_such_gauge_is_not_calm_either(look, calm, facts, level):
    calm.station("river-oboroge")["properties"]["quantities"]["water_level"].update(facts)
    page = look(calm).page
    expect(page.locator("#banner")).to_have_attribute("data-level", level)
    expect(page.locator("#banner")).not_to_have_text("現在、危険の情報はありません（10:42）")


SILENT = {"at": None, "value": None, "quality": "missing", "level": "no_data"}
HEIGHTS = {"standby": None, "caution": 35.0, "warning": None, "danger": None, "low": None}


def test_every_quantity_with_a_threshold_counts_and_where_none_can_be_judged_it_is_unknown(look, calm):
    """The gauge is there for its snow; its air temperature counts as soon as the town sets a threshold for it."""
    calm.station("snow-ichinono")["properties"]["quantities"]["air_temperature"].update(SILENT)
    page = look(calm).page
    expect(page.locator("#banner")).to_have_attribute("data-level", "calm")
    calm.push("delta", stations=[changed(calm, "snow-ichinono", "air_temperature", thresholds=HEIGHTS)])
    expect(page.locator("#banner")).to_have_attribute("data-level", "partly")
    for facts in ({"level": "unjudged", "thresholds": dict.fromkeys(HEIGHTS)}, SILENT):
        calm.push(
            "delta", stations=[changed(calm, "snow-ichinono", "air_temperature", thresholds=dict.fromkeys(HEIGHTS))]
        )
        expect(page.locator("#banner")).to_have_attribute("data-level", "calm")
        calm.push("delta", stations=[all_of(feature, facts) for feature in calm.stations["features"]])
        expect(page.locator("#banner")).to_have_attribute("data-level", "unknown")
        expect(page.locator("#alert-empty")).to_have_text("まだ分かりません")
        calm.push("delta", stations=calm.stations["features"])


def all_of(feature, facts):
    """A copy of a station's feature with the same facts of all its quantities."""
    copied = deepcopy(feature)
    for quantity in copied["properties"]["quantities"].values():
        quantity.update(facts)
    return copied


def test_a_reading_appears_without_a_reload_an_older_one_changes_nothing_and_a_pause_holds_back(look, night):
    page = look(night).page
    expect(row(page, "snow-nagisawa")).to_contain_text("64 cm")
    feature = changed(night, "snow-nagisawa", "snow_depth", value=83.0, level="standby", at="2026-01-15T01:42:14Z")
    night.push("delta", stations=[feature])
    expect(row(page, "snow-nagisawa")).to_contain_text("83 cm")
    expect(row(page, "snow-nagisawa")).to_contain_text("待機")
    old = changed(night, "snow-nagisawa", "snow_depth", value=11.0)
    new = changed(night, "snow-nagisawa", "snow_depth", value=65.0)
    night.version = 20
    night.push("delta", stations=[new])
    night.version = 5
    night.push("delta", stations=[old])
    night.version = 21
    night.push("delta", stations=[changed(night, "snow-tamano", "snow_depth", value=99.0)])
    expect(row(page, "snow-tamano")).to_contain_text("99 cm")
    expect(row(page, "snow-nagisawa")).to_contain_text("65 cm")
    # A pause holds back, counts, keeps the danger it knew, and resumes.
    expect(page.locator("#banner")).to_have_attribute("data-level", "danger")
    page.locator("#pause").click()
    expect(page.locator("#freshness")).to_have_attribute("data-state", "paused")
    expect(page.locator("#banner")).to_contain_text("表示を止めています")
    expect(page.locator("#banner")).to_have_attribute("data-level", "danger")
    night.push("delta", stations=[changed(night, "snow-nagisawa", "snow_depth", value=70.0)])
    night.push("delta", stations=[changed(night, "snow-nagisawa", "snow_depth", value=71.0)])
    expect(page.locator("#pause-text")).to_have_text("更新を再開・保留 2 件")
    expect(row(page, "snow-nagisawa")).to_contain_text("65 cm")
    page.locator("#pause").click()
    expect(row(page, "snow-nagisawa")).to_contain_text("71 cm")
    expect(page.locator("#freshness")).to_have_attribute("data-state", "receiving")


def test_by_keyboard_to_a_station_and_back_and_updates_take_no_focus(look, night):
    page = look(night).page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.station ?? ''"):
            break
    station = page.evaluate("document.activeElement.dataset.station")
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_be_focused()
    expect(page.locator("#detail .chart canvas")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row(page, station)).to_be_focused()
    expect(page.locator("#detail")).to_be_hidden()
    # Updates close nothing, scroll nothing and take no focus.
    row(page, "channel-chuo-upper").click()
    expect(page.locator("#detail .chart canvas")).to_be_visible()
    page.locator("#detail .back").focus()
    page.locator("#sheet-body").evaluate("body => { body.scrollTop = 120; }")
    feature = changed(night, "channel-chuo-upper", "channel_level", value=31.0, at="2026-01-15T01:42:14Z")
    night.push("delta", stations=[feature], alerts={"open": [], "recent": []})
    expect(page.locator("#detail [data-cell=value]").first).to_have_text("31")
    expect(page.locator("#detail .back")).to_be_focused()
    assert page.locator("#sheet-body").evaluate("body => body.scrollTop") == 120


@pytest.mark.parametrize(("path", "empty"), [("/", "#alert-empty"), ("/list", "#alert-rows .empty")])
def test_a_paused_page_does_not_speak_of_now_and_calm_ends_as_values_grow_old(look, calm, path, empty):
    page = look(calm, path).page
    expect(page.locator("#banner")).to_have_attribute("data-level", "calm")
    page.locator("#pause").click()
    expect(page.locator("#banner")).to_have_attribute("data-level", "unknown")
    expect(page.locator("#banner")).to_have_text(re.compile("^表示を止めています（10:42:[0-9]{2} 時点）$"))
    expect(page.locator(empty)).to_have_text("まだ分かりません")
    page.locator("#pause").click()
    expect(page.locator("#banner")).to_have_attribute("data-level", "calm")
    expect(page.locator(empty)).to_have_text("基準に達している場所はありません")
    calm.now += timedelta(hours=3)
    calm.push("heartbeat")
    expect(page.locator("#banner")).to_have_attribute("data-level", "unknown")
    expect(page.locator(empty)).to_have_text("まだ分かりません")


def test_two_missed_heartbeats_are_said(look, calm):
    page = look(calm, clock=True, expected=["503"]).page
    expect(page.locator("#banner")).to_have_attribute("data-level", "calm")
    calm.answering = calm.streaming = False
    took_ms = round(page.evaluate("performance.now()"))  # what the machine needed counts as silence too
    page.clock.fast_forward(22_000 - took_ms)
    expect(page.locator("#freshness")).to_have_attribute("data-state", "receiving")
    page.clock.run_for(3_000 + took_ms)
    expect(page.locator(LOST)).to_be_visible()
    expect(page.locator("#freshness-text")).to_have_text("通信が途切れています（最終 10:42:15）")
    expect(page.locator("#banner")).to_have_attribute("data-level", "unknown")
    expect(page.locator("#announce")).to_contain_text("通信が途切れています")


def test_without_streams_it_asks_regularly_and_nothing_is_lost_but_after_a_missed_answer(look, calm, night):
    calm.streaming, calm.alerts = False, night.alerts
    page = look(calm, clock=True, expected=["503"]).page
    expect(page.locator("#freshness")).to_have_attribute("data-state", "polling")
    expect(page.locator("#freshness-text")).to_contain_text("定期更新中")
    expect(row(page, "snow-nagisawa")).to_contain_text("24 cm")
    expect(page.locator("#banner")).to_have_attribute("data-level", "danger")
    page.clock.run_for(25_000)
    expect(page.locator("#freshness")).to_have_attribute("data-state", "polling")
    expect(page.locator("#announce")).not_to_contain_text("通信が途切れています")
    calm.answering = False
    page.clock.run_for(36_000)
    expect(page.locator(LOST)).to_be_visible()
    expect(page.locator("#banner")).to_contain_text("通信が途切れています")


HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_hidden_tab_hangs_up_comes_back_and_is_not_calm_before_it_hears_anything(look, calm):
    page = look(calm, expected=["503"]).page
    page.evaluate(HIDE, True)
    nudge = threading.Event()
    for _ in range(200):
        calm.push("heartbeat")
        if not calm.listeners or nudge.wait(0.02):
            break
    assert calm.listeners == []
    calm.station("snow-nagisawa")["properties"]["quantities"]["snow_depth"]["value"] = 90.0
    page.evaluate(HIDE, False)
    expect(page.locator(LIVE)).to_be_visible()
    expect(row(page, "snow-nagisawa")).to_contain_text("90 cm")
    expect(page.locator("#banner")).to_have_attribute("data-level", "calm")
    page.evaluate(HIDE, True)
    calm.streaming = calm.answering = False
    page.evaluate(HIDE, False)
    expect(page.locator("#freshness")).to_have_attribute("data-state", "connecting")
    expect(page.locator("#banner")).to_have_attribute("data-level", "loading")
    expect(page.locator("#alert-empty")).to_have_text("まだ分かりません")


def test_a_layer_or_a_chart_that_cannot_be_had_is_said_and_the_rest_works(look, calm):
    page = look(calm, expected=["404", "ERR_FAILED"], block="**/{layers/flood_depth.*,series?*}").page
    expect(page.locator("#sheet-body > .failed")).to_contain_text("読み込めませんでした")
    expect(page.locator("#banner")).to_have_attribute("data-level", "calm")
    row(page, "river-oboroge").click()
    expect(page.locator("#detail .chart-note")).to_contain_text("現在値の表示は続いています")
    expect(page.locator("#detail .chart-note button")).to_be_visible()


def test_names_from_outside_stay_text(look, night):
    hostile = "<img src=x onerror='window.boom=1'>${window.boom=1}`\\u"
    properties = night.station("river-oboroge")["properties"]
    properties.update(name=hostile, place=hostile, river=hostile)
    properties["quantities"]["water_level"]["threshold_source"] = hostile
    night.alerts["open"][0].update(station="river-oboroge", title_ja=hostile)
    page = look(night).page
    row(page, "river-oboroge").click()
    expect(page.locator("#detail h2")).to_contain_text("<img src=x")
    assert page.evaluate("window.boom") is None


def test_an_address_opens_what_it_names(look, night):
    page = look(night, "/#theme=channel&station=channel-yokomachi").page
    expect(page.locator("#detail h2")).to_contain_text("横町線")
    expect(page.locator('[data-theme="channel"]')).to_have_attribute("aria-pressed", "true")


def test_five_hundred_stations_and_sixty_ploughs_are_taken_in(look, night):
    first = night.stations["features"][0]
    features = []
    for number in range(500):
        feature = deepcopy(first)
        feature["id"] = feature["properties"]["id"] = f"s{number:03}"
        feature["geometry"]["coordinates"] = [140.33 + number % 25 * 0.01, 38.5 + number // 25 * 0.01]
        features.append(feature)
    ploughs = []
    for number in range(60):
        plough = deepcopy(night.vehicles["features"][0])
        plough["id"] = plough["properties"]["id"] = f"p{number:02}"
        ploughs.append(plough)
    night.stations["features"], night.vehicles["features"] = features, ploughs
    night.alerts = {"open": [], "recent": []}
    page = look(night).page
    expect(page.locator("[data-station]")).to_have_count(500)
    expect(page.locator("#vehicle-list li")).to_have_count(60)
    moved = deepcopy(features[499])
    moved["properties"]["quantities"]["snow_depth"]["value"] = 199.0
    night.push("delta", stations=[moved], vehicles_gone=["p00"])
    expect(row(page, "s499")).to_contain_text("199")
    expect(page.locator("#vehicle-list li")).to_have_count(59)
