"""The sign-in page in a browser against the real server: by keyboard alone, on a phone, and never on to another's page."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from core.accounts import Role
from store.accounts import NewAccount
from web.passwords import digest
from web.second_factor import code_at

pytestmark = [pytest.mark.db, pytest.mark.browser]

LENT, OWN = "lent-lent-1947-abcde", "a heron waits in the snow"
AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text()
VIOLATIONS = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} ${failureSummary}`)]);
}"""


@pytest.fixture
def phone(chromium, client):
    """A telephone's browser; no script but ours runs, nothing is asked of anybody else."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP", bypass_csp=False)
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((str(client.base_url), "data:")) else page.faults.append(request.url)
        ),
    )
    yield page
    context.close()
    assert page.faults == []


def clean(page):
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_from_a_lent_password_to_the_page_one_came_for(phone, client):
    parts = client.app.state.parts
    new = NewAccount(
        id=uuid4(), name="hanako", shown_name="雪野 花子", role=Role.APPROVER, password_digest=digest(LENT), lent=True
    )
    parts.store.accounts.add(parts.registry.site, new, parts.clock())
    phone.goto(f"{client.base_url}/sign-in?next=/notes%3Fx=1")
    expect(phone.locator("#name")).to_be_focused()
    clean(phone)
    keys = phone.keyboard
    keys.type("hanako")
    keys.press("Tab")
    keys.type("wrong wrong wrong")
    keys.press("Enter")
    expect(phone.locator(".failed")).to_contain_text("利用者名かパスワードが違います")
    phone.locator("#password").fill(LENT)
    phone.locator("#password").press("Enter")
    expect(phone.locator("#new")).to_be_focused()
    clean(phone)
    phone.locator("#new").fill("password12345")
    phone.locator("#again").fill("password12345")
    phone.locator("#again").press("Enter")
    expect(phone.locator(".failed")).to_be_visible()
    phone.locator("#new").fill(OWN)
    phone.locator("#again").fill(OWN)
    phone.locator("#again").press("Enter")
    expect(phone.locator("#enrol-qr")).to_be_visible()
    clean(phone)
    factor = phone.locator("#enrol-secret").inner_text().replace(" ", "")
    assert phone.locator("#enrol-link").get_attribute("href").startswith("otpauth://totp/")
    assert phone.evaluate("document.getElementById('enrol-qr').naturalWidth") > 100
    phone.locator("#enrol-code").fill(code_at(factor, parts.clock()))
    phone.locator("#enrol-code").press("Enter")
    phone.wait_for_url("**/notes?x=1")
    expect(phone.locator("#staff-who")).to_contain_text("雪野 花子")
    expect(phone.locator("#notes-form")).to_be_visible()
    expect(phone.locator("#key-form")).to_be_hidden()
    phone.goto(f"{client.base_url}/en/sign-in")
    expect(phone.locator("#signed-as")).to_have_text("雪野 花子 (approver)")
    phone.locator("#places summary").click()
    expect(phone.locator("#sessions li")).to_have_count(1)
    clean(phone)
    phone.locator("#sign-out").click()
    expect(phone.locator("#sign-in-form")).to_be_visible()
    assert client.app.state.parts.store.sessions.of(new.id, parts.access.alive()) == []
    onward = """async (next) => {
        const { onward } = await import("/static/js/sign_in_api.js");
        return onward(`?next=${encodeURIComponent(next)}`, location.origin, "/console");
    }"""
    for next_, goes in (
        ("/notes#x", "/notes#x"), ("//evil.example/", "/console"), ("/\\evil.example", "/console"),
        ("https://evil.example", "/console"), ("javascript:alert(1)", "/console"), ("", "/console"),
        ("/\t/evil.example", "/console"), ("/.//evil.example", "/console"), ("/x/..//evil.example", "/console"),
    ):  # fmt: skip
        assert phone.evaluate(onward, next_) == goes, next_
