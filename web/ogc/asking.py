"""Parameters of OGC requests, read strictly: what is not understood is refused (400), never guessed at."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request

from core.times import parse_rfc3339
from gis.axes import CRS84, Axes, box_in_degrees
from web.ogc.collections import Interval, Selection
from web.problems import Problem

USUAL_LIMIT = 100
MOST_AT_ONCE = 10_000

ITEMS_PARAMETERS = ("bbox", "bbox-crs", "crs", "datetime", "edition", "f", "limit", "offset")

_NUMBER = re.compile(r"[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)
_LONGEST = 200

Types = Mapping[str, str]


def given(request: Request, *known: str) -> dict[str, str]:
    """The parameters of the request; refuses one that is not known here, given twice, too long or not text."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            listed = ", ".join(sorted(known))
            raise Problem(400, f"Unknown parameter {name[:40]!r}. Known here: {listed[:600]}.")
        if name in found:
            raise Problem(400, f"Parameter {name!r} is given more than once.")
        if len(value) > _LONGEST or "\x00" in value or "\ufffd" in value:
            raise Problem(400, f"Parameter {name!r} is too long or not UTF-8 text.")
        found[name] = value
    return found


def selection(asked: Mapping[str, str], systems: Mapping[str, Axes], types: Types) -> Selection:
    """Which features ``/items`` asks for."""
    return Selection(
        area=_area(asked, systems),
        equal=_equal(asked, types),
        during=_during(asked["datetime"]) if "datetime" in asked else None,
        offset=_whole(asked, "offset", 0),
        limit=limit(asked),
        axes=system(asked, "crs", systems),
    )


def limit(asked: Mapping[str, str]) -> int:
    """How many features at most; more than can be had at once is no mistake (17-069r4, 7.15.2)."""
    found = _whole(asked, "limit", USUAL_LIMIT)
    if found == 0:
        raise Problem(400, f"Parameter 'limit' is a whole number from 1 to {MOST_AT_ONCE}.")
    return min(found, MOST_AT_ONCE)


def system(asked: Mapping[str, str], name: str, systems: Mapping[str, Axes]) -> Axes:
    """The system of coordinates a parameter names by URI (also ``[EPSG:…]`` as in 18-058r1 annex); CRS84 without it."""
    uri = asked.get(name, CRS84)
    if uri not in systems:
        raise Problem(400, f"Parameter {name!r} must be one of: {', '.join(systems)}.")
    return systems[uri]


def refuse_other_edition(asked: Mapping[str, str], edition: str) -> None:
    """Refuses (409) to go on with a page of a layer that was published anew since: pages would not fit together."""
    if asked.get("edition", edition) != edition:
        raise Problem(409, "The layer was published anew since the first page. Please start again from its first page.")


def _whole(asked: Mapping[str, str], name: str, usual: int) -> int:
    if name not in asked:
        return usual
    if not _WHOLE.fullmatch(asked[name]):
        raise Problem(400, f"Parameter {name!r} is a whole number, zero or more.")
    return int(asked[name])


def _area(asked: Mapping[str, str], systems: Mapping[str, Axes]) -> Any:
    axes = system(asked, "bbox-crs", systems)
    if "bbox" not in asked:
        return None
    area = box_in_degrees(_corners(asked["bbox"], axes), axes)
    if area is None:
        raise Problem(400, "Parameter 'bbox' lies outside what its coordinate system can say.")
    return area


def _corners(text: str, axes: Axes) -> tuple[float, float, float, float]:
    """Two corners as four numbers, or six with heights, which are read and not looked at."""
    parts = [part.strip(" ") for part in text.split(",")]
    numbers = [float(part) for part in parts if _NUMBER.fullmatch(part)]
    if len(numbers) != len(parts) or len(parts) not in (4, 6) or not all(map(math.isfinite, numbers)):
        raise Problem(400, "Parameter 'bbox' is four finite numbers (six with heights) with commas between.")
    half = len(numbers) // 2
    low, high = numbers[:half], numbers[half:]
    if any(one > other for one, other in zip(low, high, strict=True)):
        raise Problem(400, "Parameter 'bbox' gives the low corner first, then the high one; nothing here crosses 180°.")
    if axes.geographic and not _on_earth(low, high, axes):
        raise Problem(400, "Parameter 'bbox' has longitudes from -180 to 180 and latitudes from -90 to 90.")
    return low[0], low[1], high[0], high[1]


def _on_earth(low: list[float], high: list[float], axes: Axes) -> bool:
    bounds = (180, 90) if axes.uri == CRS84 else (90, 180)
    return all(-most <= number <= most for corner in (low, high) for number, most in zip(corner, bounds, strict=False))


def _during(text: str) -> Interval:
    """An instant, or an interval that may be open at one side (``..`` or nothing)."""
    parts = [None if part in ("", "..") else _instant(part) for part in text.split("/")]
    if text in ("", "..") or len(parts) > 2 or (len(parts) == 2 and text.strip("/") == ""):
        raise Problem(400, "Parameter 'datetime' is a time, or two with / between; .. leaves a side open.")
    start, end = parts[0], parts[-1]
    if start is not None and end is not None and start > end:
        raise Problem(400, "Parameter 'datetime' must begin before it ends.")
    return start, end


def _instant(text: str) -> datetime:
    try:
        return parse_rfc3339(text.replace(" ", "+"))  # in a query a + that was not encoded arrives as a blank
    except ValueError as error:
        raise Problem(400, "Parameter 'datetime' holds times as RFC 3339 with offset: 2026-01-15T06:00:00Z.") from error


def _equal(asked: Mapping[str, str], types: Types) -> dict[str, str]:
    found = {name: text for name, text in asked.items() if name not in ITEMS_PARAMETERS}
    for name, text in found.items():
        if types[name] == "number" and not (_NUMBER.fullmatch(text) and math.isfinite(float(text))):
            raise Problem(400, f"Parameter {name!r} is a number.")
        if types[name] == "boolean" and text not in ("true", "false"):
            raise Problem(400, f"Parameter {name!r} is true or false.")
    return found


def wanted(asked: Mapping[str, str], accept: str) -> str:
    """``json`` or ``html``: what ``f`` says, else HTML for who would rather have that."""
    if "f" in asked:
        if asked["f"] not in ("json", "html"):
            raise Problem(400, "Parameter 'f' is json or html.")
        return asked["f"]
    weights = dict(_weight(part) for part in reversed(accept.lower().split(",")))
    json = max(weights.get(kind, 0.0) for kind in ("application/json", "application/geo+json"))
    return "html" if weights.get("text/html", 0.0) > json else "json"


def _weight(part: str) -> tuple[str, float]:
    kind, _, rest = part.strip().partition(";")
    found = re.search(r"(?:^|;)\s*q=(\d(?:\.\d{0,3})?)\s*(?:;|$)", rest, re.ASCII)
    return kind.strip(), float(found[1]) if found else 1.0
