"""The database is killed, with all its children, while messages stream in: each is stored once."""

from __future__ import annotations

import random

from tests.faults.machinery import eventually


def test_killed_at_random_moments_of_a_stream(any_broker, town, database, collector_of, scaled):
    messages, kills = scaled(4_000, 100_000), scaled(2, 20)
    moments = random.Random(20260111)
    collector = collector_of(town, any_broker.url).start().until_up()
    with town.publishing(any_broker.url, messages):
        for moment in sorted(moments.randrange(1, int(messages * 0.9)) for _ in range(kills)):
            town.until_stored(moment, collector.said)
            database.kill()
            database.restart()
    town.settle(context=collector.said)
    # What was stored and spooled at once (the answer was lost with the database) goes only after it was offered again.
    eventually(lambda: collector.spooled_bytes == 0, collector.said)
    collector.stop()


def test_killed_and_away_while_messages_go_on(embedded_broker, town, database, collector_of, scaled):
    """They go to the spool, the broker is acknowledged, and what happened is told when the database is back."""
    collector = collector_of(town, embedded_broker.url).start().until_up()
    town.publish(embedded_broker.url, 100)
    town.until_stored(100)
    database.kill()
    town.publish(embedded_broker.url, scaled(1_000, 50_000))
    collector.until_said("collecting is now spooling")
    database.restart()
    counts = town.settle(context=collector.said)
    assert counts["spool_drained"] > 100, "more than the window of the broker: it was acknowledged"
    collector.stop()
    (away,) = town.incidents()["database-away"]
    assert away["over"]
    assert away["reason"]
