"""What lies where, feature by feature: sites, sections of lines and parts of areas, with what holds there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.exposure.ground import NOWHERE
from gis.exposure.model import Form
from gis.exposure.overlay import Counted, Danger, Overlay
from gis.exposure.tables import covered_sizes
from gis.metres import in_degrees

Facts = dict[str, Any]
Described = list[tuple[Facts, shapely.Geometry]]
"""Properties and geometry (degrees) of features."""


def sites(overlay: Overlay) -> Described:
    """Every counted site, with the class it lies in for each danger (None: not assessed)."""
    return [
        (_about(one, row) | _classes(overlay.dangers, [int(places[row]) for places in one.places]), one.shapes[row])
        for one in overlay.counted
        if one.target.form is Form.SITES
        for row in range(len(one.rows))
    ]


def road_sections(overlay: Overlay) -> Described:
    """Every section of counted lines, those in no area too: their ``length_m`` add up to all there is."""
    return [
        (
            _about(one, section.line)
            | {"length_m": round(section.length_m, 3)}
            | _classes(overlay.dangers, section.gravity),
            section.shape,
        )
        for one in overlay.counted
        for section in one.sections
    ]


def area_parts(overlay: Overlay, form: Form) -> Described:
    """The parts of counted areas of one form that lie in a class, a feature for each danger; nothing for the rest."""
    found: Described = []
    for one in overlay.counted:
        if one.target.form is form:
            for number, danger in enumerate(overlay.dangers):
                found += _parts(one, number, danger, overlay)
    return found


def _parts(one: Counted, number: int, danger: Danger, overlay: Overlay) -> Iterator[tuple[Facts, shapely.Geometry]]:
    covers = one.covers[number]
    shapes = in_degrees(_array([cover.shape for cover in covers]), overlay.plane_epsg)
    unit = "area_ha" if one.target.form is Form.AREA else "persons_estimate"
    for cover, size, shape in zip(covers, covered_sizes(number, one), shapes, strict=True):
        told = {
            "hazard_layer": danger.layer.id,
            "hazard": danger.hazard,
            "hazard_class": danger.classes[cover.gravity].code,
            "hazard_class_ja": danger.classes[cover.gravity].label_ja,
            unit: round(size, 6),
        }
        yield _about(one, cover.area) | told, shape


def _array(shapes: Sequence[shapely.Geometry]) -> NDArray[np.object_]:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


def _about(one: Counted, row: int) -> Facts:
    facts, part = one.rows[row], {part.code: part for part in one.target.parts}.get(str(one.rows[row]["code"]))
    return {
        "layer": one.target.source.id,
        "layer_ja": one.target.source.title_ja,
        "name": str(facts.get("name") or ""),
        "class": str(facts["code"]),
        "class_ja": part.label_ja if part else "",
    }


def _classes(dangers: Sequence[Danger], gravity: Sequence[int]) -> Facts:
    """For each danger the code of its class and its words, under the danger's name."""
    found: Facts = {}
    for danger, here in zip(dangers, gravity, strict=True):
        entry = None if here == NOWHERE else danger.classes[here]
        found[danger.id] = entry.code if entry else None
        found[f"{danger.id}_ja"] = entry.label_ja if entry else None
    return found
