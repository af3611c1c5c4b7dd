"""Made-up inundation along the rivers, in the form of KSJ A31a: depth twice, duration, house collapse.

A river's water is drawn from its course: flanks that widen towards the plain, deeper classes nested in shallower ones,
some high ground that stays dry. What rivers share is settled on one net of lines, so that the areas meet without gap or
overlap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random

import numpy as np
import shapely
from shapely.affinity import rotate, scale

from gis.generators.courses import STEP_M, Course, River, normals, wave
from gis.generators.coverage import Cell, settled
from gis.generators.writing import Drawn, degree_text

# How much of the flank of the next shallower class a class takes, on average; class 1 is the whole water.
DEPTH_SHARES = (0.72, 0.55, 0.45, 0.22)
PLANNED_SHARES = (0.5, 0.3)
DURATION_SHARES = (0.75, 0.6, 0.4)
PLANNED_FLANK = 0.6
STREAM_SHARE = 0.4
EROSION_M = (22.0, 45.0)
ISLANDS_PER_KM = 0.5
SMALLEST_M2 = 4000.0
ROUNDING_M = 35.0

NOTE = "架空のデータです。国土数値情報A31aの形式にならって作成しました。実際の危険を表しません。"

Waters = list[shapely.Geometry]
Flood = Mapping[River, Waters]


def largest_flood(courses: Mapping[River, Course], random: Random) -> Flood:
    """Of each river the water of the largest rain: the area of each depth rank with all deeper ones in it, rank 1 first."""
    return {river: _nested(river, points, DEPTH_SHARES, random) for river, points in courses.items()}


def planned_flood(courses: Mapping[River, Course], largest: Flood, random: Random) -> Flood:
    """The same for the rain of the river plan: narrower, shallower, and nowhere beyond the largest."""
    found: dict[River, Waters] = {}
    for river, points in courses.items():
        flanks = _flanks(river, len(points), random) * PLANNED_FLANK
        waters = _shrinking(points, flanks, PLANNED_SHARES[: river.deepest - 1], random)
        found[river] = [
            shapely.intersection(water, limit) for water, limit in zip(waters, largest[river], strict=False)
        ]
    return found


def durations(courses: Mapping[River, Course], largest: Flood, random: Random) -> Flood:
    """How long the largest water stays: classes nested towards the plain, within its area."""
    found: dict[River, Waters] = {}
    for river, points in courses.items():
        flanks = _flanks(river, len(points), random) * np.linspace(0.5, 1.6, len(points))[:, None]
        waters = _shrinking(points, flanks, DURATION_SHARES[: river.deepest - 1], random)
        whole = largest[river][0]
        found[river] = [whole, *(shapely.intersection(water, whole) for water in waters[1:])]
    return found


def depth_text(name: str, field: str, flood: Flood, town: shapely.Geometry) -> str:
    """The text of a layer whose classes stand in ``field`` (``A31a_205``); ``town`` in metres."""
    return degree_text(name, NOTE, [_drawn(field, cell) for cell in settled(flood, town, SMALLEST_M2)])


def collapse_text(
    name: str, courses: Mapping[River, Course], largest: Flood, town: shapely.Geometry, random: Random
) -> str:
    """The text of the house collapse layer: stream (1), eroded bank (2), both (3), in ``A31a_405``."""
    flood: dict[River, Waters] = {}
    for river, points in courses.items():
        deepest = largest[river][min(1, len(largest[river]) - 1)]
        flanks = _shrunk(_flanks(river, len(points), random), STREAM_SHARE, random)
        stream = shapely.intersection(_water(points, flanks), deepest)
        width = EROSION_M[0] if river.deepest < 4 else EROSION_M[1]
        bank = shapely.intersection(
            shapely.buffer(shapely.LineString(points), width, cap_style="flat"), largest[river][0]
        )
        # Nested as settled() wants them: stream alone stays 1, bank alone 2, both 3.
        flood[river] = [shapely.union(stream, bank), bank, shapely.intersection(stream, bank)]
    return degree_text(name, NOTE, [_drawn("A31a_405", cell) for cell in settled(flood, town, 600.0)])


def _drawn(field: str, cell: Cell) -> Drawn:
    prefix = field[:-1]
    properties = {
        f"{prefix}1": cell.river.code,
        f"{prefix}2": cell.river.name,
        f"{prefix}3": "99",
        f"{prefix}4": "架空",
        field: cell.rank,
    }
    return properties, cell.area


def _nested(river: River, points: Course, shares: Sequence[float], random: Random) -> Waters:
    flanks = _flanks(river, len(points), random)
    waters = _shrinking(points, flanks, shares[: river.deepest - 1], random)
    dry = _high_ground(points, flanks, random)
    return [shapely.difference(water, dry) for water in waters]


def _shrinking(points: Course, flanks: Course, shares: Sequence[float], random: Random) -> Waters:
    """The water within these flanks, then each deeper class within the one before."""
    waters = [_water(points, flanks)]
    for share in shares:
        flanks = _shrunk(flanks, share, random)
        waters.append(shapely.intersection(_water(points, flanks), waters[-1]))
    return waters


def _flanks(river: River, count: int, random: Random) -> Course:
    """Half widths to the right and left of each point."""
    hills, plain = river.flank_m
    sides = []
    for _ in range(2):
        swell = wave(random, (950.0, 1730.0, 3100.0, 5900.0))
        valley = [hills + (plain - hills) * (i / (count - 1)) ** 1.3 for i in range(count)]
        sides.append([width * math.exp(0.8 * swell(i * STEP_M)) for i, width in enumerate(valley)])
    return np.array(sides).T


def _shrunk(flanks: Course, share: float, random: Random) -> Course:
    """Flanks of the next deeper class: here nearly as wide, there nothing at all."""
    sides = []
    for side in flanks.T:
        swell = wave(random, (710.0, 1370.0, 2900.0))
        sides.append([width * min(0.93, max(0.0, share + 0.55 * swell(i * STEP_M))) for i, width in enumerate(side)])
    return np.array(sides).T


def _water(points: Course, flanks: Course) -> shapely.Geometry:
    aside = normals(points)
    left, right = points + aside * flanks[:, :1], points - aside * flanks[:, 1:]
    wet = flanks.sum(axis=1) > STEP_M
    pieces = [
        shapely.MultiPoint([left[i], right[i], left[i + 1], right[i + 1]]).convex_hull
        for i in range(len(points) - 1)
        if wet[i] and wet[i + 1]
    ]
    joined = shapely.union_all(pieces)
    closed = shapely.buffer(shapely.buffer(joined, ROUNDING_M), -2 * ROUNDING_M)
    return _without_small(shapely.buffer(closed, ROUNDING_M))


def _high_ground(points: Course, flanks: Course, random: Random) -> shapely.Geometry:
    aside = normals(points)
    hills = []
    for _ in range(round(len(points) * STEP_M / 1000 * ISLANDS_PER_KM)):
        i = random.randrange(len(points) // 3, len(points) - 10)
        side = random.choice((0, 1))
        middle = points[i] + aside[i] * flanks[i, side] * random.uniform(0.45, 0.7) * (1 - 2 * side)
        size = random.uniform(0.08, 0.16) * flanks[i, side]
        hill = scale(shapely.Point(middle).buffer(size), random.uniform(1.0, 2.2), 1.0)
        hills.append(rotate(hill, random.uniform(0, 180)))
    return shapely.union_all([hill for hill in hills if hill.area > SMALLEST_M2])


def _without_small(area: shapely.Geometry) -> shapely.Geometry:
    kept = []
    for part in shapely.get_parts(area):
        if part.area >= SMALLEST_M2:
            holes = [ring for ring in part.interiors if shapely.Polygon(ring).area >= SMALLEST_M2]
            kept.append(shapely.Polygon(part.exterior, holes))
    return shapely.union_all(kept)
