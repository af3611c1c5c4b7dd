"""What the comings and goings of a connection mean: the broker is away, or another client has our name.

Two clients with one id take the connection from each other: each is let in, and put out as soon as the other
comes again. So many short connections in a row, none refused in between, are no failing network; both sides then
wait longer, which lets one of them work.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import paho.mqtt.client as mqtt

from core.times import Clock
from ingest.incidents import BROKER_AWAY, CLIENT_ID_IN_USE, IncidentBook

AWAY_AFTER = timedelta(seconds=10)
SHORT = timedelta(seconds=10)
SHORT_IN_A_ROW = 5
STEADY = timedelta(seconds=60)
RECONNECT_S = (1, 10)
RECONNECT_WHEN_TAKEN_S = (30, 120)


class ConnectionWatch:
    """Told when the connection comes and goes; notes in the book what follows."""

    def __init__(self, book: IncidentBook, clock: Clock, client: mqtt.Client) -> None:
        self._book, self._clock, self._client = book, clock, client
        self._lock = threading.Lock()
        self._since: datetime | None = None
        self._gone: datetime | None = None
        self._short = 0

    def back(self) -> None:
        """The broker let us in."""
        now = self._clock()
        with self._lock:
            self._since, self._gone = now, None
        self._book.ended(BROKER_AWAY, now)

    def gone(self) -> None:
        """The connection is lost."""
        now = self._clock()
        with self._lock:
            lived = now - self._since if self._since is not None else None
            self._since, self._gone = None, self._gone or now
            self._short = self._short + 1 if lived is not None and lived < SHORT else 0
            taken = self._short >= SHORT_IN_A_ROW
        if taken:
            self._client.reconnect_delay_set(*RECONNECT_WHEN_TAKEN_S)
            self._book.began(CLIENT_ID_IN_USE, now)

    def refused(self, _client: mqtt.Client, _data: Any) -> None:
        """The broker could not be reached: then it is the network, or the broker."""
        with self._lock:
            self._short = 0

    def look(self) -> None:
        """Note what has lasted long enough to be told, or to be over."""
        now = self._clock()
        with self._lock:
            gone, since = self._gone, self._since
        if gone is not None and now - gone >= AWAY_AFTER:
            self._book.began(BROKER_AWAY, gone)
        if since is not None and now - since >= STEADY and CLIENT_ID_IN_USE in self._book.open:
            self._client.reconnect_delay_set(*RECONNECT_S)
            self._book.ended(CLIENT_ID_IN_USE, now)
