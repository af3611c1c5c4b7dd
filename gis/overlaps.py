"""Areas that lie one over the other: the graver one keeps its ground, the other is cut back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gis.abreast import abreast
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
    lower, upper = shapely.STRtree(areas).query(areas)
    graver = (weights[upper] > weights[lower]) & _boxes_overlap(areas, lower, upper)
    lower, upper = lower[graver], upper[graver]
    inside = _insides_meet(areas, lower, upper)
    lower, upper = lower[inside], upper[inside]
    order = np.lexsort((upper, lower))
    return lower[order], upper[order]


def _boxes_overlap(areas: NDArray[np.object_], one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the boxes share more than an edge: cells of a mesh mostly do not, and need no closer look."""
    west, south, east, north = shapely.bounds(areas).T
    across = (west[one] < east[other]) & (west[other] < east[one])
    return np.asarray(across & (south[one] < north[other]) & (south[other] < north[one]), dtype=bool)


def _insides_meet(areas: NDArray[np.object_], one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the areas of each pair share ground. The larger one is prepared, so that its size does not count each time."""
    vertices = shapely.get_num_coordinates(areas)
    swap = vertices[one] < vertices[other]
    large, small = np.where(swap, other, one), np.where(swap, one, other)
    shapely.prepare(areas[np.unique(large)])
    together = np.argsort(large, kind="stable")
    large, small = large[together], small[together]
    found = abreast(shapely.intersects, areas[large], areas[small])
    found[found] = ~abreast(shapely.touches, areas[large[found]], areas[small[found]])
    in_turn = np.empty_like(found)
    in_turn[together] = found
    return in_turn


def _areas_only(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
