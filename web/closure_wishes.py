"""What staff says of a closed road, read strictly: the body of a request, member by member."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from core.closures import LONGEST_NAME, LONGEST_NOTE, Closure, ClosureReason, ClosureStatus
from core.model import Bounds
from web.json_body import members_of
from web.parameters import instant
from web.problems import Problem

BODY_BYTES = 16_384
LONGEST_UNTIL = timedelta(days=366)
_LONGEST_ROAD = 64
_SEEN = re.compile(r"[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]*")

_STATUSES = [status.value for status in ClosureStatus]
_REASONS = [reason.value for reason in ClosureReason]


def closure_wish(body: bytes, bounds: Bounds, now: datetime, by: str, new_id: Callable[[], UUID] = uuid4) -> Closure:
    """What a body says of one closed road; one without ``id`` is a new one.

    400 names the member that is wrong, 422 a place outside the town or a time that cannot be meant.
    """
    members = members_of(body, BODY_BYTES)
    for name, value in members.items():
        if name not in _MEMBERS:
            raise Problem(400, f"Unknown member {name[:40]!r}. Known here: {', '.join(_MEMBERS)}.")
        fits, words = _MEMBERS[name]
        if not fits(value):
            raise Problem(400, f"Member {name!r} is {words}.")
    for name in ("status", "reason", "name_ja"):
        if name not in members:
            raise Problem(400, f"Member {name!r} is missing.")
    lon, lat = _place(members, bounds)
    return Closure(
        id=str(UUID(members["id"])) if "id" in members else str(new_id()),
        status=ClosureStatus(members["status"]),
        reason=ClosureReason(members["reason"]),
        name_ja=members["name_ja"].strip(),
        name_en=members.get("name_en", "").strip(),
        road=members.get("road", ""),
        lon=lon,
        lat=lat,
        until=_until(members, now),
        note_ja=members.get("note_ja", "").strip(),
        note_en=members.get("note_en", "").strip(),
        at=now,
        by=by,
    )


def _place(members: Mapping[str, Any], bounds: Bounds) -> tuple[float | None, float | None]:
    lon, lat = members.get("lon"), members.get("lat")
    if (lon is None) != (lat is None):
        raise Problem(400, "Members 'lon' and 'lat' come together.")
    if lon is None or lat is None:
        return None, None
    if not (bounds.west <= lon <= bounds.east and bounds.south <= lat <= bounds.north):
        raise Problem(
            422,
            "The place lies outside the town. Members are 'lon' (east) and 'lat' (north), in degrees.",
            ja="場所が市町村の外です。",
        )
    return float(lon), float(lat)


def _until(members: Mapping[str, Any], now: datetime) -> datetime | None:
    if members.get("until") is None:
        return None
    until = instant("until", members["until"])
    if not now < until <= now + LONGEST_UNTIL:
        raise Problem(
            422,
            "Member 'until' lies ahead, within a year; leave it out where nobody knows.",
            ja="見込みは、これから 1 年以内の日時にしてください。分からなければ空欄にします。",
        )
    return until


def _text(longest: int, *, empty: bool = True) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, str)
        and len(value) <= longest
        and _SEEN.fullmatch(value.replace("\n", " ")) is not None
        and (empty or bool(value.strip()))
    )


def _number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value))


def _id(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != 36:
        return False
    try:
        UUID(value)
    except ValueError:
        return False
    return True


_MEMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "id": (_id, "the id of a closed road that was told before"),
    "status": (lambda value: value in _STATUSES, f"one of {', '.join(_STATUSES)}"),
    "reason": (lambda value: value in _REASONS, f"one of {', '.join(_REASONS)}"),
    "name_ja": (_text(LONGEST_NAME, empty=False), f"the road and stretch, at most {LONGEST_NAME} characters"),
    "name_en": (_text(LONGEST_NAME), f"text of at most {LONGEST_NAME} characters"),
    "road": (_text(_LONGEST_ROAD), "the id of a road of the layer of roads, or empty"),
    "lon": (_number, "degrees east, or null"),
    "lat": (_number, "degrees north, or null"),
    "until": (lambda value: value is None or isinstance(value, str), "an RFC 3339 time with offset, or null"),
    "note_ja": (_text(LONGEST_NOTE), f"text of at most {LONGEST_NOTE} characters"),
    "note_en": (_text(LONGEST_NOTE), f"text of at most {LONGEST_NOTE} characters"),
}
