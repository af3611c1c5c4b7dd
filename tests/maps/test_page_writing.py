"""What the page writer writes: our shell, no outside address, nothing inline, nothing random, nothing injected."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import folium
import folium.plugins
import pytest
from folium.elements import JSCSSMixin

from maps import STATIC, build_list, build_page, station_page
from maps.assets import self_host, static_version
from maps.layers import place

HOSTILE = "</script><script>boom()</script>${boom()}`\\u</title><img src=x onerror=boom()>'\"{{7*7}}"
OUTSIDE = re.compile(r"(?:https?:)?//(?!www\.w3\.org/)[a-z0-9.-]+\.[a-z]", re.IGNORECASE)


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text of each script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._inside: dict[str, str | None] | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self._inside = dict(attrs)
            self.scripts.append((self._inside, ""))

    def handle_endtag(self, tag):
        if tag == "script":
            self._inside = None

    def handle_data(self, data):
        if self._inside is not None:
            self.scripts[-1] = (self._inside, self.scripts[-1][1] + data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def pages(town, catalogue, scene, language="ja"):
    page = build_page(town, catalogue, language, asset_version="v1")
    feature = scene.station("river-nyu-lower")
    now = scene.snapshot()["now"]
    return {
        "map": page.html,
        "list": build_list(town, scene.snapshot(), language, asset_version="v1"),
        "station": station_page(town, feature, language, now=now, asset_version="v1"),
    }


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("which", ["map", "list", "station"])
def test_every_page_has_language_title_and_a_zoomable_viewport(town, catalogue, night, language, which):
    html = pages(town, catalogue, night, language)[which]
    elements = Elements(html)

    assert elements.named("html") == [{"lang": language}]
    assert len(elements.named("title")) == 1
    viewport = next(meta["content"] for meta in elements.named("meta") if meta.get("name") == "viewport")
    assert "user-scalable" not in viewport
    assert "maximum-scale" not in viewport


@pytest.mark.parametrize("which", ["map", "list", "station"])
def test_nothing_is_inline_and_nothing_is_outside(town, catalogue, night, which):
    html = pages(town, catalogue, night)[which]
    elements = Elements(html)

    assert elements.named("style") == []
    assert not any("style" in attributes for _, attributes in elements.tags)
    assert not any(name.startswith("on") for _, attributes in elements.tags for name in attributes)
    for attributes, text in elements.scripts:
        assert attributes.get("type") == "application/json" or not text.strip()
    addresses = [attributes.get(name) or "" for _, attributes in elements.tags for name in ("src", "href")]
    assert not [address for address in addresses if OUTSIDE.match(address)]


def test_pages_written_from_data_that_stand_still_say_since_when(town, calm):
    stale = {"stale": True, "read_at": "2026-01-15T01:20:03Z"}
    halted = "データの更新が止まっています（最終 2026-01-15 10:20:03）"
    now = calm.snapshot()["now"]
    feature = calm.station("river-nyu-lower")
    table = build_list(town, calm.snapshot() | stale, "ja", asset_version="v1")
    station = station_page(town, feature, "ja", now=now, asset_version="v1", **stale)
    visible = table.split('<script type="application/json"')[0]
    assert f'data-level="unknown" aria-label="いまの状況"><p>状況を確認できません。{halted}</p>' in visible
    assert "基準に達している場所はありません" not in visible
    assert "まだ分かりません" in visible
    for html in (table, station):
        assert f'<span id="freshness-text">{halted}</span>' in html
        assert "2026-01-15 10:42:15 現在" not in html


def test_folium_writes_the_map_into_a_file_of_its_own(town, catalogue):
    page = build_page(town, catalogue, "ja", asset_version="v1")

    assert 'L.map(\n                "map_town"' in page.script
    assert 'id="map_town"' in page.html
    assert OUTSIDE.search(page.script) is None
    told = re.findall(r"push\((\{.*?\})\);", page.script)
    assert [json.loads(place)["id"] for place in told] == [layer.id for layer in catalogue]


def test_the_same_site_gives_the_same_bytes(town, catalogue):
    assert build_page(town, catalogue, "ja", asset_version="v1") == build_page(
        town, catalogue, "ja", asset_version="v1"
    )


def test_no_folium_element_keeps_an_outside_address():
    self_host()
    waiting, seen = [JSCSSMixin], 0
    while waiting:
        cls = waiting.pop()
        waiting.extend(cls.__subclasses__())
        seen += 1
        for name, address in [*cls.default_js, *cls.default_css]:
            assert address.startswith("/static/vendor/"), (cls, name)
    assert seen > 40
    assert issubclass(folium.plugins.MarkerCluster, JSCSSMixin)


def test_hostile_names_stay_text(town, catalogue, night):
    site = replace(town, name_ja=HOSTILE, notice_ja=HOSTILE, contact_ja=HOSTILE, credits=(HOSTILE,))
    layers = [replace(layer, title_ja=HOSTILE, credit=HOSTILE, licence=HOSTILE) for layer in catalogue]
    feature = night.station("river-nyu-lower")
    feature["properties"]["name"] = HOSTILE
    feature["properties"]["place"] = HOSTILE
    night.alerts["open"][0]["title_ja"] = HOSTILE

    page = build_page(site, layers, "ja", asset_version="v1")
    plain = build_page(town, catalogue, "ja", asset_version="v1")
    assert "boom" not in page.script  # no text of others passes through folium
    for which, html in pages(site, layers, night).items():
        calm = pages(town, catalogue, night)[which]
        assert [tag for tag, _ in Elements(html).tags].count("script") == [tag for tag, _ in Elements(calm).tags].count(
            "script"
        )
        assert not any("onerror" in attributes for _, attributes in Elements(html).tags)
    assert Elements(page.html).named("script") == Elements(plain.html).named("script")


def test_every_language_link_leads_to_the_same_page(town, catalogue, night):
    for language, other in (("ja", "/en"), ("en", "")):
        for which, path in (("map", "/"), ("list", "/list"), ("station", "/station/river-nyu-lower")):
            html = pages(town, catalogue, night, language)[which]
            links = [link for link in Elements(html).named("a") if link.get("hreflang")]
            assert [link["href"] for link in links] == [other + path]


def test_a_town_without_layers_stations_or_ploughs_still_has_a_page(town):
    empty = replace(town, stations=(), datastreams=(), vehicles=(), layers=(), notice_ja="", credits=())
    page = build_page(empty, [], "ja", asset_version="v1")
    assert "vehicle-list" not in page.html
    chips = [button for button in Elements(page.html).named("button") if "data-theme" in button]
    assert [chip["data-theme"] for chip in chips] == ["all"]
    assert 'id="chips" hidden' in page.html


def test_themes_are_those_the_town_has_something_for(town, catalogue):
    html = build_page(town, catalogue, "ja", asset_version="v1").html
    chips = [button["data-theme"] for button in Elements(html).named("button") if "data-theme" in button]
    assert chips == ["all", "snow", "river", "channel", "plough", "hazard", "shelter", "town"]


def test_static_version_changes_with_any_file(tmp_path):
    (tmp_path / "a.js").write_text("1")
    before = static_version(tmp_path)
    (tmp_path / "a.js").write_text("2")
    changed = static_version(tmp_path)
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    assert len({before, changed, static_version(tmp_path)}) == 3


def test_vendored_parts_are_recorded_with_licence_and_hash():
    record = json.loads((STATIC / "vendor" / "vendor.json").read_text())
    assert {part["name"] for part in record["parts"]} == {
        "leaflet", "protomaps-leaflet", "uplot", "@expo-google-fonts/biz-udpgothic"
    }  # fmt: skip
    for part in record["parts"]:
        assert part["version"]
        assert part["licence"]
        for file in part["files"]:
            assert len(file["sha256"]) == 64
            folder = STATIC.parent / "fonts" if "fonts" in part["name"] else STATIC / "vendor"
            assert (folder / file["file"]).stat().st_size == file["bytes"]


def test_the_first_view_does_without_a_layer_of_very_many_features(catalogue):
    flood = next(layer for layer in catalogue if layer.id == "flood_depth")
    assert place(replace(flood, features=5_000))["shown"] == flood.shown
    assert not place(replace(flood, features=5_001))["shown"]
