"""How the age of each road changed through a night: lists of changes, by the one rule of ``coverage``.

The server sends moments, the page looks them up: nothing is reckoned twice, in two languages, by two rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from config.plough_plan import PloughPlan
from core.ploughs import Passage
from gis.ploughs.coverage import clears, coverage
from gis.ploughs.drives import INSTANT
from gis.ploughs.network import Network
from gis.ploughs.remembered import Older, remembered_states


@dataclass(frozen=True, slots=True)
class KnownPassage:
    """A passage and when it could be known: the arrival of the last fix it rests on."""

    passage: Passage
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """From ``at`` on a road is clear since ``clear_since``; None: no record as far back as is remembered."""

    at: datetime
    clear_since: datetime | None


def road_changes(
    network: Network,
    plan: PloughPlan,
    passages: Iterable[KnownPassage],
    *,
    since: datetime,
    until: datetime,
    as_known_then: bool,
) -> dict[str, list[Change]]:
    """The changes of each road in [``since``, ``until``]; the first is the state at ``since``. Roads without any record are left out.

    ``passages`` reach back the plan's window before ``since``, and where that is needed farther (``reaching_back``). ``as_known_then``: a passage counts from when it was known;
    else from when it ended.
    """
    of_roads: defaultdict[str, list[KnownPassage]] = defaultdict(list)
    for known in passages:
        if known.passage.road in network.roads and clears(known.passage):
            of_roads[known.passage.road].append(known)
    found = {}
    for road in sorted(of_roads):
        changes = _changes(network, plan, road, of_roads[road], since, until, then=as_known_then)
        if any(change.clear_since is not None for change in changes):
            found[road] = changes
    return found


def reaching_back(
    network: Network, plan: PloughPlan, passages: Iterable[Passage], older: Older, *, since: datetime
) -> list[Passage]:
    """The passages of before the window that it takes to tell how the roads were at ``since``; ``passages`` are those since then."""
    found: list[Passage] = []

    def read(after: datetime, until: datetime, roads: Collection[str]) -> list[Passage]:
        rows = list(older(after, until, roads))
        found.extend(rows)
        return rows

    then = since - INSTANT  # what ended at that very moment may have become known later
    known = [passage for passage in passages if passage.ended_at <= then]
    remembered_states(network, plan, known, read, since=since - plan.window, now=then)
    return found


def _changes(
    network: Network,
    plan: PloughPlan,
    road: str,
    passages: Sequence[KnownPassage],
    since: datetime,
    until: datetime,
    *,
    then: bool,
) -> list[Change]:
    changes: list[Change] = []
    active: list[Passage] = []
    moments = _moments(plan, passages, since, until, then=then)
    for moment in sorted(moments):
        came, left = moments[moment]
        if changes and not came and not any(passage in active for passage in left):
            continue
        oldest = moment - plan.remember
        active = [passage for passage in (*active, *came) if passage.ended_at > oldest]
        states = coverage(network, plan, active, since=oldest, now=moment, roads={road})
        clear_since = states[road].clear_since
        if clear_since is not None:
            # Whatever began before the oldest passage needed will never be needed again: newer ones also last longer.
            active = [passage for passage in active if passage.began_at >= clear_since]
        if not changes or changes[-1].clear_since != clear_since:
            changes.append(Change(moment, clear_since))
    return changes


def _moments(
    plan: PloughPlan, passages: Sequence[KnownPassage], since: datetime, until: datetime, *, then: bool
) -> dict[datetime, tuple[list[Passage], list[Passage]]]:
    """When a state may change: which passages come in then, and which are forgotten."""
    moments: dict[datetime, tuple[list[Passage], list[Passage]]] = {since: ([], [])}
    for known in passages:
        passage = known.passage
        comes = max(passage.ended_at, known.known_at) if then else passage.ended_at
        leaves = passage.ended_at + plan.remember
        if comes <= until and leaves > since:
            moments.setdefault(max(comes, since), ([], []))[0].append(passage)
            if since <= leaves <= until:
                moments.setdefault(leaves, ([], []))[1].append(passage)
    return moments
