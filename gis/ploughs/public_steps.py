"""The state of all roads as the public is told it: one step of time after the other, from what had reached us by then."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.model import Site
from config.plough_plan import PloughPlan
from core.ploughs import Order, Passage, RoadState
from core.public_ploughs import PublicOrder, PublicRoad, PublicRoads
from gis.ploughs.network import Network
from gis.ploughs.promise import Progress, Promise, deadline_after, promises
from gis.ploughs.redaction import Rules, public_roads
from gis.ploughs.remembered import oldest_clearing, remembered_states
from gis.ploughs.snow_gauges import gauges_of, read_gauges
from gis.ploughs.snow_since import Need, SnowSince, near_gauges, snow_since
from gis.ploughs.snowfall import snowfall
from gis.ploughs.zones import Zone
from store import Store
from store.rows import Registry

_SECOND_PASS: Mapping[Need, bool | None] = {
    Need.YES: True,
    Need.LIKELY: True,
    Need.NO: False,
    Need.UNKNOWN: None,
}


class RoadSteps:
    """Reckons the steps of one site; remembers nothing of the step before."""

    def __init__(
        self,
        site: Site,
        plan: PloughPlan,
        store: Store,
        registry: Registry,
        network: Network,
        zones: Sequence[Zone],
        rules: Rules,
    ) -> None:
        self._site, self._plan, self._store, self._registry = site, plan, store, registry
        self._network, self._zones, self._rules = network, zones, rules
        self._zone = ZoneInfo(site.time_zone)
        self._gauges = gauges_of(site)
        self._near = near_gauges(network, self._gauges)

    def step(self, as_of: datetime) -> PublicRoads:
        """All roads as of a boundary of a step. Raises StoreError."""
        since = as_of - self._plan.window
        orders = self._store.orders.standing(self._registry.site, as_of)
        passages = self._known_by(as_of, min([since, *(order.at for order in orders)]))
        states = remembered_states(self._network, self._plan, passages, self._older, since=since, now=as_of)
        roads = public_roads(self._network, self._plan, states, self._zones, self._rules)
        roads = self._with_snow(roads, as_of)
        roads = self._with_promises(roads, orders, passages, as_of)
        return PublicRoads(as_of=as_of, roads=roads, order=self._order(orders))

    def _known_by(self, as_of: datetime, since: datetime) -> list[Passage]:
        """The passages whose fixes had reached us by then: what a burst brings later is told a delay later.

        What is older than the window is told whenever it reached us: it says nothing of where anybody is.
        """
        site = self._registry.site
        passages = self._store.ploughs.passages(site, since, as_of)
        if not self._rules.by_arrival:
            return list(passages)
        tick = self._rules.tick
        recent = max(since, as_of - self._plan.window)  # of a standing order's passages the oldest may be weeks old
        late = self._store.redaction.latecomers(site, recent - self._rules.pause, as_of, as_of, tick)
        return [each for each in passages if not _any_within(late.get(each.vehicle, ()), each, tick)]

    def _older(self, after: datetime, until: datetime, roads: Collection[str]) -> list[Passage]:
        """Passages of before the window, whenever they reached us."""
        return self._store.ploughs.passages_of_roads(self._registry.site, after, until, roads)

    def _with_snow(self, roads: Mapping[str, PublicRoad], as_of: datetime) -> dict[str, PublicRoad]:
        """With what fell since the time that is told, not since the true one: centimetres are a clock too."""
        told = {road.road: _as_told(road) for road in roads.values() if road.clear_since is not None}
        since = oldest_clearing(told, as_of - self._plan.window) - timedelta(hours=3)
        readings = read_gauges(self._store, self._registry, self._gauges, since, as_of)
        fallen = snow_since(self._network, self._plan, told, [snowfall(each) for each in readings], self._near, as_of)
        return {road.road: _snowed(road, fallen.get(road.road)) for road in roads.values()}

    def _with_promises(
        self, roads: Mapping[str, PublicRoad], orders: Sequence[Order], passages: Sequence[Passage], as_of: datetime
    ) -> dict[str, PublicRoad]:
        """With the deadlines of the standing orders, and whether they passed; who is to keep them is not told."""
        if not orders:
            return dict(roads)
        found = promises(self._network, self._plan, orders, passages, {}, zone=self._zone, now=as_of)
        return {road.road: _promised(road, found.get(road.road)) for road in roads.values()}

    def _order(self, orders: Sequence[Order]) -> PublicOrder | None:
        """The standing orders in one: since the newest, each class with the deadline of its newest order."""
        if not orders:
            return None
        deadlines: dict[str, datetime | None] = {}
        for order in sorted(orders, key=lambda each: (each.at, each.id)):
            for code in order.classes:
                wanted = self._plan.classes[code].deadline if code in self._plan.classes else None
                deadlines[code] = None if wanted is None else deadline_after(order.at, wanted, self._zone)
        return PublicOrder(at=max(order.at for order in orders), deadlines=deadlines)


def _promised(road: PublicRoad, promise: Promise | None) -> PublicRoad:
    if road.withheld or promise is None:
        return road
    return replace(road, deadline=promise.deadline, late=promise.progress is Progress.LATE)


def _as_told(road: PublicRoad) -> RoadState:
    return RoadState(
        road=road.road,
        share=road.share,
        clear_since=road.clear_since,
        cleared_at=road.cleared_at,
        last_worked_at=None,
        forward=None,
        backward=None,
        evidence=road.evidence,
    )


def _snowed(road: PublicRoad, fallen: SnowSince | None) -> PublicRoad:
    if road.withheld or fallen is None:
        return road
    return replace(road, snow_cm=fallen.fallen_cm, second_pass=_SECOND_PASS[fallen.need])


def _any_within(late: Sequence[datetime], passage: Passage, tick: timedelta) -> bool:
    """Whether any of the ticks, which are in order, overlaps the passage."""
    first = bisect_left(late, passage.began_at - tick)
    return first < len(late) and late[first] <= passage.ended_at
