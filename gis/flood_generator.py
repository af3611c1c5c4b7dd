"""A made-up inundation layer in the form of KSJ A31a, for the example town and for tests.

``python -m gis.flood_generator BOUNDARY.json TARGET.geojson`` writes it. The water follows a river through
the town: a hand-drawn centre line with meanders, flanks that widen towards the plain, deeper classes nested
in shallower ones, and some high ground that stays dry. It is fiction and says so in every feature; the
same seed always gives the same shapes.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import mapping, shape

from gis.geometry import tidy
from gis.metres import in_degrees, in_metres

PLANE_EPSG = 6678
SEED = 20260115

# Longitude, latitude from the hills in the east to the confluence in the west.
CENTRE_LINE = (
    (140.5590, 38.6335),
    (140.5400, 38.6370),
    (140.5220, 38.6385),
    (140.5050, 38.6340),
    (140.4875, 38.6275),
    (140.4700, 38.6215),
    (140.4550, 38.6195),
    (140.4400, 38.6170),
    (140.4250, 38.6165),
    (140.4100, 38.6175),
    (140.3970, 38.6165),
    (140.3840, 38.6135),
    (140.3740, 38.6110),
)
STEP_M = 40.0
MEANDER_M = 110.0
FLANK_M = (170.0, 760.0)  # half width of the water in the hills and in the plain
# How much of the flank of the next shallower class a class takes, on average; rank 1 is the whole water.
SHARE_OF_SHALLOWER = {2: 0.72, 3: 0.55, 4: 0.45, 5: 0.22}
ISLANDS = 7
SMALLEST_M2 = 4000.0
ROUNDING_M = 35.0
SIMPLIFY_M2 = 10.0
BORDER_M = 15.0

Track = NDArray[np.float64]
Wave = Callable[[float], float]


def flood_collection(boundary: shapely.Geometry, seed: int = SEED) -> dict[str, Any]:
    """A GeoJSON FeatureCollection of areas that never overlap, inside ``boundary``, in JGD2011 degrees.

    Properties are those of KSJ A31a for the largest assumed rain: A31a_201 to A31a_205 (rank 1 to 5).
    """
    random = Random(seed)  # noqa: S311 - a landscape, not a secret
    town = shapely.buffer(
        in_metres(boundary, PLANE_EPSG), -BORDER_M
    )  # simplifying must not carry water over the border
    waters = _nested_waters(_track(random), random)
    ranks, areas = _bands(waters, town)
    return {
        "type": "FeatureCollection",
        "name": "架空の洪水浸水想定区域（想定最大規模）",
        "note": "架空のデータです。国土数値情報A31aの形式にならって作成しました。実際の危険を表しません。",
        "features": [
            _feature(rank, area) for rank, area in zip(ranks, tidy(in_degrees(areas, PLANE_EPSG)), strict=True)
        ],
    }


def _wave(random: Random, lengths_m: Sequence[float]) -> Wave:
    """A smooth irregular curve along the river, about -1 to 1, made of one sine per wave length."""
    terms = [(2 * math.pi / length, random.uniform(0, 2 * math.pi)) for length in lengths_m]
    return lambda s: sum(math.sin(k * s + phase) for k, phase in terms) / len(terms)


def _track(random: Random) -> Track:
    """Points of the river each STEP_M, in metres of the zone."""
    line = in_metres(shapely.LineString(CENTRE_LINE), PLANE_EPSG)
    distances = np.arange(0.0, line.length, STEP_M)
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, distances))
    smooth = _running_mean(points, 25)  # rounds off the corners of the hand-drawn line
    swing = _wave(random, (620.0, 1130.0, 2300.0))
    offsets: Track = np.array([[MEANDER_M * swing(s)] for s in distances])
    swung: Track = smooth + _normals(smooth) * offsets
    return swung


def _normals(track: Track) -> Track:
    """Unit vectors to the left of the flow, turned slowly: over some 20 points, as valley sides follow the valley."""
    along = np.gradient(_running_mean(track, 21), axis=0)
    across = np.column_stack([-along[:, 1], along[:, 0]])
    unit: Track = across / np.hypot(along[:, :1], along[:, 1:])
    return unit


def _running_mean(points: Track, window: int) -> Track:
    padded = np.pad(points, ((window // 2, window // 2), (0, 0)), mode="edge")
    weights = np.ones(window) / window
    return np.column_stack([np.convolve(padded[:, axis], weights, mode="valid") for axis in (0, 1)])


def _nested_waters(track: Track, random: Random) -> list[shapely.Geometry]:
    """The area of each rank with all deeper ones in it, rank 1 first."""
    flanks = _flanks(len(track), random)
    waters = [_water(track, flanks)]
    waters[0] = shapely.difference(waters[0], _high_ground(track, flanks, random))
    for share in SHARE_OF_SHALLOWER.values():
        flanks = _shrunk(flanks, share, random)
        waters.append(shapely.intersection(_water(track, flanks), waters[-1]))
    return waters


def _flanks(count: int, random: Random) -> Track:
    """Half widths to the right and left of each point."""
    sides = []
    for _ in range(2):
        wave = _wave(random, (950.0, 1730.0, 3100.0, 5900.0))
        valley = [FLANK_M[0] + (FLANK_M[1] - FLANK_M[0]) * (i / (count - 1)) ** 1.3 for i in range(count)]
        sides.append([width * math.exp(0.8 * wave(i * STEP_M)) for i, width in enumerate(valley)])
    return np.array(sides).T


def _shrunk(flanks: Track, share: float, random: Random) -> Track:
    """Flanks of the next deeper class: here nearly as wide, there nothing at all."""
    sides = []
    for side in flanks.T:
        wave = _wave(random, (710.0, 1370.0, 2900.0))
        sides.append([width * min(0.93, max(0.0, share + 0.55 * wave(i * STEP_M))) for i, width in enumerate(side)])
    return np.array(sides).T


def _water(track: Track, flanks: Track) -> shapely.Geometry:
    normals = _normals(track)
    left, right = track + normals * flanks[:, :1], track - normals * flanks[:, 1:]
    wet = flanks.sum(axis=1) > STEP_M
    pieces = [
        shapely.MultiPoint([left[i], right[i], left[i + 1], right[i + 1]]).convex_hull
        for i in range(len(track) - 1)
        if wet[i] and wet[i + 1]
    ]
    joined = shapely.union_all(pieces)
    closed = shapely.buffer(shapely.buffer(joined, ROUNDING_M), -2 * ROUNDING_M)
    return _without_small(shapely.buffer(closed, ROUNDING_M))


def _high_ground(track: Track, flanks: Track, random: Random) -> shapely.Geometry:
    normals = _normals(track)
    hills = []
    for _ in range(ISLANDS):
        i = random.randrange(len(track) // 3, len(track) - 10)
        side = random.choice((0, 1))
        middle = track[i] + normals[i] * flanks[i, side] * random.uniform(0.45, 0.7) * (1 - 2 * side)
        size = random.uniform(0.08, 0.16) * flanks[i, side]
        hill = shapely.affinity.scale(shapely.Point(middle).buffer(size), random.uniform(1.0, 2.2), 1.0)
        hills.append(shapely.affinity.rotate(hill, random.uniform(0, 180)))
    return shapely.union_all(hills)


def _without_small(area: shapely.Geometry) -> shapely.Geometry:
    kept = []
    for part in shapely.get_parts(area):
        if part.area >= SMALLEST_M2:
            holes = [ring for ring in part.interiors if shapely.Polygon(ring).area >= SMALLEST_M2]
            kept.append(shapely.Polygon(part.exterior, holes))
    return shapely.union_all(kept)


def _bands(waters: list[shapely.Geometry], town: shapely.Geometry) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Ranks and areas that meet without gap or overlap, their shared borders simplified together."""
    ranks: list[int] = []
    areas: list[shapely.Geometry] = []
    for rank, water in enumerate(waters, 1):
        band = shapely.difference(water, waters[rank]) if rank < len(waters) else water
        for part in shapely.get_parts(shapely.intersection(band, town)):
            if shapely.get_dimensions(part) == 2 and shapely.area(part) >= SMALLEST_M2:
                ranks.append(rank)
                areas.append(part)
    return np.array(ranks), shapely.coverage_simplify(np.array(areas, dtype=object), SIMPLIFY_M2)


def _feature(rank: int, area: Any) -> dict[str, Any]:
    properties = {
        "A31a_201": "9999999999",
        "A31a_202": "丹生川（架空）",
        "A31a_203": "99",
        "A31a_204": "架空",
        "A31a_205": int(rank),
    }
    return {"type": "Feature", "properties": properties, "geometry": mapping(area)}


def write_flood_depth(boundary: Path, target: Path, seed: int = SEED) -> None:
    """Writes the layer for the town whose boundary file (GeoJSON, degrees) is ``boundary``, one feature a line."""
    document = json.loads(boundary.read_text(encoding="utf-8"))
    town = shapely.union_all([shape(feature["geometry"]) for feature in document["features"]])
    collection = flood_collection(town, seed)
    features = ",\n".join(_compact(feature) for feature in collection.pop("features"))
    head = _compact(collection).removesuffix("}")
    target.write_text(f'{head},"features":[\n{features}\n]}}\n', encoding="utf-8")


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    write_flood_depth(Path(sys.argv[1]), Path(sys.argv[2]))
