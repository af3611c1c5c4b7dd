"""The roads ploughs drive: lines of a GeoJSON file as a graph, in metres around the town.

Ends that meet are one junction. Where a line ends near another one (files of cleared roads are drawings, not road maps) a short
link joins them; parts that hang on nothing are joined by the shortest links there are, as roads of other owners would.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.errors import LayerError
from ingest.simulate.links import Point, links_between, rounded

_METRES_PER_DEGREE = 111_195.0
"""Length of a degree of a great circle on the mean sphere, metres."""

_ID, _CLASS, _VEHICLES = ("id", "OBJECTID"), ("class", "区分"), ("vehicles",)
_CLASS_DIGITS = {"1": "1", "2": "2", "3": "3", "１": "1", "２": "2", "３": "3"}


@dataclass(frozen=True, slots=True)
class DrawnRoad:
    """A line as the file has it (longitude, latitude), with what says who clears it when: the lower ``rank``, the sooner."""

    id: str
    line: tuple[Point, ...]
    rank: int = 3
    vehicles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Street:
    """A stretch between two junctions. ``points`` are metres east and north of the town's middle; ``road`` None for a link."""

    number: int
    ends: tuple[int, int]
    points: tuple[Point, ...]
    length_m: float
    road: int | None

    def other_end(self, junction: int) -> int:
        """The junction at the far end."""
        return self.ends[1] if junction == self.ends[0] else self.ends[0]

    def driven_from(self, junction: int) -> tuple[Point, ...]:
        """The points in the order one passes them who comes from this end."""
        return self.points if junction == self.ends[0] else self.points[::-1]


@dataclass(frozen=True, slots=True)
class Road:
    """A cleared road: its ``streets`` in order from the first of its ``ends`` to the last."""

    number: int
    drawn: DrawnRoad
    streets: tuple[Street, ...]
    ends: tuple[int, int]
    length_m: float


class Streets:
    """All streets, the roads they make up, and which of them meet at a junction."""

    def __init__(self, drawn: Sequence[DrawnRoad]) -> None:
        """Roads shorter than a metre are left out; ValueError where none is left."""
        self._middle = tuple(_median([point[axis] for road in drawn for point in road.line]) for axis in (0, 1))
        lines = [tuple(self.metres(*point) for point in road.line) for road in drawn]
        kept = [(road, line) for road, line in zip(drawn, lines, strict=True) if _length(line) >= 1.0]
        if not kept:
            raise ValueError("it holds no line")
        self._junctions: dict[Point, int] = {}
        self.places: list[Point] = []
        self.streets: list[Street] = []
        self.meeting: dict[int, list[Street]] = {}
        links = links_between([line for _, line in kept])
        breaks = _shared([line for _, line in kept]) | {rounded(point) for link in links for point in link}
        self.roads = [self._road(number, road, line, breaks) for number, (road, line) in enumerate(kept)]
        for link in links:
            self._street(link, None)

    def metres(self, lon: float, lat: float) -> Point:
        """A point in metres east and north of the town's middle."""
        return (lon - self._middle[0]) * self._scale(), (lat - self._middle[1]) * _METRES_PER_DEGREE

    def degrees(self, east_m: float, north_m: float) -> Point:
        """Longitude and latitude of a point in metres."""
        return self._middle[0] + east_m / self._scale(), self._middle[1] + north_m / _METRES_PER_DEGREE

    def nearest(self, place: Point) -> int:
        """The junction of a cleared road nearest to a place in metres."""
        ends = {end for road in self.roads for end in road.ends}
        return min(ends, key=lambda end: (math.dist(self.places[end], place), end))

    def busiest(self) -> int:
        """Of the junctions where most streets meet, the one nearest the middle."""
        meets = Counter({junction: len(streets) for junction, streets in self.meeting.items()})
        most = max(meets.values())
        return min((math.hypot(*self.places[number]), number) for number, count in meets.items() if count == most)[1]

    def way(self, begin: int, goals: set[int]) -> list[Street]:
        """The shortest way from one junction to the nearest of ``goals``; empty where it is one, or none is reached."""
        reached: dict[int, Street | None] = {}
        waiting: list[tuple[float, int, int, Street | None]] = [(0.0, begin, -1, None)]
        while waiting:
            passed, junction, _, by = heappop(waiting)
            if junction in reached:
                continue
            reached[junction] = by
            if junction in goals:
                return _back(reached, junction)
            for street in self.meeting[junction]:
                onward = street.other_end(junction)
                if onward not in reached:
                    heappush(waiting, (passed + street.length_m, onward, street.number, street))
        return []

    def _road(self, number: int, road: DrawnRoad, line: Sequence[Point], breaks: set[Point]) -> Road:
        cuts = [0, *(at for at in range(1, len(line) - 1) if rounded(line[at]) in breaks), len(line) - 1]
        parts = [line[begin : end + 1] for begin, end in pairwise(cuts)]
        streets = tuple(self._street(part, number) for part in parts)
        return Road(number, road, streets, (self._junction(line[0]), self._junction(line[-1])), _length(line))

    def _street(self, points: Sequence[Point], road: int | None) -> Street:
        ends = (self._junction(points[0]), self._junction(points[-1]))
        street = Street(len(self.streets), ends, tuple(points), _length(points), road)
        self.streets.append(street)
        for end in dict.fromkeys(ends):
            self.meeting.setdefault(end, []).append(street)
        return street

    def _junction(self, point: Point) -> int:
        """The number of the junction; ends nearer than about a metre are one."""
        key = rounded(point)
        if key not in self._junctions:
            self._junctions[key] = len(self.places)
            self.places.append(point)
        return self._junctions[key]

    def _scale(self) -> float:
        return _METRES_PER_DEGREE * math.cos(math.radians(self._middle[1]))


def _shared(lines: Sequence[Sequence[Point]]) -> set[Point]:
    """The points, rounded, that more than one line has."""
    times = Counter(point for line in lines for point in {rounded(point) for point in line})
    return {point for point, number in times.items() if number > 1}


def _back(reached: dict[int, Street | None], junction: int) -> list[Street]:
    way: list[Street] = []
    while (street := reached[junction]) is not None:
        way.append(street)
        junction = street.other_end(junction)
    return way[::-1]


def read_streets(file: Path) -> Streets:
    """The streets of a GeoJSON file (longitude, latitude); raises LayerError where it has none."""
    try:
        return Streets(list(_drawn(json.loads(file.read_text(encoding="utf-8-sig")))))
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise LayerError(
            "roads", f"ploughs cannot drive {file}: {error}", hint="give a GeoJSON file of LineStrings, lon lat"
        ) from error


def _drawn(collection: Any) -> Iterator[DrawnRoad]:
    for number, feature in enumerate(collection["features"]):
        geometry, properties = feature["geometry"], feature.get("properties") or {}
        several = {"LineString": [geometry["coordinates"]], "MultiLineString": geometry["coordinates"]}
        for line in several.get(geometry["type"], []):
            yield DrawnRoad(
                id=_said(properties, _ID) or f"{number}",
                line=tuple((float(point[0]), float(point[1])) for point in line),
                rank=_rank(_said(properties, _CLASS)),
                vehicles=tuple(_said(properties, _VEHICLES).replace(",", " ").split()),
            )


def _said(properties: dict[str, Any], names: Sequence[str]) -> str:
    return next((str(properties[name]) for name in names if properties.get(name) is not None), "")


def _rank(written: str) -> int:
    """First the roads of 緊急確保 and class 1, then 2, then 3 and the others."""
    if written in ("emergency", "緊急確保"):
        return 1
    return next((int(digit) for sign, digit in _CLASS_DIGITS.items() if sign in written), 3)


def _length(points: Sequence[Point]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(points))


def _median(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0.0
