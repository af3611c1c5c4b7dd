"""Exposure over HTTP: the page in both languages, and the published files of it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from gis.exposure.document import FILES, read_assessment
from maps import Language, static_version
from maps.exposure_page import PATH, exposure_page
from web.doors import refuse_haste
from web.files import Folder
from web.pages import ASK_AGAIN, HTML, state_of
from web.parts import Parts
from web.payloads import Payload, answer
from web.problems import Problem

CACHE = "public, max-age=60"


def add_exposure(app: FastAPI, parts: Parts) -> None:
    """Adds ``/exposure``, its English page, and the files below it."""
    own = Exposure(parts)

    def limited(request: Request) -> None:
        refuse_haste(parts.limiter, parts.doors.address(request))

    routes: tuple[tuple[str, Callable[..., Response]], ...] = (
        (PATH, own.page_ja),
        (f"/en{PATH}", own.page_en),
        (f"{PATH}/{{name}}", own.file),
    )
    for path, endpoint in routes:
        app.add_api_route(
            path, endpoint, dependencies=[Depends(limited)], include_in_schema=False, response_class=Response
        )


class Exposure:
    """The endpoints. A page is made once for each assessment and language."""

    def __init__(self, parts: Parts) -> None:
        self._site = parts.site
        self._path = parts.public_folder / "exposure"
        self._folder = Folder(self._path, CACHE)
        self._version = static_version()
        self._pages: dict[Language, tuple[tuple[int, int], Payload]] = {}

    def page_ja(self, request: Request) -> Response:
        """The page, Japanese."""
        return answer(request, self._page("ja"), ASK_AGAIN)

    def page_en(self, request: Request) -> Response:
        """The page, English."""
        return answer(request, self._page("en"), ASK_AGAIN)

    def file(self, request: Request, name: str) -> Response:
        """A published file; the table and the GeoPackage are to be kept, not shown. Raises Problem 404."""
        if name not in FILES:
            raise Problem(404, "There is no such file.")
        found = self._folder.answer(request, name)
        if not name.endswith(".json"):
            found.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return found

    def _page(self, language: Language) -> Payload:
        state = state_of(self._path / FILES[-1])
        kept = self._pages.get(language)
        if kept is None or kept[0] != state:
            html = exposure_page(self._site, read_assessment(self._path), language, asset_version=self._version)
            kept = self._pages[language] = (state, Payload(html.encode(), HTML))
        return kept[1]
