"""The whole line in a real browser: mosquitto_pub on one side, the open page on the other."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from time import monotonic
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request

from core.times import format_rfc3339, utc_now

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.broker, pytest.mark.db]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="ja-JP", timezone_id="Asia/Tokyo")
    yield context.new_page()
    context.close()


def send(town, value: float) -> None:
    body = f'{{"at":"{format_rfc3339(utc_now())}","quantity":"water_level","value":{value},"unit":"m"}}'
    town.publish("yukimori/fukui/1/reading", body)


def test_a_message_is_on_the_open_page_within_a_second_without_a_reload(quiet_town, page):
    town = quiet_town
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(town.address)
    page.evaluate("window.neverReloaded = true")
    row = page.locator('[data-station="1"]')
    row.wait_for()
    took_s = []
    for value in (1.11, 2.22, 3.33, 4.44, 6.10):
        send(town, value)
        sent = monotonic()
        row.get_by_text(f"{value:.2f}").wait_for(timeout=10_000)
        took_s.append(monotonic() - sent)
    assert "危険" in row.inner_text(), "6.10 m equals the danger threshold of this gauge: reached means at or above"
    assert page.evaluate("window.neverReloaded") is True
    assert median(took_s) <= 1.0, took_s
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {urlsplit(town.address).netloc}


PAGES = ("/", "/en/", "/list", "/en/list", "/station/1", "/en/station/1")


def test_no_page_asks_another_host_or_breaks_its_own_policy(quiet_town, page):
    town = quiet_town
    send(town, 5.5)
    origin = urlsplit(town.address).netloc
    asked: list[Request] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - Playwright takes no built-in method
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in PAGES:
        page.goto(town.address + path)
        page.get_by_text("5.50").first.wait_for()
    # What the last page left open, its stream, has no answer to wait for when it is left.
    page.goto("about:blank")
    answers = [answer for request in asked if (answer := request.response()) is not None]
    assert [(answer.status, answer.url) for answer in answers if answer.status >= 400] == []
    elsewhere = [url for url in (request.url for request in asked) if urlsplit(url).netloc != origin]
    assert [url for url in elsewhere if not url.startswith(("data:", "blob:"))] == []
    assert complaints == []
