"""Zones of silence around depots and protected places: discs that contain the surroundings of a place, but not in their middle.

A hole in what is published has a middle that anyone can reckon. So the middle is displaced, by a distance and a direction that are
drawn at random once and kept secret; whoever finds the middle knows that the place is at least ``DISPLACED_FROM_M`` away from it.

A depot everybody knows of needs none of that: around it only what its own radius holds is kept out, and no road.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from config.plough_plan import PloughPlan
from core.model import Position
from gis.metres import to_metres

if TYPE_CHECKING:
    from gis.ploughs.network import Network

DEPOT_MARGIN_M = 300.0
"""Around a depot's own radius nothing is told either, as around a protected place."""

DISPLACED_FROM_M = 250.0
DISPLACED_TO_M = 400.0

RandomBytes = Callable[[int], bytes]
"""``secrets.token_bytes`` where it matters."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A place that must not be found, by a name that stays the same, and how far around it nothing is told."""

    name: str
    position: Position
    reach_m: float


@dataclass(frozen=True, slots=True)
class Zone:
    """A disc in metres of the plane zone, in which no plough is told of; nor roads that touch it, unless ``known``: it hides no place."""

    x: float
    y: float
    radius_m: float
    known: bool = False

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return math.hypot(x - self.x, y - self.y) <= self.radius_m


def hidden_places(plan: PloughPlan) -> tuple[Hidden, ...]:
    """Depots and protected places of a plan, without depots that everybody knows of."""
    depots = (
        Hidden(f"depot:{depot.id}", depot.position, depot.radius_m + DEPOT_MARGIN_M)
        for depot in plan.depots
        if not depot.public
    )
    protected = (Hidden(f"protected:{place.id}", place.position, place.radius_m) for place in plan.protected)
    return (*depots, *protected)


def draw_offset(random_bytes: RandomBytes) -> tuple[float, float]:
    """Metres east and north by which a zone is displaced: any point of the ring is as likely as any other."""
    far, way = (int.from_bytes(random_bytes(6), "big") / 2**48 for _ in range(2))
    distance = math.sqrt(DISPLACED_FROM_M**2 + far * (DISPLACED_TO_M**2 - DISPLACED_FROM_M**2))
    return distance * math.sin(2 * math.pi * way), distance * math.cos(2 * math.pi * way)


def zones_of(plan: PloughPlan, epsg: int, offsets: Mapping[str, tuple[float, float]]) -> tuple[Zone, ...]:
    """The zones of a plan in metres of the plane zone; all of one reach are of one size, whatever their displacement. Depots everybody knows
    of come last, where they are and as large as they are.
    """
    found = []
    for place in hidden_places(plan):
        x, y = to_metres(epsg).transform(place.position.lon, place.position.lat)
        east, north = offsets[place.name]
        found.append(Zone(x + east, y + north, place.reach_m + DISPLACED_TO_M))
    for depot in plan.depots:
        if depot.public:
            x, y = to_metres(epsg).transform(depot.position.lon, depot.position.lat)
            found.append(Zone(x, y, depot.radius_m, known=True))
    return tuple(found)


def withheld_roads(network: Network, silent: Sequence[Zone]) -> frozenset[str]:
    """The roads of which any part lies in a zone that hides a place."""
    centres = [(shapely.Point(zone.x, zone.y), zone.radius_m) for zone in silent if not zone.known]
    return frozenset(
        road.id
        for road in network.roads.values()
        if any(shapely.dwithin(road.line, centre, radius) for centre, radius in centres)
    )
