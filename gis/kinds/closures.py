"""Roads that are closed or narrowed now (道路工事・通行止め): lines or points, with reason, time and detour.

What is over stays in the layer with its end, so that pages tell "ended" by their own clock (``closure_state``).
"""

from __future__ import annotations

import unicodedata
from typing import Any

from geopandas import GeoDataFrame

from gis.closure_times import instant
from gis.faults import FeatureError
from gis.geojson import RawFeature
from gis.hazards import UNKNOWN
from gis.kinds.fields import first_of
from gis.kinds.kind import Kind
from gis.legends import Column, LegendEntry
from gis.report import Notes

LEGEND = (
    LegendEntry(UNKNOWN, "#767676", "規制の種類が不明", "Unknown restriction", 0, "dotted"),
    LegendEntry("works", "#B45F06", "道路工事", "Road works", 1, "dashed"),
    LegendEntry("one_lane", "#8A6D00", "片側交互通行", "One lane, alternating", 2, "dotted"),
    LegendEntry("snow", "#1F5FA8", "雪による通行止め", "Closed by snow", 3, "dashed"),
    LegendEntry("closed", "#C00000", "通行止め", "Closed", 4, "solid"),
)
"""The gravest last. Colours are our own; each line differs by dash or word too."""

_WORDS = {
    "closed": ("closed", "通行止め", "全面通行止め", "通行止", "全面通行止"),
    "one_lane": ("one_lane", "one lane", "片側交互通行", "片側通行", "片側規制", "車線規制"),
    "works": ("works", "道路工事", "工事", "工事中", "工事規制"),
    "snow": ("snow", "冬期閉鎖", "冬季閉鎖", "冬期通行止め", "雪による通行止め", "雪崩通行止め"),
}
_CODES = {word: code for code, words in _WORDS.items() for word in words}
_LABELS = {entry.code: entry for entry in LEGEND}

NAME = ("name", "road", "路線名", "名称")
KIND_FIELDS = ("kind", "規制内容", "規制種別", "種別")
FROM = ("from", "開始", "開始日", "規制開始", "開始日時")
UNTIL = ("until", "終了", "終了日", "規制終了", "終了日時")


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """``code``, the road, what holds and why, ``from`` and ``until`` as written and as instants, and the detour.

    An instant is RFC 3339 in UTC, empty where open, ``?`` where it could not be read: such a closure is told as
    written, and never as ended.
    """
    properties = feature.properties
    if not any(name in properties for name in (*KIND_FIELDS, *FROM, *UNTIL)):
        raise FeatureError(
            "has neither kind nor from nor until", hint="a closure has the properties kind, reason, from, until, detour"
        )
    written = unicodedata.normalize("NFKC", first_of(properties, *KIND_FIELDS))
    code = _CODES.get(written, UNKNOWN)
    if code == UNKNOWN:
        notes.warn(f"kind {written!r} is none of {', '.join(_WORDS)}: shown as unknown", feature.number)
    begins, ends = first_of(properties, *FROM), first_of(properties, *UNTIL)
    from_at, until_at = (
        _instant(feature, begins, notes, end=False),
        _instant(feature, ends, notes, end=True),
    )
    if from_at and until_at and "?" not in (from_at, until_at) and until_at <= from_at:
        notes.warn(f"ends ({ends}) before it begins ({begins})", feature.number)
    return {
        "code": code,
        "name": first_of(properties, *NAME),
        "kind_ja": _LABELS[code].label_ja,
        "kind_en": _LABELS[code].label_en,
        "reason": first_of(properties, "reason", "理由", "規制理由"),
        "from": begins,
        "until": ends,
        "from_at": from_at,
        "until_at": until_at,
        "detour": first_of(properties, "detour", "迂回路", "う回路"),
    }


def _instant(feature: RawFeature, written: str, notes: Notes, *, end: bool) -> str:
    try:
        return instant(unicodedata.normalize("NFKC", written), end=end)
    except ValueError:
        notes.warn(
            f"{written!r} is no date and no time with offset (2026-01-15, 2026-01-15T09:00+09:00): "
            "shown as written, never taken as ended",
            feature.number,
        )
        return "?"


def gravest_above(frame: GeoDataFrame, _notes: Notes) -> GeoDataFrame:
    """The graver last, so that it is drawn above."""
    order = {entry.code: number for number, entry in enumerate(LEGEND)}
    return frame.sort_values("code", key=lambda codes: codes.map(order), kind="stable").reset_index(drop=True)


KIND = Kind(
    name="closures",
    geometry="mixed",
    order=70,
    types=frozenset({"LineString", "MultiLineString", "Point", "MultiPoint"}),
    clean=clean,
    finish=gravest_above,
    legend=LEGEND,
    columns=(
        Column("name", "路線", "Road"),
        Column("kind_{language}", "規制", "Restriction"),
        Column("reason", "理由", "Reason"),
        Column("from", "から", "From"),
        Column("until", "まで", "Until"),
        Column("detour", "迂回路", "Detour"),
    ),
)
