"""The diaries of a town: reckoned from the stored tracks, and sealed once their day is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.model import Site
from config.plough_plan import PloughPlan
from core.diary import Seal, seal_digest
from core.errors import StartError
from core.model import Vehicle
from core.ploughs import Track
from gis.ploughs.diary import DiaryDay, day_span, diary_day
from gis.ploughs.diary_document import canonical, diary_document
from gis.ploughs.network_source import NetworkSource
from gis.ploughs.pseudonyms import work_day
from store import Store
from store.rows import Registry

OVERHANG = timedelta(days=1)
"""A drive that begins in a day is read to its end, which may lie this far in the next."""

SETTLED_AFTER = timedelta(minutes=30)
"""So long after its day is over a diary can be sealed: by then what queued in dead zones has usually come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFault:
    """A seal that does not fit: its document is not the one sealed, or it does not follow the seal before it."""

    seal: Seal
    expected_previous: str


class DiaryBook:
    """Diaries of one site. Raises StartError where the site has no plan of snow clearing."""

    def __init__(self, site: Site, store: Store, registry: Registry) -> None:
        self._site, self._store, self._registry = site, store, registry
        self._plan = _plan_of(site)
        self._network = NetworkSource(site)

    def vehicle(self, id_: str) -> Vehicle | None:
        """The vehicle of that id, None where the site has none."""
        return next((each for each in self._site.vehicles if each.id == id_), None)

    def reckon(self, vehicle: Vehicle, day: date) -> DiaryDay:
        """The diary as it is known now. Raises StoreError, LayerError."""
        since, until = day_span(self._plan, self._site.time_zone, day)
        track = self._track(self._registry.vehicles[vehicle.id], since, until + OVERHANG)
        return diary_day(
            self._network.network(), self._plan, vehicle, track, day, site=self._site.id, time_zone=self._site.time_zone
        )

    def is_over(self, day: date, now: datetime) -> bool:
        """Whether a day is over, and what queued in dead zones has had its time to come."""
        return now >= day_span(self._plan, self._site.time_zone, day)[1] + SETTLED_AFTER

    def is_kept(self, day: date, now: datetime) -> bool:
        """Whether the tracks of a whole day are still kept (``[retention] positions``): only then it can be reckoned."""
        return day_span(self._plan, self._site.time_zone, day)[0] >= now - self._site.retention.positions

    def can_seal(self, day: date, now: datetime) -> bool:
        """Whether the diaries of a day can be sealed: it is over, and not so long ago that its tracks are gone."""
        return self.is_over(day, now) and self.is_kept(day, now)

    def of_day(self, day: date, now: datetime) -> list[Seal]:
        """The diaries of a day as ``look`` tells them; last those sealed of vehicles the site does not have any more."""
        known = {vehicle.id for vehicle in self._site.vehicles}
        gone = [one for one in self._store.diaries.listed(self._registry.site, day, day) if one.vehicle not in known]
        return [*(self.look(vehicle, day, now) for vehicle in self._site.vehicles), *gone]

    def of_vehicle(self, id_: str, day: date, now: datetime) -> Seal | None:
        """One diary as ``look`` tells it; of a vehicle the site does not have any more what was sealed, None where nothing was."""
        vehicle = self.vehicle(id_)
        if vehicle is None:
            return self._store.diaries.current(self._registry.site, id_, day)
        return self.look(vehicle, day, now)

    def look(self, vehicle: Vehicle, day: date, now: datetime) -> Seal:
        """The seal of the diary as it is known now; revision 0 where that is not what was sealed last, or nothing was.

        Of a day whose tracks are not kept any more what was sealed stands.
        """
        sealed = self._store.diaries.current(self._registry.site, vehicle.id, day)
        if sealed is not None and not self.is_kept(day, now):
            return sealed
        document = canonical(diary_document(self.reckon(vehicle, day)))
        if sealed is not None and sealed.document == document:
            return sealed
        return _provisional(vehicle, day, document, now)

    def seal_over(self, now: datetime, *, days: int, by: str) -> list[Seal]:
        """The new seals of the last days that are over, of the vehicles that are known to have driven then, or were when it was sealed."""
        today = work_day(self._plan, self._site.time_zone, now)
        found = (today - timedelta(days=back) for back in range(days, 0, -1))
        return [
            seal
            for day in found
            if self.can_seal(day, now)
            for vehicle in self._site.vehicles
            for seal in self._new_seal(vehicle, day, now, by)
        ]

    def _new_seal(self, vehicle: Vehicle, day: date, now: datetime, by: str) -> list[Seal]:
        diary = self.reckon(vehicle, day)
        if diary.idle and self._store.diaries.current(self._registry.site, vehicle.id, day) is None:
            return []
        seal, new = self._seal(vehicle, diary, now, by)
        return [seal] if new else []

    def seal(self, vehicle: Vehicle, day: date, *, now: datetime, by: str) -> tuple[Seal, bool]:
        """The seal of the diary as it is known now, and whether it is new; where it cannot be sealed what ``look`` tells."""
        if not self.can_seal(day, now):
            return self.look(vehicle, day, now), False
        return self._seal(vehicle, self.reckon(vehicle, day), now, by)

    def _seal(self, vehicle: Vehicle, diary: DiaryDay, now: datetime, by: str) -> tuple[Seal, bool]:
        document = canonical(diary_document(diary))
        return self._store.diaries.seal(self._registry.site, vehicle.id, diary.day, document, at=now, by=by)

    def faults(self) -> list[ChainFault]:
        """The seals of the site that do not fit into the chain; empty where all is as it was sealed."""
        return broken(self._store.diaries.chain(self._registry.site))

    def _track(self, number: int, since: datetime, until: datetime) -> Track:
        ploughs, site, only = self._store.ploughs, self._registry.site, [number]
        return Track(
            passages=tuple(ploughs.passages(site, since, until, vehicles=only)),
            stops=tuple(ploughs.stops(site, since, until, vehicles=only)),
            gaps=tuple(ploughs.gaps(site, since, until, vehicles=only)),
            runs=tuple(ploughs.runs(site, since, until, vehicles=only)),
        )


def broken(chain: Iterable[Seal]) -> list[ChainFault]:
    """The seals of a chain, in the order they were made, that are not what was sealed or do not follow the one before."""
    faults, previous = [], ""
    for seal in chain:
        if not seal.whole or seal.previous != previous:
            faults.append(ChainFault(seal=seal, expected_previous=previous))
        previous = seal_digest(seal.previous, seal.document)
    return faults


def _provisional(vehicle: Vehicle, day: date, document: bytes, now: datetime) -> Seal:
    return Seal(
        vehicle=vehicle.id, day=day, revision=0, document=document, previous="", digest="", made_at=now, made_by=""
    )


def _plan_of(site: Site) -> PloughPlan:
    if site.ploughs is None:
        raise StartError(f"site {site.id} has no plan of snow clearing", hint="write a ploughs.toml (docs/ploughs.md)")
    return site.ploughs
