"""Layers the town styles itself: classes, name and published properties come from ``[style]`` of the layer's file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from geopandas import GeoDataFrame

from config.model import LayerConfig, LayerField, LayerStyle, StyleClass
from gis.geojson import RawFeature
from gis.kinds.fields import first_of, text
from gis.kinds.kind import Kind
from gis.legends import Column, LegendEntry
from gis.report import Notes

OTHER = LegendEntry("other", "#8C8C8C", "その他", "Other", hatch=0, dash="dotted")
"""A value without a class of its own: shown and counted, never dropped."""

NAMES = ("name", "名称", "名前", "施設名", "名称_和名")
"""Where a name is looked for when ``[style]`` says nothing of it."""

_OURS = frozenset({"code", "name", "class_ja", "class_en", "geometry", "id", "hazard", "rank"})

Clean = Callable[[RawFeature, Notes], dict[str, Any]]


def styled_kind(kind: Kind) -> Callable[[LayerConfig], Kind]:
    """What makes ``kind`` into that of one layer: legend, columns and reading after its ``[style]``."""

    def for_layer(layer: LayerConfig) -> Kind:
        style = layer.style or LayerStyle(name="", field="", classes=(), fields=())
        entries = _entries(layer, style)
        classed = bool(style.field)
        return replace(
            kind,
            clean=_reader(style, entries),
            legend=(OTHER, *entries) if classed else entries[:1],
            columns=_columns(style, classed=classed),
        )

    return for_layer


def published_name(field: LayerField) -> str:
    """The name a property of the source is published under; our own names and braces cannot be taken."""
    name = field.property.replace("{", "(").replace("}", ")")
    return f"source_{name}" if name in _OURS else name


def single_parts(frame: GeoDataFrame, _notes: Notes) -> GeoDataFrame:
    """The frame with a row for each point of a feature that has several."""
    return frame.explode(ignore_index=True)


def _entries(layer: LayerConfig, style: LayerStyle) -> tuple[LegendEntry, ...]:
    if not style.classes:
        return (LegendEntry("1", "#3A5A78", layer.title_ja, layer.title_en, hatch=1),)
    return tuple(_entry(number, row) for number, row in enumerate(style.classes, start=1))


def _entry(number: int, row: StyleClass) -> LegendEntry:
    return LegendEntry(str(number), row.colour, row.label_ja, row.label_en, hatch=row.hatch, dash=row.dash)


def _columns(style: LayerStyle, *, classed: bool) -> tuple[Column, ...]:
    own = tuple(Column(published_name(field), field.label_ja, field.label_en) for field in style.fields)
    by_class = (Column("class_{language}", "種類", "Type"),) if classed else ()
    return (Column("name", "名称", "Name"), *by_class, *own)


def _reader(style: LayerStyle, entries: tuple[LegendEntry, ...]) -> Clean:
    by_value = {row.value: entry for row, entry in zip(style.classes, entries, strict=False)}

    def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
        """``code``, ``name``, the class in words, and the properties the style names."""
        properties = feature.properties
        entry = _class_of(feature, style.field, by_value, notes) if style.field else entries[0]
        _tell_missing(feature, style, notes)
        return {
            "code": entry.code,
            "name": first_of(properties, style.name) if style.name else first_of(properties, *NAMES),
            "class_ja": entry.label_ja,
            "class_en": entry.label_en,
            **{published_name(field): plain(properties.get(field.property)) for field in style.fields},
        }

    return clean


def plain(value: object) -> str:
    """The value as people read it; true is ○ and false ×."""
    return ("○" if value else "×") if isinstance(value, bool) else text(value)


def _class_of(feature: RawFeature, field: str, by_value: dict[str, LegendEntry], notes: Notes) -> LegendEntry:
    value = _as_written(feature.properties.get(field))
    if value not in by_value:
        told = f"is {value!r}, which has no class" if value else "is blank"
        notes.warn(f"{field} {told}: shown as その他", feature.number)
    return by_value.get(value, OTHER)


def _as_written(value: object) -> str:
    """Of a number without decimals its digits, as a person writes them in the settings."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return text(value)


def _tell_missing(feature: RawFeature, style: LayerStyle, notes: Notes) -> None:
    for name in (style.name, style.field, *(field.property for field in style.fields)):
        if name and name not in feature.properties:
            notes.warn(f"has no property {name}, which [style] names", feature.number)
