"""A made-up inundation layer of many thousand areas in the form of KSJ A31a, as a prefecture publishes it.

The real ones come from a calculation on a square mesh: areas are cells of one rank joined together, with stepped
outlines, from single cells to whole plains, and neighbours share their corners. Here three rivers wind through the box
of the example town; the water stands deeper near the bed and in the ground's waves. The same seed gives the same file.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from core.model import Bounds
from gis.metres import in_degrees, to_metres

Field = NDArray[np.float64]

BOUNDS = Bounds(140.3127, 38.4365, 140.6200, 38.7217)
PLANE_EPSG = 6678
CELL_M = 20.0
SEED = 31

RIVERS = 3
REACH_M = 2600.0
"""How far from the bed the water stands at most."""
DEEPEST_M = 9.0
ROUGHNESS_M = 0.65
"""How much the ground rises and falls from cell to cell: sets how many small areas there are."""
RANK_LIMITS_M = (0.05, 0.5, 3.0, 5.0, 10.0, 20.0)
"""Lowest depth of ranks 1 to 6 (KSJ A31a, MLIT)."""
DECIMALS = 8


def write_flood_mesh(target: Path, areas: int, seed: int = SEED) -> int:
    """Writes ``areas`` areas (fewer where the water holds no more) as GeoJSON, one a line; answers their vertices."""
    random = np.random.default_rng(seed)
    ranks, outlines = _areas(_depths(random))
    order = np.argsort(shapely.get_coordinates(shapely.centroid(outlines))[:, 0], kind="stable")[:areas]
    ranks, outlines = ranks[order], outlines[order]
    degrees = shapely.transform(in_degrees(outlines, PLANE_EPSG), lambda points: np.round(points, DECIMALS))
    features = ",\n".join(
        _feature(int(rank), shape) for rank, shape in zip(ranks, shapely.to_geojson(degrees), strict=True)
    )
    head = '{"type":"FeatureCollection","name":"架空の洪水浸水想定区域"'
    target.write_text(f'{head},"features":[\n{features}\n]}}\n', encoding="utf-8")
    return int(shapely.get_num_coordinates(degrees).sum())


def _feature(rank: int, shape: str) -> str:
    properties = {
        "A31a_201": "9999999999",
        "A31a_202": "架空川",
        "A31a_203": "99",
        "A31a_204": "架空",
        "A31a_205": rank,
    }
    told = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
    return f'{{"type":"Feature","properties":{told},"geometry":{shape}}}'


def _depths(random: np.random.Generator) -> Field:
    """Depth of the water in metres, a row for each line of cells from south to north."""
    west, south = to_metres(PLANE_EPSG).transform(BOUNDS.west, BOUNDS.south)
    east, north = to_metres(PLANE_EPSG).transform(BOUNDS.east, BOUNDS.north)
    x = np.arange(0.0, east - west, CELL_M)
    y = np.arange(0.0, north - south, CELL_M)
    distance = np.min([_to_river(x, y, random) for _ in range(RIVERS)], axis=0)
    depth = DEEPEST_M * (1 - distance / REACH_M) + _waves((len(y), len(x)), random)
    return np.where(distance < REACH_M, depth, 0.0)


def _to_river(x: Field, y: Field, random: np.random.Generator) -> Field:
    """Distance of every cell from a river that runs from east to west, across the bends."""
    course = y[-1] * random.uniform(0.15, 0.85) + sum(
        random.uniform(200, 700) * np.sin(2 * np.pi * x / length + random.uniform(0, 6.28))
        for length in (2300.0, 5100.0, 11700.0)
    )
    width = 0.35 + 0.65 * (1 - x / x[-1])  # the valley opens to the west
    across: Field = np.abs(y[:, None] - course[None, :]) / width[None, :]
    return across


def _waves(shape: tuple[int, int], random: np.random.Generator) -> Field:
    """Hollows and humps of some hundred metres, and the roughness of single cells."""
    broad = random.normal(0.0, 2.5, (shape[0] // 12 + 2, shape[1] // 12 + 2))
    smooth = np.kron(broad, np.ones((12, 12)))[: shape[0], : shape[1]]
    return smooth + random.normal(0.0, ROUGHNESS_M, shape)


def _areas(depth: Field) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Rank and outline, in metres of the zone, of all cells of one rank that hang together."""
    west, south = to_metres(PLANE_EPSG).transform(BOUNDS.west, BOUNDS.south)
    ranks = np.digitize(depth, RANK_LIMITS_M)
    found, outlines = [], []
    for rank in range(1, len(RANK_LIMITS_M) + 1):
        row, column = np.nonzero(ranks == rank)
        left, low = west + column * CELL_M, south + row * CELL_M
        cells = shapely.box(left, low, left + CELL_M, low + CELL_M)
        parts = shapely.get_parts(shapely.coverage_union_all(cells))
        found.append(np.full(len(parts), rank))
        outlines.append(parts)
    return np.concatenate(found), np.concatenate(outlines)
