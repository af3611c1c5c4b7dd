"""The page ``/notify`` in both languages, and its service worker at the root."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.responses import Response

from maps import Language, static_version
from maps.notify_page import PATH, WORKER, notify_page, notify_worker
from web.pages import ASK_AGAIN, HTML, SCRIPT
from web.parts import Parts
from web.payloads import Payload, answer


def add_notify_page(app: FastAPI, parts: Parts) -> None:
    """Adds the page and its worker."""
    languages: tuple[tuple[str, Language], ...] = (("", "ja"), ("/en", "en"))
    for prefix, language in languages:
        page = Payload(notify_page(parts.site, language, asset_version=static_version()).encode(), HTML)
        app.add_api_route(prefix + PATH, _given(page), include_in_schema=False, response_class=Response)
    worker = Payload(notify_worker().encode(), SCRIPT)
    app.add_api_route(WORKER, _given(worker), include_in_schema=False, response_class=Response)


def _given(payload: Payload) -> Callable[..., Response]:
    def notify(request: Request) -> Response:
        """The same for everyone; the page asks ``/api/push`` for the rest."""
        return answer(request, payload, ASK_AGAIN)

    return notify
