"""axe-core on the map in each of its states, and the written site in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.examples import FULL

pytestmark = [pytest.mark.browser, pytest.mark.db]

AXE = (Path(__file__).parents[4] / "node_modules" / "axe-core" / "axe.min.js").read_text()
VIOLATIONS = """async (sizes) => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: sizes } } });
    return violations.map(({ id, nodes }) => [id, ...nodes.slice(0, 5).map(({ target, failureSummary }) => `${target} ${failureSummary}`)]);
}"""


def hazards(page: Page) -> None:
    page.locator("[data-theme=hazard]").click()
    expect(page.locator('[data-layer="flood_depth"] .ramp')).to_be_attached()


def this_place(page: Page) -> None:
    page.locator("#hazard-here").click()
    page.locator("#detail [data-hazard]").first.wait_for()


def shelter(page: Page) -> None:
    page.locator("[data-theme=shelter]").click()
    page.locator(".shelter-row").first.press("Enter")
    expect(page.locator("#detail h2")).to_be_focused()


def station(page: Page) -> None:
    page.locator('[data-station="river-nyu-lower"]').press("Enter")
    page.locator("#detail .chart canvas").wait_for()


def menu(page: Page) -> None:
    page.locator(".menu summary").click()


STATES = {
    "hazards": (hazards, ((1280, 800), "light"), ((390, 844), "dark")),
    "this place": (this_place, ((390, 844), "light"), ((1280, 800), "dark")),
    "a shelter": (shelter, ((390, 844), "light")),
    "a station": (station, ((1280, 800), "light")),
    "the menu": (menu, ((390, 844), "dark")),
}
"""How the map is brought there, and on which screens in which colours it is looked at then; `make test` takes the last."""


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing_in_any_state_of_the_map(reader, name):
    bring, *looks = STATES[name]
    looks = looks if FULL else looks[-1:]
    page = reader(looks[0][0], color_scheme=looks[0][1]).open("/")
    bring(page)
    page.evaluate(AXE)
    for (width, height), scheme in looks:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        if width < 860:
            page.locator("#handle").press("ArrowUp")
        # An open menu covers what lies below it until it is closed: covered targets are no small ones.
        assert (width, scheme, page.evaluate(VIOLATIONS, bring is not menu)) == (width, scheme, [])


def test_the_written_pages_ask_nobody_outside_and_break_no_policy(reader, files_address):
    """Their complaints fail the test; of the state there is only what every page asks for."""
    window = reader(address=files_address)
    for path in ("/layers/", "/layer/sediment/", "/en/layer/facilities/", "/accessibility/", "/en/opendata/"):
        window.open(f"{path}index.html", live=False)
        expect(window.page.locator("main h1")).to_be_visible()
        assert window.page.locator('meta[http-equiv="Content-Security-Policy"]').count() == 1


def test_a_place_from_a_table_is_shown_on_the_map(reader):
    page = reader().open("/layer/facilities")
    row = page.locator("#features tbody tr").first
    lat, lon = (float(part) for part in row.locator("td.nowrap").first.inner_text().split(", "))
    row.get_by_role("link", name="地図").click()
    page.wait_for_selector("#freshness[data-state=receiving]")
    page.locator("#detail [data-hazard]").first.wait_for()
    at = page.evaluate("(() => { const { lat, lng } = yukimoriMap.getCenter(); return [lat, lng]; })()")
    assert at == pytest.approx([lat, lon], abs=1e-3)
    expect(page.locator('[data-layer="facilities"] input')).to_be_checked()
