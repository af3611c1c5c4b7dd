"""A collector that dies between commit and acknowledgement, and a device without a clock: still one row a message, also in quarantine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from config import load_site
from config.model import Source
from core.broker_address import BrokerAddress
from core.times import utc_now
from ingest.pipeline import Pipeline
from ingest.publishing import Publisher
from ingest.repeats import Repeats
from ingest.session import Received, Session

pytestmark = [pytest.mark.broker, pytest.mark.db]

TOPIC = "yukimori/repeats/snow-01/reading"
CLIENT = "repeats-test"
COUNT = 50


def take(session: Session, count: int) -> list[Received]:
    taken: list[Received] = []
    while len(taken) < count:
        arrived = session.take(10.0, count)
        assert arrived, "nothing comes any more"
        taken += arrived
    return taken


def test_what_mosquitto_sends_again_without_a_time_of_its_own_is_kept_once(mosquitto_broker, store):
    town = load_site(Path(__file__).parents[2] / "config" / "example")
    site = replace(town, sources=(Source(topic="yukimori/repeats/+/+", codec="yukimori"),))
    registry = store.register(site)
    address = BrokerAddress.parse(mosquitto_broker.url)

    def collector() -> tuple[Session, Pipeline]:
        """A collector as it starts."""
        known = store.intake.arrival_timed(registry.site, CLIENT)
        session = Session(address, client_id=CLIENT, topics=[site.sources[0].topic], clock=utc_now)
        session.start()
        return session, Pipeline(site, registry, Repeats(CLIENT, known))

    session, pipeline = collector()
    with Publisher(address, client_id="repeats-test-publisher") as publisher:
        for value in range(COUNT):
            body = {"at": None, "quantity": "snow_depth", "value": value % 3, "unit": "cm"}
            publisher.publish(TOPIC, json.dumps(body).encode())
            publisher.publish(TOPIC, b"{")
        assert publisher.drain()
    first = take(session, 2 * COUNT)
    done = store.append(registry.site, pipeline.handle_all([each.message for each in first]))
    assert (done.stored, done.quarantined) == (COUNT, COUNT)
    session.stop()  # as a crash does: nothing was acknowledged

    session, pipeline = collector()
    again = take(session, 2 * COUNT)
    done = store.append(registry.site, pipeline.handle_all([each.message for each in again]))
    session.acknowledge(again)
    session.stop()
    assert all(each.message.repeated for each in again)
    assert (done.stored, done.duplicate, done.quarantined) == (0, COUNT, 0)
    assert store.aside.counts(registry.site) == {"bad-json": (COUNT, 0)}
