"""The gauges of a hazard report in words; the same rules of level, age and staleness as everywhere (``maps/facts.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from maps.facts import value_row, wording
from maps.hazard_report import direction_text, distance_text, half_up

Json = dict[str, Any]


def gauge_rows(gauges: Sequence[Mapping[str, Any]], words: Mapping[str, Any], now: datetime) -> list[Json]:
    """One row per gauge of ``nearest_gauges``: value, level, age, distance and direction."""
    return [_row(gauge, words, now) for gauge in gauges]


def _row(gauge: Mapping[str, Any], words: Mapping[str, Any], now: datetime) -> Json:
    station = gauge["feature"]["properties"]
    slug = words["gauges"][station["kind"]]["quantity"]
    row = value_row(station, slug, now, wording(words["language"], words["time_zone"]))
    return {
        "station": row.station,
        "name": row.name,
        "kind": row.kind,
        "kind_word": row.kind_word,
        "fictitious": row.fictitious,
        "quantity": slug,
        "label": row.label,
        "value": row.value,
        "unit": row.unit,
        "symbol": row.state.symbol,
        "level": row.state.word,
        "stale": row.state.stale,
        "suspect": row.state.suspect,
        "quality": row.quality,
        "at": row.at,
        "age": row.age,
        "note": row.note,
        "distance_m": half_up(gauge["distance_m"]),
        "distance": distance_text(gauge["distance_m"], words["sentences"]),
        "direction": direction_text(gauge["direction_deg"], words),
    }
