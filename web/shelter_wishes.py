"""What staff says of shelters, read strictly: the body of a request, member by member."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.shelter_words import LONGEST_NAME, LONGEST_NOTE, MOST_PEOPLE, refusal_of
from core.shelters import ShelterState, ShelterStatus
from gis.shelter_sites import ShelterSite, near_sites
from web.json_body import members_of
from web.parameters import instant
from web.problems import Problem
from web.staff_wishes import BODY_BYTES

MOST_STATES = 500
STAFF = "staff"
"""Who said it, where the body does not tell."""


@dataclass(frozen=True, slots=True)
class ShelterWish:
    """What is to be said, and whether only to look."""

    states: list[ShelterState]
    dry_run: bool


def shelter_wish(body: bytes, sites: Sequence[ShelterSite], now: datetime, ahead: timedelta) -> ShelterWish:
    """What a body says of shelters.

    400 names the member that is wrong, 422 a shelter nobody published, with those that look like it, or a number, note or
    time beyond its limits. ``ahead`` is how far a time may lie before ``now``.
    """
    members = members_of(body, BODY_BYTES)
    _check(members, _MEMBERS, "")
    if "shelters" not in members:
        raise Problem(400, "Member 'shelters' is missing.")
    by = members.get("by", STAFF)
    states = [_state(entry, number, by, now) for number, entry in enumerate(members["shelters"])]
    _refuse_twice(states)
    known = {site.id for site in sites}
    for number, state in enumerate(states):
        if state.shelter not in known:
            raise Problem(422, _unknown(number, state.shelter, sites))
        refused = refusal_of(state, now, ahead)
        if refused is not None:
            raise Problem(422, f"shelters[{number}], {state.shelter}: {refused}.")
    return ShelterWish(states, members.get("dry_run", False))


def _state(entry: Any, number: int, by: str, now: datetime) -> ShelterState:
    where = f"shelters[{number}]: "
    if not isinstance(entry, dict):
        raise Problem(400, f"{where}it is an object.")
    _check(entry, _ENTRY, where)
    for name in ("id", "status"):
        if name not in entry:
            raise Problem(400, f"{where}member {name!r} is missing.")
    at = entry.get("at")
    return ShelterState(
        shelter=entry["id"],
        status=ShelterStatus(entry["status"]),
        people=entry.get("people"),
        capacity=entry.get("capacity"),
        note_ja=entry.get("note_ja", ""),
        note_en=entry.get("note_en", ""),
        at=now if at is None else instant("at", at),
        by=by,
    )


def _check(members: Mapping[str, Any], known: Mapping[str, tuple[Callable[[Any], bool], str]], where: str) -> None:
    for name, value in members.items():
        if name not in known:
            raise Problem(400, f"{where}unknown member {name[:40]!r}. Known here: {', '.join(known)}.")
        fits, words = known[name]
        if not fits(value):
            raise Problem(400, f"{where}member {name!r} is {words}.")


def _refuse_twice(states: Sequence[ShelterState]) -> None:
    said = set[str]()
    for state in states:
        if state.shelter in said:
            raise Problem(400, f"Shelter {state.shelter} is named more than once.")
        said.add(state.shelter)


def _unknown(number: int, shelter: str, sites: Sequence[ShelterSite]) -> str:
    near = ", ".join(f"{site.id} {site.name}" for site in near_sites(sites, shelter))
    advice = f"Near it: {near}." if near else "GET /api/staff/shelters lists those there are."
    return f"shelters[{number}]: there is no published shelter {shelter[:40]!r}. {advice}"


def _is_text(longest: int, shortest: int = 0) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and shortest <= len(value) <= longest


def _is_count(value: Any) -> bool:
    return value is None or value.__class__ is int


def _are_entries(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST_STATES


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_status(value: Any) -> bool:
    return isinstance(value, str) and value in {status.value for status in ShelterStatus}


_PEOPLE = f"a whole number from 0 to {MOST_PEOPLE}, or null"
_NOTE = f"a text of at most {LONGEST_NOTE} printable characters"
_MEMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "shelters": (_are_entries, f"a list of 1 to {MOST_STATES} objects"),
    "by": (_is_text(LONGEST_NAME, 1), f"a text of 1 to {LONGEST_NAME} printable characters"),
    "dry_run": (_is_flag, "true or false"),
}
_ENTRY: dict[str, tuple[Callable[[Any], bool], str]] = {
    "id": (_is_text(LONGEST_NAME, 1), "the 共通ID of a published shelter"),
    "status": (_is_status, f"one of {', '.join(status.value for status in ShelterStatus)}"),
    "people": (_is_count, _PEOPLE),
    "capacity": (_is_count, _PEOPLE),
    "note_ja": (_is_text(LONGEST_NOTE), _NOTE),
    "note_en": (_is_text(LONGEST_NOTE), _NOTE),
    "at": (_is_text(64, 1), "an RFC 3339 time with offset"),
}
