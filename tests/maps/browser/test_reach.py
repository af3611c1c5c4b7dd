"""The map on a phone: its controls and its sheet. What holds for every page is tested in ``access/``."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


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
