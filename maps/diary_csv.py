"""A work diary as CSV: the tables one under the other, as a spreadsheet opens them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from core.csv_text import Cell, csv_bytes
from maps.diary_form import DiaryContent, Row, Table, Value


def diary_csv(content: DiaryContent) -> bytes:
    """The diary as UTF-8 with BOM; times ``YYYY-MM-DD HH:MM:SS`` in the site's zone, spans ``H:MM:SS``, lengths in metres."""
    return csv_bytes([content.title, content.warning], _rows(content))


def _rows(content: DiaryContent) -> Iterator[Sequence[Cell]]:
    yield from (list(fact) for fact in content.facts)
    for table in content.tables:
        yield []
        yield from _table(table)
    yield []
    yield from ([note] for note in content.notes)
    yield from (list(line) for line in content.seal)


def _table(table: Table) -> Iterator[Sequence[Cell]]:
    yield [table.title]
    if not table.rows:
        yield [table.empty]
        return
    yield [column.label for column in table.columns]
    yield from (_cells(row) for row in table.rows)
    if table.total is not None:
        yield _cells(table.total)


def _cells(row: Row) -> list[Cell]:
    return [_cell(value) for value in row]


def _cell(value: Value) -> Cell:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return value
