"""CSV for spreadsheets and programs alike: RFC 4180, UTF-8 with BOM, and no cell that runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# What Excel, LibreOffice and Google Sheets take for the start of a formula, full-width forms too (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | float | bool | None
"""A cell: numbers stay numbers (−3.5 too), None is an empty cell, True and False are 1 and 0."""


def neutral(text: str) -> str:
    """Text a spreadsheet will not run as a formula: such a start gets a leading apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The table as UTF-8 with BOM, lines ended by CR LF, texts made neutral. A number that is not finite is empty."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([neutral(name) for name in head])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _cell(value: Cell) -> str | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return neutral(value)
    return value if float("-inf") < value < float("inf") else ""
