"""Which waiting messages a newer one of the same thread makes unnecessary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from store.alert_rows import NotificationRow

_CARRIES = frozenset({"alert", "repeat", "escalation", "heartbeat"})


@dataclass(frozen=True, slots=True)
class Superseded:
    """``newer`` carries the news of the ``older`` ones."""

    newer: UUID
    older: tuple[UUID, ...]


def superseded(waiting: Sequence[NotificationRow]) -> list[Superseded]:
    """What need not be sent of the messages of one channel that wait, given in queue order."""
    lanes: dict[tuple[str, str], list[NotificationRow]] = defaultdict(list)
    for message in waiting:
        lanes[message.audience, message.thread].append(message)
    return [found for lane in lanes.values() for found in _in_lane(lane)]


def carries(newer: NotificationRow, older: NotificationRow) -> bool:
    """Whether who reads ``newer`` misses nothing of ``older``.

    Messages to residents each stand for themselves. No level is lost (somebody who is told it went down to 注意 has to
    have been told of 危険), and no episode of a gathered message.
    """
    if newer.resident or older.resident or not {newer.purpose, older.purpose} <= _CARRIES:
        return False
    return newer.level >= older.level and _episodes(older) <= _episodes(newer)


def _in_lane(lane: Sequence[NotificationRow]) -> Iterable[Superseded]:
    by_newer: dict[UUID, list[UUID]] = defaultdict(list)
    for place, message in enumerate(lane):
        newest = next((newer for newer in reversed(lane[place + 1 :]) if carries(newer, message)), None)
        if newest is not None:
            by_newer[newest.id].append(message.id)
    return [Superseded(newer, tuple(older)) for newer, older in by_newer.items()]


def _episodes(message: NotificationRow) -> set[str]:
    """The episodes a message speaks of: of a gathered one those it lists, else the one that heads it."""
    listed = message.body.get("episodes")
    if isinstance(listed, list):
        return {str(each["episode"] if isinstance(each, dict) else each) for each in listed}
    return {str(message.episode)} if message.episode is not None else set()
