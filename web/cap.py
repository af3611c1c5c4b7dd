"""``/alerts/{episode}.cap.xml``: an open or lately ended episode as a CAP 1.2 message."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from alerts.cap import MEDIA_TYPE, cap_of_episode, write_cap
from config.model import Site
from store.alert_rows import EpisodeRow, TransitionRow
from web.announcements import Announcements
from web.doors import refuse_haste
from web.parts import Parts
from web.payloads import Payload, answer

CACHE = "public, max-age=30"
TYPE = f"{MEDIA_TYPE}; charset=utf-8"

_MADE_FOR = timedelta(seconds=30)
_LONGEST_ID = 36


def cap_document(site: Site, episode: EpisodeRow, steps: Iterable[TransitionRow], now: datetime) -> bytes | None:
    """The newest message of an episode as bytes, None for an episode that is not told as CAP."""
    message = cap_of_episode(site, episode, steps, now)
    return None if message is None else write_cap(message)


def add_cap(app: FastAPI, parts: Parts) -> None:
    """Adds the route of the messages."""
    route = CapRoute(parts)
    app.add_api_route("/alerts/{episode}.cap.xml", route.message, include_in_schema=False, response_class=Response)


class CapRoute:
    """The messages; each is kept for half a minute, and while the database is away the last one stays."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._told = Announcements(parts)
        self._kept: dict[UUID, tuple[tuple[EpisodeRow, int], Payload | None]] = {}

    def message(self, request: Request, episode: str) -> Response:
        """The newest message of an episode, or of what residents were told. 404 for one that is not known any more, or is not
        told as CAP.
        """
        parts = self._parts
        refuse_haste(parts.limiter, parts.doors.address(request))
        number = _id(episode)
        row = parts.live.picture().episodes.get(number)
        payload = self._of_message(number) if row is None else self._payload(row)
        if payload is None:
            raise HTTPException(404, "no such alert, or it is not told as CAP")
        return answer(request, payload, CACHE)

    def _of_message(self, number: UUID) -> Payload | None:
        document = self._told.cap(number, self._parts.clock())
        return None if document is None else Payload(document, TYPE)

    def _payload(self, row: EpisodeRow) -> Payload | None:
        now = self._parts.clock()
        key = (row, int(now.timestamp() // _MADE_FOR.total_seconds()))
        kept = self._kept.get(row.id)
        if kept is None or (kept[0] != key and not self._parts.live.away(now)):
            document = cap_document(self._parts.site, row, self._parts.store.transitions([row.id]), now)
            kept = (key, None if document is None else Payload(document, TYPE))
            known = self._parts.live.picture().episodes
            self._kept = {one: was for one, was in self._kept.items() if one in known} | {row.id: kept}
        return kept[1]


def _id(text: str) -> UUID:
    try:
        found = UUID(text[: _LONGEST_ID + 1])
    except ValueError as error:
        raise HTTPException(404, "no such alert") from error
    if str(found) != text:
        raise HTTPException(404, "no such alert")
    return found
