"""``/api/crew``: what the page of a crew is told and what it reports. Whoever asks speaks for one vehicle (``web.crew_keys``).

Everything that is reported is answered after it is in the store, and may be sent again: a position is known by its vehicle
and time, a note by the id its phone made. So a page that lost an answer loses nothing and doubles nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from core.model import Vehicle
from core.times import format_rfc3339
from ingest.phones import PhoneIntake
from web.crew_documents import CREW_ANSWERS, CREW_BODIES, CREW_REFUSALS
from web.crew_keys import Credentials, CrewDoor
from web.crew_photo import drawn_anew
from web.crew_state import CrewRoutes, crew_state
from web.crew_wishes import note_body, note_wish, position_wishes, positions_body
from web.doors import Limiter, refuse_haste
from web.features import GEOJSON
from web.parameters import only_known
from web.parts import Parts
from web.payloads import answer, json_payload
from web.problems import Problem

log = logging.getLogger(__name__)

OWN = "private, no-cache"
"""The phone keeps the bytes and asks whether they still hold; nobody between may keep them."""
NOTES_PER_S, NOTES_AT_ONCE = 0.1, 60
"""Of one vehicle: more than any crew reports, and less than would fill a disk."""
CLOCK = "Yukimori-Time"
"""The field with the server's time: a page reckons ages from it, also where nothing else changed (304)."""
_OWN = {"Vary": "Accept-Encoding, Authorization"}


def add_crew(app: FastAPI, parts: Parts) -> None:
    """Adds the routes below ``/api/crew``."""
    crew = CrewApi(parts)
    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "state", crew.state),
        ("GET", "roads", crew.roads),
        ("POST", "positions", crew.positions),
        ("POST", "notes", crew.note),
    )
    for method, name, endpoint in routes:
        app.add_api_route(
            f"/api/crew/{name}",
            endpoint,
            methods=[method],
            dependencies=[Depends(crew.admitted), Depends(only_known)],
            response_class=Response,
            responses={**CREW_ANSWERS[name], **CREW_REFUSALS},
            include_in_schema=bool(parts.settings.crew_secret),
            openapi_extra=CREW_BODIES.get(name),
        )


class CrewApi:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._door = CrewDoor(parts)
        self._routes = CrewRoutes(parts)
        self._intake = PhoneIntake(parts.site, parts.registry, parts.store)
        self._notes = Limiter(NOTES_PER_S, NOTES_AT_ONCE)

    def admitted(self, request: Request, credentials: Credentials) -> None:
        """Lets a crew in and remembers for whom it speaks."""
        request.state.vehicle = self._door.admitted(request, credentials)

    def state(self, request: Request) -> Response:
        """The route and what is left of it, orders, the other ploughs, the crew's own notes."""
        vehicle, now = _vehicle(request), self._parts.clock()
        content = crew_state(self._parts, vehicle, self._routes.of(vehicle), now)
        return answer(request, json_payload(content), OWN, {**_OWN, CLOCK: format_rfc3339(now)})

    def roads(self, request: Request) -> Response:
        """The roads of the route as GeoJSON, to be kept for where there is no line."""
        own = self._routes.of(_vehicle(request))
        return answer(request, json_payload(own.features, GEOJSON), OWN, _OWN)

    def positions(self, request: Request, body: Annotated[bytes, Depends(positions_body)]) -> Response:
        """Takes positions of the phone in, as those a tracker sends over MQTT."""
        vehicle = _vehicle(request)
        done = self._intake.take_in(vehicle, position_wishes(body, vehicle.id), self._parts.clock())
        content = {
            "stored": done.stored,
            "duplicate": done.duplicate,
            "conflict": done.conflict,
            "set_aside": done.set_aside,
            "reasons": list(done.reasons),
        }
        return self._json(content)

    def note(self, request: Request, body: Annotated[bytes, Depends(note_body)]) -> Response:
        """Notes what a crew reports: 201 where it is new, 200 where it was known; 409 where another vehicle reported it."""
        parts, vehicle = self._parts, _vehicle(request)
        refuse_haste(self._notes, vehicle.id)
        number = parts.registry.vehicles[vehicle.id]
        wish = note_wish(body, number, parts.clock())
        jpeg = None if wish.photo is None else drawn_anew(wish.photo)
        new = parts.store.crew.add(parts.registry.site, wish.note, jpeg)
        stands = parts.store.crew.note(parts.registry.site, wish.note.id)
        if stands is None or stands.vehicle != number:
            raise Problem(409, "A note of this id was reported by another vehicle.")
        if new:
            log.info("%s reports %s%s", vehicle.id, stands.kind.value, " with a photo" if stands.photo else "")
        return self._json({"id": stands.id, "new": new, "photo": stands.photo}, 201 if new else 200)

    def _json(self, content: dict[str, Any], status: int = 200) -> Response:
        headers = {"Cache-Control": "no-store", CLOCK: format_rfc3339(self._parts.clock())}
        return JSONResponse(content, status, headers)


def _vehicle(request: Request) -> Vehicle:
    vehicle: Vehicle = request.state.vehicle
    return vehicle
