"""Where a collector puts messages now, and how long it waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """Where messages go now."""

    DIRECT = "direct"
    SPOOLING = "spooling"
    DRAINING = "draining"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds: how long one waits for a message, for the database before the spool is used, and between attempts.

    ``live_share``: the part of the time that is new messages' while the spool drains.
    """

    idle_s: float = 0.25
    patience_s: float = 5.0
    stop_patience_s: float = 2.0
    first_retry_s: float = 0.2
    slowest_retry_s: float = 10.0
    live_share: float = 0.5
