"""Publishing to a broker so that it is known to have arrived: QoS 1, a bounded number unconfirmed."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Any, Protocol, Self

import paho.mqtt.client as mqtt

from core.broker_address import BrokerAddress
from core.errors import StartError
from ingest.session import new_client, release

log = logging.getLogger(__name__)

WINDOW = 1_000
KEEPALIVE_S = 30
_CONNECT_TIMEOUT_S = 10.0
_LOOK_UP_S = 0.2


class Outlet(Protocol):
    """Where messages go; ``Publisher`` in earnest, a list in tests."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hand a message over; False where we were told to stop first."""

    def drain(self) -> bool:
        """Wait until all are confirmed; False where we were told to stop first."""


class Publisher:
    """A connection that publishes at QoS 1 and counts what the broker has confirmed.

    At most ``window`` messages are unconfirmed; ``publish`` then waits. Over a lost connection nothing is
    forgotten: unconfirmed messages go out again, so one may arrive twice. One thread at a time. Used as a
    context manager it connects, and at the end leaves without waiting (``drain`` waits).
    """

    def __init__(
        self, address: BrokerAddress, *, client_id: str, stop: threading.Event | None = None, window: int = WINDOW
    ) -> None:
        self._address = address
        self._stop = stop or threading.Event()
        self._window = window
        self._room = threading.Semaphore(window)
        self._answered = threading.Event()
        self._refused = ""
        self._client = new_client(address, client_id, clean=True)
        self._client.max_inflight_messages_set(window)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self.published = 0
        self.confirmed = 0

    def connect(self) -> None:
        """Reach the broker; raises StartError where it cannot be reached or does not let us in."""
        try:
            self._client.connect(self._address.host, self._address.port, KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise StartError(
                f"cannot publish: the MQTT broker at {self._address} cannot be reached ({error})",
                hint="start the broker, or set MQTT_URL to where it is",
            ) from error
        self._client.loop_start()
        if not self._answered.wait(_CONNECT_TIMEOUT_S) or self._refused:
            self.close()
            raise StartError(
                f"cannot publish: the MQTT broker at {self._address} did not let us in "
                f"({self._refused or 'no answer'})",
                hint="check user name, password and access list",
            )

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hand a message to the network thread, waiting for room; False where told to stop while waiting.

        Raises ValueError for a topic with a wildcard.
        """
        if not self._take_room():
            return False
        try:
            self._client.publish(topic, payload, 1, retain)
        except BaseException:
            self._room.release()
            raise
        self.published += 1
        return True

    def drain(self) -> bool:
        """Wait until the broker has confirmed everything; False where told to stop before that."""
        taken = 0
        while taken < self._window and self._take_room():
            taken += 1
        if taken:
            self._room.release(taken)
        return taken == self._window

    def close(self) -> None:
        """Disconnect; what is unconfirmed by now may not have arrived."""
        self._client.disconnect()
        self._client.loop_stop()
        release(self._client)

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take_room(self) -> bool:
        while not self._room.acquire(timeout=_LOOK_UP_S):
            if self._stop.is_set():
                return False
        return True

    def _on_connect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._refused = str(reason) if reason.is_failure else ""
        self._answered.set()

    def _on_disconnect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.warning("connection to the MQTT broker at %s lost (%s); trying again", self._address, reason)

    def _on_publish(self, _client: mqtt.Client, _data: Any, _mid: int, _reason: Any, _properties: Any) -> None:
        self.confirmed += 1
        self._room.release()
