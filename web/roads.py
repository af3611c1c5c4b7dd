"""What the public is told of cleared roads: ``/api/roads`` (GeoJSON) and ``/api/roads/state`` (the same words without lines).

Both say what the table ``public_road`` holds, which is written for all roads at once, at the boundaries of ``plan.public_step``,
after ``site.privacy.vehicle_delay``; nothing here reads where a plough is. ``live/roads.json`` of the static site is the
same object as ``/api/roads/state``.

``/api/roads/state``::

    {
      "now": RFC 3339,               when this answer was made; ages are reckoned to it
      "as_of": RFC 3339 | null,      what was done until then is in it; null: nothing is published yet
      "step_s": 600,                 times of roads are rounded down to this
      "window_s": 86400,             without an order a road counts as cleared where clear_since is no longer before as_of
      "remember_s": 1209600,         work older than this is not looked for
      "delay_s": 600,                the town's delay
      "stale": false,                true: the database cannot be read, or nothing was published for long
      "order": null | {"at": RFC 3339, "classes": [{"class": "1", "deadline": RFC 3339 | null}]},
      "notes": {"ja": [sentence...], "en": [sentence...]},
      "withheld": 12,                how many roads are not told of
      "roads": {
        "<road id>": {
          "age_class": "under_1h" | "1_3h" | "3_6h" | "6_12h" | "12_24h" | "over_24h" | "none",
          "clear_since": RFC 3339 | null,   the oldest work needed to cover the road; the age is reckoned from it
          "cleared_at": RFC 3339 | null,    when the road was last covered whole
          "age_s": 1800 | null,             now - clear_since
          "share": 0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0,   how much of the length was worked over in window_s, rounded down;
                                                        1.0: from 95 %
          "evidence": "signal" | "inferred" | null,
          "deadline": RFC 3339 | null,      of the standing order; null without one
          "late": true | false,             the deadline passed and the road was not cleared since the order
          "snow_cm": 3.5 | null,            measured nearby since clear_since; null: not known
          "second_pass": true | false | null,   null: not known, or the town set no limit
          "withheld": false
        },
        "<road id>": {"withheld": true}     公表しない区間: nothing else is said of it
      }
    }

``/api/roads``: a FeatureCollection of the published layer's lines; each feature's ``id`` is the road's, its properties are
those the layer is published with and, as ``state``, all of the above for that road, with ``age_ja`` and ``age_en`` beside; the
members beside ``features`` are those of the state. ``state`` is null for a road of which nothing is published.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from config.plough_plan import PloughPlan
from core.errors import LayerError, StoreError
from core.public_ploughs import PublicRoad, PublicRoads
from gis.catalogue import PublishedLayer, read_catalogue
from gis.feature_source import edition_of
from web.api import CACHE
from web.documents import PROBLEMS
from web.doors import refuse_haste
from web.features import GEOJSON, Json
from web.parameters import only_known
from web.parts import Parts
from web.payloads import Payload, answer, json_payload
from web.problems import Problem
from web.road_documents import ROADS, ROADS_STATE
from web.road_states import class_of, road_state, roads_state, standing_still

RENEW_S = 60
"""Seconds after which an unchanged answer is made anew, for the ages in it."""

Key = tuple[Any, ...]


def add_roads(app: FastAPI, parts: Parts) -> None:
    """Adds the routes ``/api/roads`` and ``/api/roads/state``."""
    api = RoadsApi(parts)
    for path, endpoint, schema in (
        ("/api/roads", api.roads, ROADS),
        ("/api/roads/state", api.state, ROADS_STATE),
    ):
        app.add_api_route(
            path,
            endpoint,
            dependencies=[Depends(only_known), Depends(api.limited)],
            response_class=Response,
            responses={200: schema, **PROBLEMS},
        )


class Board:
    """What is published of the roads, asked of the store now and then; while the store is away the last stays.

    The store is asked no more often than ``roads_every``, however many readers there are: what it says changes once in a step.
    ``edition`` is another number whenever something else is published.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._due = 0.0
        self._roads: PublicRoads | None = None
        self.edition = 0
        self.failing = False

    def roads(self) -> PublicRoads | None:
        """The newest step; None before the first. Raises StoreError where nothing was ever read and the store is away."""
        with self._lock:
            if time.monotonic() >= self._due:
                self._ask()
            return self._roads

    def _ask(self) -> None:
        try:
            self._take(self._read())
        except StoreError:
            self.failing = True
            if self.edition == 0:
                raise
        self._due = time.monotonic() + self._parts.settings.roads_every.total_seconds()

    def _read(self) -> PublicRoads | None:
        if self._parts.live.away(self._parts.clock()):
            raise StoreError("the database is away", retryable=True)
        return self._parts.store.public_ploughs.roads(self._parts.registry.site)

    def _take(self, roads: PublicRoads | None) -> None:
        if self.edition == 0 or roads != self._roads:
            self._roads, self.edition = roads, self.edition + 1
        self.failing = False


class RoadsApi:
    """The routes as methods; an answer is kept while neither a step nor a minute has passed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._board = Board(parts)
        self._layers = parts.public_folder / "layers"
        self._kept: dict[str, tuple[Key, Payload]] = {}
        self._features: tuple[str, list[Mapping[str, Any]]] | None = None

    def limited(self, request: Request) -> None:
        """Refuses (429) an address that asks faster than any page does."""
        refuse_haste(self._parts.limiter, self._parts.doors.address(request))

    def state(self, request: Request) -> Response:
        """How clear each road is, by its id, without lines."""
        plan, now = self._plan(), self._parts.clock()
        roads, stale = self._standing(plan, now)

        def build() -> Payload:
            return json_payload(roads_state(self._parts.site, plan, roads, now, stale=stale))

        return answer(
            request, self._made("state", (self._board.edition, stale, int(now.timestamp()) // RENEW_S), build), CACHE
        )

    def roads(self, request: Request) -> Response:
        """The cleared roads as GeoJSON, with how clear each is."""
        plan, now = self._plan(), self._parts.clock()
        layer = self._layer(plan)
        roads, stale = self._standing(plan, now)

        def build() -> Payload:
            told = roads_state(self._parts.site, plan, roads, now, stale=stale)
            states = {} if roads is None else roads.roads
            features = [_feature(each, states.get(str(each["properties"]["id"])), now) for each in self._lines(layer)]
            rest = {name: told[name] for name in told if name != "roads"}
            about = {"licence": layer.licence, "credit": layer.credit}
            return json_payload({"type": "FeatureCollection", **rest, **about, "features": features}, GEOJSON)

        key = (self._board.edition, stale, int(now.timestamp()) // RENEW_S, edition_of(layer))
        return answer(request, self._made("roads", key, build), CACHE)

    def _plan(self) -> PloughPlan:
        plan = self._parts.site.ploughs
        if plan is None:
            raise Problem(404, "This town does not publish which roads are cleared.")
        return plan

    def _standing(self, plan: PloughPlan, now: datetime) -> tuple[PublicRoads | None, bool]:
        roads = self._board.roads()
        stale = self._board.failing or standing_still(self._parts.site, plan, roads, now)
        return roads, stale

    def _made(self, name: str, key: Key, build: Callable[[], Payload]) -> Payload:
        kept = self._kept.get(name)
        if kept is None or kept[0] != key:
            kept = self._kept[name] = (key, build())
        return kept[1]

    def _layer(self, plan: PloughPlan) -> PublishedLayer:
        found = next((layer for layer in read_catalogue(self._layers) if layer.id == plan.roads), None)
        if found is None:
            raise Problem(
                404, "The lines of the roads are not published. /api/roads/state tells of them without lines."
            )
        return found

    def _lines(self, layer: PublishedLayer) -> list[Mapping[str, Any]]:
        """The features as published. Raises LayerError for a file that is gone or damaged."""
        edition = edition_of(layer)
        if self._features is None or self._features[0] != edition:
            path = self._layers / Path(layer.geojson_url).name
            try:
                self._features = (edition, json.loads(path.read_bytes())["features"])
            except (OSError, ValueError, KeyError) as error:
                raise LayerError(
                    layer.id,
                    f"reading the published {path.name}: {error}",
                    hint="publish the layers anew: yukimori layers build",
                ) from error
        return self._features[1]


def _feature(line: Mapping[str, Any], road: PublicRoad | None, now: datetime) -> Json:
    properties: Json = {**line["properties"], "state": None}
    if road is not None:
        properties["state"] = road_state(road, now)
        if not road.withheld:
            look = class_of(road, now)
            properties |= {"age_ja": look.ja, "age_en": look.en}
    return {"type": "Feature", "id": properties["id"], "geometry": line["geometry"], "properties": properties}
