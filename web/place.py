"""The place a request names, read strictly: plain decimal degrees inside the site's box, each exactly once."""

from __future__ import annotations

import re

from fastapi import Request

from config.model import Site
from maps.hazard_advice import Register
from maps.hazard_sentences import sentences

# No exponent, no sign but minus, no digits but ASCII: 1e309, NaN, inf and full-width digits are all refused.
_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,15})?", re.ASCII)


KNOWN = ("lat", "lon")


class PlaceError(Exception):
    """A place that could not be read; ``text`` says in the asker's words what is wrong and what to do."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def only_place(request: Request, register: Register) -> None:
    """Raises PlaceError for a parameter that is neither ``lon`` nor ``lat``, and for one given twice."""
    say = sentences(register)
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in KNOWN:
            raise PlaceError(say["wrong_unknown"].format(known=", ".join(KNOWN)))
        if names.count(name) > 1:
            raise PlaceError(say["wrong_twice"].format(name=_named(name, say, register)))


def read_place(lon: str | None, lat: str | None, site: Site, register: Register) -> tuple[float, float]:
    """Longitude and latitude in degrees inside the site's box; raises PlaceError with words of the register."""
    bounds = site.bounds
    y = _degrees("lat", lat, (bounds.south + bounds.north) / 2, register)
    x = _degrees("lon", lon, (bounds.west + bounds.east) / 2, register)
    if not bounds.contains(x, y):
        box = {"west": bounds.west, "east": bounds.east, "south": bounds.south, "north": bounds.north}
        raise PlaceError(sentences(register)["wrong_beyond"].format(**box))
    return x, y


def _degrees(name: str, given: str | None, example: float, register: Register) -> float:
    say = sentences(register)
    text = (given or "").strip(" ")
    named = _named(name, say, register)
    if not text:
        raise PlaceError(say["wrong_missing"].format(name=named))
    if not _DEGREES.fullmatch(text):
        raise PlaceError(say["wrong_number"].format(name=named, example=f"{example:.4f}"))
    return float(text)


def _named(name: str, say: dict[str, str], register: Register) -> str:
    """A parameter as people know it; programmers read English and are given its own name."""
    return name if register == "en" or name not in KNOWN else say[f"form_{name}"]
