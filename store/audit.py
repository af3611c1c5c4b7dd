"""What was done, by whom, from where: lines that are added and read, never changed; the database refuses that too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from core.accounts import AuditEntry
from store import statements
from store.append import storable
from store.part import Part

_SQL = statements.load("audit")


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A line with the number it got."""

    number: int
    entry: AuditEntry


class Audit(Part):
    """The audit. ``site`` is the store's number of the site."""

    def add(self, site: int, entry: AuditEntry) -> None:
        """Add a line."""
        values = {
            "site": site,
            "at": entry.at,
            "who": storable(entry.who),
            "action": storable(entry.action),
            "subject": storable(entry.subject),
            "address": storable(entry.address),
            "details": Jsonb(_storable(dict(entry.details))),
        }
        with self._transaction("write the audit") as connection:
            connection.execute(_SQL["add"], values)

    def listed(
        self,
        site: int,
        *,
        limit: int = 100,
        before: int | None = None,
        who: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[AuditRow]:
        """Lines, the newest first: below the number ``before``, of one person, of one action or kind of action, in a time."""
        values = {
            "site": site,
            "limit": limit,
            "before": before,
            "who": who,
            "action": action,
            "since": since,
            "until": until,
        }
        with self._transaction("read the audit") as connection:
            rows = connection.execute(_SQL["listed"], values).fetchall()
        return [
            AuditRow(no, AuditEntry(at=at, who=name, action=done, subject=subject, address=address, details=details))
            for no, at, name, done, subject, address, details in rows
        ]


def _storable(value: Any) -> Any:
    """The same with texts PostgreSQL can keep; what JSON does not know is written as text."""
    if isinstance(value, dict):
        return {storable(str(key)): _storable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_storable(part) for part in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return storable(str(value))
