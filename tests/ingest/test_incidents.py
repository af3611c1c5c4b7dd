"""What went wrong is told to the database once, in order, also when a restart came between."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from config import load_site
from core.errors import StoreError
from core.times import utc_now
from ingest.incidents import BROKER_AWAY, DATABASE_AWAY, SESSION_LOST, SPOOL_FULL, IncidentBook

NOW = utc_now().replace(microsecond=0)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def site(store) -> int:
    return store.register(load_site(Path(__file__).parents[2] / "config" / "example")).site


def told(store, site):
    return [
        (each.kind, each.subject, each.opened_at, each.closed_at)
        for each in reversed(store.watching.incidents(site, NOW - MINUTE))
    ]


def test_what_began_and_ended_is_told_in_order(store, site):
    book = IncidentBook("collect/1")
    book.began(DATABASE_AWAY, NOW, reason="no answer")
    book.began(DATABASE_AWAY, NOW + MINUTE)
    assert book.open == {DATABASE_AWAY: NOW}
    book.deliver(store, site, NOW)
    assert told(store, site) == [(DATABASE_AWAY, "collect/1", NOW, None)]
    book.ended(DATABASE_AWAY, NOW + 2 * MINUTE)
    book.ended(BROKER_AWAY, NOW)
    book.happened(SESSION_LOST, NOW, NOW + MINUTE)
    book.deliver(store, site, NOW)
    assert sorted(told(store, site)) == [
        (DATABASE_AWAY, "collect/1", NOW, NOW + 2 * MINUTE),
        (SESSION_LOST, "collect/1", NOW, NOW + MINUTE),
    ]
    assert book.notices == []


def test_what_the_database_does_not_know_survives_a_restart(store, site, tmp_path):
    book = IncidentBook("collect/1", tmp_path / "book.json")
    book.began(DATABASE_AWAY, NOW)
    book.happened(SESSION_LOST, NOW, NOW + MINUTE)
    book.count("sessions_lost", 1)
    book.keep()

    again = IncidentBook("collect/1", tmp_path / "book.json")
    assert again.open == {DATABASE_AWAY: NOW}, "it may still be so"
    again.ended(DATABASE_AWAY, NOW + MINUTE)
    again.deliver(store, site, NOW)
    assert {(kind, end) for kind, _, _, end in told(store, site)} == {
        (DATABASE_AWAY, NOW + MINUTE),
        (SESSION_LOST, NOW + MINUTE),
    }
    assert store.counters(site)["sessions_lost"] == 1

    third = IncidentBook("collect/1", tmp_path / "book.json")
    assert third.notices == []
    third.deliver(store, site, NOW)
    assert store.counters(site)["sessions_lost"] == 1


def test_what_an_earlier_run_left_open_is_closed_and_nobody_elses(store, site):
    store.watching.open_incident(site, SPOOL_FULL, "collect/1", NOW)
    store.watching.open_incident(site, SPOOL_FULL, "collect/2", NOW)
    store.watching.open_incident(site, "gateway-silent", "collect/1", NOW)
    IncidentBook("collect/1").deliver(store, site, NOW + MINUTE)
    assert {(each.kind, each.subject) for each in store.watching.incidents(site)} == {
        (SPOOL_FULL, "collect/2"),
        ("gateway-silent", "collect/1"),
    }


def test_nothing_is_forgotten_when_the_database_fails(store, site):
    book = IncidentBook("collect/1")
    book.happened(SESSION_LOST, NOW, NOW + MINUTE)
    book.count("sessions_lost", 2)
    store.close()
    with pytest.raises(StoreError):
        book.deliver(store, site, NOW)
    assert len(book.notices) == 2


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"notices": [{}]}', b"\xff"])
def test_a_file_that_cannot_be_read_is_no_reason_to_stop(tmp_path, content):
    (tmp_path / "book.json").write_bytes(content)
    assert IncidentBook("collect/1", tmp_path / "book.json").notices == []
