"""The states of roads as time goes by: passages leave the window and then memory, and those of clocks that are ahead come in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from config.plough_plan import PloughPlan
from core.ploughs import Passage, RoadState
from gis.ploughs.coverage import with_overlapping
from gis.ploughs.network import Network
from gis.ploughs.reckoning import removed, roads_of
from gis.ploughs.remembered import remembered_states
from store import Store
from store.tracks import NETWORK, Matching

EVERY = timedelta(seconds=30)


class Ageing:
    """Keeps the states of a site's roads up with time. The first round reckons all of them."""

    def __init__(self, store: Store, site_no: int, network: Network, plan: PloughPlan) -> None:
        self._store, self._site_no, self._network, self._plan = store, site_no, network, plan
        self._reckoned_at: datetime | None = None

    def round(self, now: datetime) -> int:
        """Reckon what time has changed, each half minute; how many states are new. May raise StoreError."""
        last = self._reckoned_at
        if last is not None and last <= now < last + EVERY:
            return 0
        # Of a clock that was set back nothing is known of what it passes again.
        new = self._all(now) if last is None or now < last else self._since(last, now)
        self._reckoned_at = now
        return new

    def _all(self, now: datetime) -> int:
        known = self._store.road_states.latest(self._site_no)
        gone = known.keys() - self._network.roads.keys()
        if gone:
            lines = removed(known, gone, NETWORK, now)
            self._store.ploughs.save(self._site_no, Matching(gone=sorted(gone), changes=lines))
        return self._store.road_states.save(self._site_no, list(self._states(None, now).values()))

    def _since(self, last: datetime, now: datetime) -> int:
        ended = self._store.ploughs.passages_ended
        spans = [timedelta(0), self._plan.window, self._plan.remember]
        passed = [passage for span in spans for passage in ended(self._site_no, last - span, now - span)]
        roads = with_overlapping(self._network, roads_of(passed) & self._network.roads.keys())
        if not roads:
            return 0
        return self._store.road_states.save(self._site_no, list(self._states(roads, now).values()))

    def _states(self, roads: set[str] | None, now: datetime) -> dict[str, RoadState]:
        since = now - self._plan.window
        wanted = self._network.roads.keys() if roads is None else roads
        passages = self._older(since, now, with_overlapping(self._network, wanted))
        return remembered_states(self._network, self._plan, passages, self._older, since=since, now=now, roads=roads)

    def _older(self, after: datetime, until: datetime, roads: Collection[str]) -> list[Passage]:
        return self._store.ploughs.passages_of_roads(self._site_no, after, until, roads)
