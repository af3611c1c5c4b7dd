"""The page ``/notes``: the same for everyone, empty until the key of staff opens it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.responses import Response

from maps import Language, static_version
from maps.notes_page import PATH, notes_page
from web.pages import ASK_AGAIN, HTML
from web.parts import Parts
from web.payloads import Payload, answer


def add_notes_page(app: FastAPI, parts: Parts) -> None:
    """Adds the page in both languages."""
    languages: tuple[tuple[str, Language], ...] = (("", "ja"), ("/en", "en"))
    for prefix, language in languages:
        app.add_api_route(prefix + PATH, _page(parts, language), include_in_schema=False, response_class=Response)


def _page(parts: Parts, language: Language) -> Callable[..., Response]:
    page = Payload(notes_page(parts.site, language, asset_version=static_version()).encode(), HTML)

    def notes(request: Request) -> Response:
        """The page; what it shows it asks of ``/api/staff/notes``."""
        return answer(request, page, ASK_AGAIN)

    return notes
