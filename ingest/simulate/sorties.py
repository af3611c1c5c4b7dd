"""What a plough does from leaving the depot until it is back: legs over its roads, class by class, with times.

Nothing here knows of clocks: times are seconds since the plough left.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

from core.model import Task
from ingest.simulate.links import Point
from ingest.simulate.streets import Road, Street, Streets

TRAVEL_KMH = (40.0, 48.0)
YARD_KMH = 12.0
WORKING_KMH = {
    "plough": (14.0, 20.0),
    "grader": (11.0, 16.0),
    "dozer": (11.0, 15.0),
    "rotary": (7.0, 10.0),
    "spreader": (18.0, 25.0),
    "sidewalk": (3.5, 6.0),
}
"""About what ploughs on municipal roads reach in fresh snow, by the kinds of ``vehicles.csv``; rounded guesses of our own."""

TASKS = {"grader": Task.GRADE, "rotary": Task.WIDEN, "spreader": Task.DEICE, "sidewalk": Task.SIDEWALK}

SHED_M = 150.0
SHED_FROM_M = 700.0
"""Under a snow shed of this length a receiver hears nothing; only long roads have one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plough is, metres; where it heads, degrees clockwise from north; what it does, how fast; and whether it is heard."""

    at: Point
    heading_deg: float
    task: Task
    speed_kmh: float
    heard: bool = True


@dataclass(frozen=True)
class Leg:
    """A way driven at one speed, or a stand where ``points`` is one point. ``road`` is the cleared road it works on."""

    points: tuple[Point, ...]
    task: Task
    speed_kmh: float
    seconds: float
    road: Road | None = None
    shed: bool = False

    @cached_property
    def _passed_m(self) -> list[float]:
        return list(accumulate((math.dist(a, b) for a, b in pairwise(self.points)), initial=0.0))

    @property
    def length_m(self) -> float:
        """How far it goes."""
        return self._passed_m[-1]

    def place(self, seconds: float) -> Place:
        """Where one is so long after the leg began."""
        if len(self.points) == 1:
            return Place(self.points[0], 0.0, self.task, 0.0)
        driven = min(self.length_m, seconds * self.speed_kmh / 3.6)
        piece = min(max(bisect_right(self._passed_m, driven) - 1, 0), len(self.points) - 2)
        (x, y), (u, v) = self.points[piece], self.points[piece + 1]
        step = self._passed_m[piece + 1] - self._passed_m[piece]
        share = (driven - self._passed_m[piece]) / step if step else 0.0
        heading = math.degrees(math.atan2(u - x, v - y)) % 360.0
        heard = not (self.shed and abs(driven - self.length_m / 2) < SHED_M / 2)
        return Place((x + share * (u - x), y + share * (v - y)), heading, self.task, self.speed_kmh, heard)


@dataclass(frozen=True)
class Sortie:
    """Legs in a row; ``seconds`` from leaving the depot until back in it."""

    legs: tuple[Leg, ...]

    @cached_property
    def _began(self) -> list[float]:
        return list(accumulate((leg.seconds for leg in self.legs), initial=0.0))

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self._began[-1]

    def place(self, seconds: float) -> Place:
        """Where the plough is so long after it left."""
        number = min(max(bisect_right(self._began, seconds) - 1, 0), len(self.legs) - 1)
        return self.legs[number].place(seconds - self._began[number])

    def cleared(self) -> list[tuple[float, Road]]:
        """The roads it works over and when each is done, seconds after leaving."""
        return [(end, leg.road) for leg, end in zip(self.legs, self._began[1:], strict=True) if leg.road is not None]


Chance = Callable[..., float]
"""A number in [0, 1) for a name, the same each time."""


@dataclass(frozen=True, slots=True)
class Yard:
    """Where a plough stands in the depot, metres, and the junction it comes out at."""

    place: Point
    junction: int


def sortie(
    streets: Streets, roads: Sequence[Road], yard: Yard, kind: str, chance: Chance, *, stand_s: float = 0.0
) -> Sortie:
    """Out of the yard, over ``roads`` by rank and then nearest first, and back; ``stand_s`` is a rest on the way.

    ``kind`` is that of the vehicle. A road is worked over in one direction; to the next one the plough travels.
    """
    driver = _Driver(streets, yard, kind, chance)
    left = list(roads)
    while left:
        rank = min(road.drawn.rank for road in left)
        first = [road for road in left if road.drawn.rank == rank]
        road = driver.nearest(first)
        driver.work(road)
        left.remove(road)
        if stand_s and len(left) <= len(roads) // 3:
            driver.stand(stand_s)
            stand_s = 0.0
    return driver.home()


class _Driver:
    def __init__(self, streets: Streets, yard: Yard, kind: str, chance: Chance) -> None:
        self._streets, self._yard, self._kind, self._chance = streets, yard, kind, chance
        self._at = yard.junction
        self._legs: list[Leg] = []
        self._go((yard.place, streets.places[yard.junction]), Task.TRAVEL, YARD_KMH)

    def nearest(self, roads: Sequence[Road]) -> Road:
        """The one of ``roads`` that is begun soonest; drives to its end."""
        ends = {end for road in roads for end in road.ends}
        for street in self._streets.way(self._at, ends):
            self._travel(street)
        return next((road for road in roads if self._at in road.ends), roads[0])

    def work(self, road: Road) -> None:
        """Clears the road from the end the plough is at."""
        points = [point for street in road.streets for point in street.points]
        backward = self._at != road.ends[0]
        low, high = WORKING_KMH.get(self._kind, WORKING_KMH["plough"])
        speed = round(low + self._chance(road.number, "speed") * (high - low), 1)
        shed = road.length_m >= SHED_FROM_M and self._chance(road.number, "shed") < 0.5
        line = tuple(points[::-1] if backward else points)
        self._go(line, TASKS.get(self._kind, Task.PLOUGH), speed, road, shed=shed)
        self._at = road.ends[0] if backward else road.ends[1]

    def stand(self, seconds: float) -> None:
        """Stands where it is, by the side of the road."""
        self._legs.append(Leg((self._legs[-1].points[-1],), Task.IDLE, 0.0, seconds))

    def home(self) -> Sortie:
        """Drives back into the yard."""
        for street in self._streets.way(self._at, {self._yard.junction}):
            self._travel(street)
        self._go((self._streets.places[self._yard.junction], self._yard.place), Task.TRAVEL, YARD_KMH)
        return Sortie(tuple(self._legs))

    def _travel(self, street: Street) -> None:
        low, high = TRAVEL_KMH
        speed = round(low + self._chance(street.number, "travel") * (high - low), 1)
        self._go(street.driven_from(self._at), Task.TRAVEL, speed)
        self._at = street.other_end(self._at)

    def _go(
        self, line: tuple[Point, ...], task: Task, speed_kmh: float, road: Road | None = None, *, shed: bool = False
    ) -> None:
        length = sum(math.dist(a, b) for a, b in pairwise(line))
        self._legs.append(Leg(line, task, speed_kmh, length / (speed_kmh / 3.6), road, shed))
