"""``/api/staff/ploughs``: which roads are clear, which are late, where snow piles up again, by what evidence; and orders.

An order is given by a person and noted before it is answered. Nothing here proposes by itself: a check says what was measured.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, Query, Request
from starlette.responses import JSONResponse, Response

from core.csv_text import csv_bytes
from core.ploughs import Order
from gis.ploughs import desk_documents as documents
from gis.ploughs import desk_tables as tables
from gis.ploughs.situation import Situation, Situations
from web.access import person_of, said_by
from web.parameters import instant, wanted_format
from web.parts import Parts
from web.plough_wishes import OrderWish, grouped_by, order_wish, since_when
from web.problems import Problem
from web.staff_documents import REFUSALS
from web.staff_doors import StaffDoors
from web.staff_plough_documents import ORDERS_BODY, PLOUGH_ANSWERS
from web.staff_wishes import count, read_body

log = logging.getLogger(__name__)

FRESH = {"Cache-Control": "no-store"}
USUAL_LIST, LONGEST_LIST = 200, 1_000
MOST_PASSAGES = 5_000
CHANGES_BACK = timedelta(days=7)

At = Annotated[str | None, Query(description="RFC 3339 with offset, or seconds since 1970; left out: now")]
Since = Annotated[
    str | None, Query(description="window (the default), order, storm, or a time: from when on work counts")
]
Format = Annotated[str | None, Query(alias="format", description="json or csv; wins over Accept")]


def add_staff_ploughs(app: FastAPI, parts: Parts, doors: StaffDoors) -> None:
    """Adds the routes below ``/api/staff/ploughs``; ``doors`` gives the dependencies that let staff in, by method."""
    staff = StaffPloughs(parts)
    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "coverage", staff.coverage),
        ("GET", "behind", staff.behind),
        ("GET", "second-pass", staff.second_pass),
        ("GET", "orders", staff.orders),
        ("POST", "orders", staff.order),
        ("GET", "proposals", staff.proposals),
        ("GET", "passages", staff.passages),
        ("GET", "changes", staff.changes),
    )
    for method, name, endpoint in routes:
        app.add_api_route(
            f"/api/staff/ploughs/{name}",
            endpoint,
            methods=[method],
            dependencies=[*doors(method), Depends(staff.planned)],
            response_class=Response,
            responses={200: PLOUGH_ANSWERS[method, name], **REFUSALS},
            openapi_extra=ORDERS_BODY if method == "POST" else None,
        )


class StaffPloughs:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site, self._zone = parts.registry.site, ZoneInfo(parts.site.time_zone)
        self._situations = Situations(parts.site, parts.registry, parts.store)

    def planned(self) -> None:
        """404 for a town that clears no roads with us."""
        if self._parts.site.ploughs is None:
            raise Problem(404, "This town has no plan of snow clearing (ploughs.toml).")

    def coverage(
        self,
        request: Request,
        since: Since = None,
        by: Annotated[str | None, Query(description="all (the default), class, contractor, district")] = None,
        at: At = None,
        format_: Format = None,
    ) -> Response:
        """Every road: how clear, since when, by what evidence, by when promised, what fell since; and totals."""
        together, as_table = grouped_by(by), self._as_table(request, format_)
        found = self._read(since, at)
        if as_table:
            return self._table("coverage", tables.coverage_table(found, self._zone))
        return _json(documents.coverage_document(found, together))

    def behind(self, request: Request, at: At = None, format_: Format = None) -> Response:
        """The roads that are late, will be late, or of which nobody can say, with the basis of each forecast."""
        as_table, found = self._as_table(request, format_), self._read(None, at)
        if as_table:
            return self._table("behind", tables.behind_table(found, self._zone))
        return _json(documents.behind_document(found))

    def second_pass(self, request: Request, at: At = None, format_: Format = None) -> Response:
        """The roads on which more fell since they were cleared than the town lets lie, the most urgent first."""
        as_table, found = self._as_table(request, format_), self._read(None, at)
        if as_table:
            return self._table("second-pass", tables.second_pass_table(found, self._zone))
        return _json(documents.second_pass_document(found))

    def orders(
        self,
        request: Request,
        limit: Annotated[str | None, Query(description=f"1 to {LONGEST_LIST}")] = None,
        format_: Format = None,
    ) -> Response:
        """What was ordered, the newest first."""
        most = count("limit", limit, USUAL_LIST, LONGEST_LIST)
        found = self._parts.store.orders.history(self._site, most=most)
        if self._as_table(request, format_):
            return self._table("orders", tables.order_table(found, self._zone))
        return _json(documents.orders_document(found, self._parts.clock()))

    def order(self, request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
        """Gives an order or ends one. Given or ended a second time under its id nothing changes; 409 where it says other things."""
        parts, now = self._parts, self._parts.clock()
        wish = order_wish(body, self._situations.plan.classes, now, parts.site.limits.future_sensor)
        wish = replace(wish, word=replace(wish.word, by=said_by(request, wish.word.by)))
        noted = self._give(wish, now) if isinstance(wish.word, Order) else self._end(wish, now)
        stands = parts.store.orders.order(self._site, wish.word.id)
        if noted and not wish.dry_run:
            done = "order.give" if isinstance(wish.word, Order) else "order.end"
            parts.audit(person_of(request), done, wish.word.id, request, by=wish.word.by, said=str(wish.word))
        if stands is None:  # only looked at, and not there yet
            assert isinstance(wish.word, Order)
            stands = wish.word
        return _json({"noted": noted, "dry_run": wish.dry_run, "order": documents.order_facts(stands, now)})

    def proposals(self, request: Request, at: At = None, format_: Format = None) -> Response:
        """What was measured at the newest check time of each class, and whether that calls for an order."""
        now = self._now(at)
        found = self._situations.proposals(now)
        if self._as_table(request, format_):
            return self._table("proposals", tables.proposal_table(found, self._zone))
        return _json(documents.proposals_document(found, self._situations.storm(now), now))

    def passages(
        self, request: Request, road: str | None = None, since: At = None, at: At = None, format_: Format = None
    ) -> Response:
        """Who drove over a road, when, from where to where, by signal or inferred; of all roads where none is named."""
        now = self._now(at)
        if road is not None and road not in self._situations.source.network().roads:
            raise Problem(404, "There is no such road.")
        roads = None if road is None else [road]
        found = self._parts.store.ploughs.passages(self._site, since_when(since, now), now, roads)
        newest = sorted(found, key=lambda each: (each.began_at, each.vehicle), reverse=True)[:MOST_PASSAGES]
        vehicles = self._situations.vehicles
        if self._as_table(request, format_):
            return self._table("passages", tables.passage_table(newest, vehicles, self._zone))
        told = [documents.passage_facts(each, vehicles) for each in newest]
        return _json({"passages": told, "in_all": len(found)})

    def changes(
        self,
        request: Request,
        road: str | None = None,
        since: At = None,
        limit: Annotated[str | None, Query(description=f"1 to {LONGEST_LIST}")] = None,
        format_: Format = None,
    ) -> Response:
        """What was said of roads before fixes came late or were matched anew: the older word, the newer one, when and why."""
        now = self._parts.clock()
        begun = now - CHANGES_BACK if since is None else instant("since", since)
        most = count("limit", limit, USUAL_LIST, LONGEST_LIST)
        roads = None if road is None else [road]
        found = self._parts.store.road_states.changes(
            self._site, begun, now + timedelta(microseconds=1), roads=roads, most=most
        )
        names = {each.id: each.name for each in self._situations.source.network().roads.values()}
        if self._as_table(request, format_):
            return self._table("changes", tables.change_table(found, names, self._zone))
        return _json({"changes": [documents.change_facts(each, names) for each in found]})

    def _give(self, wish: OrderWish, now: datetime) -> bool:
        order, orders = wish.word, self._parts.store.orders
        assert isinstance(order, Order)
        known = orders.order(self._site, order.id)
        if known is None and not wish.dry_run:
            return orders.give(self._site, order, now)
        if known is not None and (set(known.classes) != set(order.classes) or (wish.timed and known.at != order.at)):
            raise Problem(409, f"There is an order {order.id} already, and it says other things.")
        return known is None

    def _end(self, wish: OrderWish, now: datetime) -> bool:
        ending, orders = wish.word, self._parts.store.orders
        assert not isinstance(ending, Order)
        known = orders.order(self._site, ending.id)
        if known is None:
            raise Problem(422, f"There is no order {ending.id}.")
        if wish.dry_run:
            return known.ended_at is None
        return orders.end(self._site, ending.id, ending.at, ending.by, now)

    def _read(self, since: str | None, at: str | None) -> Situation:
        now = self._now(at)
        return self._situations.read(now, self._begun(since, now))

    def _begun(self, since: str | None, now: datetime) -> datetime | None:
        if since is None or since == "window":
            return None
        if since == "order":
            standing = self._parts.store.orders.standing(self._site, now)
            if not standing:
                raise Problem(422, "No order stands.")
            return standing[0].at
        if since == "storm":
            storm = self._situations.storm(now)
            if storm is None:
                raise Problem(422, "No gauge saw new snow in the last three days.")
            return storm.began_at
        return since_when(since, now)

    def _now(self, at: str | None) -> datetime:
        now = self._parts.clock()
        asked = now if at is None else instant("at", at)
        if asked > now:
            raise Problem(400, "Parameter 'at' lies in the future.")
        return asked

    def _as_table(self, request: Request, format_: str | None) -> bool:
        return wanted_format(format_, request.headers.get("accept", "")) == "csv"

    def _table(self, name: str, table: tables.Table) -> Response:
        filename = quote(f"{self._parts.site.id}_{name}.csv")
        headers = {**FRESH, "Content-Disposition": f'attachment; filename="{filename}"'}
        return Response(csv_bytes(table.head, table.rows), media_type="text/csv; charset=utf-8", headers=headers)


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers=FRESH)
