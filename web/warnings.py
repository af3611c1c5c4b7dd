"""``/api/warnings``: the warnings of the Meteorological Agency in force for the town's areas."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from alerts.jma.codes import english_name
from config.model import Site
from core.errors import StoreError
from core.times import format_rfc3339
from core.weather_warnings import WeatherWarning
from store import Store
from store.warnings import Look
from web.documents import PROBLEMS
from web.doors import refuse_haste
from web.features import Json, age_s
from web.parameters import only_known
from web.parts import Parts
from web.payloads import answer, json_payload
from web.warning_documents import WARNINGS

CACHE = "public, max-age=15"
RENEW_S = 15
LOOKED_WITHIN = timedelta(minutes=10)
"""So old a look is no longer the present, or five pauses between two looks where that is more."""

_MUNICIPALITY = 7
"""So many digits has the agency's code of a municipality."""

_NOTE_JA = "気象庁の発表です。避難情報は市町村が発令します。"
_NOTE_EN = "Issued by the Japan Meteorological Agency. Evacuation orders are issued by the municipality."


def add_warnings(app: FastAPI, parts: Parts) -> None:
    """Adds the route ``/api/warnings``."""
    api = WarningsApi(parts)
    app.add_api_route(
        "/api/warnings",
        api.warnings,
        dependencies=[Depends(only_known), Depends(api.limited)],
        response_class=Response,
        responses={200: WARNINGS, **PROBLEMS},
    )


class WarningsApi:
    """The route as a method; an answer is kept for some seconds, and the last one while the database is away."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._kept: tuple[int, Look | None, list[WeatherWarning]] | None = None

    def limited(self, request: Request) -> None:
        """Refuses (429) an address that asks faster than any page does."""
        refuse_haste(self._parts.limiter, self._parts.doors.address(request))

    def warnings(self, request: Request) -> Response:
        """The warnings in force, the gravest first; null where it is not known whether there are any."""
        now = self._parts.clock()
        look, standing = self._read(int(now.timestamp()) // RENEW_S)
        document = warnings_document(self._parts.site, look, standing, now)
        return answer(request, json_payload(document), CACHE)

    def _read(self, turn: int) -> tuple[Look | None, list[WeatherWarning]]:
        if self._kept is None or self._kept[0] != turn:
            try:
                self._kept = (turn, *read_warnings(self._parts.site, self._parts.store, self._parts.registry.site))
            except StoreError:
                if self._kept is None:
                    raise
        return self._kept[1], self._kept[2]


def read_warnings(site: Site, store: Store, site_no: int) -> tuple[Look | None, list[WeatherWarning]]:
    """When it was looked last, and what is in force; nothing where the site reads no telegrams. Raises StoreError."""
    if site.jma is None:
        return None, []
    return store.warnings.look(site_no), store.warnings.standing(site_no)


def warnings_document(site: Site, look: Look | None, standing: Iterable[WeatherWarning], now: datetime) -> Json:
    """What the API says. ``warnings`` is null unless a telegram was ever read: silence is never told as calm.

    ``stale`` says that looking for telegrams does not succeed any more.
    """
    known = look is not None and look.newest_at is not None
    return {
        "configured": site.jma is not None,
        "source": "気象庁",
        "source_en": "Japan Meteorological Agency",
        "note_ja": _NOTE_JA,
        "note_en": _NOTE_EN,
        "areas": list(site.jma.areas) if site.jma else [],
        "read_at": format_rfc3339(look.read_at) if look and look.read_at else None,
        "newest_at": format_rfc3339(look.newest_at) if look and look.newest_at else None,
        "stale": _is_stale(site, look, now),
        "warnings": [_warning(one, now) for one in _in_force(standing, now)] if known else None,
        "generated_at": format_rfc3339(now),
    }


def _in_force(standing: Iterable[WeatherWarning], now: datetime) -> list[WeatherWarning]:
    """What is told: of the same kind for the municipality and for a larger area around it only the former."""
    found = [one for one in standing if one.until is None or one.until > now]
    near = {(one.type, one.code, one.name, one.event_id) for one in found if len(one.area) == _MUNICIPALITY}
    told = [
        one
        for one in found
        if len(one.area) == _MUNICIPALITY or (one.type, one.code, one.name, one.event_id) not in near
    ]
    return sorted(told, key=lambda one: (-one.grade, -(one.level or 0), one.key))


def _is_stale(site: Site, look: Look | None, now: datetime) -> bool:
    if site.jma is None or look is None or look.read_at is None:
        return True
    return now - look.read_at > max(LOOKED_WITHIN, 5 * site.jma.every)


def _warning(one: WeatherWarning, now: datetime) -> Json:
    return {
        "type": one.type,
        "area": one.area,
        "area_name": one.area_name,
        "code": one.code,
        "name": one.name,
        "name_en": english_name(one.hazard, one.grade, one.level),
        "known": one.known,
        "hazard": one.hazard.value,
        "grade": one.grade.slug,
        "level": one.level,
        "status": one.status,
        "subject": one.subject,
        "issued_at": format_rfc3339(one.issued_at),
        "age_s": age_s(one.issued_at, now),
        "until": format_rfc3339(one.until) if one.until else None,
        "office": one.office,
        "headline": one.headline,
    }
