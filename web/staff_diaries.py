"""``/api/staff/ploughs/diaries``: the work diaries (除雪日報) of a day, as data and as papers, and whether a paper is one of ours.

What is read is what is known now, with the seal it has; where it has none, or other things were sealed, it says that it is
provisional. The bytes of every paper of a sealed diary are noted before it is answered.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from starlette.responses import JSONResponse, Response

from core.diary import Seal
from core.errors import StartError
from core.model import Vehicle
from core.times import format_rfc3339
from gis.ploughs.diary_book import DiaryBook
from maps.diary_papers import PAPERS, file_name, paper
from maps.words import Language
from web.access import person_of, said_by
from web.diary_wishes import seal_wish, wanted_day
from web.parts import Parts
from web.problems import Problem
from web.staff_diary_documents import DIARY_ANSWERS, SEAL_BODY
from web.staff_documents import REFUSALS
from web.staff_doors import StaffDoors
from web.staff_wishes import read_body

log = logging.getLogger(__name__)

FRESH = {"Cache-Control": "no-store"}

_SHA_256 = re.compile(r"[0-9a-f]{64}", re.ASCII)

Day = Annotated[str | None, Query(description="The day of work, by the date it begins: YYYY-MM-DD")]


def add_staff_diaries(app: FastAPI, parts: Parts, doors: StaffDoors) -> None:
    """Adds the routes below ``/api/staff/ploughs/diaries``; ``doors`` gives the dependencies that let staff in, by method."""
    staff = StaffDiaries(parts)
    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "diaries", staff.diaries),
        ("POST", "diaries", staff.seal),
        ("GET", "diaries/{vehicle}", staff.diary),
        ("GET", "papers/{sha256}", staff.verify),
    )
    for method, name, endpoint in routes:
        app.add_api_route(
            f"/api/staff/ploughs/{name}",
            endpoint,
            methods=[method],
            dependencies=[*doors(method), Depends(staff.planned)],
            response_class=Response,
            responses={200: DIARY_ANSWERS[method, name], **REFUSALS},
            openapi_extra=SEAL_BODY if method == "POST" else None,
        )


class StaffDiaries:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._book = None if parts.site.ploughs is None else DiaryBook(parts.site, parts.store, parts.registry)

    def planned(self) -> None:
        """404 for a town that clears no roads with us."""
        if self._book is None:
            raise Problem(404, "This town has no plan of snow clearing (ploughs.toml).")

    def diaries(self, day: Day = None) -> Response:
        """Every vehicle's diary of a day in short."""
        wanted, now = wanted_day(day), self._parts.clock()
        found = self._the_book.of_day(wanted, now)
        over = self._the_book.is_over(wanted, now)
        return _json({"day": wanted.isoformat(), "over": over, "diaries": [_in_short(seal) for seal in found]})

    def seal(self, request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
        """Seals the diaries of a day, of one vehicle or of all, as they are known now; 409 before it is over, and once it is forgotten."""
        wish = seal_wish(body)
        now = self._parts.clock()
        self._sealable(wish.day, now)
        vehicles = self._parts.site.vehicles if wish.vehicle is None else (self._vehicle(wish.vehicle),)
        by = said_by(request, wish.by)
        sealed = [self._the_book.seal(vehicle, wish.day, now=now, by=by) for vehicle in vehicles]
        for seal, new in sealed:
            if new:
                person, day = person_of(request), seal.day.isoformat()
                self._parts.audit(
                    person, "diary.seal", seal.vehicle, request, day=day, revision=seal.revision, by=by
                )  # fmt: skip
        return _json(
            {"day": wish.day.isoformat(), "diaries": [{**_in_short(seal), "new": new} for seal, new in sealed]}
        )

    def diary(
        self,
        vehicle: str,
        day: Day = None,
        form: Annotated[str | None, Query(alias="format", description="json (the default), csv, xlsx, pdf")] = None,
        lang: Annotated[str | None, Query(description="ja (the default) or en, of papers")] = None,
    ) -> Response:
        """One diary, whole; as a paper it is a file to keep, and its bytes are noted."""
        if form is not None and form != "json" and form not in PAPERS:
            raise Problem(400, f"Parameter 'format' is json, {', '.join(PAPERS)}.")
        language = _language(lang)
        seal = self._the_book.of_vehicle(vehicle, wanted_day(day), self._parts.clock())
        if seal is None:
            raise Problem(404, "There is no such vehicle.")
        if form is None or form == "json":
            return _json({**_in_short(seal), "diary": json.loads(seal.document)})
        return self._paper(form, seal, language)

    def verify(self, sha256: str) -> Response:
        """Whether a file with this SHA-256 is a paper we wrote: of which diary, and whether a later revision stands."""
        if not _SHA_256.fullmatch(sha256):
            raise Problem(400, "The address ends in a SHA-256: 64 hexadecimal digits in lower case.")
        site, diaries = self._parts.registry.site, self._parts.store.diaries
        seal = diaries.of_paper(site, sha256)
        if seal is None:
            raise Problem(404, "No paper with these bytes was written here.")
        current = diaries.current(site, seal.vehicle, seal.day)
        newest = seal.revision if current is None else current.revision
        return _json({**_in_short(seal), "whole": seal.whole, "newest_revision": newest})

    @property
    def _the_book(self) -> DiaryBook:
        assert self._book is not None  # self.planned stood at the door
        return self._book

    def _sealable(self, day: date, now: datetime) -> None:
        if not self._the_book.is_over(day, now):
            raise Problem(409, "That day of work is not over yet; half an hour after it is, its diaries can be sealed.")
        if not self._the_book.is_kept(day, now):
            raise Problem(409, "The positions of that day are not kept any more; what was sealed of it stands.")

    def _vehicle(self, id_: str) -> Vehicle:
        found = self._the_book.vehicle(id_)
        if found is None:
            raise Problem(404, "There is no such vehicle.")
        return found

    def _paper(self, form: str, seal: Seal, language: Language) -> Response:
        try:
            written = paper(form, seal, self._parts.site, language)
        except StartError as error:
            log.warning("%s → %s", error, error.hint)
            raise Problem(503, "This paper cannot be written here; the other forms can.") from error
        if seal.revision:
            self._parts.store.diaries.note_paper(
                self._parts.registry.site,
                seal.digest,
                hashlib.sha256(written).hexdigest(),
                form=form,
                language=language,
                at=self._parts.clock(),
            )
        name = file_name(form, seal, language)
        headers = {**FRESH, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(written, media_type=PAPERS[form].media_type, headers=headers)


def _language(text: str | None) -> Language:
    if text in (None, "ja"):
        return "ja"
    if text == "en":
        return "en"
    raise Problem(400, "Parameter 'lang' is ja or en.")


def _in_short(seal: Seal) -> dict[str, Any]:
    document = json.loads(seal.document)
    return {
        "vehicle": seal.vehicle,
        "name": document["name_ja"],
        "name_en": document["name_en"],
        "contractor": document["contractor"],
        "day": seal.day.isoformat(),
        "revision": seal.revision,
        "sealed": seal.revision > 0,
        "digest": seal.digest or None,
        "previous": seal.previous or None,
        "made_at": format_rfc3339(seal.made_at) if seal.revision else None,
        "first_at": document["first_at"],
        "last_at": document["last_at"],
        "worked_m": round(sum(one["worked_m"] for one in document["classes"]), 1),
        "worked_s": sum(one["seconds"] for one in document["times"] if one["evidence"]),
    }


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers=FRESH)
