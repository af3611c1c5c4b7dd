"""The printed sheet in a real browser: one page of the right size, black alone truly without colour, nothing cut off."""

from __future__ import annotations

import io
import mimetypes
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageChops

from gis.sheet import Drawings
from maps import STATIC
from maps.policy import header_policy
from maps.print_page import print_page
from maps.print_wish import PrintWish

AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text()
POINTS_PER_MM = 72 / 25.4
CUT_OFF = """() => [...document.querySelectorAll(".print-panel, .print-title, .print-foot, .print-head")]
    .filter((part) => part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1)
    .map((part) => part.className)"""


@pytest.fixture(scope="module")
def drawings(layers_folder):
    return Drawings(layers_folder)


@pytest.fixture
def sheet(chromium, town, catalogue, drawings, night):
    """Opens the sheet of a wish; everything it asks for is answered here, under the site's content policy."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    faults: list[str] = []

    def open_sheet(**wish):
        html = print_page(
            town, catalogue, drawings, night.snapshot(), PrintWish(**wish), "ja", asset_version="v1",
            public_address="https://yuki.example.jp",
        )  # fmt: skip

        def answer(route):
            path = urlsplit(route.request.url).path
            if path == "/print":
                headers = {"Content-Security-Policy": header_policy()}
                route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)
            elif path.startswith("/static/"):
                file = STATIC / path.removeprefix("/static/")
                route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0])
            else:
                faults.append(path)
                route.abort()

        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.route("**/*", answer)
        page.goto("http://sheet.test/print")
        return page

    yield open_sheet
    context.close()
    assert faults == []


def _boxes(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height in mm of every page of the file."""
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == len(re.findall(rb"/MediaBox", pdf))
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return [(float(width) / POINTS_PER_MM, float(height) / POINTS_PER_MM) for width, height in boxes]


@pytest.mark.parametrize("ink", ["colour", "mono"])
def test_one_page_of_a3_with_lines_not_pictures(sheet, ink):
    page = sheet(ink=ink)
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert _boxes(pdf) == [(pytest.approx(420, abs=0.5), pytest.approx(297, abs=0.5))]
    assert b"/Subtype /Image" not in pdf
    assert page.evaluate(CUT_OFF) == []


def test_black_alone_is_grey_on_every_pixel(sheet):
    page = sheet(ink="mono", theme="all")
    assert page.evaluate(CUT_OFF) == []
    picture = Image.open(io.BytesIO(page.locator(".print-sheet").first.screenshot())).convert("RGB")
    picture = picture.crop((4, 4, picture.width - 4, picture.height - 4))  # its edge shares pixels with the page
    red, green, blue = picture.split()
    assert ImageChops.difference(red, green).getextrema() == (0, 0)
    assert ImageChops.difference(green, blue).getextrema() == (0, 0)
    assert picture.convert("L").getextrema() == (0, 255)


def test_a4_has_its_own_size_and_nothing_is_cut_off(sheet):
    page = sheet(paper="a4", theme="all")
    boxes = _boxes(page.pdf(prefer_css_page_size=True, print_background=True))
    assert all(box == (pytest.approx(297, abs=0.5), pytest.approx(210, abs=0.5)) for box in boxes)
    assert len(boxes) == len(page.query_selector_all(".print-sheet"))
    assert page.evaluate(CUT_OFF) == []


def test_axe_finds_nothing(sheet):
    page = sheet()
    page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run()).violations.map((each) => `${each.id}: ${each.nodes[0].html}`)")
    assert found == []
    assert page.get_by_role("button", name="印刷する").is_visible()
