"""What is said of an evacuation site or shelter: open, full or closed, by whom and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ShelterStatus(StrEnum):
    """What staff says of a shelter now; where nobody said anything it is not known, never taken for closed or open."""

    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelterState:
    """What was last said of one evacuation site or shelter, by whom and when.

    ``shelter`` is its 共通ID; ``people`` in it and the ``capacity`` are None where they were not told; ``at`` is when it
    was true (UTC), ``by`` who said so (a name for the record, never shown to the public).
    """

    shelter: str
    status: ShelterStatus
    people: int | None
    capacity: int | None
    note_ja: str
    note_en: str
    at: datetime
    by: str
