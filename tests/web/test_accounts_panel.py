"""The console's panel of accounts in a browser against the real server: on a phone, by keyboard, and what it never does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.accounts import Role
from web.second_factor import code_at
from web.session_cookie import PLAIN_NAME

pytestmark = [pytest.mark.db, pytest.mark.browser]

FACTOR = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text()
VIOLATIONS = """async () => {
    const { violations } = await axe.run("#panel-accounts", { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} ${failureSummary}`)]);
}"""


@pytest.fixture
def panel(chromium, client, sign_in_as):
    """Opens the panel on a telephone as a person of a role; no fault of a script is forgiven."""
    contexts, faults = [], []

    def open_panel(role, *, fresh=True, prefix=""):
        person = sign_in_as(client, role, fresh=fresh)
        context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP", reduced_motion="reduce")
        contexts.append(context)
        url = str(client.base_url)
        context.add_cookies([{"name": PLAIN_NAME, "value": person.cookies[PLAIN_NAME], "url": url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{url}{prefix}/console#panel=accounts")
        return page

    yield open_panel
    for context in contexts:
        context.close()
    assert faults == []


def test_an_administrator_on_a_phone(panel, client, clock):
    page = panel(Role.ADMIN, fresh=False)
    root = page.locator("#panel-accounts")
    expect(root).to_contain_text("管理の役割の人が 1 人だけです")
    root.locator("summary").focus()
    keys = page.keyboard
    for key, text in (("Enter", ""), ("Tab", "<b>花子</b>"), ("Tab", "Ｈａｎａｋｏ")):
        keys.press(key)
        keys.insert_text(text)
    for key in ("Tab", "ArrowDown", "Tab", "Enter"):
        keys.press(key)
    code = root.locator(".code-form input")
    expect(code).to_be_focused()  # the code of the session is old, so one is asked for
    code.fill("000000" if code_at(FACTOR, clock.now) != "000000" else "000001")
    keys.press("Enter")
    expect(root.locator(".code-form .failed")).to_contain_text("番号が違うか")
    code.fill(code_at(FACTOR, clock.now))
    keys.press("Enter")
    handed = root.locator(".account-handed")
    expect(handed.locator("h2")).to_be_focused()
    name, password = handed.locator(".handed-secret").all_inner_texts()
    assert (name, handed.locator("h2").inner_text()) == ("hanako", "<b>花子</b> さんに渡す仮のパスワード")
    wish = {"name": name, "password": password}
    assert client.post("/api/session", json=wish).json()["person"]["role"] == "operator"
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS) == []

    # The password stays until it is closed by hand, whatever else is done meanwhile; then it is nowhere.
    row = root.locator("tbody tr", has_text="hanako")
    row.get_by_role("button").click()
    card = root.locator(".account-card", has=page.locator("#account-title"))
    expect(card.locator("h2")).to_be_focused()
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card.locator("select").select_option("admin")
    card.locator("form", has=page.locator("select")).get_by_role("button").click()
    expect(row).to_contain_text("△ 未設定")
    assert client.get("/api/session").json()["person"]["role"] == "admin"
    expect(root).not_to_contain_text("1 人だけ")
    expect(handed).to_contain_text(password)
    handed.get_by_role("button", name="渡したので閉じる").click()
    expect(root).not_to_contain_text(password)

    # What takes something away asks first; the safe answer has the focus.
    card.get_by_role("button", name="停止する").click()
    expect(card.get_by_role("button", name="やめる")).to_be_focused()
    keys.press("Escape")
    expect(card.get_by_role("button", name="停止する")).to_be_focused()
    card.get_by_role("button", name="サインアウトさせる").click()
    card.locator(".account-ask").get_by_role("button", name="サインアウトさせる").click()
    expect(root.locator(".account-said")).to_have_text(re.compile("記録"))
    assert client.get("/api/session").json()["person"] is None
    card.get_by_role("button", name="停止する").click()
    card.locator(".account-ask").get_by_role("button", name="停止する").click()
    expect(row).to_contain_text("■ 停止中")
    assert client.post("/api/session", json=wish).status_code == 401
    keys.press("Escape")
    expect(row.get_by_role("button")).to_be_focused()

    # Of oneself nothing is taken away, and nothing is offered that would.
    root.locator("tbody tr", has_text="（あなた）").get_by_role("button").click()
    expect(card).to_contain_text("自分の設定のページ")
    expect(card.get_by_role("button")).to_have_text(["閉じる", "変える"])


def test_everybody_else_and_a_name_that_is_taken(panel):
    page = panel(Role.OPERATOR)
    expect(page.locator("#panel-accounts")).to_contain_text("管理の役割の人だけ")
    expect(page.locator("#panel-accounts form")).to_be_hidden()
    page = panel(Role.ADMIN, prefix="/en")
    root = page.locator("#panel-accounts")
    expect(root.locator("tbody tr")).to_have_count(2)
    root.locator("summary").click()
    root.locator("[name=shown_name]").fill("x")
    root.locator("[name=name]").fill("operator")
    root.get_by_role("button", name="Add", exact=True).click()
    expect(root.locator(".account-said")).to_have_text(re.compile("such a name already"))
