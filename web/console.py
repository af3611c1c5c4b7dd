"""``/api/console``: what the staff console reads. Everything here only looks; what changes something has routes of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Query, Request
from starlette.responses import Response

from core.accounts import Role
from web.console_documents import CONSOLE_ANSWERS
from web.console_health import ConsoleHealth
from web.console_reading import ConsoleReading
from web.parameters import instant
from web.parts import Parts
from web.payloads import Payload, answer, json_payload
from web.problems import Problem
from web.staff_documents import REFUSALS

ASK_ALWAYS = "private, no-cache"
"""Only the browser of the person may keep it, and it asks each time whether it still holds."""

_STATES = ("open", "recent")


def add_console(app: FastAPI, parts: Parts) -> None:
    """Adds the reading routes below ``/api/console``, for viewers."""
    console = Console(parts)
    routes: tuple[tuple[str, Callable[..., Response]], ...] = (
        ("episodes", console.episodes),
        ("episodes/{episode}", console.episode),
        ("known", console.known),
        ("health", console.health),
    )
    for name, endpoint in routes:
        app.add_api_route(
            f"/api/console/{name}",
            endpoint,
            methods=["GET"],
            dependencies=[Depends(parts.access.need(Role.VIEWER))],
            response_class=Response,
            responses={200: CONSOLE_ANSWERS[name], **REFUSALS},
            include_in_schema=bool(parts.settings.staff_token),
        )


class Console:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._reading = ConsoleReading(parts)
        self._health = ConsoleHealth(parts)

    def episodes(
        self,
        request: Request,
        state: Annotated[str | None, Query(description="recent (the default: open and lately over) or open")] = None,
        since: Annotated[
            str | None, Query(description="Over since: RFC 3339 with offset, or seconds since 1970")
        ] = None,
    ) -> Response:
        """Episodes, the gravest first, with value, trend, who was told and who answers; counts of the open ones."""
        if state is not None and state not in _STATES:
            raise Problem(400, "Parameter 'state' is open or recent.")
        at = None if since is None else instant("since", since)
        return _told(request, self._reading.board(since=at, closed=state != "open"))

    def episode(self, request: Request, episode: str) -> Response:
        """One episode and its course: steps, messages with their texts, answers."""
        return _told(request, json_payload(self._reading.course(_id(episode))))

    def known(
        self,
        request: Request,
        at: Annotated[str | None, Query(description="RFC 3339 with offset, or seconds since 1970")] = None,
    ) -> Response:
        """What was known at an instant: episodes by when they were detected, values by when they arrived."""
        if at is None:
            raise Problem(400, "Parameter 'at' is missing.")
        return _told(request, json_payload(self._reading.known(instant("at", at))))

    def health(self, request: Request) -> Response:
        """How the system is: processes, data that stand still, messages that wait or were given up, what was set aside."""
        return _told(request, json_payload(self._health.now()))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem(404, "There is no such episode.") from None


def _told(request: Request, payload: Payload) -> Response:
    return answer(request, payload, ASK_ALWAYS)
