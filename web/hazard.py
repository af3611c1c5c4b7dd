"""What is dangerous at a place: the page in three registers, the interface, and the words the browser fills in itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request
from starlette.responses import Response

from core.times import format_rfc3339
from gis.hazard_folder import PublishedHazards
from maps import static_version
from maps.hazard_advice import REGISTERS, Register
from maps.hazard_document import words_document
from maps.hazard_page import PATHS, Asked, hazard_page
from maps.hazard_report import Json
from maps.hazard_service import report_at
from web.documents import PROBLEMS
from web.doors import refuse_haste
from web.hazard_documents import HAZARD
from web.pages import ASK_AGAIN, HTML
from web.parameters import only_known
from web.parts import Parts
from web.payloads import Payload, answer, json_payload
from web.place import PlaceError, only_place, read_place
from web.problems import Problem

CACHE = "public, max-age=5"

LONGEST = 24
"""Characters of a typed coordinate that are shown again; more is no coordinate."""

_LON = "Longitude in decimal degrees, WGS 84 / JGD2011"
_LAT = "Latitude in decimal degrees, WGS 84 / JGD2011"
_LANG = "ja (the default), easy (やさしい日本語) or en"


def add_hazard(app: FastAPI, parts: Parts) -> None:
    """Adds ``/hazard`` in its three registers, ``/api/hazard`` and ``/hazard-words.<register>.json``."""
    hazard = HazardRoutes(parts)
    for register in REGISTERS:
        app.add_api_route(
            PATHS[register],
            hazard.page_in(register),
            name=f"hazard_{register}",
            dependencies=[Depends(hazard.limited)],
            include_in_schema=False,
            response_class=Response,
        )
        app.add_api_route(
            f"/hazard-words.{register}.json",
            hazard.words_in(register),
            name=f"hazard_words_{register}",
            include_in_schema=False,
            response_class=Response,
        )
    app.add_api_route(
        "/api/hazard",
        hazard.interface,
        dependencies=[Depends(only_known), Depends(hazard.limited)],
        response_class=Response,
        responses={200: HAZARD, **PROBLEMS},
    )


class HazardRoutes:
    """The routes as methods; plain functions, for they may wait for the disk or the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._version = static_version()
        self._published = PublishedHazards(parts.public_folder / "layers", parts.site.plane_epsg)
        self._words: dict[Register, tuple[tuple[int, int], Json, Payload]] = {}

    def limited(self, request: Request) -> None:
        """Refuses (429) an address that asks faster than any page does."""
        refuse_haste(self._parts.limiter, self._parts.doors.address(request))

    def interface(
        self,
        request: Request,
        lon: Annotated[str | None, Query(description=_LON)] = None,
        lat: Annotated[str | None, Query(description=_LAT)] = None,
        lang: Annotated[str | None, Query(description=_LANG)] = None,
    ) -> Response:
        """What every hazard layer says of a place, what to do, the shelters fit for each hazard, and gauges nearby."""
        try:
            place = read_place(lon, lat, self._parts.site, "en")
        except PlaceError as error:
            raise Problem(400, error.text) from error
        register: Register | None = next((name for name in REGISTERS if name == (lang or "ja")), None)
        if register is None:
            raise Problem(400, "Parameter 'lang' is ja, easy or en.")
        return answer(request, json_payload(self._report(register, *place)), CACHE)

    def page_in(self, register: Register) -> Callable[[Request], Response]:
        """The page of one register as an endpoint."""

        def hazard_here(request: Request) -> Response:
            return self._page(request, register)

        return hazard_here

    def words_in(self, register: Register) -> Callable[[Request], Response]:
        """The words document of one register as an endpoint."""

        def hazard_words(request: Request) -> Response:
            return answer(request, self._document(register)[1], ASK_AGAIN)

        return hazard_words

    def _page(self, request: Request, register: Register) -> Response:
        given = Asked(
            lon=request.query_params.get("lon", "")[:LONGEST], lat=request.query_params.get("lat", "")[:LONGEST]
        )
        if not request.query_params:
            return self._html(request, register, given, None)
        try:
            only_place(request, register)
            place = read_place(given.lon, given.lat, self._parts.site, register)
        except PlaceError as error:
            wrong = Asked(lon=given.lon, lat=given.lat, mistake=error.text)
            refused = self._html(request, register, wrong, None)
            refused.status_code = 400
            refused.headers["Cache-Control"] = "no-store"
            return refused
        return self._html(request, register, given, self._report(register, *place))

    def _html(self, request: Request, register: Register, asked: Asked, report: Json | None) -> Response:
        html = hazard_page(self._parts.site, register, asset_version=self._version, asked=asked, report=report)
        return answer(request, Payload(html.encode(), HTML), ASK_AGAIN)

    def _report(self, register: Register, lon: float, lat: float) -> Json:
        live, shapes, now = self._parts.live, self._parts.shapes, self._parts.clock()
        picture = live.picture()
        stations = shapes.stations(picture.values, now, picture.offline)["features"]
        report = report_at(
            self._published.now(),
            self._document(register)[0],
            lon,
            lat,
            plane_epsg=self._parts.site.plane_epsg,
            stations=stations,
            states=picture.shelters,
            now=now,
        )
        return {**report, "generated_at": format_rfc3339(now), "stale": live.stale(now)}

    def _document(self, register: Register) -> tuple[Json, Payload]:
        known = self._published.now()
        kept = self._words.get(register)
        if kept is None or kept[0] != known.version:
            document = words_document(self._parts.site, known.catalogue, register)
            kept = self._words[register] = (known.version, document, json_payload(document))
        return kept[1], kept[2]
