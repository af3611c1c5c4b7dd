"""How clear each road is, with work of before the window remembered: read back only as far as it takes, and only for the roads it takes.

Where the newest work covers a road, older work changes nothing of its state. So what lies before the window is read for the other roads
alone, over spans twice as long each time, until each was covered or ``plan.remember`` is over: the answer is that of reading everything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from config.plough_plan import PloughPlan
from core.ploughs import Passage, RoadState
from gis.ploughs.coverage import coverage, with_overlapping

if TYPE_CHECKING:
    from gis.ploughs.network import Network

_SHORTEST = timedelta(hours=1)

Older = Callable[[datetime, datetime, Collection[str]], Iterable[Passage]]
"""Reads the passages over some roads that ended in (after, until]."""


def remembered_states(
    network: Network,
    plan: PloughPlan,
    passages: Iterable[Passage],
    older: Older,
    *,
    since: datetime,
    now: datetime,
    roads: Collection[str] | None = None,
) -> dict[str, RoadState]:
    """The state of every road (or of ``roads``), in the order of the network; ``passages`` are all that ended in (``since``, ``now``].

    ``share`` goes by these, the times also by what ``older`` reads, back to ``now - plan.remember``.
    """
    oldest = min(since, now - plan.remember)
    reached, known = since, list(passages)
    found = coverage(network, plan, known, since=since, now=now, roads=roads)
    while reached > oldest and (unsettled := [road for road, state in found.items() if not _settled(state, reached)]):
        until, reached = reached, max(oldest, reached - max(now - reached, _SHORTEST))
        lying = with_overlapping(network, unsettled)
        known = [*(passage for passage in known if passage.road in lying), *older(reached, until, lying)]
        found |= coverage(network, plan, known, since=since, now=now, roads=unsettled, remembered=reached)
    return found


def oldest_clearing(states: Mapping[str, RoadState], since: datetime) -> datetime:
    """When the road cleared longest ago was, or ``since`` where that is earlier: from then on it matters what fell."""
    return min([since, *(state.clear_since for state in states.values() if state.clear_since is not None)])


def _settled(state: RoadState, reached: datetime) -> bool:
    """Whether nothing that ended up to ``reached`` can change it: all that is needed began later."""
    return state.clear_since is not None and state.clear_since > reached
