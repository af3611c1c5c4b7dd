"""The page ``/sign-in``: the same for everyone; who is signed in it asks of ``/api/session``."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.responses import Response

from maps import Language, static_version
from maps.sign_in_page import PATH, sign_in_page
from web.doors import refuse_haste
from web.pages import HTML
from web.parts import Parts
from web.payloads import Payload, answer


def add_sign_in_page(app: FastAPI, parts: Parts) -> None:
    """Adds the page in both languages."""
    languages: tuple[tuple[str, Language], ...] = (("", "ja"), ("/en", "en"))
    for prefix, language in languages:
        app.add_api_route(prefix + PATH, _page(parts, language), include_in_schema=False, response_class=Response)


def _page(parts: Parts, language: Language) -> Callable[..., Response]:
    page = Payload(sign_in_page(parts.site, language, asset_version=static_version()).encode(), HTML)

    def sign_in(request: Request) -> Response:
        """The page; ``next`` in its address is read in the browser, and only for a path of our own."""
        refuse_haste(parts.limiter, parts.doors.address(request))
        return answer(request, page, "no-store")

    return sign_in
