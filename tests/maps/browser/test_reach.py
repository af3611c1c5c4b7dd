"""Pages everyone can use: axe-core finds nothing, nothing overflows, targets are large enough."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text()
PATHS = ("/", "/en/", "/list", "/en/list", "/station/river-nyu-lower", "/en/station/river-nyu-lower")

VIOLATIONS = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => [id, ...nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`)]);
}"""

SMALL_TARGETS = """() => [...document.querySelectorAll("button, a[href], summary")]
    .filter((element) => element.checkVisibility() && !element.classList.contains("skip"))
    .map((element) => [element.id || element.className || element.textContent, element.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
    .map(([name, box]) => `${name} ${Math.round(box.width)} x ${Math.round(box.height)}`)"""

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(look, night, path, scheme):
    page = look(night, path, color_scheme=scheme, reduced_motion="reduce").page
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_an_open_station(look, night, scheme):
    page = look(night, "/#station=channel-chuo-lower", color_scheme=scheme, reduced_motion="reduce").page
    expect(page.locator("#detail .chart canvas")).to_be_visible()
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS) == []


@pytest.mark.parametrize("size", [(320, 640), (390, 844), (1280, 800), (1920, 1080)])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_overflows_and_every_target_is_large_enough(look, night, path, size):
    page = look(night, path, viewport={"width": size[0], "height": size[1]}).page
    assert page.evaluate(OVERFLOW) == 0
    assert page.evaluate(SMALL_TARGETS) == []


def test_on_a_phone_controls_do_not_cover_each_other(look, night):
    page = look(night, "/", viewport={"width": 320, "height": 640}).page
    boxes = {name: page.locator(name).bounding_box() for name in ("#banner", ".zoom", "#chips", "#sheet")}
    names = list(boxes)
    for index, name in enumerate(names):
        for other in names[index + 1 :]:
            a, b = boxes[name], boxes[other]
            apart = (
                a["x"] + a["width"] <= b["x"] + 0.5
                or b["x"] + b["width"] <= a["x"] + 0.5
                or a["y"] + a["height"] <= b["y"] + 0.5
                or b["y"] + b["height"] <= a["y"] + 0.5
            )
            assert apart, (name, other)


def test_the_sheet_is_moved_by_keys(look, night):
    page = look(night, "/", viewport={"width": 390, "height": 844}).page
    page.locator("#handle").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#sheet")).to_have_attribute("data-size", "half")
    expect(page.locator("#handle")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_have_attribute("data-size", "full")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#sheet")).to_have_attribute("data-size", "peek")
