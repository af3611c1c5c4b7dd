"""The bound of what waits in memory. A broker holds back what we do not acknowledge; QoS 0 knows no such thing."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.times import Clock
from ingest.incidents import QOS0_DROPPED, IncidentBook
from ingest.intake import Publish
from ingest.messages import Message

log = logging.getLogger(__name__)

MOST_WAITING = 5_000
MOST_WAITING_BYTES = 64 * 1024 * 1024
FEW = 4
"""So few messages in one chunk may be large ones: only then are bytes counted, which costs time."""
ENOUGH_TO_COUNT = 64
QUIET = timedelta(seconds=60)


class Waiting(Protocol):
    """What waits: a message, with whatever else."""

    @property
    def message(self) -> Message:
        """It."""


class Overflow:
    """Lets in what there is room for; of messages of QoS 0 what is too much is dropped, counted and told."""

    def __init__(self, book: IncidentBook, clock: Clock) -> None:
        self._book, self._clock = book, clock
        self._dropped = 0
        self._last: datetime | None = None

    def admitted(self, publishes: list[Publish], waiting: Sequence[Waiting] | deque[Waiting]) -> list[Publish]:
        """What of a chunk may join those waiting; quick where there is room."""
        if len(waiting) < MOST_WAITING and (len(publishes) > FEW or not _too_large(waiting)):
            return publishes
        kept = [publish for publish in publishes if publish.qos]
        if len(kept) < len(publishes):
            self._note(len(publishes) - len(kept))
        return kept

    def look(self) -> None:
        """Note the end where nothing was dropped for a while."""
        if self._last is not None and self._clock() - self._last >= QUIET:
            self._book.ended(QOS0_DROPPED, self._last, messages=self._dropped)
            self._last, self._dropped = None, 0

    def _note(self, number: int) -> None:
        self._last = self._clock()
        if not self._dropped:
            log.error("messages of QoS 0 come faster than they can be kept: some are lost")
            self._book.began(QOS0_DROPPED, self._last)
        self._dropped += number
        self._book.count("messages_dropped_qos0", number)


def _too_large(waiting: Sequence[Waiting] | deque[Waiting]) -> bool:
    if len(waiting) < ENOUGH_TO_COUNT:
        return False
    # A copy, at once: the other thread goes on taking from it.
    return sum(len(each.message.payload) for each in list(waiting)) >= MOST_WAITING_BYTES
