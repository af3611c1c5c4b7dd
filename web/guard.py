"""What surrounds every route: security headers, and the net under unforeseen errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maps.policy import header_policy
from web.problems import on_error, problem_response

OPEN_DATA = (
    "/api/stations",
    "/api/vehicles",
    "/api/roads",
    "/api/alerts",
    "/api/announcements",
    "/api/warnings",
    "/api/shelters",
    "/api/closures",
    "/api/hazard",
    "/layers/",
    "/alerts/",
    "/ogc",
    "/opendata/",
)
"""Addresses any site's script may read: open data, no cookie is looked at."""

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
}

Observe = Callable[[str, str, int, float], None]
"""Told of each answer: name of the endpoint, method, status, seconds until its head was sent."""


class SecurityHeaders:
    """Puts the security headers on every answer, errors and files too.

    ``image_hosts`` are the outside hosts pictures may come from: those of the maps the town offers, else none.
    """

    def __init__(self, app: ASGIApp, image_hosts: Sequence[str] = ()) -> None:
        self.app = app
        self.policy = header_policy(image_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and completes the head of its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _headers_for(scope).items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", self.policy)  # a file's own is stricter
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _headers_for(scope: Scope) -> dict[str, str]:
    is_open = scope["method"] in ("GET", "HEAD") and scope["path"].startswith(OPEN_DATA)
    headers = {**_ALWAYS, "Cross-Origin-Resource-Policy": "cross-origin" if is_open else "same-origin"}
    if is_open:
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = "ETag, Date, Content-Range, Content-Disposition, Content-Crs"
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


class Failures:
    """Catches what no route foresaw, so that even that answer has its shape; refuses TRACE everywhere."""

    def __init__(self, app: ASGIApp, observe: Observe) -> None:
        self.app = app
        self.observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on; answers in its place where it fails before its answer began."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.monotonic()
        started = False

        async def send_observed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                name = getattr(scope.get("endpoint"), "__name__", "none")
                self.observe(name, scope["method"], message["status"], time.monotonic() - begun)
            await send(message)

        try:
            if scope["method"] == "TRACE":
                refusal = problem_response(Request(scope), 405, headers={"Allow": "GET, HEAD"})
                await refusal(scope, receive, send_observed)
            else:
                await self.app(scope, receive, send_observed)
        except Exception as error:
            if started:
                raise
            await on_error(Request(scope), error)(scope, receive, send_observed)
