"""The evaluator: one pure function from stored state and samples to new state and transitions.

Live, after an outage and in a backtest this same function is called; ``now`` is an argument. Samples that
come in order move the machine on. A sample older than what has been seen makes it reckon again from a
checkpoint before that sample, so that the state is the one the same samples would have given in order;
transitions already told stay told, and the difference is told after them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.ladder import Ladder
from alerts.machine import Machine, Step, advance, evidence_until, notice_silence
from alerts.runs import Run, runs_of, tell_difference, tell_new_rule
from alerts.state import InstanceState, begin
from alerts.telling import Cause, Teller, Transition
from core.levels import Level
from core.model import Quality
from store.rows import Sample

RETRO_LIMIT = timedelta(hours=24)
"""How far back a sample may lie that comes out of order; much older ones are stored and shown, not alerted on.

Samples in order are evaluated however old they are: a gateway's backlog, a recording that is played.
"""

_INSTANT = timedelta(microseconds=1)

_CHECKPOINT_EVERY = timedelta(hours=6)


def read_from(state: InstanceState | None, ladder: Ladder, earliest: datetime | None, now: datetime) -> datetime:
    """The event time after which ``evaluate`` has to be given every stored sample.

    ``earliest`` is the event time of the oldest new sample, None where only time has passed.
    """
    if state is None or state.ladder != ladder.digest:
        return now - RETRO_LIMIT
    if earliest is None or earliest > state.machine.seen_at:
        return state.machine.seen_at
    if _is_blank(state):
        return earliest - _INSTANT
    return (_checkpoint_before(state, earliest) or state.checkpoints[0]).seen_at


def silent_at(state: InstanceState, ladder: Ladder) -> datetime | None:
    """When the instance has to be looked at although nothing came, None where that changes nothing."""
    return None if state.machine.lost else evidence_until(state.machine, ladder)


def evaluate(
    ladder: Ladder,
    state: InstanceState | None,
    samples: Sequence[Sample],
    now: datetime,
    *,
    judge_silence: bool = True,
    since: datetime | None = None,
    lasting: bool = True,
) -> tuple[InstanceState, tuple[Transition, ...]]:
    """The state after ``samples`` and the passing of time to ``now``, and what has to be told.

    ``samples`` are all newer than ``read_from(…)`` gave, in order of event time; ``since`` is what it gave, where there may be
    none left of what was seen after it (None: samples are never taken away). ``state`` is None at first sight, and is never
    changed. ``judge_silence`` is False while a backlog may still come. ``lasting`` False: a value of before a change of the
    rule means nothing after it.
    """
    if state is None:
        state = begin(ladder.digest, now - RETRO_LIMIT)
    if state.ladder != ladder.digest:
        return _under_new_rule(ladder, state, samples, now, lasting=lasting)
    if since is None:
        since = samples[0].at - _INSTANT if samples else state.machine.seen_at
    if since < state.machine.seen_at:
        if _is_blank(state):
            return _onward(ladder, _begin_after(state, since), samples, now, judge_silence=judge_silence)
        return _again(ladder, state, samples, now, since, judge_silence=judge_silence)
    return _onward(ladder, state, samples, now, judge_silence=judge_silence)


def close(state: InstanceState, now: datetime, cause: Cause) -> tuple[InstanceState, tuple[Transition, ...]]:
    """The state of an instance that is no longer watched; its open episode is closed, not resolved."""
    teller = Teller.of(state, 1, now, cause)
    teller.close(state.machine, cause)
    return replace(begin("", now), episodes=state.episodes, shadow=state.shadow), tuple(teller.told)


def close_by_hand(state: InstanceState, ladder: Ladder, now: datetime) -> tuple[InstanceState, tuple[Transition, ...]]:
    """The state after a person has ended the open episode, whose data are lost: the next evidence begins anew."""
    teller = Teller.of(state, ladder.sign, now, Cause.BY_HAND)
    teller.close(state.machine, Cause.BY_HAND)
    machine = replace(
        state.machine.copy(), level=Level.NORMAL, opened_at=None, peak=None, rising=[], falling=[], doubted=False
    )
    checkpoints = (machine.copy(),)
    return replace(state, machine=machine, checkpoints=checkpoints, episode=None, past=tuple(teller.past)), tuple(
        teller.told
    )


def _onward(
    ladder: Ladder, state: InstanceState, samples: Sequence[Sample], now: datetime, *, judge_silence: bool
) -> tuple[InstanceState, tuple[Transition, ...]]:
    machine, checkpoints = state.machine.copy(), list(state.checkpoints)
    steps = _reckon(machine, checkpoints, ladder, samples)
    if judge_silence:
        steps += notice_silence(machine, ladder, now)
    teller = Teller.of(state, ladder.sign, now, Cause.SAMPLE)
    for step in steps:
        teller.tell(step)
    return _finish(ladder, state, teller, machine, checkpoints)


def _again(
    ladder: Ladder,
    state: InstanceState,
    samples: Sequence[Sample],
    now: datetime,
    since: datetime,
    *,
    judge_silence: bool,
) -> tuple[InstanceState, tuple[Transition, ...]]:
    base = _checkpoint_before(state, since + _INSTANT)
    if base is None:
        newer = [sample for sample in samples if sample.at > state.machine.seen_at]
        return _onward(ladder, state, newer, now, judge_silence=judge_silence)
    machine = base.copy()
    checkpoints = [older for older in state.checkpoints if older.seen_at <= base.seen_at]
    seen = bisect_right(samples, state.machine.seen_at, key=lambda sample: sample.at)
    steps = _reckon(machine, checkpoints, ladder, samples[:seen])
    machine.seen_at = max(machine.seen_at, state.machine.seen_at)
    machine.lost = _still_lost(state.machine, machine, ladder, samples[seen].at if seen < len(samples) else now)
    teller = Teller.of(state, ladder.sign, now, Cause.LATE_SAMPLE)
    tell_difference(teller, runs_of(base, steps), machine)
    teller.settle(machine, ladder)
    # What is new is told as it happened, whatever older hours were read again with it.
    teller.cause = Cause.SAMPLE
    steps = _reckon(machine, checkpoints, ladder, samples[seen:])
    if judge_silence:
        steps += notice_silence(machine, ladder, now)
    for step in steps:
        teller.tell(step)
    return _finish(ladder, state, teller, machine, checkpoints)


def _under_new_rule(
    ladder: Ladder, state: InstanceState, samples: Sequence[Sample], now: datetime, *, lasting: bool
) -> tuple[InstanceState, tuple[Transition, ...]]:
    """The last day reckoned anew; what no longer holds is closed, because nothing was measured to end it."""
    fresh = replace(begin(ladder.digest, now - RETRO_LIMIT), episodes=state.episodes, past=state.past)
    fresh = replace(fresh, episode=state.episode, shadow=state.shadow)
    base, machine, checkpoints = Machine(fresh.machine.seen_at), fresh.machine, list(fresh.checkpoints)
    known = _last_known(state.machine, fresh.machine.seen_at) if lasting else []
    steps = advance(machine, ladder, known) + _reckon(machine, checkpoints, ladder, samples)
    runs = runs_of(base, steps)
    if state.episode is not None and machine.level == Level.NORMAL:
        runs += _carry_over(ladder, machine, state.episode.level, state.episode.opened_at)
        checkpoints = [machine.copy()]
    machine.lost = state.machine.lost and machine.good_at == state.machine.good_at
    teller = Teller.of(fresh, ladder.sign, now, Cause.RULE_CHANGED)
    tell_new_rule(teller, runs, machine)
    return _finish(ladder, fresh, teller, machine, checkpoints)


def _carry_over(ladder: Ladder, machine: Machine, level: Level, opened_at: datetime) -> list[Run]:
    """A firing goes on under a longer hold: the condition is still true, only its timer has begun again."""
    true = [rung.level for rung, timer in zip(ladder.rungs, machine.rising, strict=False) if timer is not None]
    if not true:
        return []
    machine.level = max((held for held in true if held <= level), default=true[0])
    machine.opened_at, machine.changed_at, machine.peak = opened_at, machine.good_at, machine.value
    return [Run(opened_at, machine.level)]


def _last_known(machine: Machine, since: datetime) -> list[Sample]:
    """The newest evidence again, where it is older than what is read: silence does not make a height unknown."""
    if machine.good_at is None or machine.value is None or machine.good_at > since:
        return []
    return [Sample(machine.good_at, machine.value, Quality.GOOD, machine.good_at)]


def _still_lost(before: Machine, after: Machine, ladder: Ladder, now: datetime) -> bool:
    """Whether late samples leave the data lost: they do not bring back what has been silent until now."""
    ends_at = evidence_until(after, ladder)
    return before.lost and ends_at is not None and now > ends_at


def _reckon(machine: Machine, checkpoints: list[Machine], ladder: Ladder, samples: Sequence[Sample]) -> list[Step]:
    """Move the machine over the samples, leaving a checkpoint every few hours of event time."""
    steps: list[Step] = []
    for sample in samples:
        if sample.at - checkpoints[-1].seen_at >= _CHECKPOINT_EVERY and machine.seen_at > checkpoints[-1].seen_at:
            checkpoints.append(machine.copy())
        steps += advance(machine, ladder, (sample,))
    return steps


def _is_blank(state: InstanceState) -> bool:
    """Whether no sample has been seen yet; the first ones may then be of any age."""
    oldest, machine = state.checkpoints[0], state.machine
    return machine.good_at is None and oldest.seen_at == machine.seen_at


def _begin_after(state: InstanceState, since: datetime) -> InstanceState:
    return replace(begin(state.ladder, since), episodes=state.episodes, past=state.past, shadow=state.shadow)


def _checkpoint_before(state: InstanceState, at: datetime) -> Machine | None:
    return next((machine for machine in reversed(state.checkpoints) if machine.seen_at < at), None)


def _finish(
    ladder: Ladder, state: InstanceState, teller: Teller, machine: Machine, checkpoints: list[Machine]
) -> tuple[InstanceState, tuple[Transition, ...]]:
    teller.settle(machine, ladder)
    teller.drop_flicker(state.episode)
    while len(checkpoints) > 1 and checkpoints[1].seen_at <= machine.seen_at - RETRO_LIMIT:
        del checkpoints[0]
    reach = checkpoints[0].seen_at
    after = InstanceState(
        ladder=ladder.digest,
        machine=machine,
        checkpoints=tuple(checkpoints),
        episodes=teller.count,
        episode=teller.episode,
        past=tuple(each for each in teller.past if each.closed_at >= reach),
        flapping=state.flapping,
        shadow=state.shadow,
    )
    return after, tuple(teller.told)
