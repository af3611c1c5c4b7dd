"""Whether features lie where the site is: the check that finds swapped axes, wrong zones and stray points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from config.model import LayerConfig
from core.errors import LayerError
from core.model import Bounds
from gis.crs import SourceCrs
from gis.faults import feature_refusal
from gis.report import Notes

NEAR_DEG = 0.25
"""Some 25 km: real shelters stand in the neighbour town, a wrong plane zone lies farther off."""
MAX_EXTENT_DEG = 5.0
"""Wider than any prefecture: a polygon over the whole globe or across the date line is a mistake."""

Box = NDArray[np.float64]


def check_placement(
    layer: LayerConfig,
    numbers: Sequence[int],
    geometries: NDArray[np.object_],
    bounds: Bounds,
    crs: SourceCrs,
    notes: Notes,
) -> None:
    """Raises LayerError for the first feature that cannot belong to the site; notes those just outside or far beyond it.

    ``geometries`` are in degrees, ``numbers`` are their places in the file.
    """
    boxes = shapely.bounds(geometries)
    for index in np.flatnonzero(~_plainly_near(boxes, bounds)).tolist():
        number, box = numbers[index], boxes[index]
        if _meets(box, bounds, 0.0):
            _require_extent(layer, number, box)
            if not _within(box, bounds, NEAR_DEG):
                notes.warn("reaches far beyond the site's bounds, kept", number)
        elif _meets(box, bounds, NEAR_DEG) and _on_earth(box):
            notes.warn("lies outside the site's bounds, kept", number)
        else:
            raise _misplaced(layer, number, box, bounds, crs)


def _plainly_near(boxes: Box, bounds: Bounds) -> NDArray[np.bool_]:
    """Whether each box meets the site and stays near it: most do, all others are looked at one by one."""
    west, south, east, north = boxes.T
    meets = (west <= bounds.east) & (east >= bounds.west) & (south <= bounds.north) & (north >= bounds.south)
    near = (west >= bounds.west - NEAR_DEG) & (east <= bounds.east + NEAR_DEG)
    near &= (south >= bounds.south - NEAR_DEG) & (north <= bounds.north + NEAR_DEG)
    with np.errstate(invalid="ignore"):  # beyond the reach of a plane system degrees are infinite, and never near
        small = np.maximum(east - west, north - south) <= MAX_EXTENT_DEG
    return np.asarray(meets & near & small & (np.abs(south) <= 90) & (np.abs(west) <= 180), dtype=bool)


def _meets(box: Box, bounds: Bounds, margin: float) -> bool:
    west, south, east, north = box
    return bool(
        west <= bounds.east + margin
        and east >= bounds.west - margin
        and south <= bounds.north + margin
        and north >= bounds.south - margin
    )


def _within(box: Box, bounds: Bounds, margin: float) -> bool:
    west, south, east, north = box
    return bool(
        west >= bounds.west - margin
        and east <= bounds.east + margin
        and south >= bounds.south - margin
        and north <= bounds.north + margin
    )


def _on_earth(box: Box) -> bool:
    west, south, east, north = box
    return bool(west >= -180 and east <= 180 and south >= -90 and north <= 90)


def _require_extent(layer: LayerConfig, number: int, box: Box) -> None:
    west, south, east, north = box
    if max(east - west, north - south) > MAX_EXTENT_DEG or not _on_earth(box):
        raise feature_refusal(
            layer,
            number,
            f"reaches over {east - west:.1f} × {north - south:.1f} degrees",
            hint="no feature of a municipality is that large; look for a stray vertex or a line over the date line",
        )


def _misplaced(layer: LayerConfig, number: int, box: Box, bounds: Bounds, crs: SourceCrs) -> LayerError:
    west, south, east, north = box
    if not crs.projected and _meets(np.array([south, west, north, east]), bounds, NEAR_DEG):
        return feature_refusal(
            layer,
            number,
            f"latitude and longitude are swapped ({west:.6f}, {south:.6f})",
            hint="GeoJSON puts longitude first; export the layer anew",
        )
    if not crs.projected and not _on_earth(box):
        return feature_refusal(
            layer,
            number,
            f"({west:.6g}, {south:.6g}) is no longitude and latitude",
            hint='if these are metres, state the plane zone in the layer\'s settings, such as crs = "EPSG:6678"',
        )
    return feature_refusal(
        layer,
        number,
        f"({west:.6f}, {south:.6f}) lies far outside the site "
        f"({bounds.west}, {bounds.south} to {bounds.east}, {bounds.north})",
        hint=f"the source is read as {crs.name} ({crs.stated_by}): check it, or cut the file to the municipality",
    )
