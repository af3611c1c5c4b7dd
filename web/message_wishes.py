"""What people ask of messages to residents, read strictly: the body of a request, member by member."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alerts.residents.drafting import Wish
from alerts.residents.lifecycle import Seen
from config.message_plan import VARIABLES
from core.resident_messages import LANGUAGES, Mode, Text
from core.resident_words import SUBJECT_LONGEST, TEXT_LONGEST, VALUE_LONGEST
from web.json_body import members_of
from web.problems import Problem
from web.staff_wishes import BODY_BYTES

LONGEST_REASON = 400
LONGEST_AREA = 60
MOST_AUDIENCES = 50
_SLACK = 4
"""Typed text may be longer than what is sent: the person is told by how much, in words. Beyond so many times it is refused."""

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BeginWish:
    """A message to begin, or to look at beforehand."""

    template: str
    episode: UUID | None
    wish: Wish


def begin_wish(body: bytes) -> BeginWish:
    """What a new message shall be (400 for a member that is wrong)."""
    members = _members(body, {"template", "episode", *_CONTENT}, ("template",))
    episode = members.get("episode")
    return BeginWish(members["template"], None if episode is None else UUID(episode), _wish(members))


def follow_wish(body: bytes) -> Wish:
    """What a message that refers to another one says."""
    return _wish(_members(body, set(_CONTENT), ()))


def edit_wish(body: bytes) -> tuple[Wish, int]:
    """What a message shall say from now on, and the version that was on the screen."""
    members = _members(body, {"version", *_CONTENT}, ("version",))
    return _wish(members), members["version"]


def approve_wish(body: bytes) -> tuple[Seen, str]:
    """What the approver saw, and why it may go out so soon after another."""
    members = _members(body, {"digest", "recipients", "mode", "override"}, ("digest", "recipients", "mode"))
    seen = Seen(members["digest"], members["recipients"], Mode(members["mode"]))
    return seen, members.get("override", "")


def reason_wish(body: bytes) -> str:
    """The reason somebody gives, empty where none."""
    found: str = _members(body, {"reason"}, ()).get("reason", "")
    return found


def nothing_wish(body: bytes) -> None:
    """An empty object: nothing is asked but the act itself."""
    _members(body, set(), ())


def _wish(members: Mapping[str, Any]) -> Wish:
    texts, audiences = members.get("texts"), members.get("audiences")
    return Wish(
        values=members.get("values"),
        texts=None if texts is None else {language: Text(**text) for language, text in texts.items()},
        area=members.get("area"),
        audiences=None if audiences is None else tuple(audiences),
    )


def _members(body: bytes, known: set[str], needed: tuple[str, ...]) -> dict[str, Any]:
    members = members_of(body, BODY_BYTES)
    for name, value in members.items():
        if name not in known:
            raise Problem(400, f"Unknown member {name[:40]!r}. Known here: {', '.join(sorted(known)) or 'none'}.")
        fits, words = _MEMBERS[name]
        if not fits(value):
            raise Problem(400, f"Member {name!r} is {words}.")
    for name in needed:
        if name not in members:
            raise Problem(400, f"Member {name!r} is missing.")
    return members


def _is_text(longest: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and len(value) <= longest


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_uuid(value: Any) -> bool:
    try:
        return value is None or str(UUID(value)) == value.lower()
    except (ValueError, AttributeError, TypeError):
        return False


def _is_count(value: Any) -> bool:
    return value.__class__ is int and 0 <= value < 2**31


def _are_values(value: Any) -> bool:
    fits = _is_text(VALUE_LONGEST * _SLACK)
    return isinstance(value, dict) and all(
        name in VARIABLES
        and isinstance(texts, dict)
        and all(language in LANGUAGES and fits(text) for language, text in texts.items())
        for name, texts in value.items()
    )


def _are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        language in LANGUAGES
        and isinstance(text, dict)
        and set(text) == {"subject", "text"}
        and _is_text(SUBJECT_LONGEST * _SLACK)(text["subject"])
        and _is_text(TEXT_LONGEST * _SLACK)(text["text"])
        for language, text in value.items()
    )


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_AUDIENCES and all(map(_is_name, value))


_CONTENT = ("values", "texts", "area", "audiences")
_MEMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "template": (_is_name, "the id of a template"),
    "episode": (_is_uuid, "the id of an episode, or null"),
    "values": (_are_values, "an object: variable → language (ja, easy, en) → text"),
    "texts": (_are_texts, "an object: language (ja, easy, en) → {subject, text}"),
    "area": (_is_text(LONGEST_AREA * _SLACK), "a text"),
    "audiences": (_are_names, f"a list of at most {MOST_AUDIENCES} ids of audiences"),
    "version": (_is_count, "the version of the message on the screen"),
    "digest": (lambda value: isinstance(value, str) and _DIGEST.fullmatch(value) is not None, "64 hexadecimal digits"),
    "recipients": (_is_count, "the number of recipients shown"),
    "mode": (lambda value: value in [mode.value for mode in Mode], "live or exercise"),
    "override": (_is_text(LONGEST_REASON * _SLACK), "a text"),
    "reason": (_is_text(LONGEST_REASON * _SLACK), "a text"),
}
