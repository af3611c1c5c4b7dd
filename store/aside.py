"""What was set aside: reading it, settling it, and the devices nobody has claimed yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store import statements
from store.connection import Connection
from store.part import Part
from store.rows import Appended, QuarantineRow

_SQL = statements.load("aside")
PAGE = 100
"""How many messages are read at once where all are gone through; a message may have 64 kB."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message in quarantine: its number, its size, and what came of taking it in again.

    ``size`` is that of the whole payload, in bytes; a listed ``message`` may hold only the beginning of it.
    ``attempts`` and ``tried_at`` are 0 and None until a first replay. ``settled_at`` says when nothing of it was refused
    any more, ``outcome`` in words what the last replay made of it.
    """

    number: int
    message: QuarantineRow
    size: int
    attempts: int
    tried_at: datetime | None
    settled_at: datetime | None
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages are meant: all conditions together; None asks nothing. ``since`` is of the arrival."""

    numbers: Sequence[int] | None = None
    reason: str | None = None
    device: str | None = None
    since: datetime | None = None


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent open messages: the same reason, codec, device and topic; ``newest`` are the numbers of the last of them."""

    reason: str
    codec: str
    device: str
    topic: bytes
    messages: int
    first_at: datetime
    last_at: datetime
    newest: tuple[int, ...]


class Aside(Part):
    """Messages in quarantine. ``site`` is the number of the site."""

    def listed(
        self,
        site: int,
        wanted: Wanted = EVERYTHING,
        *,
        limit: int,
        settled: bool | None = None,
        before: int | None = None,
        payload_bytes: int = 65_536,
    ) -> list[SetAside]:
        """The newest messages that fit, newest first; ``settled`` None gives open and settled ones.

        ``before`` goes on below a number; of each payload the first ``payload_bytes`` are read. ``wanted.numbers`` is
        not looked at.
        """
        values = {
            **_values(site, wanted),
            "limit": limit,
            "settled": settled,
            "before": before,
            "payload_bytes": payload_bytes,
        }
        with self._transaction("list what was set aside") as connection:
            return [_set_aside(*row) for row in connection.execute(_SQL["listed"], values)]

    def get(self, site: int, number: int) -> SetAside | None:
        """One message with all its bytes, None where the site has no such number."""
        with self._transaction("read what was set aside") as connection:
            row = connection.execute(_SQL["one"], {"site": site, "number": number}).fetchone()
            return None if row is None else _set_aside(*row)

    def counts(self, site: int) -> dict[str, tuple[int, int]]:
        """By reason how many messages are open, and how many are settled."""
        with self._transaction("count what was set aside") as connection:
            rows = connection.execute(_SQL["counts"], {"site": site})
            return {reason: (still_open, settled) for reason, still_open, settled in rows}

    def newest(self, site: int) -> int:
        """The highest number there is, 0 where nothing was set aside."""
        with self._transaction("read the newest number set aside") as connection:
            return _number(connection, "newest", {"site": site})

    def how_many_open(self, site: int, wanted: Wanted, until: int) -> int:
        """How many open messages fit, of those numbered up to ``until``."""
        with self._transaction("count what is open") as connection:
            return _number(connection, "how_many_open", {**_values(site, wanted), "until": until})

    def still_open(self, site: int, wanted: Wanted, until: int, after: int = 0) -> Iterator[SetAside]:
        """The open messages that fit, numbered above ``after`` and up to ``until``, oldest first, with all their bytes.

        Each page is a transaction of its own: what is settled meanwhile does not come any more.
        """
        values = {**_values(site, wanted), "until": until, "limit": PAGE}
        while True:
            with self._transaction("read what is open") as connection:
                rows = connection.execute(_SQL["open_after"], {**values, "after": after}).fetchall()
            for row in rows:
                yield _set_aside(*row)
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def senders(self, site: int, reasons: Sequence[str], *, most: int, newest: int) -> tuple[list[Sender], int]:
        """Who sent open messages that were set aside for one of ``reasons``, and how many senders there are in all.

        At most ``most`` of them, the busiest first, each with the numbers of its ``newest`` last messages.
        """
        values = {"site": site, "reasons": [*reasons], "most": most, "newest": newest}
        with self._transaction("list who sends what nobody claimed") as connection:
            rows = connection.execute(_SQL["senders"], values).fetchall()
        return [_sender(*row) for row in rows], rows[0][-1] if rows else 0

    def messages(self, site: int, numbers: Sequence[int], *, payload_bytes: int) -> list[SetAside]:
        """These messages, newest first, without those that are larger than ``payload_bytes``."""
        values = {"site": site, "numbers": [*numbers], "payload_bytes": payload_bytes}
        with self._transaction("read messages set aside") as connection:
            return [_set_aside(*row) for row in connection.execute(_SQL["messages"], values)]


def take(connection: Connection, site: int, number: int) -> bool:
    """Whether the message is still open; then nobody else settles it before this transaction ends.

    The disk is not waited for: what a power cut takes back, it takes back whole, and the message is open as before.
    """
    connection.execute(_SQL["ease"])
    return connection.execute(_SQL["take"], {"site": site, "number": number}).fetchone() is not None


def note_try(connection: Connection, number: int, done: Appended, refusal: QuarantineRow | None) -> None:
    """Note what became of a message that was taken in again; ``refusal`` says why not all of it, None where all was."""
    became = ", ".join(
        f"{name} {count}"
        for name, count in (("stored", done.stored), ("duplicate", done.duplicate), ("conflict", done.conflict))
        if count
    )
    if refusal is None:
        connection.execute(_SQL["settle"], {"number": number, "outcome": became or "nothing to store"})
        return
    values = {
        "number": number,
        "outcome": f"{became or 'nothing taken'}; still refused",
        "reason": refusal.reason,
        "detail": refusal.detail,
        "device": refusal.device,
        "codec": refusal.codec,
    }
    connection.execute(_SQL["refuse_again"], values)


def _values(site: int, wanted: Wanted) -> dict[str, Any]:
    numbers = None if wanted.numbers is None else [*wanted.numbers]
    return {
        "site": site,
        "numbers": numbers,
        "reason": wanted.reason,
        "device": wanted.device,
        "since": wanted.since,
    }


def _set_aside(
    number: int,
    size: int,
    attempts: int,
    tried_at: datetime | None,
    settled_at: datetime | None,
    outcome: str,
    *message: Any,
) -> SetAside:
    return SetAside(number, QuarantineRow(*message), size, attempts, tried_at, settled_at, outcome)


def _sender(
    reason: str,
    codec: str,
    device: str,
    topic: bytes,
    messages: int,
    first_at: datetime,
    last_at: datetime,
    newest: list[int],
    _in_all: int,
) -> Sender:
    return Sender(reason, codec, device, topic, messages, first_at, last_at, tuple(newest))


def _number(connection: Connection, name: str, values: dict[str, Any]) -> int:
    found = connection.execute(_SQL[name], values).fetchone()
    assert found is not None
    number: int = found[0]
    return number
