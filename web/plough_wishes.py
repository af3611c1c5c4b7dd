"""What staff says and asks of dispatch orders and roads, read strictly: parameters and the body of a request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.order_words import LONGEST_ID, LONGEST_NAME, LONGEST_NOTE, end_refusal, order_id, refusal_of
from core.ploughs import Order
from gis.ploughs.totals import By
from web.json_body import members_of
from web.parameters import instant
from web.problems import Problem
from web.staff_wishes import BODY_BYTES

STAFF = "staff"
"""Who gives an order, where the body does not tell."""
LONGEST_SPAN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Ending:
    """An order that is to be over since ``at``."""

    id: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class OrderWish:
    """What is to be said, whether its time was told with it (else it is now), and whether only to look."""

    word: Order | Ending
    timed: bool
    dry_run: bool


def order_wish(body: bytes, classes: Collection[str], now: datetime, ahead: timedelta) -> OrderWish:
    """What a body says of an order; 400 names the member that is wrong, 422 what cannot be ordered."""
    members = members_of(body, BODY_BYTES)
    _check(members, _MEMBERS, "")
    if ("give" in members) is ("end" in members):
        raise Problem(400, "Say either 'give' or 'end'.")
    by = members.get("by", STAFF)
    told = members["give"] if "give" in members else members["end"]
    word = _given(told, by, now) if "give" in members else _ending(told, by, now)
    if isinstance(word, Order):
        refused = refusal_of(word, classes, now, ahead)
    else:
        refused = end_refusal(word.at, word.by, now, ahead)
    if refused is not None:
        raise Problem(422, f"{refused[0].upper()}{refused[1:]}.")
    return OrderWish(word, "at" in told, members.get("dry_run", False))


def since_when(text: str | None, now: datetime) -> datetime:
    """The instant of ``since``, at most seven days before ``now``."""
    if text is None:
        return now - timedelta(hours=24)
    at = instant("since", text)
    if not now - LONGEST_SPAN <= at < now:
        raise Problem(400, f"Parameter 'since' lies before now, at most {LONGEST_SPAN.days} days.")
    return at


def grouped_by(text: str | None) -> By:
    """What totals are put together by (400 for anything else)."""
    try:
        return By(text or By.ALL)
    except ValueError as error:
        raise Problem(400, f"Parameter 'by' is one of {', '.join(By)}.") from error


def _given(entry: Mapping[str, Any], by: str, now: datetime) -> Order:
    _check(entry, _GIVE, "give: ")
    if "classes" not in entry:
        raise Problem(400, "give: member 'classes' is missing.")
    at = instant("at", entry["at"]) if "at" in entry else now
    classes = tuple(dict.fromkeys(entry["classes"]))
    return Order(
        id=entry.get("id") or order_id(at, classes),
        at=at,
        classes=classes,
        by=by,
        note=entry.get("note", ""),
        measured=entry.get("measured", ""),
    )


def _ending(entry: Mapping[str, Any], by: str, now: datetime) -> Ending:
    _check(entry, _END, "end: ")
    if "id" not in entry:
        raise Problem(400, "end: member 'id' is missing.")
    return Ending(entry["id"], instant("at", entry["at"]) if "at" in entry else now, by)


def _check(members: Mapping[str, Any], known: Mapping[str, tuple[Callable[[Any], bool], str]], where: str) -> None:
    for name, value in members.items():
        if name not in known:
            raise Problem(400, f"{where}unknown member {name[:40]!r}. Known here: {', '.join(known)}.")
        fits, words = known[name]
        if not fits(value):
            raise Problem(400, f"{where}member {name!r} is {words}.")


def _is_text(longest: int, shortest: int = 0) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and shortest <= len(value) <= longest


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _are_classes(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= 20 and all(isinstance(each, str) for each in value)


_ID = (_is_text(LONGEST_ID, 1), f"a text of 1 to {LONGEST_ID} letters, digits, dots, hyphens and underscores")
_AT = (_is_text(64, 1), "an RFC 3339 time with offset")
_NOTE = (_is_text(LONGEST_NOTE), f"a text of at most {LONGEST_NOTE} printable characters")
_MEMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "give": (_is_object, "an object"),
    "end": (_is_object, "an object"),
    "by": (_is_text(LONGEST_NAME, 1), f"a text of 1 to {LONGEST_NAME} printable characters"),
    "dry_run": (_is_flag, "true or false"),
}
_GIVE: dict[str, tuple[Callable[[Any], bool], str]] = {
    "id": _ID,
    "classes": (_are_classes, "a list of 1 to 20 codes of classes"),
    "at": _AT,
    "note": _NOTE,
    "measured": _NOTE,
}
_END: dict[str, tuple[Callable[[Any], bool], str]] = {"id": _ID, "at": _AT}
