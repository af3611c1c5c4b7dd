"""From a layer's file to a frame: read → system → build → place → repair → clean → settle → simplify → tidy → report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from config.model import LayerConfig, Site
from core.errors import LayerError
from core.model import Bounds
from gis.crs import LON_LAT, SourceCrs, source_crs, to_lon_lat
from gis.datum_signature import datum_warning
from gis.faults import FeatureError, feature_refusal, refusal
from gis.geojson import GeoJsonFile, RawFeature, read_geojson
from gis.geometry import build, tidy
from gis.kinds import kind_of
from gis.kinds.kind import Kind
from gis.placement import check_placement
from gis.repair import repair
from gis.report import REPAIRS_TOLD, ImportReport, LayerCheck, LoadedLayer, Notes
from gis.rest import collector_at_rest
from gis.simplify import simplified

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

BOUNDARY = "boundary"
"""The kind that is compared with nothing: all others are compared with it."""


def load_layer(layer: LayerConfig, bounds: Bounds, boundary: shapely.Geometry | None = None) -> LoadedLayer:
    """The layer's features in JGD2011 degrees (EPSG:6668, longitude first) with clean columns, and a report.

    ``bounds`` is the site's box in degrees: features near it are kept with a warning, features far from it
    refused. Where the municipal ``boundary`` (same degrees) is given, a layer that lies off it as a forgotten datum
    shift would put it is warned of. Coordinates are rounded to 6 decimals. Raises LayerError, naming file, feature and
    remedy, for anything that is not GeoJSON in a known system, and for an unknown kind.
    """
    with collector_at_rest():
        return _load(layer, bounds, boundary)


def _load(layer: LayerConfig, bounds: Bounds, boundary: shapely.Geometry | None) -> LoadedLayer:
    from geopandas import GeoDataFrame  # noqa: PLC0415  # half a second for those who load a layer, not for all

    kind = kind_of(layer)
    notes = Notes()
    file = read_geojson(layer)
    crs = source_crs(layer, file, notes)
    features = _with_geometry(layer, file.features, notes)
    numbers = [feature.number for feature in features]
    geometries = to_lon_lat(crs, build(layer, features, kind.types, notes))
    check_placement(layer, numbers, geometries, bounds, crs, notes)
    geometries = repair(geometries, numbers, notes)
    if boundary is not None and (warning := datum_warning(geometries, boundary)):
        notes.warn(warning)
    rows = _clean(layer, kind, features, notes)
    frame = kind.finish(GeoDataFrame(rows, geometry=geometries, crs=LON_LAT), notes)
    if kind.hazards and kind.geometry == "polygon":
        frame = simplified(frame, notes)
    frame = _tidied(layer, frame, notes)
    return LoadedLayer(frame, _report(kind, file, frame, crs, notes, dropped=len(file.features) - len(features)))


def _report(
    kind: Kind, file: GeoJsonFile, frame: GeoDataFrame, crs: SourceCrs, notes: Notes, *, dropped: int
) -> ImportReport:
    found = frame["code"].value_counts()
    return ImportReport(
        read=len(file.features),
        features=len(frame),
        counts={entry.code: int(found[entry.code]) for entry in kind.legend if entry.code in found},
        bounds=_bounds(frame),
        crs=crs.name,
        crs_from=crs.stated_by,
        encoding=file.encoding,
        dropped=dropped,
        repaired=len(notes.repaired),
        warnings=notes.lines(),
        repairs=tuple(notes.repairs[:REPAIRS_TOLD]),
        simplified=notes.simplified,
    )


def check_layers(site: Site) -> list[LayerCheck]:
    """What importing each of the site's layers gives, a report or the error, in the site's order, as publishing has it."""
    boundary = boundary_of(site)
    return [_check(at_site(site, layer), site.bounds, boundary) for layer in site.layers]


def boundary_layer(site: Site) -> LayerConfig | None:
    """The first boundary of the site, whoever may see it, with its file as a full path."""
    return next((at_site(site, layer) for layer in site.layers if layer.kind == BOUNDARY), None)


def boundary_of(site: Site) -> shapely.Geometry | None:
    """The municipality in degrees, to find a forgotten datum shift by; None where there is none that can be read.

    What is wrong with a boundary its own import tells.
    """
    layer = boundary_layer(site)
    if layer is None:
        return None
    try:
        frame = load_layer(layer, site.bounds).frame
    except LayerError:
        return None
    return shapely.union_all(frame.geometry.to_numpy())


def at_site(site: Site, layer: LayerConfig) -> LayerConfig:
    """The layer with its file as a full path."""
    return replace(layer, file=site.folder / layer.file)


def _check(layer: LayerConfig, bounds: Bounds, boundary: shapely.Geometry | None) -> LayerCheck:
    try:
        compared = None if layer.kind == BOUNDARY else boundary
        return LayerCheck(layer, load_layer(layer, bounds, compared).report, None)
    except LayerError as error:
        return LayerCheck(layer, None, error)


def _with_geometry(layer: LayerConfig, features: Sequence[RawFeature], notes: Notes) -> list[RawFeature]:
    for feature in features:
        if feature.geometry is None:
            notes.warn("has no geometry, cannot be drawn", feature.number)
    kept = [feature for feature in features if feature.geometry is not None]
    if not kept:
        raise refusal(layer, "no feature has a geometry", hint="check the export; the positions are missing")
    return kept


def _clean(layer: LayerConfig, kind: Kind, features: Sequence[RawFeature], notes: Notes) -> list[dict[str, Any]]:
    """A row for each feature; those with nothing to note are read once for all that say the same."""
    rows = []
    known: dict[str, dict[str, Any]] = {}
    for feature in features:
        same = _told_by(feature)
        row = known.get(same)
        if row is None:
            said = notes.said
            row = _clean_one(layer, kind, feature, notes)
            if same and notes.said == said:
                known[same] = row
        rows.append(row)
    return rows


def _told_by(feature: RawFeature) -> str:
    """All a kind may read of a feature but its number, as one text that also tells 1 from true; empty if too nested."""
    try:
        return repr((feature.id, feature.properties))
    except RecursionError:
        return ""


def _clean_one(layer: LayerConfig, kind: Kind, feature: RawFeature, notes: Notes) -> dict[str, Any]:
    try:
        return kind.clean(feature, notes)
    except FeatureError as fault:
        raise feature_refusal(layer, feature.number, str(fault), hint=fault.hint) from fault


def _tidied(layer: LayerConfig, frame: GeoDataFrame, notes: Notes) -> GeoDataFrame:
    geometries = tidy(frame.geometry.to_numpy())
    empty = shapely.is_empty(geometries)
    if empty.any():
        notes.warn(f"{int(empty.sum())} features lie wholly under others or are smaller than the rounding")
    frame = frame.set_geometry(geometries, crs=frame.crs)[~empty].reset_index(drop=True)
    if frame.empty:
        raise refusal(layer, "nothing is left to draw after repair", hint="check the geometries in a GIS desktop")
    return frame


def _bounds(frame: GeoDataFrame) -> Bounds:
    return Bounds(*(float(value) for value in np.round(frame.total_bounds, 6)))
