"""``/api/staff/shelters``: staff says which shelters are open, full or closed, and reads what was said and by whom.

What is said is in the store before it is answered, and with everyone who looks at the map at once. Nothing said is ever
taken back: a slip is put right by saying it anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from core.shelters import ShelterState
from core.times import format_rfc3339
from gis.shelter_sites import PublishedShelters, ShelterSite
from store.shelters import SaidState
from web.access import person_of, said_by
from web.features import age_s
from web.parts import Parts
from web.problems import Problem
from web.shelter_states import state_as_dict
from web.shelter_wishes import shelter_wish
from web.staff_documents import REFUSALS
from web.staff_doors import StaffDoors
from web.staff_shelter_documents import SHELTER_ANSWERS, SHELTERS_BODY
from web.staff_wishes import read_body

log = logging.getLogger(__name__)

FRESH = {"Cache-Control": "no-store"}


def add_staff_shelters(app: FastAPI, parts: Parts, doors: StaffDoors) -> None:
    """Adds the routes below ``/api/staff/shelters``; ``doors`` gives the dependencies that let staff in, by method."""
    staff = StaffShelters(parts)
    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "shelters", staff.shelters),
        ("GET", "shelters/{shelter}", staff.history),
        ("POST", "shelters", staff.say),
    )
    for method, name, endpoint in routes:
        app.add_api_route(
            f"/api/staff/{name}",
            endpoint,
            methods=[method],
            dependencies=doors(method),
            response_class=Response,
            responses={200: SHELTER_ANSWERS[method, name], **REFUSALS},
            openapi_extra=SHELTERS_BODY if method == "POST" else None,
        )


class StaffShelters:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site = parts.registry.site
        self._published = PublishedShelters(parts.public_folder / "layers")

    def shelters(self) -> Response:
        """Every published shelter with its state, null where nobody ever said one; states of those no longer published."""
        states = self._parts.store.shelters.latest(self._site)
        sites = self._published.sites()
        known = {site.id for site in sites}
        strays = [self._told(state) for shelter, state in states.items() if shelter not in known]
        return _json({"shelters": [self._listed(site, states.get(site.id)) for site in sites], "unpublished": strays})

    def history(self, shelter: str) -> Response:
        """What was said of one shelter, the word that stands first, with who said it and when it reached us."""
        site = next((site for site in self._published.sites() if site.id == shelter), None)
        said = self._parts.store.shelters.history(self._site, shelter)
        if site is None and not said:
            raise Problem(404, "There is no such shelter.")
        return _json(
            {"id": shelter, "name": None if site is None else site.name, "said": [self._said(one) for one in said]}
        )

    def say(self, request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
        """Says the state of shelters, all of the body or nothing; where a later word is known already, that one stands."""
        parts, now = self._parts, self._parts.clock()
        wish = shelter_wish(body, self._published.sites(), now, parts.site.limits.future_sensor)
        noted, states = 0, [replace(state, by=said_by(request, state.by)) for state in wish.states]
        if not wish.dry_run:
            noted = parts.store.shelters.say(self._site, states, now)
            for state in states:
                parts.audit(person_of(request), "shelter.say", state.shelter, request, said=_in_words(state))
            parts.live.refresh()  # with everyone who listens before the answer is with who said it
        standing = parts.store.shelters.latest(self._site)
        answers = [self._answer(state, standing.get(state.shelter)) for state in states]
        return _json({"noted": noted, "dry_run": wish.dry_run, "shelters": answers})

    def _listed(self, site: ShelterSite, state: ShelterState | None) -> dict[str, Any]:
        return {
            "id": site.id,
            "name": site.name,
            "kind_ja": site.kind_ja,
            "kind_en": site.kind_en,
            "layer": site.layer,
            "state": None if state is None else self._told(state),
        }

    def _answer(self, said: ShelterState, stands: ShelterState | None) -> dict[str, Any]:
        """The word that stands after all, and whether it is the one just said."""
        state = None if stands is None else self._told(stands)
        return {"id": said.shelter, "stands": said == stands, "state": state}

    def _told(self, state: ShelterState) -> dict[str, Any]:
        return {**state_as_dict(state), "age_s": age_s(state.at, self._parts.clock()), "by": state.by}

    def _said(self, said: SaidState) -> dict[str, Any]:
        return {**self._told(said.state), "received_at": format_rfc3339(said.received_at)}


def _in_words(state: ShelterState) -> str:
    people = "people not told" if state.people is None else f"{state.people} people"
    return f"{state.shelter} is {state.status.value}, {people}, as of {format_rfc3339(state.at)} ({state.by!r})"


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers=FRESH)
