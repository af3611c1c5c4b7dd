"""Dispatch orders (出動指示): given, ended, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.ploughs import Order
from store import statements
from store.append import storable
from store.part import Part

_SQL = statements.load("orders")


class Orders(Part):
    """The dispatch orders of a site. ``site`` is the store's number of it, an order is named by the id of who gave it."""

    def give(self, site: int, order: Order, received_at: datetime) -> bool:
        """Note an order; whether it is new. One whose id is known changes nothing, whatever else it says.

        ``ended_at`` and ``ended_by`` of ``order`` do not count: an order begins open.
        """
        values = {
            "site": site,
            "id": storable(order.id),
            "at": order.at,
            "received_at": received_at,
            "classes": sorted({storable(code) for code in order.classes}),
            "by": storable(order.by),
            "note": storable(order.note),
            "measured": storable(order.measured),
        }
        with self._transaction("note a dispatch order") as connection:
            return connection.execute(_SQL["give"], values).fetchone() is not None

    def end(self, site: int, id_: str, at: datetime, by: str, received_at: datetime) -> bool:
        """Note that an order is over since ``at``, or since it began where that is later; whether that is new.

        False where it is over already, and then the first end counts, or where there is no such order.
        """
        values = {"site": site, "id": storable(id_), "at": at, "by": storable(by), "received_at": received_at}
        with self._transaction("end a dispatch order") as connection:
            return connection.execute(_SQL["end"], values).fetchone() is not None

    def order(self, site: int, id_: str) -> Order | None:
        """One order, None where the site has none of this id."""
        with self._transaction("read a dispatch order") as connection:
            row = connection.execute(_SQL["order"], {"site": site, "id": storable(id_)}).fetchone()
        return None if row is None else _order(row)

    def standing(self, site: int, now: datetime) -> list[Order]:
        """The orders that stand at ``now``, the newest first; one that is to end later still stands."""
        with self._transaction("read the standing orders") as connection:
            return [_order(row) for row in connection.execute(_SQL["standing"], {"site": site, "now": now})]

    def history(self, site: int, *, since: datetime | None = None, most: int = 1_000) -> list[Order]:
        """What was ordered, the newest first, at most so many; ``since`` leaves out what was over before it."""
        values = {"site": site, "since": since, "most": most}
        with self._transaction("read what was ordered") as connection:
            return [_order(row) for row in connection.execute(_SQL["history"], values)]


def _order(row: Sequence[Any]) -> Order:
    id_, at, classes, by, note, measured, ended_at, ended_by = row
    return Order(
        id=id_,
        at=at,
        classes=tuple(classes),
        by=by,
        note=note,
        measured=measured,
        ended_at=ended_at,
        ended_by=ended_by,
    )
