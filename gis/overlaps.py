"""Areas that lie one over the other: the graver one keeps its ground, the other is cut back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gis.report import Notes


def gravest_wins(frame: GeoDataFrame, gravity: Sequence[float], word: str, notes: Notes) -> GeoDataFrame:
    """The frame with each area cut back by the graver ones over it, the least grave first.

    ``gravity`` has a number for each row; ``word`` is the comparative the note uses (``deeper``).
    """
    order = np.argsort(np.array(gravity), kind="stable")
    weights = np.array(gravity)[order]
    frame = frame.iloc[order].reset_index(drop=True)
    areas = frame.geometry.to_numpy().copy()
    lower, upper = _overlapping(areas, weights)
    if not lower.size:
        return frame
    cut, starts = np.unique(lower, return_index=True)
    for index, above in zip(cut, np.split(upper, starts[1:]), strict=True):
        areas[index] = _areas_only(shapely.difference(areas[index], shapely.union_all(areas[above])))
    notes.warn(f"{cut.size} areas lay under {word} ones and were cut back")
    return frame.set_geometry(areas, crs=frame.crs)


def _overlapping(
    areas: NDArray[np.object_], weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (less grave, graver) whose insides meet, sorted by the former."""
    lower, upper = shapely.STRtree(areas).query(areas, predicate="intersects")
    graver = weights[upper] > weights[lower]
    lower, upper = lower[graver], upper[graver]
    inside = shapely.relate_pattern(areas[lower], areas[upper], "T********")
    lower, upper = lower[inside], upper[inside]
    order = np.lexsort((upper, lower))
    return lower[order], upper[order]


def _areas_only(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
