"""The broker is killed. What it had acknowledged and not yet kept may be missing: exactly that is reported.

The devices number their messages, so the numbers Yukimori reports as gaps must be the numbers that are not stored.
"""

from __future__ import annotations

import random

from tests.faults.machinery import eventually


def test_mosquitto_killed_while_the_collector_is_away_loses_what_it_did_not_write(start_mosquitto, town, collector_of):
    broker = start_mosquitto(every=300)
    collector = collector_of(town, broker.url).start().until_up()
    town.publish(broker.url, 200)
    town.until_stored(200)
    collector.stop()
    town.publish(broker.url, 1_000)
    broker.kill()
    broker.start()
    collector.start().until_up()
    lost = lost_for_good(town, collector, broker.url)
    assert 0 < len(lost) <= 400, "what came after the last time it wrote, and the acknowledgements among it"
    town.settle(lost=lost, context=collector.said)
    assert town.reported_gaps() == lost
    collector.stop()


def test_mosquitto_killed_again_and_again_under_load(start_mosquitto, town, collector_of, scaled):
    broker = start_mosquitto(every=100)
    collector = collector_of(town, broker.url).start().until_up()
    moments = random.Random(20260112)
    messages = scaled(2_000, 100_000)
    with town.publishing(broker.url, messages):
        for moment in sorted(moments.randrange(1, int(messages * 0.9)) for _ in range(scaled(2, 20))):
            eventually(lambda: town.counts()["messages_received"] >= moment, collector.said)  # noqa: B023
            broker.kill()
            broker.start()
    lost = lost_for_good(town, collector, broker.url)
    town.settle(lost=lost, context=collector.said)
    assert town.reported_gaps() == lost
    collector.stop()


def test_mosquitto_restarted_with_its_file_then_without(mosquitto, town, collector_of):
    collector = collector_of(town, mosquitto.url).start().until_up()
    town.publish(mosquitto.url, 100)
    town.until_stored(100)
    collector.kill()
    town.publish(mosquitto.url, 500)
    mosquitto.stop()
    mosquitto.start()
    collector.start()
    town.settle(context=collector.said)
    assert town.reported_gaps() == set()
    collector.stop()
    assert "session-lost" not in town.incidents()
    town.publish(mosquitto.url, 500)
    mosquitto.stop()
    mosquitto.forget()
    mosquitto.start()
    collector.start()
    told_and_lost(town, collector, mosquitto, 500)


def test_the_embedded_broker_killed_keeps_nothing_and_that_is_told(embedded_broker, town, collector_of):
    collector = collector_of(town, embedded_broker.url).start().until_up()
    town.publish(embedded_broker.url, 100)
    town.until_stored(100)
    collector.stop()
    town.publish(embedded_broker.url, 500)
    embedded_broker._process.kill()
    embedded_broker.restart()
    collector.start()
    told_and_lost(town, collector, embedded_broker, 500)


def told_and_lost(town, collector, broker, count: int) -> None:
    """The loss of the session is an incident, and the numbers that are missing are reported one by one."""
    collector.until_said("has forgotten our session")
    lost = lost_for_good(town, collector, broker.url)
    assert len(lost) == count
    town.settle(lost=lost, context=collector.said)
    assert town.reported_gaps() == lost
    collector.stop()
    (told,) = town.incidents()["session-lost"]
    assert told["over"]


def lost_for_good(town, collector, url: str) -> set:
    """What is not stored when one more message of each gauge is: a session keeps the order."""
    collector.until_connected()
    town.close_the_count(url)
    last = {(gauge, town.last_number(gauge)) for gauge in town.gauges}
    eventually(lambda: last <= town.stored().keys(), collector.said)
    return town.lost()
