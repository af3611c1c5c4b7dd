"""The pages without a map, in a browser: the same facts as the map, with and without scripts."""

from __future__ import annotations

from copy import deepcopy

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CELLS = """() => Object.fromEntries([...document.querySelectorAll("#station-rows tr")].map((row) => [
    row.dataset.key,
    ["value", "level", "age", "quality"].map((name) => row.querySelector(`[data-cell="${name}"]`).innerText),
]))"""


@pytest.mark.parametrize("path", ["/list", "/en/list"])
def test_live_rows_say_what_the_server_wrote(look, night, path):
    written = look(night, path, live=False, java_script_enabled=False).page
    rows = written.locator("#station-rows tr")
    before = {
        rows.nth(index).get_attribute("data-key"): [
            rows.nth(index).locator(f'[data-cell="{name}"]').inner_text()
            for name in ("value", "level", "age", "quality")
        ]
        for index in range(rows.count())
    }
    page = look(night, path).page
    expect(page.locator("#banner")).to_have_attribute("data-level", "danger")
    assert page.evaluate(CELLS) == before
    assert len(before) == 21


def test_the_table_follows_and_keeps_its_rows(look, night):
    page = look(night, "/list").page
    link = page.locator('tr[data-key="snow-nagisawa/snow_depth"] a')
    link.focus()
    feature = deepcopy(night.station("snow-nagisawa"))
    feature["properties"]["quantities"]["snow_depth"].update(value=210.0, level="danger")
    gone = night.vehicles["features"][0]["id"]
    night.push("delta", stations=[feature], vehicles_gone=[gone], alerts={"open": [], "recent": []})
    expect(page.locator('tr[data-key="snow-nagisawa/snow_depth"] [data-cell=level]')).to_have_text("危険")
    expect(page.locator(f'tr[data-vehicle="{gone}"]')).to_have_count(0)
    expect(page.locator("#alert-rows")).to_contain_text("観測値が基準に達している所があります")
    expect(link).to_be_focused()


def test_without_scripts_the_table_still_tells_everything(look, night, town):
    page = look(night, "/list", live=False, java_script_enabled=False).page
    expect(page.locator("#stations-table caption")).to_have_text("観測所")
    expect(page.locator("#alerts-table")).to_contain_text("流雪溝の水位上昇")
    expect(page.locator("#vehicles-table tbody tr")).to_have_count(len(night.vehicles["features"]))
    assert len(night.vehicles["features"]) == len(town.vehicles) > 6
    expect(page.get_by_text("指定緊急避難場所").first).to_be_visible()
    expect(page.locator("#freshness-text")).to_contain_text("2026-01-15 10:42:15 現在")


def test_without_scripts_the_map_page_leads_to_the_table(look, night):
    page = look(night, "/", live=False, java_script_enabled=False).page
    expect(page.locator("noscript a")).to_have_attribute("href", "/list")


def test_a_station_shows_value_course_numbers_and_thresholds(look, night):
    page = look(night, "/station/river-nyu-lower").page
    expect(page.locator(".huge [data-cell=value]")).to_have_text("1.86")
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.locator(".chart .uplot")).to_have_attribute(
        "aria-label", "24時間の推移。最小 0.82 m、最大 1.88 m、記録 132 件"
    )
    expect(page.locator(".ladder")).to_contain_text("氾濫危険水位 3.60 m")
    page.locator(".numbers summary").click()
    expect(page.locator("[data-numbers] tr")).to_have_count(132)
    page.locator('[data-hours="168"]').click()
    expect(page.locator('[data-hours="168"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".chart .uplot")).to_have_attribute(
        "aria-label", "7日間の推移。最小 0.82 m、最大 1.88 m、記録 132 件"
    )
    assert "format=csv" in page.locator(".csv").get_attribute("href")
    assert len(night.series_asked) == 2


def test_a_station_without_data_says_so(look, night):
    page = look(night, "/station/channel-wakaba").page
    expect(page.locator("[data-cell=level]")).to_have_text("データなし")
    expect(page.locator(".chart-note")).to_have_text("この期間の記録はありません")


def test_a_station_page_is_live(look, night):
    page = look(night, "/station/river-nyu-lower").page
    feature = deepcopy(night.station("river-nyu-lower"))
    feature["properties"]["quantities"]["water_level"].update(value=2.46, level="caution", at="2026-01-15T01:42:14Z")
    night.push("delta", stations=[feature])
    expect(page.locator(".huge [data-cell=value]")).to_have_text("2.46")
    expect(page.locator("[data-cell=level]")).to_have_text("注意")
