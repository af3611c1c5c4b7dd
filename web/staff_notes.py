"""``/api/staff/notes``: what crews reported, with photos; staff says which are dealt with."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from starlette.responses import JSONResponse, Response

from core.shelter_words import LONGEST_NAME
from web.access import person_of, said_by
from web.crew_documents import NOTES_ANSWERS, SETTLE_BODY
from web.crew_state import note_as_dict
from web.crew_wishes import is_uuid
from web.features import age_s
from web.json_body import members_of
from web.parts import Parts
from web.problems import Problem
from web.staff_documents import REFUSALS
from web.staff_doors import StaffDoors
from web.staff_wishes import BODY_BYTES, count, moment, read_body

log = logging.getLogger(__name__)

FRESH = {"Cache-Control": "no-store"}
USUAL_LIST, LONGEST_LIST = 100, 1_000
MOST_SETTLED = 200
STAFF = "staff"
_STATES: Mapping[str, bool | None] = {"open": False, "settled": True, "all": None}
_PICTURE = {
    **FRESH,
    "Content-Disposition": 'attachment; filename="note.jpg"',
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
}
"""Our own picture, and still nothing a browser would run or frame, whatever a reader of pictures once let through."""


def add_staff_notes(app: FastAPI, parts: Parts, doors: StaffDoors) -> None:
    """Adds the routes below ``/api/staff/notes``; ``doors`` gives the dependencies that let staff in, by method."""
    staff = StaffNotes(parts)
    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "notes", staff.notes),
        ("GET", "notes/{note}/photo", staff.photo),
        ("POST", "notes/settle", staff.settle),
    )
    for method, name, endpoint in routes:
        app.add_api_route(
            f"/api/staff/{name}",
            endpoint,
            methods=[method],
            dependencies=doors(method),
            response_class=Response,
            responses={200: NOTES_ANSWERS[name], **REFUSALS},
            openapi_extra=SETTLE_BODY if method == "POST" else None,
        )


class StaffNotes:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site = parts.registry.site
        self._names = {number: id_ for id_, number in parts.registry.vehicles.items()}

    def notes(
        self,
        state: Annotated[str | None, Query(description="`open` (the usual), `settled` or `all`")] = None,
        since: Annotated[str | None, Query(description="Made at or after this time")] = None,
        limit: Annotated[str | None, Query(description="At most so many, up to 1000")] = None,
    ) -> Response:
        """What crews reported, the newest first."""
        if state is not None and state not in _STATES:
            raise Problem(400, f"Parameter 'state' is one of {', '.join(_STATES)}.")
        notes = self._parts.store.crew.notes(
            self._site,
            settled=_STATES[state or "open"],
            since=None if since is None else moment(since),
            most=count("limit", limit, USUAL_LIST, LONGEST_LIST),
        )
        now = self._parts.clock()
        rows = [
            {**note_as_dict(note), "vehicle": self._names.get(note.vehicle, ""), "age_s": age_s(note.at, now)}
            for note in notes
        ]
        return JSONResponse({"notes": rows}, headers=FRESH)

    def photo(self, note: str) -> Response:
        """The photo of a note: our own JPEG, to be saved rather than shown as a page."""
        jpeg = self._parts.store.crew.photo(self._site, note) if is_uuid(note) else None
        if jpeg is None:
            raise Problem(404, "There is no such photo.")
        return Response(jpeg, media_type="image/jpeg", headers=_PICTURE)

    def settle(self, request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
        """Says that notes are dealt with (``settled`` false: that they are not after all), and by whom."""
        members = _wish(body)
        crew, settled, by = (
            self._parts.store.crew,
            members.get("settled", True),
            said_by(request, members.get("by", STAFF)),
        )
        if settled:
            changed = crew.settle(self._site, members["ids"], self._parts.clock(), by)
        else:
            changed = crew.reopen(self._site, members["ids"])
        done = "note.settle" if settled else "note.reopen"
        self._parts.audit(person_of(request), done, f"{changed} notes", request, ids=members["ids"], by=by)
        return JSONResponse({"changed": changed}, headers=FRESH)


def _wish(body: bytes) -> dict[str, Any]:
    """The members of a wish to settle notes (400 names the one that is wrong)."""
    members = members_of(body, BODY_BYTES)
    for name, value in members.items():
        if name not in _MEMBERS:
            raise Problem(400, f"Unknown member {name[:40]!r}. Known here: {', '.join(_MEMBERS)}.")
        fits, words = _MEMBERS[name]
        if not fits(value):
            raise Problem(400, f"Member {name!r} is {words}.")
    if "ids" not in members:
        raise Problem(400, "Member 'ids' is missing.")
    return members


def _are_ids(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST_SETTLED and all(map(is_uuid, value))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


_MEMBERS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "ids": (_are_ids, f"a list of 1 to {MOST_SETTLED} UUIDs"),
    "by": (_is_name, f"a text of 1 to {LONGEST_NAME} printable characters"),
    "settled": (lambda value: isinstance(value, bool), "true or false"),
}
