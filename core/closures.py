"""What is said of a closed road: where, why, until when, by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LONGEST_NAME = 80
LONGEST_NOTE = 400


class ClosureStatus(StrEnum):
    """Nobody passes (通行止め), some do (片側交互通行, 大型車通行止め …), or all do again."""

    CLOSED = "closed"
    RESTRICTED = "restricted"
    OPEN = "open"


class ClosureReason(StrEnum):
    """Why a road is closed."""

    SNOW = "snow"
    BLIZZARD = "blizzard"
    AVALANCHE = "avalanche"
    FLOOD = "flood"
    LANDSLIDE = "landslide"
    FALLEN_TREE = "fallen_tree"
    ACCIDENT = "accident"
    WORKS = "works"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """What was last said of one closed stretch of road.

    ``id`` names it through all that is said of it. ``name_ja`` says where (road and stretch), ``road`` is its id in the layer of
    roads (empty: none). ``lon`` and ``lat`` are degrees (WGS 84 / JGD2011), None where nobody pointed at the map. ``until`` is
    when it is expected to end, None where nobody knows. ``at`` is when it was true (UTC), ``by`` who said so: for the record,
    never shown to the public.
    """

    id: str
    status: ClosureStatus
    reason: ClosureReason
    name_ja: str
    name_en: str
    road: str
    lon: float | None
    lat: float | None
    until: datetime | None
    note_ja: str
    note_en: str
    at: datetime
    by: str
