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


Delivery = tuple[str, int]
"""Whose session it is, and the packet number in it."""


class Repeats:
    """What one client of a broker may get again; ``known`` is what ``store.intake.arrival_timed`` gave at the start.

    Messages that come from the session of another client (``Message.client``) have numbers of their own: ``learn``.
    """

    def __init__(self, client: str = "", known: Iterable[ArrivalTimed] = ()) -> None:
        self._client = client
        self._known: dict[Delivery, ArrivalTimed] = {}
        self.without_first: set[Delivery] = set()
        """Deliveries that were repeats while the first was not known: it may wait in the spool."""
        self.learn(client, known)

    def learn(self, client: str, known: Iterable[ArrivalTimed]) -> None:
        """From now on repeats of this client's session are recognised too; safe beside the thread that reads messages."""
        self._known.update({(client, each.packet_id): each for each in known})

    def _delivery(self, message: Message) -> Delivery:
        return message.client or self._client, message.packet_id

    def recall(self, message: Message) -> Message:
        """The message with the arrival its rows have already, where it is known as a repeat or as what was repeated."""
        known = self._known.get(self._delivery(message))
        if known is None or not self._is_same(message, known):
            return message
        return replace(message, received_at=known.received_at, place=0)

    def _is_same(self, message: Message, known: ArrivalTimed) -> bool:
        """Whether it is the same delivery; the first may come after its repeat, when it waited in the spool."""
        if message.repeated:
            in_order = known.received_at <= message.received_at
        else:
            in_order = known.received_at > message.received_at and self._delivery(message) in self.without_first
        return in_order and known.digest == digest(message)

    def remember(self, message: Message) -> ArrivalTimed | None:
        """What is to be stored with the rows of the message; None where it cannot come again (QoS 0)."""
        if not message.packet_id:
            return None
        delivery = client, packet_id = self._delivery(message)
        arrived = ArrivalTimed(packet_id, digest(message), message.received_at, client)
        known = self._known.get(delivery)
        if known is not None and known.received_at > arrived.received_at:
            return None  # it waited with us: its number has gone to a later message since
        if message.repeated and known != arrived:
            self.without_first.add(delivery)
        elif not message.repeated:
            self.without_first.discard(delivery)
        self._known[delivery] = arrived
        return arrived


def digest(message: Message) -> bytes:
    """Tells messages apart: of topic and payload, 16 bytes."""
    summed = blake2b(message.topic, digest_size=DIGEST_BYTES)
    summed.update(b"\0")  # no topic holds it
    summed.update(message.payload)
    return summed.digest()
