"""``/print``: the map on one sheet of paper, made for what the address asks for."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from gis import read_catalogue
from gis.sheet import Drawings
from maps import Language, static_version
from maps.print_page import print_page, wrong_print_page
from maps.print_wish import PATH
from web.doors import refuse_haste
from web.pages import HTML, facts_of
from web.parts import Parts
from web.payloads import Payload, answer
from web.print_wishes import WishError, print_wish
from web.road_pages import RoadFacts

CACHE = "no-cache"


def add_print(app: FastAPI, parts: Parts) -> None:
    """Adds the page in both languages."""
    own = PrintPage(parts)
    languages: tuple[tuple[str, Language], ...] = (("", "ja"), ("/en", "en"))
    for prefix, language in languages:
        endpoint: Callable[[Request], Response] = _endpoint(own, language)
        app.add_api_route(
            prefix + PATH,
            endpoint,
            dependencies=[Depends(own.limited)],
            include_in_schema=False,
            response_class=Response,
        )


class PrintPage:
    """The endpoint; drawings of layers are kept, so that the next sheet of the same part costs little."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._layers = parts.public_folder / "layers"
        self._drawings = Drawings(self._layers)
        self._version = static_version()
        self._roads = RoadFacts(parts)

    def limited(self, request: Request) -> None:
        """Refuses (429) an address that asks faster than any page does."""
        refuse_haste(self._parts.limiter, self._parts.doors.address(request))

    def page(self, request: Request, language: Language) -> Response:
        """The sheet, or (400) what is wrong with what was asked for."""
        site, catalogue = self._parts.site, read_catalogue(self._layers)
        try:
            wish = print_wish(request, site, catalogue, language)
        except WishError as error:
            html = wrong_print_page(site, catalogue, error.text, language, asset_version=self._version)
            return Response(html, 400, {"Cache-Control": "no-store"}, HTML)
        html = print_page(
            site,
            catalogue,
            self._drawings,
            facts_of(self._parts) | {"roads": self._roads.told(self._parts.clock())},
            wish,
            language,
            asset_version=self._version,
            public_address=self._parts.settings.public_address.rstrip("/"),
        )
        return answer(request, Payload(html.encode(), HTML), CACHE)


def _endpoint(own: PrintPage, language: Language) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        return own.page(request, language)

    return endpoint
