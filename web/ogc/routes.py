"""The routes of OGC API – Features, in Japanese below ``/ogc`` and in English below ``/en/ogc``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from maps import Language
from web.addresses import own_address
from web.doors import refuse_haste
from web.ogc import documents, features, pages
from web.ogc.asking import ITEMS_PARAMETERS, given, refuse_other_edition, selection, system, wanted
from web.ogc.collections import Collection
from web.ogc.description import openapi
from web.ogc.documents import GEOJSON, JSON, OPENAPI, Places
from web.ogc.shelf import Shelf
from web.parts import Parts
from web.payloads import Payload, answer, json_payload
from web.problems import Problem

CACHE = "public, max-age=5"
VARY = "Accept, Accept-Encoding, Host"

Json = dict[str, Any]


def add_ogc(app: FastAPI, parts: Parts) -> None:
    """Adds the routes below ``/ogc`` and ``/en/ogc``."""
    shelf = Shelf(parts)

    def limited(request: Request) -> None:
        refuse_haste(parts.limiter, parts.doors.address(request))

    languages: tuple[tuple[str, Language], ...] = (("", "ja"), ("/en", "en"))
    for prefix, language in languages:
        own = Ogc(parts, shelf, language)
        routes: tuple[tuple[str, Callable[..., Response]], ...] = (
            ("", own.landing),
            ("/", own.landing),
            ("/conformance", own.conformance),
            ("/api", own.api),
            ("/collections", own.collections),
            ("/collections/{collection}", own.collection),
            ("/collections/{collection}/items", own.items),
            ("/collections/{collection}/items/{feature}", own.item),
        )
        for path, endpoint in routes:
            app.add_api_route(
                f"{prefix}/ogc{path}",
                endpoint,
                dependencies=[Depends(limited)],
                include_in_schema=False,
                response_class=Response,
            )


class Ogc:
    """The endpoints of one language."""

    def __init__(self, parts: Parts, shelf: Shelf, language: Language) -> None:
        self._parts = parts
        self._shelf = shelf
        self._language = language
        self._pages = pages.Pages(parts.site, language)

    def landing(self, request: Request) -> Response:
        """Where everything starts."""
        form = self._form(request)
        return self._answer(request, form, documents.landing(self._parts.site, self._places(request), form), JSON)

    def conformance(self, request: Request) -> Response:
        """What the interface promises."""
        return self._answer(request, self._form(request), documents.conformance(), JSON)

    def api(self, request: Request) -> Response:
        """The description of the interface."""
        form, places = self._form(request), self._places(request)
        known = [(found.about, found.queryables()) for found in self._shelf.all()]
        document = openapi(f"{self._parts.site.name_en} OGC API – Features", known, places, self._shelf.systems)
        return self._answer(request, form, document, OPENAPI)

    def collections(self, request: Request) -> Response:
        """All collections."""
        form = self._form(request)
        abouts = [found.about for found in self._shelf.all()]
        document = documents.collections(abouts, self._places(request), self._shelf.systems, form)
        return self._answer(request, form, document, JSON)

    def collection(self, request: Request, collection: str) -> Response:
        """One collection."""
        found, form = self._found(collection), self._form(request)
        document = documents.collection(found.about, self._places(request), self._shelf.systems, form)
        return self._answer(request, form, document, JSON)

    def items(self, request: Request, collection: str) -> Response:
        """Features of a collection."""
        found = self._found(collection)
        types = {name: kind for name, kind in found.queryables().items() if name not in ITEMS_PARAMETERS}
        asked = given(request, *ITEMS_PARAMETERS, *types)
        refuse_other_edition(asked, found.about.edition)
        chosen = selection(asked, self._shelf.systems, types)
        form = wanted(asked, request.headers.get("accept", ""))
        texts, matched = found.select(chosen)
        places = self._places(request)
        page = features.PageOf(found.about, places, form, asked, chosen, matched, len(texts))
        headers = {"Content-Crs": f"<{chosen.axes.uri}>"}
        if form == "html":
            return self._html(request, self._pages.items(page, texts), headers)
        return self._json(request, Payload(features.collection_text(page, texts), GEOJSON), headers)

    def item(self, request: Request, collection: str, feature: str) -> Response:
        """One feature."""
        found = self._found(collection)
        asked = given(request, "crs", "f")
        axes = system(asked, "crs", self._shelf.systems)
        form = wanted(asked, request.headers.get("accept", ""))
        text = found.one(feature, axes)
        if text is None:
            raise Problem(404, "There is no such feature.")
        headers = {"Content-Crs": f"<{axes.uri}>"}
        places = self._places(request)
        if form == "html":
            return self._html(request, self._pages.item(found.about, places, feature, text), headers)
        body = features.feature_text(found.about, places, feature, text, asked)
        return self._json(request, Payload(body, GEOJSON), headers)

    def _found(self, collection: str) -> Collection:
        found = self._shelf.get(collection)
        if found is None:
            raise Problem(404, "There is no such collection.")
        return found

    def _places(self, request: Request) -> Places:
        return Places(own_address(request, self._parts.settings.public_address), self._language)

    def _form(self, request: Request) -> str:
        return wanted(given(request, "f"), request.headers.get("accept", ""))

    def _answer(self, request: Request, form: str, document: Json, type_: str) -> Response:
        if form == "html":
            path = request.scope["path"].removeprefix("/en")
            return self._html(request, self._pages.document(path, document), {})
        return self._json(request, json_payload(document, type_), {})

    def _json(self, request: Request, payload: Payload, headers: dict[str, str]) -> Response:
        return answer(request, payload, CACHE, {"Vary": VARY, **headers})

    def _html(self, request: Request, page: str, headers: dict[str, str]) -> Response:
        payload = Payload(page.encode(), "text/html; charset=utf-8")
        return answer(request, payload, CACHE, {"Vary": VARY, **headers})
