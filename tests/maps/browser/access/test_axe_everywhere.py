"""axe-core on every page of the site, from one literal list; the list is complete, or a test says what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Page

from tests.examples import FULL

pytestmark = [pytest.mark.browser, pytest.mark.db]

AXE = (Path(__file__).parents[4] / "node_modules" / "axe-core" / "axe.min.js").read_text()
PLACE = "lon=140.41&lat=38.6"

# Every kind of page by its route, and the addresses that stand for it: each geometry, each register, each state.
PAGES: dict[str, tuple[str, ...]] = {
    "/": ("/", "/en/"),
    "/list": ("/list", "/en/list"),
    "/station/{station}": ("/station/river-nyu-lower", "/en/station/channel-wakaba"),
    "/roads": ("/roads", "/en/roads?q=R00"),
    "/playback": ("/playback", "/en/playback"),
    "/notes": ("/notes", "/en/notes"),
    "/sign-in": ("/sign-in", "/en/sign-in"),
    "/notify": ("/notify", "/en/notify"),
    "/console": ("/console",),  # leads to the sign-in; what is behind it is looked at by tests of its own
    "/hazard": ("/hazard", f"/hazard?{PLACE}", "/hazard?lon=1&lat=2", f"/en/hazard?{PLACE}"),
    "/easy/hazard": (f"/easy/hazard?{PLACE}",),
    "/layers/": ("/layers/", "/en/layers/"),
    "/layer/{layer}": (
        "/layer/boundary",
        "/layer/rivers",
        "/layer/avalanche",
        "/layer/shelters_emergency",
        "/en/layer/facilities",
    ),
    "/plough": ("/plough", "/en/plough"),
    "/accessibility": ("/accessibility", "/en/accessibility"),
    "/exposure": ("/exposure", "/en/exposure"),
    "/print": ("/print", "/en/print"),
    "/opendata/": ("/opendata/", "/en/opendata/"),
    "/ogc": ("/ogc",),
    "/ogc/": ("/ogc/",),
    "/ogc/conformance": ("/ogc/conformance",),
    "/ogc/api": ("/ogc/api",),
    "/ogc/collections": ("/ogc/collections",),
    "/ogc/collections/{collection}": ("/en/ogc/collections/sediment",),
    "/ogc/collections/{collection}/items": ("/ogc/collections/facilities/items",),
    "/ogc/collections/{collection}/items/{feature}": ("/ogc/collections/facilities/items/1",),
}

# What is served and is no page.
OTHERS = re.compile(
    r"/api/.*|/static/.*|/layers/.+|/map\.js|/plough-worker\.js|/notify-worker\.js|/en|/hazard-words\..*|/opendata/.+|/exposure/.+|/alerts/.*|/healthz|/readyz|/metrics"
)

# Rows of a table come from one template: a few of each are enough, and axe takes seconds for hundreds.
FEWER_ROWS = (
    "document.querySelectorAll('tbody').forEach((body) => [...body.rows].slice(4).forEach((row) => row.remove()))"
)

VIOLATIONS = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    return violations.map(({ id, nodes }) => [id, ...nodes.slice(0, 5).map(({ target, failureSummary }) => `${target} ${failureSummary}`)]);
}"""


def violations(page: Page) -> list[object]:
    """What all rules of axe find in the page as it is shown now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return list(page.evaluate(VIOLATIONS))


def test_every_page_the_server_has_is_in_the_list(live_site):
    routes = {route.path for route in live_site.app.routes if isinstance(route, APIRoute) and "GET" in route.methods}
    known = {path.removeprefix("/en") if path.startswith("/en/") else path for path in routes}
    pages = {path for path in known if not OTHERS.fullmatch(path)}
    assert pages == set(PAGES)


LOOKS = {"a desktop, light": (1280, 800, "light"), "a phone, dark": (390, 844, "dark")}


def views() -> list[tuple[str, str]]:
    """Addresses and how they are looked at: Japanese pages in both looks and English ones on a desktop.

    That is for `make faults`. `make test` looks at each Japanese page in one of the two, in turn, and at every
    fourth English one: the other look of a page has the same template, the other language the same with other words.
    """
    desktop, phone = LOOKS
    paths = [path for paths in PAGES.values() for path in paths]
    english = [path for path in paths if path.startswith("/en/")]
    japanese = [path for path in paths if path not in english]
    if FULL:
        return [(path, look) for path in japanese for look in LOOKS] + [(path, desktop) for path in english]
    turns = [(path, (desktop, phone)[number % 2]) for number, path in enumerate(japanese)]
    return turns + [(path, desktop) for path in english[::4]]


def test_axe_finds_nothing_on_any_page(reader: Callable[..., object]):
    window = reader()
    found, shown = {}, ""
    for path, look in views():
        width, height, scheme = LOOKS[look]
        window.page.set_viewport_size({"width": width, "height": height})
        window.page.emulate_media(color_scheme=scheme)
        if path != shown:
            window.open(path).evaluate(FEWER_ROWS)
            shown = path
        found[f"{path} on {look}"] = violations(window.page)
    window.complaints = [text for text in window.complaints if "400 (Bad Request)" not in text]  # of the wrong place
    assert {path: those for path, those in found.items() if those} == {}
