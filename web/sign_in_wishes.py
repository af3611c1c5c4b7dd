"""What is asked for with a session or of accounts, read strictly: every member is known and fits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request

from core.accounts import Role
from web.json_body import members_of
from web.passwords import LONGEST
from web.problems import Problem
from web.staff_wishes import bounded_body

BODY_BYTES = 8_192
LONGEST_NAME, LONGEST_SHOWN = 40, 60
RESERVED = frozenset({"token", "system", "staff", "nobody", "anonymous"})
"""Names that mean something else in the audit."""

ROLES: Mapping[str, Role] = {role.slug: role for role in Role}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}", re.ASCII)

Member = tuple[Callable[[Any], bool], str]


def _is_text(longest: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and 0 < len(value) <= longest


def is_shown(value: Any) -> bool:
    """Whether this can be the name people read: printable, not blank, at most 60 characters."""
    return isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_SHOWN and value.isprintable()


SECRET: Member = (_is_text(4 * LONGEST), f"a text of at most {4 * LONGEST} characters")
CODE: Member = (_is_text(40), "a code of six digits")
TYPED_NAME: Member = (_is_text(200), "a text of at most 200 characters")
SHOWN: Member = (is_shown, f"a name of at most {LONGEST_SHOWN} printable characters")
ROLE: Member = (lambda value: isinstance(value, str) and value in ROLES, f"one of {', '.join(ROLES)}")
FLAG: Member = (lambda value: isinstance(value, bool), "true or false")


async def small_body(request: Request) -> bytes:
    """A body of at most 8 KiB; refused as by ``web.staff_wishes.bounded_body``."""
    return await bounded_body(request, BODY_BYTES)


def wish(body: bytes, required: Mapping[str, Member], optional: Mapping[str, Member] | None = None) -> dict[str, Any]:
    """The members of a body; 400 names the one that is unknown, missing or does not fit, and never repeats its value."""
    members, known = members_of(body, BODY_BYTES), {**required, **(optional or {})}
    for name, value in members.items():
        if name not in known:
            raise Problem(400, f"Unknown member {name[:40]!r}. Known here: {', '.join(known) or 'none'}.")
        fits, words = known[name]
        if not fits(value):
            raise Problem(400, f"Member {name!r} is {words}.")
    for name in required:
        if name not in members:
            raise Problem(400, f"Member {name!r} is missing.")
    return members


def typed_name(text: str) -> str:
    """A name to sign in with as it is kept: half width, lower case, no blanks around."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def name_refusal(name: str) -> str | None:
    """Why an account cannot have this name, in words; None where it can."""
    if not _NAME.fullmatch(name):
        return "A name has 2 to 40 letters a to z, digits, dots, hyphens and underscores, and begins with a letter or digit."
    return f"The name {name} is reserved." if name in RESERVED else None
