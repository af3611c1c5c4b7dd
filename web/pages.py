"""The pages and their files: map, table, station; static assets; published layers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

import maps
from core.errors import StoreError
from core.times import format_rfc3339
from gis import CATALOGUE_NAME, PublishedLayer, read_catalogue
from maps import STATIC, Language, build_list, static_version, station_page
from web.api import RENEW_S
from web.closures import ClosuresRead
from web.doors import refuse_haste
from web.events import standing
from web.files import Folder
from web.parts import Parts
from web.payloads import Payload, answer
from web.problems import Problem
from web.road_pages import RoadFacts
from web.shelter_states import states_as_list

HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"

ASK_AGAIN = "no-cache"
"""The browser keeps the bytes but asks whether they still hold."""


def add_pages(app: FastAPI, parts: Parts) -> None:
    """Adds the pages of both languages, ``/static`` and ``/layers``."""
    pages = Pages(parts)
    files = Files(parts)
    languages: tuple[tuple[str, Language], ...] = (("", "ja"), ("/en", "en"))
    for prefix, language in languages:
        own = InLanguage(pages, language)
        pages_here: tuple[tuple[str, Callable[..., Response]], ...] = (
            ("/", own.town_map),
            ("/map.js", own.map_script),
            ("/list", own.table),
            ("/station/{station}", own.station),
        )
        for path, endpoint in pages_here:
            app.add_api_route(prefix + path, endpoint, include_in_schema=False, response_class=Response)
    others: tuple[tuple[str, Callable[..., Response]], ...] = (
        ("/en", to_english),
        ("/static/{name:path}", files.static),
        ("/layers/{name}", files.layer),
    )
    for path, endpoint in others:
        app.add_api_route(path, endpoint, include_in_schema=False, response_class=Response)


def to_english() -> Response:
    """``/en`` is a folder: its pages are below ``/en/``."""
    return Response(status_code=308, headers={"Location": "/en/"})


class Files:
    """Static assets and published layers."""

    def __init__(self, parts: Parts) -> None:
        self._static = Folder(STATIC, ASK_AGAIN)
        self._layers = Folder(parts.public_folder / "layers", "public, max-age=60")

    def static(self, request: Request, name: str) -> Response:
        """A script, style sheet or picture of the pages."""
        return self._static.answer(request, name)

    def layer(self, request: Request, name: str) -> Response:
        """A published layer: ``<id>.geojson``, ``<id>.pmtiles``, or the catalogue."""
        return self._layers.answer(request, name)


class Pages:
    """Makes pages once and keeps them while what they are made of stays the same."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._version = static_version()
        self._layers = parts.public_folder / "layers"
        self._maps: dict[Language, tuple[tuple[int, int], Payload, Payload]] = {}
        self._tables: dict[Language, tuple[tuple[int, ...], Payload]] = {}
        self._roads = RoadFacts(parts)
        self._closures = ClosuresRead(parts)

    def refuse_haste(self, request: Request) -> None:
        """Refuses (429) an address that has pages made faster than it may ask."""
        refuse_haste(self._parts.limiter, self._parts.doors.address(request))

    def town_map(self, language: Language) -> tuple[Payload, Payload]:
        """The map page and its script; made anew when other layers were published."""
        key = state_of(self._layers / CATALOGUE_NAME)
        kept = self._maps.get(language)
        if kept is None or kept[0] != key:
            page = maps.build_page(self._parts.site, self._catalogue(), language, asset_version=self._version)
            kept = (key, Payload(page.html.encode(), HTML), Payload(page.script.encode(), SCRIPT))
            self._maps[language] = kept
        return kept[1], kept[2]

    def table(self, language: Language) -> Payload:
        """The table page with the newest values."""
        now = self._parts.clock()
        picture = self._parts.live.picture()
        layers = state_of(self._layers / CATALOGUE_NAME)
        roads = self._roads.told(now)
        renewed = int(now.timestamp()) // RENEW_S
        key = (picture.version, self._parts.live.stale(now), renewed, *layers, *self._roads.edition)
        kept = self._tables.get(language)
        if kept is None or kept[0] != key:
            html = build_list(
                self._parts.site,
                facts_of(self._parts),
                language,
                asset_version=self._version,
                shelters=self._shelters(language),
                roads=(roads, self._roads.lines()),
                closures=self._closed(now),
            )
            kept = self._tables[language] = (key, Payload(html.encode(), HTML))
        return kept[1]

    def station(self, station: str, language: Language) -> Payload:
        """The page of one station. Raises Problem 404."""
        found = next((known for known in self._parts.shapes.station_ids if known == station), None)
        if found is None:
            raise Problem(404, "There is no such station.")
        now = self._parts.clock()
        live = self._parts.live
        picture = live.picture()
        feature = self._parts.shapes.station(found, picture.values, now, picture.offline)
        html = station_page(
            self._parts.site,
            feature,
            language,
            alerts=self._parts.shapes.alerts(picture.episodes.values(), now)["open"],
            now=format_rfc3339(now),
            asset_version=self._version,
            stale=live.stale(now),
            read_at=format_rfc3339(live.read_at) if live.read_at else None,
        )
        return Payload(html.encode(), HTML)

    def _closed(self, now: datetime) -> Mapping[str, Any] | None:
        """What is told of closed roads; None where that was never read and the database is away."""
        try:
            return self._closures.told(now)
        except StoreError:
            return None

    def _catalogue(self) -> list[PublishedLayer]:
        return read_catalogue(self._layers)

    def _shelters(self, language: Language) -> list[tuple[str, Mapping[str, Any]]]:
        return [
            (layer.title_ja if language == "ja" else layer.title_en, json.loads(self._geojson(layer).read_bytes()))
            for layer in self._catalogue()
            if layer.kind == "shelters" and self._geojson(layer).is_file()
        ]

    def _geojson(self, layer: PublishedLayer) -> Path:
        return self._layers / Path(layer.geojson_url).name


def facts_of(parts: Parts) -> dict[str, Any]:
    """What the public may know now, in the form of a snapshot, for pages without scripts."""
    now, picture, shapes = parts.clock(), parts.live.picture(), parts.shapes
    return {
        "version": picture.version,
        **standing(now, parts.live.read_at, stale=parts.live.stale(now)),
        "stations": shapes.stations(picture.values, now, picture.offline),
        "vehicles": shapes.vehicles(picture.positions.values(), now),
        "alerts": shapes.alerts(picture.episodes.values(), now - parts.settings.recent_alerts),
        "shelters": states_as_list(picture.shelters),
    }


class InLanguage:
    """The pages of one language as endpoints."""

    def __init__(self, pages: Pages, language: Language) -> None:
        self._pages = pages
        self._language = language

    def town_map(self, request: Request) -> Response:
        """The public map."""
        return answer(request, self._pages.town_map(self._language)[0], ASK_AGAIN)

    def map_script(self, request: Request) -> Response:
        """The map's script, as folium wrote it."""
        return answer(request, self._pages.town_map(self._language)[1], ASK_AGAIN)

    def table(self, request: Request) -> Response:
        """The same facts as a table."""
        self._pages.refuse_haste(request)
        return answer(request, self._pages.table(self._language), ASK_AGAIN)

    def station(self, request: Request, station: str) -> Response:
        """One station."""
        self._pages.refuse_haste(request)
        return answer(request, self._pages.station(station, self._language), ASK_AGAIN)


def state_of(path: Path) -> tuple[int, int]:
    """What changes when the file does; zeros where there is none."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size
