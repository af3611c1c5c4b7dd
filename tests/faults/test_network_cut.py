"""The network fails between the collector and its broker or its database: cut, mute, or gone for one side only."""

from __future__ import annotations

import subprocess
from urllib.parse import urlsplit

import pytest

from tests.faults.machinery import eventually


def test_cut_from_the_broker_again_and_again(broker, town, collector_of, proxy_to, scaled):
    proxy = proxy_to(("127.0.0.1", broker.port))
    collector = collector_of(town, f"mqtt://127.0.0.1:{proxy.port}").start().until_up()
    with town.publishing(broker.url, scaled(3_000, 60_000)):
        for moment in range(1, scaled(3, 30)):
            town.until_stored(moment * scaled(600, 1_500), collector.said)
            proxy.cut()
            proxy.mend()
    town.settle(context=collector.said)
    collector.stop()


def test_a_broker_that_went_mute_is_noticed(broker, town, collector_of, proxy_to):
    """The connection looks open and carries nothing; the collector finds out by itself and connects anew."""
    proxy = proxy_to(("127.0.0.1", broker.port))
    collector = collector_of(town, f"mqtt://127.0.0.1:{proxy.port}").start().until_up()
    town.publish(broker.url, 100)
    town.until_stored(100)
    before = proxy.accepted
    proxy.strand()
    town.publish(broker.url, 500)
    town.settle(context=collector.said)
    assert proxy.accepted > before
    collector.stop()


def test_a_database_that_went_mute(mosquitto, town, database, collector_of, proxy_to):
    """Nothing comes back, then the connection turns out to be dead: in between messages go to the spool."""
    proxy = proxy_to(database.socket)
    dsn = urlsplit(town.dsn)._replace(netloc=f"yukimori@127.0.0.1:{proxy.port}", query="sslmode=disable").geturl()
    collector = collector_of(town, mosquitto.url, dsn=dsn).start().until_up()
    town.publish(mosquitto.url, 100)
    town.until_stored(100)
    proxy.hold()
    town.publish(mosquitto.url, 2_500)
    collector.until_said("collecting is now spooling")
    eventually(lambda: collector.state()["spooled"] >= 2_500, collector.said)
    proxy.cut()
    proxy.mend()
    counts = town.settle(context=collector.said)
    assert counts["spool_drained"] >= 2_500
    collector.stop()


def test_a_slow_database(mosquitto, town, database, collector_of, proxy_to):
    """Each answer takes its time: batches grow with it, the window of the broker bounds what waits."""
    proxy = proxy_to(database.socket)
    dsn = urlsplit(town.dsn)._replace(netloc=f"yukimori@127.0.0.1:{proxy.port}", query="sslmode=disable").geturl()
    collector = collector_of(town, mosquitto.url, dsn=dsn, hurry=False).start().until_up()
    proxy.delay_s = 0.05
    town.publish(mosquitto.url, 2_000)
    town.settle(context=collector.said)
    collector.stop()
    assert "spooling" not in collector.said()


def namespaces_are_permitted() -> bool:
    """Whether this user may make a network of its own, and has the tool to take it down."""
    probe = subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
    return probe.returncode == 0


@pytest.fixture
def down(start_mosquitto, tmp_path):
    """A broker in a network namespace of its own, reached from outside through a Unix socket."""
