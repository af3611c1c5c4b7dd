"""The areas of one hazard of one layer, and the gravest of them at points, along lines and within areas.

Everything is in degrees; a share of a straight piece or of a small area is the same in degrees and in metres, to far less
than a millimetre in a metre at the size of a municipality.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

from gis.metres import in_metres

NOWHERE = -1
"""The gravity of a place no area covers."""

Shapes = NDArray[np.object_]
Numbers = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretches:
    """Parts of straight pieces that an area covers: which piece, from and to as shares of it, and the area's gravity."""

    piece: Numbers
    start: Shares
    end: Shares
    gravity: Numbers


@dataclass(frozen=True, slots=True)
class Cover:
    """A part of an area: which area, the gravity of what covers it, its shape in metres."""

    area: int
    gravity: int
    shape: shapely.Geometry


class Ground:
    """Areas with a gravity each, a whole number from 0, larger for graver; where they overlap the gravest holds."""

    def __init__(self, shapes: Shapes, gravity: Numbers) -> None:
        areas = shapely.get_dimensions(shapes) == 2
        self.without_area = int((~areas).sum())
        self._shapes, self._gravity = shapes[areas], gravity[areas]
        self._tree = shapely.STRtree(self._shapes)

    def at(self, points: Shapes) -> Numbers:
        """The gravity at each point; the edge belongs to the area, and of two to the graver."""
        found = np.full(len(points), NOWHERE, dtype=np.int64)
        point, area = self._tree.query(points, predicate="intersects")
        np.maximum.at(found, point, self._gravity[area])
        return found

    def along(self, pieces: Shapes) -> Stretches:
        """What of straight pieces (lines of two points) is covered, area by area; stretches may overlap."""
        piece, area = self._tree.query(pieces, predicate="intersects")
        shapely.prepare(self._shapes[np.unique(area)])
        whole = shapely.covers(self._shapes[area], pieces[piece])
        cut = self._cut(pieces, piece[~whole], area[~whole])
        ends = np.zeros(int(whole.sum())), np.ones(int(whole.sum()))
        return Stretches(
            np.concatenate([piece[whole], cut.piece]),
            np.concatenate([ends[0], cut.start]),
            np.concatenate([ends[1], cut.end]),
            np.concatenate([self._gravity[area[whole]], cut.gravity]),
        )

    def _cut(self, pieces: Shapes, piece: Numbers, area: Numbers) -> Stretches:
        shared = shapely.intersection(pieces[piece], self._shapes[area])
        parts, pair = shapely.get_parts(shared, return_index=True)
        lines = shapely.get_dimensions(parts) == 1
        parts, pair = parts[lines], pair[lines]
        xy, part = shapely.get_coordinates(parts, return_index=True)
        ends = shapely.get_coordinates(pieces[piece]).reshape(-1, 2, 2)[pair]
        share = _shares(xy, ends[part])
        start, end = np.full(len(parts), np.inf), np.full(len(parts), -np.inf)
        np.minimum.at(start, part, share)
        np.maximum.at(end, part, share)
        return Stretches(piece[pair], np.clip(start, 0.0, 1.0), np.clip(end, 0.0, 1.0), self._gravity[area[pair]])

    def over(self, areas: Shapes, plane_epsg: int) -> list[Cover]:
        """What of each area is covered, each metre once, by the gravest over it; shapes in metres of the zone."""
        area, cover = self._tree.query(areas, predicate="intersects")
        shared = _within(self._shapes[cover], areas[area])
        has_ground = shapely.area(shared) > 0.0
        area, gravity = area[has_ground], self._gravity[cover[has_ground]]
        shared = in_metres(shared[has_ground], plane_epsg)
        order = np.lexsort((-gravity, area))
        area, gravity, shared = area[order], gravity[order], shared[order]
        firsts = np.flatnonzero(np.diff(area, prepend=-1))
        found: list[Cover] = []
        for group in np.split(np.arange(len(area)), firsts[1:]) if len(area) else []:
            found += _gravest_first(int(area[group[0]]), gravity[group], shared[group])
        return found


def _shares(points: Shares, ends: Shares) -> Shares:
    """Where the points lie between the two ends, 0 at the first, 1 at the second."""
    way = ends[:, 1] - ends[:, 0]
    along = ((points - ends[:, 0]) * way).sum(axis=1)
    return np.asarray(along / (way * way).sum(axis=1), dtype=np.float64)


def _within(covers: Shapes, areas: Shapes) -> Shapes:
    """What each pair shares. A large cover is first cut down to the area's box, so that its size does not count each time."""
    near = covers.copy()
    for at, (cover, box) in enumerate(zip(covers, shapely.bounds(areas), strict=True)):
        if shapely.get_num_coordinates(cover) > _SMALL:
            near[at] = shapely.clip_by_rect(cover, *box)
    broken = ~shapely.is_valid(near)
    near[broken] = shapely.make_valid(near[broken])
    return np.asarray(shapely.intersection(near, areas), dtype=object)


_SMALL = 64


def _gravest_first(area: int, gravity: Numbers, shared: Shapes) -> list[Cover]:
    """The covers of one area, each without what a graver one has; ``gravity`` is falling."""
    if len(shared) == 1:
        return [Cover(area, int(gravity[0]), _areas_only(shared[0]))]
    taken: shapely.Geometry | None = None
    found: list[Cover] = []
    for level in dict.fromkeys(gravity.tolist()):
        here = _areas_only(shapely.union_all(shared[gravity == level]))
        free = here if taken is None else _areas_only(shapely.difference(here, taken))
        taken = here if taken is None else shapely.union(taken, here)
        if not shapely.is_empty(free):
            found.append(Cover(area, int(level), free))
    return found


def _areas_only(shape: shapely.Geometry) -> shapely.Geometry:
    if shapely.get_type_id(shape) in (GeometryType.POLYGON, GeometryType.MULTIPOLYGON):
        return shape
    parts: Sequence[shapely.Geometry] = [part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == 2]
    return shapely.union_all(parts)
