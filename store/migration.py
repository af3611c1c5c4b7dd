"""Numbered migrations in two flavours: TimescaleDB where the server has it, plain PostgreSQL elsewhere.

``NNNN_name.sql`` is for both, ``NNNN_name.plain.sql`` and ``NNNN_name.timescale.sql`` for one. The
flavour is chosen at the first migration of a database and stays.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg

from core.errors import StartError
from store.connection import Connection, connect, translated
from store.statements import literal

PLAIN, TIMESCALE = "plain", "timescale"
_FOLDER = Path(__file__).parent / "migrations"
_NAME = re.compile(r"\d{4}_[a-z0-9_]+(\.(plain|timescale))?")


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file; ``name`` is what the database records."""

    name: str
    sql: LiteralString


def migrate(dsn: str, *, only: Collection[str] | None = None) -> list[str]:
    """Bring the schema up to date; the names of the migrations applied, empty where there was nothing to do.

    ``only`` are names without flavour, and bring it no further than these.

    Each migration is one transaction, so a cut one leaves no trace and the next call goes on there. A lock
    lets one process at a time work. Raises StartError where the schema is newer than this program or the
    server cannot be reached, StoreError where a migration fails.
    """
    with connect(dsn) as connection, translated("migrate the database"):
        connection.autocommit = True
        connection.execute("select pg_advisory_lock(hashtext('yukimori migrate'))")
        try:
            return _apply_missing(connection, only)
        finally:
            if not connection.closed:
                connection.execute("select pg_advisory_unlock_all()")


def flavour(connection: Connection) -> str:
    """``plain`` or ``timescale``; raises StartError unless the schema is exactly this program's."""
    applied = _applied(connection)
    found = _recorded_flavour(applied)
    if found is None or [migration.name for migration in migrations(found)] != applied:
        _refuse_newer(applied)
        raise StartError("the database has no schema, or an older one", hint="run `yukimori migrate`")
    return found


def migrations(wanted: str) -> list[Migration]:
    """The migrations of a flavour in order. Text from our own files counts as literal."""
    other = {PLAIN: f".{TIMESCALE}", TIMESCALE: f".{PLAIN}"}[wanted]
    names = sorted(path.stem for path in _FOLDER.glob("*.sql") if not path.stem.endswith(other))
    return [Migration(name, _text(name)) for name in names]


def schema_of(connection: Connection) -> list[str]:
    """The names of the migrations a database has, without flavour; none in an empty one."""
    return [without_flavour(name) for name in _applied(connection)]


def flavour_of(connection: Connection) -> str | None:
    """``plain`` or ``timescale`` as the schema says, however old it is; None where there is none."""
    return _recorded_flavour(_applied(connection))


def schema_known() -> list[str]:
    """The names of all migrations of this program, without flavour."""
    return [without_flavour(migration.name) for migration in migrations(PLAIN)]


def without_flavour(name: str) -> str:
    """The name both flavours of a migration share."""
    return name.removesuffix(f".{PLAIN}").removesuffix(f".{TIMESCALE}")


def _text(name: str) -> LiteralString:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of a migration: {name}")
    return literal((_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))


def _apply_missing(connection: Connection, only: Collection[str] | None) -> list[str]:
    applied = _applied(connection)
    _refuse_newer(applied)
    wanted = _recorded_flavour(applied) or _choose_flavour(connection)
    missing = [
        migration
        for migration in migrations(wanted)
        if migration.name not in applied and (only is None or without_flavour(migration.name) in only)
    ]
    for migration in missing:
        with connection.transaction():
            connection.execute(
                "create table if not exists schema_migration"
                " (name text primary key, applied_at timestamptz not null default now())"
            )
            connection.execute(migration.sql)
            connection.execute("insert into schema_migration (name) values (%s)", [migration.name])
    return [migration.name for migration in missing]


def _applied(connection: Connection) -> list[str]:
    """The names recorded, oldest first; none in an empty database."""
    known = connection.execute("select to_regclass('schema_migration') is not null").fetchone()
    if known is None or not known[0]:
        return []
    return [name for (name,) in connection.execute("select name from schema_migration order by name")]


def _recorded_flavour(applied: list[str]) -> str | None:
    for name in applied:
        for each in (PLAIN, TIMESCALE):
            if name.endswith(f".{each}"):
                return each
    return None


def _refuse_newer(applied: list[str]) -> None:
    known = {migration.name for each in (PLAIN, TIMESCALE) for migration in migrations(each)}
    unknown = [name for name in applied if name not in known]
    if unknown:
        raise StartError(
            f"the database schema is newer than this program: it has {', '.join(unknown)}",
            hint="install the newer Yukimori, or restore a backup made before the upgrade",
        )


def _choose_flavour(connection: Connection) -> str:
    """TimescaleDB where it is loaded with its community features (columnstore, aggregates, policies)."""
    offered = connection.execute("select 1 from pg_available_extensions where name = 'timescaledb'").fetchone()
    if offered is None:
        return PLAIN
    try:
        connection.execute("create extension if not exists timescaledb")
    except psycopg.Error as error:
        raise StartError(
            f"TimescaleDB is installed but cannot be used: {' '.join(str(error).split())}",
            hint="add timescaledb to shared_preload_libraries and restart the server, as a role that may create extensions",
        ) from error
    licence = connection.execute("select current_setting('timescaledb.license')").fetchone()
    return TIMESCALE if licence == ("timescale",) else PLAIN
