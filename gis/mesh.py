"""Standard grid squares of Japan (地域メッシュ, JIS X 0410): from a code to its box in degrees."""

from __future__ import annotations

from core.model import Bounds
from gis.mesh_square import LENGTHS, mesh_code, mesh_square

__all__ = ["LENGTHS", "mesh_box", "mesh_code", "mesh_code_at", "mesh_size"]

_SIZES = {4: "80 km", 6: "10 km", 8: "1 km", 9: "500 m", 10: "250 m", 11: "125 m"}


def mesh_box(code: str) -> Bounds:
    """The box of a code in degrees (JGD2011). Raises ValueError, saying why, for what is no code."""
    return Bounds(*mesh_square(code))


def mesh_code_at(lon: float, lat: float, digits: int) -> str:
    """The code of so many digits (one of LENGTHS) of the square over a point in degrees; edges belong to the next one."""
    code = f"{int(lat * 1.5):02d}{int(lon) - 100:02d}"
    for length, symbols in ((6, 8), (8, 10), (9, 2), (10, 2), (11, 2)):
        if length > digits:
            return code
        box = mesh_box(code)
        north = min(symbols - 1, int((lat - box.south) / (box.north - box.south) * symbols))
        east = min(symbols - 1, int((lon - box.west) / (box.east - box.west) * symbols))
        code += f"{1 + north * 2 + east}" if symbols == 2 else f"{north}{east}"
    return code


def mesh_size(code: str) -> str:
    """About how wide the square of a code is, in words (``500 m``)."""
    return _SIZES.get(len(code), "")
