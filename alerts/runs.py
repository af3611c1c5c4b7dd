"""Late data and changed rules: reckon again, compare with what has been told, tell the difference.

A *run* is what an episode would have been had all data been there in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.machine import Kind, Machine, Step
from alerts.state import Episode, Past
from alerts.telling import Cause, Teller
from core.levels import Level


@dataclass(slots=True)
class Run:
    """One unbroken firing of the machine; ``moves`` are its level steps, ``top`` the one to its highest level.

    Of a run that had begun before what was read, the first step stands for all there was until then.
    """

    opened_at: datetime
    level: Level
    moves: list[Step] = field(default_factory=list)
    top: Step | None = None
    end: Step | None = None

    @classmethod
    def under_way(cls, base: Machine, opened_at: datetime) -> Run:
        """The run ``base`` is in."""
        run = cls(opened_at, base.level)
        run.add(Step(Kind.FIRED, opened_at, Level.NORMAL, base.level, base.peak, base.peak, base.doubted))
        return run

    def add(self, step: Step) -> None:
        """Take in the next level step of this run."""
        self.moves.append(step)
        if self.top is None or step.after > self.top.after:
            self.top = step
        self.level = step.after
        if step.kind in (Kind.RESOLVED, Kind.CLOSED):
            self.end = step


def runs_of(base: Machine, steps: Sequence[Step]) -> list[Run]:
    """The runs since ``base``, in order; the first one may have begun before it."""
    runs: list[Run] = []
    if base.level and base.opened_at is not None:
        runs.append(Run.under_way(base, base.opened_at))
    for step in steps:
        if step.kind in (Kind.DATA_LOST, Kind.DATA_BACK):
            continue
        if step.kind == Kind.FIRED:
            runs.append(Run(step.at, step.after))
        runs[-1].add(step)
    return runs


def tell_difference(teller: Teller, runs: Sequence[Run], machine: Machine) -> None:
    """Tell what late data changed: the open episode first, then runs nobody was told of."""
    episode = teller.episode
    if episode is not None:
        runs = _tell_own_run(teller, episode, runs, machine)
    for run in runs:
        if run.end is None:
            if teller.episode is None:
                _tell_present(teller, run, machine)
        else:
            teller.aside(_untold(run, run.end, teller.past))


def tell_new_rule(teller: Teller, runs: Sequence[Run], machine: Machine) -> None:
    """Tell what a changed rule makes of the present; what it makes of the past is nobody's alert."""
    teller.past += [Past(run.opened_at, run.end.at, _highest(run)) for run in runs if run.end is not None]
    present = runs[-1] if runs and runs[-1].end is None else None
    if present is None:
        teller.close(machine, Cause.RULE_CHANGED)
    elif teller.episode is None:
        _tell_present(teller, present, machine)
    else:
        _tell_level(teller, teller.episode, present, machine)


def _tell_own_run(teller: Teller, episode: Episode, runs: Sequence[Run], machine: Machine) -> list[Run]:
    """Follow the run of the open episode to where it leads; the runs that are left over."""
    for place, run in enumerate(runs):
        if run.end is not None and run.end.at < episode.opened_at:
            continue
        _tell_level(teller, episode, run, machine)
        return [*runs[:place], *runs[place + 1 :]]
    teller.close(machine, Cause.CORRECTED)
    return list(runs)


def _tell_level(teller: Teller, episode: Episode, run: Run, machine: Machine) -> None:
    """The open episode at the level its run has, by way of a height that had gone unnoticed."""
    level = episode.level
    if run.top is not None and run.top.after > max(episode.highest, run.level):
        teller.tell(run.top._replace(kind=Kind.RAISED, before=level))
        level = run.top.after
    if run.end is not None:
        teller.tell(run.end._replace(before=level))
    elif run.level != level:
        kind = Kind.RAISED if run.level > level else Kind.LOWERED
        at = machine.changed_at or teller.now
        teller.tell(Step(kind, at, level, run.level, machine.value, machine.peak, machine.doubted))


def _tell_present(teller: Teller, run: Run, machine: Machine) -> None:
    """An episode for a run that goes on now; it begins after whatever was told to have ended."""
    begin = max([run.opened_at, *(past.closed_at for past in teller.past if past.closed_at >= run.opened_at)])
    if run.top is not None and run.top.after > run.level:
        teller.open(run.top._replace(at=begin))
        kind, at = Kind.LOWERED, machine.changed_at or begin
        teller.tell(Step(kind, at, run.top.after, run.level, machine.value, machine.peak, machine.doubted))
    else:
        teller.open(Step(Kind.FIRED, begin, Level.NORMAL, run.level, machine.value, machine.peak, machine.doubted))


def _untold(run: Run, end: Step, told: Sequence[Past]) -> Sequence[Step]:
    """The steps nobody was told of: all of a run nobody knew, and of a known one the way down from a greater height."""
    known = [past.highest for past in told if run.opened_at <= past.closed_at and past.opened_at <= end.at]
    if not known:
        return run.moves
    if run.top is None or run.top.after <= max(known):
        return ()
    top = run.top._replace(kind=Kind.FIRED, before=Level.NORMAL)
    return [top, *run.moves[run.moves.index(run.top) + 1 :]]


def _highest(run: Run) -> Level:
    return run.level if run.top is None else max(run.top.after, run.level)
