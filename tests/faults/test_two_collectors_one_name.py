"""Two collectors with one client id throw each other out of the broker: that is noticed, and nothing is corrupted."""

from __future__ import annotations

from tests.faults.machinery import eventually
from tests.faults.town import check_balance


def test_on_one_database_the_second_does_not_begin(mosquitto, town, collector_of):
    first = collector_of(town, mosquitto.url).start().until_up()
    second = collector_of(town, mosquitto.url, name="another").start()
    eventually(lambda: not second.running, second.said)
    assert second.exit_code != 0
    assert "another collector works" in second.said()
    town.publish(mosquitto.url, 100)
    town.settle(context=first.said)
    first.stop()


def test_on_two_databases_it_is_told_and_each_message_is_in_one(mosquitto, town, database, collector_of, scaled):
    """As when a copy of the whole installation is started for a try, and nobody changes where it listens."""
    first = collector_of(town, mosquitto.url).start().until_up()
    town.publish(mosquitto.url, 100)
    town.until_stored(100)
    copy = town.seen_in(database.fresh())
    second = collector_of(town, mosquitto.url, name="another", dsn=copy.dsn).start().until_up()
    told = "client-id-in-use"
    with town.publishing(mosquitto.url, scaled(2_000, 50_000)):
        eventually(lambda: told in first.incidents or told in second.incidents, lambda: first.said() + second.said())
    second.stop()
    first.until_connected()
    eventually(lambda: {**town.stored(), **copy.stored()} == town.published, first.said)
    first.stop()
    for each in (town, copy):
        check_balance(each.counts())
        assert each.aside() == []
