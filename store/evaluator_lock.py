"""The lock of the evaluator: at most one process of a site may judge and write."""

from __future__ import annotations

from store.connection import Pool
from store.site_lock import SiteLock

_LOCK_CLASS = 0x59756B69  # "Yuki"; the second number of the key is the site's


class EvaluatorLock(SiteLock):
    """Held by the evaluator of a site while it works."""

    def __init__(self, pool: Pool, site_no: int) -> None:
        super().__init__(
            pool,
            (_LOCK_CLASS, site_no),
            who="evaluator",
            hint="stop it first: two of them would send everything twice",
        )
