"""Messages in quarantine, taken in again with the site folder as it is now.

A message goes through the very same pipeline as when it arrived, with the time it arrived then. Only the late window and
the flood gate are lifted: they keep rows from arriving unasked, and a replay is asked for. The gates of the clock stay.

Each message is one transaction: its rows go in and it is settled, or what is refused still is written on it. So a replay
can be broken off anywhere and begun again, and a second one changes nothing more. Counters: a replay receives no
messages. It adds ``messages_replayed`` and ``rows_replayed``, the rows handed to the store, so that

    rows_received + rows_replayed = rows_unmapped + rows_quarantined + stored + duplicate + conflict + refused
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from config.model import Site
from core.errors import DecodeError
from ingest.messages import Message
from ingest.phones import phone_source
from ingest.pipeline import Pipeline
from ingest.refused_rows import read_row
from store import Store
from store.aside import SetAside, Wanted
from store.rows import Appended, Batch, QuarantineRow, Registry

NO_WINDOW = timedelta(days=36_525)
NO_RATE, NO_BURST = 1e6, 10**9


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one message: its number, rows by what the store made of them, and why it is refused still.

    ``rows`` went to the store (in a dry run: would go). ``reason`` is None where nothing is refused any more.
    """

    number: int
    rows: int
    stored: int = 0
    duplicate: int = 0
    conflict: int = 0
    reason: str | None = None
    detail: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing of it is refused any more."""
        return self.reason is None


Told = Callable[[Tried], None]
"""Told of each message as it is done."""


@dataclass(slots=True)
class Replayed:
    """What a replay came to: messages tried and settled, and rows. ``left`` were open and beyond the limit."""

    tried: int = 0
    settled: int = 0
    rows: int = 0
    stored: int = 0
    duplicate: int = 0
    conflict: int = 0
    left: int = 0

    @property
    def refused(self) -> int:
        """Messages of which something is refused still."""
        return self.tried - self.settled

    def add(self, tried: Tried) -> None:
        """Count one message."""
        self.tried += 1
        self.settled += tried.settled
        for name in ("rows", "stored", "duplicate", "conflict"):
            setattr(self, name, getattr(self, name) + getattr(tried, name))


class QuarantineReplay:
    """Takes messages of a site in again; made anew after each change of the site folder."""

    def __init__(self, site: Site, registry: Registry, store: Store) -> None:
        limits = replace(
            site.limits,
            late_sensor=NO_WINDOW,
            late_vehicle=NO_WINDOW,
            device_rate_per_s=NO_RATE,
            device_burst=NO_BURST,
        )
        sources = (*site.sources, phone_source(site))  # what phones send comes by no source of the site
        self._pipeline = Pipeline(replace(site, limits=limits, sources=sources), registry)
        self._registry = registry
        self._store = store

    def open(self, wanted: Wanted) -> int:
        """How many messages a replay would try."""
        return self._store.aside.how_many_open(self._registry.site, wanted, self._until())

    def run(
        self,
        wanted: Wanted,
        *,
        dry_run: bool = False,
        limit: int | None = None,
        told: Told | None = None,
    ) -> Replayed:
        """Try every open message that fits, oldest first, at most ``limit``.

        A dry run writes nothing. Raises StoreError; what was done until then is done.
        """
        site, until = self._registry.site, self._until()
        result = Replayed()
        in_all = self._store.aside.how_many_open(site, wanted, until)
        for message in islice(self._store.aside.still_open(site, wanted, until), limit):
            tried = self._try(message, dry_run=dry_run)
            result.add(tried)
            if told is not None:
                told(tried)
        result.left = max(0, in_all - result.tried)
        return result

    def _until(self) -> int:
        """What arrives while we work is not ours: the work has an end."""
        return self._store.aside.newest(self._registry.site)

    def _try(self, message: SetAside, *, dry_run: bool) -> Tried:
        batch = self._read(message)
        rows = len(batch.observations) + len(batch.positions)
        refusal = batch.quarantine[0] if batch.quarantine else None
        if dry_run:
            return _tried(message.number, rows, refusal, Appended(0, 0, 0, 0, 0))
        done = self._store.append(self._registry.site, batch)
        if done.refused and refusal is None:
            known = self._store.aside.get(self._registry.site, message.number)
            refusal = None if known is None else known.message
        return _tried(message.number, rows, refusal, done)

    def _read(self, message: SetAside) -> Batch:
        """The batch of one message, with the counters of a replay in place of those of an arrival."""
        row = message.message
        batch = _batch_of_row(row) if not row.topic else self._pipeline.handle_all([_message(row)])
        rows = len(batch.observations) + len(batch.positions)
        batch.arrival_timed.clear()  # the broker sends nothing of this again
        batch.counts = {"messages_replayed": 1, "rows_replayed": rows}
        batch.replayed = message.number
        return batch


def _message(row: QuarantineRow) -> Message:
    return Message(row.topic, row.payload, row.received_at, row.qos, row.retain)


def _batch_of_row(row: QuarantineRow) -> Batch:
    """A row the database refused when it came, read again from what was written of it."""
    batch = Batch()
    try:
        read = read_row(row.payload)
    except DecodeError as error:
        batch.quarantine.append(replace(row, reason=error.reason, detail=str(error)))
        return batch
    batch.observations += read.observations
    batch.positions += read.positions
    return batch


def _tried(number: int, rows: int, refusal: QuarantineRow | None, done: Appended) -> Tried:
    why = (None, "") if refusal is None else (refusal.reason, refusal.detail)
    return Tried(number, rows, done.stored, done.duplicate, done.conflict, *why)
