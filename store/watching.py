"""Incidents of the system itself, and the processes and collectors that are at work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from core.model import DeviceId
from store import statements
from store.append import storable
from store.part import Part

_SQL = statements.load("watching")
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that is, or was, wrong with the system: ``kind`` says what, ``subject`` with whom, ``detail`` more.

    ``closed_at`` is None while it lasts. (kind, subject) is open at most once.
    """

    no: int
    kind: str
    subject: str
    opened_at: datetime
    closed_at: datetime | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProcessState:
    """The last word of a process: who (``member`` tells several of one kind apart), when, and how it is."""

    process: str
    member: str
    beat_at: datetime
    state: Mapping[str, Any]


class Watching(Part):
    """What is wrong with the system, since when, and who is at work. ``site`` is the store's number of the site."""

    def open_incident(
        self, site: int, kind: str, subject: str, at: datetime, detail: Mapping[str, Any] = NOTHING
    ) -> None:
        """Note that something is wrong since ``at``. While it is open, only ``detail`` is added to; told twice is once."""
        values = _values(site, kind, subject, at, detail)
        with self._transaction(f"note the incident {kind}") as connection:
            connection.execute(_SQL["open_incident"], values)
            connection.execute(_SQL["detail_incident"], values)

    def close_incident(
        self, site: int, kind: str, subject: str, at: datetime, detail: Mapping[str, Any] = NOTHING
    ) -> bool:
        """Note that it is over since ``at``; whether it was open."""
        with self._transaction(f"close the incident {kind}") as connection:
            return connection.execute(_SQL["close_incident"], _values(site, kind, subject, at, detail)).rowcount > 0

    def incidents(self, site: int, since: datetime | None = None) -> list[Incident]:
        """Those open now, oldest first; with ``since`` also those closed at or after it, newest first."""
        with self._transaction("read the incidents") as connection:
            if since is None:
                return _incidents(connection.execute(_SQL["open_incidents"], {"site": site}))
            return _incidents(connection.execute(_SQL["incidents_since"], {"site": site, "since": since}))

    def beat(self, site: int, process: str, member: str, at: datetime, state: Mapping[str, Any] = NOTHING) -> None:
        """Note that a process goes round, and how it is; the word before it is forgotten."""
        values = {"site": site, "process": process, "member": member, "at": at, "state": Jsonb(dict(state))}
        with self._transaction(f"note that {process} goes round") as connection:
            connection.execute(_SQL["beat"], values)

    def processes(self, site: int) -> list[ProcessState]:
        """The last word of each process that was ever heard, by process and member."""
        with self._transaction("read the states of the processes") as connection:
            return [ProcessState(*row) for row in connection.execute(_SQL["processes"], {"site": site})]

    def last_word(self, site_id: str, process: str) -> ProcessState | None:
        """The newest word of a process of the site with this id, None where none was ever heard; registers nothing."""
        with self._transaction("read the state of a process") as connection:
            row = connection.execute(_SQL["last_word"], {"site": site_id, "process": process}).fetchone()
        return None if row is None else ProcessState(*row)

    def offline(self, site: int) -> dict[DeviceId, datetime]:
        """Since when devices are offline by their own word or their last will, and were not heard since."""
        with self._transaction("read which devices are offline") as connection:
            return dict(connection.execute(_SQL["offline_devices"], {"site": site}).fetchall())

    def forget(self, site: int, incidents_before: datetime, processes_before: datetime) -> None:
        """Drop incidents that were over by then, and processes not heard of since then."""
        with self._transaction("forget old incidents") as connection:
            connection.execute(_SQL["forget_incidents"], {"site": site, "before": incidents_before})
            connection.execute(_SQL["forget_processes"], {"site": site, "before": processes_before})


def _values(site: int, kind: str, subject: str, at: datetime, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"site": site, "kind": kind, "subject": storable(subject), "at": at, "detail": Jsonb(_storable(detail))}


def _storable(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail with texts as PostgreSQL can keep them."""
    return {key: storable(value) if isinstance(value, str) else value for key, value in detail.items()}


def _incidents(rows: Iterable[tuple[Any, ...]]) -> list[Incident]:
    return [Incident(*row) for row in rows]
