"""Locks that let one process of a kind work for a site: the evaluator, the judge."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Self

import psycopg

from core.errors import StartError
from store.connection import Connection, Pool, store_error


class SiteLock:
    """A lock of the database session, on a connection of its own; it ends with the process, however that ends."""

    def __init__(self, pool: Pool, key: tuple[int, int], *, who: str, hint: str) -> None:
        assert isinstance(pool.conninfo, str)
        self._dsn = pool.conninfo
        self._key = key
        self._who = who
        self._hint = hint
        self._connection: Connection | None = None

    def ensure(self) -> bool:
        """Whether the lock was held without a break; where the connection was lost it is taken anew.

        Raises StartError where another process holds it, StoreError where the database is away.
        """
        try:
            if self._connection is not None:
                self._connection.execute("select 1")
                return True
        except psycopg.Error:
            self.close()
        self._connection = self._take()
        return False

    def close(self) -> None:
        """Let another process have it, at once: the server notices the end of a connection only some time later."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.execute("select pg_advisory_unlock(%s, %s)", self._key)
            connection.close()

    def _take(self) -> Connection:
        try:
            connection = psycopg.connect(self._dsn, autocommit=True, prepare_threshold=None, connect_timeout=10)
            row = connection.execute("select pg_try_advisory_lock(%s, %s)", self._key).fetchone()
        except psycopg.Error as error:
            raise store_error(f"take the lock of the {self._who}", error) from error
        if row is not None and row[0]:
            return connection
        connection.close()
        raise StartError(f"another {self._who} is at work for this site", hint=self._hint)

    def __enter__(self) -> Self:
        self.ensure()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
