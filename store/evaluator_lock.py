"""The lock of the evaluator: at most one process of a site may judge and write."""

from __future__ import annotations

import psycopg

from store import statements
from store.connection import Connection, Pool, store_error
from store.site_lock import SiteLock

_SQL = statements.load("alerts")
_LOCK_CLASS = 0x59756B69  # "Yuki"; the second number of the key is the site's


class EvaluatorLock(SiteLock):
    """Held by the evaluator of a site while it works.

    ``number`` grows with each taking: what is written under an older one is refused (``Evaluation.fence``).
    """

    def __init__(self, pool: Pool, site_no: int) -> None:
        self.number: int | None = None
        self._site_no = site_no
        super().__init__(
            pool,
            (_LOCK_CLASS, site_no),
            who="evaluator",
            hint="stop it first: two of them would send everything twice",
        )

    def _take(self) -> Connection:
        connection = super()._take()
        try:
            row = connection.execute(_SQL["next_fence"], {"site": self._site_no}).fetchone()
        except psycopg.Error as error:
            connection.close()
            raise store_error("number the evaluator", error) from error
        self.number = None if row is None else row[0]
        return connection
