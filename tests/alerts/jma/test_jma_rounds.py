"""Telegrams on their way: out of a folder or a feed, into the store, and what is in force in the end."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alerts.jma.round import JmaRound
from alerts.jma.sources import Feed, Folder
from config.jma_plan import Jma
from core.errors import StoreError, YukimoriError
from store.warnings import MOST_KEPT_RAW

FOLDER = Path(__file__).parent / "telegrams"
NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
AREAS = ("0621200", "060010")


@pytest.fixture
def spool(tmp_path):
    folder = tmp_path / "jma"
    folder.mkdir()
    return folder


@pytest.fixture
def put(spool):
    def lay(*names, text=None):
        for name in names:
            target = spool / f"{name}.xml"
            if text is None:
                shutil.copy(FOLDER / f"{name}.xml", target)
            else:
                target.write_bytes(text)

    return lay


@pytest.fixture
def jma_town(site, store, spool):
    town = replace(site([]), jma=Jma(areas=AREAS, folder=spool))
    return town, store.register(town).site


@pytest.fixture
def rounds(jma_town, store):
    return JmaRound(jma_town[0], store, jma_town[1])


@pytest.fixture
def standing(store, jma_town):
    return lambda: [warning.name for warning in store.warnings.standing(jma_town[1])]


def test_files_become_warnings_and_are_counted_once(put, rounds, store, jma_town, standing):
    put("VPWW60_snow_warning", "VPWW58_wind", "VPFD51_forecast")
    assert {change.change for change in rounds.round(NOW)} == {"begun"}
    assert sorted(standing()) == ["大雪警報", "大雪警報", "強風注意報", "暴風雪警報"]
    assert rounds.round(NOW + timedelta(minutes=1)) == []
    again = JmaRound(jma_town[0], store, jma_town[1])
    assert again.round(NOW + timedelta(minutes=2)) == [], "a restart takes nothing in twice"
    assert store.warnings.counts(jma_town[1]) == {("live", "VPWW58"): 1, ("live", "VPWW60"): 1, ("unknown", ""): 1}
    look = store.warnings.look(jma_town[1])
    assert (look.looked_at, look.read_at, look.error) == (NOW + timedelta(minutes=2), NOW + timedelta(minutes=2), "")


def test_a_drill_is_logged_and_changes_nothing_live(put, rounds, store, jma_town, standing):
    put("VPWW60_snow_warning")
    rounds.round(NOW)
    before = standing()
    put("VPWW60_drill")
    assert rounds.round(NOW) == []
    assert standing() == before
    assert store.warnings.counts(jma_town[1])[("drill", "VPWW60")] == 1


def test_changes_are_kept_as_they_were_known(put, rounds, store, jma_town, standing):
    put("VPWW60_snow_warning")
    rounds.round(NOW)
    put("VPWW60_snow_advisory")
    changes = rounds.round(NOW + timedelta(hours=1))
    assert sorted((change.change, change.warning.area, change.warning.name) for change in changes) == [
        ("begun", "0621200", "大雪注意報"),
        ("ended", "0621200", "大雪警報"),
    ]
    known = store.warnings.changes(jma_town[1], NOW, NOW + timedelta(minutes=30))
    assert [change.change for change in known] == ["begun", "begun"]


def test_a_bulletin_ends_by_the_clock_alone(put, rounds, standing):
    put("VPBS50_heavy_snow")
    rounds.round(NOW - timedelta(hours=9))
    assert standing() == ["気象防災速報（短時間大雪）"]
    assert [change.change for change in rounds.round(NOW)] == ["ended"]
    assert standing() == []


def test_what_cannot_be_read_is_kept_with_its_reason(put, rounds, store, jma_town, standing):
    put("broken", text=b"<Report>")
    put("hostile", text=b'<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>')
    put("huge", text=b"<a>" + b" " * 9_000_000)
    put("VPWW60_snow_warning")
    rounds.round(NOW)
    assert "大雪警報" in standing()
    refused = {one.name: one.reason for one in store.warnings.refused(jma_town[1])}
    assert refused == {"broken.xml": "bad_xml", "hostile.xml": "forbidden_xml", "huge.xml": "too_large"}
    assert MOST_KEPT_RAW < 9_000_000
    store.warnings.forget(jma_town[1], NOW + timedelta(days=1))
    assert store.warnings.refused(jma_town[1]) == []


def test_a_folder_that_is_away_is_told_and_takes_nothing_back(put, spool, rounds, store, jma_town, standing):
    put("VPWW60_snow_warning")
    rounds.round(NOW)
    shutil.rmtree(spool)
    assert rounds.round(NOW + timedelta(minutes=1)) == []
    look = store.warnings.look(jma_town[1])
    assert look.error
    assert look.read_at == NOW
    assert "大雪警報" in standing()


def test_what_the_store_did_not_take_is_offered_again(put, rounds, store, monkeypatch, standing):
    put("VPWW60_snow_warning")

    def away(*_, **__):
        raise StoreError("away", retryable=True)

    with monkeypatch.context() as patched:
        patched.setattr(store.warnings, "take_in", away)
        with pytest.raises(StoreError):
            rounds.round(NOW)
    rounds.round(NOW)
    assert "大雪警報" in standing()


def test_two_at_once_write_one(put, jma_town, store, standing):
    put("VPWW60_snow_warning", "VPWW58_wind")
    both = [JmaRound(jma_town[0], store, jma_town[1]) for _ in range(2)]
    threads = [threading.Thread(target=one.round, args=(NOW,)) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(standing()) == 4
    assert len(store.warnings.changes(jma_town[1], NOW, NOW + timedelta(seconds=1))) == 4


class Agency:
    """A feed over real HTTP with conditional answers; counts what is asked."""

    def __init__(self):
        self.entries = []
        self.asked = []
        self.gone = set()
        agency = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                agency.asked.append(self.path)
                if self.path == "/feed.xml":
                    body, tag = agency.feed(), f'"{len(agency.entries)}"'
                    if self.headers.get("If-None-Match") == tag:
                        self.answer(304, b"", tag)
                    else:
                        self.answer(200, body, tag)
                elif self.path in agency.gone:
                    self.answer(404, b"")
                else:
                    name = self.path.split("/")[-1].split("_", 1)[1]
                    file = next(iter(sorted(FOLDER.glob(f"{name.split('_')[0]}_*.xml"))))
                    self.answer(200, file.read_bytes())

            def answer(self, status, body, tag=""):
                self.send_response(status)
                if tag:
                    self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def feed(self):
        entries = "".join(
            f'<entry><id>{link}</id><link type="application/xml" href="{link}"/></entry>'
            for link in reversed(self.entries)
        )
        return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>高頻度（随時）</title>{entries}</feed>'.encode()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def agency():
    opened = Agency()
    yield opened
    opened.close()


@pytest.fixture
def fed(site, store, agency):
    jma = Jma(areas=AREAS, feed=f"{agency.url}/feed.xml", allow_private=True)
    town = replace(site([]), jma=jma)
    number = store.register(town).site
    return JmaRound(town, store, number), number


def test_a_feed_is_followed_once_and_asked_conditionally(agency, fed, store):
    rounds, number = fed
    agency.entries = [
        f"{agency.url}/20260115_VPWW58_060000.xml",
        f"{agency.url}/20260115_VPWW61_060000.xml",
        f"{agency.url}/20260115_VPWW58_180000.xml",  # another prefecture
        f"{agency.url}/20260115_VXSE53_060000.xml",  # an earthquake
        "https://elsewhere.example/20260115_VPWW58_060000.xml",
        "file:///etc/hostname",
    ]
    rounds.round(NOW)
    assert agency.asked == ["/feed.xml", "/20260115_VPWW58_060000.xml", "/20260115_VPWW61_060000.xml"]
    assert len(store.warnings.standing(number)) == 5
    rounds.round(NOW)
    assert agency.asked[3:] == ["/feed.xml"]
    agency.entries.append(f"{agency.url}/20260116_VPWW55_060000.xml")
    rounds.round(NOW)
    assert agency.asked[4:] == ["/feed.xml", "/20260116_VPWW55_060000.xml"]


def test_a_telegram_that_is_gone_is_not_asked_for_again_and_again(agency, fed, store):
    rounds, number = fed
    agency.entries = [f"{agency.url}/1_VPWW58_060000.xml", f"{agency.url}/2_VPWW61_060000.xml"]
    agency.gone = {"/1_VPWW58_060000.xml"}
    rounds.round(NOW)
    assert len(store.warnings.standing(number)) == 3
    agency.entries.append(f"{agency.url}/3_VXSE53_060000.xml")
    rounds.round(NOW)
    assert agency.asked.count("/1_VPWW58_060000.xml") == 1


def test_a_feed_inside_the_network_is_not_asked_unless_it_may_be(agency):
    for url, words in (
        (f"{agency.url}/feed.xml", "not https"),
        (agency.url.replace("http:", "https:"), "not a public address"),
    ):
        with pytest.raises(YukimoriError, match=words):
            list(Feed(Jma(areas=AREAS, feed=url)).new(lambda _: ()))
    assert agency.asked == []


def test_a_feed_that_answers_nonsense_is_told(agency, fed, store):
    rounds, number = fed
    agency.feed = lambda: b"<html>maintenance"
    assert rounds.round(NOW) == []
    assert "no feed that can be read" in store.warnings.look(number).error


def test_a_folder_gives_a_file_again_where_it_was_written_anew(spool, put):
    put("VPWW58_wind")
    folder = Folder(spool)
    assert [found.name for found in folder.new(lambda _: ())] == ["VPWW58_wind.xml"]
    assert list(folder.new(lambda _: ())) == []
    put("VPWW58_wind", text=b"<other/>")
    assert [found.raw for found in folder.new(lambda _: ())] == [b"<other/>"]
