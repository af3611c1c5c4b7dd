"""Single properties of cleared roads as towns write them: class, length, deadline, vehicles, elevation."""

from __future__ import annotations

import re
import unicodedata

from gis.hazards import UNKNOWN

LONGEST_M = 100_000.0
"""No road that is cleared as one is longer; what says so is a length in another unit."""

_CLASS = re.compile(r"第?([123])(?:種|次)?", re.ASCII)
_TIME = re.compile(r"(\d{1,2})(?::(\d{2})|時(?:(\d{1,2})分)?)(?::00)?(?:まで)?", re.ASCII)
_LENGTH = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(?:m|メートル)?", re.ASCII)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,5}(?:\.\d{1,9})?", re.ASCII)
_APART = re.compile(r"[\s,、;/]+")


def class_code(written: str) -> str:
    """``1``, ``2``, ``3`` or ``emergency`` for a class as written (第１種, 2, 緊急確保), ``unknown`` for any other."""
    match = _CLASS.fullmatch(written)
    if match:
        return match[1]
    return "emergency" if written in {"emergency", "緊急確保"} else UNKNOWN


def length_m(written: str) -> float:
    """A length in metres, above zero; raises ValueError that says what is wrong with it."""
    plain = _THOUSANDS.sub("", unicodedata.normalize("NFKC", written).replace(" ", ""))
    match = _LENGTH.fullmatch(plain)
    if match is None:
        raise ValueError("is no length in metres")
    found = float(match[1])
    if not 0.0 < found <= LONGEST_M:
        raise ValueError("cannot be the length of a road in metres")
    return found


def deadline(written: str) -> str:
    """A time of day as ``07:00``, of 7:00, 7時 or 7時30分; raises ValueError for anything else."""
    match = _TIME.fullmatch(unicodedata.normalize("NFKC", written).replace(" ", ""))
    hour, minute = (int(match[1]), int(match[2] or match[3] or 0)) if match else (99, 0)
    if hour > 23 or minute > 59:
        raise ValueError("is no time of day")
    return f"{hour:02d}:{minute:02d}"


def elevation_m(written: str) -> float:
    """Metres above the sea; raises ValueError for anything that is not in Japan."""
    plain = unicodedata.normalize("NFKC", written).replace(" ", "").removesuffix("m")
    found = float(plain) if _NUMBER.fullmatch(plain) else None
    if found is None or not -10.0 <= found <= 3776.0:
        raise ValueError("is no elevation in metres")
    return found


def vehicle_ids(written: str) -> tuple[str, ...]:
    """The ids of vehicles in a text that has blanks or commas between them, each once."""
    plain = unicodedata.normalize("NFKC", written)
    return tuple(dict.fromkeys(found for found in _APART.split(plain) if found))
