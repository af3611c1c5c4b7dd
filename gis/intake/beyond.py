"""How far around the site features are taken, and whether a refused file is one to be cut: near features and far ones."""

from __future__ import annotations

import json

import numpy as np
import shapely
from numpy.typing import NDArray

from config.model import LayerConfig
from core.errors import LayerError
from core.model import Bounds
from gis.crs import source_crs, to_lon_lat
from gis.geojson import read_geojson
from gis.placement import NEAR_DEG
from gis.report import Notes

CUT_DEG = 0.04
"""Of the site's surroundings that stay with ``--cut``: 4.4 km to the north and south, some 3.5 km to the east and west."""


def surroundings(bounds: Bounds) -> tuple[float, float, float, float]:
    """West, south, east, north of what stays with ``--cut``, in degrees."""
    return (bounds.west - CUT_DEG, bounds.south - CUT_DEG, bounds.east + CUT_DEG, bounds.north + CUT_DEG)


def cut_hint(layer: LayerConfig, bounds: Bounds, typed: str) -> str | None:
    """What to type where the layer's file has features near the site and far from it; None where it has not both."""
    try:
        boxes = _boxes(layer)
    except (LayerError, shapely.errors.ShapelyError, ValueError, TypeError):
        return None
    near, far = _meeting(boxes, bounds, CUT_DEG), ~_meeting(boxes, bounds, NEAR_DEG)
    if not near.any() or not far.any():
        return None
    return (
        f"it covers more than the site: {int(near.sum()):,} of its {len(boxes):,} features lie in the site or some "
        f"4 km around; to take these alone: {typed} --cut"
    )


def _boxes(layer: LayerConfig) -> NDArray[np.float64]:
    """The boxes of all features with a position, in degrees."""
    file = read_geojson(layer)
    shapes = shapely.from_geojson([json.dumps(feature.geometry) for feature in file.features if feature.geometry])
    boxes = shapely.bounds(to_lon_lat(source_crs(layer, file, Notes()), shapes))
    return boxes[np.isfinite(boxes).all(axis=1)]


def _meeting(boxes: NDArray[np.float64], bounds: Bounds, margin: float) -> NDArray[np.bool_]:
    west, south, east, north = boxes.T
    meets = (west <= bounds.east + margin) & (east >= bounds.west - margin)
    return np.asarray(meets & (south <= bounds.north + margin) & (north >= bounds.south - margin))
