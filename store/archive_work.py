"""A month of a site on its way to the archive or back: what both ways have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.errors import StoreError
from store import month_rows, statements
from store.archiving import ArchiveEntry, Place, Progress
from store.connection import Connection
from store.months import SCHEMA_VERSION, Key, Kind, month_bounds, relative_path
from store.parquet_months import MonthFile

_SQL = statements.load("archiving")
_RETENTION = statements.load("retention")
TABLES = {"observations": "observation", "positions": "vehicle_position"}


@dataclass(slots=True)
class Archived:
    """What became of a month: ``rows`` are in the file now, ``deleted`` left the database.

    ``added`` of them are new in the file, ``conflicts`` were kept apart because the file has another value for their time.
    """

    kind: str
    month: date
    file: Path
    rows: int = 0
    size: int = 0
    added: int = 0
    deleted: int = 0
    conflicts: int = 0


@dataclass(slots=True)
class Work:
    """A month under way: where, what, which numbers its keys have, and what was found in the database."""

    connection: Connection
    place: Place
    kind: Kind
    month: date
    here_wins: bool
    progress: Progress
    numbers: dict[Key, int] = field(default_factory=dict)
    done: Archived = field(init=False)
    conflicts: list[tuple[int, pa.Table]] = field(default_factory=list)
    changed: bool = False

    def __post_init__(self) -> None:
        self.done = Archived(self.kind.name, self.month, self.path)

    @property
    def path(self) -> Path:
        """The file of the month."""
        return self.place.folder / relative_path(self.kind, self.month, self.place.site_id)

    @property
    def span(self) -> dict[str, Any]:
        """The bounds of the month and the numbers of everything in it, as parameters."""
        since, until = month_bounds(self.month)
        return {"numbers": list(self.numbers.values()), "since": since, "until": until}


def begin(connection: Connection, place: Place, kind: Kind, month: date) -> ArchiveEntry | None:
    """Begin a transaction on a month that sees one state throughout; what the database knows of its file.

    Raises StoreError where another command is at work on the archive of the site.
    """
    connection.execute("set transaction isolation level repeatable read")
    if connection.execute(_SQL["archive_turn"], {"site": place.site}).fetchone() != (True,):
        raise StoreError(
            "another command is at work on the archive of this site", retryable=True, hint="wait until it is done"
        )
    connection.execute(_RETENTION["lift_decompression_limit"])
    values = {"site": place.site, "kind": kind.name, "month": month}
    row = connection.execute(_SQL["archived_month"], values).fetchone()
    return None if row is None else ArchiveEntry(*row)


def numbers_of(connection: Connection, place: Place, kind: Kind) -> dict[Key, int]:
    """The numbers of everything a site has or had, in the order of the files."""
    name = kind.name
    rows = connection.execute(_SQL[f"keys_{name}"], {"site": place.site})
    return {tuple(key): number for number, *key in rows}


def set_aside(work: Work, number: int, table: pa.Table) -> None:
    """Keep rows apart whose time another row has taken."""
    name = work.kind.name
    for columns in month_rows.portions(work.kind, table):
        work.connection.execute(_SQL[f"conflict_{name}"], {**columns, "number": number})


def named(work: Work, found: MonthFile) -> dict[str, Any]:
    """The file of the month as the database notes it."""
    return {
        "site": work.place.site,
        "kind": work.kind.name,
        "month": work.month,
        "file": str(relative_path(work.kind, work.month, work.place.site_id)),
        "schema_version": SCHEMA_VERSION,
        "row_count": found.rows,
        "byte_count": found.size,
        "sha256": found.sha256,
    }
