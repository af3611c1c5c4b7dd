"""What a network server's own decoder made of a frame, where it does not hand on the raw bytes.

Such decoders are loose: a value may be a number, a text with its unit ("1234 mm"), a text that says there
is none ("Invalid Reading", "No Sensor"), or an object with ``value`` and ``unit``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from core.errors import DecodeError
from core.model import QualityReason
from ingest.devices._model import measured
from ingest.messages import Fix, Reading, Uplink

Fields = Mapping[str, tuple[str, str]]
"""The decoder's field name → our quantity and the unit the decoder gives it in."""

_EXCUSES = {"distance": "distance_sensor_status", "depth": "depth_error"}
"""The field that says in words why another one is not there."""

_LONGEST_TEXT = 64

_QUANTITY = re.compile(r"(?P<number>-?\d+(?:\.\d+)?)\s*(?P<unit>\S*)", re.ASCII)
_NUMBER_LIKE = re.compile(r"[-+.,]?\d")
"""Such a text is meant as a number, ``12,5 mm`` or ``１２``: it is refused, not taken for words about a fault."""

_NO_DISTANCE = {
    number: fault
    for low, fault in (
        (-3, QualityReason.NO_TARGET),
        (-2, QualityReason.SENSOR_FAULT),
        (-1, QualityReason.SENSOR_FAULT),
    )
    for number in (float(low), float(low + 0x10000))
}


def read(uplink: Uplink, fields: Fields) -> list[Reading | Fix]:
    """The readings and positions of ``uplink.decoded``, and of each entry of its ``history``.

    Fields that are not there give nothing. Raises DecodeError ``bad-shape`` or ``bad-time``.
    """
    body = uplink.decoded or {}
    found = list(_one(uplink, body, fields, None))
    history = [] if body.get("history") is None else body["history"]
    if not isinstance(history, list) or not all(isinstance(entry, dict) for entry in history):
        raise DecodeError("bad-shape", "history is not an array of objects")
    for entry in history:
        found += _one(uplink, entry, fields, _instant(entry.get("timestamp")))
    return found


def _one(uplink: Uplink, body: Mapping[str, Any], fields: Fields, at: datetime | None) -> Iterator[Reading | Fix]:
    for name, (quantity, unit) in fields.items():
        if name in body:
            yield _reading(uplink, quantity, body[name], unit, at)
    for name, excuse in _EXCUSES.items():
        if name in fields and name not in body and excuse in body:
            quantity, unit = fields[name]
            yield measured(uplink, quantity, None, unit, _excuse(str(body[excuse])), at)
    if "longitude" in body and "latitude" in body:
        lon, lat = _number(body["longitude"]), _number(body["latitude"])
        fault = uplink.fault if at is None else QualityReason.NONE
        yield Fix(uplink.device, at or uplink.at, lon, lat, fault=fault)


def _reading(uplink: Uplink, quantity: str, found: Any, unit: str, at: datetime | None) -> Reading:
    if isinstance(found, dict):
        unit, found = str(found.get("unit") or unit), found.get("value")
    if isinstance(found, str):
        if len(found) > _LONGEST_TEXT:
            raise DecodeError("bad-shape", f"a text of {len(found)} characters where {quantity} should be")
        match = _QUANTITY.fullmatch(found.strip())
        if match is None and _NUMBER_LIKE.match(found.strip()):
            raise DecodeError("bad-shape", f"{quantity} is the text {found[:40]!r}, neither a number nor words")
        if match is None:
            return measured(uplink, quantity, None, unit, _excuse(found), at)
        unit, found = match["unit"] or unit, float(match["number"])
    if found is None:
        return measured(uplink, quantity, None, unit, at=at)
    value = _number(found)
    if quantity in ("distance", "water_level") and value in _NO_DISTANCE:
        return measured(uplink, quantity, None, unit, _NO_DISTANCE[value], at)
    return measured(uplink, quantity, value, unit, at=at)


def _excuse(text: str) -> QualityReason:
    return QualityReason.NO_TARGET if "no target" in text.lower() else QualityReason.SENSOR_FAULT


def _number(found: Any) -> float:
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise DecodeError("bad-shape", f"a number was expected, not {str(found)[:40]!r}")
    return float(found)


def _instant(found: Any) -> datetime:
    try:
        return datetime.fromtimestamp(_number(found), UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise DecodeError("bad-time", f"history entry at {str(found)[:40]!r}") from error
