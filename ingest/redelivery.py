"""What the broker sends again after a lost connection, while the first copy still waits with us.

Each lost connection brings the whole window again. While nothing can be written for hours (the spool is full, the
network flaps) the copies would pile up. The older copy goes, for only the newer one can be acknowledged; it keeps the
arrival of the older one. A copy that does not come again stays: a broker that was killed may not have it any more.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ingest.messages import Message

Waiting = tuple[Message, int]
"""A message and the number of the connection it came over."""


def without_older_copies(waiting: Sequence[Waiting], connection: int) -> list[Waiting]:
    """The same in order, but of each message that came again over ``connection`` only the newer copy.

    Two messages alike are two: each newer copy stands for one older one, in order of arrival.
    """
    came: dict[tuple[bytes, bytes], int] = defaultdict(int)
    for message, over in waiting:
        came[message.topic, message.payload] += over == connection and message.qos > 0
    first: dict[tuple[bytes, bytes], deque[datetime]] = defaultdict(deque)
    kept: list[Waiting] = []
    for message, over in waiting:
        key = message.topic, message.payload
        if over != connection and message.qos and came[key]:
            came[key] -= 1
            first[key].append(message.received_at)
        elif over == connection and first[key]:
            kept.append((replace(message, received_at=first[key].popleft()), over))
        else:
            kept.append((message, over))
    return kept
