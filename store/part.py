"""What the parts of the store have in common: the pool they work with, and transactions that speak our errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from store.connection import Connection, Pool, translated


class Part:
    """A part of the store. Each public method is one transaction unless it says otherwise, and may raise StoreError."""

    def __init__(self, pool: Pool, flavour: str) -> None:
        self._pool = pool
        self._flavour = flavour

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[Connection]:
        with translated(doing), self._pool.connection() as connection:
            yield connection
