"""The open episodes in words, for the pages that are read as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.quantities import QUANTITIES
from core.times import parse_rfc3339
from maps.facts import Wording, station_name, value_text
from maps.shell import unit_sign
from maps.symbols import SYMBOLS


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One episode in words. ``places`` are id and name of the stations it is about: of a pair or a group all of them."""

    id: str
    level: str
    level_word: str
    title: str
    places: tuple[tuple[str, str], ...]
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
    return [_alert_row(alert, names, _measured(alert, facts), say) for alert in ordered]


def _measured(alert: Mapping[str, Any], facts: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the place of an alert measures now; None where that is not known."""
    for feature in facts["stations"]["features"]:
        quantity: Mapping[str, Any] | None = feature["properties"]["quantities"].get(alert["quantity"])
        if feature["properties"]["id"] == alert["station"] and quantity and quantity["value"] is not None:
            return quantity
    return None


def _value(alert: Mapping[str, Any], measured: Mapping[str, Any] | None, say: Wording) -> str:
    """What is measured now, else what the alert began with; named where the rule compares another number (a snowfall)."""
    if measured is None:
        return f"{value_text(alert['quantity'], alert['value'])} {unit_sign(alert['unit'])}"
    text = f"{value_text(alert['quantity'], measured['value'])} {unit_sign(_own_unit(alert['quantity']))}"
    return text if alert.get("kind", "level") == "level" else f"{_label(alert['quantity'], say)} {text}"


def _own_unit(quantity: str) -> str:
    return QUANTITIES[quantity].unit if quantity in QUANTITIES else ""


def _label(quantity: str, say: Wording) -> str:
    row = QUANTITIES.get(quantity)
    return "" if row is None else row.label_ja if say.language == "ja" else row.label_en


def _alert_row(
    alert: Mapping[str, Any], names: Mapping[str, str], measured: Mapping[str, Any] | None, say: Wording
) -> AlertRow:
    doubted = measured is not None and measured.get("quality") == "suspect"
    known = (
        (alert.get("unconfirmed"), "alert_unconfirmed"),
        (alert.get("stale"), "stale_alert"),
        (doubted, "alert_in_doubt"),
        (alert.get("recovering"), "recovering"),
    )
    notes = [say.words[key] for applies, key in known if applies]
    return AlertRow(
        id=str(alert["id"]),
        level=alert["level"],
        level_word=say.words[f"level_{alert['level']}"],
        title=alert["title_en"] if say.language == "en" else alert["title_ja"],
        places=tuple((id_, names.get(id_, id_)) for id_ in alert.get("stations", (alert["station"],))),
        value=_value(alert, measured, say),
        opened=say.exact(parse_rfc3339(alert["opened_at"])),
        note="、".join(notes) if say.language == "ja" else ", ".join(notes),
    )
