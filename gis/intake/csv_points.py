"""CSV with coordinates: a point a row; with mesh codes instead, a square a row. Which column is what is told by the header, never by the numbers.

Columns X and Y of a plane system are the one exception: surveyors put X to the north, GIS desktops to the east, and
only one of the two lies in the municipality. Which one it was is always said.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from gis.intake import limits
from gis.intake.csv_squares import Geometry, Row, mesh_column, square, state_mesh_crs, without_labels
from gis.intake.cut import box_of_geometry, cut_of
from gis.intake.encodings import Encoding, choose, require_sound
from gis.intake.names import safe_names
from gis.intake.refused import Refused
from gis.intake.source import Source, Task, compact, feature_line

_EAST = ("経度", "東経", "longitude", "lon", "lng", "long", "経度(10進)", "経度(度)", "世界測地系経度")
_NORTH = ("緯度", "北緯", "latitude", "lat", "緯度(10進)", "緯度(度)", "世界測地系緯度")
_X = ("x", "x座標", "x_coord", "point_x")
_Y = ("y", "y座標", "y_coord", "point_y")
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{0,15})?", re.ASCII)
Place = Callable[[Row], Geometry | None]
_AS_UTF8 = "in Excel save it as “CSV UTF-8 (comma delimited)”"


@dataclass(frozen=True, slots=True)
class _Columns:
    """The places of the two coordinates in a row; ``plane`` where they are called X and Y."""

    east: int
    north: int
    plane: bool


def read_csv(content: bytes, task: Task) -> Source:
    """The rows of a CSV file as points or squares; raises Refused, with the row, for what cannot be read."""
    body = content.removeprefix(b"\xef\xbb\xbf")
    encoding = _encoding(content, body, task)
    header, rows = _table(body.decode(encoding.name))
    source = Source(format="CSV", driver="own reader", lines=(), encoding=encoding.name, encoding_from=encoding.found)
    require_sound(header, (cell for _, cells in rows for cell in cells), encoding)
    header, rows, place = _placed(header, rows, task, source)
    rows = _near(rows, place, task, source)
    if len(rows) > task.max_features:
        raise Refused(
            f"holds {len(rows):,} rows, more than {task.max_features:,}", hint="cut it to the municipality (--cut)"
        )
    source.names = safe_names(header, source.warnings)
    source.lines = _lines(rows, source.names, place)
    return source


def _placed(header: list[str], rows: list[Row], task: Task, source: Source) -> tuple[list[str], list[Row], Place]:
    """The header and rows of data, and the way from a row to its geometry."""
    columns = _columns(header)
    if columns is not None:
        turned = _turned(columns, rows, task, source) if columns.plane else columns
        return header, rows, partial(_point, header=header, columns=turned)
    mesh = mesh_column(header)
    if mesh is None:
        raise _nowhere(header)
    header, rows = without_labels(header, rows, mesh, source)
    state_mesh_crs(task, source)
    return header, rows, partial(square, header=header, place=mesh)


def _near(rows: list[Row], place: Place, task: Task, source: Source) -> list[Row]:
    cut = cut_of(task, source.crs)
    if cut is None:
        return rows
    kept = [row for row in rows if cut.keeps(box_of_geometry(place(row)))]
    cut.require_any()
    source.left_out = cut.left_out
    return kept


def _encoding(content: bytes, body: bytes, task: Task) -> Encoding:
    if task.encoding is None and content != body:
        return Encoding("utf-8", "byte order mark")
    lines = body.split(b"\n")
    encoding = choose([body] if task.encoding else lines, cpg=None, stated=task.encoding)
    try:
        body.decode(encoding.name)
    except UnicodeDecodeError as error:
        raise Refused(f"byte {error.start} is not {encoding.name}", hint=_AS_UTF8) from error
    return Encoding(encoding.name, encoding.found.replace("no .cpg", "no byte order mark"))


def _table(text: str) -> tuple[list[str], list[Row]]:
    """The header, and the rows that hold anything with the line they end on."""
    csv.field_size_limit(limits.CSV_CELL)
    first = text.partition("\n")[0]
    separator = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    try:
        rows.extend((reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells))
    except csv.Error as error:
        raise Refused(f"line {reader.line_num}: {error}", hint="is a double quote left open?") from error
    header = [cell.strip() for cell in rows[0][1]] if rows else []
    if len(rows) < 2:
        raise Refused("holds no row below its header", hint="an empty layer would look like “none here”; check it")
    for line, cells in rows[1:]:
        if any(cell.strip() for cell in cells[len(header) :]):
            raise Refused(f"line {line} has more cells than the header", hint='text with a comma stands in quotes "…"')
    return header, rows[1:]


def _columns(header: list[str]) -> _Columns | None:
    """The columns of coordinates; None where there are none."""
    plain = [unicodedata.normalize("NFKC", name).strip().lower() for name in header]
    for east, north, plane in ((_EAST, _NORTH, False), (_X, _Y, True)):
        places = [[place for place, name in enumerate(plain) if name in known] for known in (east, north)]
        if any(len(found) > 1 for found in places):
            raise Refused("has several columns of coordinates", hint="leave one 緯度 and one 経度 column")
        if all(places):
            return _Columns(places[0][0], places[1][0], plane)
    return None


def _nowhere(header: list[str]) -> Refused:
    return Refused(
        f"has no columns of coordinates (it has: {', '.join(header)[:200]})",
        hint="name them 緯度 and 経度 (lat, lon), or X and Y, or give mesh codes as メッシュコード; "
        "addresses alone cannot be placed",
    )


def _turned(columns: _Columns, rows: list[Row], task: Task, source: Source) -> _Columns:
    """X and Y the way round that lies in the site, said openly; as a GIS desktop has it where that does not decide."""
    turned = _Columns(columns.north, columns.east, plane=True)
    if task.plane_box is None:
        return columns
    inside = [sum(_inside(cells, way, task.plane_box) for _, cells in rows) for way in (columns, turned)]
    if inside[1] > inside[0]:
        source.warnings.append("X is taken as north and Y as east, as surveyors do: so the points lie in the site")
        return turned
    source.warnings.append("X is taken as east and Y as north, as GIS desktops do")
    return columns


def _inside(cells: list[str], columns: _Columns, box: tuple[float, float, float, float]) -> bool:
    try:
        east, north = float(cells[columns.east]), float(cells[columns.north])
    except (ValueError, IndexError):
        return False
    return box[0] <= east <= box[2] and box[1] <= north <= box[3]


def _lines(rows: list[Row], names: list[str], place: Place) -> Iterator[str]:
    for row in rows:
        cells = row[1] + [""] * (len(names) - len(row[1]))
        yield feature_line(dict(zip(names, (cell.strip() for cell in cells), strict=False)), compact(place(row)))


def _point(row: Row, *, header: list[str], columns: _Columns) -> Geometry | None:
    """The point of a row, None where both coordinates are blank."""
    line, cells = row
    filled = cells + [""] * (len(header) - len(cells))
    east = _number(filled[columns.east], line, header[columns.east])
    north = _number(filled[columns.north], line, header[columns.north])
    if (east is None) != (north is None):
        raise Refused(f"line {line}: one of the two coordinates is missing", hint="fill in both, or neither")
    return None if east is None else {"type": "Point", "coordinates": [east, north]}


def _number(cell: str, line: int, name: str) -> float | None:
    value = cell.strip()
    if not value:
        return None
    if not _NUMBER.fullmatch(value):
        raise Refused(
            f"line {line}: {name} is {value[:30]!r}, not a decimal number",
            hint="write degrees as 38.608681 with half-width digits, not as 38°36′31″",
        )
    return float(value)
