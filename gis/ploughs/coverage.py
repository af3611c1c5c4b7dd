"""How clear each road is, from the passages over it: by length, by side where a class has two, by how sure it is.

A road is covered where work over at least 80 % of its drawn length is known (the ends of a road are where fixes are
rarest; a plough that turns ten metres early has cleared it). Lengths are added up in whole millimetres and times compared as
they are, so the same passages give the same states to the byte, in whatever order they come and into however many pieces
a passage is cut. Where two roads lie on each other (``sharing``) a passage over one counts for both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from config.plough_plan import PloughPlan
from core.model import Task
from core.ploughs import Direction, Evidence, Passage, RoadState
from gis.ploughs.covered import Covered
from gis.ploughs.sharing import shared_passages

if TYPE_CHECKING:
    from gis.ploughs.network import Network, Road

NEEDED_FIFTHS = 4
"""Of five parts of the length, so many are to be worked over: 80 %, in whole numbers."""

CLEARING_TASKS = frozenset({None, Task.PLOUGH, Task.GRADE, Task.WIDEN})
"""Work that takes snow off the carriageway; None: the device names no task. Who spreads salt, hauls snow away or clears the pavement
works too, but leaves the carriageway as it was."""


def clears(passage: Passage) -> bool:
    """Whether a passage counts: there is evidence of work, and it is work that clears a carriageway."""
    return passage.evidence is not None and passage.task in CLEARING_TASKS


def coverage(
    network: Network,
    plan: PloughPlan,
    passages: Iterable[Passage],
    *,
    since: datetime,
    now: datetime,
    roads: Collection[str] | None = None,
    remembered: datetime | None = None,
) -> dict[str, RoadState]:
    """The state of every road (or of ``roads``), in the order of the network, by passages that ended in (``since``, ``now``].

    ``share`` and, where a road has one side, ``forward`` and ``backward`` go by these alone; everything else also by those that ended after
    ``remembered`` where that is given (``gis.ploughs.remembered``). ``clear_since`` of a road is when the oldest of the newest passages that together cover it began: some of it has lain
    uncleared since then. ``cleared_at`` is when those passages, counted from it on, first made up the 80 %. ``share`` of a road
    with two sides is of both sides together, so that one side alone is a half.
    """
    wanted = network.roads if roads is None else {road: network.roads[road] for road in network.roads if road in roads}
    oldest = since if remembered is None else min(since, remembered)
    worked = _worked(network, passages, wanted, oldest, now)
    return {road: _state(wanted[road], worked[road], since, both=two_sided(plan, wanted[road])) for road in wanted}


def is_clear(state: RoadState, since: datetime) -> bool:
    """Whether a road counts as cleared in the time since ``since``: all that it takes began in it. What is only remembered does not count."""
    return state.clear_since is not None and state.clear_since >= since


def first_cleared(
    network: Network, plan: PloughPlan, passages: Iterable[Passage], *, since: datetime, now: datetime
) -> dict[str, datetime]:
    """When each road was covered for the first time by passages that ended in (``since``, ``now``]; others are left out.

    This, not ``cleared_at``, tells whether a promise was kept: who clears a road again later is not late by it.
    """
    worked = _worked(network, passages, network.roads, since, now)
    found = {}
    for road in sorted(worked):
        at = _completed(_sides(network.roads[road], worked[road], both=two_sided(plan, network.roads[road])))
        if at is not None:
            found[road] = at
    return found


def with_overlapping(network: Network, roads: Collection[str]) -> set[str]:
    """These roads and those that lie on any of them: work on one changes the state of the other."""
    return {*roads, *(stretch.other for stretch in network.shared if stretch.road in roads)}


def two_sided(plan: PloughPlan, road: Road) -> bool:
    """Whether both directions of a road are to be worked over; a class the town says nothing of has one side."""
    promised = plan.classes.get(road.code)
    return promised is not None and promised.two_sided


def _worked(
    network: Network, passages: Iterable[Passage], roads: Collection[str], since: datetime, now: datetime
) -> defaultdict[str, list[Passage]]:
    """The passages that count, by road, with those over roads that lie on each other; one that is there twice adds nothing."""
    given = [passage for passage in passages if clears(passage) and since < passage.ended_at <= now]
    derived = [passage for passage in shared_passages(network, given) if passage.derived]
    worked: defaultdict[str, list[Passage]] = defaultdict(list)
    for passage in (*given, *derived):
        if passage.road in roads:
            worked[passage.road].append(passage)
    return worked


@dataclass(frozen=True, slots=True)
class _Side:
    """The passages that count for one side of a road, and how many millimetres it has."""

    length: int
    passages: Sequence[Passage]

    def enough(self, covered: Covered) -> bool:
        return 5 * covered.length >= NEEDED_FIFTHS * self.length

    def add(self, covered: Covered, passage: Passage) -> int:
        return covered.add(max(0, _mm(passage.from_m)), min(self.length, _mm(passage.to_m)))


@dataclass(frozen=True, slots=True)
class _Newest:
    """What of a side the newest passages cover: when the oldest needed began, and how sure the weakest of them is."""

    since: datetime
    weakest: Evidence


def _state(road: Road, passages: Sequence[Passage], since: datetime, *, both: bool) -> RoadState:
    recent = [passage for passage in passages if passage.ended_at > since]
    sides = _sides(road, passages, both=both)
    newest = [_newest(side) for side in sides]
    needed = [each for each in newest if each is not None]
    covered = len(needed) == len(sides)
    clear_since = min(each.since for each in needed) if covered else None
    forward, backward = (_newest(side) for side in _sides(road, passages if both else recent, both=True))
    return RoadState(
        road=road.id,
        share=_share(_sides(road, recent, both=both)),
        clear_since=clear_since,
        cleared_at=None if clear_since is None else _completed(_from(sides, clear_since)),
        last_worked_at=max((passage.ended_at for passage in passages), default=None),
        forward=None if forward is None else forward.since,
        backward=None if backward is None else backward.since,
        evidence=_weakest(each.weakest for each in needed) if covered else None,
    )


def _sides(road: Road, passages: Sequence[Passage], *, both: bool) -> list[_Side]:
    length = max(1, _mm(road.length_m))
    if not both:
        return [_Side(length, passages)]
    return [_Side(length, [each for each in passages if each.direction is way]) for way in Direction]


def _from(sides: Sequence[_Side], since: datetime) -> list[_Side]:
    return [_Side(side.length, [each for each in side.passages if each.began_at >= since]) for side in sides]


def _newest(side: _Side) -> _Newest | None:
    """Newest first, until the side is covered; of passages that began together the lower vehicle number goes first."""
    covered, evidence = Covered(), set[Evidence]()
    ordered = sorted(side.passages, key=_within_an_instant)
    for passage in sorted(ordered, key=lambda each: each.began_at, reverse=True):  # keeps the order of equals
        if side.add(covered, passage) and passage.evidence is not None:
            evidence.add(passage.evidence)
            if side.enough(covered):
                return _Newest(passage.began_at, _weakest(evidence))
    return None


def _completed(sides: Sequence[_Side]) -> datetime | None:
    """When, in order of ending, the passages of every side first cover it."""
    completed = [_side_completed(side) for side in sides]
    known = [at for at in completed if at is not None]
    return max(known) if len(known) == len(sides) else None


def _side_completed(side: _Side) -> datetime | None:
    covered = Covered()
    for passage in sorted(side.passages, key=lambda each: each.ended_at):
        side.add(covered, passage)
        if side.enough(covered):
            return passage.ended_at
    return None


def _share(sides: Sequence[_Side]) -> float:
    done = 0
    for side in sides:
        covered = Covered()
        for passage in side.passages:
            side.add(covered, passage)
        done += covered.length
    return round(done / sum(side.length for side in sides), 6)


def _weakest(evidence: Iterable[Evidence]) -> Evidence:
    return Evidence.INFERRED if Evidence.INFERRED in set(evidence) else Evidence.SIGNAL


def _within_an_instant(passage: Passage) -> tuple[int, str, str, float, float]:
    evidence = passage.evidence or Evidence.INFERRED
    signal_first = "" if evidence is Evidence.SIGNAL else evidence.value
    return passage.vehicle, signal_first, passage.direction.value, passage.from_m, passage.to_m


def _mm(metres: float) -> int:
    return round(metres * 1000)
