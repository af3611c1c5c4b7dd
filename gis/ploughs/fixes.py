"""Which fixes are used: every fix is kept and told, doubtful ones are flagged and left out of matching.

A fix out of reach of the last used one is a jump until three in a row agree with each other: then they are the truth and the
drive was broken (a filter that only ever compares with the last good fix would lock a vehicle out for ever after one bad one).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from core.model import Task
from core.ploughs import BreakReason, Fixes, FixFlag
from gis.metres import to_metres

SILENCE_US = 120_000_000
"""A longer time without a used fix breaks a drive; 90 s do not, 150 s do."""

COARSE_M = 30.0
FASTEST_KMH = 80.0
MOVING_KMH = 3.0

SLACK_M = 50.0
"""How far apart two fixes of one place may be: each is held to be right within 25 m."""

AGREEING = 3
"""So many jumps in a row that are within reach of each other are the truth."""


class Fix(NamedTuple):
    """A fix in metres of the plane zone; ``heading_deg`` clockwise from north as the device says."""

    at_us: int
    x: float
    y: float
    lon: float
    lat: float
    speed_kmh: float | None
    heading_deg: float | None
    accuracy_m: float | None
    task: Task | None
    flags: FixFlag = FixFlag.NONE


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A fix that is not matched, for the ``flags`` it carries."""

    fix: Fix


@dataclass(frozen=True, slots=True)
class Used:
    """A fix that is matched; it may be flagged as fast."""

    fix: Fix


@dataclass(frozen=True, slots=True)
class Broken:
    """Between two used fixes it is not known where the vehicle was."""

    reason: BreakReason


Told = Used | LeftOut | Broken


def in_order(fixes: Fixes, epsg: int) -> list[Fix]:
    """The fixes in metres of the zone, in order of time; of several at one time the first stays."""
    count = len(fixes)
    if not count:
        return []
    xs, ys = to_metres(epsg).transform(list(fixes.lon), list(fixes.lat))
    found = [
        Fix(
            fixes.at_us[number],
            xs[number],
            ys[number],
            fixes.lon[number],
            fixes.lat[number],
            _said(fixes.speed_kmh, number),
            _said(fixes.heading_deg, number),
            _said(fixes.accuracy_m, number),
            _task(fixes.task, number),
        )
        for number in range(count)
    ]
    found.sort(key=lambda fix: fix.at_us)
    return [fix for number, fix in enumerate(found) if not number or found[number - 1].at_us != fix.at_us]


class Sieve:
    """Takes the fixes of one vehicle in order of time and tells of each whether it is used, in order too."""

    def __init__(self) -> None:
        self._last: Fix | None = None
        self._seen: Fix | None = None
        self._jumps: list[Fix] = []

    def push(self, fix: Fix) -> Iterator[Told]:
        """What is decided by this fix; a possible jump is held until it can be told."""
        if self._seen is not None and fix.at_us - self._seen.at_us > SILENCE_US:
            yield from self._anew(BreakReason.SILENCE)
        flags = self._doubts(fix)
        self._seen = fix
        if flags & (FixFlag.COARSE | FixFlag.REPEATED) or not math.isfinite(fix.x + fix.y):
            yield LeftOut(fix._replace(flags=flags or FixFlag.JUMP))
        else:
            yield from self._place(fix._replace(flags=flags))

    def end(self) -> Iterator[Told]:
        """What is still open; then everything begins anew."""
        yield from self._give_up_jumps()
        self._last = self._seen = None

    def _anew(self, reason: BreakReason) -> Iterator[Told]:
        yield from self.end()
        yield Broken(reason)

    def _doubts(self, fix: Fix) -> FixFlag:
        flags = FixFlag.NONE
        if fix.accuracy_m is not None and fix.accuracy_m > COARSE_M:
            flags |= FixFlag.COARSE
        if fix.speed_kmh is not None and fix.speed_kmh > FASTEST_KMH:
            flags |= FixFlag.FAST
        before = self._seen
        same_place = before is not None and (before.lon, before.lat) == (fix.lon, fix.lat)
        if same_place and fix.speed_kmh is not None and fix.speed_kmh > MOVING_KMH:
            flags |= FixFlag.REPEATED
        return flags

    def _place(self, fix: Fix) -> Iterator[Told]:
        if self._last is not None and fix.at_us - self._last.at_us > SILENCE_US:
            held, self._jumps, self._last = self._jumps, [], None
            yield Broken(BreakReason.SILENCE)
            for jump in held:
                yield from self._place(jump)
            yield from self._place(fix)
        elif self._last is None or within_reach(self._last, fix):
            yield from self._give_up_jumps()
            self._last = fix
            yield Used(fix)
        else:
            yield from self._out_of_reach(fix)

    def _out_of_reach(self, fix: Fix) -> Iterator[Told]:
        if self._jumps and not within_reach(self._jumps[-1], fix):
            yield from self._give_up_jumps()
        self._jumps.append(fix)
        if len(self._jumps) == AGREEING:
            agreed, self._jumps = self._jumps, []
            self._last = agreed[-1]
            yield Broken(BreakReason.SPEED)
            yield Used(agreed[0]._replace(flags=agreed[0].flags | FixFlag.FAST))
            yield from (Used(each) for each in agreed[1:])

    def _give_up_jumps(self) -> Iterator[Told]:
        for jump in self._jumps:
            yield LeftOut(jump._replace(flags=jump.flags | FixFlag.JUMP))
        self._jumps = []


def within_reach(fix: Fix, later: Fix) -> bool:
    """Whether a vehicle of at most 80 km/h could come from one to the other, each good to 25 m."""
    seconds = (later.at_us - fix.at_us) / 1e6
    return distance(fix, later) <= SLACK_M + seconds * FASTEST_KMH / 3.6


def distance(fix: Fix, other: Fix) -> float:
    """Metres between two fixes."""
    return math.sqrt((fix.x - other.x) ** 2 + (fix.y - other.y) ** 2)


def _said(column: object, number: int) -> float | None:
    """A column may be left empty where no fix says anything of it."""
    value = column[number] if column else None  # type: ignore[index]
    return None if value is None or not math.isfinite(value) else float(value)


def _task(column: object, number: int) -> Task | None:
    value = column[number] if column else None  # type: ignore[index]
    return Task(value) if value in set(Task) else None
