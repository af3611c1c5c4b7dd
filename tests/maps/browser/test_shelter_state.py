"""What staff says of shelters, on the map and in the table: at once, in words and shapes, with its age."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PICTURE = """() => [...document.querySelectorAll(".leaflet-shelter-states-pane canvas")].map((canvas) => canvas.toDataURL()).join("")"""
SCHOOL, SCHOOL_FLIGHT = "E0621200001111", "E0621200001201"


@pytest.fixture
def open_night(night):
    """A night with one shelter open, one full, one closed since yesterday."""
    night.say(SCHOOL, "open", 3, people=12, capacity=150, note_ja="毛布あり", note_en="blankets")
    night.say(SCHOOL_FLIGHT, "full", 61, people=80)
    night.say("E0621200042111", "closed", 60 * 26)
    return night


def state(page, shelter):
    return page.locator(f'[data-shelter="{shelter}"]').first


def test_the_table_without_scripts_tells_every_state(look, open_night):
    page = look(open_night, "/list", live=False, java_script_enabled=False).page
    expect(page.locator("#shelter-summary")).to_have_text("開設中 1か所・満員 1か所")
    expect(state(page, SCHOOL)).to_have_text("開設中12人（定員150人）3分前毛布あり")
    expect(state(page, SCHOOL_FLIGHT)).to_have_text("満員80人1時間前同じ施設の避難所：開設中（3分前）")
    expect(state(page, "E0621200042111")).to_have_text("閉鎖中26時間前の情報")
    expect(page.locator('[data-shelter][data-status="unknown"]').first).to_have_text(
        "状況は分かりません同じ施設の避難所：閉鎖中（26時間前の情報）"
    )
    shapes = {page.locator(f".is-{status} .shape").first.get_attribute("d") for status in ("open", "full", "closed")}
    assert len(shapes) == 3


@pytest.mark.parametrize("path", ["/list", "/en/list"])
def test_scripts_say_what_the_server_wrote(look, open_night, path):
    written = look(open_night, path, live=False, java_script_enabled=False).page
    before = {
        element.get_attribute("data-shelter"): [
            element.get_attribute("data-status"),
            *(part.inner_text() for part in element.locator("[data-part]").all()),
        ]
        for element in written.locator('[data-shelter]:not([data-status="unknown"])').all()
    }
    summary = written.locator("#shelter-summary").inner_text()
    page = look(open_night, path).page
    expect(page.locator("#shelter-summary")).to_have_text(summary)
    after = {
        element.get_attribute("data-shelter"): [
            element.get_attribute("data-status"),
            *(part.inner_text() for part in element.locator("[data-part]").all()),
        ]
        for element in page.locator('[data-shelter]:not([data-status="unknown"])').all()
    }
    assert after == before
    assert len(after) == 3


def test_the_table_follows_at_once_keeps_rows_and_focus_and_paused_stands_still(look, night):
    page = look(night, "/list").page
    row = state(page, SCHOOL)
    expect(row).to_have_text("状況は分かりません")
    expect(page.locator("#shelter-summary")).to_contain_text("まだ伝えられていません")
    page.locator("#alerts-table a").first.focus()
    kept = row.element_handle()
    night.say(SCHOOL, "open", people=4)
    night.push("delta", shelters=night.shelters)
    expect(row).to_have_text("開設中4人たった今", timeout=1_000)
    expect(page.locator("#shelter-summary")).to_have_text("開設中 1か所・満員 0か所")
    expect(page.locator("#announce")).to_have_text("開設中 1か所・満員 0か所")
    expect(page.locator("#alerts-table a").first).to_be_focused()
    assert kept.evaluate("(element) => element.isConnected")
    night.say(SCHOOL, "closed")
    night.push("delta", shelters=night.shelters)
    expect(row).to_have_text("閉鎖中たった今")
    expect(page.locator("#shelter-summary")).to_contain_text("開設中と伝えられている避難所・避難場所はありません")
    # Paused it stands still.
    page.locator("#pause").click()
    night.say(SCHOOL, "open")
    night.push("delta", shelters=night.shelters)
    expect(page.locator("#pause-text")).to_contain_text("保留 1 件")
    expect(row).to_have_text("閉鎖中たった今")
    page.locator("#pause").click()
    expect(row).to_contain_text("開設中")


def test_the_map_counts_lists_and_paints_them(look, open_night):
    page = look(open_night).page
    chip = page.locator('[data-theme="shelter"]')
    expect(chip).to_have_text("避難所（開設中 1）")
    chip.click()
    expect(page.locator("#shelter-summary")).to_have_text("開設中 1か所・満員 1か所")
    row = page.locator(".shelter-row", has=page.locator(f'[data-shelter="{SCHOOL}"]'))
    expect(row).to_contain_text("開設中12人（定員150人）3分前")
    row.focus()
    before = page.evaluate(PICTURE)
    open_night.say(SCHOOL, "full", people=150, capacity=150)
    open_night.push("delta", shelters=open_night.shelters)
    page.wait_for_function(f"(before) => ({PICTURE})() !== before", arg=before)
    expect(row).to_contain_text("満員150人（定員150人）たった今", timeout=1_000)
    expect(row).to_be_focused()
    expect(chip).to_have_text("避難所")
    row.press("Enter")
    detail = page.locator("#detail")
    expect(detail.locator("h2")).to_be_focused()
    expect(detail.locator(".shelter-state")).to_contain_text("満員150人（定員150人）")
    open_night.say(SCHOOL, "open", people=140, capacity=150)
    open_night.push("delta", shelters=open_night.shelters)
    expect(detail.locator(".shelter-state")).to_contain_text("開設中140人（定員150人）")
    expect(detail.locator("h2")).to_be_focused()


def test_where_streams_do_not_get_through_they_are_asked_for(look, open_night):
    open_night.streaming = False
    page = look(open_night, "/list", expected=["503"]).page
    expect(page.locator("#freshness")).to_have_attribute("data-state", "polling")
    expect(state(page, SCHOOL)).to_contain_text("開設中12人（定員150人）")


def test_text_of_staff_is_never_markup(look, night):
    night.say(SCHOOL, "open", note_ja="<img src=x onerror=alert(1)>")
    for options in ({}, {"live": False, "java_script_enabled": False}):
        page = look(night, "/list", **options).page
        expect(state(page, SCHOOL)).to_contain_text("<img src=x onerror=alert(1)>")
