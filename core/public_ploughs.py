"""What the public is told of ploughs and roads: nothing in here says which vehicle, who drives it, or where it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from core.ploughs import Evidence


class TaskGroup(StrEnum):
    """What a plough is doing, as coarsely as needed to tell no vehicle from its neighbours; ``WORK``: more is not told."""

    PLOUGH = "plough"
    HAUL = "haul"
    DEICE = "deice"
    SIDEWALK = "sidewalk"
    WORK = "work"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFix:
    """Where a plough was at work, on the line of a road, at a whole tick of the clock.

    ``name`` is the pseudonym it has during one ``day`` of work (``K3``); ``lon`` and ``lat`` are degrees (JGD2011), ``heading_deg``
    is the way of the road there, clockwise from north.
    """

    name: str
    day: date
    at: datetime
    lon: float
    lat: float
    heading_deg: int
    group: TaskGroup

    @property
    def id(self) -> str:
        """The pseudonym with its day: another day's is another id, whoever has it."""
        return f"{self.day:%Y%m%d}-{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRoad:
    """How clear a road is, in the town's steps of time. Where ``withheld``, all else is empty.

    ``share`` is in fifths, rounded down. ``deadline`` and ``late`` are of the standing order; ``snow_cm`` fell since ``clear_since``;
    ``second_pass`` None: not known, or the town set no limit.
    """

    road: str
    withheld: bool = False
    share: float = 0.0
    clear_since: datetime | None = None
    cleared_at: datetime | None = None
    evidence: Evidence | None = None
    deadline: datetime | None = None
    late: bool = False
    snow_cm: float | None = None
    second_pass: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicOrder:
    """The standing order as the public knows it: since when, and by when each class is promised (None: no deadline)."""

    at: datetime
    deadlines: Mapping[str, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRoads:
    """All roads of a site as of one step: what was done until ``as_of``, and had reached us by then, is in it."""

    as_of: datetime
    roads: Mapping[str, PublicRoad] = field(default_factory=dict)
    order: PublicOrder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Under what ``name`` a vehicle goes for one day; ``salt`` are random bytes of the same life, for what else must not repeat."""

    name: str
    salt: bytes


KANA: Mapping[str, str] = {
    "A": "あ", "U": "う", "E": "え", "K": "か", "S": "さ", "T": "た", "N": "な", "H": "は", "M": "ま", "Y": "や", "R": "ら", "W": "わ",
}  # fmt: skip
"""The letters of pseudonyms and how they are written in Japanese; none that looks like a digit."""


def spoken(name: str) -> tuple[str, str]:
    """A pseudonym as people read it, in Japanese and in English: ``K3`` → 「除雪車 か3」, ``Plough K3``."""
    return f"除雪車 {KANA.get(name[:1], name[:1])}{name[1:]}", f"Plough {name}"
