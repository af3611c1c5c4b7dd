"""From steps with their roads to passages: where a road was left for the next, and what of the visits was work."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.model import Task
from core.ploughs import Direction, Evidence, Passage
from gis.ploughs.lattice import Decided
from gis.ploughs.lines import Candidate, Line
from gis.ploughs.steps import Step
from gis.ploughs.stretches import DETOUR, DETOUR_M, Beyond, Point, Stretch, believed
from gis.ploughs.visits import Visit
from gis.ploughs.work import LEAST_SHARE, Depots, enough_of, evidence_of

if TYPE_CHECKING:
    from gis.ploughs.network import Network

SHORTEST_M = 20.0
"""A visit that covers less, and less than four fifths of its road, is the noise of a drive across it."""

ABSENT_US = 30_000_000
"""Who is beside his road no longer, and comes back to it as far on as he drove, never left it."""

ASTRAY_US = 20_000_000
"""One bad fix of a receiver that sends each ten seconds: it looks as though the road was left, and was not."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(micros: int) -> datetime:
    """A time in whole milliseconds."""
    return _EPOCH + timedelta(milliseconds=micros // 1000)


@dataclass(slots=True)
class _Open:
    """The visit that is going on. ``waiting`` are its stretches until it is known whether it covers enough."""

    visit: Visit
    task: Task | None
    in_depot: bool
    step: Step
    place: Candidate
    goes_on: bool = False
    off: Step | None = None
    left: bool = False
    low: float = math.inf
    high: float = -math.inf
    waiting: list[Stretch] = field(default_factory=list)

    @property
    def away_us(self) -> int:
        """How long the vehicle may be off the road without having left it."""
        return ASTRAY_US if self.left else ABSENT_US

    @property
    def covered(self) -> float:
        return max(0.0, self.high - self.low)


class PassageMaker:
    """Takes decided steps in order and tells the passages that are complete; ``broken`` ends what is open."""

    def __init__(self, network: Network, depots: Depots, vehicle: int) -> None:
        self._network = network
        self._depots = depots
        self._vehicle = vehicle
        self._open: _Open | None = None
        self._before: Step | None = None

    def push(self, decided: Decided) -> Iterator[Passage]:
        """The passages that are complete now."""
        step = decided.step
        if decided.place is None:
            yield from self._off(step, left=decided.left)
        else:
            yield from self._on(step, decided.place)
        self._before = step

    def broken(self) -> Iterator[Passage]:
        """The drive ends or is broken here."""
        if self._open is not None:
            yield from self._leave(self._open, None if self._open.off is None else _beyond(self._open.off), None)
        self._before = None

    def _off(self, step: Step, *, left: bool) -> Iterator[Passage]:
        current = self._open
        if current is None:
            return
        current.off = current.off or step
        current.left = current.left or left
        if step.standing or step.at_us - current.step.at_us > current.away_us:
            yield from self._leave(current, _beyond(current.off), None)

    def _on(self, step: Step, place: Candidate) -> Iterator[Passage]:
        yield from self._change(step, place)
        current = self._open
        if current is None:
            current = self._enter(step, place, None)
        current.step, current.place, current.off, current.left = step, place, None, False
        if step.standing:
            yield from self._told(current, current.visit.add(Point(step.first.at_us, place.along), step.fixes))
            yield from self._told(current, current.visit.pause(step.last.at_us))
        else:
            yield from self._told(current, current.visit.add(Point(step.at_us, place.along), step.fixes))

    def _change(self, step: Step, place: Candidate) -> Iterator[Passage]:
        """Leaves the road the vehicle was on, and enters the next, where this step is not part of the same visit."""
        current = self._open
        if current is None:
            return
        if current.place.line != place.line:
            leaving, entering = self._junction(current, step, place)
            yield from self._leave(current, _beyond(current.off or step), leaving)
            self._enter(step, place, entering)
        elif current.off is not None and not self._never_left(current, step, place):
            yield from self._leave(current, _beyond(current.off), None)
        elif current.task != step.task or current.in_depot != bool(self._depots.at(step.x, step.y)):
            here = _at_first_fix(current, step, place)
            current.goes_on = True
            yield from self._leave(current, _beyond(step), here)
            self._enter(step, place, here).goes_on = True

    def _enter(self, step: Step, place: Candidate, entered: Point | None) -> _Open:
        line = self._network.lines[place.line]
        came = None if self._before is None else _beyond(self._before)
        visit = Visit(line, came, entered, 0 if came else step.at_us - step.first.at_us)
        self._open = _Open(visit, step.task, bool(self._depots.at(step.x, step.y)), step, place)
        return self._open

    def _never_left(self, current: _Open, step: Step, place: Candidate) -> bool:
        if step.at_us - current.step.at_us > current.away_us:
            return False
        moved = current.visit.line.between(place.along, current.place.along)
        return moved <= DETOUR * _passed(current.step, step) + DETOUR_M

    def _junction(self, current: _Open, step: Step, place: Candidate) -> tuple[Point | None, Point | None]:
        """Where and when one road was left for the other, on either; None where they do not meet near enough."""
        meetings = self._network.junctions.get((current.place.line, place.line), ())
        span = step.at_us - current.step.at_us
        if not meetings or (current.off is not None and span > ASTRAY_US):
            return None, None
        left_line, next_line = current.visit.line, self._network.lines[place.line]
        ways = [
            (left_line.between(here, current.place.along), apart, next_line.between(there, place.along), here, there)
            for here, there, apart in meetings
        ]
        before, apart, behind, here, there = min(ways, key=lambda way: (way[0] + way[1] + way[2], way))
        total = before + apart + behind
        driven = current.visit.pace() * span if current.off is None else 0.0
        if not believed(total, _passed(current.step, step), driven):
            return None, None
        begin = current.step.at_us
        left = begin + round(span * (before / total)) if total else begin
        entered = begin + round(span * ((before + apart) / total)) if total else begin
        return Point(left, here), Point(entered, there)

    def _leave(self, current: _Open, towards: Beyond | None, left: Point | None) -> Iterator[Passage]:
        trail_us = current.step.last.at_us - current.step.at_us if towards is None else 0
        yield from self._told(current, current.visit.leave(towards, left, trail_us))
        length = current.visit.line.length
        if current.goes_on or current.covered >= min(SHORTEST_M, LEAST_SHARE * length):
            yield from self._all(current, current.waiting, enough=enough_of(current.covered, length))
        self._open = None

    def _told(self, current: _Open, stretches: Iterable[Stretch]) -> Iterator[Passage]:
        for stretch in stretches:
            current.waiting.append(stretch)
            current.low = min(current.low, stretch.begin.along, stretch.end.along)
            current.high = max(current.high, stretch.begin.along, stretch.end.along)
        if current.waiting and enough_of(current.covered, current.visit.line.length):
            yield from self._all(current, current.waiting, enough=True)
            current.waiting = []

    def _all(self, current: _Open, stretches: Iterable[Stretch], *, enough: bool) -> Iterator[Passage]:
        for stretch in stretches:
            kmh = stretch.length / max(1, stretch.end.at_us - stretch.begin.at_us) * 3.6e6
            evidence = evidence_of(current.task, kmh, in_depot=current.in_depot, enough=enough)
            for piece in _within(current.visit.line, stretch):
                yield from self._passage(current, piece, evidence)

    def _passage(self, current: _Open, piece: Stretch, evidence: Evidence | None) -> Iterator[Passage]:
        low, high = sorted((round(piece.begin.along, 1), round(piece.end.along, 1)))
        if high - low >= 0.1:
            yield Passage(
                vehicle=self._vehicle,
                road=current.visit.line.road,
                direction=Direction.FORWARD if piece.end.along > piece.begin.along else Direction.BACKWARD,
                from_m=low,
                to_m=high,
                began_at=at(piece.begin.at_us),
                ended_at=at(piece.end.at_us),
                task=current.task,
                evidence=evidence,
                fixes=piece.fixes,
            )


def _within(line: Line, stretch: Stretch) -> Iterator[Stretch]:
    """The stretch, on a closed line cut where the line begins, so that each piece lies between 0 and its length."""
    length = line.length
    begin, end = stretch.begin, stretch.end
    turns = math.floor(min(begin.along, end.along) / length)
    if not line.closed or (turns == 0 and max(begin.along, end.along) <= length):
        yield stretch
        return
    way = 1 if end.along > begin.along else -1
    while stretch.length > 1e-6:
        begin = stretch.begin
        lap = math.floor(begin.along / length) if way > 0 else math.ceil(begin.along / length) - 1
        edge = (lap + 1) * length if way > 0 else lap * length
        reached = min(edge, end.along) if way > 0 else max(edge, end.along)
        share = (reached - begin.along) / (end.along - begin.along)
        cut = Point(round(begin.at_us + share * (end.at_us - begin.at_us)), reached)
        yield Stretch(
            Point(begin.at_us, begin.along - lap * length), Point(cut.at_us, reached - lap * length), stretch.fixes
        )
        stretch = Stretch(cut, end, 0)


def _at_first_fix(current: _Open, step: Step, place: Candidate) -> Point:
    """Where the first fix of the step was: on the way from the step before, which was on the same road."""
    begin, end = current.place.along, place.along
    if current.visit.line.closed:
        return Point(step.first.at_us, end)
    share = (step.first.at_us - current.step.at_us) / (step.at_us - current.step.at_us)
    return Point(step.first.at_us, begin + share * (end - begin))


def _beyond(step: Step) -> Beyond:
    return Beyond(step.at_us, step.x, step.y)


def _passed(step: Step, later: Step) -> float:
    return math.sqrt((later.x - step.x) ** 2 + (later.y - step.y) ** 2)
