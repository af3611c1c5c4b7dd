"""What the town has told its residents, as everybody may read it: each message with what came after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.resident_messages import MessageKind, MessageState, ResidentMessage

SHOWN_AFTER = timedelta(hours=24)
"""How long a message that is over or out of date is still told, marked as such."""

_OVER = (MessageKind.WITHDRAWAL, MessageKind.ALL_CLEAR)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message that went out, and all that refer to it, in the order they went out."""

    chain: tuple[ResidentMessage, ...]

    @property
    def id(self) -> UUID:
        """The id of the first of them."""
        return self.chain[0].id

    @property
    def newest(self) -> ResidentMessage:
        """What stands now."""
        return self.chain[-1]

    @property
    def is_over(self) -> bool:
        """Whether it was taken back or cleared."""
        return self.newest.kind in _OVER

    def in_force(self, now: datetime) -> bool:
        """Whether it still holds: not taken back, not cleared, not out of date."""
        until = self.newest.until
        return not self.is_over and (until is None or now < until)

    def shown(self, now: datetime) -> bool:
        """Whether it is still told at all: in force, or over for less than a day."""
        return self.in_force(now) or now - _last_word(self.newest) < SHOWN_AFTER


def announcements(messages: Iterable[ResidentMessage]) -> list[Announcement]:
    """Those that went out, the newest word first; drafts, refused and cancelled ones are nobody's."""
    chains: dict[UUID, list[ResidentMessage]] = {}
    sent = [message for message in messages if message.state is MessageState.QUEUED and message.ended_at is not None]
    for message in sorted(sent, key=sent_at):
        chains.setdefault(message.refers_to or message.id, []).append(message)
    found = [Announcement(tuple(chain)) for chain in chains.values() if _is_whole(chain)]
    return sorted(found, key=lambda one: sent_at(one.newest), reverse=True)


def sent_at(message: ResidentMessage) -> datetime:
    """When a message that went out was handed to the outbox."""
    assert message.ended_at is not None
    return message.ended_at


def _is_whole(chain: Sequence[ResidentMessage]) -> bool:
    """Whether the message the others refer to is among them; it may be older than what was read."""
    return chain[0].kind is MessageKind.MESSAGE


def _last_word(message: ResidentMessage) -> datetime:
    sent = sent_at(message)
    return sent if message.until is None or message.kind in _OVER else max(sent, message.until)
