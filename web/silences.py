"""``/api/console/silences``: what is not told for a while, asked for by one person and, where it hides danger, approved by another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from core.accounts import Person, Role
from core.times import format_rfc3339
from store.silences import Silence
from web.access import person_of
from web.parameters import only_known
from web.parts import Parts
from web.problems import Problem
from web.silence_documents import SILENCE_ANSWERS, SILENCE_BODIES
from web.silence_wishes import approve_wish, end_wish, silence_wish
from web.staff_documents import REFUSALS
from web.staff_wishes import read_body

FRESH = {"Cache-Control": "no-store"}
SHOWN_FOR = timedelta(days=7)
MOST_OPEN = 200
MOST_SHOWN = 500

Body = Annotated[bytes, Depends(read_body)]


def add_silences(app: FastAPI, parts: Parts) -> None:
    """Adds the routes below ``/api/console/silences``."""
    desk = SilenceDesk(parts)
    need = parts.access.need
    routes: Sequence[tuple[str, str, Role, Callable[..., Response]]] = (
        ("GET", "silences", Role.VIEWER, desk.listed),
        ("POST", "silences", Role.OPERATOR, desk.begin),
        ("POST", "silences/{silence}/approve", Role.APPROVER, desk.approve),
        ("POST", "silences/{silence}/end", Role.OPERATOR, desk.end),
    )
    for method, name, role, endpoint in routes:
        app.add_api_route(
            f"/api/console/{name}",
            endpoint,
            methods=[method],
            dependencies=[Depends(need(role)), Depends(only_known)],
            response_class=Response,
            responses={200: SILENCE_ANSWERS[method, name], **REFUSALS},
            openapi_extra=SILENCE_BODIES.get((method, name)),
        )


class SilenceDesk:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site = parts.registry.site
        self._silences = parts.store.silences

    def listed(self) -> Response:
        """Those that are not over and those of the last week, the newest first."""
        now = self._parts.clock()
        found = self._silences.since(self._site, now - SHOWN_FOR, MOST_SHOWN)
        return _json({"silences": [silence_as_dict(one, now) for one in found]})

    def begin(self, request: Request, body: Body) -> Response:
        """Asks for a silence; one that would hide danger begins once another person has approved it."""
        person, now = _person(request), self._parts.clock()
        wanted = silence_wish(body, self._parts.site, uuid4(), person.name, now)
        if self._silences.count_open(self._site, now) >= MOST_OPEN:
            raise Problem(
                409,
                f"{MOST_OPEN} silences are open. End some of them first.",
                ja="一時停止が多すぎます。要らないものを終えてください。",
            )
        self._silences.add(self._site, wanted)
        self._parts.audit(person, "silence.create", str(wanted.id), request, **_facts(wanted))
        return _json(silence_as_dict(wanted, now))

    def approve(self, request: Request, silence: str, body: Body) -> Response:
        """Lets a silence hide danger; never by who asked for it."""
        approve_wish(body)
        found, person, now = self._found(silence), _person(request), self._parts.clock()
        if found.state(now) != "waiting":
            raise Problem(
                409,
                f"It does not wait for approval: it is {found.state(now)}.",
                ja="承認待ちではなくなっています。一覧を確かめてください。",
            )
        if found.author == person.name:
            self._parts.audit(person, "silence.approve-refused", str(found.id), request, why="own")
            raise Problem(
                403,
                "A silence of danger is approved by another person than who asked for it.",
                ja="「危険」の一時停止は、申請した人とは別の人が承認します。",
            )
        if not self._silences.approve(self._site, found.id, person.name, now):
            raise Problem(409, "Somebody approved it just now.", ja="たった今、ほかの人が承認しました。")
        self._parts.audit(person, "silence.approve", str(found.id), request, **_facts(found))
        return self._as_it_stands(found.id, now)

    def end(self, request: Request, silence: str, body: Body) -> Response:
        """Ends a silence before its time; what it held back and goes on is told."""
        reason = end_wish(body)
        found, person, now = self._found(silence), _person(request), self._parts.clock()
        if found.state(now) == "over" or not self._silences.end(self._site, found.id, person.name, now, reason):
            raise Problem(409, "It is over already.", ja="もう終わっています。")
        self._parts.audit(person, "silence.end", str(found.id), request, reason=reason)
        return self._as_it_stands(found.id, now)

    def _found(self, text: str) -> Silence:
        """404 for what is no silence of this site."""
        try:
            found = self._silences.get(self._site, UUID(text))
        except ValueError:
            found = None
        if found is None:
            raise Problem(404, "There is no such silence.", ja="この一時停止は見つかりません。")
        return found

    def _as_it_stands(self, id_: UUID, now: datetime) -> Response:
        found = self._silences.get(self._site, id_)
        assert found is not None, "nothing said of a silence is taken back"
        return _json(silence_as_dict(found, now))


def silence_as_dict(silence: Silence, now: datetime) -> dict[str, Any]:
    """A silence as it stands at ``now``."""
    return {
        "id": str(silence.id),
        "state": silence.state(now),
        "needs_approval": silence.needs_approval,
        **_facts(silence),
        "over_at": format_rfc3339(silence.over_at),
        "author": silence.author,
        "created_at": format_rfc3339(silence.created_at),
        "approved_by": silence.approved_by,
        "approved_at": _text(silence.approved_at),
        "ended_by": silence.ended_by,
        "ended_at": _text(silence.ended_at),
        "end_reason": silence.end_reason,
    }


def _facts(silence: Silence) -> dict[str, Any]:
    return {
        "rules": sorted(silence.rules),
        "stations": sorted(silence.stations),
        "kinds": sorted(silence.kinds),
        "levels": [level.slug for level in sorted(silence.levels)],
        "starts_at": format_rfc3339(silence.starts_at),
        "ends_at": format_rfc3339(silence.ends_at),
        "reason": silence.reason,
    }


def _person(request: Request) -> Person:
    """Who asks; 403 for a machine: nobody could be asked why."""
    person = person_of(request)
    if person.account is None:
        raise Problem(403, "A silence has an author: sign in.")
    return person


def _text(at: datetime | None) -> str | None:
    return None if at is None else format_rfc3339(at)


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers=FRESH)
