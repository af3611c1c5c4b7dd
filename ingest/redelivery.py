"""What the broker sends again after a lost connection, while the first copy still waits with us.

Each lost connection brings the whole window again. While nothing can be written for hours (the spool is full, the
network flaps) the copies would pile up. The older copy goes, for only the newer one can be acknowledged; it keeps the
arrival of the older one. A copy that does not come again stays: a broker that was killed may not have it any more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ingest.messages import Message

Waiting = tuple[Message, int]
"""A message and the number of the connection it came over."""

Alike = tuple[bytes, bytes]


def without_older_copies(waiting: Sequence[Waiting]) -> list[Waiting]:
    """The same in order of arrival, but each message once: over one connection the broker sends it once.

    So where two alike came over one connection, they are two.
    """
    copies: defaultdict[Alike, list[Waiting]] = defaultdict(list)
    for each in waiting:
        if each[0].qos:
            copies[each[0].topic, each[0].payload].append(each)
    surplus = Counter({alike: len(found) - _messages(found) for alike, found in copies.items()})
    arrivals = {alike: iter(found) for alike, found in copies.items()}
    kept: list[Waiting] = []
    for message, connection in waiting:
        alike = message.topic, message.payload
        if not message.qos:
            kept.append((message, connection))
        elif surplus[alike] > 0:
            surplus[alike] -= 1
        else:
            first, _ = next(arrivals[alike])
            kept.append((replace(message, received_at=first.received_at, place=first.place), connection))
    return kept


def _messages(copies: Sequence[Waiting]) -> int:
    """How many messages these copies are of."""
    return max(Counter(connection for _, connection in copies).values())
