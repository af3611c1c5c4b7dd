"""Who clears what, and when each plough goes out: the evening round, the night's order, and rounds after it without end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from config.model import Site
from core.model import Vehicle
from ingest.simulate import chance
from ingest.simulate.sorties import Sortie, Yard, sortie
from ingest.simulate.streets import Road, Streets

EVENING = timedelta(hours=9)
"""So long before the live part the main roads are cleared for the first time."""
EVENING_RANK = 1
APART = timedelta(minutes=2)
"""Between two ploughs leaving the depot."""
EVERY = timedelta(hours=4)
REST = timedelta(minutes=20)
CLEARED_BY_START = 0.4
"""So much of the length is clear again when the live part begins: the order was given that long before."""
PARKED_M = 25.0
LONG_REST, SHORT_REST = 1500.0, 420.0


@dataclass(frozen=True, slots=True)
class Shift:
    """A plough, where it stands in the depot, and its rounds: first that of the evening, then that of an order."""

    vehicle: Vehicle
    number: int
    yard: Yard
    evening: Sortie | None
    ordered: Sortie | None

    def rounds(self, start: datetime, ordered_at: datetime) -> Iterator[tuple[datetime, Sortie]]:
        """When it leaves and what for, in order and without end; nothing where it has no roads."""
        apart = self.number * APART
        if self.evening is not None:
            yield start - EVENING + apart, self.evening
        leaves = ordered_at + apart
        while self.ordered is not None:
            yield leaves, self.ordered
            leaves += max(EVERY, timedelta(seconds=self.ordered.seconds) + REST)


@dataclass(frozen=True, slots=True)
class Crew:
    """All ploughs of the night; ``ordered_before`` the start they were sent out."""

    shifts: tuple[Shift, ...]
    ordered_before: timedelta


def crew_of(site: Site, streets: Streets, seed: int) -> Crew:
    """The site's vehicles on its roads; the depot is the first of ``ploughs.toml``, else the busiest junction."""
    shares = _shares(site.vehicles, streets)
    shifts = tuple(
        _shift(vehicle, number, shares[number], streets, _yard(site, streets, seed, number), seed)
        for number, vehicle in enumerate(site.vehicles)
    )
    return Crew(shifts, _ordered_before(shifts, sum(road.length_m for road in streets.roads)))


def _shift(vehicle: Vehicle, number: int, roads: Sequence[Road], streets: Streets, yard: Yard, seed: int) -> Shift:
    drawn = partial(chance.unit, seed, vehicle.id)
    main = [road for road in roads if road.drawn.rank == EVENING_RANK]
    rest = LONG_REST if number % 4 == 1 else SHORT_REST if drawn("rest") < 0.4 else 0.0
    evening = sortie(streets, main, yard, vehicle.kind, drawn, stand_s=rest) if main else None
    ordered = sortie(streets, roads, yard, vehicle.kind, drawn) if roads else None
    return Shift(vehicle, number, yard, evening, ordered)


def _yard(site: Site, streets: Streets, seed: int, number: int) -> Yard:
    if site.ploughs is None or not site.ploughs.depots:
        junction = streets.busiest()
        middle, spread = streets.places[junction], 0.0
    else:
        depot = site.ploughs.depots[0]
        middle = streets.metres(depot.position.lon, depot.position.lat)
        junction, spread = streets.nearest(middle), min(PARKED_M, depot.radius_m / 3)
    east, north = (spread * chance.spread(seed, "parked", number, axis) for axis in ("east", "north"))
    return Yard((middle[0] + east, middle[1] + north), junction)


def _shares(vehicles: Sequence[Vehicle], streets: Streets) -> list[list[Road]]:
    """The roads of each vehicle: those that name it; what names none is shared out by where it lies, in equal lengths."""
    numbers = {str(vehicle.id): number for number, vehicle in enumerate(vehicles)}
    shares: list[list[Road]] = [[] for _ in vehicles]
    unnamed = []
    for road in streets.roads:
        named = [numbers[name] for name in road.drawn.vehicles if name in numbers]
        for number in named:
            shares[number].append(road)
        if not named:
            unnamed.append(road)
    unnamed.sort(key=lambda road: (_bearing(streets, road), road.number))
    total, passed = sum(road.length_m for road in unnamed), 0.0
    for road in unnamed:
        shares[min(len(vehicles) - 1, int(len(vehicles) * passed / total))].append(road)
        passed += road.length_m
    return shares


def _bearing(streets: Streets, road: Road) -> float:
    return math.atan2(*streets.places[road.ends[0]])


def _ordered_before(shifts: Sequence[Shift], length_m: float) -> timedelta:
    """How long after an order ``CLEARED_BY_START`` of all roads are clear, up to whole minutes."""
    done = sorted(
        (end + (shift.number * APART).total_seconds(), road.number, road.length_m)
        for shift in shifts
        if shift.ordered is not None
        for end, road in shift.ordered.cleared()
    )
    cleared, seen = 0.0, set()
    for end, number, length in done:
        cleared += 0.0 if number in seen else length
        seen.add(number)
        if cleared >= CLEARED_BY_START * length_m:
            return timedelta(minutes=math.ceil(end / 60))
    return timedelta(0)
