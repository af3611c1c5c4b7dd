"""Where one road can be left for another: crossings, and ends that lie near another line.

Ends of lines rarely touch (in the real network 521 of 576 have no other line within a metre), so this is no routing graph: it
tells where a change from one road to another is likely and where exactly it happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import shapely

from gis.ploughs.lines import Line

MEETING_M = 30.0
"""An end so near another line meets it: the width of two roads and the error of two drawings."""

Junctions = dict[tuple[int, int], tuple[tuple[float, float, float], ...]]
"""By the numbers of two lines: metres along the first, along the second, metres between the two places."""


def junctions_of(lines: Mapping[str, Line], shapes: Mapping[str, shapely.Geometry]) -> Junctions:
    """Where each two of the lines meet, both ways round; ``shapes`` are the same lines by the same ids."""
    ordered = list(lines.values())
    drawn = np.array([shapes[line.road] for line in ordered], dtype=np.object_)
    pairs = shapely.STRtree(drawn).query(drawn, predicate="dwithin", distance=MEETING_M).T.tolist()
    found: Junctions = {}
    for one, other in sorted((min(pair), max(pair)) for pair in pairs if pair[0] < pair[1]):
        meetings = _meetings(ordered[one], ordered[other], drawn[one], drawn[other])
        if meetings:
            found[one, other] = meetings
            found[other, one] = tuple((there, here, apart) for here, there, apart in meetings)
    return found


def _meetings(
    one: Line, other: Line, drawn: shapely.Geometry, crossed: shapely.Geometry
) -> tuple[tuple[float, float, float], ...]:
    found = set()
    for end in one.ends:
        along, apart = other.nearest(*one.at(end))
        if apart <= MEETING_M:
            found.add((end, along, apart))
    for end in other.ends:
        along, apart = one.nearest(*other.at(end))
        if apart <= MEETING_M:
            found.add((along, end, apart))
    for x, y in shapely.get_coordinates(shapely.intersection(drawn, crossed)).tolist():
        found.add((one.nearest(x, y)[0], other.nearest(x, y)[0], 0.0))
    return _distinct(sorted(found))


def _distinct(found: list[tuple[float, float, float]]) -> tuple[tuple[float, float, float], ...]:
    """Without those that are within a metre of the one before."""
    kept = found[:1]
    for before, meeting in pairwise(found):
        if abs(meeting[0] - before[0]) > 1.0 or abs(meeting[1] - before[1]) > 1.0:
            kept.append(meeting)
    return tuple(kept)
