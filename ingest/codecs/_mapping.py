"""What formats without our words need to be told: which device, which quantity in which unit, which number is none.

The same settings mean the same in every codec: ``device`` and ``device_level``, ``quantity:unit``, ``missing`` and
``text_numbers``. A codec reads them once, when its source is made.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from core.errors import DecodeError
from core.model import DeviceId
from core.quantities import QUANTITIES
from core.units import convert
from ingest.codecs._settings import Settings, nearest, shown
from ingest.messages import CodecOptions, Decoded, Refused
from ingest.strict_json import DIGITS

T = TypeVar("T")

_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_LEVELS = 32
_DEVICE_LENGTH = 128


@dataclass(frozen=True, slots=True)
class Naming:
    """Which device a topic speaks for: always the same, or the one a level of the topic names.

    Levels are counted from 1; a slash before the first does not count.
    """

    fixed: DeviceId | None = None
    level: int | None = None

    def of(self, topic: str) -> DeviceId | None:
        """The device, None where the settings say nothing; raises DecodeError ``bad-topic`` for a short topic."""
        if self.level is None:
            return self.fixed
        levels = topic.removeprefix("/").split("/")
        if len(levels) < self.level:
            raise DecodeError("bad-topic", f"{topic[:200]!r} has no level {self.level}, where the device should be")
        return DeviceId(levels[self.level - 1])


def read_naming(settings: Settings, *, needed: bool) -> Naming:
    """The settings ``device`` and ``device_level``; raises ValueError for both, for neither where one is needed."""
    fixed, level = settings.found("device"), settings.found("device_level")
    if fixed is not None and level is not None:
        settings.wrong("device_level", "device is given too; keep one of them")
    if fixed is not None:
        return Naming(fixed=device_name(settings, "device", fixed))
    if level is None:
        if needed:
            settings.wrong(
                "device_level", "is missing; write which level of the topic names the device, counted from 1"
            )
        return Naming()
    if isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= _LEVELS:
        settings.wrong("device_level", f"{shown(level)} is not possible; write a whole number from 1 to {_LEVELS}")
    return Naming(level=level)


def device_name(settings: Settings, key: str, found: object) -> DeviceId:
    """A device id as in ``datastreams.csv``; raises ValueError naming the key."""
    if not isinstance(found, str) or not _DEVICE.fullmatch(found):
        settings.wrong(key, f"{shown(found)} cannot be a device id; write it as in datastreams.csv")
    return DeviceId(found)


def sent_device(found: Any, what: str) -> DeviceId:
    """A device as a message names it, a text or a whole number; raises DecodeError ``bad-shape``."""
    name = str(found) if found.__class__ is int else found
    if isinstance(name, str) and 0 < len(name) <= _DEVICE_LENGTH and name.isprintable():
        return DeviceId(name)
    raise DecodeError("bad-shape", f"{what[:60]} is {shown(found)}, not the name of a device")


@dataclass(frozen=True, slots=True)
class Measures:
    """A quantity and the unit its values come in; ``unit`` is empty where each value brings its own."""

    quantity: str
    unit: str


def read_measures(settings: Settings, key: str, found: object, *, unit_needed: bool = True) -> Measures:
    """``quantity:unit`` as in ``snow_depth:cm``; raises ValueError naming the key.

    The unit is asked for, not assumed: metres taken for centimetres is the commonest mistake of all.
    """
    if not isinstance(found, str):
        settings.wrong(key, f"{shown(found)} is no text; write quantity:unit, as in snow_depth:cm")
    quantity, colon, unit = found.partition(":")
    if quantity not in QUANTITIES:
        settings.wrong(key, f"{shown(quantity)} is no quantity{nearest(quantity, list(QUANTITIES))}")
    canonical = QUANTITIES[quantity].unit
    if not colon and not unit_needed:
        return Measures(quantity, "")
    if not unit:
        settings.wrong(key, f"{shown(found)} says no unit; write the one that is sent, as in {quantity}:{canonical}")
    try:
        convert(1.0, unit, canonical)
    except ValueError:
        settings.wrong(key, f"{shown(unit)} is no unit of {quantity}; write e.g. {quantity}:{canonical}")
    return Measures(quantity, unit)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which values are numbers, and which of them say that there is none.

    ``texts`` lets numbers come as text; ``decimal`` is the sign between whole and fraction in such texts.
    """

    missing_numbers: frozenset[float] = frozenset()
    missing_texts: frozenset[str] = frozenset()
    texts: bool = False
    decimal: str = "."

    def value(self, found: Any, what: str) -> float | None:
        """The number, None for null and what stands for missing; raises DecodeError ``bad-shape``, ``not-finite``."""
        if found is None:
            return None
        if isinstance(found, str):
            return self._of_text(found, what)
        if found.__class__ is not float and found.__class__ is not int:  # a bool is of neither class
            raise DecodeError("bad-shape", f"{what[:60]!r} is {shown(found)}, not a number")
        return self._unless_missing(float(found))

    def _of_text(self, found: str, what: str) -> float | None:
        text = found.strip(" \t")
        if text in self.missing_texts:
            return None
        if not self.texts:
            raise DecodeError("bad-shape", f"{what[:60]!r} is the text {shown(found)}, not a number (text_numbers?)")
        return self._unless_missing(number_of(text, what, self.decimal))

    def _unless_missing(self, number: float) -> float | None:
        return None if number in self.missing_numbers else number


def number_of(text: str, what: str, decimal: str = ".") -> float:
    """The number a text spells in ASCII digits; raises DecodeError ``bad-shape``, ``huge-number``, ``not-finite``.

    ``float()`` alone would take full-width digits, underscores, ``nan`` and ``infinity``.
    """
    # 1.234,5 is no number: a sign between thousands is not told from one before a fraction
    spelled = text if decimal == "." else text.replace(decimal, ".") if "." not in text else ""
    if not _NUMBER.fullmatch(spelled):
        raise DecodeError("bad-shape", f"{what[:60]!r} is {shown(text)}, not a number")
    if len(text) > DIGITS:
        raise DecodeError("huge-number", f"{what[:60]!r} is a number of {len(text)} characters")
    number = float(spelled)
    if not math.isfinite(number):
        raise DecodeError("not-finite", f"{what[:60]!r}: number {text} is beyond any float")
    return number


def read_numbers(settings: Settings, *, texts: bool | None = None, decimal: str = ".") -> Numbers:
    """The settings ``missing`` and, where ``texts`` does not settle it, ``text_numbers``; raises ValueError."""
    numbers: set[float] = set()
    words: set[str] = set()
    for found in settings.entries("missing", 'a list, as in [-9999, "---"]'):
        if isinstance(found, str):
            words.add(found.strip())
            if _NUMBER.fullmatch(spelled := found.strip().replace(decimal, ".")):
                numbers.add(float(spelled))
        elif isinstance(found, (int, float)) and not isinstance(found, bool) and math.isfinite(found):
            numbers.add(float(found))
        else:
            settings.wrong("missing", f"{shown(found)} is neither a number nor a text")
    allowed = settings.flag("text_numbers") if texts is None else texts
    return Numbers(frozenset(numbers), frozenset(words), allowed, decimal)


def read_quantities(settings: Settings) -> dict[str, Measures]:
    """The setting ``quantities``: from the format's own names to ``quantity:unit``; raises ValueError if empty."""
    what = 'a table, as in { snow = "snow_depth:cm" }'
    named = settings.named("quantities", what)
    if not named:
        settings.wrong("quantities", f"is missing; write {what}")
    return {name: read_measures(settings, f"quantities.{name}", found) for name, found in named.items()}


def settings_of(options: CodecOptions, kind: type[T]) -> T:
    """What ``read_settings`` of the codec made; raises DecodeError ``no-codec`` where no source gave any."""
    if isinstance(options.settings, kind):
        return options.settings
    raise DecodeError("no-codec", "this format says nothing without the settings of a source (docs/sensors.md)")


def each(entries: Iterable[T], read: Callable[[T], Iterable[Decoded]], device: DeviceId) -> list[Decoded]:
    """What all entries say; one that cannot be read becomes a ``Refused`` and does not cost its neighbours."""
    found: list[Decoded] = []
    for entry in entries:
        try:
            found.extend(read(entry))
        except DecodeError as error:
            found.append(Refused(device, error.reason, str(error)))
    return found


def at_most(count: int, options: CodecOptions, what: str = "values") -> None:
    """Raises DecodeError ``too-many`` where one message holds more than its source allows."""
    if count > options.readings_per_message:
        raise DecodeError("too-many", f"{count} {what}; at most {options.readings_per_message} are read")


def known_names(names: Iterable[str], quantities: Mapping[str, Any]) -> list[str]:
    """The names the settings know; raises DecodeError ``unknown-quantity`` where they know none of them.

    Names the settings leave out are what the town does not keep; a message without a single known one is a
    misspelling in the settings or another device.
    """
    listed = list(names)
    known = [name for name in listed if name in quantities]
    if not known:
        seen = ", ".join(repr(name[:30]) for name in listed[:5]) or "nothing"
        raise DecodeError("unknown-quantity", f"the settings know none of the names in it: {seen}")
    return known
