"""What new tracks mean for the roads: the states that stand now, and those that are no longer what was said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from config.plough_plan import PloughPlan
from core.ploughs import Passage, RoadState
from gis.ploughs.coverage import with_overlapping
from gis.ploughs.network import Network
from gis.ploughs.remembered import remembered_states
from store import Store
from store.tracks import FIRST, Again, KnownState, RoadChange, TrackPart

Key = tuple[int, datetime, str, str, float]
Passages = dict[Key, Passage]
Reckoned = tuple[dict[str, RoadState], list[RoadChange]]
"""States as they stand now, and lines of those that are no longer what was said."""


class Reckoning:
    """The states of the roads that a round touches, as they follow from stored passages and those not yet written.

    Stored passages are read when they are needed: those of the window at once, older ones for the roads that are not settled by them.
    """

    def __init__(
        self, store: Store, site_no: int, network: Network, plan: PloughPlan, now: datetime, parts: Iterable[TrackPart]
    ) -> None:
        self._store, self._site_no = store, site_no
        self._network, self._plan, self._now = network, plan, now
        self._since = now - plan.window
        self.roads = with_overlapping(network, _touched(store, parts) & network.roads.keys())
        self._driven = with_overlapping(network, self.roads)
        self._passages: Passages = {}
        self._applied: list[TrackPart] = []
        self._read: defaultdict[tuple[datetime, datetime], set[str]] = defaultdict(set)

    def apply(self, part: TrackPart) -> None:
        """Let a part that is not yet written count."""
        for key in [key for key in self._passages if _replaces(part, key)]:
            del self._passages[key]
        self._applied.append(part)
        self._passages |= {_key(passage): passage for passage in part.track.passages if passage.road in self._driven}

    def states(self, roads: Collection[str] | None = None) -> dict[str, RoadState]:
        """The states of the touched roads (or of some of them) now."""
        wanted = self.roads if roads is None else roads
        if not wanted:
            return {}
        recent = self._older(self._since, self._now, with_overlapping(self._network, wanted))
        return remembered_states(
            self._network, self._plan, recent, self._older, since=self._since, now=self._now, roads=wanted
        )

    def after(self, live: Iterable[TrackPart], late: Iterable[tuple[Again, TrackPart]]) -> Reckoned:
        """The states once all of it counts, and those that are no longer what was said: by days matched again only."""
        for part in live:
            self.apply(part)
        states = self.states()
        changes: list[RoadChange] = []
        for again, part in late:
            self.apply(part)
            found = self.states()
            if again.cause != FIRST:
                changes += changed(states, found, again.cause, again.earliest, self._now)
            states = found
        return states, changes

    def _older(self, after: datetime, until: datetime, roads: Collection[str]) -> list[Passage]:
        """The passages over some roads that ended in (after, until], with all that was applied."""
        unread = set(roads) - self._read[after, until]
        self._read[after, until] |= unread
        for passage in self._store.ploughs.passages_of_roads(self._site_no, after, until, unread):
            key = _key(passage)
            if not any(_replaces(part, key) for part in self._applied):
                self._passages.setdefault(key, passage)
        return [each for each in self._passages.values() if each.road in roads and after < each.ended_at <= until]


def changed(
    before: Mapping[str, RoadState],
    after: Mapping[str, RoadState],
    cause: str,
    earliest: datetime | None,
    now: datetime,
) -> list[RoadChange]:
    """A line for each road whose state is no longer what was said."""
    found = []
    for road, state in after.items():
        was = KnownState.of(before[road]) if road in before else None
        if was != KnownState.of(state):
            found.append(
                RoadChange(road=road, changed_at=now, cause=cause, earliest=earliest, was=was, now=KnownState.of(state))
            )
    return found


def removed(states: Mapping[str, RoadState], roads: Collection[str], cause: str, now: datetime) -> list[RoadChange]:
    """A line for each road that is no more."""
    return [
        RoadChange(road=road, changed_at=now, cause=cause, earliest=None, was=KnownState.of(states[road]), now=None)
        for road in sorted(roads)
    ]


def _touched(store: Store, parts: Iterable[TrackPart]) -> set[str]:
    """The roads of what is written and of what gives way to it."""
    found: set[str] = set()
    for part in parts:
        found |= {passage.road for passage in part.track.passages}
        if part.since is not None and part.until is not None:
            found |= store.ploughs.roads_between(part.vehicle, part.since, part.until)
    return found


def _replaces(part: TrackPart, key: Key) -> bool:
    """Whether what is stored under a key gives way to a part."""
    if part.since is None or part.until is None:
        return False
    return key[0] == part.vehicle and part.since <= key[1] < part.until


def _key(passage: Passage) -> Key:
    return passage.vehicle, passage.began_at, passage.road, passage.direction.value, passage.from_m


def roads_of(passages: Sequence[Passage]) -> set[str]:
    """The roads passages lie on."""
    return {passage.road for passage in passages}
