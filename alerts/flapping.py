"""An alert that comes and goes: one notice, then a digest now and then instead of a message for each change.

The measure is that of Nagios and Naemon: of the last 21 evaluations with evidence, the changes of state between them,
the newest weighing 1.25 and the oldest 0.75, in percent of all there could be. Danger is always told at once, and what
happened is always stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerts.episodes import by_episode, reach_of, telling, tellings
from alerts.machine import RECENT, Kind
from alerts.measures import Said
from alerts.state import Flapping, InstanceState, dump_episode, load_episode
from alerts.targets import Target
from alerts.telling import Cause, Transition
from core.levels import Level
from store.alert_rows import TellingRow

BEGINS = 0.5
ENDS = 0.25
DIGEST_EVERY = timedelta(minutes=30)

_OLDEST, _NEWEST = 0.75, 1.25


def share_of_changes(recent: str) -> float:
    """How much the state changed over ``recent`` (a digit each evaluation, the oldest first): 0 not at all, 1 each time."""
    possible = RECENT - 1
    step = (_NEWEST - _OLDEST) / (possible - 1)
    first = possible - (len(recent) - 1)
    changes = (place for place in range(1, len(recent)) if recent[place] != recent[place - 1])
    return sum(_OLDEST + (first + place - 1) * step for place in changes) / possible


def digest_at(state: InstanceState) -> datetime | None:
    """When changes that were held back have to be told; None where there are none."""
    flapping = state.flapping
    return flapping.told_at + DIGEST_EVERY if flapping is not None and flapping.held else None


def notices(
    target: Target, before: InstanceState | None, after: InstanceState, told: Sequence[Transition], now: datetime
) -> tuple[InstanceState, list[TellingRow]]:
    """The state with what was held back, and what has to be told of ``told`` by ``now``; a pure function."""
    flapping = before.flapping if before is not None else None
    if flapping is None and (not told or share_of_changes(after.machine.recent) < BEGINS):
        return after, tellings(target, told, now)
    grave, light = _parted(told)
    rows = [telling(target, group, now) for group in grave]
    if flapping is None:
        if not light:
            return after, rows
        rows.append(telling(target, light[-1], now, kind="flapping", remark=_BEGUN))
        return replace(after, flapping=Flapping(since=now, told_at=now)), rows
    if any(item.cause != Cause.SILENCE for group in grave for item in group):
        flapping = replace(flapping, held=0, head=None)  # what was held back is older than what is told now
    if light:
        held = flapping.held + sum(len(group) for group in light)
        flapping = replace(flapping, held=held, head=_dump(light[-1][-1]))
    over = after.flapping is None or share_of_changes(after.machine.recent) < ENDS
    if flapping.held and flapping.head is not None and (over or now >= flapping.told_at + DIGEST_EVERY):
        rows.append(telling(target, [_load(flapping.head)], now, kind="digest", remark=_digest(flapping, over=over)))
        flapping = replace(flapping, told_at=now, held=0, head=None)
    return replace(after, flapping=None if over else flapping), rows


_BEGUN = Said(
    "短い間に何度も変わっています。おさまるまで、変化は30分ごとにまとめてお知らせします（「危険」はその都度お知らせします）。",
    "It comes and goes. Until that is over, changes are told together every 30 minutes (danger always at once).",
)


def _digest(flapping: Flapping, *, over: bool) -> Said:
    end = (
        Said("変化はおさまりました。", "It has settled.")
        if over
        else Said("まだ変化が続いています。", "It still comes and goes.")
    )
    return Said(
        f"まとめ: 前回のお知らせの後、{flapping.held} 回変わりました。{end.ja}",
        f"Digest: {flapping.held} changes since the last message. {end.en}",
    )


def _parted(told: Sequence[Transition]) -> tuple[list[list[Transition]], list[list[Transition]]]:
    """What is told at once (danger, data lost or back), and what may be held back."""
    grave: list[list[Transition]] = []
    light: list[list[Transition]] = []
    for group in by_episode(told):
        at_once = reach_of(group) >= Level.DANGER or all(item.cause == Cause.SILENCE for item in group)
        (grave if at_once else light).append(group)
    return grave, light


def _dump(item: Transition) -> dict[str, Any]:
    return {
        "episode": dump_episode(item.episode),
        "kind": item.kind.value,
        "from": int(item.from_level),
        "to": None if item.to_level is None else int(item.to_level),
        "at": item.at.isoformat(),
        "value": item.value,
        "cause": item.cause.value,
        "doubted": item.doubted,
    }


def _load(stored: Mapping[str, Any]) -> Transition:
    return Transition(
        load_episode(stored["episode"]),
        Kind(stored["kind"]),
        Level(stored["from"]),
        None if stored["to"] is None else Level(stored["to"]),
        datetime.fromisoformat(stored["at"]),
        stored["value"],
        Cause(stored["cause"]),
        stored["doubted"],
    )
