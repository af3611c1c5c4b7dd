"""Append, read, migrate: everything Yukimori remembers, in one PostgreSQL; rows are in ``store.rows``."""

from store.database import Store, open_store
from store.migration import migrate

__all__ = ["Store", "migrate", "open_store"]
