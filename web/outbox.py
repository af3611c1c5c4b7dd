"""``/api/console/outbox``: what went out and what did not, how the channels do, and decisions on what is stuck."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from core.accounts import Role
from core.levels import Level
from core.times import format_rfc3339
from store.outbox import ChannelState, Listed, Standing
from web.access import person_of
from web.acknowledge import LONGEST_NOTE
from web.acknowledge_documents import DECIDE_BODY, DECIDED_ANSWER, OUTBOX_ANSWER
from web.json_body import members_of
from web.parameters import only_known
from web.parts import Parts
from web.problems import Problem
from web.staff_documents import REFUSALS
from web.staff_wishes import BODY_BYTES, count, read_body

FRESH = {"Cache-Control": "no-store"}
USUAL, MOST = 100, 500
AGAIN_FOR = {True: timedelta(minutes=30), False: timedelta(hours=6)}
"""How long a message that is sent again is of use: a danger, and anything else."""
_STATES = ("queued", "delivered", "dead", "superseded", "unknown")


def add_outbox(app: FastAPI, parts: Parts) -> None:
    """Adds the list of messages and the decisions on single ones."""
    outbox = Outbox(parts)
    for method, path, role, endpoint, answer, body in (
        ("GET", "", Role.VIEWER, outbox.listed, OUTBOX_ANSWER, None),
        ("POST", "/{notification}/decide", Role.OPERATOR, outbox.decide, DECIDED_ANSWER, DECIDE_BODY),
    ):
        app.add_api_route(
            f"/api/console/outbox{path}",
            endpoint,
            methods=[method],
            dependencies=[Depends(parts.access.need(role)), Depends(only_known)],
            response_class=Response,
            responses={200: answer, **REFUSALS},
            openapi_extra=body,
        )


class Outbox:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site = parts.registry.site
        self._outgoing = parts.store.outgoing

    def listed(
        self,
        state: str | None = None,
        episode: str | None = None,
        before: str | None = None,
        limit: str | None = None,
    ) -> Response:
        """Messages, the newest first: ``state`` picks one, ``before`` a ``place`` goes on from there."""
        if state is not None and state not in _STATES:
            raise Problem(400, f"Parameter 'state' is one of {', '.join(_STATES)}.")
        place = None if before is None else count("before", before, 1, 10**17)
        found = self._outgoing.listed(
            self._site,
            _STATES if state is None else (state,),
            episode=None if episode is None else _number(episode, 400),
            before=place,
            limit=count("limit", limit, USUAL, MOST),
        )
        return JSONResponse(
            {"messages": [_message(each) for each in found], "channels": self._channels()}, headers=FRESH
        )

    def decide(self, request: Request, notification: str, body: Annotated[bytes, Depends(read_body)]) -> Response:
        """A person's word on a message nobody knows the fate of (``arrived``, ``again``), or a dead one (``again``).

        Of a message to residents an approver decides: sent again, it may come twice.
        """
        person, now = person_of(request), self._parts.clock()
        decision, note = _decision(body)
        number = _number(notification, 404)
        found = self._outgoing.message(self._site, number)
        if found is None:
            raise Problem(404, "There is no such message.", ja="この連絡は見つかりません。")
        if found.notification.resident and person.role < Role.APPROVER:
            raise Problem(
                403,
                "Of a message to residents an approver decides.",
                ja="住民へのお知らせについては、承認者が決めます。",
            )
        if decision == "arrived":
            done = self._outgoing.arrived(self._site, number, now, f"{person.name}: {note}" if note else person.name)
        else:
            deadline = now + AGAIN_FOR[found.notification.level == Level.DANGER]
            done = self._outgoing.again(self._site, number, now, deadline)
        if not done:
            raise Problem(
                409,
                f"It is {found.state}: there is nothing to decide.",
                ja="もう決まっています。一覧を確かめてください。",
            )
        self._parts.audit(person, f"message.{decision}", str(number), request, note=note, was=found.state)
        return JSONResponse({"state": "delivered" if decision == "arrived" else "queued"}, headers=FRESH)

    def _channels(self) -> list[dict[str, Any]]:
        states = self._outgoing.channel_states(self._site)
        standing = {each.channel: each for each in self._outgoing.standing(self._site, self._parts.clock())}
        known = [channel.id for channel in self._parts.site.channels]
        return [_channel(name, states.get(name), standing.get(name)) for name in dict.fromkeys((*known, *standing))]


def _decision(body: bytes) -> tuple[str, str]:
    members = members_of(body, BODY_BYTES)
    for name in members:
        if name not in ("decision", "note"):
            raise Problem(400, f"Unknown member {name[:40]!r}. Known here: decision, note.")
    decision, note = members.get("decision"), members.get("note", "")
    if decision not in ("arrived", "again"):
        raise Problem(400, "Member 'decision' is 'arrived' or 'again'.")
    if not isinstance(note, str) or len(note) > LONGEST_NOTE:
        raise Problem(400, f"Member 'note' is a text of at most {LONGEST_NOTE} characters.")
    return decision, " ".join(note.split())


def _number(text: str, otherwise: int) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Problem(otherwise, "That is the id of nothing here.") from error


def _message(listed: Listed) -> dict[str, Any]:
    row = listed.notification
    return {
        "id": str(row.id),
        "episode": None if row.episode is None else str(row.episode),
        "channel": row.channel,
        "audience": row.audience,
        "purpose": row.purpose,
        "level": row.level.slug,
        "resident": row.resident,
        "subject_ja": str(row.body.get("subject_ja", "")),
        "subject_en": str(row.body.get("subject_en", "")),
        "state": listed.state,
        "attempts": listed.attempts,
        "error": listed.error,
        "provider": listed.provider,
        "queued_at": format_rfc3339(row.queued_at),
        "due_at": format_rfc3339(listed.due_at),
        "deadline_at": format_rfc3339(row.deadline_at),
        "finished_at": None if listed.finished_at is None else format_rfc3339(listed.finished_at),
        "stands_in_for": None if row.stands_in_for is None else str(row.stands_in_for),
        "superseded_by": None if listed.superseded_by is None else str(listed.superseded_by),
        "place": listed.place,
    }


def _channel(name: str, state: ChannelState | None, standing: Standing | None) -> dict[str, Any]:
    def told(at: Any) -> str | None:
        return None if at is None else format_rfc3339(at)

    return {
        "channel": name,
        "state": "closed" if state is None else state.state,
        "reason": "" if state is None else state.reason,
        "failures": 0 if state is None else state.failures,
        "not_before": told(state and state.not_before),
        "changed_at": told(state and state.changed_at),
        "delivered_at": told(state and state.delivered_at),
        "queued": 0 if standing is None else standing.queued,
        "oldest": told(standing and standing.oldest),
        "dead": 0 if standing is None else standing.dead,
        "unknown": 0 if standing is None else standing.unknown,
    }
