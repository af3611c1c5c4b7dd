"""The page of all cleared roads, and what other pages without scripts say of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from starlette.responses import Response

from core.errors import LayerError, StoreError
from core.times import format_rfc3339
from gis.catalogue import PublishedLayer, read_catalogue
from gis.feature_source import edition_of
from maps import Language, static_version
from maps.roads_page import PATH, RoadsWish, roads_page
from web.parts import Parts
from web.payloads import Payload, answer
from web.road_states import roads_state, standing_still
from web.roads import Board

HTML = "text/html; charset=utf-8"
LONGEST_TEXT = 60


class RoadFacts:
    """What the public may know of the roads, and their published lines, for pages; neither is ever a reason to fail."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._board = Board(parts)
        self._layers = parts.public_folder / "layers"
        self._lines: tuple[str, Mapping[str, Any]] | None = None

    @property
    def edition(self) -> tuple[int, bool]:
        """Another one whenever something else is told."""
        return self._board.edition, self._board.failing

    def told(self, now: datetime) -> Mapping[str, Any] | None:
        """What ``/api/roads/state`` says; None where the town has no ploughs, or nothing was ever read."""
        plan = self._parts.site.ploughs
        if plan is None:
            return None
        try:
            roads = self._board.roads()
        except StoreError:
            return None
        stale = self._board.failing or standing_still(self._parts.site, plan, roads, now)
        return roads_state(self._parts.site, plan, roads, now, stale=stale)

    def lines(self) -> Mapping[str, Any] | None:
        """The published layer of roads as GeoJSON; None where there is none. Raises LayerError for a damaged file."""
        layer = self._layer()
        if layer is None:
            return None
        edition = edition_of(layer)
        if self._lines is None or self._lines[0] != edition:
            path = self._layers / Path(layer.geojson_url).name
            try:
                self._lines = (edition, json.loads(path.read_bytes()))
            except (OSError, ValueError) as error:
                raise LayerError(
                    layer.id,
                    f"reading the published {path.name}: {error}",
                    hint="publish the layers anew: yukimori layers build",
                ) from error
        return self._lines[1]

    def _layer(self) -> PublishedLayer | None:
        plan = self._parts.site.ploughs
        wanted = "" if plan is None else plan.roads
        return next((layer for layer in read_catalogue(self._layers) if layer.id == wanted), None)


def add_road_pages(app: FastAPI, parts: Parts) -> None:
    """Adds ``/roads`` in both languages."""
    facts = RoadFacts(parts)
    languages: tuple[tuple[str, Language], ...] = (("", "ja"), ("/en", "en"))
    for prefix, language in languages:
        app.add_api_route(
            prefix + PATH, _page(parts, facts, language), include_in_schema=False, response_class=Response
        )


def _page(parts: Parts, facts: RoadFacts, language: Language) -> Callable[..., Response]:
    version = static_version()

    def roads(
        request: Request,
        q: Annotated[str, Query()] = "",
        age: Annotated[str, Query()] = "",
        late: Annotated[str, Query()] = "",
    ) -> Response:
        """All roads as a table, or those looked for; what is not understood is no wish."""
        now = parts.clock()
        html = roads_page(
            parts.site,
            facts.told(now),
            facts.lines(),
            language,
            now=format_rfc3339(now),
            asset_version=version,
            wish=RoadsWish(text=q[:LONGEST_TEXT], age=age[:LONGEST_TEXT], late=bool(late)),
        )
        return answer(request, Payload(html.encode(), HTML), "no-cache")

    return roads
