"""An arrival of its own for each message that has no other time.

Messages read from the socket together share an instant, and after an outage a broker hands over hours of them at once. Of
a device without a clock two such would take the same place, and only the first would be stored. So of one device each
arrives a microsecond after the one before, at least.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from ingest.messages import Fix, Message, Reading

APART = timedelta(microseconds=1)
TOGETHER = timedelta(seconds=1)
"""An arrival farther before the last one is of a message that waited elsewhere."""

Item = TypeVar("Item", Reading, Fix)


class Arrivals:
    """The last arrival of each known device that has no clock."""

    def __init__(self) -> None:
        self._last: dict[str, datetime] = {}
        self._message: Message | None = None
        self._told: Message | None = None
        self._settled: Message | None = None

    def settle(self, message: Message) -> None:
        """The message is a repeat that has its arrival already: it stays as it is."""
        self._settled = message

    def told(self, message: Message) -> Message:
        """The message as it was told apart from others last, or as it is."""
        return self._told if self._told is not None and message is self._message else message

    def tell_apart(self, message: Message, item: Item) -> tuple[Message, Item]:
        """The message with an arrival no other of the device has, the same for all its items; the item moved with it."""
        if message is not self._message:
            self._message, self._told = message, self._after_the_last(message, item.device)
        told = self.told(message)
        if message is not self._settled:
            self._last[item.device] = told.received_at
        if item.at is None or told is message:
            return told, item
        return told, replace(item, at=item.at + (told.received_at - message.received_at))

    def _after_the_last(self, message: Message, device: str) -> Message:
        last = self._last.get(device)
        if message is self._settled or last is None or not last - TOGETHER <= message.received_at <= last:
            return message
        return replace(message, received_at=last + APART)
