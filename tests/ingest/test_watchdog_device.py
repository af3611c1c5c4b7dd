"""The watchdog's synthetic device travels as every other: broker, subscription, pipeline, store."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from config import load_site
from core.broker_address import BrokerAddress
from core.times import utc_now
from core.watchdog import DEVICE, beat_topic
from ingest.broker_config import access_list
from ingest.pipeline import Pipeline
from ingest.repeats import Repeats
from ingest.session import Session
from ingest.watchdog import beating_device, watched


@pytest.fixture
def town():
    site = load_site(Path(__file__).parents[2] / "config" / "example")
    return replace(site, people=replace(site.people, watchdog="console"))


@pytest.mark.broker
@pytest.mark.db
def test_its_beat_comes_over_the_broker_into_the_store(broker, store, town):
    site, stop = watched(town), threading.Event()
    registry = store.register(site)
    address = BrokerAddress.parse(broker.url)
    session = Session(address, client_id="watchdog-test", topics=[site.sources[-1].topic], clock=utc_now)
    session.start()
    try:
        with beating_device(site, address, stop, every_s=0.05):
            taken = session.take(20.0, 1) + session.take(20.0, 1)
        batch = Pipeline(site, registry, Repeats("watchdog-test", {})).handle_all([each.message for each in taken])
        session.acknowledge(taken)
    finally:
        session.stop()
    assert batch.quarantine == []
    store.append(registry.site, batch)
    hops = store.watchdog.hops(registry.site, "console")
    assert hops == {"store": max(each.message.received_at for each in taken)}


def test_a_town_without_a_watchdog_has_no_such_device(town):
    plain = replace(town, people=replace(town.people, watchdog=""))
    assert watched(plain) is plain
    assert all(DEVICE not in topic for each in access_list(plain) for topic in (*each.writes, *each.reads))


def test_the_collector_may_write_the_beat_and_nothing_else(town):
    collector = access_list(town)[0]
    assert collector.writes == (beat_topic(town.id),)
    assert beat_topic(town.id) in collector.reads
