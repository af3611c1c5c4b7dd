"""A code of a standard grid square of Japan (地域メッシュ, JIS X 0410) and where it lies; for the confined process too.

It imports nothing of ours: the process that converts files of strangers sees this package only.
"""

from __future__ import annotations

import unicodedata

LENGTHS = (4, 6, 8, 9, 10, 11)
"""How many digits codes have: 80 km, 10 km, 1 km, and the half, quarter and eighth of that."""

MESH_NAMES = ("KEY_CODE", "MESH_ID", "MESH_CODE", "MESHCODE", "メッシュコード", "地域メッシュコード", "メッシュ番号")
"""Names the column with the code goes by, of e-Stat, of KSJ and in plain words."""

# Height and width of a first-order square in degrees, and into how many each order divides the one before.
_FIRST = (2 / 3, 1.0)
_SECOND, _THIRD = 8, 10


def mesh_code(text: str) -> str:
    """The digits of a code as people write it: ``5740-73-32``, full-width digits and ``57407332.0`` are 57407332."""
    return unicodedata.normalize("NFKC", text).strip().removesuffix(".0").replace("-", "")


def mesh_square(code: str) -> tuple[float, float, float, float]:
    """West, south, east, north of a code in degrees (JGD2011). Raises ValueError, saying why, for what is no code."""
    if not (code.isascii() and code.isdigit() and len(code) in LENGTHS):
        raise ValueError(f"{code[:20]!r} is no mesh code: it has 4, 6 or 8 to 11 digits")
    south, west = int(code[:2]) / 1.5, 100.0 + int(code[2:4])
    height, width = _FIRST
    for order, parts in ((code[4:6], _SECOND), (code[6:8], _THIRD)):
        if order:
            north, east = int(order[0]), int(order[1])
            if max(north, east) >= parts:
                raise ValueError(f"{code!r} is no mesh code: {order!r} goes beyond {parts - 1}")
            height, width = height / parts, width / parts
            south, west = south + north * height, west + east * width
    for quarter in code[8:]:
        number = int(quarter) - 1  # 1 south-west, 2 south-east, 3 north-west, 4 north-east
        if not 0 <= number <= 3:
            raise ValueError(f"{code!r} is no mesh code: {quarter!r} is none of 1 to 4")
        height, width = height / 2, width / 2
        south, west = south + number // 2 * height, west + number % 2 * width
    return (west, south, west + width, south + height)
