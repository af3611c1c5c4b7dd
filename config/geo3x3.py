"""Geo3x3: a position as a letter and digits, each digit a cell of a 3 × 3 grid (Taisuke Fukuno, geo3x3)."""

from __future__ import annotations

import re

from core.model import Position

_CODE = re.compile(r"([EW])([1-9]+)", re.ASCII)


def decode(code: str) -> Position:
    """The middle of the cell a Geo3x3 code names, in degrees.

    Fifteen digits are a cell of 1.4 m. Raises ValueError for a text that is no such code.
    """
    match = _CODE.fullmatch(code)
    if match is None:
        raise ValueError(f"not a Geo3x3 code: {code[:40]!r}")
    lon = lat = 0.0
    unit = 180.0
    for digit in map(int, match[2]):
        unit /= 3
        lon += (digit - 1) % 3 * unit
        lat += (digit - 1) // 3 * unit
    west = 180.0 if match[1] == "W" else 0.0
    return Position(lon + unit / 2 - west, lat + unit / 2 - 90.0)
