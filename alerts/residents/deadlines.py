"""How long a message to residents may wait, and when its time has come or is over. Times are UTC; nothing here reads a clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.resident_messages import MessageKind, MessageState, ResidentMessage

CANCEL_WINDOW = timedelta(seconds=30)
KEPT_FOR = timedelta(hours=24)
"""A message nobody approved is deleted so long after it was begun; writing on it does not prolong its life."""
APART = timedelta(minutes=10)
LATEST_START = timedelta(minutes=10)
"""An approved message that could not be queued within this after its window is out of date: it is not sent."""
DANGER_VALID = timedelta(minutes=30)
SET_BACK = timedelta(minutes=5)
"""An approval that lies so far in the future is one from before the clock was set back: its window is over."""


def is_due(message: ResidentMessage, now: datetime) -> bool:
    """Whether the cancel window of an approved message is over; a clock that was set back does not prolong it."""
    if message.send_at is None or message.approval is None:
        return False
    return now >= message.send_at or message.approval.by.at > now + SET_BACK


def too_late(message: ResidentMessage, now: datetime) -> bool:
    """Whether an approved message waited so long that it must not start any more."""
    send_at, until = message.send_at, message.until
    return send_at is None or until is None or now >= min(until, send_at + LATEST_START)


def left_over(message: ResidentMessage, now: datetime) -> bool:
    """Whether a message nobody approved has to be deleted."""
    waiting = message.state in (MessageState.DRAFT, MessageState.SUBMITTED)
    return waiting and now - message.made.at >= KEPT_FOR


def too_soon(message: ResidentMessage, recent: ResidentMessage | None, now: datetime) -> bool:
    """Whether it would follow another one of its area and hazard within ten minutes without its level rising."""
    if message.kind is not MessageKind.MESSAGE or recent is None or recent.approval is None:
        return False
    return now - recent.approval.by.at < APART and message.level <= recent.level
