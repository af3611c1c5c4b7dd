"""``/api/shelters``: the published evacuation sites and shelters, each with what was last said of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from core.shelters import ShelterState
from core.times import format_rfc3339
from gis.shelter_sites import PublishedShelters, ShelterSite
from web.api import CACHE, RENEW_S
from web.documents import PROBLEMS, SHELTERS
from web.doors import refuse_haste
from web.features import GEOJSON, Json, age_s
from web.parameters import only_known
from web.parts import Parts
from web.payloads import Payload, answer, json_payload
from web.shelter_states import state_as_dict

Key = tuple[int, bool, int, tuple[int, int]]


def add_shelters(app: FastAPI, parts: Parts) -> None:
    """Adds the route ``/api/shelters``."""
    api = SheltersApi(parts)
    app.add_api_route(
        "/api/shelters",
        api.shelters,
        dependencies=[Depends(only_known), Depends(api.limited)],
        response_class=Response,
        responses={200: SHELTERS, **PROBLEMS},
    )


class SheltersApi:
    """The route as a method; the answer is kept while neither states nor layers change."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._published = PublishedShelters(parts.public_folder / "layers")
        self._kept: tuple[Key, Payload] | None = None

    def limited(self, request: Request) -> None:
        """Refuses (429) an address that asks faster than any page does."""
        refuse_haste(self._parts.limiter, self._parts.doors.address(request))

    def shelters(self, request: Request) -> Response:
        """Evacuation sites and shelters with their state, as GeoJSON; ``state`` is null where it is not known."""
        now = self._parts.clock()
        picture = self._parts.live.picture()
        stale = self._parts.live.stale(now)
        key = (picture.shelters_version, stale, int(now.timestamp()) // RENEW_S, self._published.version())
        kept = self._kept
        if kept is None or kept[0] != key:
            content = shelters_as_geojson(self._published.sites(), picture.shelters, now)
            whole = {**content, "generated_at": format_rfc3339(now), "stale": stale}
            kept = self._kept = (key, json_payload(whole, GEOJSON))
        return answer(request, kept[1], CACHE)


def shelters_as_geojson(
    sites: tuple[ShelterSite, ...] | list[ShelterSite], states: Mapping[str, ShelterState], now: datetime
) -> Json:
    """A FeatureCollection of the sites as published, with ``layer`` and ``state`` (null: nobody ever said) beside."""
    return {"type": "FeatureCollection", "features": [_feature(site, states.get(site.id), now) for site in sites]}


def _feature(site: ShelterSite, state: ShelterState | None, now: datetime) -> Json:
    told = None if state is None else {**state_as_dict(state), "age_s": age_s(state.at, now)}
    properties = {**site.feature["properties"], "layer": site.layer, "state": told}
    return {"type": "Feature", "id": site.id, "geometry": site.feature["geometry"], "properties": properties}
