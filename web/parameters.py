"""Query parameters, read strictly: a value that is not understood is refused with words, never guessed at."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from fastapi import Request
from fastapi.routing import APIRoute

from core.times import parse_rfc3339
from web.problems import Problem

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

_EPOCH = re.compile(r"-?\d{1,11}(\.\d{1,6})?", re.ASCII)
# In a query "+" means a blank: the offset of an address typed by hand arrives without its sign.
_LOST_PLUS = re.compile(r" (?=\d\d:\d\d$)", re.ASCII)

SUMMARIES = {"10min": timedelta(minutes=10), "1h": timedelta(hours=1), "1d": timedelta(days=1)}


def only_known(request: Request) -> None:
    """Refuses a parameter this address does not have, and one given twice (400)."""
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    known = {field.alias for field in route.dependant.query_params}
    seen: set[str] = set()
    for name in request.query_params.multi_items():
        if name[0] not in known:
            raise Problem(400, f"Unknown parameter {name[0][:40]!r}. Known here: {', '.join(sorted(known)) or 'none'}.")
        if name[0] in seen:
            raise Problem(400, f"Parameter {name[0]!r} is given more than once.")
        seen.add(name[0])


def instant(name: str, text: str) -> datetime:
    """The instant a parameter names: RFC 3339 with offset, or seconds since 1970 (400 for anything else)."""
    try:
        at = datetime.fromtimestamp(float(text), UTC) if _EPOCH.fullmatch(text) else parse_rfc3339(_with_plus(text))
    except (ValueError, OverflowError, OSError) as error:
        raise Problem(400, f"Parameter {name!r} is not an RFC 3339 time with offset, nor epoch seconds.") from error
    if not EARLIEST <= at <= LATEST:
        raise Problem(400, f"Parameter {name!r} lies outside the years 1900 to 2200.")
    return at


def period(
    from_: str | None, to: str | None, *, now: datetime, ahead: timedelta, usual: timedelta, longest: timedelta
) -> tuple[datetime, datetime]:
    """The half-open interval asked for; without ``from`` it is ``usual`` long.

    Without ``to`` it ends ``ahead`` of now, so that the newest value of a clock that runs ahead is in it.
    """
    end = instant("to", to) if to is not None else now
    start = instant("from", from_) if from_ is not None else end - usual
    if start >= end:
        raise Problem(400, "Parameter 'from' must lie before 'to'.")
    if end - start > longest:
        raise Problem(400, f"At most {longest.days} days can be asked for at once.")
    return start, end if to is not None else end + ahead


def step(text: str | None) -> timedelta | str:
    """``raw``, ``auto`` (also when absent), or a step: ``10min``, ``1h``, ``1d`` or whole seconds up to a day."""
    if text is None or text in ("auto", "raw"):
        return text or "auto"
    if text in SUMMARIES:
        return SUMMARIES[text]
    if re.fullmatch(r"[1-9]\d{0,4}", text, re.ASCII) and int(text) <= 86_400:
        return timedelta(seconds=int(text))
    raise Problem(400, "Parameter 'step' is raw, auto, 10min, 1h, 1d, or whole seconds from 1 to 86400.")


def wanted_format(format_: str | None, accept: str) -> str:
    """``json`` or ``csv``: what ``format`` says, else CSV for who accepts it and not JSON."""
    if format_ is None:
        kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
        return "csv" if "text/csv" in kinds and "application/json" not in kinds else "json"
    if format_ not in ("json", "csv"):
        raise Problem(400, "Parameter 'format' is json or csv.")
    return format_


def _with_plus(text: str) -> str:
    return _LOST_PLUS.sub("+", text)
