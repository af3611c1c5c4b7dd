"""The site's box in metres of a plane system."""

from __future__ import annotations

import math

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from core.model import Bounds

_MARGIN_DEG = 0.25


def plane_box(code: str, bounds: Bounds) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the site and some 25 km around in that system; None for one in degrees or unknown."""
    try:
        crs = CRS.from_user_input(code)
        if not crs.is_projected or crs.geodetic_crs is None:
            return None
        to_metres = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
        box = to_metres.transform_bounds(
            bounds.west - _MARGIN_DEG, bounds.south - _MARGIN_DEG, bounds.east + _MARGIN_DEG, bounds.north + _MARGIN_DEG
        )
    except CRSError:
        return None
    west, south, east, north = (float(value) for value in box)
    return (west, south, east, north) if all(map(math.isfinite, (west, south, east, north))) else None
