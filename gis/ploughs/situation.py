"""Everything staff asks of ploughs and roads at one instant, reckoned from what the store knows of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.model import Site
from config.plough_plan import PloughPlan
from core.errors import LayerError
from core.model import Vehicle
from core.ploughs import Order, Passage, RoadState
from gis.ploughs.network import Network
from gis.ploughs.network_source import NetworkSource
from gis.ploughs.promise import Promise, promises
from gis.ploughs.proposals import Proposal, proposals
from gis.ploughs.remembered import oldest_clearing, remembered_states
from gis.ploughs.snow_gauges import Readings, read_gauges
from gis.ploughs.snow_since import SnowSince, snow_since
from gis.ploughs.snowfall import snowfall
from gis.ploughs.storm import Storm, latest_storm
from gis.ploughs.working_speed import HOUR
from store import Store
from store.rows import Registry

SNOW_BACK = timedelta(hours=72)
"""So far back the gauges are read, to find when it began to snow; a snowfall that is older is told as not certain."""
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The roads at ``now``, by work since ``since``, and what is remembered of before; ``orders`` stand. Everything by road is in the order of the network."""

    now: datetime
    since: datetime
    plan: PloughPlan
    network: Network
    orders: tuple[Order, ...]
    passages: tuple[Passage, ...]
    states: Mapping[str, RoadState]
    promises: Mapping[str, Promise]
    snow: Mapping[str, SnowSince]
    storm: Storm | None
    proposals: tuple[Proposal, ...]


class Situations:
    """Reads situations of one site; keep it, it holds the network."""

    def __init__(self, site: Site, registry: Registry, store: Store) -> None:
        self._site, self._store = site, store
        self._registry = registry
        self._zone = ZoneInfo(site.time_zone)
        self.source = NetworkSource(site)
        self.vehicles: Mapping[int, Vehicle] = {
            registry.vehicles[vehicle.id]: vehicle for vehicle in site.vehicles if vehicle.id in registry.vehicles
        }

    @property
    def plan(self) -> PloughPlan:
        """The town's plan of clearing. Raises LayerError where it has none."""
        if self._site.ploughs is None:
            raise LayerError("roads", f"site {self._site.id} has no ploughs.toml", hint="see docs/configuration.md")
        return self._site.ploughs

    def read(self, now: datetime, since: datetime | None = None) -> Situation:
        """The situation at ``now`` by work since ``since`` (None: within the window of the plan). May raise LayerError, StoreError."""
        plan, store, site = self.plan, self._store, self._registry.site
        network, near = self.source.near()
        since = now - plan.window if since is None else since
        orders = self.standing(now)
        oldest = min([since, now - HOUR, *(order.at for order in orders)])
        passages = store.ploughs.passages(site, oldest, now + _INSTANT)
        states = remembered_states(network, plan, passages, self._older, since=since, now=now)
        readings = self._readings(min(oldest_clearing(states, since), now - SNOW_BACK), now)
        falls = [snowfall(each) for each in readings]
        return Situation(
            now=now,
            since=since,
            plan=plan,
            network=network,
            orders=tuple(orders),
            passages=tuple(passages),
            states=states,
            promises=promises(network, plan, orders, passages, self.vehicles, zone=self._zone, now=now),
            snow=snow_since(network, plan, states, falls, near, now),
            storm=latest_storm(falls, now),
            proposals=tuple(self._proposals(readings, now)),
        )

    def standing(self, now: datetime) -> list[Order]:
        """The orders that stand at ``now``, the newest first."""
        return self._store.orders.standing(self._registry.site, now)

    def storm(self, now: datetime) -> Storm | None:
        """The newest snowfall up to ``now``."""
        return latest_storm([snowfall(each) for each in self._readings(now - SNOW_BACK, now)], now)

    def proposals(self, now: datetime) -> list[Proposal]:
        """What the newest checks of the classes come to."""
        return self._proposals(self._readings(now - SNOW_BACK, now), now)

    def _older(self, after: datetime, until: datetime, roads: Collection[str]) -> list[Passage]:
        return self._store.ploughs.passages_of_roads(self._registry.site, after, until, roads)

    def _proposals(self, readings: tuple[Readings, ...], now: datetime) -> list[Proposal]:
        orders = self._store.orders.history(self._registry.site, since=now - SNOW_BACK)
        return proposals(self.plan, readings, now, zone=self._zone, orders=orders)

    def _readings(self, since: datetime, now: datetime) -> tuple[Readings, ...]:
        return read_gauges(self._store, self._registry, self.source.gauges, since, now)
