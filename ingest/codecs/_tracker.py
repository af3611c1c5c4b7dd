"""What the formats of position trackers have in common: the device in the topic, speeds, loosely written times."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Any

from core.errors import DecodeError
from core.model import DeviceId
from core.units import convert
from ingest.codecs import _fields as fields
from ingest.codecs._mapping import Naming, number_of

EARLIEST_S = 946_684_800.0
LATEST_S = 4_102_444_800.0
"""The years 2000 to 2100 in seconds since 1970; in milliseconds the same years are numbers a thousand times higher."""

LAST_LEVEL = Naming()
"""The naming of a source whose settings say nothing of it: the last level of the topic is the device."""

FASTEST_KMH = 1_000.0
COARSEST_M = 1e7

_ZONE_WITHOUT_COLON = re.compile(r"(.*\d[+-]\d\d)(\d\d)", re.ASCII)


def device_of(naming: Naming, topic: str) -> DeviceId:
    """The device a topic speaks for: as the settings say, else its last level; raises DecodeError ``bad-topic``."""
    return naming.of(topic) or DeviceId(topic.rpartition("/")[2])


def check_named(device: DeviceId, found: Any) -> None:
    """Raises DecodeError ``device-mismatch`` where the body names another device; None and "" name none."""
    if found not in (None, ""):
        fields.same_device(device, str(found), "the body")


def instant(found: Any, zone: tzinfo | None) -> datetime:
    """The instant of a number since 1970, in seconds or in milliseconds, or of a text; UTC.

    Seconds and milliseconds are told apart by the years 2000 to 2100, which no number means in both; a number that
    means neither is refused as ``clock``. A text without an offset is read in ``zone``. Raises DecodeError ``clock``,
    ``bad-time``, ``no-offset``.
    """
    if found.__class__ is int or found.__class__ is float:  # a bool is of neither class
        return _since_1970(float(found))
    if not isinstance(found, str) or not found:
        raise DecodeError("bad-time", f"not a time: {str(found)[:40]!r}")
    if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", found, re.ASCII):
        return _since_1970(number_of(found, "the time"))
    without_colon = _ZONE_WITHOUT_COLON.fullmatch(found)
    return fields.instant(":".join(without_colon.groups()) if without_colon else found, zone)


def _since_1970(number: float) -> datetime:
    for seconds in (number, number / 1_000.0):
        if EARLIEST_S <= seconds < LATEST_S:
            return fields.epoch(seconds)
    raise DecodeError("clock", f"{number:.0f} since 1970 is between 2000 and 2100 neither in seconds nor milliseconds")


def speed_kmh(value: float | None, unit: str) -> float | None:
    """The speed in km/h; None where there is none."""
    return None if value is None else convert(value, unit, "km/h")
