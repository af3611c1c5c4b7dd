"""Connections to the database, and the one place where driver errors become ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from core.errors import StartError, StoreError

Connection = psycopg.Connection[tuple[Any, ...]]
Pool = ConnectionPool[Connection]

# Class or code of an SQLSTATE (PostgreSQL, Appendix A): may time heal it, and what to do next.
_RETRYABLE = ("08", "40", "53", "55P03", "57", "58", "25006")
_WRONG_DEPLOYMENT = ("28", "3D", "3F", "42")
_DATA = ("22", "23")
# A server that vanishes without a word (power, network) is noticed in half a minute; left alone, Linux waits two hours.
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_DECOMPRESSION_LIMIT = "53400"


def patient(dsn: str) -> str:
    """The address with our patience for a silent server, where it states none itself.

    Raises psycopg.ProgrammingError for what is no address.
    """
    return make_conninfo("", **{**_PATIENCE, **conninfo_to_dict(dsn)})


def prepare(connection: Connection) -> None:
    """Put a fresh connection into the state every statement counts on."""
    # Behind a proxy the session may be older than the connection and still hold prepared statements.
    connection.execute("deallocate all")
    connection.execute("set timezone to 'UTC'")
    connection.commit()


def connect(dsn: str, timeout_s: float = 10.0) -> Connection:
    """One connection outside a pool; raises StartError with the server's reason where none is to be had."""
    try:
        address = patient(dsn)
    except psycopg.ProgrammingError:
        raise StartError(
            "DATABASE_URL is not the address of a database",
            hint="write postgresql://user:password@host:5432/name, with % and two digits for a sign like @ : / in it",
        ) from None  # the driver's words have the password in them
    try:
        connection = psycopg.connect(address, connect_timeout=max(2, round(timeout_s)), prepare_threshold=None)
        prepare(connection)
    except psycopg.Error as error:
        raise StartError(
            f"the database cannot be reached: {_one_line(error)}",
            hint="check DATABASE_URL and that the server is running",
        ) from error
    return connection


def open_pool(dsn: str, size: int, timeout_s: float) -> Pool:
    """A pool of up to ``size`` connections that are tested before each use and renewed when broken."""
    pool: Pool = ConnectionPool(
        patient(dsn),
        min_size=1,
        max_size=size,
        open=False,
        configure=prepare,
        check=ConnectionPool.check_connection,
        timeout=timeout_s,
        reconnect_timeout=3.0,  # its pauses double; beginning anew with the next request comes back sooner
        name="yukimori",
    )
    pool.open()
    return pool


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Within it, every driver error leaves as a StoreError that says what was being done."""
    try:
        yield
    except (psycopg.Error, PoolTimeout, PoolClosed) as error:
        raise store_error(doing, error) from error


def store_error(doing: str, error: Exception) -> StoreError:
    """The StoreError for a driver error: its reason in one line, whether to retry, what to do."""
    sqlstate = error.sqlstate if isinstance(error, psycopg.Error) else None
    hint = "run `yukimori migrate`; check DATABASE_URL" if (sqlstate or "").startswith(_WRONG_DEPLOYMENT) else None
    return StoreError(
        f"{doing}: {_one_line(error)}", retryable=_is_retryable(error, sqlstate), sqlstate=sqlstate, hint=hint
    )


def is_data_error(error: Exception) -> bool:
    """Whether the rows are to blame, not the server: then single rows can be told apart."""
    if not isinstance(error, psycopg.Error):
        return isinstance(error, (ValueError, TypeError, OverflowError))  # a value the driver cannot write
    if error.sqlstate is None:
        return isinstance(error, (psycopg.DataError, psycopg.ProgrammingError))
    return error.sqlstate.startswith(_DATA) or error.sqlstate == _DECOMPRESSION_LIMIT


def is_late(error: Exception) -> bool:
    """Whether a row was refused because its time lies deep in compressed data."""
    return isinstance(error, psycopg.Error) and error.sqlstate == _DECOMPRESSION_LIMIT


def _is_retryable(error: Exception, sqlstate: str | None) -> bool:
    """Time may heal connections, locks, disks and what nobody has heard of; never data or a wrong schema."""
    if isinstance(error, PoolClosed):
        return False
    if sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    if sqlstate == _DECOMPRESSION_LIMIT:
        return False
    return sqlstate.startswith(_RETRYABLE) or not sqlstate.startswith((*_DATA, *_WRONG_DEPLOYMENT))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
