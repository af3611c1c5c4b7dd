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
        self._told: dict[str, Message] = {}
        self._settled: Message | None = None

    def settle(self, message: Message) -> None:
        """The message is a repeat that has its arrival already: it stays as it is."""
        self._settled = message

    def tell_apart(self, message: Message, item: Item) -> tuple[Message, Item]:
        """The message with an arrival no other of the device has, the same for all its items; the item moved with it."""
        if message is not self._message:
            self._message, self._told = message, {}
        told = self._told.get(item.device)
        if told is None:
            told = self._told[item.device] = self._after_the_last(message, item.device)
        if item.at is None or told is message:
            return told, item
        return told, replace(item, at=item.at + (told.received_at - message.received_at))

    def _after_the_last(self, message: Message, device: str) -> Message:
        if message is self._settled:
            return message
        last = self._last.get(device)
        if last is not None and last - TOGETHER <= message.received_at <= last:
            message = replace(message, received_at=last + APART)
        self._last[device] = message.received_at
        return message
