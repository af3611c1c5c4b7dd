"""Areas of several rivers and classes made into one coverage: neighbours share their borders exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.generators import PLANE_EPSG
from gis.generators.courses import River
from gis.metres import in_degrees

GRID_DEG = 1e-6
"""That of the published coordinates: what is cut on it keeps its borders when it is written."""
SQUARE_DEG_PER_M2 = 1.035e-10  # at 38.6 degrees north
SIMPLIFY_DEG = 12.0 * SQUARE_DEG_PER_M2**0.5
"""Root of the area of the triangles that are left out: 12 m."""
BORDER_M = 15.0


@dataclass(frozen=True, slots=True)
class Cell:
    """An area in degrees, the rank of its water (1 the shallowest) and the river it belongs to."""

    river: River
    rank: int
    area: shapely.Polygon


def settled(
    flood: Mapping[River, Sequence[shapely.Geometry]], town: shapely.Geometry, smallest_m2: float
) -> list[Cell]:
    """The cells of all rivers within ``town``: the deepest of the waters at a place, under the first river that has it.

    ``flood`` and ``town`` are in metres, the cells in degrees. Waters are nested, rank 1 first. Dry holes and puddles smaller than ``smallest_m2`` join their longest neighbour.
    """
    inner = shapely.buffer(town, -BORDER_M)  # simplifying must not carry water over the border
    waters = {
        river: [_on_grid(shapely.intersection(water, inner)) for water in ranks] for river, ranks in flood.items()
    }
    borders = [shapely.boundary(water) for ranks in waters.values() for water in ranks]
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(borders, grid_size=GRID_DEG)]))
    keys = _keys(faces, waters)
    _absorb_small(faces, keys, smallest_m2 * SQUARE_DEG_PER_M2)
    cells = [Cell(river, rank, part) for (river, rank), part in _parts(faces, keys)]
    simple = shapely.coverage_simplify(np.array([cell.area for cell in cells], dtype=object), SIMPLIFY_DEG)
    return [Cell(cell.river, cell.rank, area) for cell, area in zip(cells, simple, strict=True)]


Key = tuple[River, int] | None


def _on_grid(water: shapely.Geometry) -> shapely.Geometry:
    return shapely.set_precision(in_degrees(water, PLANE_EPSG), GRID_DEG)


def _keys(faces: NDArray[np.object_], waters: Mapping[River, Sequence[shapely.Geometry]]) -> list[Key]:
    spots = shapely.point_on_surface(faces)
    ranks = np.zeros(len(faces), dtype=int)
    owners: list[River | None] = [None] * len(faces)
    for river, nested in waters.items():
        for rank, water in enumerate(nested, start=1):
            shapely.prepare(water)
            inside = shapely.contains(water, spots)
            ranks = np.maximum(ranks, np.where(inside, rank, 0))
            for index in np.flatnonzero(inside) if rank == 1 else ():
                owners[index] = owners[index] or river
    return [(owner, int(rank)) if owner else None for owner, rank in zip(owners, ranks, strict=True)]


def _absorb_small(faces: NDArray[np.object_], keys: list[Key], smallest: float) -> None:
    """Give each small face the key of the neighbour it shares most border with, the smallest first."""
    tree = shapely.STRtree(faces)
    areas = shapely.area(faces)
    for index in np.argsort(areas, kind="stable"):
        if areas[index] >= smallest:
            return
        shared: dict[Key, float] = defaultdict(float)
        for other in sorted(tree.query(faces[index], predicate="intersects")):
            if other != index and areas[other] > areas[index]:
                shared[keys[other]] += shapely.length(shapely.intersection(faces[index], faces[other]))
        if shared:
            keys[index] = max(shared, key=lambda key: shared[key])


def _parts(faces: NDArray[np.object_], keys: list[Key]) -> list[tuple[tuple[River, int], shapely.Polygon]]:
    groups: dict[tuple[River, int], list[shapely.Geometry]] = defaultdict(list)
    for face, key in zip(faces, keys, strict=True):
        if key is not None:
            groups[key].append(face)
    order = sorted(groups, key=lambda key: (key[0].code, key[1]))
    return [(key, part) for key in order for part in shapely.get_parts(shapely.coverage_union_all(groups[key]))]
