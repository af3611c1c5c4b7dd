"""The page ``/console``, for who is signed in; anybody else is led to ``/sign-in`` and back."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.responses import Response

from gis.catalogue import read_catalogue
from maps import Language, static_version
from maps.console_page import PATH, console_page
from web.pages import HTML
from web.parts import Parts

OWN = {"Cache-Control": "no-store", "Vary": "Cookie"}
"""A page behind a sign-in is nobody's but the person's; going back after signing out shows nothing."""


def add_console_page(app: FastAPI, parts: Parts) -> None:
    """Adds the page in both languages."""
    languages: tuple[tuple[str, Language], ...] = (("", "ja"), ("/en", "en"))
    for prefix, language in languages:
        app.add_api_route(
            prefix + PATH, _page(parts, prefix, language), include_in_schema=False, response_class=Response
        )


def _page(parts: Parts, prefix: str, language: Language) -> Callable[..., Response]:
    version = static_version()

    def console(request: Request) -> Response:
        """The page; what it shows it asks of ``/api/console``."""
        signed = parts.access.signed_in(request)
        if signed is None or signed.lacks is not None:
            here = prefix + PATH  # never the whole address: what stands in it is not ours
            return Response(status_code=303, headers={**OWN, "Location": f"{prefix}/sign-in?next={here}"})
        catalogue = read_catalogue(parts.public_folder / "layers")
        html = console_page(parts.site, catalogue, language, asset_version=version)
        return Response(html, media_type=HTML, headers=OWN)

    return console
