"""The MQTT session of the collector: everything received is held until it is durable, then acknowledged.

Rules of the session: a fixed client id and a persistent session, so the broker keeps what arrives while
we are away; QoS 1 with manual acknowledgement, in the order of arrival; the number in flight is bounded by
the broker's window (Mosquitto ``max_inflight_messages``; 100 in the embedded broker), never by blocking the
network thread. A callback only copies and returns. MQTT 3.1.1, because the embedded broker speaks one
protocol a listener and 3.1.1 is what devices and tools speak unless told otherwise.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from core.broker_address import BrokerAddress
from core.errors import StartError
from core.times import Clock
from ingest.connection_watch import ConnectionWatch
from ingest.incidents import SESSION_LOST, IncidentBook
from ingest.intake import IntakeClient, Publish
from ingest.messages import Message
from ingest.overflow import Overflow
from ingest.redelivery import without_older_copies

log = logging.getLogger(__name__)

KEEPALIVE_S = 20
"""A connection that died without a word is noticed within twice this and a second: before 1.5 × 30 s."""
CONNECT_TIMEOUT_S = 10.0
STOP_WITHIN_S = 4.0
_APART = timedelta(microseconds=1)
_SET_BACK = timedelta(seconds=1)


Client = TypeVar("Client", bound=mqtt.Client)


class Received(NamedTuple):
    """A message and the connection it came over: its packet id means nothing on another."""

    message: Message
    connection: int


def new_client(address: BrokerAddress, client_id: str, *, clean: bool) -> mqtt.Client:
    """A paho client for the address, not yet connected: MQTT 3.1.1, TLS and credentials where they are given."""
    return _prepared(mqtt.Client, address, client_id, clean=clean)


def _prepared(kind: type[Client], address: BrokerAddress, client_id: str, *, clean: bool) -> Client:
    client = kind(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=clean,
        protocol=mqtt.MQTTv311,
        manual_ack=not clean,
    )
    if address.username is not None:
        client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set(ca_certs=address.ca_file)
    client.reconnect_delay_set(min_delay=1, max_delay=10)
    return client


def release(client: mqtt.Client) -> None:
    """Let go of a client that has been stopped: without ties to its owner it closes its inner sockets at once.

    paho closes the pair it wakes its thread with only when the client itself is collected; its callbacks hold
    the owner, the owner holds it, and in such a circle the sockets may be collected before it, unclosed.
    """
    client.on_connect = client.on_disconnect = client.on_subscribe = client.on_publish = None
    client.on_connect_fail = None


class Session:
    """A persistent subscription. ``take()`` gives what has arrived, ``acknowledge()`` lets the broker forget it.

    ``no_longer`` are topics an earlier run listened to: the broker keeps them in the session until told not to.
    ``last_heard`` is the arrival of the last message of an earlier run; None: there was none, the broker cannot know
    us. What goes wrong with the connection is noted in ``book``. ``marked`` is the ``client`` of what arrives.
    """

    def __init__(
        self,
        address: BrokerAddress,
        *,
        client_id: str,
        topics: Sequence[str],
        clock: Clock,
        no_longer: Collection[str] = (),
        last_heard: datetime | None = None,
        book: IncidentBook | None = None,
        keepalive_s: int = KEEPALIVE_S,
        marked: str = "",
    ) -> None:
        self._address = address
        self._topics = topics
        self._no_longer = no_longer
        self._clock = clock
        self._keepalive_s = keepalive_s
        self.book = book or IncidentBook(client_id)
        self.last_heard = last_heard
        self._arrived: deque[Received] = deque()
        self._overflow = Overflow(self.book, clock)
        self._until = datetime(1970, 1, 1, tzinfo=UTC)
        self._wake = threading.Event()
        self._connected = threading.Event()
        self._answered = threading.Event()
        self._refused: str | None = None
        # Packet ids mean nothing on another connection: the lock makes sure that no acknowledgement is queued
        # between a disconnect and the moment paho forgets what was queued for the old socket.
        self._connection = 0
        self._acknowledging = threading.Lock()
        self._stopped = False
        self.sessions_lost = 0
        self._marked = marked
        self._client = _prepared(IntakeClient, address, client_id, clean=False)
        self._watch = ConnectionWatch(self.book, clock, self._client)
        self._client.take_publishes = self._take_in
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_connect_fail = self._watch.refused

    @property
    def connected(self) -> bool:
        """Whether the broker is there right now."""
        return self._connected.is_set()

    @property
    def waiting(self) -> int:
        """How many messages have arrived and are not taken yet."""
        return len(self._arrived)

    def start(self, *, patient: bool = False) -> None:
        """Connect and subscribe; raises StartError where the broker cannot be reached or refuses us.

        With ``patient`` it returns at once and connects when the broker is there.
        """
        if patient:
            self._client.connect_async(self._address.host, self._address.port, self._keepalive_s)
            self._watch.gone()
            self._client.loop_start()
            return
        try:
            self._client.connect(self._address.host, self._address.port, self._keepalive_s)
        except (OSError, ValueError) as error:
            raise StartError(
                f"the MQTT broker at {self._address} cannot be reached ({error})",
                hint="start the broker, or set MQTT_URL to where it is",
            ) from error
        self._client.loop_start()
        if not self._answered.wait(CONNECT_TIMEOUT_S) or self._refused:
            self.stop()
            raise StartError(
                f"the MQTT broker at {self._address} did not let us in ({self._refused or 'no answer'})",
                hint="check user name, password and access list of the collector",
            )

    def take(self, timeout_s: float, most: int) -> list[Received]:
        """Up to ``most`` messages in order of arrival, waiting at most ``timeout_s`` for the first.

        Raises StartError where nothing can arrive any more, because the network thread ended by itself.
        """
        if not self._arrived:
            self._wake.wait(timeout_s)
            self.look_after()
        self._wake.clear()
        arrived = self._arrived
        count = min(len(arrived), most)
        taken = [arrived.popleft() for _ in range(count)]
        if arrived:
            self._wake.set()
        return taken

    def acknowledge(self, taken: Sequence[Received]) -> None:
        """Tell the broker these are durable. Those of an earlier connection are skipped: it sends them again."""
        with self._acknowledging:
            current = self._connection
            self._client.acknowledge(
                [message.packet_id for message, connection in taken if connection == current and message.qos]
            )

    def stop(self) -> None:
        """Leave without ending the session: what is not acknowledged comes again next time. What arrived can be taken."""
        self._stopped = True
        self._client.disconnect()
        # A thread that is just looking up the name of the broker is not waited for to its end.
        ending = threading.Thread(target=self._client.loop_stop, name="session-end", daemon=True)
        ending.start()
        ending.join(STOP_WITHIN_S)
        self._client.disconnect()  # a connection that was being made anew meanwhile would be left open
        release(self._client)
        self._client.take_publishes = _ignore

    def look_after(self) -> None:
        """Note what became of the connection; raises StartError as ``take`` does."""
        if self._stopped:
            return
        if not self._client.running:
            raise StartError(
                f"the connection to the MQTT broker at {self._address} ended by itself",
                hint="the log says why; whoever supervises the collector starts it again",
            )
        self._watch.look()
        self._overflow.look()
        if self._arrived and self._arrived[0].connection != self._connection:
            self._merge_redelivered()

    def _merge_redelivered(self) -> None:
        """Only one thread takes from the left, this one; the network thread goes on adding at the right."""
        arrived = self._arrived
        waiting = [arrived.popleft() for _ in range(len(arrived))]
        arrived.extendleft(Received(*each) for each in reversed(without_older_copies(waiting)))

    def _on_connect(
        self, client: mqtt.Client, _data: Any, flags: mqtt.ConnectFlags, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._refused = str(reason)
            log.error("the MQTT broker at %s does not let us in (%s)", self._address, reason)
            self._answered.set()
            return
        self._refused = None
        self._watch.back()
        if self.last_heard is not None and not flags.session_present:
            self._note_lost_session(self.last_heard)
        self.last_heard = self.last_heard or self._clock()
        # First the new, then no more of the old: in between a message of both would reach nobody.
        if self._topics:
            client.subscribe([(topic, 1) for topic in self._topics])
        for topic in self._no_longer:
            client.unsubscribe(topic)
        if flags.session_present or not self._topics:
            # The old subscriptions still hold, and what they kept comes before the answer to the new ones.
            self._let_in()

    def _note_lost_session(self, since: datetime) -> None:
        self.sessions_lost += 1
        self.book.count("sessions_lost", 1)
        self.book.happened(SESSION_LOST, since, self._clock())
        log.warning("the broker has forgotten our session: messages since %s may be lost", since.isoformat())

    def _let_in(self) -> None:
        self._connected.set()
        self._answered.set()

    def _on_subscribe(
        self, _client: mqtt.Client, _data: Any, _mid: int, reasons: Sequence[Any], _properties: Any
    ) -> None:
        refused = [topic for topic, reason in zip(self._topics, reasons, strict=False) if reason.is_failure]
        if refused:
            self._refused = f"subscription refused: {', '.join(refused)}"
            log.error("the broker does not let us listen to %s", ", ".join(refused))
        self._let_in()

    def _on_disconnect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        with self._acknowledging:
            self._connection += 1
        self._connected.clear()
        if reason.is_failure:
            self._watch.gone()
            log.warning("connection to the MQTT broker at %s lost (%s); trying again", self._address, reason)

    def _take_in(self, publishes: list[Publish]) -> None:
        # They were read from the socket together, just now: one instant of arrival for all.
        now, connection = self._instant(), self._connection
        self.last_heard = now
        publishes, marked = self._overflow.admitted(publishes, self._arrived), self._marked
        self._arrived.extend(
            [
                Received(Message(topic, payload, now, qos, retain, repeated, packet_id, marked, place), connection)
                for place, (topic, payload, qos, retain, packet_id, repeated) in enumerate(publishes)
            ]
        )
        self._until = now + len(publishes) * _APART
        self._wake.set()

    def _instant(self) -> datetime:
        """Now, but after the places of what was read before: a clock that was set back further is followed."""
        now = self._clock()
        return self._until if self._until - _SET_BACK <= now < self._until else now


def _ignore(_publishes: list[Publish]) -> None:
    """Nobody listens any more."""
