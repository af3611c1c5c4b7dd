"""The pages by keyboard alone, and what they say to those who listen: no pointer is used anywhere here."""

from __future__ import annotations

from copy import deepcopy

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

FOCUS = """() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    return {
        name: element.id || element.className || element.textContent.trim().slice(0, 30) || element.tagName,
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        start: element === document.body || element.classList.contains("skip"),
    };
}"""
CENTRE = "() => { const { lat, lng } = yukimoriMap.getCenter(); return [lat, lng]; }"


def tab_to(page: Page, selector: str, most: int = 120) -> None:
    """Tab until the element has the focus; every stop on the way shows where it is."""
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        assert (stop["ring"] and stop["seen"]) or stop["start"], stop
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


@pytest.mark.parametrize("path", ["/", "/list"])
def test_tab_goes_through_everything_and_out_again(look, night, path):
    page = look(night, path, reduced_motion="reduce").page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    tab_to(page, ".foot li:last-child a", 300)
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUS)["start"]:
            break
    else:
        raise AssertionError("the focus stays at the end of the page")
    if path == "/":
        the_skip_link_leads_past_the_map(page)


def the_skip_link_leads_past_the_map(page: Page) -> None:
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('sheet').contains(document.activeElement)")


def test_a_theme_a_layer_and_a_shelter_by_keyboard_and_back(look, night):
    page = look(night).page
    tab_to(page, "[data-theme=hazard]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-theme=hazard]")).to_have_attribute("aria-pressed", "true")
    ramp = page.locator('[data-layer="flood_duration"] .ramp')
    expect(ramp).to_be_hidden()
    tab_to(page, '[data-layer="flood_duration"] input')
    page.keyboard.press("Space")
    expect(ramp).to_be_visible()
    page.keyboard.press("Space")
    expect(ramp).to_be_hidden()
    page.locator("[data-theme=shelter]").focus()
    page.keyboard.press("Enter")
    shelter = page.locator(".shelter-row").first
    expect(shelter).to_be_visible()
    tab_to(page, ".shelter-row", 60)
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(shelter).to_be_focused()


def test_the_hazards_of_a_place_by_keyboard(look, night):
    page = look(night, reduced_motion="reduce").page
    tab_to(page, ".leaflet-container")
    before = page.evaluate(CENTRE)
    page.keyboard.press("ArrowUp")
    page.wait_for_function("(before) => yukimoriMap.getCenter().lat > before", arg=before[0])
    tab_to(page, "#hazard-here")
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_be_focused()
    lat, _ = page.evaluate(CENTRE)
    expect(page.locator("#detail")).to_contain_text(f"北緯{lat:.4f}")
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    expect(page.locator("#hazard-here")).to_be_focused()


def test_the_pause_button_holds_back_and_counts_and_a_new_danger_is_said_to_those_who_listen(look, calm):
    page = look(calm).page
    expect(page.locator("#announce")).to_have_attribute("aria-live", "polite")
    tab_to(page, "#pause")
    page.keyboard.press("Enter")
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")
    feature = deepcopy(calm.station("river-nyu-lower"))
    feature["properties"]["quantities"]["water_level"].update(value=3.7, level="danger", at="2026-01-15T01:42:14Z")
    calm.push("delta", stations=[feature])
    expect(page.locator("#pause-text")).to_contain_text("保留 1 件")
    expect(page.locator('[data-station="river-nyu-lower"]')).to_contain_text("0.30")
    expect(page.locator("#announce")).not_to_contain_text("丹生川")
    page.keyboard.press("Enter")
    expect(page.locator('[data-station="river-nyu-lower"]')).to_contain_text("3.70")
    expect(page.locator("#announce")).to_contain_text("危険")
    expect(page.locator("#announce")).to_contain_text("丹生川")


def test_nothing_moves_where_that_is_not_wished(look, night):
    moving = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert look(night, "/", reduced_motion="no-preference").page.evaluate(moving) > 0
    page = look(night, "/", reduced_motion="reduce").page
    assert page.evaluate(moving) == 0
    page.locator("#zoom-town").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("Boolean(yukimoriMap._panAnim?._inProgress || yukimoriMap._animatingZoom)") is False


def test_the_menu_of_a_narrow_screen_by_keyboard(look, night):
    page = look(night, "/list", viewport={"width": 320, "height": 640}).page
    tab_to(page, ".menu summary")
    page.keyboard.press("Enter")
    tab_to(page, ".menu a", 3)
    expect(page.locator(".menu [aria-current=page]")).to_have_text("一覧表")
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
