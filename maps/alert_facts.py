"""The open episodes in words, for the pages that are read as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.times import parse_rfc3339
from maps.facts import Wording, station_name, value_text
from maps.shell import unit_sign
from maps.symbols import SYMBOLS


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One episode in words."""

    id: str
    level: str
    level_word: str
    title: str
    station: str
    station_name: str
    value: str
    opened: str
    note: str


def alert_rows(facts: Mapping[str, Any], say: Wording) -> list[AlertRow]:
    """The open episodes, most severe first, then newest."""
    names = {
        feature["properties"]["id"]: station_name(feature["properties"], say.language)
        for feature in facts["stations"]["features"]
    }
    newest_first = sorted(facts["alerts"]["open"], key=lambda alert: alert["opened_at"], reverse=True)
    ordered = sorted(newest_first, key=lambda alert: -SYMBOLS[alert["level"]].rank)
    return [_alert_row(alert, names, _present_value(alert, facts), say) for alert in ordered]


def _present_value(alert: Mapping[str, Any], facts: Mapping[str, Any]) -> float | None:
    """What the place of an alert measures now; what the alert began with where that is not known."""
    for feature in facts["stations"]["features"]:
        quantity = feature["properties"]["quantities"].get(alert["quantity"])
        if feature["properties"]["id"] == alert["station"] and quantity and quantity["value"] is not None:
            return float(quantity["value"])
    began: float | None = alert["value"]
    return began


def _alert_row(alert: Mapping[str, Any], names: Mapping[str, str], present: float | None, say: Wording) -> AlertRow:
    notes = [
        say.words[key] for flag, key in (("stale", "stale_alert"), ("recovering", "recovering")) if alert.get(flag)
    ]
    value = value_text(alert["quantity"], present)
    return AlertRow(
        id=str(alert["id"]),
        level=alert["level"],
        level_word=say.words[f"level_{alert['level']}"],
        title=alert["title_en"] if say.language == "en" else alert["title_ja"],
        station=alert["station"],
        station_name=names.get(alert["station"], alert["station"]),
        value=f"{value} {unit_sign(alert['unit'])}",
        opened=say.exact(parse_rfc3339(alert["opened_at"])),
        note="、".join(notes) if say.language == "ja" else ", ".join(notes),
    )
