"""``/api/console/messages``: messages to residents are written, approved by somebody else, sent, corrected and ended.

What a rule refuses is answered as a problem document with ``code`` and, beside the English ``detail``, ``detail_ja``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from alerts.residents.desk import Desk
from alerts.residents.outgoing import thread_of
from alerts.residents.refusal import RefusedError
from core.accounts import Person, Role
from core.resident_messages import MessageKind, ResidentMessage
from core.times import format_rfc3339
from web.access import Need, person_of
from web.message_documents import MESSAGE_ANSWERS, MESSAGE_BODIES
from web.message_view import listed_as_dict, step_as_dict, template_as_dict, whole_as_dict
from web.message_wishes import approve_wish, begin_wish, edit_wish, follow_wish, nothing_wish, reason_wish
from web.parts import Parts
from web.problems import Problem, problem_response
from web.staff_documents import REFUSALS
from web.staff_wishes import read_body

FRESH = {"Cache-Control": "no-store"}
SHOWN_FOR = timedelta(days=7)
MOST = 200
STATUS = {"unknown": 404, "episode": 404, "own_message": 403, "no_account": 403}
CONFLICTS = frozenset(
    {
        *("state", "version", "changed", "recipients", "too_soon", "gone", "not_sent", "mode", "unconfirmed"),
        *("nobody", "too_many"),
    }
)
"""Refusals that hang on how things stand; all others are about what was written."""

Body = Annotated[bytes, Depends(read_body)]


def add_resident_messages(app: FastAPI, parts: Parts) -> None:
    """Adds the routes below ``/api/console/messages`` and ``/api/console/message-templates``."""
    need = parts.access.need
    desks = ResidentMessages(parts)
    viewer, operator = need(Role.VIEWER), need(Role.OPERATOR)
    approver, fresh = need(Role.APPROVER), need(Role.APPROVER, fresh_code=True)
    reading: tuple[tuple[str, Callable[[Request, Person], Response]], ...] = (
        ("message-templates", desks.templates),
        ("messages", desks.listed),
        ("messages/{message}", desks.message),
        ("messages/{message}/log", desks.log),
    )
    writing: tuple[tuple[str, str, Need, Callable[[Request, bytes, Person], Response]], ...] = (
        ("POST", "messages", operator, desks.begin),
        ("POST", "messages/preview", operator, desks.preview),
        ("PUT", "messages/{message}", operator, desks.edit),
        ("POST", "messages/{message}/confirm", operator, desks.confirm),
        ("POST", "messages/{message}/submit", operator, desks.submit),
        ("POST", "messages/{message}/approve", fresh, desks.approve),
        ("POST", "messages/{message}/reject", approver, desks.reject),
        ("POST", "messages/{message}/cancel", operator, desks.cancel),
        ("POST", "messages/{message}/correct", operator, desks.correct),
        ("POST", "messages/{message}/withdraw", operator, desks.withdraw),
        ("POST", "messages/{message}/all-clear", operator, desks.all_clear),
    )
    for name, read in reading:
        _add(app, parts, "GET", name, _reading(read), viewer, read)
    for method, name, door, write in writing:
        _add(app, parts, method, name, _writing(write, parts), door, write)


def _add(
    app: FastAPI,
    parts: Parts,
    method: str,
    name: str,
    endpoint: Callable[..., Response],
    door: Need,
    told: Callable[..., Response],
) -> None:
    endpoint.__name__, endpoint.__doc__ = f"messages_{told.__name__}", told.__doc__
    described: dict[str, Any] = {**MESSAGE_BODIES.get((method, name), {})}
    if "{message}" in name:
        described["parameters"] = [
            {"name": "message", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        ]
    app.add_api_route(
        f"/api/console/{name}",
        endpoint,
        methods=[method],
        dependencies=[Depends(door)],
        response_class=Response,
        responses={200: MESSAGE_ANSWERS[method, name], **REFUSALS},
        include_in_schema=bool(parts.settings.staff_token),
        openapi_extra=described,
    )


def _reading(read: Callable[[Request, Person], Response]) -> Callable[..., Response]:
    def endpoint(request: Request) -> Response:
        return read(request, person_of(request))

    return endpoint


def _writing(write: Callable[[Request, bytes, Person], Response], parts: Parts) -> Callable[..., Response]:
    def endpoint(request: Request, body: Body) -> Response:
        person = person_of(request)
        try:
            return write(request, body, person)
        except RefusedError as refused:
            status = STATUS.get(refused.code, 409 if refused.code in CONFLICTS else 422)
            if status == 403:
                subject = request.path_params.get("message", "new")
                parts.audit(person, "message.refused", subject, request, code=refused.code)
            members = {"code": refused.code, "detail_ja": refused.ja}
            return problem_response(request, status, str(refused), members=members)

    return endpoint


class ResidentMessages:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._desk = Desk(parts.site, parts.store, parts.registry.site, parts.settings.channel_secrets)

    # Reading

    def templates(self, _: Request, __: Person) -> Response:
        """The templates that can be used, and the audiences of residents."""
        site = self._parts.site
        return _json(
            {
                "mode": self._desk.drafting.mode.value,
                "templates": [template_as_dict(one, site) for one in site.messages if one.active],
                "audiences": [
                    {"id": one.id, "name_ja": one.name_ja, "name_en": one.name_en}
                    for one in site.people.audiences
                    if one.residents and one.exercise is site.exercise
                ],
            }
        )

    def listed(self, _: Request, __: Person) -> Response:
        """The messages of the last seven days and all that are not at their end, newest first."""
        now, desk = self._parts.clock(), self._desk
        found = desk.messages.listed(desk.site_no, now - SHOWN_FOR, MOST)
        shown = [listed_as_dict(one, self._delivered(one)) for one in found]
        return _json({"mode": desk.drafting.mode.value, "now": format_rfc3339(now), "messages": shown})

    def message(self, request: Request, person: Person) -> Response:
        """One message: its texts as each channel carries them, how many people get it, what is wrong with it."""
        return self._told(self._there(request), person)

    def log(self, request: Request, _: Person) -> Response:
        """Every decision about a message, with what was known and shown then; also of a draft that was deleted."""
        desk, number = self._desk, _number(request)
        steps = desk.messages.steps(desk.site_no, number)
        if not steps:
            raise Problem(404, "There is no such message.")
        return _json({"id": str(number), "steps": [step_as_dict(step) for step in steps]})

    # Writing

    def begin(self, request: Request, body: bytes, person: Person) -> Response:
        """Begins a message from a template, filled in from an episode where one is named."""
        wish = begin_wish(body)
        message = self._desk.begin(wish.template, wish.wish, wish.episode, uuid4(), person, self._parts.clock())
        return self._done("begin", request, message, person, template=message.template)

    def preview(self, _: Request, body: bytes, person: Person) -> Response:
        """What a message would say on each channel; nothing is written down."""
        wish, now = begin_wish(body), self._parts.clock()
        message = self._desk.draft(wish.template, wish.wish, wish.episode, UUID(int=0), person, now)
        return _json(whole_as_dict(self._desk, message, person, now, stored=False) | {"now": format_rfc3339(now)})

    def edit(self, request: Request, body: bytes, person: Person) -> Response:
        """Rewrites a message; one that was submitted or approved is a draft again."""
        wish, version = edit_wish(body)
        message = self._desk.edit(_number(request), wish, version, person, self._parts.clock())
        return self._done("edit", request, message, person)

    def confirm(self, request: Request, body: bytes, person: Person) -> Response:
        """Says that the unconfirmed alert a message stands on is true, and how that is known."""
        reason = reason_wish(body)
        message = self._desk.confirm(_number(request), reason, person, self._parts.clock())
        return self._done("confirm", request, message, person, reason=reason)

    def submit(self, request: Request, body: bytes, person: Person) -> Response:
        """Hands a message to an approver."""
        nothing_wish(body)
        message = self._desk.submit(_number(request), person, self._parts.clock())
        return self._done("submit", request, message, person)

    def approve(self, request: Request, body: bytes, person: Person) -> Response:
        """Lets a message out: exactly what was seen, to as many as were shown. It leaves after its cancel window."""
        seen, override = approve_wish(body)
        message = self._desk.approve(_number(request), seen, override, person, self._parts.clock())
        return self._done("approve", request, message, person, digest=seen.digest, recipients=seen.recipients)

    def reject(self, request: Request, body: bytes, person: Person) -> Response:
        """Hands a message back to who wrote it."""
        reason = reason_wish(body)
        message = self._desk.reject(_number(request), reason, person, self._parts.clock())
        return self._done("reject", request, message, person, reason=reason)

    def cancel(self, request: Request, body: bytes, person: Person) -> Response:
        """Gives up a message before it is on its way."""
        reason = reason_wish(body)
        message = self._desk.cancel(_number(request), reason, person, self._parts.clock())
        return self._done("cancel", request, message, person, reason=reason)

    def correct(self, request: Request, body: bytes, person: Person) -> Response:
        """Begins a correction (訂正) of a message that went out."""
        return self._follow(request, body, person, MessageKind.CORRECTION)

    def withdraw(self, request: Request, body: bytes, person: Person) -> Response:
        """Begins a withdrawal (取消) of a message that went out."""
        return self._follow(request, body, person, MessageKind.WITHDRAWAL)

    def all_clear(self, request: Request, body: bytes, person: Person) -> Response:
        """Begins the all-clear (解除) of a message that went out."""
        return self._follow(request, body, person, MessageKind.ALL_CLEAR)

    def _follow(self, request: Request, body: bytes, person: Person, kind: MessageKind) -> Response:
        wish, origin = follow_wish(body), _number(request)
        message = self._desk.follow(origin, kind, wish, uuid4(), person, self._parts.clock())
        return self._done("begin", request, message, person, kind=kind.value, refers_to=str(origin))

    # Answering

    def _there(self, request: Request) -> ResidentMessage:
        message = self._desk.messages.get(self._desk.site_no, _number(request))
        if message is None:
            raise Problem(404, "There is no such message.")
        return message

    def _delivered(self, message: ResidentMessage) -> list[Any]:
        desk = self._desk
        return desk.messages.deliveries(desk.site_no, thread_of(message)) if message.send_at else []

    def _done(self, act: str, request: Request, message: ResidentMessage, person: Person, **details: Any) -> Response:
        self._parts.audit(person, f"message.{act}", str(message.id), request, version=message.version, **details)
        return self._told(message, person)

    def _told(self, message: ResidentMessage, person: Person) -> Response:
        now = self._parts.clock()
        shown = whole_as_dict(self._desk, message, person, now, stored=True)
        return _json({**shown, "now": format_rfc3339(now)})


def _number(request: Request) -> UUID:
    try:
        return UUID(request.path_params["message"])
    except ValueError:
        raise Problem(404, "There is no such message.") from None


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers=FRESH)
