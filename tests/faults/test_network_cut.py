"""The network fails between the collector and its broker or its database: cut, mute, or gone for one side only."""

from __future__ import annotations

import subprocess
import threading
from urllib.parse import urlsplit

import pytest

from tests.faults.machinery import FULL, eventually


def test_cut_from_the_broker_again_and_again(any_broker, town, collector_of, proxy_to, scaled):
    proxy = proxy_to(("127.0.0.1", any_broker.port))
    collector = collector_of(town, proxy.url).start().until_up()
    with town.publishing(any_broker.url, scaled(1_500, 60_000)):
        for moment in range(1, scaled(3, 30)):
            town.until_stored(moment * scaled(400, 1_500), collector.said)
            proxy.cut()
            # So long that a try is refused: connections that are only short look like another client with our name.
            threading.Event().wait(scaled(0, 2))
            proxy.mend()
    town.settle(context=collector.said)
    collector.stop()


def test_a_broker_that_went_mute_is_noticed(any_broker, town, collector_of, proxy_to):
    """The connection looks open and carries nothing; the collector finds out by itself and connects anew."""
    proxy = proxy_to(("127.0.0.1", any_broker.port))
    collector = collector_of(town, proxy.url).start().until_up()
    town.publish(any_broker.url, 100)
    town.until_stored(100)
    before = proxy.accepted
    proxy.strand()
    town.publish(any_broker.url, 500)
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
    town.publish(mosquitto.url, 1_000)
    collector.until_said("collecting is now spooling")
    eventually(lambda: collector.state()["spooled"] >= 1_000, collector.said)
    proxy.cut()
    proxy.mend()
    counts = town.settle(context=collector.said)
    assert counts["spool_drained"] >= 1_000
    collector.stop()


def test_a_slow_database(mosquitto, town, database, collector_of, proxy_to):
    """Each answer takes its time: batches grow with it, the window of the broker bounds what waits."""
    proxy = proxy_to(database.socket)
    dsn = urlsplit(town.dsn)._replace(netloc=f"yukimori@127.0.0.1:{proxy.port}", query="sslmode=disable").geturl()
    collector = collector_of(town, mosquitto.url, dsn=dsn, hurry=False).start().until_up()
    proxy.delay_s = 0.05
    town.publish(mosquitto.url, 500)
    town.settle(context=collector.said)
    collector.stop()
    assert "spooling" not in collector.said()


def networks_are_permitted() -> bool:
    """Whether this user may make a network of its own, and has the tool to take it down."""
    probe = subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
    return probe.returncode == 0


class OwnNetwork:
    """A broker in a network of its own, reached from outside through a Unix socket; the network can be taken down."""

    def __init__(self, start_mosquitto, proxy_to, folder) -> None:
        way_in = folder / "way-in"
        broker = start_mosquitto(
            more=f"listener 0 {way_in}\nallow_anonymous true\n",
            prefix=("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"'),
            listens=way_in.exists,
        )
        self.inside = ("nsenter", "--target", str(broker.pid), "--net")
        self.inner_url, self.outer_url = broker.url, proxy_to(str(way_in)).url

    def set(self, state: str) -> None:
        """Take the network up or down."""
        subprocess.run([*self.inside, "ip", "link", "set", "lo", state], check=True)


class HeldNetwork:
    """A broker behind a proxy that can be told to pass nothing on."""

    def __init__(self, start_mosquitto, proxy_to, _folder) -> None:
        broker = start_mosquitto()
        self._proxy = proxy_to(("127.0.0.1", broker.port))
        self.inside = ()
        self.inner_url, self.outer_url = self._proxy.url, broker.url

    def set(self, state: str) -> None:
        """Pass on, or nothing."""
        (self._proxy.release if state == "up" else self._proxy.hold)()


def kinds() -> list[type[HeldNetwork | OwnNetwork]]:
    """In full both; in small one that is as real as this user may make it."""
    found = [OwnNetwork, HeldNetwork] if networks_are_permitted() else [HeldNetwork]
    return found if FULL else found[:1]


@pytest.mark.parametrize("kind", kinds())
def test_a_network_that_is_down_for_a_while(kind, start_mosquitto, proxy_to, tmp_path, town, collector_of):
    """Nobody is told that it is; the collector finds out by itself, and everything arrives when it is back."""
    network = kind(start_mosquitto, proxy_to, tmp_path)
    collector = collector_of(town, network.inner_url, prefix=network.inside).start().until_up()
    town.publish(network.outer_url, 100)
    town.until_stored(100)
    network.set("down")
    town.publish(network.outer_url, 1_000)
    eventually(lambda: not collector.state()["connected"], collector.said)
    assert town.counts()["stored"] < 1_100
    network.set("up")
    town.settle(context=collector.said)
    collector.stop()
