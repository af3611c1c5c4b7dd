"""Messages without a time of their own that the broker sends again.

Their rows carry the arrival as their time, and that is their identity: a repeat that kept its own arrival would become a
second row. So the arrival of each is kept with its packet number and a digest, in the transaction of its rows; a message
the broker marks as repeated, with a number and a digest that are known, arrived when it arrived the first time.

A broker uses a packet number again only after the acknowledgement, so one entry a number is all there is to know. A broker
that does not mark its repeats (the embedded one keeps nothing after a restart anyway) gives a second row with
the reason ``ARRIVAL_TIME``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

from ingest.messages import Message
from store.rows import ArrivalTimed

DIGEST_BYTES = 16


class Repeats:
    """What one client of a broker may get again; ``known`` is what ``store.intake.arrival_timed`` gave at the start."""

    def __init__(self, client: str = "", known: Iterable[ArrivalTimed] = ()) -> None:
        self._client = client
        self._known = {each.packet_id: each for each in known}
        self.without_first: set[int] = set()
        """Packet numbers of repeats whose first delivery was not known: it may wait in the spool."""

    def recall(self, message: Message) -> Message:
        """The message with the arrival its rows have already, where it is known as a repeat or as what was repeated."""
        known = self._known.get(message.packet_id)
        if known is None or not self._is_same(message, known):
            return message
        return replace(message, received_at=known.received_at)

    def _is_same(self, message: Message, known: ArrivalTimed) -> bool:
        """Whether it is the same delivery; the first may come after its repeat, when it waited in the spool."""
        if message.repeated:
            in_order = known.received_at <= message.received_at
        else:
            in_order = known.received_at > message.received_at and message.packet_id in self.without_first
        return in_order and known.digest == digest(message)

    def remember(self, message: Message) -> ArrivalTimed | None:
        """What is to be stored with the rows of the message; None where it cannot come again (QoS 0)."""
        if not message.packet_id:
            return None
        arrived = ArrivalTimed(message.packet_id, digest(message), message.received_at, self._client)
        known = self._known.get(message.packet_id)
        if known is not None and known.received_at > arrived.received_at:
            return None  # it waited with us: its number has gone to a later message since
        if message.repeated and known != arrived:
            self.without_first.add(message.packet_id)
        elif not message.repeated:
            self.without_first.discard(message.packet_id)
        self._known[message.packet_id] = arrived
        return arrived


def digest(message: Message) -> bytes:
    """Tells messages apart: of topic and payload, 16 bytes."""
    summed = blake2b(message.topic, digest_size=DIGEST_BYTES)
    summed.update(b"\0")  # no topic holds it
    summed.update(message.payload)
    return summed.digest()
