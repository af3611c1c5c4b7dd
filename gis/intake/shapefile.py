"""What GDAL reads without a word although it is broken: the parts of a Shapefile are measured before it opens them.

ESRI Shapefile Technical Description (July 1998); dBASE III header.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gis.intake.refused import Refused

_HEADER = 100
_MAGIC = 9994
_FLAT = frozenset({0, 1, 3, 5, 8})
_WITH_HEIGHT = frozenset({11, 13, 15, 18})
_WITH_MEASURE = frozenset({21, 23, 25, 28})
_MULTIPATCH = 31
_FETCH = "fetch the file again, it is cut off or damaged"


@dataclass(frozen=True, slots=True)
class Records:
    """The shape type of each record (0: no geometry), and what is odd but harmless."""

    types: array[int]
    warnings: tuple[str, ...]


def measure(shp: Path, shx: Path, dbf: Path | None, *, max_features: int, max_vertices: int) -> Records:
    """The records of a Shapefile whose parts fit together; raises Refused where a part is cut off or too large."""
    warnings: list[str] = []
    index = _index(shx)
    if len(index) // 2 > max_features:
        raise Refused(
            f"holds {len(index) // 2:,} features, more than {max_features:,}", hint="cut it to the municipality"
        )
    size = _declared_size(shp, warnings)
    with shp.open("rb") as file:
        types = array("l", (_record(file, number, index, size, warnings) for number in range(1, len(index) // 2 + 1)))
    # A vertex takes 16 to 32 bytes, a record some 60 besides; the exact count follows when they are read.
    if sum(index[1::2]) * 2 > 32 * max_vertices + 64 * len(types):
        raise Refused(f"holds more than {max_vertices:,} vertices", hint="simplify it, or cut it to the municipality")
    if dbf is not None:
        _check_table(dbf, len(types), warnings)
    return Records(types, tuple(dict.fromkeys(warnings)))


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


def _record(file: BinaryIO, number: int, index: array[int], size: int, warnings: list[str]) -> int:
    """The shape type of a record; raises Refused where it does not lie in the file."""
    offset, length = index[2 * number - 2] * 2, index[2 * number - 1] * 2
    if offset < _HEADER or length < 4 or offset + 8 + length > size:
        raise Refused(f"feature {number} lies outside the .shp, which is cut off or damaged", hint=_FETCH)
    file.seek(offset)
    words: int = struct.unpack(">ii", file.read(8))[1]
    kind: int = struct.unpack("<i", file.read(4))[0]
    if words * 2 != length:
        warnings.append("records of the .shp declare other lengths than its index; the index is followed")
    if kind == _MULTIPATCH:
        raise Refused(f"feature {number} is a 3-D body (MultiPatch)", hint="export its outline as an area")
    if kind not in _FLAT | _WITH_HEIGHT | _WITH_MEASURE:
        raise Refused(f"feature {number} has the unknown shape type {kind}", hint=_FETCH)
    if kind in _WITH_HEIGHT | _WITH_MEASURE:
        warnings.append("heights or measures were left out, the map is flat")
    return kind


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
