"""What staff asks of work diaries, read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from web.json_body import members_of
from web.problems import Problem
from web.staff_wishes import BODY_BYTES

LONGEST_BY = 100

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MEMBERS = ("day", "vehicle", "by")


@dataclass(frozen=True, slots=True)
class SealWish:
    """The day to seal, of one vehicle or of all, and who asks."""

    day: date
    vehicle: str | None
    by: str


def wanted_day(text: object) -> date:
    """A day of work (400 for anything else)."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise Problem(400, "'day' is the date on which the day of work begins: YYYY-MM-DD.")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Problem(400, f"'day': {error}.") from error
    if not 2000 <= day.year <= 2200:
        raise Problem(400, "'day' is of the years 2000 to 2200.")
    return day


def seal_wish(body: bytes) -> SealWish:
    """What a body asks for: ``day``, and may be ``vehicle`` and ``by``; 400 says which member is wrong."""
    members = members_of(body, BODY_BYTES)
    for name in members:
        if name not in _MEMBERS:
            raise Problem(400, f"Unknown member {name[:40]!r}. Known here: {', '.join(_MEMBERS)}.")
    return SealWish(wanted_day(members.get("day")), _text(members, "vehicle"), _text(members, "by") or "staff")


def _text(members: dict[str, Any], name: str) -> str | None:
    text = members.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_BY or not text.isprintable():
        raise Problem(400, f"Member {name!r} is a text of at most {LONGEST_BY} printable characters.")
    return text
