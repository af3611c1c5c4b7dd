"""What GDAL reads without a word although it is broken: the parts of a Shapefile are measured before it opens them.

ESRI Shapefile Technical Description (July 1998); dBASE III header.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gis.intake import limits
from gis.intake.cut import UNSOUND, Box, Cut
from gis.intake.refused import Refused

_HEADER = 100
_MAGIC = 9994
_FLAT = frozenset({0, 1, 3, 5, 8})
_WITH_HEIGHT = frozenset({11, 13, 15, 18})
_WITH_MEASURE = frozenset({21, 23, 25, 28})
_POINTS = frozenset({1, 11, 21})
_MULTIPATCH = 31
_FETCH = "fetch the file again, it is cut off or damaged"


@dataclass(frozen=True, slots=True)
class Records:
    """The shape type of each record that is kept (0: no geometry), and what is odd but harmless.

    ``kept`` are the places of these records, from 0 on; None where all are kept.
    """

    types: array[int]
    kept: array[int] | None
    warnings: tuple[str, ...]


def measure(
    shp: Path, shx: Path, dbf: Path | None, *, max_features: int, max_vertices: int, cut: Cut | None = None
) -> Records:
    """The records of a Shapefile whose parts fit together, of which ``cut`` keeps those near the site.

    Raises Refused where a part is cut off or what is kept too large.
    """
    warnings: list[str] = []
    index = _index(shx)
    count = len(index) // 2
    _require_few(count, max_features if cut is None else limits.CUT_FEATURES)
    size = _declared_size(shp, warnings)
    types, kept = array("l"), array("l")
    with shp.open("rb") as file:
        for number in range(1, count + 1):
            kind, box = _record(file, number, index, size, warnings)
            if cut is None or cut.keeps(box):
                types.append(kind)
                kept.append(number - 1)
    _require_few(len(kept), max_features)
    # A vertex takes 16 to 32 bytes, a record some 60 besides; the exact count follows when they are read.
    if sum(index[2 * place + 1] for place in kept) * 2 > 32 * max_vertices + 64 * len(types):
        raise Refused(
            f"holds more than {max_vertices:,} vertices", hint="simplify it, or cut it to the municipality (--cut)"
        )
    if dbf is not None:
        _check_table(dbf, count, warnings)
    return Records(types, None if cut is None else kept, tuple(dict.fromkeys(warnings)))


def _require_few(features: int, most: int) -> None:
    if features > most:
        raise Refused(f"holds {features:,} features, more than {most:,}", hint="cut it to the municipality (--cut)")


def _index(shx: Path) -> array[int]:
    """Offset and length of each record, in 16-bit words, alternating."""
    content = shx.read_bytes()
    if len(content) < _HEADER or struct.unpack(">i", content[:4])[0] != _MAGIC:
        raise Refused("its .shx is no index of a Shapefile", hint=_FETCH)
    declared = struct.unpack(">i", content[24:28])[0] * 2
    if declared > len(content) or (len(content) - _HEADER) % 8:
        raise Refused("its .shx is cut off", hint=_FETCH)
    index = array("i", content[_HEADER:])
    index.byteswap()
    return index


def _declared_size(shp: Path, warnings: list[str]) -> int:
    real = shp.stat().st_size
    with shp.open("rb") as file:
        head = file.read(_HEADER)
    if len(head) < _HEADER or struct.unpack(">i", head[:4])[0] != _MAGIC:
        raise Refused("its .shp is no Shapefile", hint=_FETCH)
    declared: int = struct.unpack(">i", head[24:28])[0] * 2
    if declared > real:
        raise Refused(f"its .shp is cut off: {real:,} of {declared:,} bytes are there", hint=_FETCH)
    if declared < real:
        warnings.append(f"the .shp is {real - declared:,} bytes longer than its header says; they are not read")
    return declared


def _record(file: BinaryIO, number: int, index: array[int], size: int, warnings: list[str]) -> tuple[int, Box | None]:
    """The shape type and the box of a record; raises Refused where it does not lie in the file."""
    offset, length = index[2 * number - 2] * 2, index[2 * number - 1] * 2
    if offset < _HEADER or length < 4 or offset + 8 + length > size:
        raise Refused(f"feature {number} lies outside the .shp, which is cut off or damaged", hint=_FETCH)
    file.seek(offset)
    content = file.read(44)
    words: int = struct.unpack(">ii", content[:8])[1]
    kind: int = struct.unpack("<i", content[8:12])[0]
    if words * 2 != length:
        warnings.append("records of the .shp declare other lengths than its index; the index is followed")
    if kind == _MULTIPATCH:
        raise Refused(f"feature {number} is a 3-D body (MultiPatch)", hint="export its outline as an area")
    if kind not in _FLAT | _WITH_HEIGHT | _WITH_MEASURE:
        raise Refused(f"feature {number} has the unknown shape type {kind}", hint=_FETCH)
    if kind in _WITH_HEIGHT | _WITH_MEASURE:
        warnings.append("heights or measures were left out, the map is flat")
    return kind, _box(kind, content[12 : 8 + length])


def _box(kind: int, content: bytes) -> Box | None:
    """The box at the head of a record, of points made of themselves; None without a shape, unsound where cut short."""
    if kind == 0:
        return None
    numbers = 2 if kind in _POINTS else 4
    if len(content) < 8 * numbers:
        return UNSOUND
    found = struct.unpack(f"<{numbers}d", content[: 8 * numbers])
    return (found[0], found[1], found[-2], found[-1])


def _check_table(dbf: Path, records: int, warnings: list[str]) -> None:
    with dbf.open("rb") as file:
        head = file.read(32)
    if len(head) < 32:
        raise Refused("its .dbf is cut off", hint=_FETCH)
    declared, first, length = struct.unpack("<IHH", head[4:12])
    if not length or first < 33:
        raise Refused("its .dbf is no table of a Shapefile", hint=_FETCH)
    rows = max(0, dbf.stat().st_size - first) // length
    if rows < records:
        raise Refused(f"its .dbf is cut off: {rows:,} rows for {records:,} shapes", hint=_FETCH)
    if declared != records:
        warnings.append(f"the .dbf says it has {declared:,} rows; the {records:,} that belong to shapes were read")
