"""A rogue client publishes on topic after topic: memory stays bounded, the honest devices notice nothing."""

from __future__ import annotations

import threading

from tests.faults.machinery import eventually

MORE_MB = 64.0


def test_a_million_topics(any_broker, town, collector_of, scaled):
    topics = scaled(10_000, 1_000_000)
    collector = collector_of(town, any_broker.url).start().until_up()
    town.publish(any_broker.url, 200)
    town.until_stored(200)
    before = collector.resident_mb
    highest = [before]

    def rogue():
        for number in range(topics):
            if number % 500 == 0:
                highest.append(collector.resident_mb)
            yield f"yukimori/fault-town/rogue-{number}/reading", b'{"hello": 1}'

    sending = threading.Thread(target=town.send, args=(any_broker.url, rogue()))
    sending.start()
    town.publish(any_broker.url, scaled(1_000, 20_000))
    town.until_stored(len(town.published), collector.said)
    sending.join()
    eventually(lambda: town.counts()["messages_received"] == topics + len(town.published), collector.said)
    highest.append(collector.resident_mb)
    assert max(highest) - before < MORE_MB
    assert town.stored() == town.published
    collector.stop()
