"""Adds up what an overlay found: a table for each hazard, whose rows together tell every feature whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import shapely

from core.model import Hazard
from gis.exposure.ground import NOWHERE
from gis.exposure.model import NOT_ASSESSED, ClassRow, Figure, Form, HazardTable
from gis.exposure.overlay import M2_PER_HA, Counted, Danger, source_of

NAMES_TOLD = 100
"""So many names a figure holds; how many there are its value tells."""


def table_of(number: int, danger: Danger, counted: Sequence[Counted]) -> HazardTable:
    """The table of the danger with this number among the overlay's."""
    added_up = [_figures(number, danger, one) for one in counted]
    rows = [
        ClassRow(
            code=entry.code,
            label_ja=entry.label_ja,
            label_en=entry.label_en,
            colour=entry.colour,
            hatch=entry.hatch,
            dash=entry.dash,
            rank=danger.ranks[gravity],
            areas=danger.areas[gravity],
            figures=tuple(figures[gravity] for figures in added_up),
        )
        for gravity, entry in reversed(list(enumerate(danger.classes)))
    ]
    nowhere = ClassRow(
        code=NOT_ASSESSED,
        label_ja="評価されていない区域",
        label_en="Not assessed",
        colour="",
        hatch=0,
        dash="solid",
        rank=-1,
        areas=0,
        figures=tuple(figures[NOWHERE] for figures in added_up),
    )
    return HazardTable(
        id=danger.id,
        source=source_of(danger.layer),
        hazard=danger.hazard,
        rows=(*rows, nowhere),
        without_area=danger.ground.without_area,
    )


def _figures(number: int, danger: Danger, one: Counted) -> dict[int, Figure]:
    """What of a counted layer lies in each gravity, and nowhere."""
    found: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for gravity, row, value in _shares(number, one):
        found[gravity][row] += value
    return {gravity: _figure(one, found[gravity], danger.hazard) for gravity in (NOWHERE, *range(len(danger.classes)))}


def _shares(number: int, one: Counted) -> Iterable[tuple[int, int, float]]:
    """Gravity, feature and how much of it, in the unit of the form; together every feature is told whole."""
    match one.target.form:
        case Form.SITES:
            for row, gravity in enumerate(one.places[number].tolist()):
                yield gravity, row, 1.0
        case Form.LENGTH:
            for section in one.sections:
                yield section.gravity[number], section.line, section.length_m
        case _:
            yield from _of_areas(number, one)


def _of_areas(number: int, one: Counted) -> Iterable[tuple[int, int, float]]:
    left = np.nan_to_num(one.size)
    for cover, value in zip(one.covers[number], covered_sizes(number, one), strict=True):
        left[cover.area] -= value
        yield cover.gravity, cover.area, value
    for row, value in enumerate(left.tolist()):
        yield NOWHERE, row, max(0.0, value)


def covered_sizes(number: int, one: Counted) -> list[float]:
    """What each cover of a danger counts for: hectares, or persons by its share of the square (0 where not known)."""
    covers = one.covers[number]
    ground = [float(shapely.area(cover.shape)) / M2_PER_HA for cover in covers]
    if one.target.form is Form.AREA:
        return ground
    density = np.nan_to_num(one.size) / one.ground_ha
    return [float(density[cover.area]) * hectares for cover, hectares in zip(covers, ground, strict=True)]


def _figure(one: Counted, found: dict[int, float], hazard: str) -> Figure:
    by_part: dict[str, float] = defaultdict(float)
    for row, value in found.items():
        by_part[str(one.rows[row]["code"])] += value
    present = [row for row, value in found.items() if value > 0.0]
    by_class = one.target.form is not Form.PERSONS
    return Figure(
        target=one.target.source.id,
        value=_rounded(sum(found.values(), 0.0)),
        by_part={part.code: _rounded(by_part[part.code]) for part in one.target.parts} if by_class else {},
        names=_names(one, sorted(present, key=lambda row: -found[row])),
        fit=_fit(one, present, hazard),
    )


def _names(one: Counted, rows: Sequence[int]) -> tuple[str, ...]:
    """The names of sites, or of roads the longest first; each once."""
    if one.target.form not in (Form.SITES, Form.LENGTH):
        return ()
    names = (str(one.rows[row].get("name") or "") for row in rows)
    return tuple(dict.fromkeys(name for name in names if name))[:NAMES_TOLD]


def _fit(one: Counted, rows: Sequence[int], hazard: str) -> int | None:
    """How many of the shelters are designated for the hazard; None where the list does not say for which they are."""
    if one.target.source.kind != "shelters" or not any(row.get(each) is True for row in one.rows for each in Hazard):
        return None
    return sum(one.rows[row].get(hazard) is True for row in rows)


def _rounded(value: float) -> float:
    """To a millionth: no more than the reckoning holds."""
    return round(value, 6)
