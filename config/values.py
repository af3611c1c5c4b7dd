"""What a single value may be: each reader returns the typed value or raises ``WrongValueError`` saying what is expected.

Readers take what TOML gives (text, number, boolean …) or a CSV cell (always text).
"""

from __future__ import annotations

import difflib
import math
import re
import zoneinfo
from collections.abc import Callable, Iterable
from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from config.mistakes import WrongValueError, shown, suggest
from core.levels import RISING_LEVELS, Level

Named = TypeVar("Named", bound=StrEnum)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d{1,6})([smhd])", re.ASCII)
_SIGNED = re.compile(r"(?P<sign>[-+\u2212]|minus|)\s*(?P<length>\d{1,6}[smhd])", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})", re.ASCII)
_TIME_OF_DAY = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", re.ASCII)
_ZONES = {
    "JST": "Asia/Tokyo",
    "TOKYO": "Asia/Tokyo",
    "JAPAN": "Asia/Tokyo",
    "+09:00": "Asia/Tokyo",
    "UTC+9": "Asia/Tokyo",
}


def kind_of(value: object) -> str:
    """What the official wrote, in a word or two: for “expected X, found Y”."""
    if isinstance(value, bool):
        return "true or false without quotes"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, list):
        return "a list [ … ]"
    return "a table" if isinstance(value, dict) else "a date or time without quotes"


def text(value: object) -> str:
    """Text on one line, not blank, without the blanks around it."""
    if not isinstance(value, str):
        raise WrongValueError(f"expected text in quotes, found {kind_of(value)}", 'write it as "…"')
    stripped = value.strip()
    if not stripped:
        raise WrongValueError("expected text, found nothing")
    if not stripped.isprintable() and any(ord(sign) < 32 or ord(sign) == 127 for sign in stripped):
        raise WrongValueError("the text holds a line break or another control character", "write it on one line")
    return stripped


def identifier(value: object) -> str:
    """An id used in addresses and topics: ASCII letters, digits, ``-`` and ``_``, at most 64."""
    found = text(value)
    if not _ID.fullmatch(found):
        raise WrongValueError(f"{shown(found)} cannot be an id", "use half-width letters, digits, - and _ only")
    return found


def device(value: object) -> str:
    """A device id as the network sends it: ASCII letters, digits and ``- _ . : /``, at most 128."""
    found = text(value)
    if not _DEVICE.fullmatch(found):
        raise WrongValueError(
            f"{shown(found)} cannot be a device id", "use half-width letters, digits and - _ . : / as on the device"
        )
    return found


def flag(value: object) -> bool:
    """True or false; in a CSV cell also in capitals, as spreadsheets write it."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise WrongValueError(f"expected true or false, found {kind_of(value)}")


def toml_flag(value: object) -> bool:
    """True or false without quotes."""
    if not isinstance(value, bool):
        raise WrongValueError(f"expected true or false, found {kind_of(value)}", "write true or false without quotes")
    return value


def between(low: float, high: float, what: str = "a number") -> Callable[[object], float]:
    """A reader of a finite number in [low, high]."""

    def read(value: object) -> float:
        number = _number(value, what)
        if not low <= number <= high:
            raise WrongValueError(f"{number:g} is not possible here: expected {what} from {low:g} to {high:g}")
        return number

    return read


def whole(low: int, high: int) -> Callable[[object], int]:
    """A reader of a whole number in [low, high]."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise WrongValueError(f"expected a whole number from {low} to {high}, found {kind_of(value)}")
        if not low <= value <= high:
            raise WrongValueError(f"{shown(value)} is not possible here: expected a whole number from {low} to {high}")
        return value

    return read


def _number(value: object, what: str) -> float:
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value.strip()):
            raise WrongValueError(f"expected {what}, found {kind_of(value)}", _number_hint(value))
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise WrongValueError(f"expected {what}, found {kind_of(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise WrongValueError(f"expected {what}, found {value}", "“nan” and “inf” are not measurements")
    return float(max(-(10**18), min(value, 10**18)))


def toml_between(low: float, high: float, what: str = "a number") -> Callable[[object], float]:
    """As ``between``, but refusing a number in quotes."""
    read = between(low, high, what)

    def read_number(value: object) -> float:
        if isinstance(value, str):
            raise WrongValueError(f"expected {what}, found {kind_of(value)}", "write the number without quotes")
        return read(value)

    return read_number


def _number_hint(value: str) -> str:
    if value.strip() in ("-", "--", "---", "―", "なし", "null", "None", "N/A"):
        return "leave the cell blank where there is no value"
    if any(sign.isdigit() and not sign.isascii() for sign in value):
        return "use half-width digits (0-9)"
    if "," in value:
        return "write no thousands separator; the decimal sign is a point"
    return "write digits with a point, no unit"


def duration(value: object) -> timedelta:
    """A length of time written ``90s``, ``10m``, ``2h`` or ``3d``, at most ten years."""
    hint = "write 90s, 10m, 2h or 3d (seconds, minutes, hours, days)"
    if not isinstance(value, str):
        raise WrongValueError(f"expected a duration as text, found {kind_of(value)}", hint)
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        raise WrongValueError(f"{shown(value)} is not a duration", hint)
    seconds = int(match[1]) * _UNITS[match[2]]
    if seconds > 3660 * 86_400:
        raise WrongValueError(f"{shown(value)} is longer than ten years", hint)
    return timedelta(seconds=seconds)


def positive_duration(value: object) -> timedelta:
    """A duration longer than zero."""
    found = duration(value)
    if not found:
        raise WrongValueError("expected a duration longer than zero")
    return found


def signed_duration(value: object) -> timedelta:
    """A length of time with a sign, written ``-1h``, ``minus 1h`` or ``3600s``.

    Spreadsheets take a cell that begins with a sign for a formula, so the word does as well.
    """
    if not isinstance(value, str):
        return duration(value)
    hint = "write 3600s, 1h or, where the clock is ahead, minus 1h"
    if value.strip().startswith("#"):
        raise WrongValueError(f"{shown(value)} is what a spreadsheet makes of a sign in front", hint)
    match = _SIGNED.fullmatch(value.strip())
    if match is None:
        raise WrongValueError(f"{shown(value)} is not a duration with a sign", hint)
    found = duration(match["length"])
    return -found if match["sign"] in ("-", "\u2212", "minus") else found


def time_of_day(value: object) -> time:
    """A time of day in the site's zone, to the minute: ``"07:00"``, or TOML's own ``07:00:00``."""
    hint = 'write it as "07:00" (24 hours, half-width)'
    if isinstance(value, time):
        if value.second or value.microsecond:
            raise WrongValueError(f"{value} has seconds: expected a time of day to the minute", hint)
        return value
    if not isinstance(value, str):
        raise WrongValueError(f"expected a time of day, found {kind_of(value)}", hint)
    match = _TIME_OF_DAY.fullmatch(value.strip())
    hour, minute = (int(match[1]), int(match[2])) if match else (99, 99)
    if 24 <= hour <= 36 and minute < 60:
        same = f"{hour - 24:02d}:{minute:02d}"
        raise WrongValueError(
            f"{shown(value)} is past midnight", f"write {same}: it is taken as that of the night's end"
        )
    if hour > 23 or minute > 59:
        raise WrongValueError(f"{shown(value)} is not a time of day", hint)
    return time(hour, minute)


def one_of(names: Iterable[str], what: str) -> Callable[[object], str]:
    """A reader of one of the names; a near miss is suggested."""
    possible = frozenset(names)

    def read(value: object) -> str:
        found = text(value)
        if found not in possible:
            raise WrongValueError(f"{shown(found)} is not {what}", suggest(found, possible))
        return found

    return read


def any_text_or(names: frozenset[str] | None, what: str) -> Callable[[object], str]:
    """A reader of one of the names, or of any identifier-like text where the names are not known."""
    return text if names is None else one_of(names, what)


def member(kinds: type[Named], what: str) -> Callable[[object], Named]:
    """A reader of a member of an enumeration, by its value."""
    read_name = one_of([kind.value for kind in kinds], what)
    return lambda value: kinds(read_name(value))


def level(value: object) -> Level:
    """One of the four levels standby, caution, warning, danger."""
    return Level[one_of([rung.slug for rung in RISING_LEVELS], "a level")(value).upper()]


def time_zone(value: object) -> str:
    """The name of a time zone of the tz database."""
    found = text(value)
    hint = _ZONES.get(found.upper(), "")
    if hint and found != hint:
        raise WrongValueError(f"{shown(found)} is not the name of a time zone", f"for Japan write “{hint}”")
    try:
        zoneinfo.ZoneInfo(found)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise WrongValueError(
            f"{shown(found)} is not the name of a time zone", "for Japan write “Asia/Tokyo”"
        ) from error
    return found


def file_inside(folder: Path) -> Callable[[object], Path]:
    """A reader of the path of a file in the site folder, written from the folder on; returns the whole path."""
    hint = "write the path from the site folder on, e.g. layers/data/flood.geojson"

    def read(value: object) -> Path:
        name = text(value)
        path = folder / name
        try:
            if not path.resolve().is_relative_to(folder.resolve()):
                raise WrongValueError(f"{shown(name)} is outside the site folder", hint)
            if path.is_dir():
                raise WrongValueError(f"{shown(name)} is a folder, a file was expected", hint)
            if not path.is_file():
                raise WrongValueError(
                    f"there is no file {shown(name)} in the site folder", _beside(folder, path) or hint
                )
        except (OSError, RuntimeError) as error:
            raise WrongValueError(f"{shown(name)} cannot be a file name", hint) from error
        return path

    return read


def _beside(folder: Path, path: Path) -> str:
    """A hint naming the file that is there under nearly the same name; empty where none is."""
    near = difflib.get_close_matches(path.name, [found.name for found in path.parent.glob("*") if found.is_file()], n=1)
    return f"did you mean “{(path.parent / near[0]).relative_to(folder)}”?" if near else ""
