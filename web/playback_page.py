"""The page ``/playback``: the same for everyone, empty until the key of staff opens it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.responses import Response

from core.times import format_rfc3339
from gis.catalogue import read_catalogue
from maps import Language, static_version
from maps.playback_page import PATH, playback_page
from web.parts import Parts
from web.payloads import Payload, answer

HTML = "text/html; charset=utf-8"


def add_playback_page(app: FastAPI, parts: Parts) -> None:
    """Adds the page in both languages."""
    languages: tuple[tuple[str, Language], ...] = (("", "ja"), ("/en", "en"))
    for prefix, language in languages:
        app.add_api_route(prefix + PATH, _page(parts, language), include_in_schema=False, response_class=Response)


def _page(parts: Parts, language: Language) -> Callable[..., Response]:
    version = static_version()

    def playback(request: Request) -> Response:
        """The page; what it shows it asks of ``/api/staff/playback``."""
        catalogue = read_catalogue(parts.public_folder / "layers")
        now = format_rfc3339(parts.clock())
        html = playback_page(parts.site, catalogue, language, now=now, asset_version=version)
        return answer(request, Payload(html.encode(), HTML), "no-cache")

    return playback
