"""Playing a plan: messages in order, each published when it is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Event

from core.errors import StartError
from core.times import Clock
from ingest.publishing import Outlet


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to be published at ``due`` (aware; None: at once), never earlier."""

    due: datetime | None
    topic: str
    payload: bytes
    retain: bool = False


Progress = Callable[[int], None]
"""Told how many messages have gone out so far."""

Wait = Callable[[float], bool]
"""Waits so many seconds; True where told to stop meanwhile (``threading.Event.wait``)."""


def play(
    plan: Iterable[Planned],
    outlet: Outlet,
    *,
    clock: Clock,
    stop: Event,
    wait: Wait | None = None,
    progress: Progress | None = None,
    so_far: int = 0,
) -> int:
    """Publish the plan, which may never end, and wait for the confirmations; returns how many went out.

    Ends early, and soon, when ``stop`` is set. A message overdue goes out at once: nothing is left out.
    ``progress`` is told ``so_far`` and those of this plan.
    """
    wait = wait or stop.wait
    count = 0
    for message in plan:
        if stop.is_set() or not _until(message.due, clock, wait):
            break
        if not outlet.publish(message.topic, message.payload, retain=message.retain):
            break
        count += 1
        if progress is not None:
            progress(so_far + count)
    outlet.drain()
    return count


def require_speed(speed: float) -> None:
    """Raises StartError unless the speed is a number above zero."""
    if not 0.0 < speed < float("inf"):
        raise StartError(
            f"cannot play at speed {speed:g}", hint="give a number above 0: 1 is real speed, 60 an hour a minute"
        )


def _until(due: datetime | None, clock: Clock, wait: Wait) -> bool:
    while due is not None and (seconds := (due - clock()).total_seconds()) > 0:
        if wait(seconds):
            return False
    return True
