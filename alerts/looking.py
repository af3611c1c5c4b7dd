"""The one way a rule of any kind is evaluated at its target: live, after an outage, in a test and in a backtest.

Samples of one or several datastreams → signal → ladder → transitions. Nothing here reads a clock or a store.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from alerts.evaluator import RETRO_LIMIT, evaluate, read_from, silent_at
from alerts.signals.signal import Look, Raw
from alerts.state import InstanceState
from alerts.targets import Target
from alerts.telling import Transition

_INSTANT = timedelta(microseconds=1)


class Looked(NamedTuple):
    """The state after a look, what has to be told, and after when time alone may say more (None: never)."""

    state: InstanceState
    told: tuple[Transition, ...]
    next_at: datetime | None


def needed_from(target: Target, state: InstanceState | None, earliest: datetime | None, now: datetime) -> datetime:
    """The event time after which every stored sample of the target's datastreams is needed for the next look.

    ``earliest`` is the event time of the oldest new sample, None where only time has passed.
    """
    return read_from(state, target.ladder, earliest, now) - target.reads.lookback


def look(
    target: Target,
    state: InstanceState | None,
    samples: Raw,
    now: datetime,
    *,
    earliest: datetime | None,
    judge_silence: bool = True,
) -> Looked:
    """What a rule makes of ``samples`` at ``now``: all stored ones after ``needed_from(…)``, by datastream key.

    ``state`` is None at first sight and never changed. ``earliest`` as in ``needed_from``. ``judge_silence`` is False while
    a backlog may still come.
    """
    signal, ladder = target.reads, target.ladder
    since = read_from(state, ladder, earliest, now)
    silent_until = now if judge_silence else since if state is None else state.machine.seen_at + _INSTANT
    found = signal.derive(samples, Look(since, silent_until, _unheard_since(state, now)))
    after, told = evaluate(
        ladder, state, found.samples, now, judge_silence=judge_silence, since=since, lasting=signal.lasting
    )
    times = [at for at in (found.next_at, silent_at(after, ladder)) if at is not None]
    return Looked(after, told, min(times, default=None))


def _unheard_since(state: InstanceState | None, now: datetime) -> datetime | None:
    """Since when somebody has been listening, where nothing had been heard by then."""
    if state is None:
        return now
    oldest = state.checkpoints[0]
    return oldest.seen_at + RETRO_LIMIT if oldest.good_at is None else None
