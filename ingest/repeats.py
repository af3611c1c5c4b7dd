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

    def recall(self, message: Message) -> Message:
        """The message with the instant it arrived first, where it is a repeat of one that is known."""
        known = self._known.get(message.packet_id)
        if known is None or known.received_at > message.received_at or known.digest != digest(message):
            return message
        return replace(message, received_at=known.received_at)

    def remember(self, message: Message) -> ArrivalTimed | None:
        """What is to be stored with the rows of the message; None where it cannot come again (QoS 0)."""
        if not message.packet_id:
            return None
        arrived = ArrivalTimed(message.packet_id, digest(message), message.received_at, self._client)
        known = self._known.get(message.packet_id)
        if known is None or known.received_at <= arrived.received_at:
            self._known[message.packet_id] = arrived
            return arrived
        return None  # it waited with us: its number has gone to a later message since


def digest(message: Message) -> bytes:
    """Tells messages apart: of topic and payload, 16 bytes."""
    summed = blake2b(message.topic, digest_size=DIGEST_BYTES)
    summed.update(b"\0")  # no topic holds it
    summed.update(message.payload)
    return summed.digest()
