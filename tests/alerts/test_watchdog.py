"""The watchdog's heartbeat: it leaves every minute, says how far the beat came, and a cut hop is named (F34)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.outbox import deliver_next, open_senders
from alerts.watchdog import Watchdog, heartbeat
from config.people_plan import People
from core.watchdog import DEVICE, LATE_AFTER, cut_hop, last_good_hop
from store.rows import Batch, DeviceSeen

MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(town, site, http_listener):
    place = town(replace(site([], [http_listener.channel(name="checker")]), people=People(watchdog="checker")))
    place.watchdog = Watchdog(place.site, place.store, place.registry.site)
    return place


def beat(place):
    place.store.append(place.registry.site, Batch(seen=[DeviceSeen(DEVICE, place.now, True)]))


def ring(place):
    queued = place.watchdog.round(place.now)
    (sender,) = open_senders(place.site, {})
    while deliver_next(place.store, place.registry.site, sender, place.clock, lambda: 0.5):
        pass
    return queued


def hops(place):
    return place.store.watchdog.hops(place.registry.site, "checker")


@pytest.mark.db
def test_it_rings_once_a_minute_and_the_way_is_whole(watched, http_listener):
    for second in range(0, 180, 20):
        watched.now += timedelta(seconds=20)
        beat(watched)
        assert ring(watched) == (second % 60 == 0)
    bodies = [body["yukimori"] for _, _, body in http_listener.requests]
    assert [body["kind"] for body in bodies] == ["heartbeat"] * 3
    assert {body["details"]["ok"] for body in bodies} == {True}
    assert len({headers["Idempotency-Key"] for _, headers, _ in http_listener.requests}) == 3
    assert last_good_hop(hops(watched), watched.now) == "channel"


@pytest.mark.db
def test_f34_what_is_cut_before_the_store_is_told_within_three_minutes(watched, http_listener):
    beat(watched)
    ring(watched)
    for _ in range(4):
        watched.now += MINUTE
        ring(watched)
    body = http_listener.requests[-1][2]
    assert (body["status"], body["yukimori"]["details"]["ok"]) == ("firing", False)
    assert body["yukimori"]["details"]["ages_s"]["store"] == 240
    assert (cut_hop(hops(watched), watched.now), last_good_hop(hops(watched), watched.now)) == ("store", "nothing")


@pytest.mark.db
def test_f34_a_rule_that_does_not_look_any_more_is_named(watched):
    beat(watched)
    ring(watched)
    watched.now += LATE_AFTER + MINUTE
    beat(watched)
    assert (cut_hop(hops(watched), watched.now), last_good_hop(hops(watched), watched.now)) == ("rule", "store")


@pytest.mark.db
def test_f34_a_channel_that_takes_nothing_is_named(watched, http_listener):
    beat(watched)
    ring(watched)
    http_listener.answers = [(503, {})] * 99
    for _ in range(4):
        watched.now += MINUTE
        beat(watched)
        ring(watched)
    assert (cut_hop(hops(watched), watched.now), last_good_hop(hops(watched), watched.now)) == ("channel", "rule")
    waiting = [row for row, state, *_ in watched.outbox if state == "queued"]
    assert len(waiting) == 1, "old heartbeats do not pile up"


@pytest.mark.db
def test_the_clock_set_back_does_not_silence_it(watched):
    beat(watched)
    assert ring(watched)
    watched.now -= timedelta(hours=1)
    assert watched.watchdog.round(watched.now) == 1


@pytest.mark.db
def test_a_site_without_one_rings_nowhere(town, site, hook):
    place = town(site([], [hook()]))
    assert Watchdog(place.site, place.store, place.registry.site).round(place.now) == 0
    away = replace(place.site, people=People(watchdog="gone"))
    assert Watchdog(away, place.store, place.registry.site).round(place.now) == 0


def test_a_beat_that_never_came_is_no_whole_way(site, hook, t0):
    message = heartbeat(replace(site([], [hook("checker")]), people=People(watchdog="checker")), "checker", None, t0)
    assert message.body["details"] == {
        "ok": False,
        "last_good_hop": "nothing before the rule",
        "ages_s": {"store": None, "rule": 0},
    }
