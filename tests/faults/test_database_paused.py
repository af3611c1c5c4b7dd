"""The database hangs under load: it answers nothing, not even no. The broker goes on being acknowledged."""

from __future__ import annotations

import threading

from tests.faults.machinery import eventually


def test_paused_under_load(any_broker, town, database, collector_of, scaled):
    """The spool grows, then drains; the balances close, and live messages go in at once again."""
    collector = collector_of(town, any_broker.url).start().until_up()
    town.publish(any_broker.url, 200)
    town.until_stored(200)
    with town.publishing(any_broker.url, scaled(3_000, 60_000)) as goes_on, database.paused():
        collector.until_said("collecting is now spooling")
        eventually(lambda: not goes_on() and collector.state()["spooled"] >= scaled(2_000, 50_000), collector.said)
        threading.Event().wait(scaled(0, 60))  # how long it hangs is the fault
    counts = town.settle(context=collector.said)
    assert counts["spool_drained"] >= scaled(2_000, 50_000), "acknowledged while the database hung"
    collector.until_said("collecting is now direct")
    drained = counts["spool_drained"]
    town.publish(any_broker.url, 100)
    assert town.settle(context=collector.said)["spool_drained"] == drained, "nothing takes the way of the spool now"
    collector.stop()
    assert collector.spooled_bytes == 0
    (away,) = town.incidents()["database-away"]
    assert away["over"]


def test_a_collector_that_starts_while_the_database_hangs(mosquitto, town, database, collector_of):
    collector = collector_of(town, mosquitto.url).start().until_up()
    town.publish(mosquitto.url, 100)
    town.until_stored(100)
    collector.kill()
    with database.paused():
        collector.start()
        town.publish(mosquitto.url, 500)
        eventually(lambda: collector.spooled_bytes > 0, collector.said)
    town.settle(context=collector.said)
    collector.stop()
