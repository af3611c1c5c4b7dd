"""The collector's session on both brokers: what is not acknowledged comes again, topics can be given up."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest

from core.broker_address import BrokerAddress
from core.errors import StartError
from core.times import utc_now
from ingest.intake import Publish
from ingest.publishing import Publisher
from ingest.session import Session, release

pytestmark = pytest.mark.broker

WAIT_S = 10.0
NOON = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
_names = itertools.count()


@pytest.fixture
def open_session(broker):
    """Opens sessions of one client id at the broker; each is left at the end of the test."""
    yield from sessions_at(broker)


@pytest.fixture
def open_mosquitto_session(mosquitto_broker):
    """The same at Mosquitto alone."""
    yield from sessions_at(mosquitto_broker)


def sessions_at(broker):
    name = f"session-test-{next(_names)}"
    opened = []

    def start(*topics: str, no_longer: tuple[str, ...] = ()) -> Session:
        address = BrokerAddress.parse(broker.url)
        session = Session(address, client_id=name, topics=topics, no_longer=no_longer, clock=utc_now)
        session.start()
        opened.append(session)
        return session

    yield start
    for session in opened:
        session.stop()


def publish(broker, *messages: tuple[str, bytes]) -> None:
    with Publisher(BrokerAddress.parse(broker.url), client_id=f"session-test-publisher-{next(_names)}") as publisher:
        for topic, payload in messages:
            publisher.publish(topic, payload)
        assert publisher.drain()


def take(session: Session, count: int) -> list:
    taken = []
    for _ in range(100):
        taken += session.take(WAIT_S / 100, 1_000)
        if len(taken) >= count:
            break
    return taken


def heard_by_the_broker(session: Session) -> None:
    """Until the broker has read all that was sent: a new connection may overtake the last words on an old one."""
    answered = threading.Event()
    session._client.on_subscribe = lambda *_: answered.set()
    session._client.subscribe("nobody/says/a/word/here", 1)
    assert answered.wait(WAIT_S)
    session._client.on_subscribe = None


def payloads(taken) -> list[bytes]:
    return [received.message.payload for received in taken]


def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(broker, open_session):
    session = open_session("town/+")
    publish(broker, *[("town/a", str(number).encode()) for number in range(10)])
    taken = take(session, 10)
    assert payloads(taken) == [str(number).encode() for number in range(10)]
    session.acknowledge(taken[:4])
    heard_by_the_broker(session)
    session.stop()

    again = take(open_session("town/+"), 6)
    assert payloads(again) == [str(number).encode() for number in range(4, 10)]


@pytest.mark.parametrize("set_back", [timedelta(0), timedelta(milliseconds=3), timedelta(hours=1)])
def test_no_two_messages_of_a_session_arrive_at_one_instant(set_back):
    instants = [NOON, NOON - set_back]
    nowhere = BrokerAddress.parse("mqtt://127.0.0.1:1")
    session = Session(nowhere, client_id="x", topics=("t",), clock=lambda: instants[-1] if taken else instants[0])
    taken: list = []
    for _ in range(2):
        session._take_in([Publish(b"t", b"1", 1, False, number) for number in range(1, 6)])
        taken += take(session, 5)
    assert len({received.message.own_arrival for received in taken}) == 10
    assert len({received.message.received_at for received in taken}) == 2
    release(session._client)


def test_what_arrives_while_we_are_away_waits_for_us(broker, open_session):
    open_session("town/+").stop()
    publish(broker, ("town/a", b"1"), ("town/b", b"2"))
    assert payloads(take(open_session("town/+"), 2)) == [b"1", b"2"]


def test_an_acknowledgement_of_an_earlier_connection_is_not_sent(broker, open_session):
    session = open_session("town/+")
    publish(broker, *[("town/a", str(number).encode()) for number in range(5)])
    taken = take(session, 5)
    session._on_disconnect(session._client, None, None, _Reason(), None)
    session.acknowledge(taken)
    session.stop()
    assert len(take(open_session("town/+"), 5)) == 5


class _Reason:
    is_failure = False


def test_a_topic_that_is_given_up_is_heard_no_more(mosquitto_broker, open_mosquitto_session):
    """Not so at the embedded broker, which keeps on sending: there such a message ends in quarantine (no-codec)."""
    broker = mosquitto_broker
    open_mosquitto_session("town/+", "village/+").stop()
    session = open_mosquitto_session("town/+", no_longer=("village/+",))
    publish(broker, ("town/first", b""))
    session.acknowledge(take(session, 1))
    publish(broker, ("village/a", b"old"), ("town/a", b"new"))
    assert payloads(take(session, 1)) == [b"new"]


def test_a_topic_that_is_no_text_reaches_us_as_bytes(broker, open_session):
    session = open_session("town/+")

    session._take_in([Publish(b"town/\xff", b"x", 1, False, 1)])
    (received,) = session.take(WAIT_S, 10)
    assert received.message.topic == b"town/\xff"


def test_taking_waits_for_the_first_message(broker, open_session):
    session = open_session("town/+")
    assert session.take(0.01, 10) == []
    sender = threading.Thread(target=publish, args=(broker, ("town/a", b"x")))
    sender.start()
    assert payloads(take(session, 1)) == [b"x"]
    sender.join()


@pytest.mark.parametrize("url", ["http://broker:1883", "mqtt://", "broker:1883", ""])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(StartError):
        BrokerAddress.parse(url)


def test_an_address_carries_user_password_and_port():
    address = BrokerAddress.parse("mqtts://user%40town:p%2Fw@broker.example:8884", "ca.crt")
    assert (address.username, address.password, address.port, address.tls) == ("user@town", "p/w", 8884, True)
    assert "p/w" not in str(address)
    assert BrokerAddress.parse("mqtts://broker").port == 8883
