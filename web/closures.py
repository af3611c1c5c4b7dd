"""Closed roads: ``/api/closures`` tells everybody, ``/api/console/closures`` is where staff says so."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from core.accounts import Person, Role
from core.closures import Closure, ClosureReason, ClosureStatus
from core.errors import StoreError
from core.times import format_rfc3339
from store import Store
from store.closures import StandingClosure
from web.access import person_of
from web.api import CACHE
from web.closure_wishes import closure_wish
from web.documents import PROBLEMS, Schema, answer_of, list_of, object_of
from web.doors import refuse_haste
from web.parameters import only_known
from web.parts import Parts
from web.payloads import answer, json_payload
from web.problems import Problem
from web.staff_documents import REFUSALS
from web.staff_wishes import read_body

OPENED_SHOWN = timedelta(hours=24)
"""How long a road that is open again is still told, so that people learn it."""

RENEW = timedelta(seconds=5)
STALE = timedelta(minutes=1)

FRESH = {"Cache-Control": "no-store"}

_TEXT = {"type": "string"}
_MAY_TIME = {"type": ["string", "null"], "format": "date-time"}
_NUMBER = {"type": ["number", "null"]}
_STATUS = {"enum": [status.value for status in ClosureStatus]}
_REASON = {"enum": [reason.value for reason in ClosureReason]}
_FACTS: Schema = {
    **dict.fromkeys(("id", "name_ja", "name_en", "road", "note_ja", "note_en"), _TEXT),
    "status": _STATUS,
    "reason": _REASON,
    **dict.fromkeys(("lon", "lat"), _NUMBER),
    "until": _MAY_TIME,
    "at": {"type": "string", "format": "date-time"},
}
_SINCE: Schema = {"since": {"type": "string", "format": "date-time"}}
_PUBLIC = object_of(
    {
        "closures": list_of(object_of({**_FACTS, **_SINCE})),
        "generated_at": {"type": "string", "format": "date-time"},
        "stale": {"type": "boolean"},
    }
)
_STAFF = object_of({"closures": list_of(object_of({**_FACTS, **_SINCE, "by": _TEXT}))})
_SAID = object_of({"said": list_of(object_of({**_FACTS, "by": _TEXT, "received_at": _TEXT}))})
_BODY: Schema = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["status", "reason", "name_ja"],
                    "properties": {**{name: part for name, part in _FACTS.items() if name != "at"}},
                }
            }
        },
    }
}


def add_closures(app: FastAPI, parts: Parts) -> None:
    """Adds the public address and those of staff."""
    closures = Closures(parts)
    described = bool(parts.settings.staff_token)
    app.add_api_route(
        "/api/closures",
        closures.public,
        dependencies=[Depends(only_known)],
        response_class=Response,
        responses={200: answer_of("Closed roads", **{"application/json": _PUBLIC}), **PROBLEMS},
    )
    viewer, operator = parts.access.need(Role.VIEWER), parts.access.need(Role.OPERATOR)

    def say(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
        """Says that a road is closed, restricted or open again; what stands is answered."""
        return closures.say(request, body, person_of(request))

    routes: tuple[tuple[str, str, Any, list[Any], Schema], ...] = (
        ("GET", "closures", closures.staff, [Depends(viewer)], _STAFF),
        ("GET", "closures/{closure}", closures.history, [Depends(viewer)], _SAID),
        ("POST", "closures", say, [Depends(operator)], _STAFF),
    )
    for method, name, endpoint, doors, schema in routes:
        app.add_api_route(
            f"/api/console/{name}",
            endpoint,
            methods=[method],
            dependencies=doors,
            response_class=Response,
            responses={200: answer_of("Closed roads", **{"application/json": schema}), **REFUSALS},
            include_in_schema=described,
            openapi_extra=_BODY if method == "POST" else None,
        )


class ClosuresRead:
    """What stands of closed roads, read at most every few seconds; while the database is away what was read last."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._turn = threading.Lock()
        self._kept: tuple[datetime, list[StandingClosure]] | None = None

    def told(self, now: datetime) -> dict[str, Any]:
        """What everybody may know. Raises StoreError where nothing was ever read and the database is away."""
        read_at, found = self._renewed(now)
        return closures_document(found, read_at, stale=now - read_at > STALE)

    def forget(self) -> None:
        """Something was said: what is told next is read anew."""
        with self._turn:
            self._kept = None

    def _renewed(self, now: datetime) -> tuple[datetime, list[StandingClosure]]:
        with self._turn:
            kept = self._kept
            if kept is None or not timedelta(0) <= now - kept[0] < RENEW:
                try:
                    kept = self._kept = (now, read_closures(self._parts.store, self._parts.registry.site, now))
                except StoreError:
                    if kept is None:
                        raise
            return kept


class Closures:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site = parts.registry.site
        self._read = ClosuresRead(parts)

    def public(self, request: Request) -> Response:
        """Roads that are closed or restricted now, and those open again since yesterday; never who said so."""
        refuse_haste(self._parts.limiter, self._parts.doors.address(request))
        return answer(request, json_payload(self._read.told(self._parts.clock())), CACHE)

    def staff(self) -> Response:
        """The same with who said so."""
        found = read_closures(self._parts.store, self._site, self._parts.clock())
        return _json({"closures": [{**standing_as_dict(one), "by": one.closure.by} for one in found]})

    def history(self, closure: str) -> Response:
        """What was said of one closed road, the word that stands first."""
        said = self._parts.store.closures.history(self._site, closure)
        if not said:
            raise Problem(404, "There is no such closed road.")
        return _json(
            {
                "said": [
                    {
                        **closure_as_dict(one.closure),
                        "by": one.closure.by,
                        "received_at": format_rfc3339(one.received_at),
                    }
                    for one in said
                ]
            }
        )

    def say(self, request: Request, body: bytes, person: Person) -> Response:
        """Notes what staff says of a closed road, and writes down who said it."""
        parts, now = self._parts, self._parts.clock()
        wish = closure_wish(body, parts.site.bounds, now, person.name)
        parts.store.closures.say(self._site, wish, now)
        parts.audit(person, "closure.say", wish.id, request, status=wish.status.value, name=wish.name_ja)
        self._read.forget()
        return self.staff()


def read_closures(store: Store, site: int, now: datetime) -> list[StandingClosure]:
    """What stands of closed roads, with those that are open again since yesterday. Raises StoreError."""
    return store.closures.latest(site, now - OPENED_SHOWN)


def closures_document(found: Sequence[StandingClosure], read_at: datetime, *, stale: bool) -> dict[str, Any]:
    """What everybody may know of closed roads, as it was at ``read_at``."""
    return {
        "closures": [standing_as_dict(one) for one in found],
        "generated_at": format_rfc3339(read_at),
        "stale": stale,
    }


def standing_as_dict(standing: StandingClosure) -> dict[str, Any]:
    """What everybody may know of a closed road, and since when it is."""
    return {**closure_as_dict(standing.closure), "since": format_rfc3339(standing.since)}


def closure_as_dict(closure: Closure) -> dict[str, Any]:
    """What everybody may know of a closed road."""
    return {
        "id": closure.id,
        "status": closure.status.value,
        "reason": closure.reason.value,
        "name_ja": closure.name_ja,
        "name_en": closure.name_en,
        "road": closure.road,
        "lon": closure.lon,
        "lat": closure.lat,
        "until": format_rfc3339(closure.until) if closure.until else None,
        "note_ja": closure.note_ja,
        "note_en": closure.note_en,
        "at": format_rfc3339(closure.at),
    }


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers=FRESH)
