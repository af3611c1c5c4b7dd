"""Links between lines that were drawn without regard to each other, so that one can drive from any to any."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

Point = tuple[float, float]
Link = tuple[Point, Point]

NEAR_M = 60.0
"""An end this near to a point of another line is taken to lead into it."""


def links_between(lines: Sequence[Sequence[Point]]) -> list[Link]:
    """Straight links between points of the lines (metres) that join them all; none where their ends meet already.

    First each end without a neighbour to the nearest point of another line, then the parts that are left
    apart by the shortest links between their ends.
    """
    groups = _Groups(lines)
    links: list[Link] = []
    for near in _near_points(lines):
        groups.join(*near)
        if rounded(near[0]) != rounded(near[1]):
            links.append(near)
    ends = list(dict.fromkeys(end for line in lines for end in (line[0], line[-1])))
    if groups.apart(ends):
        links += groups.shortest(ends)
    return links


def _near_points(lines: Sequence[Sequence[Point]]) -> Iterator[Link]:
    """For each end that meets no other line: the end, and the nearest point of another line, where that is near."""
    cells: dict[tuple[int, int], list[tuple[Point, int]]] = defaultdict(list)
    for number, line in enumerate(lines):
        for point in line:
            cells[_cell(point)].append((point, number))
    for number, line in enumerate(lines):
        for end in dict.fromkeys((line[0], line[-1])):
            found = [
                (math.dist(end, point), point)
                for cell in _around(_cell(end))
                for point, other in cells.get(cell, ())
                if other != number
            ]
            distance, point = min(found, default=(math.inf, end))
            if distance <= NEAR_M:
                yield end, point


def _cell(point: Point) -> tuple[int, int]:
    return math.floor(point[0] / NEAR_M), math.floor(point[1] / NEAR_M)


def _around(cell: tuple[int, int]) -> Iterator[tuple[int, int]]:
    return ((cell[0] + east, cell[1] + north) for east in (-1, 0, 1) for north in (-1, 0, 1))


class _Groups:
    """Which points hang together."""

    def __init__(self, lines: Sequence[Sequence[Point]]) -> None:
        self._leader: dict[Point, Point] = {}
        for line in lines:
            for point in line:
                self.join(line[0], point)

    def join(self, one: Point, other: Point) -> bool:
        """Puts two points into one group; False where they were in one."""
        first, second = self._find(rounded(one)), self._find(rounded(other))
        self._leader[second] = first
        return first != second

    def apart(self, points: Sequence[Point]) -> bool:
        """Whether the points are of more than one group."""
        return len({self._find(rounded(point)) for point in points}) > 1

    def shortest(self, points: Sequence[Point]) -> list[Link]:
        """The shortest links that join the groups of the points."""
        pairs = sorted(
            (math.dist(one, other), one, other)
            for number, one in enumerate(points)
            for other in points[number + 1 :]
            if self._find(rounded(one)) != self._find(rounded(other))
        )
        return [(one, other) for _, one, other in pairs if self.join(one, other)]

    def _find(self, point: Point) -> Point:
        path = []
        while (leader := self._leader.setdefault(point, point)) != point:
            path.append(point)
            point = leader
        for passed in path:
            self._leader[passed] = point
        return point


def rounded(point: Point) -> Point:
    """Points of one metre are one junction (``Streets``)."""
    return float(round(point[0])), float(round(point[1]))
