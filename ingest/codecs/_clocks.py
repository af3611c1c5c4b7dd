"""Times as loggers and platforms write them, in a form the settings of a source name."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from core.errors import DecodeError
from ingest.codecs import _fields as fields
from ingest.codecs._mapping import number_of

_LOCAL = re.compile(
    r"(?P<year>\d{4})(?P<sign>[-/])(?P<month>\d\d?)(?P=sign)(?P<day>\d\d?)[Tt ](?P<hour>\d\d?):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?P<fraction>\.\d{1,9})?)?(?P<zone>[Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)


def rfc3339(found: Any, zone: tzinfo | None) -> datetime:
    """The instant of an RFC 3339 text, UTC; without an offset in ``zone``. Raises DecodeError."""
    return fields.instant(_text(found), zone)


def local(found: Any, zone: tzinfo | None) -> datetime:
    """The instant of a text as loggers write it, UTC: ``2026/1/15 3:00``, ``2026-01-15T24:00``, RFC 3339.

    Date with ``-`` or ``/``, hour and minute, seconds where there are any; hour 24 is the midnight at the end of
    the day. Without an offset it is read in ``zone``. Raises DecodeError ``bad-time`` or ``no-offset``.
    """
    text = _text(found).strip(" \t")
    match = _LOCAL.fullmatch(text)
    if match is None:
        raise DecodeError("bad-time", f"not a time: {text[:40]!r}")
    part = match.groupdict(default="")
    hour, second, after = part["hour"].zfill(2), part["second"] or "00", timedelta(0)
    if hour == "24":
        if (part["minute"], second, part["fraction"].strip(".0")) != ("00", "00", ""):
            raise DecodeError("bad-time", f"no hour has minutes after 24:00: {text[:40]!r}")
        hour, after = "00", timedelta(days=1)
    day = f"{part['year']}-{part['month'].zfill(2)}-{part['day'].zfill(2)}"
    at = fields.instant(f"{day}T{hour}:{part['minute']}:{second}{part['fraction']}{part['zone']}", zone)
    try:
        return at + after
    except OverflowError as error:
        raise DecodeError("bad-time", f"beyond the calendar: {text[:40]!r}") from error


def epoch_s(found: Any, _zone: tzinfo | None) -> datetime:
    """The instant so many seconds after 1970, UTC; raises DecodeError ``bad-time``."""
    return fields.epoch(_number(found))


def epoch_ms(found: Any, _zone: tzinfo | None) -> datetime:
    """The instant so many milliseconds after 1970, UTC; raises DecodeError ``bad-time``."""
    return fields.epoch(_number(found) / 1_000.0)


ReadTime = Callable[[Any, tzinfo | None], datetime]

FORMATS: dict[str, ReadTime] = {"rfc3339": rfc3339, "local": local, "epoch_s": epoch_s, "epoch_ms": epoch_ms}
"""By the names they have in settings."""


def _text(found: Any) -> str:
    if isinstance(found, str) and found:
        return found
    raise DecodeError("bad-time", f"not a time: {str(found)[:40]!r}")


def _number(found: Any) -> float:
    if isinstance(found, str):
        try:
            return number_of(found.strip(" \t"), "the time")
        except DecodeError as error:
            raise DecodeError("bad-time", str(error)) from error
    if found.__class__ is float or found.__class__ is int:  # a bool is of neither class
        return float(found)
    raise DecodeError("bad-time", f"not a time in numbers: {str(found)[:40]!r}")
