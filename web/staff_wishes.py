"""What staff asks for, read strictly: parameters and the body of a replay, and whether the asking page is ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request

from store.aside import Wanted
from web.json_body import members_of
from web.parameters import instant
from web.problems import Problem
from web.same_site import refuse_foreign_page

BODY_BYTES = 65_536
MOST_NUMBERS = 1_000
LONGEST_NAME = 200

_NUMBER = re.compile(r"[1-9]\d{0,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReplayWish:
    """A replay as asked for: which messages, at most how many, and whether only to look."""

    wanted: Wanted
    limit: int
    dry_run: bool


def list_wish(reason: str | None, device: str | None, since: str | None) -> Wanted:
    """Which messages a list asks for (400 where a parameter is not understood)."""
    for name, text in (("reason", reason), ("device", device)):
        if text is not None and not _storable(text):
            raise Problem(400, f"Parameter {name!r} is at most {LONGEST_NAME} printable characters.")
    return Wanted(reason=reason, device=device, since=None if since is None else moment(since))


def moment(text: str) -> datetime:
    """The instant of ``since`` (400 for what is none)."""
    return instant("since", text)


def count(name: str, text: str | None, usual: int, most: int) -> int:
    """A whole number from 1 to ``most``; ``usual`` where it is left out (400 for anything else)."""
    if text is None:
        return usual
    if not _NUMBER.fullmatch(text) or int(text) > most:
        raise Problem(400, f"Parameter {name!r} is a whole number from 1 to {most}.")
    return int(text)


def number_of(text: str) -> int:
    """The number of a message in an address (404 for what cannot be one)."""
    if not _NUMBER.fullmatch(text):
        raise Problem(404, "There is no such message.")
    return int(text)


async def read_body(request: Request) -> bytes:
    """The body of a request that changes something, at most 64 KiB; refused as by ``bounded_body``."""
    return await bounded_body(request, BODY_BYTES)


async def bounded_body(request: Request, most: int) -> bytes:
    """A body of at most so many bytes.

    403 for a page of another site, 415 for what is not JSON, 413 for what is too long, as soon as it is.
    """
    refuse_foreign_page(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "The body is application/json.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Problem(413, f"At most {most} bytes are read.")
    return bytes(body)


def replay_wish(body: bytes, most: int) -> ReplayWish:
    """What a body asks for; 400 says which member is wrong.

    Members: ``numbers``, or ``reason``, ``device`` and ``since`` together, or ``all``; and ``limit``, ``dry_run``.
    """
    members = members_of(body, BODY_BYTES)
    for name, value in members.items():
        if name not in _MEMBERS:
            raise Problem(400, f"Unknown member {name[:40]!r}. Known here: {', '.join(_MEMBERS)}.")
        if not _MEMBERS[name](value):
            raise Problem(400, f"Member {name!r} is {_WORDS[name]}.")
    since = members.get("since")
    wanted = Wanted(
        numbers=members.get("numbers"),
        reason=members.get("reason"),
        device=members.get("device"),
        since=None if since is None else moment(since),
    )
    if (wanted == Wanted()) is not members.get("all", False):
        raise Problem(400, "Say which messages: numbers, reason, device or since; or all, and none of these.")
    return ReplayWish(wanted, min(most, members.get("limit", most)), members.get("dry_run", False))


def _storable(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


def _is_number(value: Any) -> bool:
    return value.__class__ is int and 0 < value < 2**63


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST_NUMBERS and all(map(_is_number, value))


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_NAME = f"a text of at most {LONGEST_NAME} printable characters"
_MEMBERS: dict[str, Callable[[Any], bool]] = {
    "numbers": _are_numbers,
    "reason": _storable,
    "device": _storable,
    "since": _storable,
    "all": _is_flag,
    "limit": _is_number,
    "dry_run": _is_flag,
}
_WORDS = {
    "numbers": f"a list of 1 to {MOST_NUMBERS} numbers",
    "reason": _NAME,
    "device": _NAME,
    "since": "a time",
    "all": "true or false",
    "limit": "a whole number above 0",
    "dry_run": "true or false",
}
