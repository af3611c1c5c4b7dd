"""What staff asks of silences, read strictly: what it is about, for how long, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from config.model import Site
from core.levels import Level
from core.model import StationKind
from core.times import parse_rfc3339
from store.silences import LONGEST, Silence
from web.json_body import members_of
from web.problems import Problem
from web.staff_wishes import BODY_BYTES

LONGEST_REASON = 200
MOST_NAMES = 100
_SLACK = timedelta(minutes=5)
_AHEAD = timedelta(days=30)
_LEVELS = {level.slug: level for level in Level if level > Level.NORMAL}
_USUAL = frozenset({Level.STANDBY, Level.CAUTION, Level.WARNING})
_OTHERS = ("external/", "incident/", "system/")
"""What else counts as a rule: alerts of other systems by their name, incidents by their kind, rules that cannot be evaluated."""


def silence_wish(body: bytes, site: Site, id_: UUID, author: str, now: datetime) -> Silence:
    """The silence a body asks for (400 says what is wrong with it).

    Without ``levels`` it is about everything but danger, without ``starts_at`` it begins now.
    """
    members = _members(body, _MEMBERS, needed=("ends_at", "reason"))
    starts_at = max(now, _instant(members, "starts_at")) if "starts_at" in members else now
    ends_at = _instant(members, "ends_at")
    if "starts_at" in members and _instant(members, "starts_at") < now - _SLACK:
        raise Problem(400, "Member 'starts_at' lies in the past.")
    if starts_at > now + _AHEAD:
        raise Problem(400, f"Member 'starts_at' lies more than {_AHEAD.days} days ahead.")
    if ends_at <= starts_at:
        raise Problem(400, "Member 'ends_at' is not after its beginning.")
    if ends_at - starts_at > LONGEST:
        hours = LONGEST // timedelta(hours=1)
        raise Problem(400, f"A silence lasts at most {hours} hours.", ja=f"一時停止は {hours} 時間までです。")
    rules, stations, kinds = (frozenset(members.get(name, ())) for name in ("rules", "stations", "kinds"))
    _refuse_strangers(site, rules, stations)
    _refuse_everything(site, rules, stations, kinds)
    return Silence(
        id=id_,
        rules=rules,
        stations=stations,
        kinds=kinds,
        levels=frozenset(_LEVELS[slug] for slug in members["levels"]) if "levels" in members else _USUAL,
        starts_at=starts_at,
        ends_at=ends_at,
        author=author,
        reason=members["reason"].strip(),
        created_at=now,
    )


def end_wish(body: bytes) -> str:
    """Why a silence ends before its time, empty where nothing is said."""
    reason: str = _members(body, {"reason": _MEMBERS["reason"]}).get("reason", "")
    return reason.strip()


def approve_wish(body: bytes) -> None:
    """An empty object: nothing is said but that it may be."""
    _members(body, {})


def _members(body: bytes, known: Mapping[str, _Check], needed: tuple[str, ...] = ()) -> dict[str, Any]:
    members = members_of(body, BODY_BYTES)
    for name, value in members.items():
        if name not in known:
            raise Problem(400, f"Unknown member {name[:40]!r}. Known here: {', '.join(known) or 'none'}.")
        fits, words = known[name]
        if not fits(value):
            raise Problem(400, f"Member {name!r} is {words}.")
    for name in needed:
        if name not in members:
            raise Problem(400, f"Member {name!r} is missing.")
    return members


def _refuse_strangers(site: Site, rules: frozenset[str], stations: frozenset[str]) -> None:
    known = {rule.id for rule in site.rules}
    for name in sorted(rules):
        if name not in known and not name.startswith(_OTHERS):
            raise Problem(400, f"There is no rule {name[:60]!r}.")
    for name in sorted(stations - {str(station.id) for station in site.stations}):
        raise Problem(400, f"There is no station {name[:60]!r}.")


def _refuse_everything(site: Site, rules: frozenset[str], stations: frozenset[str], kinds: frozenset[str]) -> None:
    """A silence says what it is about: nothing, or all there is, would silence the town."""
    all_stations = len(site.stations) > 1 and stations >= {str(station.id) for station in site.stations}
    all_kinds = len({station.kind for station in site.stations}) > 1 and kinds >= {
        station.kind.value for station in site.stations
    }
    all_rules = len(site.rules) > 1 and rules >= {rule.id for rule in site.rules}
    narrow = (rules and not all_rules) or (stations and not all_stations) or (kinds and not all_kinds)
    if not narrow:
        raise Problem(
            400,
            "A silence is about some rules, stations or kinds of stations, never about everything.",
            ja="対象（規則・観測所）を選んでください。すべてを止めることはできません。",
        )


def _instant(members: Mapping[str, Any], name: str) -> datetime:
    try:
        return parse_rfc3339(members[name])
    except ValueError as error:
        raise Problem(400, f"Member {name!r} is an RFC 3339 time with offset.") from error


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_NAMES and all(map(_is_name, value))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 128 and value.isprintable()


def _are_kinds(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each in set(StationKind) for each in value)


def _are_levels(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) and each in _LEVELS for each in value)


def _is_reason(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_REASON and value.isprintable()


_Check = tuple[Callable[[Any], bool], str]
_MEMBERS: Mapping[str, _Check] = {
    "rules": (_are_names, f"a list of at most {MOST_NAMES} rules"),
    "stations": (_are_names, f"a list of at most {MOST_NAMES} stations"),
    "kinds": (_are_kinds, f"a list of {', '.join(StationKind)}"),
    "levels": (_are_levels, f"a list of {', '.join(_LEVELS)}, at least one"),
    "starts_at": (_is_name, "an RFC 3339 time"),
    "ends_at": (_is_name, "an RFC 3339 time"),
    "reason": (_is_reason, f"a text of 1 to {LONGEST_REASON} printable characters"),
}
