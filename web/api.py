"""The open data interface: stations, series, vehicles, alerts, and the live stream."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from core.errors import StoreError
from core.model import Datastream, Station
from core.times import format_rfc3339
from store.rows import SeriesPoint
from web.documents import ALERTS, CSV, FEATURES, PROBLEMS, SERIES
from web.doors import refuse_haste
from web.features import GEOJSON, Json
from web.parameters import only_known, period, step, wanted_format
from web.parts import Parts
from web.payloads import Payload, answer, json_payload
from web.picture import Picture
from web.problems import Problem
from web.series import Wish, as_columns, as_csv, chosen_step, refuse_too_many
from web.stream import EventStream

RENEW_S = 15
"""Seconds after which an unchanged answer is made anew, so that ages in it never mislead by more."""

CACHE = "public, max-age=5"

VARY_ON_FORMAT = "Accept, Accept-Encoding"

_TIME = "RFC 3339 with offset, or seconds since 1970"
_STEP = "raw, auto (the default), 10min, 1h, 1d, or whole seconds"

USUAL_PERIOD = timedelta(hours=24)

Key = tuple[str, int, bool, int]
Build = Callable[[Picture, datetime], Json]


class ReadRoute(APIRoute):
    """A GET route that answers HEAD too, without a second entry in the interface's description."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As its base, taking HEAD for GET."""
        return super().matches({**scope, "method": "GET"} if scope["method"] == "HEAD" else scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As its base; the server leaves the body of a HEAD answer away."""
        if scope["method"] == "HEAD":
            await self.app(scope, receive, send)
        else:
            await super().handle(scope, receive, send)


def add_api(app: FastAPI, parts: Parts) -> None:
    """Adds the routes below ``/api``."""
    api = Api(parts)
    app.router.route_class = ReadRoute
    for path, endpoint, schema in (
        ("/api/stations", api.stations, FEATURES),
        ("/api/vehicles", api.vehicles, FEATURES),
        ("/api/alerts", api.alerts, ALERTS),
        ("/api/stations/{station}/series", api.series, SERIES),
        ("/api/stations/{station}/series.csv", api.series_csv, CSV),
    ):
        app.add_api_route(
            path,
            endpoint,
            dependencies=[Depends(only_known), Depends(api.limited)],
            response_class=Response,
            responses={200: schema, **PROBLEMS},
        )
    app.add_api_route("/api/stream", api.stream, include_in_schema=False)


class Api:
    """The routes as methods. All but the stream are plain functions: they may wait for a lock or the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._kept: dict[str, tuple[Key, Payload]] = {}
        self._stations: dict[str, Station] = {station.id: station for station in parts.site.stations}
        self._streams: dict[str, dict[str, Datastream]] = {station: {} for station in self._stations}
        for stream in parts.site.datastreams:
            self._streams[stream.station][stream.quantity] = stream
        self._listening: Counter[str] = Counter()
        self._store_turns = threading.BoundedSemaphore(parts.settings.series_at_once)

    def limited(self, request: Request) -> None:
        """Refuses (429) an address that asks faster than any page does."""
        refuse_haste(self._parts.limiter, self._parts.doors.address(request))

    def stations(self, request: Request) -> Response:
        """All stations with their newest values, as GeoJSON."""
        shapes = self._parts.shapes
        return self._collection(
            request,
            "stations",
            lambda picture, now: shapes.stations(picture.values, now, picture.offline),
            GEOJSON,
        )

    def vehicles(self, request: Request) -> Response:
        """Working snowploughs where the public may know them to be, as GeoJSON."""
        shapes = self._parts.shapes
        return self._collection(
            request, "vehicles", lambda picture, now: shapes.vehicles(picture.positions.values(), now), GEOJSON
        )

    def alerts(self, request: Request) -> Response:
        """Open episodes, and those that ended lately."""
        shapes, recent = self._parts.shapes, self._parts.settings.recent_alerts
        return self._collection(
            request,
            "alerts",
            lambda picture, now: shapes.alerts(picture.episodes.values(), now - recent),
            "application/json",
        )

    def series(
        self,
        request: Request,
        station: str,
        quantity: str | None = None,
        from_: Annotated[str | None, Query(alias="from", description=_TIME)] = None,
        to: Annotated[str | None, Query(description=_TIME)] = None,
        step: Annotated[str | None, Query(description=_STEP)] = None,
        format_: Annotated[str | None, Query(alias="format", description="json or csv; wins over Accept")] = None,
    ) -> Response:
        """One quantity of one station over time: columns of numbers, or CSV."""
        wish = self._wish(self._stream(station, quantity), from_, to, step)
        if wanted_format(format_, request.headers.get("accept", "")) == "csv":
            return self._csv(request, wish)
        payload = json_payload({**as_columns(wish, self._points(wish)), "archived": self._archived(wish)})
        return answer(request, payload, CACHE, {"Vary": VARY_ON_FORMAT})

    def series_csv(
        self,
        request: Request,
        station: str,
        quantity: str | None = None,
        from_: Annotated[str | None, Query(alias="from", description=_TIME)] = None,
        to: Annotated[str | None, Query(description=_TIME)] = None,
        step: Annotated[str | None, Query(description=_STEP)] = None,
    ) -> Response:
        """The same as CSV, for programs that can only name an address."""
        return self._csv(request, self._wish(self._stream(station, quantity), from_, to, step))

    async def stream(self, request: Request) -> Response:
        """Snapshot, then changes, as server-sent events; resumes after ``Last-Event-ID``."""
        hub = self._parts.hub
        if hub.full:
            raise Problem(503, "Too many live readers. Please read /api/stations instead.", {"Retry-After": "30"})
        address, settings = self._parts.doors.address(request), self._parts.settings
        if self._listening[address] >= settings.max_listeners_of_one:
            raise Problem(429, "Too many live readers of this address.", {"Retry-After": "30"})
        events = hub.listen(self._parts.live, request.headers.get("last-event-id"))
        return EventStream(self._counted(address, events), settings)

    async def _counted(self, address: str, events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """The events, one listener more of this address as long as they are read."""
        self._listening[address] += 1
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()
            self._listening[address] -= 1
            if not self._listening[address]:
                del self._listening[address]

    def _collection(self, request: Request, name: str, build: Build, media_type: str) -> Response:
        now = self._parts.clock()
        picture = self._parts.live.picture()
        stale = self._parts.live.stale(now)
        key = (name, getattr(picture, f"{name}_version"), stale, int(now.timestamp()) // RENEW_S)
        kept = self._kept.get(name)
        if kept is None or kept[0] != key:
            content = {**build(picture, now), "generated_at": format_rfc3339(now), "stale": stale}
            tag = f"{self._parts.token}-{key[1]}-{int(stale)}-{key[3]}"
            kept = self._kept[name] = (key, json_payload(content, media_type, tag))
        return answer(request, kept[1], CACHE)

    def _stream(self, station: str, quantity: str | None) -> Datastream:
        own = self._streams.get(station)
        if own is None:
            raise Problem(404, "There is no such station.")
        name = next(iter(own), None) if quantity is None else quantity
        if name not in own:
            raise Problem(404, f"This station does not measure that. It measures: {', '.join(own) or 'nothing'}.")
        return own[name]

    def _csv(self, request: Request, wish: Wish) -> Response:
        site, stream = self._parts.site, wish.stream
        body = as_csv(wish, self._points(wish), self._stations[stream.station], ZoneInfo(site.time_zone))
        name = quote(f"{site.id}_{stream.station}_{stream.quantity}.csv")
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": VARY_ON_FORMAT}
        return answer(request, Payload(body, "text/csv; charset=utf-8"), CACHE, headers)

    def _points(self, wish: Wish) -> list[SeriesPoint]:
        number = self._parts.registry.datastreams[wish.stream.key]
        with self._store_turn():
            return self._parts.store.series(number, wish.start, wish.end, wish.step)

    def _archived(self, wish: Wish) -> list[str]:
        """The months a raw series lacks because they are in the archive; a month late rows may come for never is."""
        parts = self._parts
        if wish.step is not None or wish.start >= parts.clock() - parts.site.limits.late_sensor:
            return []
        with self._store_turn():
            away = parts.store.archiving.months_away(parts.registry.site, wish.start, wish.end)
        return [f"{month:%Y-%m}" for month in away]

    def _wish(self, stream: Datastream, from_: str | None, to: str | None, step_: str | None) -> Wish:
        settings = self._parts.settings
        now, ahead = self._parts.clock(), self._parts.site.limits.future_sensor
        start, end = period(from_, to, now=now, ahead=ahead, usual=USUAL_PERIOD, longest=settings.series_range)
        wish = Wish(stream, start, end, chosen_step(step(step_), stream, end - start))
        refuse_too_many(wish, settings.series_points)
        return wish

    @contextmanager
    def _store_turn(self) -> Iterator[None]:
        # While the database is away or hangs nobody waits for it; while it is busy only a few do, the rest are told.
        if self._parts.live.away(self._parts.clock()):
            raise StoreError("the database is away", retryable=True)
        if not self._store_turns.acquire(timeout=5):
            raise Problem(503, "Too many readers at once. Please try again shortly.", {"Retry-After": "5"})
        try:
            yield
        finally:
            self._store_turns.release()
