"""A night played again: its key, its slider, what was known then, and that nothing moves by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text()
ROADS = """() => [...document.querySelectorAll("#playback-map .leaflet-road-ages-pane canvas")].map((canvas) => canvas.toDataURL()).join()"""
VIOLATIONS = """async () => {
    document.querySelectorAll("tbody").forEach((body) => [...body.rows].slice(4).forEach((row) => row.remove()));
    const { violations } = await axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} ${failureSummary}`)]);
}"""
SILENCE, LATE = 3_385 + 600, 2 * 3600 + 1_500


@pytest.fixture
def played(look, night, ploughed):
    """The page with a night read; the key was in the address."""
    night.night = ploughed

    def start(**options):
        page = look(night, f"/playback#key={night.key}", live=False, **options).page
        page.wait_for_function("() => !document.getElementById('moment').disabled")
        return page

    return start


def go(page, seconds):
    """Sets the slider as a hand does."""
    page.locator("#moment").evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", str(seconds)
    )


def test_without_a_key_nothing_is_asked_and_a_wrong_one_is_refused(look, night, ploughed):
    night.night = ploughed
    page = look(night, "/playback", live=False, expected=["401"]).page
    expect(page.locator("#key-form")).to_be_visible()
    expect(page.locator("#span-box")).to_be_hidden()
    assert night.nights_asked == []
    page.locator("#key").fill("guess")
    page.locator("#key").press("Enter")
    expect(page.locator("#playback-said")).to_contain_text("鍵が違います")
    expect(page.locator("#key-form")).to_be_visible()
    page.locator("#key").fill(night.key)
    page.locator("#key").press("Enter")
    expect(page.locator("#night")).to_be_visible()
    assert len(night.nights_asked) == 1


def test_the_slider_moves_everything_by_keyboard(played):
    page = played()
    go(page, 600)
    slider = page.locator("#moment")
    slider.focus()
    before, ages = page.evaluate(ROADS), page.locator("#age-rows").inner_text()
    expect(page.locator("#moment-text")).to_have_text("01-15 04:52")
    slider.press("ArrowRight")
    expect(page.locator("#moment-text")).to_have_text("01-15 04:53")
    assert slider.get_attribute("aria-valuetext") == "01-15 04:53"
    slider.press("PageUp")
    expect(page.locator("#moment-text")).to_have_text("01-15 05:03")
    slider.press("l")
    expect(page.locator("#moment-text")).to_have_text("01-15 05:13")
    slider.press("j")
    slider.press("PageDown")
    expect(page.locator("#moment-text")).to_have_text("01-15 04:53")
    slider.press("End")
    expect(page.locator("#moment-text")).to_have_text("01-15 10:42")
    page.wait_for_function(f"(before) => ({ROADS})() !== before", arg=before)
    assert page.locator("#age-rows").inner_text() != ages
    page.locator('[data-step="-10"]').press("Enter")
    expect(page.locator("#moment-text")).to_have_text("01-15 10:32")


def test_values_alerts_orders_gaps_and_ages_are_those_of_the_moment(played, ploughed):
    page = played()
    go(page, 3_600 + 60)
    expect(page.locator("#alert-rows")).to_contain_text("危険")
    expect(page.locator("#alert-rows")).to_contain_text("出動指示 第1種・第2種（除雪センター）")
    snow = page.locator("#value-rows tr", has_text="市役所前").first
    expect(snow).to_contain_text("96 cm")
    go(page, 4 * 3_600)
    expect(page.locator("#alert-rows")).not_to_contain_text("危険")
    expect(snow).to_contain_text("114 cm")
    page.locator(".strip-row", has_text="危険").click()
    expect(page.locator("#moment-text")).to_have_text("01-15 05:42")
    # A gap is unknown with its duration, and what came late was not known.
    first, second = page.locator("#vehicle-rows tr").all()
    go(page, SILENCE)
    expect(first).to_contain_text("位置不明 32 分")
    go(page, LATE)
    expect(second).to_contain_text("この時点で未着（07:52 に届いた）")
    before = page.locator("#age-rows").inner_text()
    page.locator("#then").uncheck()
    expect(second).to_contain_text("遅れて 07:52 に届いた記録")
    assert page.locator("#age-rows").inner_text() != before
    expect(page.locator("#playback-said")).to_contain_text("遅れて届いた記録があります")
    # The page looks changes up; what it says at a moment is what the list of changes says.
    for moment in (0, 1_200, 5_000, 12_000, 21_600):
        go(page, moment)
        since = [
            max(
                (pair for pair in zip(changes[::2], changes[1::2], strict=True) if pair[0] <= moment), default=(0, None)
            )[1]
            for changes in ploughed["roads"]["known"].values()
        ]
        fresh = sum(clear is not None and moment - clear < 3_600 for clear in since)
        expect(page.locator("[data-age=under_1h] td").first).to_have_text(str(fresh))


def test_too_long_a_time_is_not_asked_and_the_key_leaves_the_address_and_stays_in_the_tab_only(played, night):
    page = played()
    assert "key" not in page.url
    assert page.evaluate("[...Object.values(sessionStorage)].includes('open-sesame') && localStorage.length === 0")
    page.locator("#span-box summary").click()
    page.locator("#from").fill("2026-01-10T00:00")
    asked = len(night.nights_asked)
    page.locator("#span-form button[type=submit]").click()
    expect(page.locator("#playback-said")).to_contain_text("24時間まで")
    assert len(night.nights_asked) == asked
    page.locator("#key-forget").click()
    expect(page.locator("#key-form")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_nothing_plays_by_itself_and_a_pause_holds(played):
    page = played(clock=True)
    begin = page.locator("#moment").input_value()
    page.clock.run_for(3_000)
    assert page.locator("#moment").input_value() == begin
    page.locator("#play").click()
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")
    page.clock.run_for(2_000)
    moved = page.locator("#moment").input_value()
    assert int(moved) > int(begin)
    page.locator("#play").press("k")
    expect(page.locator("#play-text")).to_have_text("再生")
    held = page.locator("#moment").input_value()
    page.clock.run_for(3_000)
    assert page.locator("#moment").input_value() == held


def test_where_less_motion_is_wished_for_it_goes_by_leaps(played):
    page = played(clock=True, reduced_motion="reduce")
    go(page, 0)
    page.locator("#play").click()
    page.clock.run_for(900)
    assert page.locator("#moment").input_value() == "0"
    page.clock.run_for(300)
    assert int(page.locator("#moment").input_value()) >= 300


def test_axe_finds_nothing_and_a_night_fits_a_phone(played):
    page = played()
    page.evaluate(AXE)
    page.locator(".help summary").click()
    assert page.evaluate(VIOLATIONS) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
