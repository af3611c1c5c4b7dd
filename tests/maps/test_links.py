"""How pages name each other, live and in the static site."""

from __future__ import annotations

import posixpath

import pytest

from maps.links import LIVE, depth_of, page_file, static_links


def test_live_addresses_begin_at_the_root():
    assert LIVE.page("/list", "ja") == "/list"
    assert LIVE.page("/station/x#chart", "en") == "/en/station/x#chart"
    assert LIVE.resource("/static/css/base.css") == "/static/css/base.css"
    assert LIVE.resource("layers/flood.pmtiles") == "/layers/flood.pmtiles"
    assert LIVE.series_csv("a", "snow_depth") == "/api/stations/a/series?quantity=snow_depth&format=csv"


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/", "index.html"),
        ("/en/", "en/index.html"),
        ("/list", "list/index.html"),
        ("/en/station/snow-1", "en/station/snow-1/index.html"),
        ("/404.html", "404.html"),
        ("/en/map.js", "en/map.js"),
    ],
)
def test_each_page_has_its_file(path: str, file: str):
    assert page_file(path) == file


@pytest.mark.parametrize("here", ["/", "/list", "/en/", "/en/list", "/station/a", "/en/station/a"])
@pytest.mark.parametrize(
    ("target", "language"), [("/", "ja"), ("/list", "en"), ("/station/b", "ja"), ("/map.js", "en")]
)
def test_a_static_page_leads_to_the_file_of_another(here: str, target: str, language):
    file = page_file(here)
    address = static_links(depth_of(file)).page(target, language)
    reached = posixpath.normpath(posixpath.join("/below/this", posixpath.dirname(file), address))
    assert not address.startswith("/")
    assert reached == "/below/this/" + page_file(("/en" if language == "en" else "") + target)


def test_what_follows_the_path_stays():
    assert static_links(1).page("/hazard?lon=140.4&lat=38.6#q", "en") == "../en/hazard/index.html?lon=140.4&lat=38.6#q"


def test_files_are_named_from_where_the_page_lies():
    assert static_links(0).resource("/static/a.css") == "./static/a.css"
    assert static_links(2).resource("layers/a.geojson") == "../../layers/a.geojson"
    assert static_links(2).series_csv("s", "water_level") == "../../series/s/water_level.csv"
