"""From the first page everything is reached, in both languages, live and as files; nothing leads nowhere."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from fastapi.routing import APIRoute

from maps.navigation import PLACES

pytestmark = pytest.mark.db

LANGUAGES = ("", "/en")
NO_PAGES = re.compile(
    r"(/en)?/(api/.*|static/.*|layers/.+|hazard-words\..*|map\.js|alerts/.*|opendata/.+|exposure/.+|healthz|readyz|metrics|ogc/|plough(-worker\.js)?|notify-worker\.js)|/en"
)
"""Routes that are no pages, the second address of one, and the page of crews, which is reached by the link of a vehicle only."""
BEHIND = re.compile(r"(/en)?/console")
"""Pages behind the sign-in: a visitor is led there."""
ELSEWHERE = re.compile(r"^(https?|mailto|tel):")


class Links(HTMLParser):
    """The addresses a page leads to, and the ids it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.ids: set[str] = set()
        self.current: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.add(str(found["id"]))
        if tag == "a" and found.get("href"):
            self.addresses.add(unescape(str(found["href"])))
            if "aria-current" in found:
                self.current.append(str(found["aria-current"]))


def representative(path: str) -> str:
    """One page stands for all rows of a table: hundreds of places and features have the same template."""
    path, _, query = path.partition("?")
    if query.startswith(("lon=", "lat=")):
        return f"{path}?place"
    return re.sub(r"(/items/)\d+$", r"\1N", path) + (f"?{query}" if query else "")


def test_everything_served_is_reached_from_the_first_page(visitor, live_site, catalogue):
    waiting, seen, wrong, pages = ["/"], {"/"}, [], {}
    while waiting:
        path = waiting.pop()
        answer = visitor.get(path)
        if BEHIND.fullmatch(path):
            assert answer.status_code == 303
            pages[path] = Links("")
            continue
        if answer.status_code != 200:
            wrong.append(f"{path}: {answer.status_code}")
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        pages[path] = links = Links(answer.text)
        for address in links.addresses:
            if ELSEWHERE.match(address) and not address.startswith(live_site.address):
                continue
            target = urljoin(f"{live_site.address}{path}", address).removeprefix(live_site.address)
            target = target.partition("#")[0]
            if "f=json" in target or representative(target) in seen:
                continue
            seen.add(representative(target))
            waiting.append(target)
    assert wrong == []
    reached = {path.partition("?")[0] for path in pages}
    for prefix in LANGUAGES:
        expected = {prefix + place.path for place in PLACES if place.only is None}
        expected |= {f"{prefix}/station/{station.id}" for station in live_site.app.state.parts.site.stations}
        expected |= {f"{prefix}/layer/{layer.id}" for layer in catalogue}
        assert expected - reached == set()
    assert unreached_routes(live_site.app, reached) == set()


def unreached_routes(app, reached: set[str]) -> set[str]:
    """The routes of pages that none of the reached addresses fits."""
    routes = [route for route in app.routes if isinstance(route, APIRoute) and "GET" in route.methods]
    pages = [route for route in routes if not NO_PAGES.fullmatch(route.path)]
    return {route.path for route in pages if not any(route.path_regex.match(path) for path in reached)}


def test_every_page_says_where_it_is_and_leads_to_all_others(visitor):
    for prefix in LANGUAGES:
        for path in (
            "/list",
            "/hazard",
            "/layers/",
            "/layer/sediment",
            "/opendata/",
            "/accessibility",
            "/station/river-oboroge",
        ):
            links = Links(visitor.get(prefix + path).text)
            expected = {prefix + place.path if place.only is None else place.path for place in PLACES}
            assert expected - links.addresses == set(), path
            assert set(links.current) == {"true" if path.startswith(("/layer/", "/station/")) else "page"}, path


def test_everything_written_is_reached_and_every_address_is_a_file(written_site: Path):
    waiting, seen, wrong = ["index.html"], {"index.html"}, []
    while waiting:
        file = waiting.pop()
        links = Links((written_site / file).read_text(encoding="utf-8"))
        for address in links.addresses:
            assert not address.startswith(("/", "http:", "https:")), (file, address)
            parts = urlsplit(urljoin(f"http://site/{file}", address))
            target = unquote(parts.path).lstrip("/")
            if target == "alerts/feed.atom" or target.startswith("series/"):
                continue  # written with the state of the town
            if not (written_site / target).is_file():
                wrong.append(f"{file} → {target}")
            elif target.endswith(".html") and target not in seen:
                seen.add(target)
                waiting.append(target)
    written = {path.relative_to(written_site).as_posix() for path in written_site.rglob("*.html")}
    assert wrong == []
    assert written - seen == {"404.html"}
