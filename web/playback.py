"""Any night again, for staff: ``/api/staff/playback?from=&to=``. One is read at a time, no longer than a day."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from starlette.responses import Response

from config.plough_plan import PloughPlan
from core.ploughs import Passage
from gis.ploughs.network import Network
from gis.ploughs.network_source import NetworkSource
from gis.ploughs.playback_roads import reaching_back
from store.alert_rows import EpisodeRow
from web.parameters import period
from web.parts import Parts
from web.payloads import answer, json_payload
from web.playback_document import Night, playback_document
from web.problems import Problem
from web.staff_documents import REFUSALS
from web.staff_doors import StaffDoors

USUAL, LONGEST = timedelta(hours=12), timedelta(days=1)
STEPS_A_VEHICLE = 10_800
"""Of longer times the fixes are read at wider steps: so many of each vehicle at most, and of each change of task."""

BEFORE = timedelta(hours=1)
"""So far back values are read: at the beginning the newest value is an older one."""

WAIT_S = 20.0
PRIVATE = "private, no-cache"
"""Kept by the reader's own browser, which asks each time whether it still holds."""


def add_playback(app: FastAPI, parts: Parts, doors: StaffDoors) -> None:
    """Adds the route; ``doors`` gives the dependencies that let staff in."""
    app.add_api_route(
        "/api/staff/playback",
        Playback(parts).night,
        dependencies=doors("GET"),
        response_class=Response,
        responses=REFUSALS,
    )


class Playback:
    """Reads nights from the store, one at a time: who asks meanwhile waits, and is sent away where that takes long."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._at_work = threading.Lock()
        self._source = None if parts.site.ploughs is None else NetworkSource(parts.site)

    def night(
        self,
        request: Request,
        from_: Annotated[
            str | None, Query(alias="from", description="RFC 3339 with offset, or seconds since 1970")
        ] = None,
        to: Annotated[str | None, Query(description="The same; at most a day later")] = None,
    ) -> Response:
        """Ways of ploughs, ages of roads, values, alerts and orders of a time, as columns (docs/api.md)."""
        parts = self._parts
        since, until = _span(from_, to, parts.clock())
        if not self._at_work.acquire(timeout=WAIT_S):
            raise Problem(503, "Another night is being read. Please try again shortly.", {"Retry-After": "10"})
        try:
            content = playback_document(parts.site, self._roads(), parts.shapes, self._read(since, until))
        finally:
            self._at_work.release()
        return answer(request, json_payload(content), PRIVATE)

    def _roads(self) -> Network | None:
        """The roads as their file says now, None where the site has no ploughs. Raises LayerError."""
        return None if self._source is None else self._source.network()

    def _read(self, since: datetime, until: datetime) -> Night:
        parts, plan = self._parts, self._parts.site.ploughs
        store, site_no = parts.store, parts.registry.site
        every = max(timedelta(seconds=1), (until - since) / STEPS_A_VEHICLE)
        episodes = self._episodes(since, until)
        known: dict[str, Any] = {}
        if plan is not None:
            known = {
                "drives": store.ploughs.positions_between(site_no, since, until, every=every),
                "gaps": store.ploughs.gaps(site_no, since, until),
                "stops": store.ploughs.stops(site_no, since, until),
                "passages": self._passages(plan, since, until),
                "orders": [order for order in store.orders.history(site_no, since=since) if order.at < until],
            }
        numbers = {number: key for key, number in parts.registry.datastreams.items()}
        samples = store.samples(list(numbers), since - BEFORE, until)
        return Night(
            since=since,
            until=until,
            samples={numbers[number]: rows for number, rows in samples.items()},
            episodes=episodes,
            transitions=store.transitions([row.id for row in episodes]),
            **known,
        )

    def _passages(self, plan: PloughPlan, since: datetime, until: datetime) -> list[Passage]:
        ploughs, site_no, network = self._parts.store.ploughs, self._parts.registry.site, self._roads()
        passages = ploughs.passages(site_no, since - plan.window, until)
        if network is None:
            return passages
        older = partial(ploughs.passages_of_roads, site_no)
        return [*reaching_back(network, plan, passages, older, since=since), *passages]

    def _episodes(self, since: datetime, until: datetime) -> list[EpisodeRow]:
        rows = self._parts.store.recent_episodes(self._parts.registry.site, since)
        return [row for row in rows if row.opened_at < until]


def _span(from_: str | None, to: str | None, now: datetime) -> tuple[datetime, datetime]:
    """The time asked for, by default the last twelve hours; 400 for what is none, or longer than a day."""
    since, until = period(from_, to, now=now, ahead=timedelta(0), usual=USUAL, longest=timedelta(days=99_999))
    if until - since > LONGEST:
        raise Problem(400, "At most 24 hours can be asked for at once.")
    return since, until
