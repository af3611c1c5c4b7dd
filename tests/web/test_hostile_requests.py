"""Requests nobody means well, at every address of maps, layers and open data: refused with words, never a failure."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from config.model import LayerConfig
from core.model import Access
from gis import publish_layers
from gis.open_data import write_open_data
from tests.examples import share

pytestmark = pytest.mark.db

TOKEN = "q7Lr2vXc9TkPz4MwB8nYh3JdFs6GaEuQ"
CANARY = "canary-of-a-house-nobody-may-see"
MARKUP = "</script><script>alert(1)</script>${alert(2)}`\\u{1}<img src=x onerror=alert(3)>&quot;'"

VALUES = (
    "", "0", "-1", "00", "1" + "0" * 400, "１２", "1e309", "NaN", "inf", "-0", "1_0", " 1", "1 ", "0x1", "1;drop table x",
    "' or ''='", '"', "..%2f..%2fetc%2fpasswd", "%00", "%ff%fe", "%ed%a0%80", "%C0%AE", "%E2%80%AE", "%0d%0aX-Evil:%201",
    "a" * 5000, ",".join("1" * 300), "140.4,38.6", "140.4,38.6,140.5,38.7", "nan,nan,nan,nan", "1e308,1e308,1e308,1e308",
    "-180,-90,180,90", "140.4,38.6,0,140.5,38.7,9", "140.5,38.7,140.4,38.6", "181,0,182,1", ",,,", "2026-01-01T00:00:00Z/..",
    "../..", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00/..", "http://www.opengis.net/def/crs/EPSG/0/4326",
    "%5B%5D", "%7B%7D", "true", quote(MARKUP), "%F0%9F%92%A9", "%25%30%30",
)  # fmt: skip
ROUTES: dict[str, tuple[str, ...]] = {
    "/hazard": ("lon", "lat", "lang"),
    "/easy/hazard": ("lon", "lat"),
    "/en/hazard": ("lon", "lat"),
    "/api/hazard": ("lon", "lat", "lang"),
    "/api/shelters": ("bbox",),
    "/ogc": ("f",),
    "/ogc/api": ("f",),
    "/ogc/collections": ("f", "limit"),
    "/ogc/collections/depth": ("f",),
    "/ogc/collections/depth/items": (
        "bbox", "bbox-crs", "crs", "datetime", "edition", "f", "limit", "offset", "rank", "name", "code",
    ),
    "/ogc/collections/stations/items": ("bbox", "datetime", "limit", "offset", "fictitious", "id"),
    "/ogc/collections/depth/items/1": ("crs", "f"),
    "/opendata/": ("x",),
    "/opendata/latest.csv": ("x",),
    "/opendata/depth.geojson": ("v",),
    "/layers/": ("page",),
    "/layer/depth": ("page",),
    "/exposure": ("x",),
    "/print": ("theme", "layers", "paper", "ink", "bbox"),
    "/layers/depth.geojson": ("v",),
    "/layers/depth.pmtiles": ("v",),
    "/list": ("x",),
    "/": ("lon", "lat"),
}  # fmt: skip
PATHS = (
    "/ogc/collections/{}", "/ogc/collections/{}/items", "/ogc/collections/depth/items/{}", "/en/ogc/collections/{}",
    "/opendata/{}", "/layers/{}", "/layer/{}", "/exposure/{}", "/static/{}", "/station/{}", "/hazard-words.{}.json",
    "/en/layer/{}", "/api/staff/layers/{}", "/api/staff/shelters/{}",
)  # fmt: skip


def _square(west: float, **properties: str) -> dict:
    ring = [[west, 38.6], [west + 0.01, 38.6], [west + 0.01, 38.61], [west, 38.61], [west, 38.6]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def _point(**properties: str) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [140.4, 38.6]}}


def _layer(folder: Path, id_: str, kind: str, *features: dict, access: Access = Access.PUBLIC) -> LayerConfig:
    source = folder / f"{id_}.json"
    source.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
    return LayerConfig(
        id=id_, kind=kind, title_ja=f"--layer={MARKUP}", title_en=f"-{MARKUP}", file=source, crs="EPSG:6668",
        licence=f"={MARKUP}", credit=f"@{MARKUP}", source_url="", date="2024-04-01", access=access, shown=True,
        fictitious=False, note_ja=MARKUP, note_en=MARKUP, department=MARKUP,
    )  # fmt: skip


@pytest.fixture(scope="module")
def served(town_served, tmp_path_factory) -> httpx.Client:
    """A town with a hazard layer whose every word is hostile, and the same layers and more for its staff."""
    return _with_hostile_layers(town_served("hostile", staff_token=TOKEN), tmp_path_factory)


@pytest.fixture
def own_served(serve, tmp_path_factory) -> httpx.Client:
    """The same town for one test, which may change it."""
    return _with_hostile_layers(serve(staff_token=TOKEN), tmp_path_factory)


def _with_hostile_layers(client: httpx.Client, tmp_path_factory) -> httpx.Client:
    parts = client.app.state.parts
    folder = tmp_path_factory.mktemp("hostile")
    layers = (
        _layer(
            folder, "depth", "flood_depth", _square(140.4, A31a_205="3", A31a_202=MARKUP), _square(140.42, A31a_205="1")
        ),
        _layer(folder, "halls", "points", _point(name=MARKUP)),
        _layer(folder, "houses", "points", _point(name=CANARY), access=Access.STAFF),
    )
    site = replace(parts.site, layers=layers)
    client.layers = layers
    publish_layers(site, parts.public_folder / "layers", parts.staff_folder / "layers")
    write_open_data(site, parts.public_folder / "layers", parts.public_folder / "opendata", now=parts.clock())
    return client


def _require_refused_or_answered(answer: httpx.Response, asked: str) -> None:
    assert answer.status_code < 500, f"{asked}: {answer.status_code} {answer.text[:300]}"
    assert "x-evil" not in answer.headers, asked
    assert CANARY.encode() not in answer.content, asked


@pytest.mark.parametrize("route", ROUTES)
def test_no_value_of_any_parameter_makes_it_fail(served, route):
    for turn, name in enumerate(ROUTES[route], start=list(ROUTES).index(route)):
        for value in share(VALUES, turn):
            asked = f"{route}?{name}={value}"
            _require_refused_or_answered(served.get(asked), asked)
    for query in ("x=1", "lon=1&lon=2", "%00=1", "&&&", "=", "f=json&f=html", "callback=x", "_method=DELETE"):
        _require_refused_or_answered(served.get(f"{route}?{query}"), f"{route}?{query}")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": f"Bearer {TOKEN}"}], ids=["anybody", "staff"])
def test_no_name_leads_to_a_failure_or_out_of_a_folder(served, path, headers):
    for value in (
        *share(VALUES, PATHS.index(path)),
        "houses",
        "houses.geojson",
        "layers.json",
        "..%5c..%5cx.geojson",
        "%2e%2e%2fstaff%2flayers%2fhouses.geojson",
    ):
        asked = path.format(value)
        answer = served.get(asked, headers=headers)
        assert answer.status_code < 500, f"{asked}: {answer.status_code} {answer.text[:300]}"
        if not headers or not path.startswith("/api/staff"):
            assert CANARY.encode() not in answer.content, asked


PAGES = (
    "/", "/list", "/layers/", "/layer/depth", "/layer/halls", "/opendata/", "/ogc/collections/depth", "/ogc/collections",
    "/ogc/collections/depth/items", "/ogc/collections/halls/items/1", "/ogc/api", "/hazard?lon=140.405&lat=38.605",
)  # fmt: skip


class _Sorts(HTMLParser):
    """Notes what only our own templates may write."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if any(name.startswith("on") for name in given) or given.get("src") == "x":
            self.found.append(self.get_starttag_text() or tag)
        if tag == "script" and not given.get("src") and given.get("type") != "application/json":
            self.found.append("script")


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("page", PAGES)
def test_words_of_layers_are_words_on_every_page(served, page, language):
    answer = served.get(language + page, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    page_of = _Sorts()
    page_of.feed(answer.text)
    assert page_of.found == []


def test_words_of_layers_are_words_in_scripts_feeds_and_tables(served):
    script = served.get("/map.js").text
    assert "${alert" not in re.sub(r'"(?:[^"\\]|\\.)*"', '""', script)
    assert "<script>" not in served.get("/alerts/feed.atom").text
    table = served.get("/opendata/halls.csv").content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "-<"))]
    assert served.get("/layers/depth.pmtiles").content.startswith(b"PMTiles")


def test_what_moves_to_the_staff_is_answered_nowhere_from_then_on(own_served):
    """Each answer was given, and kept, before; addresses with a version too."""
    served = own_served
    parts = served.app.state.parts
    asked = (
        "/layers/halls.geojson", "/layers/halls.geojson?v=1", "/layer/halls", "/en/layer/halls",
        "/ogc/collections/halls", "/ogc/collections/halls/items", "/ogc/collections/halls/items/1",
    )  # fmt: skip
    assert {served.get(path).status_code for path in asked} == {200}
    layers = tuple(layer for layer in served.layers if layer.id != "halls")
    moved = next(replace(layer, access=Access.STAFF) for layer in served.layers if layer.id == "halls")
    publish_layers(replace(parts.site, layers=(*layers, moved)), parts.public_folder / "layers")
    assert {served.get(path).status_code for path in asked} == {404}
    assert '"halls"' not in served.get("/layers/layers.json").text
    assert "halls" not in served.get("/ogc/collections?f=json").text
    assert "layers/halls" not in served.get("/").text
