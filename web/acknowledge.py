"""What people answer to an episode: ``/api/console/episodes/{episode}/acknowledge``, ``…/close`` and ``…/answers``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from core.accounts import Person, Role
from core.levels import Level
from core.times import format_rfc3339
from store.acknowledgements import DANGER_HOLDS, Ack, Answer, SettledWish
from store.escalations import EscalationTimer
from web.access import person_of
from web.acknowledge_documents import ANSWER_ANSWERS, ANSWER_BODIES
from web.json_body import members_of
from web.parameters import only_known
from web.parts import Parts
from web.problems import Problem
from web.staff_documents import REFUSALS
from web.staff_wishes import BODY_BYTES, read_body

FRESH = {"Cache-Control": "no-store"}
LONGEST_NOTE = 300
_LEVELS = {level.slug: level for level in Level if level > Level.NORMAL}

Body = Annotated[bytes, Depends(read_body)]


def add_acknowledge(app: FastAPI, parts: Parts) -> None:
    """Adds the answers below ``/api/console/episodes/{episode}``."""
    desk = AnswerDesk(parts)
    routes: Sequence[tuple[str, str, Role, Callable[..., Response]]] = (
        ("POST", "acknowledge", Role.OPERATOR, desk.acknowledge),
        ("POST", "close", Role.OPERATOR, desk.close),
        ("GET", "answers", Role.VIEWER, desk.answers),
    )
    for method, name, role, endpoint in routes:
        app.add_api_route(
            f"/api/console/episodes/{{episode}}/{name}",
            endpoint,
            methods=[method],
            dependencies=[Depends(parts.access.need(role)), Depends(only_known)],
            response_class=Response,
            responses={200: ANSWER_ANSWERS[name], **REFUSALS},
            openapi_extra=ANSWER_BODIES.get(name),
        )


class AnswerDesk:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site = parts.registry.site
        self._answers = parts.store.acknowledgements

    def acknowledge(self, request: Request, episode: str, body: Body) -> Response:
        """Says that somebody has seen the episode at this level and takes care of it: reminders and calls stop.

        Of an episode that is over nothing is noted, and the answer says so. 409 where it stands higher than ``level``.
        """
        person, now = _person(request), self._parts.clock()
        members = _members(body, ("level",), ("note",))
        level = _LEVELS.get(str(members["level"]))
        if level is None:
            raise Problem(400, f"Member 'level' is one of {', '.join(_LEVELS)}: the level you have seen.")
        ack = Ack(episode=_episode(episode), level=level, who=person.name, at=now, note=_text(members, "note"))
        found = self._answers.add(self._site, ack)
        if found is Answer.RISEN:
            raise Problem(
                409,
                "It has risen above that level. Look at it again, and acknowledge the level it has now.",
                ja="段階が上がっています。もう一度見て、いまの段階で対応してください。",
            )
        self._known(found)
        if found is Answer.TAKEN:
            self._parts.audit(person, "episode.acknowledge", episode, request, level=level.slug, note=ack.note)
        return _json({"outcome": found.value, "acknowledgement": _as_dict(ack) if found is Answer.TAKEN else None})

    def close(self, request: Request, episode: str, body: Body) -> Response:
        """Wishes an episode ended whose data are lost; the evaluator does it in its next round.

        409 where its data arrive: then it ends by what is measured, and by nothing else.
        """
        person, now = _person(request), self._parts.clock()
        members = _members(body, ("reason",), ())
        reason = _text(members, "reason")
        if not reason:
            raise Problem(400, "Member 'reason' says why, in a few words.")
        found = self._answers.wish_closed(self._site, _episode(episode), person.name, now, reason)
        if found is Answer.FRESH:
            raise Problem(
                409,
                "Its data arrive. It ends by what is measured; only one without data is ended by hand.",
                ja="値が届いています。手動で終了できるのは、値が届かない警報だけです。",
            )
        self._known(found)
        if found is Answer.TAKEN:
            self._parts.audit(person, "episode.close", episode, request, reason=reason)
        return _json({"outcome": found.value})

    def answers(self, episode: str) -> Response:
        """Who acknowledged, who was called, and who wanted it ended."""
        number, now = _episode(episode), self._parts.clock()
        holding = self._answers.holding(self._site, now).get(number)
        return _json(
            {
                "holding": None if holding is None else _as_dict(holding),
                "acknowledgements": [_as_dict(ack) for ack in self._answers.of_episode(self._site, number)],
                "calls": [_call(timer) for timer in self._parts.store.escalations.of_episode(self._site, number)],
                "closing": [_wish(wish) for wish in self._answers.wishes_of(self._site, number)],
            }
        )

    def _known(self, found: Answer) -> None:
        if found is Answer.UNKNOWN:
            raise Problem(404, "There is no such episode.", ja="この警報は見つかりません。")


def _episode(text: str) -> UUID:
    """The id of an episode in an address (404 for what cannot be one)."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Problem(404, "There is no such episode.", ja="この警報は見つかりません。") from error


def _members(body: bytes, needed: Sequence[str], optional: Sequence[str]) -> dict[str, Any]:
    members = members_of(body, BODY_BYTES)
    for name in members:
        if name not in (*needed, *optional):
            raise Problem(400, f"Unknown member {name[:40]!r}. Known here: {', '.join((*needed, *optional))}.")
    for name in needed:
        if name not in members:
            raise Problem(400, f"Member {name!r} is missing.")
    return members


def _text(members: dict[str, Any], name: str) -> str:
    value = members.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST_NOTE:
        raise Problem(400, f"Member {name!r} is a text of at most {LONGEST_NOTE} characters.")
    return " ".join(value.split())


def _person(request: Request) -> Person:
    """Who asks; 403 for a machine: an answer to an alert is somebody's."""
    person = person_of(request)
    if person.account is None:
        raise Problem(403, "A machine's token answers for nobody. Sign in.")
    return person


def _as_dict(ack: Ack) -> dict[str, Any]:
    """An acknowledgement; one of a danger says until when it holds."""
    until = ack.at + DANGER_HOLDS if ack.level == Level.DANGER else None
    return {
        "level": ack.level.slug,
        "by": ack.who,
        "at": format_rfc3339(ack.at),
        "note": ack.note,
        "until": None if until is None else format_rfc3339(until),
    }


def _call(timer: EscalationTimer) -> dict[str, Any]:
    running = timer.ended_at is None
    return {
        "escalation": timer.escalation,
        "level": timer.level.slug,
        "since": format_rfc3339(timer.started_at),
        "called": timer.called,
        "step": timer.step + 1,
        "loop": timer.loop,
        "next_at": format_rfc3339(timer.due_at) if running else None,
        "ended": timer.ended,
        "ended_at": format_rfc3339(timer.ended_at) if timer.ended_at else None,
    }


def _wish(wish: SettledWish) -> dict[str, Any]:
    return {"by": wish.who, "at": format_rfc3339(wish.at), "reason": wish.reason, "outcome": wish.outcome}


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers=FRESH)
