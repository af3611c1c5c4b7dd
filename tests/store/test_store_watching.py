"""Incidents open once and close once, however often they are told; the last word of each process stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import StoreError
from store.watching import Incident, ProcessState

MINUTE = timedelta(minutes=1)


@pytest.fixture
def site(registry) -> int:
    return registry.site


@pytest.fixture
def watching(store):
    return store.watching


def told(incidents: list[Incident]):
    return [(each.kind, each.subject, each.opened_at, each.closed_at, each.detail) for each in incidents]


def test_an_incident_is_open_until_it_is_closed(watching, site, noon):
    watching.open_incident(site, "spool-full", "collect", noon, {"bytes": 10})
    assert told(watching.incidents(site)) == [("spool-full", "collect", noon, None, {"bytes": 10})]
    assert watching.close_incident(site, "spool-full", "collect", noon + MINUTE)
    assert watching.incidents(site) == []
    assert told(watching.incidents(site, noon)) == [("spool-full", "collect", noon, noon + MINUTE, {"bytes": 10})]
    assert watching.incidents(site, noon + 2 * MINUTE) == []


def test_while_it_is_open_only_its_detail_grows(watching, site, noon):
    watching.open_incident(site, "spool-full", "collect", noon, {"bytes": 10})
    watching.open_incident(site, "spool-full", "collect", noon + MINUTE, {"files": 2})
    assert told(watching.incidents(site)) == [("spool-full", "collect", noon, None, {"bytes": 10, "files": 2})]


def test_an_incident_told_again_after_its_end_stays_over(watching, site, noon):
    for _ in range(2):
        watching.open_incident(site, "session-lost", "collect", noon)
        watching.close_incident(site, "session-lost", "collect", noon + MINUTE, {"seconds": 60})
    assert told(watching.incidents(site, noon)) == [
        ("session-lost", "collect", noon, noon + MINUTE, {"seconds": 60}),
    ]


def test_it_can_happen_again(watching, site, noon):
    for start in (noon, noon + 5 * MINUTE):
        watching.open_incident(site, "broker-away", "collect", start)
        watching.close_incident(site, "broker-away", "collect", start + MINUTE)
    assert [each.opened_at for each in watching.incidents(site, noon)] == [noon + 5 * MINUTE, noon]


def test_what_is_not_open_cannot_be_closed(watching, site, noon):
    assert not watching.close_incident(site, "broker-away", "collect", noon)
    assert watching.incidents(site, noon) == []


def test_a_clock_that_was_set_back_closes_no_incident_before_it_began(watching, site, noon):
    watching.open_incident(site, "broker-away", "collect", noon)
    watching.close_incident(site, "broker-away", "collect", noon - MINUTE)
    (incident,) = watching.incidents(site, noon)
    assert incident.closed_at == noon


def test_subjects_are_apart_and_any_text_is_kept(watching, site, noon):
    watching.open_incident(site, "gateway-silent", "gw\0-1", noon, {"why": "\ud800"})
    watching.open_incident(site, "gateway-silent", "gw-2", noon + MINUTE)
    assert [(each.subject, each.detail) for each in watching.incidents(site)] == [
        ("gw\ufffd-1", {"why": "\ufffd"}),
        ("gw-2", {}),
    ]


def test_the_last_word_of_a_process_stays(watching, site, noon):
    watching.beat(site, "collect", "1", noon, {"mode": "direct"})
    watching.beat(site, "collect", "2", noon)
    watching.beat(site, "collect", "1", noon + MINUTE, {"mode": "spooling"})
    assert watching.processes(site) == [
        ProcessState("collect", "1", noon + MINUTE, {"mode": "spooling"}),
        ProcessState("collect", "2", noon, {}),
    ]


def test_what_is_long_over_is_forgotten_and_what_lasts_is_not(watching, site, noon):
    for kind in ("old", "lasting", "new"):
        watching.open_incident(site, kind, "", noon)
    watching.close_incident(site, "old", "", noon + MINUTE)
    watching.close_incident(site, "new", "", noon + 3 * MINUTE)
    watching.beat(site, "collect", "1", noon)
    watching.beat(site, "evaluate", "1", noon + 3 * MINUTE)
    watching.forget(site, noon + 2 * MINUTE, noon + 2 * MINUTE)
    assert {each.kind for each in watching.incidents(site, noon)} == {"lasting", "new"}
    assert [each.process for each in watching.processes(site)] == ["evaluate"]


def test_no_driver_error_gets_out(store, site, watching, noon):
    store.close()
    calls = [
        lambda: watching.open_incident(site, "k", "s", noon),
        lambda: watching.close_incident(site, "k", "s", noon),
        lambda: watching.incidents(site),
        lambda: watching.beat(site, "collect", "1", noon),
        lambda: watching.processes(site),
        lambda: watching.forget(site, noon, noon),
    ]
    for call in calls:
        with pytest.raises(StoreError):
            call()
