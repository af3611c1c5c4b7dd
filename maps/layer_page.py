"""The pages that tell a map layer as a table: one for each public layer, and the list of all of them.

What the map draws can be read here without a map: classes with their words, every feature, where it is and how large.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from config.model import Site
from gis.catalogue import PublishedLayer
from gis.feature_source import FeatureSource
from gis.layer_measures import ClassTotal, FeatureSize, feature_sizes
from gis.licences import licence_address
from gis.open_data_index import OpenDataFile, OpenDataIndex
from maps.layer_cautions import cautions
from maps.layer_groups import form_of, layer_groups
from maps.layers import legend_rows, note, plain_title
from maps.links import LIVE, Links
from maps.open_data_page import open_files
from maps.shell import render
from maps.words import Language
from maps.words_layers import layer_words

INDEX = "/layers/"
"""Where the list of all layers stands."""

ROWS = 500
"""Features on one page of a table: what a screen reader and an old phone still take."""

_SQUARE_METRES_BELOW_KM2 = 0.1
_NONE = "–"

Row = dict[str, Any]


def path_of(layer: str) -> str:
    """Where the table of a layer stands, without language."""
    return f"/layer/{layer}"


def page_count(layer: PublishedLayer) -> int:
    """How many pages the table of a layer has; an empty one has one."""
    return max(1, math.ceil(layer.features / ROWS))


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTable:
    """What a page of the table is made from: the layer, its features, what its classes add up to, its files."""

    layer: PublishedLayer
    source: FeatureSource
    totals: Sequence[ClassTotal]
    files: Sequence[OpenDataFile] = ()


def files_of(layer: PublishedLayer, index: OpenDataIndex) -> tuple[OpenDataFile, ...]:
    """The open data files of a layer; none where it has none (yet)."""
    return next((found.files for found in index.sets if found.id == layer.id), ())


def layer_page(
    site: Site, table: LayerTable, language: Language, *, asset_version: str, page: int = 1, links: Links = LIVE
) -> str:
    """One page of the table of a layer; ``page`` counts from 1 to ``page_count``.

    The static site has the first page only and leads to the files of the rest.
    """
    layer, own = table.layer, layer_words(language)
    first = (page - 1) * ROWS
    rows = _rows(site, table, language, range(first, min(first + ROWS, len(table.source))))
    return render(
        "layer.html.j2",
        site,
        language,
        asset_version=asset_version,
        links=links,
        path=path_of(layer.id) + (f"?page={page}" if page > 1 else ""),
        data={"language": language},
        o=own,
        layer=layer,
        title=plain_title(layer, language),
        note=note(layer, language),
        cautions=cautions(layer, language),
        licence_address="" if links.static else licence_address(layer.licence),
        source_address="" if links.static else layer.source_url,
        legend_source=layer.legend_source_ja if language == "ja" else layer.legend_source_en,
        form=form_of(layer),
        summary=_summary(table, language),
        columns=_columns(layer, language),
        classed=len(layer.legend) > 1,
        sized=_sized(table.totals),
        rows=rows,
        placed=any(row["position"] for row in rows),
        shown=own["shown"].format(count=f"{layer.features:,}", first=f"{first + 1:,}", last=f"{first + len(rows):,}"),
        steps=_steps(page, page_count(layer), own) if not links.static else None,
        rest=own["rest_in_files"].format(shown=f"{len(rows):,}") if links.static and len(rows) < layer.features else "",
        files=open_files(table.files, language, links),
    )


def all_layers_page(
    site: Site, catalogue: Sequence[PublishedLayer], language: Language, *, asset_version: str, links: Links = LIVE
) -> str:
    """The list of all public layers, by subject as on the map."""
    return render(
        "all_layers.html.j2",
        site,
        language,
        asset_version=asset_version,
        links=links,
        path=INDEX,
        data={"language": language},
        o=layer_words(language),
        groups=layer_groups([layer for layer in catalogue if layer.access == "public"], language),
        path_of=path_of,
    )


def area_words(area_km2: float | None) -> str:
    """An area as people read it: small ones in square metres; a dash where there is none."""
    if area_km2 is None:
        return _NONE
    if area_km2 < _SQUARE_METRES_BELOW_KM2:
        return f"{area_km2 * 1_000_000:,.0f} m²"
    return f"{area_km2:,.2f} km²"


def length_words(length_km: float | None) -> str:
    """A length as people read it; a dash where there is none."""
    if length_km is None:
        return _NONE
    return f"{length_km * 1000:,.0f} m" if length_km < 1 else f"{length_km:,.1f} km"


def _columns(layer: PublishedLayer, language: Language) -> list[tuple[str, str, str]]:
    """Property, label and unit of each column."""
    ja = language == "ja"
    return [
        (column.property_in(language), column.label_ja if ja else column.label_en, column.unit)
        for column in layer.columns
    ]


def _sized(totals: Sequence[ClassTotal]) -> dict[str, bool]:
    """Which measures the layer has at all."""
    return {
        "area": any(total.area_km2 is not None for total in totals),
        "length": any(total.length_km is not None for total in totals),
    }


def _summary(table: LayerTable, language: Language) -> list[Row]:
    """A row for each class the layer has, gravest first as in the legend, and one for all where there are several."""
    known = {row["code"]: row for row in legend_rows(table.layer, language)}
    order = list(known)
    own = layer_words(language)
    totals = sorted(table.totals, key=lambda total: order.index(total.code) if total.code in known else len(order))
    rows = [
        {
            "label": known[total.code]["label"] if total.code in known else own["unknown_class"],
            "look": known.get(total.code),
            **_numbers(total.features, total.area_km2, total.length_km),
        }
        for total in totals
    ]
    if len(rows) > 1:
        areas = [total.area_km2 for total in totals if total.area_km2 is not None]
        lengths = [total.length_km for total in totals if total.length_km is not None]
        whole = (sum(areas) if areas else None, sum(lengths) if lengths else None)
        features = sum(total.features for total in totals)
        rows.append({"label": own["total"], "look": None, **_numbers(features, *whole)})
    return rows


def _numbers(features: int, area_km2: float | None, length_km: float | None) -> Row:
    return {
        "features": f"{features:,}",
        "area": _NONE if area_km2 is None else f"{area_km2:,.3f}",
        "length": _NONE if length_km is None else f"{length_km:,.2f}",
    }


def _rows(site: Site, table: LayerTable, language: Language, positions: range) -> list[Row]:
    sizes = feature_sizes(table.source, positions, site.plane_epsg)
    known = {row["code"]: row for row in legend_rows(table.layer, language)}
    columns = _columns(table.layer, language)
    return [
        _row(table, position, size, columns, known, language) for position, size in zip(positions, sizes, strict=True)
    ]


def _row(
    table: LayerTable,
    position: int,
    size: FeatureSize,
    columns: Sequence[tuple[str, str, str]],
    known: dict[str, Row],
    language: Language,
) -> Row:
    own, number = layer_words(language), position + 1
    properties = table.source.properties(position)
    look = known.get(str(properties.get("code")))
    texts = [_said(properties.get(name), unit, language) for name, _, unit in columns]
    label = look["label"] if look else own["unknown_class"]
    name = next((text for text in texts if text != _NONE), label)
    place = {"lon": f"{size.lon:.6f}", "lat": f"{size.lat:.6f}"}
    return {
        "number": number,
        "texts": texts,
        "class": label,
        "look": look,
        "area": area_words(size.area_km2),
        "length": length_words(size.length_km),
        "position": f"{size.lat:.5f}, {size.lon:.5f}" if size.is_point else "",
        "map": f"/#{urlencode({'layers': table.layer.id, 'at': f'{size.lon:.6f},{size.lat:.6f}'})}",
        "map_name": own["on_map_of"].format(name=f"{name} ({number})"),
        "hazard": f"/hazard?{urlencode(place)}" if size.is_point else "",
        "hazard_name": own["hazards_at_of"].format(name=f"{name} ({number})"),
    }


def _said(value: object, unit: str, language: Language) -> str:
    """A published value in words; what is empty is a dash, never a blank cell."""
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return _NONE
    if isinstance(value, bool):
        return {"ja": ("いいえ", "はい"), "en": ("no", "yes")}[language][value]
    return f"{value:g} {unit}".strip() if isinstance(value, float) else f"{value} {unit}".strip()


def _steps(page: int, pages: int, own: dict[str, str]) -> Row | None:
    """Where to turn from a page; None where there is only one."""
    if pages == 1:
        return None
    return {
        "here": own["page_of"].format(page=page, pages=pages),
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if page < pages else None,
        "previous_words": own["previous"].format(count=ROWS),
        "next_words": own["next"].format(count=ROWS),
    }
