"""Fixes of ploughs in, passages, runs, stops and gaps out: over all history at once, or live as they come.

**One way of working.** Each fix goes through the same chain, one after the other: sieve (which fixes are used) → steps of 5 s → stays →
road of each step → passages and runs. ``match_fixes`` pushes a whole history through it and ends it, ``LiveMatcher`` pushes what
there is and keeps the rest of the chain. Nothing looks at a clock or at how fixes came in bunches, so any chunking gives what the
batch gives, to the byte: the tracks ``feed`` and ``end`` returned, one after the other, are the batch's.

**What is decided when.** ``feed`` returns only what no later fix can change. A passage is told when the road was left (or after five minutes on it),
which is known some steps later, at the latest 24 steps of 5 s; a stop when it is over; a run when the task
changes, the drive is broken, or at ``end``. ``so_far`` tells in addition what would be if nothing more came.

**Fixes out of order.** ``feed`` takes fixes later than all before; those that are not are left out and their number is returned by
nothing: they are late data. Who stores fixes sees that himself, and matches again what the late fix touches:

- A silence of more than 120 s between two *stored* fixes is a boundary: what is matched on either side does not depend on the other, but
  for the gap between them, which begins on the earlier side and needs the first fix of the later one.
- ``redo_for`` says for a late fix, from the times of all stored fixes (the late one among them), which fixes to match again (``feed_from_us`` to
  ``feed_until_us``, both included) and which rows this replaces: those with ``replace_from_us`` <= began_at < ``replace_until_us`` (None: all from
  there on). Two series of fixes the late one joined are one then, so all of it is in the span, and so is the series before, whose last gap may end elsewhere.
- ``rematch`` does that and gives the rows to write.
- Where ``replace_until_us`` is None the late fix touches what is going on now: the vehicle's live session has to be begun anew (``forget``, then ``feed`` from
  ``feed_from_us`` on, whose tracks replace all rows from there on).
"""

from __future__ import annotations

import copy
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.model import PloughPlan
from core.ploughs import Fixes, Gap, Passage, Run, Stop, Track
from gis.ploughs.fixes import SILENCE_US, Fix, Sieve, Told, in_order
from gis.ploughs.lattice import Decided, Lattice
from gis.ploughs.passages import PassageMaker, at
from gis.ploughs.runs import RunMaker
from gis.ploughs.steps import Break, Item, Step, Stepper, Unusable
from gis.ploughs.stops import StopFinder
from gis.ploughs.work import Depots

if TYPE_CHECKING:
    from gis.ploughs.network import Network

Row = Passage | Stop | Gap | Run


def match_fixes(network: Network, plan: PloughPlan, vehicle: int, fixes: Fixes) -> Track:
    """What the whole history of a vehicle amounts to, in order of ``began_at``; ``fixes`` may come in any order.

    ``vehicle`` is the registry number the rows carry. Of several fixes at one time the first counts.
    """
    session = _Session(network, Depots(plan.depots, network.epsg), vehicle)
    rows = [row for fix in in_order(fixes, network.epsg) for row in session.push(fix)]
    return _track([*rows, *session.end()])


class LiveMatcher:
    """Matches the fixes of many vehicles as they come; holds some minutes of each, not its history."""

    def __init__(self, network: Network, plan: PloughPlan) -> None:
        self._network = network
        self._depots = Depots(plan.depots, network.epsg)
        self._sessions: dict[int, _Session] = {}

    def feed(self, vehicle: int, fixes: Fixes) -> Track:
        """What these fixes decide; fixes not later than the last one fed are left out."""
        session = self._sessions.get(vehicle)
        if session is None:
            session = self._sessions[vehicle] = _Session(self._network, self._depots, vehicle)
        return _track(row for fix in in_order(fixes, self._network.epsg) for row in session.push(fix))

    def end(self, vehicle: int) -> Track:
        """What is still open of the vehicle, as though nothing more came; it is forgotten then."""
        session = self._sessions.pop(vehicle, None)
        return Track() if session is None else _track(session.end())

    def so_far(self, vehicle: int) -> Track:
        """What ``end`` would tell now, without ending anything: rows that later fixes may still change."""
        session = self._sessions.get(vehicle)
        return Track() if session is None else _track(session.copied().end())

    def last_us(self, vehicle: int) -> int | None:
        """The time of the last fix of the vehicle, in microseconds; None where none was fed."""
        session = self._sessions.get(vehicle)
        return None if session is None else session.last_us

    def forget(self, vehicle: int) -> None:
        """Begins anew with the next fix of the vehicle; nothing of what is open is told."""
        self._sessions.pop(vehicle, None)


@dataclass(frozen=True, slots=True)
class Redo:
    """Which fixes to match again and which rows that replaces; microseconds, see the module."""

    feed_from_us: int
    feed_until_us: int
    replace_from_us: int
    replace_until_us: int | None


def redo_for(at_us: Sequence[int], late_us: int) -> Redo:
    """What a late fix touches. ``at_us`` are the times of all stored fixes in order, the late one among them.

    Enough are those from a boundary before the series in front of the late one's up to the end of the series behind it: use ``series_start`` and
    ``series_end`` to find out whether what was read reaches far enough. Raises ValueError where the late fix is not among them.
    """
    position = bisect_left(at_us, late_us)
    if position == len(at_us) or at_us[position] != late_us:
        raise ValueError(f"the fix at {late_us} is not among the {len(at_us)} times given")
    begin, end = series_start(at_us, position), series_end(at_us, position)
    first = series_start(at_us, begin - 1) if begin else begin
    if end + 1 == len(at_us):
        return Redo(at_us[first], at_us[end], at_us[first], None)
    behind = series_end(at_us, end + 1)
    return Redo(at_us[first], at_us[behind], at_us[first], at_us[end + 1])


def series_start(at_us: Sequence[int], position: int) -> int:
    """Where the series of fixes begins in which ``position`` lies: no silence of more than 120 s is in it."""
    while position and at_us[position] - at_us[position - 1] <= SILENCE_US:
        position -= 1
    return position


def series_end(at_us: Sequence[int], position: int) -> int:
    """The last fix of the series in which ``position`` lies."""
    while position + 1 < len(at_us) and at_us[position + 1] - at_us[position] <= SILENCE_US:
        position += 1
    return position


def rematch(network: Network, plan: PloughPlan, vehicle: int, fixes: Fixes, redo: Redo) -> Track:
    """The rows that replace those ``redo`` names, from the stored fixes, of which only its span is used."""
    begin, end = bisect_left(fixes.at_us, redo.feed_from_us), bisect_right(fixes.at_us, redo.feed_until_us)
    whole = match_fixes(network, plan, vehicle, _part(fixes, begin, end))
    if redo.replace_until_us is None:
        return whole
    until = at(redo.replace_until_us)
    return Track(
        passages=tuple(row for row in whole.passages if row.began_at < until),
        stops=tuple(row for row in whole.stops if row.began_at < until),
        gaps=tuple(row for row in whole.gaps if row.began_at < until),
        runs=tuple(row for row in whole.runs if row.began_at < until),
    )


def _part(fixes: Fixes, begin: int, end: int) -> Fixes:
    return Fixes(
        at_us=fixes.at_us[begin:end],
        lon=fixes.lon[begin:end],
        lat=fixes.lat[begin:end],
        speed_kmh=fixes.speed_kmh[begin:end],
        heading_deg=fixes.heading_deg[begin:end],
        accuracy_m=fixes.accuracy_m[begin:end],
        task=fixes.task[begin:end],
    )


class _Session:
    """The chain of one vehicle."""

    def __init__(self, network: Network, depots: Depots, vehicle: int) -> None:
        self.last_us: int | None = None
        self._sieve = Sieve()
        self._stepper = Stepper()
        self._stops = StopFinder()
        self._lattice = Lattice(network)
        self._passages = PassageMaker(network, depots, vehicle)
        self._runs = RunMaker(network, depots, vehicle)
        self._shared = network, depots

    def push(self, fix: Fix) -> Iterator[Row]:
        if self.last_us is not None and fix.at_us <= self.last_us:
            return
        self.last_us = fix.at_us
        for told in self._sieve.push(fix):
            yield from self._take(told)

    def end(self) -> Iterator[Row]:
        for told in self._sieve.end():
            yield from self._take(told)
        for item in self._stepper.end():
            yield from self._item(item)
        yield from self._flush()
        yield from self._runs.broken(None)

    def copied(self) -> _Session:
        """A copy that can be ended; network and depots stay the same objects."""
        return copy.deepcopy(self, {id(shared): shared for shared in self._shared})

    def _take(self, told: Told) -> Iterator[Row]:
        for item in self._stepper.push(told):
            yield from self._item(item)

    def _item(self, item: Item) -> Iterator[Row]:
        match item:
            case Break(reason):
                yield from self._flush()
                yield from self._runs.broken(reason)
            case Unusable():
                yield self._runs.unusable(item)
            case _:
                for step in self._stops.push(item):
                    yield from self._step(step)

    def _step(self, step: Step) -> Iterator[Row]:
        for decided in self._lattice.push(step):
            yield from self._decided(decided)

    def _flush(self) -> Iterator[Row]:
        for step in self._stops.end():
            yield from self._step(step)
        for decided in self._lattice.end():
            yield from self._decided(decided)
        for passage in self._passages.broken():
            self._runs.worked(passage)
            yield passage

    def _decided(self, decided: Decided) -> Iterator[Row]:
        for passage in self._passages.push(decided):
            self._runs.worked(passage)
            yield passage
        yield from self._runs.push(decided)


def _track(rows: Iterable[Row]) -> Track:
    told = list(rows)
    return Track(
        passages=tuple(row for row in told if isinstance(row, Passage)),
        stops=tuple(row for row in told if isinstance(row, Stop)),
        gaps=tuple(row for row in told if isinstance(row, Gap)),
        runs=tuple(row for row in told if isinstance(row, Run)),
    )
