"""``/api/staff/layers``: the town's layers that only staff may see, in the forms of the public ones."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from gis import CATALOGUE_NAME, read_catalogue
from web.documents import answer_of, list_of, object_of
from web.files import NOBODY_KEEPS, Folder
from web.problems import Problem
from web.staff_documents import REFUSALS
from web.staff_doors import StaffDoors

_TEXT = {"type": "string"}
_LAYERS = answer_of(
    "The layers only staff may see, as the catalogue has them",
    **{"application/json": object_of({"layers": list_of(object_of({"id": _TEXT, "url": _TEXT, "title_ja": _TEXT}))})},
)
_FILE = answer_of("The layer", **{"application/geo+json": {"type": "object"}, "application/vnd.pmtiles": _TEXT})


def add_staff_layers(app: FastAPI, folder: Path, doors: StaffDoors) -> None:
    """Adds the routes below ``/api/staff/layers``; ``doors`` gives the dependencies that let staff in, ``folder`` holds the layers."""
    staff = StaffLayers(folder)
    for path, endpoint, found in (
        ("/api/staff/layers", staff.catalogue, _LAYERS),
        ("/api/staff/layers/{name}", staff.file, _FILE),
    ):
        app.add_api_route(
            path,
            endpoint,
            dependencies=doors("GET"),
            response_class=Response,
            responses={200: found, **REFUSALS},
        )


class StaffLayers:
    """The routes as methods."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = Folder(folder, NOBODY_KEEPS)

    def catalogue(self) -> Response:
        """The staff's layers: titles, departments, legends, where they are; none where nothing was published yet."""
        path = self._folder / CATALOGUE_NAME
        if not read_catalogue(self._folder):
            return JSONResponse({"layers": []}, headers={"Cache-Control": NOBODY_KEEPS})
        return Response(path.read_bytes(), media_type="application/json", headers={"Cache-Control": NOBODY_KEEPS})

    def file(self, request: Request, name: str) -> Response:
        """One layer: ``<id>.geojson`` with all its features, ``<id>.pmtiles`` by range where it has tiles."""
        if name == CATALOGUE_NAME:
            raise Problem(404, "There is no such layer. The catalogue is /api/staff/layers.")
        return self._files.answer(request, name)
