"""Tables by standard grid square (地域メッシュ) without coordinates, as e-Stat hands them out: a square a row.

e-Stat's tables have a second header, the names of the columns in words. It is taken off, and the column it calls the
number of all persons goes by that name, since the codes of tables change with every census.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from gis.intake.refused import Refused
from gis.intake.source import Source, Task, named_crs
from gis.mesh_square import MESH_NAMES, mesh_code, mesh_square

Row = tuple[int, list[str]]
"""The line a row ends on, and its cells."""
Geometry = dict[str, Any]

_SMALL_AREA = frozenset({"hyosyo", "cityname", "pref", "city", "s_area"})
"""Columns of e-Stat's tables by 町丁・字等, whose KEY_CODE is no mesh code."""
_ALL_PERSONS = ("人口(総数)", "人口総数", "総人口")
_TABLE_COLUMN = re.compile(r"T\d{9}", re.ASCII)
_SYSTEMS = {"EPSG:6668": "JGD2011", "EPSG:4612": "JGD2000", "EPSG:4301": "Tokyo Datum", "EPSG:4326": "WGS 84"}


def mesh_column(header: list[str]) -> int | None:
    """The place of the column of mesh codes; None where there is none, or the table is one by other areas."""
    plain = [_plain(name) for name in header]
    if _SMALL_AREA & set(plain):
        return None
    known = {_plain(name) for name in MESH_NAMES}
    return next((place for place, name in enumerate(plain) if name in known), None)


def state_mesh_crs(task: Task, source: Source) -> None:
    """Sets the system of the squares: the stated one, which must be of degrees, else JGD2011 with a warning."""
    if task.crs is not None and task.crs not in _SYSTEMS:
        raise Refused(
            f"has mesh codes, which are degrees, and --crs says {task.crs}",
            hint="leave --crs out, or state EPSG:4612 (JGD2000) or EPSG:4301 (Tokyo Datum, 旧測地系)",
        )
    source.crs = named_crs(task.crs or "EPSG:6668")
    source.crs_from = "stated by --crs" if task.crs else "mesh codes (JIS X 0410)"
    if task.crs is None:
        source.warnings.append(
            "mesh codes are taken for those of JGD2011 (世界測地系); where the table is on Tokyo Datum (旧測地系) "
            "state --crs EPSG:4301"
        )


def without_labels(header: list[str], rows: list[Row], mesh: int, source: Source) -> tuple[list[str], list[Row]]:
    """The header and the rows without the second header, where there is one: a first row with words but no code."""
    labels = rows[0][1] + [""] * (len(header) - len(rows[0][1]))
    words = [label for label, name in zip(labels, header, strict=False) if _TABLE_COLUMN.fullmatch(name)]
    if labels[mesh].strip() or not words or not all(word.strip() for word in words):
        return header, rows
    if len(rows) < 2:
        raise Refused("holds no row below its headers", hint="an empty layer would look like “none here”; check it")
    named = list(header)
    for place, label in enumerate(labels[: len(header)]):
        called = "".join(unicodedata.normalize("NFKC", label).split())
        if called in _ALL_PERSONS and called not in named:
            source.warnings.append(
                f"property {header[place]!r} is named {called!r} here, as its second header calls it"
            )
            named[place] = called
    return named, rows[1:]


def square(row: Row, *, header: list[str], place: int) -> Geometry:
    """The square of a row; raises Refused, with the line, where its code is none."""
    line, cells = row
    written = cells[place] if place < len(cells) else ""
    try:
        west, south, east, north = mesh_square(mesh_code(written))
    except ValueError as error:
        raise Refused(
            f"line {line}: {header[place]}: {error}",
            hint="write the code with all its digits; Excel turns long ones into 5.74E+08: format the column as text",
        ) from error
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [[[round(x, 9), round(y, 9)] for x, y in ring]]}


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().lower()
