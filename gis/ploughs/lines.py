"""Lines of roads taken apart into straight edges, and the edges near a place found in one look-up.

All in metres of the plane zone. A lookup gives the same numbers whatever is asked with it: plain arithmetic, place by place, so
that what is matched does not depend on how fixes come in bunches.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import shapely

REACH_M = 25.0
"""A fix farther than this from every road is off the network."""

SIGHT_M = 40.0
"""So far away a road is remembered: one bad fix does not mean that it was left."""

CELL_M = 50.0


class Edge(NamedTuple):
    """A straight piece of a line: number of the line, number of the edge along it, start, direction, length, metres along."""

    line: int
    number: int
    x: float
    y: float
    along_x: float
    along_y: float
    length: float
    from_m: float


@dataclass(frozen=True, slots=True)
class Line:
    """A road's line: ``ends`` are the metres along at which its parts begin and end; ``closed``: it ends where it began, and has none."""

    number: int
    road: str
    edges: tuple[Edge, ...] = field(repr=False)
    length: float
    ends: tuple[float, ...]
    closed: bool

    def at(self, metres: float) -> tuple[float, float]:
        """The place so many metres along, clamped to the line."""
        edge = self.edge_at(metres)
        way = min(max(metres - edge.from_m, 0.0), edge.length)
        return edge.x + way * edge.along_x, edge.y + way * edge.along_y

    def edge_at(self, metres: float) -> Edge:
        """The edge so many metres along."""
        low, high = 0, len(self.edges) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self.edges[middle].from_m <= metres:
                low = middle
            else:
                high = middle - 1
        return self.edges[low]

    def between(self, one: float, other: float) -> float:
        """Metres along the line from one place on it to another, the shorter way where it is closed."""
        apart = abs(one - other)
        return min(apart, abs(self.length - apart)) if self.closed else apart

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """How far along the line is nearest to the place, and how far that is from it."""
        squared, along = min(_onto(edge, x, y) for edge in self.edges)
        return along, math.sqrt(squared)


def line_of(number: int, road: str, drawn: shapely.LineString | shapely.MultiLineString) -> Line:
    """The line of a road; edges shorter than a millimetre are left out."""
    edges: list[Edge] = []
    ends: list[float] = []
    along = 0.0
    for part in shapely.get_parts(drawn):
        ends.append(along)
        for (x, y), (to_x, to_y) in pairwise(shapely.get_coordinates(part).tolist()):
            length = math.sqrt((to_x - x) ** 2 + (to_y - y) ** 2)
            if length < 0.001:
                continue
            edges.append(Edge(number, len(edges), x, y, (to_x - x) / length, (to_y - y) / length, length, along))
            along += length
        ends.append(along)
    closed = _closed(edges, len(ends))
    return Line(number, road, tuple(edges), along, () if closed else tuple(ends), closed)


def _closed(edges: list[Edge], ends: int) -> bool:
    if len(edges) < 3 or ends > 2:
        return False
    last = edges[-1]
    to_x, to_y = last.x + last.length * last.along_x, last.y + last.length * last.along_y
    return math.sqrt((to_x - edges[0].x) ** 2 + (to_y - edges[0].y) ** 2) < 1.0


def edge_grid(lines: Iterable[Line]) -> dict[tuple[int, int], tuple[Edge, ...]]:
    """For each cell of 50 m the edges that may be in sight of a place in it, in order of line and edge."""
    cells: dict[tuple[int, int], list[Edge]] = {}
    for line in lines:
        for edge in line.edges:
            for cell in _cells(edge):
                cells.setdefault(cell, []).append(edge)
    return {cell: tuple(edges) for cell, edges in cells.items()}


def cell_of(x: float, y: float) -> tuple[int, int]:
    """The cell a place lies in."""
    return math.floor(x / CELL_M), math.floor(y / CELL_M)


def _cells(edge: Edge) -> Iterator[tuple[int, int]]:
    """Long edges are walked along, so that they are not entered in all cells of the box around them."""
    found = set()
    steps = max(1, math.ceil(edge.length / CELL_M))
    for number in range(steps):
        begin, end = edge.length * number / steps, edge.length * (number + 1) / steps
        xs = sorted((edge.x + begin * edge.along_x, edge.x + end * edge.along_x))
        ys = sorted((edge.y + begin * edge.along_y, edge.y + end * edge.along_y))
        west, south = cell_of(xs[0] - SIGHT_M, ys[0] - SIGHT_M)
        east, north = cell_of(xs[1] + SIGHT_M, ys[1] + SIGHT_M)
        found |= {(column, row) for column in range(west, east + 1) for row in range(south, north + 1)}
    return iter(sorted(found))


class Candidate(NamedTuple):
    """A place on a line a fix may belong to: squared distance, line, metres along, the place, direction of the line there."""

    squared: float
    line: int
    along: float
    x: float
    y: float
    along_x: float
    along_y: float


def candidates(
    grid: Mapping[tuple[int, int], tuple[Edge, ...]], x: float, y: float, most: int
) -> tuple[Candidate, ...]:
    """The places on lines in sight of (x, y), nearest first, at most ``most``.

    A line that comes near more than once (a loop, a hairpin) gives a place for each time.
    """
    near: list[tuple[Edge, Candidate]] = []
    for edge in grid.get(cell_of(x, y), ()):
        way = (x - edge.x) * edge.along_x + (y - edge.y) * edge.along_y
        way = min(max(way, 0.0), edge.length)
        on_x, on_y = edge.x + way * edge.along_x, edge.y + way * edge.along_y
        squared = (x - on_x) ** 2 + (y - on_y) ** 2
        if squared <= SIGHT_M * SIGHT_M:
            near.append(
                (edge, Candidate(squared, edge.line, edge.from_m + way, on_x, on_y, edge.along_x, edge.along_y))
            )
    return tuple(sorted(_nearest_of_each_approach(near))[:most])


def _nearest_of_each_approach(near: list[tuple[Edge, Candidate]]) -> list[Candidate]:
    """Of edges that follow each other those that are nearer than the one before and not farther than the one behind."""
    found = []
    for position, (edge, place) in enumerate(near):
        before = near[position - 1] if position else None
        behind = near[position + 1] if position + 1 < len(near) else None
        if before and _follows(before[0], edge) and before[1].squared <= place.squared:
            continue
        if behind and _follows(edge, behind[0]) and behind[1].squared < place.squared:
            continue
        found.append(place)
    return found


def _follows(edge: Edge, other: Edge) -> bool:
    return edge.line == other.line and edge.number + 1 == other.number


def _onto(edge: Edge, x: float, y: float) -> tuple[float, float]:
    way = (x - edge.x) * edge.along_x + (y - edge.y) * edge.along_y
    way = min(max(way, 0.0), edge.length)
    return (x - edge.x - way * edge.along_x) ** 2 + (y - edge.y - way * edge.along_y) ** 2, edge.from_m + way
