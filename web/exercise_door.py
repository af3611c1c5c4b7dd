"""``/kunren``: the whole application a second time, for the stand-in site of the exercise that is held.

It reads and writes the stand-in's rows alone, its pages are striped and say 訓練, and only who is signed in gets in. Accounts,
sessions and the audit are those of the town. While no exercise is held there is nothing behind the door.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.exercise import PATH
from config.model import Site
from core.errors import YukimoriError
from ingest.exercise_site import staged
from store.exercises import ExerciseRow
from store.rows import Registry
from web.doors import refuse_haste
from web.live import Poller
from web.parts import Parts
from web.problems import Problem, on_error, on_http_error

Create = Callable[[Site, Registry], FastAPI]
"""Makes the application of a stand-in site; ``app.state.parts`` holds its parts."""

_KEPT = f"{PATH}/static/"
_READING = ("GET", "HEAD")


@dataclass(slots=True)
class _Behind:
    """The application behind the door while one exercise is held."""

    exercise: UUID
    app: FastAPI
    poller: Poller


class ExerciseDoor:
    """The door as an ASGI application, to be mounted at ``/kunren``."""

    def __init__(self, parts: Parts, create: Create) -> None:
        self._parts = parts
        self._create = create
        self._turn = threading.Lock()
        self._behind: _Behind | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets in who is signed in; nothing that is answered here may be kept by a cache."""
        if scope["type"] != "http":
            return
        request = Request(scope)
        try:
            found = await run_in_threadpool(self._open, request)
        except Problem as problem:
            found = on_http_error(request, problem)
        except YukimoriError as error:
            found = on_error(request, error)

        async def send_private(message: Message) -> None:
            kept = scope["path"].startswith(_KEPT) and message.get("status") == 200
            if message["type"] == "http.response.start" and not kept:
                MutableHeaders(scope=message)["Cache-Control"] = "private, no-store"
            await send(message)

        await found(scope, receive, send_private)

    def close(self) -> None:
        """Stop what is behind the door."""
        with self._turn:
            self._shut()

    def _open(self, request: Request) -> ASGIApp:
        parts = self._parts
        refuse_haste(parts.limiter, parts.doors.address(request))
        if parts.access.signed_in(request) is None:
            return _to_sign_in(request)
        running = parts.store.exercises.running(parts.registry.site)
        with self._turn:
            if running is None or running.expires_at <= parts.clock():
                self._shut()
                raise Problem(404, "No exercise is held at the moment.")
            if self._behind is None or self._behind.exercise != running.id:
                self._shut()
                self._behind = self._made(running)
            return self._behind.app

    def _made(self, running: ExerciseRow) -> _Behind:
        parts = self._parts
        scenario = next((known for known in parts.site.exercises if known.id == running.scenario), None)
        if scenario is None:
            raise Problem(404, "The scenario of the exercise is not in the site folder of this server.")
        site, _ = staged(parts.site, scenario, running.speed)
        app = self._create(site, parts.store.register(site))
        inner: Parts = app.state.parts
        poller = Poller(inner.live, inner.settings, lambda: inner.hub.listeners > 0)
        poller.start()
        return _Behind(running.id, app, poller)

    def _shut(self) -> None:
        behind, self._behind = self._behind, None
        if behind is not None:
            behind.app.state.parts.hub.close()
            behind.poller.stop()


def _to_sign_in(request: Request) -> Response:
    if request.method not in _READING or request.url.path.startswith(f"{PATH}/api/"):
        raise Problem(401, "Staff only: sign in at /sign-in.")
    return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", status_code=303)
