"""What a printed sheet draws of a published layer: cut to the sheet, in its units, no finer than print shows.

Areas of one class are drawn as one, so that a layer of 50 000 areas is a few outlines; what would be too small to be seen
is drawn as small as can be seen, never left out. Nothing here knows of colours or of SVG.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import PublishedLayer
from gis.feature_source import FeatureSource, edition_of
from gis.sheet_frame import Frame

Points = NDArray[np.int32]
Shapes = NDArray[np.object_]

TOLERANCE = 1.5
"""Tenths of a millimetre an outline may be off; a laser printer's line is wider."""
MOST_POINTS = 25_000
"""Of the outlines of one class before they are thinned out further."""
SMALLEST = 16.0
"""Square tenths of a millimetre; a lesser area is widened by SMALLEST_REACH on all sides."""
SMALLEST_REACH = 2.0
KEPT_POINTS = 2_000_000
"""How many points of drawings made before are kept; what was asked for longest ago goes first."""
KEPT_DRAWINGS = 500
"""How many are kept at most: a drawing of a part where a layer has nothing holds no point."""

_BEYOND = 40  # tenths of a millimetre drawn beyond the edge, so that no outline runs along it


@dataclass(frozen=True, slots=True)
class DrawnArea:
    """All areas of one class as rings, outer and inner alike (to be filled even-odd)."""

    code: str
    rings: tuple[Points, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of it on paper."""
        lows, highs = zip(*((ring.min(axis=0), ring.max(axis=0)) for ring in self.rings), strict=True)
        left, top = np.min(lows, axis=0)
        right, bottom = np.max(highs, axis=0)
        return float(left), float(top), float(right), float(bottom)


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A line feature in its parts, and what is published of it."""

    code: str
    properties: Mapping[str, Any]
    parts: tuple[Points, ...]

    @property
    def middle(self) -> tuple[float, float]:
        """A point of the line, about in the middle of its longest part."""
        longest = max(self.parts, key=len)
        if len(longest) == 2:
            x, y = longest.mean(axis=0)
        else:
            x, y = longest[len(longest) // 2]
        return float(x), float(y)


@dataclass(frozen=True, slots=True)
class DrawnPoint:
    """A point feature on paper, and what is published of it."""

    code: str
    properties: Mapping[str, Any]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a layer has on a sheet; empty where nothing of it lies there."""

    areas: tuple[DrawnArea, ...] = ()
    lines: tuple[DrawnLine, ...] = ()
    points: tuple[DrawnPoint, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """The classes that are drawn."""
        lines_and_points: tuple[DrawnLine | DrawnPoint, ...] = (*self.lines, *self.points)
        return frozenset(area.code for area in self.areas) | {each.code for each in lines_and_points}

    @property
    def size(self) -> int:
        """The number of points it is made of."""
        rings = sum(len(ring) for area in self.areas for ring in area.rings)
        return rings + sum(len(part) for line in self.lines for part in line.parts) + len(self.points)


class Drawings:
    """The drawings of a folder of published layers; made when first asked for, kept while the layer stays the same.

    Safe to share between threads: one drawing is made at a time, since a large layer keeps a core busy for a second.
    """

    def __init__(self, folder: Path, most_points: int = KEPT_POINTS) -> None:
        self._folder = folder
        self._most = most_points
        self._kept: OrderedDict[tuple[str, str, Frame], Drawing] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, layer: PublishedLayer, frame: Frame) -> Drawing:
        """What ``layer`` has on the sheet. Raises LayerError where its file is gone or damaged."""
        key = (layer.id, edition_of(layer), frame)
        with self._lock:
            if key not in self._kept:
                path = self._folder / Path(layer.geojson_url).name
                self._kept[key] = drawn(FeatureSource(layer.id, path), frame)
            self._kept.move_to_end(key)
            found = self._kept[key]
            while len(self._kept) > 1 and self._too_many():
                self._kept.popitem(last=False)
        return found

    def _too_many(self) -> bool:
        points = sum(kept.size for kept in self._kept.values())
        return len(self._kept) > KEPT_DRAWINGS or points > self._most


def drawn(features: FeatureSource, frame: Frame) -> Drawing:
    """What of these features, each with ``code``, lies on the sheet."""
    box = frame.bounds
    near = features.matching(shapely.box(box.west, box.south, box.east, box.north), {})
    shapes = frame.on_paper(features.shapes[near])
    shapes = shapely.clip_by_rect(shapes, -_BEYOND, -_BEYOND, frame.width + _BEYOND, frame.height + _BEYOND)
    there = ~shapely.is_empty(shapes)
    shapes = shapes[there]
    rows = [features.properties(int(at)) for at in near[there]]
    codes = np.array([str(row["code"]) for row in rows], dtype=object)
    dimension = shapely.get_dimensions(shapes)
    return Drawing(
        areas=_areas(codes[dimension == 2], shapes[dimension == 2]),
        lines=tuple(_line(rows[at], shapes[at]) for at in np.flatnonzero(dimension == 1)),
        points=tuple(point for at in np.flatnonzero(dimension == 0) for point in _points(rows[at], shapes[at], frame)),
    )


def _areas(codes: NDArray[Any], shapes: Shapes) -> tuple[DrawnArea, ...]:
    found = []
    for code in dict.fromkeys(codes):
        rings = _rings(_merged(shapes[codes == code]))
        found.append(DrawnArea(str(code), rings))
    return tuple(found)


def _merged(shapes: Shapes) -> Shapes:
    """The areas as few simple polygons: neighbours joined, outlines thinned out, the least ones widened to be seen."""
    # Group by group: areas that touch nothing else need not be compared with the rest, which takes ten times as long.
    whole = shapely.disjoint_subset_union_all(shapely.make_valid(shapes))
    parts = shapely.get_parts(whole)
    parts = parts[shapely.get_dimensions(parts) == 2]
    if not len(parts):  # cut to lines or points at the very edge: kept as spots
        parts = shapely.buffer(shapely.centroid(shapes), SMALLEST_REACH, quad_segs=1)
    small = shapely.area(parts) < SMALLEST
    parts[small] = shapely.buffer(parts[small], SMALLEST_REACH, quad_segs=1)
    return _thinned(parts)


def _thinned(parts: Shapes) -> Shapes:
    """The outlines within TOLERANCE; of a class with very many points up to three times that, so that a page stays small."""
    for tolerance in (TOLERANCE, 2 * TOLERANCE, 3 * TOLERANCE):
        thinner = np.asarray(shapely.simplify(parts, tolerance))
        if int(shapely.get_num_coordinates(thinner).sum()) <= MOST_POINTS:
            break
    return thinner


def _rings(polygons: Shapes) -> tuple[Points, ...]:
    rings = shapely.get_rings(polygons)
    found = (_whole(shapely.get_coordinates(ring)[:-1]) for ring in rings)
    return tuple(ring for ring in found if len(ring) >= 3)


def _line(row: Mapping[str, Any], shape: shapely.Geometry) -> DrawnLine:
    parts = shapely.get_parts(shapely.simplify(shapely.line_merge(shape), TOLERANCE / 2))
    found = (_whole(shapely.get_coordinates(part)) for part in parts)
    return DrawnLine(str(row["code"]), row, tuple(part for part in found if len(part) >= 2))


def _points(row: Mapping[str, Any], shape: shapely.Geometry, frame: Frame) -> list[DrawnPoint]:
    """Those inside the frame: a symbol that is cut in half tells nothing."""
    return [
        DrawnPoint(str(row["code"]), row, round(float(x), 1), round(float(y), 1))
        for x, y in shapely.get_coordinates(shape)
        if 0 <= x <= frame.width and 0 <= y <= frame.height
    ]


def _whole(coordinates: NDArray[np.float64]) -> Points:
    """In whole units, without points that fall upon the one before them."""
    units = np.rint(coordinates).astype(np.int32)
    keep = np.ones(len(units), dtype=bool)
    keep[1:] = (units[1:] != units[:-1]).any(axis=1)
    return units[keep]
