"""A sign that a process goes round: the age of a file, for the health checks of services without a port."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.errors import StartError, StoreError
from core.times import Clock
from store import Store

log = logging.getLogger(__name__)

STALE_AFTER_S = 60.0
BEAT_S = 5.0
MEMBER = "1"
"""The name of the only member of a process that has no others."""


class Every:
    """Does something when called, at most once in so many seconds."""

    def __init__(self, seconds: float, work: Callable[[], None]) -> None:
        self._seconds, self._work = seconds, work
        self._next = 0.0

    def __call__(self) -> None:
        """Do it, where it is time again."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._seconds
            self._work()


class Heartbeat:
    """Touches ``<data>/alive/<name>``; ``beat`` costs nothing when called often."""

    def __init__(self, data: Path, name: str) -> None:
        self._file = data / "alive" / name
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._touch = Every(1.0, self._sign)

    def beat(self) -> None:
        """Say that the process goes round; at most once a second to the disk."""
        self._touch()

    def _sign(self) -> None:
        try:
            self._file.touch()
        except OSError as error:  # a disk that is read-only stops nobody's work; the health check tells of it
            log.warning("%s cannot be touched (%s)", self._file, error)


class StoredBeat:
    """Tells the database that a process goes round (``store.watching.beat``), for the health page to see.

    ``site`` is the store's number of the site. What fails is left out: the next beat tells as much.
    """

    def __init__(self, store: Store, site: int, process: str, clock: Clock, member: str = MEMBER) -> None:
        self._store, self._site, self._process, self._member, self._clock = store, site, process, member, clock
        self._state: Mapping[str, Any] = {}
        self._tell = Every(BEAT_S, self._beat)

    def beat(self, state: Mapping[str, Any] | None = None) -> None:
        """Say that the process goes round, and how it is; at most every five seconds to the database."""
        self._state = self._state if state is None else state
        self._tell()

    def _beat(self) -> None:
        try:
            self._store.watching.beat(self._site, self._process, self._member, self._clock(), self._state)
        except StoreError as error:
            log.debug("the database does not hear that %s goes round (%s)", self._process, error)


def beating(heartbeat: Heartbeat, stored: StoredBeat) -> Callable[[], None]:
    """What tells both that the process goes round."""

    def alive() -> None:
        heartbeat.beat()
        stored.beat()

    return alive


def check_alive(data: Path, name: str, now_s: float) -> float:
    """The age of a process's last beat in seconds; raises StartError where it is missing or too old.

    A beat from the future is no sign of life: the clock was set back since, and whoever lives has beaten again.
    """
    try:
        age_s = now_s - (data / "alive" / name).stat().st_mtime
    except FileNotFoundError as error:
        raise StartError(f"{name} has never run on {data}", hint=f"start it: yukimori {name}") from error
    if age_s < -STALE_AFTER_S:
        raise StartError(
            f"{name} has not been seen since the clock was set back", hint="look at its log, then start it again"
        )
    if age_s > STALE_AFTER_S:
        raise StartError(f"{name} was last seen {age_s:.0f} s ago", hint="look at its log, then start it again")
    return age_s
