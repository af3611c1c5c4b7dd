"""Enlarged, on narrow screens and with wide text: nothing scrolls sideways, is cut off, or gets too small to press."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.examples import FULL

pytestmark = [pytest.mark.browser, pytest.mark.db]

PLACE = "lon=140.41&lat=38.6"
TEXT_PAGES = (
    "/list", "/en/list", "/roads", "/en/roads", "/playback", "/notes", "/station/river-nyu-lower", "/hazard", f"/en/hazard?{PLACE}", f"/easy/hazard?{PLACE}", "/layers/",
    "/en/layers/", "/layer/facilities", "/en/layer/avalanche", "/accessibility", "/en/accessibility", "/opendata/", "/ogc",
    "/ogc/collections", "/ogc/collections/facilities/items", "/ogc/api", "/ogc/conformance",
)  # fmt: skip

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

SMALL_TARGETS = """() => [...document.querySelectorAll("button, a[href], summary, input:not([type=checkbox]), .layer-switch")]
    .filter((element) => element.checkVisibility() && !element.classList.contains("skip"))
    .map((element) => [element.id || element.className || element.textContent.trim(), element.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
    .map(([name, box]) => `${name} ${Math.round(box.width)} x ${Math.round(box.height)}`)"""

# WCAG 2.1, 1.4.12: line height 1.5, paragraphs 2 em apart, letters 0.12 em, words 0.16 em.
WIDE_TEXT = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }");
    document.adoptedStyleSheets = [sheet];
}"""

# Text that its own box cuts off. What scrolls shows the rest; what only readers hear is cut on purpose.
CUT_OFF = """() => [...document.querySelectorAll("body *")]
    .filter((element) => element.checkVisibility() && !element.closest(".visually-hidden, .announce, .scroll, svg"))
    .filter((element) => element.textContent.trim() && ["hidden", "clip"].includes(getComputedStyle(element).overflowX))
    .filter((element) => element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)
    .map((element) => `${element.tagName} ${element.className} ${element.textContent.trim().slice(0, 40)}`)"""


def test_text_pages_at_400_percent_with_wide_text_and_large_targets(reader):
    """1280 by 1024 pixels at 400 % are 320 by 256."""
    window = reader((320, 256))
    found = {}
    for path in TEXT_PAGES:
        page = window.open(path)
        plain = page.evaluate(OVERFLOW), page.evaluate(SMALL_TARGETS)
        page.evaluate(WIDE_TEXT)
        found[path] = (*plain, page.evaluate(OVERFLOW), page.evaluate(CUT_OFF))
        page.set_viewport_size({"width": 640, "height": 512})
        found[f"{path} at 200 %"] = (page.evaluate(OVERFLOW), page.evaluate(SMALL_TARGETS), 0, page.evaluate(CUT_OFF))
        page.set_viewport_size({"width": 320, "height": 256})
    assert {path: those for path, those in found.items() if any(those)} == {}


PHONES, DESKTOPS = ((320, 640), (390, 844)), ((1280, 800), (1920, 1080))
SCREENS = [("/", PHONES), ("/en/#theme=hazard", DESKTOPS)]


@pytest.mark.parametrize(
    ("path", "sizes"), [*SCREENS, ("/", DESKTOPS), ("/en/#theme=hazard", PHONES)] if FULL else SCREENS
)
def test_the_map_page_fits_every_screen(reader, path, sizes):
    page = reader(sizes[0]).open(path)
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        assert (width, page.evaluate(OVERFLOW)) == (width, 0)
        assert (width, page.evaluate(SMALL_TARGETS)) == (width, [])


def test_every_page_can_be_left_on_a_narrow_screen(reader):
    page = reader((320, 640)).open("/layer/facilities")
    page.locator(".menu summary").click()
    for link in page.locator(".menu li a").all():
        expect(link).to_be_in_viewport()
    assert page.evaluate(OVERFLOW) == 0
