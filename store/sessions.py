"""Sessions of the console, and the failures that lock a name or an address; tokens and names are kept as digests only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from store import statements
from store.accounts import Account, account_of
from store.append import storable
from store.part import Part

_SQL = statements.load("accounts")
LONGEST_AGENT = 200
MOST_FAILURES = 20_000
SEEN_EVERY = timedelta(seconds=30)
"""So often, at most, a session's last use is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session; ``second_factor_at`` is when a code was last given in it."""

    number: int
    opened_at: datetime
    seen_at: datetime
    second_factor_at: datetime | None
    address: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """Which sessions live: used after ``seen_after``, opened after ``opened_after``."""

    seen_after: datetime
    opened_after: datetime

    def values(self) -> dict[str, datetime]:
        """The two as parameters."""
        return {"seen_after": self.seen_after, "opened_after": self.opened_after}


class Sessions(Part):
    """The sessions of all servers: whatever one of them ends is over for every other at its next question."""

    def open(
        self,
        account: UUID,
        digest: bytes,
        at: datetime,
        *,
        second_factor_at: datetime | None,
        address: str,
        agent: str,
        alive: Alive,
    ) -> int:
        """Open a session under the digest of its token, and clear away those nobody can use; its number."""
        values = {
            "account": account,
            "digest": digest,
            "at": at,
            "second_factor_at": second_factor_at,
            "address": storable(address),
            "agent": storable(agent)[:LONGEST_AGENT],
        }
        with self._transaction("open a session") as connection:
            connection.execute(_SQL["forget_sessions"], alive.values())
            row = connection.execute(_SQL["open_session"], values).fetchone()
        assert row is not None
        number: int = row[0]
        return number

    def find(self, site: int, digest: bytes, at: datetime, alive: Alive) -> tuple[Session, Account] | None:
        """The session and whose it is, its use noted; None for one that is over, or of a disabled or another site's account."""
        values = {"site": site, "digest": digest, **alive.values()}
        with self._transaction("read a session") as connection:
            row = connection.execute(_SQL["session"], values).fetchone()
            if row is None:
                return None
            if at - row[2] >= SEEN_EVERY:
                connection.execute(_SQL["touch_session"], {"digest": digest, "at": at})
        return _session(row[:6]), account_of(row[6:])

    def confirm(self, digest: bytes, at: datetime) -> None:
        """Note that a code of the second factor was given in a session."""
        with self._transaction("note a code") as connection:
            connection.execute(_SQL["confirm_session"], {"digest": digest, "at": at})

    def of(self, account: UUID, alive: Alive) -> list[Session]:
        """The sessions of an account that live, the newest first."""
        with self._transaction("read the sessions of an account") as connection:
            rows = connection.execute(_SQL["sessions"], {"account": account, **alive.values()}).fetchall()
        return [_session(row) for row in rows]

    def end(self, digest: bytes) -> bool:
        """End a session; whether there was one."""
        with self._transaction("end a session") as connection:
            return connection.execute(_SQL["end_session"], {"digest": digest}).rowcount > 0

    def end_of(self, account: UUID, *, number: int | None = None, but: bytes | None = None) -> int:
        """End the sessions of an account, or one of them, or all but one; how many."""
        with self._transaction("end the sessions of an account") as connection:
            values = {"account": account, "no": number, "but": but}
            return connection.execute(_SQL["end_sessions"], values).rowcount

    def try_(
        self, subject: bytes, at: datetime, delays: Sequence[timedelta], forget_after: timedelta
    ) -> datetime | None:
        """Count an attempt as failed, before it is looked at, so that many at once gain nothing; None where it may go on.

        ``delays`` are the waits after the first, second … failure, the last for all further ones. A time: until then
        nothing may be tried, and the attempt did not count.
        """
        values = {"subject": subject, "at": at, "delays": list(delays), "forget_before": at - forget_after}
        with self._transaction("count an attempt") as connection:
            connection.execute(_SQL["forget_failures"], {**values, "most": MOST_FAILURES})
            if connection.execute(_SQL["try"], values).fetchone() is not None:
                return None
            row = connection.execute(_SQL["locked_until"], values).fetchone()
        return at if row is None else row[0]

    def failures(self, subject: bytes) -> tuple[int, datetime] | None:
        """How often something failed and until when it is locked; None where nothing failed."""
        with self._transaction("read failures") as connection:
            row = connection.execute(_SQL["locked_until"], {"subject": subject}).fetchone()
        return None if row is None else (row[1], row[0])

    def take_back(self, subject: bytes) -> None:
        """Let the newest attempt not count."""
        with self._transaction("take an attempt back") as connection:
            connection.execute(_SQL["take_back"], {"subject": subject})

    def forgive(self, subject: bytes) -> bool:
        """Forget the failures; whether there were any."""
        with self._transaction("forget failures") as connection:
            return connection.execute(_SQL["forgive"], {"subject": subject}).rowcount > 0


def _session(row: Sequence[Any]) -> Session:
    number, opened_at, seen_at, second_factor_at, address, agent = row
    return Session(
        number=number,
        opened_at=opened_at,
        seen_at=seen_at,
        second_factor_at=second_factor_at,
        address=address,
        agent=agent,
    )
