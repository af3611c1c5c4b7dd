"""A sign that a process goes round: the age of a file, for the health checks of services without a port."""

from __future__ import annotations

import time
from pathlib import Path

from core.errors import StartError

STALE_AFTER_S = 60.0


class Heartbeat:
    """Touches ``<data>/alive/<name>``; ``beat`` costs nothing when called often."""

    def __init__(self, data: Path, name: str) -> None:
        self._file = data / "alive" / name
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._next = 0.0

    def beat(self) -> None:
        """Say that the process goes round; at most once a second to the disk."""
        now = time.monotonic()
        if now >= self._next:
            self._file.touch()
            self._next = now + 1.0


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
