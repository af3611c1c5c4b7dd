"""What the page of a crew sends, read strictly: positions and notes, member by member."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request

from core.model import VehicleId
from core.ploughs import CrewNote, NoteKind
from web.crew_photo import MOST_BYTES
from web.json_body import json_of
from web.parameters import instant
from web.problems import Problem
from web.staff_wishes import bounded_body

MOST_POSITIONS = 300
POSITIONS_BYTES = 128 * 1024
NOTE_BYTES = MOST_BYTES * 4 // 3 + 16 * 1024
LONGEST_TEXT = 500
OLDEST_NOTE, AHEAD_NOTE = timedelta(days=30), timedelta(days=1)
"""A phone may lie in a drawer with a note on it, and its clock may be wrong; what is beyond is no report of this winter."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NoteWish:
    """A note as sent, and the bytes of its photo as sent, None where it has none."""

    note: CrewNote
    photo: bytes | None


async def positions_body(request: Request) -> bytes:
    """The body of a request with positions."""
    return await bounded_body(request, POSITIONS_BYTES)


async def note_body(request: Request) -> bytes:
    """The body of a request with a note."""
    return await bounded_body(request, NOTE_BYTES)


def position_wishes(body: bytes, vehicle: VehicleId) -> list[dict[str, Any]]:
    """The positions of a body, an array of objects as over MQTT (docs/sensors.md).

    400 for what is no such array or for a position without a time, 403 where one says it is another vehicle's. What else is
    wrong with a position the ingest pipeline finds, and keeps it.
    """
    found = json_of(body, POSITIONS_BYTES)
    if not isinstance(found, list) or not 0 < len(found) <= MOST_POSITIONS:
        raise Problem(400, f"The body is an array of 1 to {MOST_POSITIONS} positions.")
    return [_position(entry, number, vehicle) for number, entry in enumerate(found)]


def note_wish(body: bytes, vehicle: int, now: datetime) -> NoteWish:
    """The note of a body (400 names the member that is wrong, 422 one beyond its limits). ``vehicle`` is the registry number."""
    members = json_of(body, NOTE_BYTES)
    if not isinstance(members, dict):
        raise Problem(400, "The body is an object.")
    for name, value in members.items():
        if name not in _MEMBERS:
            raise Problem(400, f"Unknown member {name[:40]!r}. Known here: {', '.join(_MEMBERS)}.")
        fits, words = _MEMBERS[name]
        if not fits(value):
            raise Problem(400, f"Member {name!r} is {words}.")
    for name in ("id", "kind", "at"):
        if name not in members:
            raise Problem(400, f"Member {name!r} is missing.")
    return NoteWish(_note(members, vehicle, now), _photo(members.get("photo")))


def _position(entry: Any, number: int, vehicle: VehicleId) -> dict[str, Any]:
    if not isinstance(entry, dict) or not isinstance(entry.get("at"), str):
        raise Problem(400, f"Position {number}: it is an object with 'at', an RFC 3339 time with offset.")
    if entry.get("vehicle", vehicle) != vehicle:
        raise Problem(403, f"Position {number}: it is of another vehicle. Nothing was taken in.")
    return {name: value for name, value in entry.items() if name != "vehicle"}


def _note(members: Mapping[str, Any], vehicle: int, now: datetime) -> CrewNote:
    at = instant("at", members["at"])
    if not now - OLDEST_NOTE <= at <= now + AHEAD_NOTE:
        raise Problem(422, "Member 'at' is more than 30 days ago, or more than a day ahead.")
    lon, lat = members.get("lon"), members.get("lat")
    if (lon is None) is not (lat is None):
        raise Problem(400, "Members 'lon' and 'lat' come together.")
    return CrewNote(
        id=members["id"],
        vehicle=vehicle,
        kind=NoteKind(members["kind"]),
        at=at,
        lon=lon,
        lat=lat,
        accuracy_m=None if lon is None else members.get("accuracy_m"),
        text=members.get("text", "").strip(),
        received_at=now,
    )


def _photo(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem(400, "Member 'photo' is base64 (RFC 4648), without a data: address before it.") from error


def is_uuid(value: Any) -> bool:
    """Whether it is the text of a UUID, in small letters (RFC 9562)."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _number(low: float, high: float) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        if value is None:
            return True
        return (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and math.isfinite(value)
            and low <= value <= high
        )

    return fits


def _is_text(longest: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and len(value) <= longest


_KINDS = tuple(kind.value for kind in NoteKind)
_MEMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "id": (is_uuid, "a UUID in small letters"),
    "kind": (lambda value: isinstance(value, str) and value in _KINDS, f"one of {', '.join(_KINDS)}"),
    "at": (_is_text(64), "an RFC 3339 time with offset"),
    "lon": (_number(-180, 180), "a longitude in degrees, or null"),
    "lat": (_number(-90, 90), "a latitude in degrees, or null"),
    "accuracy_m": (_number(0, 1e7), "a number of metres, or null"),
    "text": (_is_text(LONGEST_TEXT), f"a text of at most {LONGEST_TEXT} characters"),
    "photo": (lambda value: value is None or isinstance(value, str), "base64, or null"),
}
