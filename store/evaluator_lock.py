"""The lock of the evaluator: at most one process of a site may judge and write."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import psycopg

from core.errors import StartError
from store.connection import Connection, Pool, store_error

_LOCK_CLASS = 0x59756B69  # "Yuki"; the second number of the key is the site's


class EvaluatorLock:
    """A lock of the database session, on a connection of its own; it ends with the process, however that ends."""

    def __init__(self, pool: Pool, site_no: int) -> None:
        assert isinstance(pool.conninfo, str)
        self._dsn = pool.conninfo
        self._site_no = site_no
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
        """Let another process have it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _take(self) -> Connection:
        try:
            connection = psycopg.connect(self._dsn, autocommit=True, prepare_threshold=None, connect_timeout=10)
            row = connection.execute("select pg_try_advisory_lock(%s, %s)", (_LOCK_CLASS, self._site_no)).fetchone()
        except psycopg.Error as error:
            raise store_error("take the evaluator's lock", error) from error
        if row is not None and row[0]:
            return connection
        connection.close()
        raise StartError(
            "another evaluator is at work for this site", hint="stop it first: two of them would send everything twice"
        )

    def __enter__(self) -> Self:
        self.ensure()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
