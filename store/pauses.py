"""When the evaluator last went round, and the spans in which nobody did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from store import statements
from store.alert_rows import NotificationRow
from store.outbox import queue
from store.part import Part

_SQL = statements.load("pauses")
NOT_EVALUATED = "not-evaluated"
"""The kind of the incident that keeps such a span: it is over when it is noticed."""


class Pauses(Part):
    """The rounds of the evaluator of a site, and what lies between two of them. ``site`` is the store's number of it."""

    def last_round(self, site: int) -> datetime | None:
        """When the evaluator last noted a round, None where it never did."""
        with self._transaction("read when alerts were evaluated last") as connection:
            row = connection.execute(_SQL["last_round"], {"site": site}).fetchone()
        return None if row is None else row[0]

    def note_round(self, site: int, now: datetime) -> None:
        """Note a round."""
        with self._transaction("note that alerts were evaluated") as connection:
            connection.execute(_SQL["note_round"], {"site": site, "now": now})

    def note_pause(self, site: int, since: datetime, now: datetime, messages: Iterable[NotificationRow]) -> None:
        """Keep that nothing was evaluated from ``since`` to ``now``, queue the messages that say so and note the round, at once."""
        values = {"site": site, "kind": NOT_EVALUATED, "since": since, "now": now}
        with self._transaction("note that alerts were not evaluated") as connection:
            connection.execute(_SQL["note_pause"], values)
            connection.execute(_SQL["note_round"], {"site": site, "now": now})
            queue(connection, site, messages)

    def pause_around(self, site: int, at: datetime) -> tuple[datetime, datetime] | None:
        """The span in which nothing was evaluated that ``at`` lies in, None where it lies in none."""
        with self._transaction("read whether alerts were evaluated then") as connection:
            return connection.execute(_SQL["pause_around"], {"site": site, "kind": NOT_EVALUATED, "at": at}).fetchone()
