"""The round that publishes ploughs and roads: reads what is secret, writes what is not, and holds nothing else.

Places of ploughs come out every ``Rules.tick``; roads all at once, each time a step of ``plan.public_step`` lies the town's
delay back. What the public is told depends on the store and the time alone: a round that is missed or repeated tells nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from config.model import Site
from config.plough_plan import PloughPlan
from core.model import Vehicle
from core.ploughs import Passage
from core.public_ploughs import Alias, PublicFix, TaskGroup
from gis.ploughs.network import Network
from gis.ploughs.pseudonyms import companions_of, day_began, draw_aliases, group_of, words_of, work_day
from gis.ploughs.public_steps import RoadSteps
from gis.ploughs.redaction import Place, Rules, ends, places, step_before, visible_runs
from gis.ploughs.zones import RandomBytes, Zone, draw_offset, hidden_places, withheld_roads, zones_of
from store import Store
from store.rows import Registry

RUN_UP = timedelta(hours=1)
"""How far before the first place that could be told the runs are read: where a run began decides what of it is told."""

Round = Callable[[datetime], bool]


def publishing(site: Site, store: Store, registry: Registry, network: Network, *, random_bytes: RandomBytes) -> Round:
    """The task of a site: publishes what is due, True never (nothing waits). Without a ``ploughs.toml`` nothing is ever told."""
    if site.ploughs is None:
        return lambda _now: False
    return PublicRound(site, site.ploughs, store, registry, network, random_bytes=random_bytes).round


class PublicRound:
    """Publishes the ploughs and roads of one site. ``rules`` other than the site's are for tests."""

    def __init__(
        self,
        site: Site,
        plan: PloughPlan,
        store: Store,
        registry: Registry,
        network: Network,
        *,
        random_bytes: RandomBytes,
        rules: Rules | None = None,
    ) -> None:
        self._site, self._plan, self._store, self._network = site, plan, store, network
        self._no = registry.site
        self._vehicles = _by_number(site, registry)
        self._random_bytes = random_bytes
        self._rules = rules or Rules(delay=site.privacy.vehicle_delay)
        self._words = words_of(site.vehicles)
        self._zones = self._drawn_zones()
        self._withheld = withheld_roads(network, self._zones)
        self._steps = RoadSteps(site, plan, store, registry, network, self._zones, self._rules)
        self._names: dict[date, dict[int, Alias]] = {}
        self._told_until: datetime | None = None
        self._as_of: datetime | None = None

    def round(self, now: datetime) -> bool:
        """Publish what is due at ``now``; answers False: nothing waits to be done at once. May raise StoreError."""
        self._ploughs(now)
        self._roads(now)
        return False

    def _drawn_zones(self) -> tuple[Zone, ...]:
        names = [place.name for place in hidden_places(self._plan)]
        offsets = self._store.redaction.offsets(self._no, names, lambda: draw_offset(self._random_bytes))
        return zones_of(self._plan, self._network.epsg, offsets)

    # Ploughs

    def _ploughs(self, now: datetime) -> None:
        until = step_before(now - self._rules.delay, self._rules.tick)
        if self._told_until is not None and self._told_until == until:
            return
        self._forget(now)
        since = max(until - self._rules.tell_within, now - self._plan.public_window)
        passages = self._store.ploughs.passages(self._no, since - RUN_UP, now)
        arrivals = self._store.redaction.arrivals(
            self._no, since - self._rules.pause, until + self._rules.pause, self._rules.tick
        )
        fixes: list[PublicFix] = []
        for vehicle, driven in _by_vehicle(passages).items():
            if vehicle in self._vehicles and vehicle in arrivals:
                fixes += self._of_vehicle(vehicle, driven, arrivals[vehicle], since, now)
        self._store.public_ploughs.publish(self._no, fixes)
        self._told_until = until

    def _of_vehicle(
        self,
        vehicle: int,
        driven: Sequence[Passage],
        arrivals: Sequence[tuple[datetime, datetime]],
        since: datetime,
        now: datetime,
    ) -> list[PublicFix]:
        days = {self._day(passage.began_at) for passage in driven}
        breaks = [day_began(self._plan, self._site.time_zone, day) for day in days]
        fixes = []
        for run in visible_runs(driven, self._network, self._withheld, self._rules, breaks):
            if run[-1].ended_at >= since:
                day = self._day(run[0].began_at)
                alias = self._aliases(day)[vehicle]
                dropped = ends(self._rules, alias.salt)
                found = places(self._network, run, arrivals, self._zones, self._rules, dropped, since=since, now=now)
                fixes += [self._told(place, day, alias, vehicle) for place in found]
        return fixes

    def _told(self, place: Place, day: date, alias: Alias, vehicle: int) -> PublicFix:
        group = self._words.told[group_of(place.passage.task, self._vehicles[vehicle].kind)]
        if vehicle in companions_of(self._words, self._vehicles, self._aliases(day)):
            group = TaskGroup.WORK
        return PublicFix(
            name=alias.name,
            day=day,
            at=place.at,
            lon=place.lon,
            lat=place.lat,
            heading_deg=place.heading_deg,
            group=group,
        )

    def _day(self, at: datetime) -> date:
        return work_day(self._plan, self._site.time_zone, at)

    def _aliases(self, day: date) -> dict[int, Alias]:
        """Everybody's pseudonym of a day, drawn for all at once: none is ever drawn because its vehicle went out."""
        if day not in self._names:
            self._names[day] = self._drawn_aliases(day)
        return self._names[day]

    def _drawn_aliases(self, day: date) -> dict[int, Alias]:
        known = self._store.redaction.aliases(self._no, day)
        missing = [vehicle for vehicle in self._vehicles if vehicle not in known]
        while missing:
            taken = {alias.name for alias in known.values()}
            drawn = draw_aliases(missing, taken, self._random_bytes)
            known = self._store.redaction.add_aliases(self._no, day, drawn)
            missing = [vehicle for vehicle in self._vehicles if vehicle not in known]
        return known

    def _forget(self, now: datetime) -> None:
        """What is older than the public window goes, and with the last place of a day who was who on it."""
        oldest = now - self._plan.public_window
        self._store.public_ploughs.forget(self._no, oldest, now)
        self._store.redaction.forget_aliases(self._no, self._day(oldest))
        self._names = {day: names for day, names in self._names.items() if day >= self._day(oldest)}

    # Roads

    def _roads(self, now: datetime) -> None:
        as_of = step_before(now - self._rules.delay, self._plan.public_step)
        if self._as_of == as_of:
            return
        # The first step after a start is published again: roads, zones or words may be others than before.
        self._store.public_ploughs.publish_roads(self._no, self._steps.step(as_of), now)
        self._as_of = as_of


def _by_number(site: Site, registry: Registry) -> dict[int, Vehicle]:
    return {registry.vehicles[vehicle.id]: vehicle for vehicle in site.vehicles if vehicle.id in registry.vehicles}


def _by_vehicle(passages: Sequence[Passage]) -> dict[int, list[Passage]]:
    found: dict[int, list[Passage]] = {}
    for passage in passages:
        found.setdefault(passage.vehicle, []).append(passage)
    return found
