"""What an episode or an earlier message says, as values for the variables of a template."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.model import Site
from core.quantities import QUANTITIES
from core.resident_messages import MessageHazard, ResidentMessage, Values
from core.resident_words import plain
from core.times import JST, parse_rfc3339

_UNITS_JA = {"degC": "℃", "cm": "センチ", "m": "メートル", "mm": "ミリ"}
_UNITS_EN = {"degC": "°C"}
_REFERENCE_LONGEST = 44
_BRACES = str.maketrans("{}", "｛｝")
"""A name with braces is no variable: it is shown with wide ones."""
_HAZARDS = {"river": MessageHazard.RIVER, "snow": MessageHazard.SNOW, "channel": MessageHazard.CHANNEL}


def known_values(site: Site, facts: Mapping[str, Any], refers_to: ResidentMessage | None) -> Values:
    """The variables the system can fill in: the town, what an episode's ``facts`` say, the message referred to."""
    values: dict[str, dict[str, str]] = {"town": _both(site.name_ja, site.name_en)}
    values["area"] = values["town"]
    if facts:
        values |= _measured(facts)
    if refers_to is not None:
        values |= _referred(refers_to)
    return {
        name: {language: plain(text, lines=name == "shelters").translate(_BRACES) for language, text in texts.items()}
        for name, texts in values.items()
    }


def _measured(facts: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    station, quantity, threshold = (dict(facts.get(key) or {}) for key in ("station", "quantity", "threshold"))
    unit = str(quantity.get("unit", ""))
    value = facts.get("value")
    values = {
        "station": _both(station.get("name_ja"), station.get("name_en") or station.get("name_ja")),
        "river": _both(station.get("river"), station.get("river")),
        "unit": _both(_UNITS_JA.get(unit, unit), _UNITS_EN.get(unit, unit)),
        "time": time_of(parse_rfc3339(facts["at"])) if facts.get("at") else {},
        "threshold": _threshold(threshold, unit, quantity),
        "source": _both(threshold.get("source"), threshold.get("source")),
    }
    if isinstance(value, int | float):
        values["value"] = _both(_number(value, quantity), _number(value, quantity))
    return values


def _threshold(threshold: Mapping[str, Any], unit: str, quantity: Mapping[str, Any]) -> dict[str, str]:
    if threshold.get("value") is None:
        return {}
    height = _number(threshold["value"], quantity)
    return _both(
        f"{threshold.get('name_ja', '')} {height} {_UNITS_JA.get(unit, unit)}",
        f"{threshold.get('name_en', '')}, {height} {_UNITS_EN.get(unit, unit)}",
    )


def _number(value: float, quantity: Mapping[str, Any]) -> str:
    row = QUANTITIES.get(str(quantity.get("id", "")))
    return f"{value:.{row.decimals if row else 1}f}"


def _referred(message: ResidentMessage) -> dict[str, dict[str, str]]:
    sent = message.send_at or message.made.at
    return {
        "area": dict(message.values.get("area") or _both(message.area, message.area)),
        "reference": {language: _short(text.subject) for language, text in message.texts.items()},
        "reference_time": time_of(sent),
        **{name: dict(texts) for name, texts in message.values.items() if name in ("phone", "shelters", "station")},
    }


def _short(subject: str) -> str:
    """A subject that leaves room for 【訂正】 before it; what is cut is seen to be cut."""
    return subject if len(subject) <= _REFERENCE_LONGEST else f"{subject[: _REFERENCE_LONGEST - 1]}…"


def time_of(at: datetime) -> dict[str, str]:
    """An instant as residents read it, in the time of Japan: with the day, to the minute."""
    local = at.astimezone(JST)
    ja = f"{local.month}月{local.day}日 {local.hour}時{local.minute:02d}分"
    return {"ja": ja, "easy": ja, "en": f"{local:%H:%M} on {local.day} {local:%B}"}


def hazard_of(facts: Mapping[str, Any]) -> MessageHazard:
    """What kind of message an episode is about."""
    return _HAZARDS.get(str(dict(facts.get("station") or {}).get("kind", "")), MessageHazard.GENERAL)


def _both(ja: object, en: object) -> dict[str, str]:
    return {"ja": str(ja or ""), "easy": str(ja or ""), "en": str(en or "")}
