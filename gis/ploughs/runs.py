"""From decided steps to runs, stops and gaps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.model import WORKING_TASKS, Task
from core.ploughs import BreakReason, Evidence, FixFlag, Gap, Passage, Run, Stop
from gis.ploughs.lattice import Decided
from gis.ploughs.passages import at
from gis.ploughs.steps import Counts, Step, Unusable, added
from gis.ploughs.work import Depots

if TYPE_CHECKING:
    from gis.ploughs.network import Network


class RunMaker:
    """Takes decided steps in order and tells the runs, stops and gaps that are complete."""

    def __init__(self, network: Network, depots: Depots, vehicle: int) -> None:
        self._network = network
        self._depots = depots
        self._vehicle = vehicle
        self._run: _Sum | None = None
        self._before: Decided | None = None
        self._break: tuple[Step, BreakReason] | None = None

    def push(self, decided: Decided) -> Iterator[Run | Stop | Gap]:
        """What is complete with this step."""
        step = decided.step
        if self._break is not None:
            yield self._gap(*self._break, step)
            self._break = None
        if self._run is not None and self._run.task != step.task:
            yield self._run.run(self._vehicle, step.first.at_us)
            self._run = _Sum(step.task, step.first.at_us)
        if self._run is None:
            self._run = _Sum(step.task, step.first.at_us)
        self._run.add(decided, self._metres(decided) if self._before else 0.0, self._before)
        if step.stop is not None:
            yield self._stop(decided)
        self._before = decided

    def worked(self, passage: Passage) -> None:
        """A passage of the present run; it tells whether work was inferred."""
        if self._run is not None and passage.evidence is Evidence.INFERRED:
            self._run.inferred = True

    def broken(self, reason: BreakReason | None) -> Iterator[Run]:
        """The drive is broken here, or ends (None)."""
        if self._run is not None:
            yield self._run.run(self._vehicle, None)
        last = self._before.step if self._before else None
        self._break = (last, reason) if last and reason else None
        self._run = self._before = None

    def unusable(self, told: Unusable) -> Run:
        """A run of fixes none of which could be used."""
        return Run(
            vehicle=self._vehicle,
            began_at=at(told.began_us),
            ended_at=at(told.ended_us),
            task=told.task,
            evidence=None,
            fixes=told.fixes,
            driven_m=0.0,
            matched_m=0.0,
            flags=_by_name(told.flags),
        )

    def _metres(self, decided: Decided) -> float:
        """From the step before to this one: along the road where both are beside one, else straight.

        A step beyond the end of a line is off it, though it belongs to the road.
        """
        assert self._before is not None
        here, there = self._before.place, decided.place
        if here is not None and there is not None and here.line == there.line:
            line = self._network.lines[here.line]
            if here.along not in line.ends and there.along not in line.ends:
                return line.between(here.along, there.along)
        step, before = decided.step, self._before.step
        return math.sqrt((step.x - before.x) ** 2 + (step.y - before.y) ** 2)

    def _gap(self, before: Step, reason: BreakReason, step: Step) -> Gap:
        return Gap(
            vehicle=self._vehicle,
            began_at=at(before.last.at_us),
            ended_at=at(step.first.at_us),
            from_lon=round(before.last.lon, 6),
            from_lat=round(before.last.lat, 6),
            to_lon=round(step.first.lon, 6),
            to_lat=round(step.first.lat, 6),
            reason=reason,
        )

    def _stop(self, decided: Decided) -> Stop:
        stay = decided.step.stop
        assert stay is not None
        return Stop(
            vehicle=self._vehicle,
            began_at=at(stay.began_us),
            ended_at=at(stay.ended_us),
            lon=round(stay.lon, 6),
            lat=round(stay.lat, 6),
            road="" if decided.place is None else self._network.lines[decided.place.line].road,
            depot=self._depots.at(stay.x, stay.y),
        )


class _Sum:
    """What a run amounts to so far."""

    def __init__(self, task: Task | None, began_us: int) -> None:
        self.task = task
        self.inferred = False
        self._began_us = self._ended_us = began_us
        self._fixes = 0
        self._driven = self._matched = 0.0
        self._flags: Counts = ()

    def add(self, decided: Decided, metres: float, before: Decided | None) -> None:
        step, place = decided.step, decided.place
        self._ended_us = step.last.at_us
        self._fixes += step.fixes + step.others
        self._driven += metres
        if place is not None and before is not None and before.place is not None:
            self._matched += metres
        own: Counts = ()
        if place is None:
            own += ((FixFlag.OFF_NETWORK, step.fixes),)
        if step.standing:
            own += ((FixFlag.STOPPED, step.fixes),)
        self._flags = added((self._flags, step.flags, own))

    def run(self, vehicle: int, until_us: int | None) -> Run:
        """``until_us``: the next run begins then."""
        return Run(
            vehicle=vehicle,
            began_at=at(self._began_us),
            ended_at=at(self._ended_us if until_us is None else until_us),
            task=self.task,
            evidence=self._evidence(),
            fixes=self._fixes,
            driven_m=round(self._driven, 1),
            matched_m=round(self._matched, 1),
            flags=_by_name(self._flags),
        )

    def _evidence(self) -> Evidence | None:
        if self.task is not None:
            return Evidence.SIGNAL if self.task in WORKING_TASKS else None
        return Evidence.INFERRED if self.inferred else None


def _by_name(flags: Counts) -> dict[str, int]:
    return {str(flag.name).lower(): count for flag, count in flags}
