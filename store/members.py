"""The members that share the collecting of a site: who holds which number, and who looks after the session of another."""

from __future__ import annotations

import psycopg

from store import statements
from store.connection import Connection, Pool, patient, store_error
from store.part import Part

_SQL = statements.load("members")
_MEMBER, _ADOPTION = 1, 2
_HIGH = 0x59756B00
"""The upper half of the keys of these locks, plus what is locked; the lower is the site and the member."""


class Hold:
    """A lock of the database session, on a connection of its own; it ends with the process, however that ends.

    A host that is lost without a word loses its locks after half a minute, not after the two hours of the system.
    """

    def __init__(self, pool: Pool, key: int, doing: str) -> None:
        assert isinstance(pool.conninfo, str)
        self._dsn = pool.conninfo
        self._key = key
        self._doing = doing
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Whether it is held now, still or anew; False where another has it. Raises StoreError where it cannot be asked."""
        try:
            if self._connection is not None:
                self._connection.execute("select 1")
                return True
        except psycopg.Error:
            self.close()
        return self._taken()

    def close(self) -> None:
        """Let another have it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _taken(self) -> bool:
        connection: Connection | None = None
        try:
            connection = psycopg.connect(patient(self._dsn), autocommit=True, prepare_threshold=None)
            connection.execute(_SQL["notice_a_lost_host"])
            row = connection.execute(_SQL["try_lock"], {"key": self._key}).fetchone()
        except psycopg.Error as error:
            if connection is not None:
                connection.close()
            raise store_error(self._doing, error) from error
        if row is not None and row[0]:
            self._connection = connection
            return True
        connection.close()
        return False


class Members(Part):
    """Locks of the members of a site. ``site`` is the store's number of the site, ``member`` 1 to 255."""

    def membership(self, site: int, member: int) -> Hold:
        """The lock a member holds as long as it works: nobody else has its number."""
        return Hold(self._pool, _key(_MEMBER, site, member), f"take the place of member {member}")

    def adoption(self, site: int, member: int) -> Hold:
        """The lock of whoever looks after the session of a member that is silent."""
        return Hold(self._pool, _key(_ADOPTION, site, member), f"look after the session of member {member}")

    def holder(self, site: int, member: int) -> int | None:
        """Who works as this member: the number of its session of the database, None where nobody does."""
        with self._transaction(f"look who is member {member}") as connection:
            row = connection.execute(_SQL["holder"], {"key": _key(_MEMBER, site, member)}).fetchone()
        return None if row is None else int(row[0])

    def dismiss(self, site: int, process: str, member: str) -> None:
        """Forget the last word of a member that will not come back."""
        with self._transaction(f"dismiss {process} {member}") as connection:
            connection.execute(_SQL["dismiss"], {"site": site, "process": process, "member": member})


def _key(kind: int, site: int, member: int) -> int:
    return (_HIGH + kind) << 32 | (site & 0xFFFFFF) << 8 | member
