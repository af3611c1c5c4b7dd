"""The tables of the map's layers over HTTP, and the pages that stand still: accessibility."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from gis import CATALOGUE_NAME, PublishedLayer, read_catalogue
from gis.feature_source import edition_of
from gis.layer_measures import ClassTotal, class_totals
from gis.open_data_index import read_index
from maps import Language, static_version
from maps.accessibility_page import PATH as ACCESSIBILITY
from maps.accessibility_page import accessibility_page
from maps.layer_page import INDEX, LayerTable, all_layers_page, files_of, layer_page, page_count, path_of
from web.doors import refuse_haste
from web.pages import ASK_AGAIN, HTML, state_of
from web.parts import Parts
from web.payloads import Payload, answer
from web.problems import Problem

_PAGE = re.compile(r"[1-9]\d{0,5}", re.ASCII)

State = tuple[int, int]


def add_layer_pages(app: FastAPI, parts: Parts) -> None:
    """Adds ``/layers/``, ``/layer/<id>`` and ``/accessibility`` in both languages."""
    pages = LayerPages(parts)

    def limited(request: Request) -> None:
        refuse_haste(parts.limiter, parts.doors.address(request))

    languages: tuple[tuple[str, Language], ...] = (("", "ja"), ("/en", "en"))
    for prefix, language in languages:
        own = InLanguage(pages, language)
        routes: tuple[tuple[str, Callable[..., Response]], ...] = (
            (INDEX, own.all_layers),
            (path_of("{layer}"), own.layer),
            (ACCESSIBILITY, own.accessibility),
        )
        for path, endpoint in routes:
            app.add_api_route(
                prefix + path,
                endpoint,
                dependencies=[Depends(limited)],
                include_in_schema=False,
                response_class=Response,
            )


class LayerPages:
    """Makes the pages; what was measured of a layer is kept while the layer stays the same."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._folder = parts.public_folder / "layers"
        self._open_data = parts.public_folder / "opendata"
        self._version = static_version()
        self._catalogue: tuple[State, list[PublishedLayer]] = ((0, 0), [])
        self._totals: dict[str, tuple[str, tuple[ClassTotal, ...]]] = {}
        self._lock = threading.Lock()

    def all_layers(self, language: Language) -> Payload:
        """The list of all layers."""
        html = all_layers_page(self._parts.site, self._layers(), language, asset_version=self._version)
        return Payload(html.encode(), HTML)

    def layer(self, id_: str, page: int, language: Language) -> Payload:
        """A page of the table of one layer. Raises Problem 404 for a layer or a page there is not, and LayerError."""
        layer = next((found for found in self._layers() if found.id == id_), None)
        if layer is None:
            raise Problem(404, "There is no such layer.")
        if page > page_count(layer):
            raise Problem(404, "The table has no such page.")
        table = self._table(layer)
        html = layer_page(self._parts.site, table, language, asset_version=self._version, page=page)
        return Payload(html.encode(), HTML)

    def accessibility(self, language: Language) -> Payload:
        """What was tested, what was found, and where to write."""
        html = accessibility_page(self._parts.site, language, asset_version=self._version)
        return Payload(html.encode(), HTML)

    def _table(self, layer: PublishedLayer) -> LayerTable:
        source = self._parts.sources.of(layer)
        with self._lock:  # a large layer is measured by the first who asks, and once
            kept = self._totals.get(layer.id)
            if kept is None or kept[0] != edition_of(layer):
                kept = self._totals[layer.id] = (
                    edition_of(layer),
                    class_totals(source, self._parts.site.plane_epsg),
                )
        files = files_of(layer, read_index(self._open_data))
        return LayerTable(layer=layer, source=source, totals=kept[1], files=files)

    def _layers(self) -> list[PublishedLayer]:
        """The public layers there are now."""
        state = state_of(self._folder / CATALOGUE_NAME)
        if self._catalogue[0] != state:
            found = [layer for layer in read_catalogue(self._folder) if layer.access == "public"]
            self._catalogue = (state, found)
        return self._catalogue[1]


class InLanguage:
    """The pages of one language as endpoints."""

    def __init__(self, pages: LayerPages, language: Language) -> None:
        self._pages = pages
        self._language = language

    def all_layers(self, request: Request) -> Response:
        """The list of all layers."""
        return answer(request, self._pages.all_layers(self._language), ASK_AGAIN)

    def layer(self, request: Request, layer: str) -> Response:
        """One layer as a table."""
        return answer(request, self._pages.layer(layer, wanted_page(request), self._language), ASK_AGAIN)

    def accessibility(self, request: Request) -> Response:
        """What was tested, what was found, and where to write."""
        return answer(request, self._pages.accessibility(self._language), ASK_AGAIN)


def wanted_page(request: Request) -> int:
    """The page of the table that is asked for, from 1. Raises Problem 400 for anything that is no page number."""
    given = request.query_params.getlist("page")
    if not given:
        return 1
    if len(given) > 1 or not _PAGE.fullmatch(given[0]):
        raise Problem(400, "Parameter 'page' is a whole number from 1, given once.")
    return int(given[0])
