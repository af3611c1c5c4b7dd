import json
import os
import re

import pytest

from core.times import format_rfc3339
from web import pages

PAGES = ("/", "/en/", "/list", "/en/list", "/station/bridge", "/en/station/bridge")


@pytest.mark.parametrize("path", PAGES)
def test_page_in_its_language(quiet, path):
    answer = quiet.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    language = "en" if path.startswith("/en") else "ja"
    assert f'<html lang="{language}"' in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_page_runs_under_its_own_policy(quiet, path):
    text = quiet.get(path).text
    scripts = re.findall(r"<script([^>]*)>", text)
    assert scripts
    assert all("src=" in script or 'type="application/json"' in script for script in scripts)
    assert "<style" not in text
    assert not re.search(r"\son\w+=|\sstyle=", text)
    assert not re.search(r"(?:src|href)=\"https?://", text)


@pytest.mark.parametrize("path", PAGES)
def test_everything_a_page_names_is_there(quiet, path):
    names = set(re.findall(r'(?:src|href)="(/[^"#]*)', quiet.get(path).text))
    assert names
    found = {name: quiet.get(name.replace("&amp;", "&")) for name in names}
    console = {name for name, answer in found.items() if "/sign-in?next=" in answer.headers.get("location", "")}
    assert console <= {"/console", "/en/console"}  # these lead to the door of staff
    assert {
        name: answer.status_code for name, answer in found.items() if answer.status_code != 200 and name not in console
    } == {}


def test_page_known_is_not_sent_again(quiet):
    first = quiet.get("/")
    again = quiet.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert first.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/map.js", "/en/map.js"])
def test_map_script_stands_alone(quiet, path):
    answer = quiet.get(path)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "shelters" in answer.text


def test_map_follows_newly_published_layers(client, public_folder):
    before = client.get("/map.js").text
    catalogue = public_folder / "layers" / "layers.json"
    content = json.loads(catalogue.read_text())
    content["layers"] = []
    catalogue.write_text(json.dumps(content))
    os.utime(catalogue, ns=(1, 1))
    assert client.get("/map.js").text != before


def test_nothing_published_yet(client, public_folder):
    (public_folder / "layers" / "layers.json").unlink()
    assert client.get("/").status_code == 200
    assert client.get("/list").status_code == 200


def test_list_shows_the_newest_values_and_shelters(client, send, renewed):
    send.value("bridge/water_level", 2.34)
    renewed()
    text = client.get("/list").text
    assert "2.34" in text
    assert "中央小学校" in text


def test_hostile_name_stays_text(quiet):
    assert "=cmd|&#39;/C calc&#39;!A0" in quiet.get("/list").text


@pytest.mark.parametrize("path", ["/station/nowhere", "/en/station/nowhere", "/station/", "/fr/", "/en/../x", "/index"])
def test_page_that_is_not_there(quiet, path):
    assert quiet.get(path).status_code == 404


def test_shared_link_with_a_trackers_parameter_works(quiet):
    assert quiet.get("/?fbclid=abc&utm_source=x").status_code == 200


def test_language_folder_without_slash(quiet):
    answer = quiet.get("/en", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (308, "/en/")


def test_table_is_made_of_facts_that_say_when_they_stand_still(client, send, renewed, clock, monkeypatch):
    send.value("bridge/water_level", 1.1)
    renewed()
    given = []
    monkeypatch.setattr(pages, "build_list", lambda site, facts, *_, **__: given.append(facts) or "")
    parts = client.app.state.parts
    client.get("/list")
    monkeypatch.setattr(type(parts.live), "refresh", lambda self: None)
    clock.advance(seconds=6)
    client.get("/list")
    before, after = given
    assert "stale" not in before
    assert (after["stale"], after["read_at"]) == (True, format_rfc3339(parts.live.read_at))
