"""What the town has told its residents: ``/api/announcements``, in the feed, and each as a CAP message."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from alerts.cap import write_cap
from alerts.cap.announcement import cap_of_announcement
from alerts.residents.published import Announcement, announcements, sent_at
from core.errors import StoreError
from core.resident_messages import LANGUAGES
from core.times import format_rfc3339
from web.documents import PROBLEMS, Schema, answer_of, list_of, object_of
from web.doors import refuse_haste
from web.parameters import only_known
from web.parts import Parts
from web.payloads import answer, json_payload

CACHE = "public, max-age=5"
RENEW = timedelta(seconds=5)
READ_BACK = timedelta(days=8)
"""Messages live at most a week; what refers to them is read with them."""

MOST = 300

_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_WORDS = object_of({"subject": _TEXT, "text": _TEXT})
_ONE = object_of(
    {
        **dict.fromkeys(("id", "kind", "hazard", "level", "area"), _TEXT),
        **dict.fromkeys(("sent_at", "first_sent_at"), _TIME),
        "until": {"type": ["string", "null"], "format": "date-time"},
        "in_force": {"type": "boolean"},
        **dict.fromkeys(LANGUAGES, _WORDS),
    }
)
_LIST = object_of({"announcements": list_of(_ONE), "generated_at": _TIME})


class Announcements:
    """What was told, read at most every few seconds; while the database is away what was read last."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._turn = threading.Lock()
        self._kept: tuple[datetime, list[Announcement]] | None = None

    def shown(self, now: datetime) -> list[Announcement]:
        """Those still told, the newest word first. Raises StoreError where none were ever read and the database is away."""
        return [one for one in self._read(now) if one.shown(now)]

    def cap(self, number: UUID, now: datetime) -> bytes | None:
        """The newest CAP message of one of them; None for what is not known any more."""
        found = next((one for one in self._read(now) if one.id == number), None)
        return None if found is None else write_cap(cap_of_announcement(self._parts.site, found))

    def _read(self, now: datetime) -> list[Announcement]:
        with self._turn:
            kept = self._kept
            if kept is None or not timedelta(0) <= now - kept[0] < RENEW:
                try:
                    listed = self._parts.store.messages.listed(self._parts.registry.site, now - READ_BACK, MOST)
                    kept = self._kept = (now, announcements(listed))
                except StoreError:
                    if kept is None:
                        raise
            return kept[1]


def add_announcements(app: FastAPI, parts: Parts) -> None:
    """Adds the route for everybody."""
    told = Announcements(parts)

    def listed(request: Request) -> Response:
        """Messages to residents that are in force, and those that ended within a day, the newest first."""
        refuse_haste(parts.limiter, parts.doors.address(request))
        now = parts.clock()
        content = {"announcements": [as_dict(one, now) for one in told.shown(now)], "generated_at": format_rfc3339(now)}
        return answer(request, json_payload(content), CACHE)

    app.add_api_route(
        "/api/announcements",
        listed,
        dependencies=[Depends(only_known)],
        response_class=Response,
        responses={200: answer_of("Messages to residents", **{"application/json": _LIST}), **PROBLEMS},
    )


def as_dict(announcement: Announcement, now: datetime) -> dict[str, Any]:
    """What everybody may know of one; never who wrote or approved it, nor whom it reached."""
    message = announcement.newest
    return {
        "id": str(announcement.id),
        "kind": message.kind.value,
        "hazard": message.hazard.value,
        "level": message.level.slug,
        "area": message.area,
        "sent_at": format_rfc3339(sent_at(message)),
        "first_sent_at": format_rfc3339(sent_at(announcement.chain[0])),
        "until": None if message.until is None else format_rfc3339(message.until),
        "in_force": announcement.in_force(now),
        **{key: {"subject": message.texts[key].subject, "text": message.texts[key].text} for key in LANGUAGES},
    }
