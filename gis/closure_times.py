"""When a closure holds: what a town writes as a date or a time, as instants, and what it means at a given time.

A date is the whole day in Japan: a closure "until 15 January" holds through the evening of the 15th.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

JAPAN = timezone(timedelta(hours=9))
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)


class ClosureState(StrEnum):
    """What a closure is at a time; ``unknown`` where its beginning or end could not be read."""

    COMING = "coming"
    NOW = "now"
    ENDED = "ended"
    UNKNOWN = "unknown"


def instant(written: str, *, end: bool) -> str:
    """The instant as RFC 3339 in UTC, empty where nothing was written; of a date its beginning, or with ``end`` its end.

    Raises ValueError for anything but a date (2026-01-15, 2026/1/15, 2026年1月15日) or an RFC 3339 time with offset.
    """
    if not written:
        return ""
    try:
        return _moment(written, end=end).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError as error:
        raise ValueError("a year no calendar has") from error


def _moment(written: str, *, end: bool) -> datetime:
    match = _DATE.fullmatch(written)
    if match:
        day = date(int(match[1]), int(match[2]), int(match[3])) + timedelta(days=int(end))
        return datetime(day.year, day.month, day.day, tzinfo=JAPAN)
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError("a time without offset")
    return at


def closure_state(from_at: str, until_at: str, now: datetime) -> ClosureState:
    """What a closure with these published instants is at ``now`` (aware); an empty end is open, the end is outside."""
    if "?" in (from_at, until_at):
        return ClosureState.UNKNOWN
    if until_at and datetime.fromisoformat(until_at) <= now:
        return ClosureState.ENDED
    if from_at and datetime.fromisoformat(from_at) > now:
        return ClosureState.COMING
    return ClosureState.NOW
