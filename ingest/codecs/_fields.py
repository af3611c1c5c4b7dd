"""Fields of a parsed body, typed: what is missing or of another type is refused by name.

Numbers are JSON numbers: no booleans (``True == 1`` in Python), no texts.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from core.errors import DecodeError
from core.model import Task
from core.times import parse_rfc3339

_TASKS = {str(task): task for task in Task}

Body = Mapping[str, Any]

HIGHEST_COUNT = 2**53
"""Above it a number of JSON is not exact everywhere (RFC 8259, section 6)."""


def as_object(value: Any, what: str) -> dict[str, Any]:
    """The value itself if it is an object; raises DecodeError ``bad-shape``."""
    if isinstance(value, dict):
        return value
    raise DecodeError("bad-shape", f"{what} is {_kind(value)}, not an object")


def text(body: Body, key: str) -> str:
    """The text under ``key``; raises DecodeError ``bad-shape`` where it is missing, empty or no text."""
    value = body.get(key)
    if isinstance(value, str) and value:
        return value
    raise _unfit(body, key, "a text")


def is_null(body: Body, key: str) -> bool:
    """Whether the key is there with null: the sender says that it has nothing to give."""
    return key in body and body[key] is None


def number(body: Body, key: str) -> float:
    """The number under ``key``; raises DecodeError ``bad-shape`` where it is missing or no number."""
    value = body.get(key)
    if value.__class__ is float or value.__class__ is int:  # a bool is of neither class
        return float(value)
    raise _unfit(body, key, "a number")


def optional_number(body: Body, key: str, low: float, high: float) -> float | None:
    """The number under ``key``, None where it is missing or null; ``bad-shape`` beyond [low, high]."""
    if body.get(key) is None:
        return None
    value = number(body, key)
    if low <= value <= high:
        return value
    raise DecodeError("bad-shape", f"{key} is {value:g}, outside {low:g} to {high:g}")


def whole(body: Body, key: str, default: int) -> int:
    """The whole number under ``key``; ``default`` where it is missing, as senders leave zeros out."""
    value = body.get(key, default)
    if value.__class__ is int:
        return int(value)
    raise _unfit(body, key, "a whole number")


def count(body: Body, key: str, default: int) -> int:
    """As ``whole``, of something counted: from 0 to ``HIGHEST_COUNT``."""
    value = whole(body, key, default)
    if 0 <= value <= HIGHEST_COUNT:
        return value
    raise DecodeError("bad-shape", f"{key} is {value}, outside 0 to {HIGHEST_COUNT}")


def objects(body: Body, key: str) -> list[dict[str, Any]]:
    """The objects of the array under ``key``, none where it is missing or null; ``bad-shape``."""
    value = body.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _unfit(body, key, "an array")
    return [as_object(entry, f"an entry of {key}") for entry in value]


def optional_task(body: Body, key: str) -> Task | None:
    """What a plough says it is doing, None where it is missing or null; ``bad-shape`` for another word."""
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, str) and value in _TASKS:
        return _TASKS[value]
    raise DecodeError("bad-shape", f"{key} {str(value)[:40]!r} is none of {', '.join(_TASKS)}")


def octets(body: Body, key: str) -> bytes | None:
    """The bytes written in base64 under ``key``, None where it is missing or empty; ``bad-shape``."""
    if not body.get(key):
        return None
    try:
        return base64.b64decode(text(body, key), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DecodeError("bad-shape", f"{key} is not base64") from error


def instant(value: str, naive_time_zone: tzinfo | None) -> datetime:
    """The instant of an RFC 3339 text, UTC; without an offset it is read in ``naive_time_zone``.

    Raises DecodeError ``bad-time``, and ``no-offset`` where no zone is given for such times.
    """
    try:
        return parse_rfc3339(value)
    except ValueError as error:
        if str(error) != "no offset":
            raise DecodeError("bad-time", str(error)) from error
        return _in_zone(value, naive_time_zone)


def _in_zone(value: str, zone: tzinfo | None) -> datetime:
    if zone is None:
        raise DecodeError("no-offset", f"{value!r} has no offset, and its source names no zone")
    try:
        return datetime.fromisoformat(value.upper()).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DecodeError("bad-time", f"not a time: {value!r}") from error


def epoch(seconds: float) -> datetime:
    """The instant ``seconds`` after 1970, UTC; raises DecodeError ``bad-time`` beyond the calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise DecodeError("bad-time", f"{seconds:g} s after 1970 is beyond the calendar (milliseconds?)") from error


def same_device(topic: str, body: str, what: str) -> None:
    """Raises DecodeError ``device-mismatch`` unless both name the same device."""
    if topic != body:
        raise DecodeError("device-mismatch", f"the topic names {topic[:60]!r}, {what} {body[:60]!r}")


def _unfit(body: Body, key: str, wanted: str) -> DecodeError:
    found = _kind(body[key]) if key in body else "missing"
    return DecodeError("bad-shape", f"{key} is {found}, not {wanted}")


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "an array", dict: "an object"}
    return f"{kinds[type(value)]} ({value!r:.40})"
