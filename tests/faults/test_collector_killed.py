"""The collector is killed again and again, at random moments of a stream: nothing is lost, nothing is doubled."""

from __future__ import annotations

import random

from tests.faults.machinery import eventually


def test_killed_at_random_moments_of_a_stream(broker, town, collector_of, scaled):
    messages, kills = scaled(2_000, 100_000), scaled(2, 100)
    moments = random.Random(20260110)
    collector = collector_of(town, broker.url).start().until_up()
    with town.publishing(broker.url, messages):
        for moment in sorted(moments.randrange(1, int(messages * 0.97)) for _ in range(kills)):
            town.until_stored(moment, collector.said)
            collector.kill()
            collector.start()
    town.settle(context=collector.said)
    collector.stop()


def test_killed_while_the_database_is_away(any_broker, town, database, collector_of, scaled):
    """What was acknowledged is in the spool; each new life goes on spooling, with the database still away."""
    collector = collector_of(town, any_broker.url).start().until_up()
    town.publish(any_broker.url, 100)
    town.until_stored(100)
    database.kill()
    for _ in range(scaled(1, 20)):
        before = collector.spooled_bytes
        with town.publishing(any_broker.url, 400):
            eventually(lambda: collector.spooled_bytes > before, collector.said)  # noqa: B023
        collector.kill()
        collector.start()
    collector.until_up()
    database.restart()
    counts = town.settle(context=collector.said)
    assert counts["spool_drained"] > 0
    eventually(lambda: collector.spooled_bytes == 0, collector.said)  # a file goes after its last batch is committed
    collector.stop()
