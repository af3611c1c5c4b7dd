"""Fixes of five seconds taken together: less noise, and the same work for a receiver that sends each second or each ten.

The five seconds are those of the clock (…:00 to :05), not of the drive: which fixes make a step does not depend on what came
before or how fixes came in bunches.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from core.model import Task
from core.ploughs import BreakReason, FixFlag
from gis.ploughs.fixes import Broken, Fix, LeftOut, Told, Used

STEP_US = 5_000_000

HEADING_FROM_KMH = 5.0
"""Below this speed the heading a receiver says is noise."""

Counts = tuple[tuple[FixFlag, int], ...]


class Step(NamedTuple):
    """The mean of ``fixes`` used fixes between two times.

    ``heading`` is the mean of the unit vectors (east, north) the device said, (0, 0) where it says none. ``first`` and ``last`` are
    the fixes at either end. ``others`` counts fixes left out beside them, ``flags`` what all of them carry.
    ``standing``: all in one place for at least 180 s; ``stop`` closes such a stay: from when it lasted, in microseconds.
    """

    at_us: int
    x: float
    y: float
    lon: float
    lat: float
    heading: tuple[float, float]
    task: Task | None
    fixes: int
    first: Fix
    last: Fix
    others: int = 0
    flags: Counts = ()
    standing: bool = False
    stop: Stay | None = None


class Stay(NamedTuple):
    """A whole stay in one place."""

    began_us: int
    ended_us: int
    lon: float
    lat: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Break:
    """The drive is broken here."""

    reason: BreakReason


@dataclass(frozen=True, slots=True)
class Unusable:
    """An unbroken series of fixes none of which could be used."""

    began_us: int
    ended_us: int
    fixes: int
    flags: Counts
    task: Task | None


Item = Step | Break | Unusable


class Stepper:
    """Makes steps of what the sieve tells, in order."""

    def __init__(self) -> None:
        self._fixes: list[Fix] = []
        self._left: list[Fix] = []
        self._any = False

    def push(self, told: Told) -> Iterator[Item]:
        """The steps that are complete now."""
        match told:
            case Used(fix):
                if self._fixes and _apart(self._fixes[0], fix):
                    yield self._step()
                self._fixes.append(fix)
            case LeftOut(fix):
                self._left.append(fix)
            case Broken(reason):
                yield from self.end()
                yield Break(reason)

    def end(self) -> Iterator[Item]:
        """The step that is open, or what is to be told where there was none at all."""
        if self._fixes:
            yield self._step()
        elif self._left and not self._any:
            left = self._left
            yield Unusable(left[0].at_us, left[-1].at_us, len(left), counts_of(left), left[0].task)
        self._left, self._any = [], False

    def _step(self) -> Step:
        fixes, left = self._fixes, self._left
        self._fixes, self._left, self._any = [], [], True
        count = len(fixes)
        return Step(
            at_us=sum(fix.at_us for fix in fixes) // count,
            x=sum(fix.x for fix in fixes) / count,
            y=sum(fix.y for fix in fixes) / count,
            lon=sum(fix.lon for fix in fixes) / count,
            lat=sum(fix.lat for fix in fixes) / count,
            heading=_heading(fixes),
            task=fixes[0].task,
            fixes=count,
            first=fixes[0],
            last=fixes[-1],
            others=len(left),
            flags=counts_of([*fixes, *left]),
        )


def joined(steps: list[Step]) -> Step:
    """Several steps as one; their task is that of the first, each fix has the same weight."""
    count = sum(step.fixes for step in steps)
    return steps[0]._replace(
        at_us=sum(step.at_us * step.fixes for step in steps) // count,
        x=sum(step.x * step.fixes for step in steps) / count,
        y=sum(step.y * step.fixes for step in steps) / count,
        lon=sum(step.lon * step.fixes for step in steps) / count,
        lat=sum(step.lat * step.fixes for step in steps) / count,
        heading=(0.0, 0.0),
        fixes=count,
        last=steps[-1].last,
        others=sum(step.others for step in steps),
        flags=added(step.flags for step in steps),
    )


def counts_of(fixes: Iterable[Fix]) -> Counts:
    """How many of the fixes carry each flag."""
    found: dict[FixFlag, int] = {}
    for fix in fixes:
        if fix.flags:
            for flag in fix.flags:
                found[flag] = found.get(flag, 0) + 1
    return tuple(sorted(found.items()))


def added(counts: Iterable[Counts]) -> Counts:
    """The sum of several counts."""
    found: dict[FixFlag, int] = {}
    for each in counts:
        for flag, count in each:
            found[flag] = found.get(flag, 0) + count
    return tuple(sorted(found.items()))


def _apart(fix: Fix, later: Fix) -> bool:
    return fix.at_us // STEP_US != later.at_us // STEP_US or fix.task != later.task


def _heading(fixes: list[Fix]) -> tuple[float, float]:
    said = [
        math.radians(fix.heading_deg)
        for fix in fixes
        if fix.heading_deg is not None and (fix.speed_kmh is None or fix.speed_kmh >= HEADING_FROM_KMH)
    ]
    if not said:
        return 0.0, 0.0
    return sum(math.sin(angle) for angle in said) / len(said), sum(math.cos(angle) for angle in said) / len(said)
