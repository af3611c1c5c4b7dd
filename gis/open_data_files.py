"""The files of one open data set: a published layer as GeoJSON, GeoPackage and CSV, each with licence and credit in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import shapely

from config.model import Site
from core.csv_text import Cell, csv_bytes
from gis.catalogue import PublishedLayer
from gis.crs import LON_LAT
from gis.feature_source import FeatureSource
from gis.licences import licence_address
from gis.shelter_list import COLUMNS, shelter_rows

WKT_DECIMALS = 7
"""About a centimetre."""

TERMS = ("データ時点", "架空", "ライセンス", "出典")
"""The last columns of every CSV file."""


def make_geojson(source: Path, made: Path) -> None:
    """The published GeoJSON as it is: licence, credit, date and source are members of it."""
    shutil.copyfile(source, made)


def make_geopackage(layer: PublishedLayer, features: FeatureSource, made: Path) -> None:
    """The layer as a GeoPackage (EPSG:6668); terms in its description and, with the source, in ``gpkg_metadata``."""
    import pandas as pd  # noqa: PLC0415  # half a second for those who write the file, not for those who offer it
    from geopandas import GeoDataFrame  # noqa: PLC0415

    facts = pd.DataFrame([features.properties(at) for at in range(len(features))])
    frame = GeoDataFrame(
        facts.rename(columns=_free_of_reserved(list(facts.columns))), geometry=features.shapes, crs=LON_LAT
    )
    frame.to_file(
        made,
        layer=layer.id,
        driver="GPKG",
        engine="pyogrio",
        promote_to_multi=len({shape.geom_type for shape in frame.geometry}) > 1,
        IDENTIFIER=layer.title_ja,
        DESCRIPTION=terms_text(layer),
        layer_metadata=_terms(layer),
        dataset_metadata={"TITLE": layer.title_ja, **_terms(layer)},
    )


def make_csv(layer: PublishedLayer, features: FeatureSource, made: Path) -> None:
    """A row for each feature: its properties, then ``経度`` and ``緯度`` of points, ``WKT`` of others, then the terms."""
    is_point = layer.geometry == "point" and all(shape.geom_type == "Point" for shape in features.shapes)
    place = ("経度", "緯度") if is_point else ("WKT",)
    terms: list[Cell] = [layer.date, layer.fictitious, layer.licence, layer.credit]
    rows = (
        [*(facts.get(name) for name in features.names), *_place(shape, is_point=is_point), *terms]
        for facts, shape in _features(features)
    )
    made.write_bytes(csv_bytes((*features.names, *place, *TERMS), rows))


def make_shelter_list(site: Site, layer: PublishedLayer, features: FeatureSource, made: Path) -> None:
    """The sites in the columns of the Digital Agency's standard, ours behind them."""
    placed = ((facts, shape.x, shape.y) for facts, shape in _features(features))
    made.write_bytes(csv_bytes(COLUMNS, shelter_rows(site, layer, placed)))


def terms_text(layer: PublishedLayer) -> str:
    """Licence, credit, date in one line, as people read it."""
    made_up = "架空のデータ。" if layer.fictitious else ""
    return f"{made_up}ライセンス：{layer.licence}　出典：{layer.credit}　時点：{layer.date}"


def _terms(layer: PublishedLayer) -> dict[str, str]:
    return {
        "LICENCE": layer.licence,
        "LICENCE_URL": licence_address(layer.licence),
        "CREDIT": layer.credit,
        "SOURCE": layer.source_url,
        "DATE": layer.date,
        "FICTITIOUS": "1" if layer.fictitious else "0",
    }


def _features(features: FeatureSource) -> Iterator[tuple[Mapping[str, Any], Any]]:
    for position, shape in enumerate(features.shapes):
        yield features.properties(position), shape


def _place(shape: Any, *, is_point: bool) -> list[Cell]:
    if is_point:
        return [round(shape.x, WKT_DECIMALS), round(shape.y, WKT_DECIMALS)]
    return [shapely.to_wkt(shape, rounding_precision=WKT_DECIMALS)]


def _free_of_reserved(names: list[str]) -> dict[str, str]:
    """New names for columns a GeoPackage keeps for itself, whatever their case."""
    return {name: f"{name}_" for name in names if name.lower() in ("fid", "geom", "geometry")}
