"""Tasks that are done in turn, about once a second, by a process that alone works for its site."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from core.errors import StartError, StoreError
from core.times import Clock

PAUSE_S = 1.0
BREATH_S = 0.02
"""Between two rounds of a backlog, so that others get at the processor and the database."""
LONGEST_PAUSE_S = 30.0

Task = Callable[[datetime], bool]
"""Called about once a second with the present instant; True asks to be called again at once. May raise StoreError."""


def every(interval: timedelta, do: Callable[[datetime], object]) -> Task:
    """A task that does something at once and then each ``interval``."""
    due: datetime | None = None

    def work(now: datetime) -> bool:
        nonlocal due
        if due is None or not due - interval <= now < due:  # a clock that was set back delays nothing
            do(now)
            due = now + interval
        return False

    return work


class Held(Protocol):
    """A lock that may be lost."""

    def ensure(self) -> bool:
        """Whether it was held without a break; raises StartError where another process holds it."""


def work(
    make: Callable[[], Mapping[str, Task]],
    lock: Held,
    stop: threading.Event,
    *,
    doing: str,
    log: logging.Logger,
    clock: Clock,
    alive: Callable[[], None],
    pause_s: float = PAUSE_S,
) -> None:
    """Do the tasks ``make`` gives in turn until ``stop``; ``alive`` is called after each round in which all succeeded.

    They are made when this begins and after the lock was lost: what they remember may be out of date then. While the
    database is away it waits and goes on. Raises StartError where another process took over.
    """
    tasks = make()
    failures = 0
    while not stop.is_set():
        more = False
        try:
            if not lock.ensure():
                tasks = make()
            sound, more = _round(tasks, clock(), log)
        except StoreError as error:
            log.warning("%s waits for the database: %s", doing, error)
            sound = False
        if sound:
            failures = 0
            alive()
        else:
            failures += 1
        wait_s = BREATH_S if more and sound else pause_s * 2.0 ** min(failures, 10)
        stop.wait(min(LONGEST_PAUSE_S, wait_s))


def _round(tasks: Mapping[str, Task], now: datetime, log: logging.Logger) -> tuple[bool, bool]:
    """Whether every task succeeded, and whether one asks to be called again at once."""
    sound, more = True, False
    for name, task in tasks.items():
        try:
            more |= task(now)
        except StartError:
            raise
        except StoreError as error:
            sound = False
            log.warning("%s is tried again: %s", name, error)
        except Exception:  # one task that fails stops no other
            sound = False
            log.exception("%s failed and is tried again", name)
    return sound, more
