"""The straight overlay: every counted layer against every hazard of every hazard layer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gis.at_point import plain
from gis.catalogue import PublishedLayer
from gis.exposure.ground import Cover, Ground
from gis.exposure.lines import Section, sections_of
from gis.exposure.model import FORM_OF_KIND, Form, Part, Target
from gis.exposure.overlay import M2_PER_HA, Counted, Danger, Overlay, Row, source_of
from gis.exposure.tables import table_of
from gis.legends import LegendEntry
from gis.metres import in_metres
from gis.rest import collector_at_rest

Frames = Sequence[tuple[PublishedLayer, GeoDataFrame]]


def assess(frames: Frames, plane_epsg: int) -> Overlay:
    """The overlay of published layers, given in drawing order with their features (EPSG:6668, longitude first).

    Raises ValueError for a code that is no plane zone.
    """
    with collector_at_rest():
        dangers = tuple(danger for layer, frame in frames for danger in _dangers(layer, frame))
        known = [(layer, frame) for layer, frame in frames if layer.kind in FORM_OF_KIND and not layer.hazards]
        order = list(FORM_OF_KIND)
        known.sort(key=lambda pair: order.index(pair[0].kind))
        counted = tuple(_counted(layer, frame, dangers, plane_epsg) for layer, frame in known)
        tables = tuple(table_of(number, danger, counted) for number, danger in enumerate(dangers))
        return Overlay(plane_epsg, dangers, counted, tables)


def _dangers(layer: PublishedLayer, frame: GeoDataFrame) -> Iterable[Danger]:
    """A danger for each hazard the layer has features of."""
    if not layer.hazards or frame.empty:
        return
    told = frame["hazard"].to_numpy() if "hazard" in frame else np.full(len(frame), layer.hazards[0])
    present = [hazard for hazard in layer.hazards if (told == hazard).any()]
    for hazard in present:
        yield _danger(layer.id if len(present) == 1 else f"{layer.id}_{hazard}", layer, hazard, frame[told == hazard])


def _danger(id_: str, layer: PublishedLayer, hazard: str, frame: GeoDataFrame) -> Danger:
    codes = [str(code) for code in frame["code"]]
    ranks: dict[str, int] = defaultdict(int)
    for code, rank in zip(codes, frame["rank"], strict=True):
        ranks[code] = max(ranks[code], int(rank))
    listed = {entry.code: number for number, entry in enumerate(layer.legend)}
    entries = {entry.code: entry for entry in layer.legend}
    rising = sorted(ranks, key=lambda code: (ranks[code], listed.get(code, -1), code))
    gravity = {code: number for number, code in enumerate(rising)}
    return Danger(
        id=id_,
        layer=layer,
        hazard=hazard,
        classes=tuple(entries.get(code) or LegendEntry(code, "#9E9E9E", code, code) for code in rising),
        ranks=tuple(ranks[code] for code in rising),
        areas=tuple(codes.count(code) for code in rising),
        ground=Ground(frame.geometry.to_numpy(), np.array([gravity[code] for code in codes], dtype=np.int64)),
    )


def _counted(layer: PublishedLayer, frame: GeoDataFrame, dangers: Sequence[Danger], plane_epsg: int) -> Counted:
    form = FORM_OF_KIND[layer.kind]
    rows = [_row(row) for row in frame.drop(columns=frame.geometry.name).to_dict("records")]
    shapes = frame.geometry.to_numpy()
    ground_ha = shapely.area(in_metres(shapes, plane_epsg)) / M2_PER_HA
    places, sections, covers = _found(form, shapes, [danger.ground for danger in dangers], plane_epsg)
    size = _sizes(form, rows, sections, ground_ha)
    return Counted(_target(layer, form, rows, size), rows, shapes, size, ground_ha, places, sections, covers)


def _found(
    form: Form, shapes: NDArray[np.object_], grounds: Sequence[Ground], plane_epsg: int
) -> tuple[tuple[NDArray[np.int64], ...], tuple[Section, ...], tuple[tuple[Cover, ...], ...]]:
    """Gravity by site, sections, covers: the one that the form has."""
    if form is Form.SITES:
        return tuple(ground.at(shapes) for ground in grounds), (), ()
    if form is Form.LENGTH:
        return (), tuple(sections_of(shapes, grounds, plane_epsg)), ()
    return (), (), tuple(tuple(ground.over(shapes, plane_epsg)) for ground in grounds)


def _row(row: Mapping[Any, Any]) -> Row:
    return {str(name): plain(value) for name, value in row.items()}


def _sizes(
    form: Form, rows: list[Row], sections: Sequence[Section], ground_ha: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What each feature counts for, in the unit of the form."""
    if form is Form.AREA:
        return ground_ha
    if form is Form.PERSONS:
        return _persons(rows)
    size = np.full(len(rows), 1.0 if form is Form.SITES else 0.0)
    for section in sections:
        size[section.line] += section.length_m
    return size


def _persons(rows: list[Row]) -> NDArray[np.float64]:
    return np.array([np.nan if row.get("persons") is None else float(row["persons"]) for row in rows], dtype=np.float64)


def _target(layer: PublishedLayer, form: Form, rows: list[Row], size: NDArray[np.float64]) -> Target:
    totals: dict[str, float] = defaultdict(float)
    known = ~np.isnan(size)
    for row, value in zip(rows, np.where(known, size, 0.0).tolist(), strict=True):
        totals[str(row["code"])] += value
    parts = [
        Part(code=entry.code, label_ja=entry.label_ja, label_en=entry.label_en, total=totals[entry.code])
        for entry in layer.legend[::-1]
        if entry.code in totals
    ]
    return Target(
        source=source_of(layer),
        form=form,
        parts=tuple(parts) if form is not Form.PERSONS else (),
        total=float(size[known].sum()),
        features=len(rows),
        unknown=int((~known).sum()),
    )
