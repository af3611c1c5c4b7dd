"""What can happen to a session: the broker forgets it, hangs, is not there yet; another client takes its name."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from core.broker_address import BrokerAddress
from core.errors import StartError
from core.times import utc_now
from ingest.incidents import CLIENT_ID_IN_USE, SESSION_LOST, IncidentBook
from ingest.publishing import Publisher
from ingest.session import Session

pytestmark = pytest.mark.broker

_names = itertools.count()


@pytest.fixture
def session_of() -> Iterator[Callable[..., Session]]:
    """Makes sessions that are not started; each is stopped at the end of the test."""
    made: list[Session] = []

    def make(url: str, name: str = "", **arguments) -> Session:
        book = IncidentBook("collect/1")
        session = Session(
            BrokerAddress.parse(url),
            client_id=name or f"session-faults-{next(_names)}",
            topics=["town/+"],
            clock=utc_now,
            book=book,
            **arguments,
        )
        made.append(session)
        return session

    yield make
    for session in made:
        session.stop()


def until(true: Callable[[], object], what: str, session: Session | None = None, seconds: float = 30.0) -> None:
    waiting = threading.Event()
    for _ in range(round(seconds / 0.02)):
        if true():
            return
        if session is not None:
            session.take(0.0, 1_000)
        waiting.wait(0.02)
    raise AssertionError(what)


def publish(url: str, *payloads: bytes) -> None:
    with Publisher(BrokerAddress.parse(url), client_id=f"session-faults-{next(_names)}") as publisher:
        for payload in payloads:
            publisher.publish("town/a", payload)
        assert publisher.drain()


def lost(session: Session) -> list[tuple[bool, object]]:
    return [(each.began, each.at) for each in session.book.notices if each.kind == SESSION_LOST]


def test_a_broker_that_comes_back_without_its_memory_is_told_with_the_span(start_embedded, session_of):
    broker = start_embedded()
    session = session_of(broker.url)
    session.start()
    publish(broker.url, b"1")
    until(lambda: session.waiting, "nothing arrives")
    heard = session.last_heard
    assert lost(session) == []
    broker.stop()
    until(lambda: not session.connected, "not noticed")
    start_embedded(broker.port)
    until(lambda: session.connected, "not connected again")
    (_, since), (_, until_at) = lost(session)
    assert since == heard
    assert heard < until_at <= utc_now()
    assert session.sessions_lost == 1


def test_a_broker_that_kept_its_memory_is_not_suspected(start_mosquitto, session_of):
    broker = start_mosquitto()
    session = session_of(broker.url)
    session.start()
    broker.stop()
    until(lambda: not session.connected, "not noticed")
    start_mosquitto(broker.port)
    until(lambda: session.connected, "not connected again")
    assert lost(session) == []


def test_a_session_of_an_earlier_run_that_is_gone_is_told(broker, session_of):
    before = utc_now() - timedelta(hours=2)
    session = session_of(broker.url, last_heard=before)
    session.start()
    assert lost(session)[0] == (True, before)
    again = session_of(broker.url)
    again.start()
    assert lost(again) == [], "the first time there is nothing to lose"


def test_one_that_is_patient_waits_for_the_broker(start_embedded, session_of):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    session = session_of(f"mqtt://127.0.0.1:{port}")
    with pytest.raises(StartError, match="cannot be reached"):
        session.start()
    patient = session_of(f"mqtt://127.0.0.1:{port}")
    patient.start(patient=True)
    assert patient.take(0.0, 10) == []
    start_embedded(port)
    until(lambda: patient.connected, "not connected", patient)


def test_a_network_thread_that_ended_is_not_waited_for(broker, session_of):
    session = session_of(broker.url)
    session.start()

    def fail(_publishes: object) -> None:
        raise RuntimeError("a defect")

    session._client.take_publishes = fail
    session._client._sock._take = fail
    publish(broker.url, b"1")
    until(lambda: not session._client.running, "still running")
    with pytest.raises(StartError, match="ended by itself"):
        session.take(0.0, 10)


@contextmanager
def halted(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def test_a_broker_that_hangs_is_noticed(mosquitto_broker, session_of):
    session = session_of(mosquitto_broker.url, keepalive_s=1)
    session.start()
    with halted(mosquitto_broker.pid):
        until(lambda: not session.connected, "not noticed", session)
    until(lambda: session.connected, "not connected again", session)


def test_what_comes_again_is_marked_with_the_number_it_had(mosquitto_broker, session_of):
    session = session_of(mosquitto_broker.url)
    session.start()
    publish(mosquitto_broker.url, b"1", b"2")
    first = [each.message for each in session.take(10.0, 1)]
    until(lambda: first.extend(each.message for each in session.take(0.1, 10)) or len(first) == 2, "missing")
    assert [(each.repeated, each.packet_id > 0) for each in first] == [(False, True)] * 2
    name = session._client._client_id.decode()
    session.stop()
    again = session_of(mosquitto_broker.url, name)
    again.start()
    second = []
    until(lambda: second.extend(each.message for each in again.take(0.1, 10)) or len(second) == 2, "missing")
    assert [(each.repeated, each.packet_id) for each in second] == [(True, each.packet_id) for each in first]


def test_two_with_one_name_are_noticed_and_lose_nothing(broker, session_of):
    name = f"twins-{next(_names)}"
    first, second = session_of(broker.url, name), session_of(broker.url, name)
    for each in (first, second):
        each._client.reconnect_delay_set(0.05, 0.1)
    first.start()
    second.start(patient=True)
    until(lambda: CLIENT_ID_IN_USE in {**first.book.open, **second.book.open}, "not noticed", seconds=60)
    first.stop()
    second.stop()
    third = session_of(broker.url, name)
    third.start()
    publish(broker.url, b"1", b"2")
    found: set[bytes] = set()
    until(lambda: found.update(each.message.payload for each in third.take(0.1, 10)) or len(found) == 2, "missing")
    assert lost(first) == lost(second) == lost(third) == []
