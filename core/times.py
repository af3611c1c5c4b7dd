"""Times: aware, UTC inside; strict at the edge.

``datetime.fromisoformat`` alone takes zone-less, compact and week dates, and of late the hour 24: the shape
is checked first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

Clock = Callable[[], datetime]
"""Gives the present instant, aware and UTC; an argument wherever time matters."""

JST = timezone(timedelta(hours=9), "JST")

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ](?:[01]\d|2[0-3]):\d\d:\d\d(?P<fraction>\.\d{1,9})?(?P<zone>[Zz]|[+-](?:0\d|1[0-4]):[0-5]\d)?",
    re.ASCII,
)


def utc_now() -> datetime:
    """The present instant, UTC. Only ``app`` hands this on; nothing else reads the clock."""
    return datetime.now(UTC)


def parse_rfc3339(text: str) -> datetime:
    """The instant an RFC 3339 text names, in UTC; nanoseconds are cut to microseconds.

    Raises ``ValueError("no offset")`` for a time without a zone, ValueError for anything else that is
    not RFC 3339 (offsets are limited to ±14:59; leap seconds are refused).
    """
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 time: {text[:40]!r}")
    fraction, zone = match.groups()
    if zone is None:
        raise ValueError("no offset")
    if fraction and len(fraction) > 7:
        text = text.replace(fraction, fraction[:7])
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:  # the first and the last hours of the calendar
        raise ValueError(f"beyond the calendar: {text[:40]!r}") from error


def format_rfc3339(at: datetime) -> str:
    """The instant as RFC 3339 with offset ``Z`` and whole milliseconds where it has any."""
    if at.tzinfo is None:
        raise ValueError("a time without zone cannot be written")
    spec = "milliseconds" if at.microsecond else "seconds"
    return at.astimezone(UTC).isoformat(timespec=spec).replace("+00:00", "Z")
