"""What a whole copy of the database consists of: its tables, in an order in which they can be filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import LiteralString

from psycopg import sql

from store import statements
from store.connection import Connection

_SQL = statements.load("backup")
READINGS = ("observation", "vehicle_position")
"""The tables that are cut into partitions by time."""
LEFT_OUT = frozenset(
    {
        "schema_migration",  # the manifest names the schema
        *("summary_10m", "summary_1h", "summary_1d", "summary_state", "summary_rebuild"),  # reckoned from the rows
        *("observation_touched", "position_touched", "retention_run"),  # of one cluster and one moment
        *("account_session", "sign_in_failure"),  # nobody is signed in by a backup
    }
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the columns a backup has, and ``zeroed`` those that count transactions of one cluster and must be given."""

    name: str
    columns: list[str]
    zeroed: list[str]


def tables(connection: Connection) -> dict[str, Table]:
    """The tables a backup has, each after those it refers to."""
    found = {name: Table(name, columns, zeroed) for name, columns, zeroed in connection.execute(_SQL["tables"])}
    needed: dict[str, set[str]] = {name: set() for name in found}
    for child, parent in connection.execute(_SQL["references"]):
        needed[child].add(parent)
    ordered = TopologicalSorter({name: sorted(needed[name]) for name in sorted(needed)}).static_order()
    return {name: found[name] for name in ordered if name not in LEFT_OUT}


def sequences(connection: Connection) -> dict[str, int | None]:
    """The last number each sequence gave out."""
    return dict(connection.execute(_SQL["sequences"]).fetchall())


def composed(statement: LiteralString, **parts: sql.Composable) -> sql.Composed:
    """A statement with names from the catalogue in the places of its braces."""
    return sql.SQL(statement).format(**parts)


def names(columns: list[str]) -> sql.Composed:
    """Names of columns, quoted, with commas between them."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def missing_in(known: Mapping[str, Table], wanted: Mapping[str, list[str]]) -> list[str]:
    """The tables and columns of ``wanted`` that are not known."""
    strange = [name for name in wanted if name not in known]
    strange += [
        f"{name}.{column}"
        for name, columns in wanted.items()
        if name in known
        for column in columns
        if column not in known[name].columns
    ]
    return strange
