"""The states of roads as time goes by: passages leave the window, and those of clocks that are ahead come in."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.model import PloughPlan
from core.ploughs import RoadState
from gis.ploughs.coverage import coverage
from gis.ploughs.network import Network
from gis.ploughs.reckoning import removed, roads_of
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
        window = self._plan.window
        leaving = self._store.ploughs.passages_ended(self._site_no, last - window, now - window)
        coming = self._store.ploughs.passages_ended(self._site_no, last, now)
        roads = roads_of([*leaving, *coming]) & self._network.roads.keys()
        if not roads:
            return 0
        return self._store.road_states.save(self._site_no, list(self._states(roads, now).values()))

    def _states(self, roads: set[str] | None, now: datetime) -> dict[str, RoadState]:
        since = now - self._plan.window
        passages = self._store.ploughs.passages(self._site_no, since, now, roads=roads)
        return coverage(self._network, self._plan, passages, since=since, now=now, roads=roads)
