"""What the papers of a work diary are made of, whatever they are written on: tables of typed cells, facts, notes, seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

Value = str | float | timedelta | datetime | None
"""A cell: text, a number, a span of time, an instant (aware, in the site's zone), or nothing."""

Row = tuple[Value, ...]


class Form(Enum):
    """How a column is written."""

    TEXT = "text"
    NUMBER = "number"
    METRES = "metres"
    SPAN = "span"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The head of a column; ``share`` is its part of the width of the paper."""

    label: str
    form: Form = Form.TEXT
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its title; where it has no row ``empty`` is said. ``total`` stands below it."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str
    total: Row | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiaryContent:
    """Everything a diary says. ``facts`` are label and value, ``signatures`` who signs by hand, ``seal`` what makes it verifiable."""

    title: str
    warning: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    seal: tuple[tuple[str, str], ...]
    signatures: tuple[str, ...]
    page: str
    digest: str
    made_at: datetime
