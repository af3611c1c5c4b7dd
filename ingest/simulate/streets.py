"""The road network ploughs drive: line strings joined where their ends meet, in metres around the town."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.errors import LayerError

Point = tuple[float, float]
_METRES_PER_DEGREE = 111_195.0
"""Length of a degree of a great circle on the mean sphere, metres."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point on a street (WGS 84 degrees) and the direction of travel, degrees clockwise from north."""

    lon: float
    lat: float
    heading_deg: float


@dataclass(frozen=True, slots=True)
class Street:
    """A stretch between two junctions. ``points`` are metres east and north of the town's middle."""

    number: int
    ends: tuple[int, int]
    points: tuple[Point, ...]
    length_m: float

    def other_end(self, junction: int) -> int:
        """The junction at the far end."""
        return self.ends[1] if junction == self.ends[0] else self.ends[0]


class Streets:
    """All streets, and which of them meet at a junction."""

    def __init__(self, lines: Sequence[Sequence[Point]]) -> None:
        """``lines`` are longitude, latitude; shorter than a metre they are left out; ValueError where none is left."""
        points = [point for line in lines for point in line]
        self._middle = (_median([lon for lon, _ in points]), _median([lat for _, lat in points]))
        self.streets: list[Street] = []
        self._junctions: dict[Point, int] = {}
        for line in lines:
            self._add(line)
        if not self.streets:
            raise ValueError("it holds no line")
        self.meeting: dict[int, list[Street]] = {}
        for street in self.streets:
            for end in dict.fromkeys(street.ends):
                self.meeting.setdefault(end, []).append(street)
        self.depot = self._busiest_near_the_middle()

    def place(self, street: Street, begin: int, driven_m: float) -> Place:
        """Where one is who has driven so far along the street from the junction ``begin``."""
        points = street.points if begin == street.ends[0] else street.points[::-1]
        for (x, y), (u, v) in pairwise(points):
            step = math.hypot(u - x, v - y)
            if driven_m <= step or (u, v) == points[-1]:
                share = min(1.0, driven_m / step) if step else 0.0
                heading = math.degrees(math.atan2(u - x, v - y)) % 360.0
                return Place(*self.degrees(x + share * (u - x), y + share * (v - y)), heading)
            driven_m -= step
        raise AssertionError("a street has two points at least")

    def degrees(self, east_m: float, north_m: float) -> Point:
        """Longitude and latitude of a point in metres."""
        lon, lat = self._middle
        return lon + east_m / self._scale(), lat + north_m / _METRES_PER_DEGREE

    def _add(self, line: Sequence[Point]) -> None:
        points = tuple(self._metres(point) for point in line)
        length = sum(math.dist(a, b) for a, b in pairwise(points))
        if length >= 1.0:
            ends = (self._junction(line[0]), self._junction(line[-1]))
            self.streets.append(Street(len(self.streets), ends, points, length))

    def _junction(self, point: Point) -> int:
        """The number of the junction; ends nearer than about a metre are one."""
        return self._junctions.setdefault((round(point[0], 5), round(point[1], 5)), len(self._junctions))

    def _metres(self, point: Point) -> Point:
        return (point[0] - self._middle[0]) * self._scale(), (point[1] - self._middle[1]) * _METRES_PER_DEGREE

    def _scale(self) -> float:
        return _METRES_PER_DEGREE * math.cos(math.radians(self._middle[1]))

    def _busiest_near_the_middle(self) -> int:
        """Where the ploughs are kept: of the junctions with most streets, the one nearest the middle."""
        meets = Counter({junction: len(streets) for junction, streets in self.meeting.items()})
        most = max(meets.values())
        places = {number: self._metres(point) for point, number in self._junctions.items()}
        return min((math.hypot(*places[number]), number) for number, count in meets.items() if count == most)[1]


def read_streets(file: Path) -> Streets:
    """The streets of a GeoJSON file (longitude, latitude); raises LayerError where it has none."""
    try:
        return Streets(list(_lines(json.loads(file.read_text(encoding="utf-8-sig")))))
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise LayerError(
            "roads", f"ploughs cannot drive {file}: {error}", hint="give a GeoJSON file of LineStrings, lon lat"
        ) from error


def _lines(collection: Any) -> Iterator[list[Point]]:
    for feature in collection["features"]:
        geometry = feature["geometry"]
        several = {"LineString": [geometry["coordinates"]], "MultiLineString": geometry["coordinates"]}
        for line in several.get(geometry["type"], []):
            yield [(float(point[0]), float(point[1])) for point in line]


def _median(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0.0
