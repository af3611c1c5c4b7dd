"""The ladder's state machine: it reads evidence in order of event time and says which level holds.

Durations are *covered* event time: the sum of the intervals between consecutive samples for which the
condition is true, each counted only where it is no longer than ``max_gap``. A gap freezes a timer and is
never credited; a gap longer than the silence allowed after its value restarts it. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from alerts.ladder import Ladder
from alerts.signals.finding import Finding
from alerts.signals.signal import is_doubtful, is_good
from core.levels import Level
from core.model import Quality
from store.rows import Sample

RECENT = 21
"""So many pieces of evidence are remembered to see whether an alert comes and goes (as Nagios and Naemon do)."""

_ZERO = timedelta(0)
_DIGITS = tuple(str(int(level)) for level in Level)


class Kind(StrEnum):
    """What can happen to an episode."""

    FIRED = "fired"
    RAISED = "raised"
    LOWERED = "lowered"
    RESOLVED = "resolved"
    CLOSED = "closed"
    DATA_LOST = "data_lost"
    DATA_BACK = "data_back"
    CONFIRMED = "confirmed"


class Step(NamedTuple):
    """Something that happened at event time ``at``; the levels are equal where only the data came or went.

    ``doubted``: the value that did it is suspect, so it is told as unconfirmed. A ``closed`` step says that the question
    is settled: what was forecast has been reached.
    """

    kind: Kind
    at: datetime
    before: Level
    after: Level
    value: float | None
    peak: float | None
    doubted: bool = False


class Timer(NamedTuple):
    """How long a condition has been covered, and by how many samples."""

    covered: timedelta
    samples: int


@dataclass(slots=True)
class Machine:
    """Where one instance stands after the sample at ``seen_at``; ``rising`` and ``falling`` hold one timer a rung.

    ``good_at`` and ``value`` are the newest evidence; ``opened_at`` and ``peak`` belong to the present run;
    ``lost`` says that the evidence has run out, ``doubted`` that the level was reached by a value nobody confirmed since.
    ``recent`` is the level after each of the newest pieces of evidence, a digit each, the oldest first.
    """

    seen_at: datetime
    good_at: datetime | None = None
    value: float | None = None
    level: Level = Level.NORMAL
    opened_at: datetime | None = None
    changed_at: datetime | None = None
    peak: float | None = None
    lost: bool = False
    rising: list[Timer | None] = field(default_factory=list)
    falling: list[Timer | None] = field(default_factory=list)
    doubted: bool = False
    recent: str = ""

    def copy(self) -> Machine:
        """A machine of its own in the same state."""
        return Machine(
            self.seen_at,
            self.good_at,
            self.value,
            self.level,
            self.opened_at,
            self.changed_at,
            self.peak,
            self.lost,
            list(self.rising),
            list(self.falling),
            self.doubted,
            self.recent,
        )

    def recovering(self, ladder: Ladder) -> bool:
        """Whether the present level is on its way out: beyond ``clear_at``, not yet for long enough."""
        timers = zip(ladder.rungs, self.falling, strict=False)
        return any(rung.level == self.level and timer is not None for rung, timer in timers)


def evidence(machine: Machine, ladder: Ladder, sample: Sample) -> float | None:
    """The value of a sample that may move an alert, None for any other.

    A good value speaks both ways. A suspect one speaks for danger alone: a flash flood rises faster, and higher, than
    anyone has limits for, and must not be unsaid because it was doubted; it never brings an alert nearer to its end.
    The same goes for what was reckoned from too little to say that all is calm.
    """
    value = sample.value
    if value is None:
        return None
    if is_good(sample):
        both_ways = not isinstance(sample, Finding) or sample.calm
        return value if both_ways or _speaks_of_danger(machine, ladder, value) else None
    return value if is_doubtful(sample) and _speaks_of_danger(machine, ladder, value) else None


def _speaks_of_danger(machine: Machine, ladder: Ladder, value: float) -> bool:
    """Whether the value reaches a rung, or holds the level there is."""
    if not ladder.rungs:  # what stands in for a rule that is gone
        return False
    rung = ladder.rung(machine.level)
    height = ladder.rungs[0].raise_at if rung is None else rung.clear_at
    return value * ladder.sign >= height * ladder.sign


def advance(machine: Machine, ladder: Ladder, samples: Sequence[Sample]) -> list[Step]:
    """What happened over ``samples``, which are in order and newer than ``machine.seen_at``; moves the machine."""
    steps: list[Step] = []
    for sample in samples:
        machine.seen_at = sample.at
        value = evidence(machine, ladder, sample)
        if value is not None:
            _notice_gap(machine, ladder, sample.at, steps)
            settled = isinstance(sample, Finding) and sample.ends
            moved = _settle(machine, sample.at, value) if settled else _take(machine, ladder, sample.at, value)
            doubted = sample.quality is not Quality.GOOD or (isinstance(sample, Finding) and sample.doubted)
            _note(machine, ladder, moved, steps, doubted=doubted)
    return steps


def _note(machine: Machine, ladder: Ladder, moved: Step | None, steps: list[Step], *, doubted: bool) -> None:
    """Keep the step with its doubt; where there is none, the level there is may have been confirmed."""
    machine.recent = (machine.recent + _DIGITS[machine.level])[-RECENT:]
    if moved is not None:
        steps.append(moved._replace(doubted=doubted))
        machine.doubted = doubted and machine.level > Level.NORMAL
    elif machine.doubted and not doubted and _is_held(machine, ladder):
        machine.doubted = False


def _is_held(machine: Machine, ladder: Ladder) -> bool:
    rung = ladder.rung(machine.level)
    return rung is not None and machine.value is not None and machine.value * ladder.sign >= rung.raise_at * ladder.sign


def _settle(machine: Machine, at: datetime, value: float) -> Step | None:
    """The question is settled: nothing is left to wait for, and nothing was measured to end the danger."""
    machine.good_at, machine.value, machine.rising, machine.falling = at, value, [], []
    if not machine.level:
        return None
    step = Step(Kind.CLOSED, at, machine.level, Level.NORMAL, value, machine.peak)
    machine.level, machine.changed_at, machine.opened_at, machine.peak = Level.NORMAL, at, None, None
    return step


def notice_silence(machine: Machine, ladder: Ladder, now: datetime) -> list[Step]:
    """The one step that says the evidence has run out by ``now``, if it has; moves the machine."""
    ends_at = evidence_until(machine, ladder)
    if ends_at is None or machine.lost or now <= ends_at:
        return []
    return _lose(machine, ends_at)


def evidence_until(machine: Machine, ladder: Ladder) -> datetime | None:
    """Until when the newest evidence speaks; None where there is none."""
    return None if machine.good_at is None else machine.good_at + ladder.silence_allowed(machine.value)


def _lose(machine: Machine, at: datetime) -> list[Step]:
    machine.lost = True
    return [_still(Kind.DATA_LOST, machine, at)] if machine.level else []


def _still(kind: Kind, machine: Machine, at: datetime) -> Step:
    return Step(kind, at, machine.level, machine.level, machine.value, machine.peak)


def _notice_gap(machine: Machine, ladder: Ladder, at: datetime, steps: list[Step]) -> None:
    """Silence that ended with the sample at ``at``: the timers restart, they never bridge it."""
    ends_at = evidence_until(machine, ladder)
    if ends_at is not None and at > ends_at:
        if not machine.lost:
            steps += _lose(machine, ends_at)
        machine.rising = []
        machine.falling = []
    if machine.lost:
        machine.lost = False
        if machine.level:
            steps.append(_still(Kind.DATA_BACK, machine, at))


def _take(machine: Machine, ladder: Ladder, at: datetime, value: float) -> Step | None:
    if not machine.level and value * ladder.sign < ladder.lowest_raise:
        # Nearly every sample: nothing rises, and a fall from nowhere is of no interest to anybody.
        machine.good_at, machine.value, machine.rising, machine.falling = at, value, [], []
        return None
    gap = at - machine.good_at if machine.good_at is not None else _ZERO
    credit = gap if gap <= ladder.max_gap else _ZERO
    _run_timers(machine, ladder, value, credit)
    machine.good_at, machine.value = at, value
    if machine.level and (machine.peak is None or value * ladder.sign > machine.peak * ladder.sign):
        machine.peak = value
    after = _reached(machine, ladder)
    if machine.level and after <= machine.level:
        after = _fallen_to(machine, ladder)
    return None if after == machine.level else _move(machine, after, at)


def _run_timers(machine: Machine, ladder: Ladder, value: float, credit: timedelta) -> None:
    sign, signed = ladder.sign, value * ladder.sign
    rising = machine.rising or [None] * len(ladder.rungs)
    falling = machine.falling or [None] * len(ladder.rungs)
    up: list[Timer | None] = []
    down: list[Timer | None] = []
    for rung, rose, fell in zip(ladder.rungs, rising, falling, strict=True):
        up.append(_run(rose, credit) if signed >= rung.raise_at * sign else None)
        down.append(_run(fell, credit) if signed < rung.clear_at * sign else None)
    machine.rising, machine.falling = up, down


def _run(timer: Timer | None, credit: timedelta) -> Timer:
    return Timer(_ZERO, 1) if timer is None else Timer(timer.covered + credit, timer.samples + 1)


def _reached(machine: Machine, ladder: Ladder) -> Level:
    """The highest rung that has been reached for its whole hold."""
    reached = Level.NORMAL
    for rung, timer in zip(ladder.rungs, machine.rising, strict=True):
        if timer is None or timer.covered < rung.hold:
            continue
        if not rung.hold or timer.samples >= ladder.min_samples:
            reached = rung.level
    return reached


def _fallen_to(machine: Machine, ladder: Ladder) -> Level:
    """One level down where the present rung is cleared, all the way where every rung up to it is."""
    present = next((place for place, rung in enumerate(ladder.rungs) if rung.level == machine.level), None)
    if present is not None and machine.falling[present] is None:
        return machine.level
    held = [
        (rung, timer is not None and timer.covered >= rung.clear_hold)
        for rung, timer in zip(ladder.rungs, machine.falling, strict=True)
        if rung.level <= machine.level
    ]
    if all(is_clear for _, is_clear in held):
        return Level.NORMAL
    _, is_clear = held[-1]
    return held[-2][0].level if is_clear and len(held) > 1 else machine.level


def _move(machine: Machine, after: Level, at: datetime) -> Step:
    before, machine.level, machine.changed_at = machine.level, after, at
    if before == Level.NORMAL:
        machine.opened_at, machine.peak = at, machine.value
    step = Step(_kind(before, after), at, before, after, machine.value, machine.peak)
    if after == Level.NORMAL:
        machine.opened_at = machine.peak = None
    return step


def _kind(before: Level, after: Level) -> Kind:
    if before == Level.NORMAL:
        return Kind.FIRED
    if after == Level.NORMAL:
        return Kind.RESOLVED
    return Kind.RAISED if after > before else Kind.LOWERED
