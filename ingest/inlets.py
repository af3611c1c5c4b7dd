"""Several sessions as one: the collector's own, and those of silent members it looks after meanwhile.

What comes in by any of them takes the same way: through the same writer or the same spool, and only then it is
acknowledged to the session it came from.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ingest.incidents import IncidentBook
from ingest.session import Received


class Inlet(Protocol):
    """Where a collector takes messages from."""

    @property
    def connected(self) -> bool:
        """Whether the broker is there right now."""

    @property
    def waiting(self) -> int:
        """How many messages have arrived and are not taken yet."""

    @property
    def last_heard(self) -> datetime | None:
        """When the last message arrived."""

    @property
    def book(self) -> IncidentBook:
        """Where it is noted what goes wrong."""

    def take(self, timeout_s: float, most: int) -> list[Received]:
        """Up to ``most`` messages, waiting at most ``timeout_s`` for the first."""

    def acknowledge(self, taken: Sequence[Received]) -> None:
        """These are durable; those of others, or of an earlier connection, are skipped."""

    def look_after(self) -> None:
        """Note what became of the connection."""


class Inlets:
    """An inlet made of the own session and of guests that come and go; ``own`` alone decides how the collector is."""

    def __init__(self, own: Inlet) -> None:
        self._own = own
        self._guests: tuple[Inlet, ...] = ()  # replaced as a whole: another thread adds and removes
        self.connection_numbers = itertools.count(1 << 32, 1 << 32)
        """Where the connections of a guest begin to count, so that none is taken for one of another session."""

    def add(self, guest: Inlet) -> None:
        """From now on take from this session too."""
        self._guests = (*self._guests, guest)

    def remove(self, guest: Inlet) -> None:
        """No more; what was taken from it and is not acknowledged comes again to whoever has its session then."""
        self._guests = tuple(each for each in self._guests if each is not guest)

    @property
    def connected(self) -> bool:
        """Whether the broker is there for the own session."""
        return self._own.connected

    @property
    def waiting(self) -> int:
        """How many messages have arrived and are not taken yet, of all."""
        return self._own.waiting + sum(guest.waiting for guest in self._guests)

    @property
    def last_heard(self) -> datetime | None:
        """When the last message of the own session arrived."""
        return self._own.last_heard

    @property
    def book(self) -> IncidentBook:
        """The own one."""
        return self._own.book

    def take(self, timeout_s: float, most: int) -> list[Received]:
        """Half of what fits from the guests at most, where the own session has enough. Raises as the own session does."""
        guests = self._guests
        parked = [guest for guest in guests if guest.waiting]
        if not parked:
            return self._own.take(timeout_s, most)
        taken = self._own.take(0, most // 2)
        for guest in parked:
            taken += guest.take(0, most - len(taken))
        return taken

    def acknowledge(self, taken: Sequence[Received]) -> None:
        """Each session finds its own among these by the number of the connection."""
        for session in (self._own, *self._guests):
            session.acknowledge(taken)

    def look_after(self) -> None:
        """Note what became of the own connection; that of a guest is looked after by whoever added it."""
        self._own.look_after()
