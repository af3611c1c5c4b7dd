"""Fixes of ploughs in, passages, runs, stops and gaps out: over all history at once, or live as they come.

**One way of working.** Each fix goes through the same chain, one after the other: sieve (which fixes are used) → steps of 5 s → stays →
road of each step → passages and runs. ``match_fixes`` pushes a whole history through it and ends it, ``LiveMatcher`` pushes what
there is and keeps the rest of the chain. Nothing looks at a clock or at how fixes came in bunches, so any chunking gives what the
batch gives, to the byte: the tracks ``feed`` and ``end`` returned, one after the other, are the batch's.

**What is decided when.** ``feed`` returns only what no later fix can change. A passage is told when the road was left or a minute of the clock is full,
which is known some steps later, at the latest 12 steps of 5 s; a stop when it is over; a run when the task
changes, the drive is broken, or at ``end``.

**Fixes out of order.** ``feed`` takes fixes later than all before and leaves out the rest: that is late data, which who stores the fixes
sees himself. A silence of more than 120 s (``gis.ploughs.fixes.SILENCE_US``) between two *stored* fixes is a boundary: what is matched on either side
does not depend on the other, but for the gap between them, which goes from the last used fix of one side to the first of the other. So
what a late fix touches is the series of fixes it lies in, from boundary to boundary with the late fix among them, and the gaps at both its ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from config.plough_plan import PloughPlan
from core.ploughs import Fixes, Gap, Passage, Run, Stop, Track
from gis.ploughs.fixes import Fix, Sieve, Told, in_order
from gis.ploughs.lattice import Decided, Lattice
from gis.ploughs.passages import PassageMaker
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

    def forget(self, vehicle: int) -> None:
        """Begins anew with the next fix of the vehicle; nothing of what is open is told."""
        self._sessions.pop(vehicle, None)


class _Session:
    """The chain of one vehicle."""

    def __init__(self, network: Network, depots: Depots, vehicle: int) -> None:
        self._last_us: int | None = None
        self._sieve = Sieve()
        self._stepper = Stepper()
        self._stops = StopFinder()
        self._lattice = Lattice(network)
        self._passages = PassageMaker(network, depots, vehicle)
        self._runs = RunMaker(network, depots, vehicle)

    def push(self, fix: Fix) -> Iterator[Row]:
        if self._last_us is not None and fix.at_us <= self._last_us:
            return
        self._last_us = fix.at_us
        for told in self._sieve.push(fix):
            yield from self._take(told)

    def end(self) -> Iterator[Row]:
        for told in self._sieve.end():
            yield from self._take(told)
        for item in self._stepper.end():
            yield from self._item(item)
        yield from self._flush()
        yield from self._runs.broken(None)

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
