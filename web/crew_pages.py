"""The page of crews in both languages, and the service worker that keeps it on their phones."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import Response

from maps import Language, static_version
from maps.crew_page import ADDRESSES, crew_page, worker_script
from web.pages import ASK_AGAIN, HTML, SCRIPT
from web.parts import Parts
from web.payloads import Payload, answer


def add_crew_pages(app: FastAPI, parts: Parts) -> None:
    """Adds ``/plough``, ``/en/plough`` and ``/plough-worker.js``.

    They are there without crew keys too: then the page says that it is not in use.
    """
    pages = CrewPages(parts)
    app.add_api_route(ADDRESSES["ja"], pages.japanese, include_in_schema=False, response_class=Response)
    app.add_api_route(ADDRESSES["en"], pages.english, include_in_schema=False, response_class=Response)
    app.add_api_route("/plough-worker.js", pages.worker, include_in_schema=False, response_class=Response)


class CrewPages:
    """The routes as methods; what they answer is made once."""

    def __init__(self, parts: Parts) -> None:
        version = static_version()
        texts: dict[Language, str] = {
            language: crew_page(parts.site, language, asset_version=version) for language in ADDRESSES
        }
        self._pages = {language: Payload(text.encode(), HTML) for language, text in texts.items()}
        self._worker = Payload(worker_script(list(texts.values()), version).encode(), SCRIPT)

    def japanese(self, request: Request) -> Response:
        """The page in Japanese."""
        return answer(request, self._pages["ja"], ASK_AGAIN)

    def english(self, request: Request) -> Response:
        """The page in English."""
        return answer(request, self._pages["en"], ASK_AGAIN)

    def worker(self, request: Request) -> Response:
        """The service worker; at the root, for it serves pages of two folders."""
        return answer(request, self._worker, ASK_AGAIN)
