"""Stretches on which two roads of the network lie on each other: one drive over them serves both.

The matching gives every drive to one road. What it means for the other is derived here and marked as such, so that neither of
the two is left "never served" and none counts twice where drives are added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from core.ploughs import Direction, Passage
from gis.ploughs.lines import Line

if TYPE_CHECKING:
    from gis.ploughs.network import Network

TOUCHING_M = 0.5
"""Lines this near to each other are drawn over the same carriageway."""

SHORTEST_M = 5.0
"""What is shorter is a crossing, not a stretch in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedStretch:
    """``from_m`` to ``to_m`` along ``road`` lies on ``other``, there from ``other_from_m`` to ``other_to_m``.

    Metres along each line; ``opposed``: the other line is drawn the other way.
    """

    road: str
    from_m: float
    to_m: float
    other: str
    other_from_m: float
    other_to_m: float
    opposed: bool

    def turned(self) -> SharedStretch:
        """The same stretch seen from the other road."""
        return SharedStretch(
            road=self.other,
            from_m=self.other_from_m,
            to_m=self.other_to_m,
            other=self.road,
            other_from_m=self.from_m,
            other_to_m=self.to_m,
            opposed=self.opposed,
        )


def shared_stretches(lines: Mapping[str, Line], shapes: Mapping[str, shapely.Geometry]) -> tuple[SharedStretch, ...]:
    """Every stretch of at least 5 m on which two lines lie within half a metre, told from both sides."""
    names = list(lines)
    drawn = np.array([shapes[name] for name in names], dtype=np.object_)
    pairs = shapely.STRtree(drawn).query(drawn, predicate="dwithin", distance=TOUCHING_M).T.tolist()
    found: list[SharedStretch] = []
    for one, other in sorted(pair for pair in pairs if pair[0] < pair[1]):
        for piece in _common(drawn[one], drawn[other]):
            stretch = _stretch(lines[names[one]], lines[names[other]], piece)
            if stretch is not None:
                found += [stretch, stretch.turned()]
    return tuple(found)


def shared_passages(network: Network, passages: Iterable[Passage]) -> tuple[Passage, ...]:
    """The passages, each followed by those derived from it for the roads that lie on the stretch it went over.

    Derived ones have ``derived`` set; given ones that have it are left out first, so that doing this twice adds nothing. Times are
    those of the whole passage, ``fixes`` is 0: they were counted where they were matched.
    """
    by_road: dict[str, list[SharedStretch]] = {}
    for stretch in network.shared:
        by_road.setdefault(stretch.road, []).append(stretch)
    found: list[Passage] = []
    for passage in passages:
        if not passage.derived:
            found.append(passage)
            found += [twin for stretch in by_road.get(passage.road, ()) if (twin := _twin(stretch, passage))]
    return tuple(found)


def _common(one: shapely.Geometry, other: shapely.Geometry) -> list[shapely.Geometry]:
    beside = shapely.intersection(one, shapely.buffer(other, TOUCHING_M, cap_style="flat"))
    parts = [part for part in shapely.get_parts(beside) if _is_line(part)]
    merged = shapely.line_merge(shapely.MultiLineString(parts))
    return [part for part in shapely.get_parts(merged) if shapely.length(part) >= SHORTEST_M]


def _is_line(part: shapely.Geometry) -> bool:
    return bool(shapely.get_type_id(part) == shapely.GeometryType.LINESTRING and not shapely.is_empty(part))


def _stretch(line: Line, other: Line, piece: shapely.Geometry) -> SharedStretch | None:
    points = shapely.get_coordinates(piece)
    begin, end = points[0].tolist(), points[-1].tolist()
    own = sorted([(line.nearest(*begin)[0], other.nearest(*begin)[0]), (line.nearest(*end)[0], other.nearest(*end)[0])])
    (from_m, there_from), (to_m, there_to) = own
    if to_m - from_m < SHORTEST_M or abs(there_to - there_from) < SHORTEST_M:
        return None
    return SharedStretch(
        road=line.road,
        from_m=from_m,
        to_m=to_m,
        other=other.road,
        other_from_m=min(there_from, there_to),
        other_to_m=max(there_from, there_to),
        opposed=there_to < there_from,
    )


def _twin(stretch: SharedStretch, passage: Passage) -> Passage | None:
    begin, end = max(stretch.from_m, passage.from_m), min(stretch.to_m, passage.to_m)
    if end - begin < 0.1:
        return None
    scale = (stretch.other_to_m - stretch.other_from_m) / (stretch.to_m - stretch.from_m)
    ahead, behind = (begin - stretch.from_m) * scale, (end - stretch.from_m) * scale
    if stretch.opposed:
        there = stretch.other_to_m - behind, stretch.other_to_m - ahead
    else:
        there = stretch.other_from_m + ahead, stretch.other_from_m + behind
    direction = passage.direction
    if stretch.opposed:
        direction = Direction.BACKWARD if direction is Direction.FORWARD else Direction.FORWARD
    return replace(
        passage,
        road=stretch.other,
        direction=direction,
        from_m=round(there[0], 1),
        to_m=round(there[1], 1),
        fixes=0,
        derived=True,
    )
