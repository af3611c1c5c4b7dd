"""Roads the ploughs clear: lines with an id, a name, the town's class of clearing, and what the town keeps of each.

Who clears a road is published only where the town says so, and with which vehicle never: the loader keeps both back unless
the layer's ``road_facts`` disclose them. Matching and staff's totals read the layer as ``with_all_told`` has it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import shapely
from pyproj import Geod

from config.model import LayerConfig, RoadFacts
from gis.faults import FeatureError
from gis.geojson import RawFeature
from gis.hazards import UNKNOWN
from gis.kinds.fields import first_of
from gis.kinds.kind import Kind
from gis.legends import Column, LegendEntry
from gis.metres import in_metres
from gis.report import Notes
from gis.road_fields import class_code, deadline, elevation_m, length_m, vehicle_ids
from gis.road_lengths import length_differences

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

KEPT_BACK = ("contractor", "vehicles")
"""Of private firms and persons: not published by itself."""

FAR_OFF = 20.0
"""Drawn and official length so many times apart are not of the same road, or not both metres."""

DIFFERENCES_TOLD = 5

_NUMBERS = ("official_length_m", "elevation_m")
_GRS80 = Geod(ellps="GRS80")


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """All that is known of a road; what is not said is empty, a number None.

    ``code`` is its clearing class, ``class`` the word as written, ``deadline`` a time of day of its own (``07:00``), ``vehicles``
    the ids of those that usually clear it with blanks between. A value that cannot be read is told of and left empty.
    """
    properties = feature.properties
    identity = first_of(properties, "id", "OBJECTID") or ("" if feature.id is None else str(feature.id))
    if not identity:
        raise FeatureError("a road without id", hint="give every road a property `id` that never changes")
    written = unicodedata.normalize("NFKC", first_of(properties, "class", "区分"))
    code = class_code(written)
    if code == UNKNOWN:
        notes.warn(f"class {written!r} is not 第1種 to 第3種 or 緊急確保: shown as other", feature.number)
    official = _read(feature, notes, length_m, "official_length_m", "除雪路線延長")
    return {
        "id": identity,
        "name": first_of(properties, "name", "路線名"),
        "code": code,
        "class": written,
        "owner": first_of(properties, "owner", "路線種別"),
        "contractor": first_of(properties, "contractor", "受託者", "業者名"),
        "district": first_of(properties, "district", "地区", "地区名"),
        "official_length_m": None if official is None else _plain(official),
        "deadline": _read(feature, notes, deadline, "deadline", "完了目標時刻") or "",
        "vehicles": " ".join(vehicle_ids(first_of(properties, "vehicles", "担当車両"))),
        "elevation_m": _read(feature, notes, elevation_m, "elevation_m", "標高"),
    }


def _read(feature: RawFeature, notes: Notes, read: Callable[[str], Any], *names: str) -> Any:
    written = first_of(feature.properties, *names)
    if not written:
        return None
    try:
        return read(written)
    except ValueError as error:
        notes.warn(f"{names[0]} {written!r} {error}: left out", feature.number)
        return None


def _plain(number: float) -> float | int:
    return int(number) if number.is_integer() else number


def with_all_told(layer: LayerConfig) -> LayerConfig:
    """The layer of cleared roads with nothing kept back: for matching and for staff, never to be published."""
    return replace(layer, road_facts=replace(layer.road_facts, disclosed=KEPT_BACK))


def for_layer(layer: LayerConfig) -> Kind:
    """The kind that keeps back what the layer's facts do not disclose, and knows the site's vehicles."""
    hidden = [name for name in KEPT_BACK if name not in layer.road_facts.disclosed]

    def finish(frame: GeoDataFrame, notes: Notes) -> GeoDataFrame:
        return _settled(frame, layer.road_facts, notes).drop(columns=hidden)

    columns = tuple(column for column in _PLAIN.columns if column.property not in hidden)
    return replace(_PLAIN, finish=finish, columns=columns)


def _settled(frame: GeoDataFrame, facts: RoadFacts, notes: Notes) -> GeoDataFrame:
    import pandas as pd  # noqa: PLC0415  # those who only ask what a road is go without
    from geopandas import GeoDataFrame  # noqa: PLC0415

    rows = frame.drop(columns="geometry").to_dict("records")
    rows = [row | {name: None if pd.isna(row[name]) else row[name] for name in _NUMBERS} for row in rows]
    drawn = _drawn_m(frame, facts.plane_epsg)
    _leave_out_far_off(rows, drawn, notes)
    _tell_lengths(rows, drawn, notes)
    _tell_doubled(rows, notes)
    _tell_strangers(rows, facts, notes)
    # Numbers that may be missing stay Python's own: a missing one is null, never NaN.
    return GeoDataFrame(
        {name: pd.Series([row[name] for row in rows], dtype="object") for name in rows[0]},
        geometry=frame.geometry.to_numpy(),
        crs=frame.crs,
    )


def _drawn_m(frame: GeoDataFrame, plane_epsg: int | None) -> list[float]:
    """The lengths in the plane zone, on the ellipsoid where the zone is not known: less than 0.1 % apart in a town."""
    lines = frame.geometry.to_numpy()
    if plane_epsg is None:
        return [abs(float(_GRS80.geometry_length(line))) for line in lines]
    return [float(length) for length in shapely.length(in_metres(lines, plane_epsg))]


def _leave_out_far_off(rows: Iterable[dict[str, Any]], drawn: Iterable[float], notes: Notes) -> None:
    for row, length in zip(rows, drawn, strict=True):
        official = row["official_length_m"]
        if official is not None and not 1 / FAR_OFF <= length / official <= FAR_OFF:
            notes.warn(
                f"road {row['id']}: the official length {official:g} m is not that of a line of {length:.0f} m "
                "(in kilometres?): left out"
            )
            row["official_length_m"] = None


def _tell_lengths(rows: list[dict[str, Any]], drawn: list[float], notes: Notes) -> None:
    stated = sum(row["official_length_m"] is not None for row in rows)
    if 0 < stated < len(rows):
        notes.warn(f"{len(rows) - stated} of {len(rows)} roads have no official length: their drawn length counts")
    found = length_differences(
        (row["id"], row["name"], row["official_length_m"], length) for row, length in zip(rows, drawn, strict=True)
    )
    if not found:
        return
    notes.warn(
        f"{len(found)} of {len(rows)} roads are drawn more than 5 % longer or shorter than their official length, "
        f"{min(one.ratio for one in found):.2f} to {max(one.ratio for one in found):.2f} times: percentages use the official one"
    )
    worst = sorted(found, key=lambda one: max(one.ratio, 1 / one.ratio), reverse=True)
    for one in worst[:DIFFERENCES_TOLD]:
        notes.warn(f"road {one.road} {one.name}: official {one.official_m:g} m, drawn {one.drawn_m:.0f} m")


def _tell_doubled(rows: Iterable[Mapping[str, Any]], notes: Notes) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        seen[row["id"]] = seen.get(row["id"], 0) + 1
    doubled = [name for name, number in seen.items() if number > 1]
    if doubled:
        notes.warn(
            f"{len(doubled)} ids stand for several roads ({', '.join(doubled[:5])}): ploughs cannot be matched to them"
        )


def _tell_strangers(rows: Iterable[Mapping[str, Any]], facts: RoadFacts, notes: Notes) -> None:
    if not facts.vehicles:
        return
    named = dict.fromkeys(name for row in rows for name in row["vehicles"].split())
    strange = [name for name in named if name not in facts.vehicles]
    if strange:
        notes.warn(f"vehicles.csv does not have {', '.join(strange[:5])}, which roads name as their vehicle")


_PLAIN = Kind(
    name="roads",
    geometry="line",
    order=60,
    types=frozenset({"LineString", "MultiLineString"}),
    clean=clean,
    legend=(
        LegendEntry(UNKNOWN, "#767676", "区分なし", "Other"),
        LegendEntry("3", "#7FA6C9", "除雪路線 第3種", "Cleared road, class 3"),
        LegendEntry("2", "#3F78AE", "除雪路線 第2種", "Cleared road, class 2"),
        LegendEntry("1", "#0B3C6F", "除雪路線 第1種", "Cleared road, class 1"),
        LegendEntry("emergency", "#5B2A86", "緊急確保路線", "Emergency road"),
    ),
    columns=(
        Column("name", "路線名", "Road"),
        Column("class", "区分", "Class"),
        Column("owner", "路線種別", "Kind of road"),
        Column("contractor", "受託者", "Contractor"),
        Column("district", "地区", "District"),
        Column("official_length_m", "除雪延長", "Length cleared", "m"),
        Column("deadline", "完了目標時刻", "To be clear by"),
    ),
)

KIND = replace(_PLAIN, for_layer=for_layer)
