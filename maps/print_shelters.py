"""Shelters on paper: one mark for each place, numbered from north-west to south-east, with what it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.times import parse_rfc3339
from gis.catalogue import PublishedLayer
from gis.sheet import Drawing, DrawnPoint
from maps.facts import Wording
from maps.shelter_facts import shelter_told

HAZARD_SIGNS = {
    "flood": ("洪", "Fl"),
    "landslide": ("土", "Ls"),
    "storm_surge": ("高", "Su"),
    "earthquake": ("震", "Eq"),
    "tsunami": ("津", "Ts"),
    "fire": ("火", "Fi"),
    "inland_flood": ("内", "In"),
    "volcano": ("噴", "Vo"),
    "avalanche": ("崩", "Av"),
    "heavy_snow": ("雪", "Sn"),
}
"""Short signs of what a site is designated for; the sheet spells out those it uses."""

BOTH = "both"
_SAME_PLACE = 12.0  # tenths of a millimetre
_ID_OF_FACILITY = 11  # characters of the 共通ID that both national lists share
_BAND = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedShelter:
    """A shelter on paper: ``code`` is its legend class, or BOTH for a place that is a site and a shelter."""

    number: int
    x: float
    y: float
    code: str
    name: str
    hazards: tuple[str, ...]
    state: str
    status: str


def printed_shelters(
    drawn: Sequence[tuple[PublishedLayer, Drawing]], facts: Mapping[str, Any], say: Wording
) -> tuple[PrintedShelter, ...]:
    """The shelters of these layers; one that stands in several lists is one place."""
    places: list[list[DrawnPoint]] = []
    for point in (point for _, drawing in drawn for point in drawing.points):
        known = next((place for place in places if _same(place[0], point)), None)
        if known is None:
            places.append([point])
        else:
            known.append(point)
    places.sort(key=lambda place: (place[0].y // _BAND, place[0].x))
    states = {state["id"]: state for state in facts.get("shelters", [])}
    return tuple(_printed(number, place, states, facts, say) for number, place in enumerate(places, 1))


def _printed(
    number: int, place: Sequence[DrawnPoint], states: Mapping[str, Any], facts: Mapping[str, Any], say: Wording
) -> PrintedShelter:
    codes = {point.code for point in place}
    told = [states[identity] for point in place if (identity := str(point.properties.get("id"))) in states]
    newest = max(told, key=lambda state: state["at"], default=None)
    words = shelter_told(newest, parse_rfc3339(facts["now"]), say)
    return PrintedShelter(
        number=number,
        x=place[0].x,
        y=place[0].y,
        code=BOTH if {"emergency", "shelter"} <= codes else place[0].code,
        name=str(place[0].properties.get("name") or say.words["no_name"]),
        hazards=tuple(hazard for hazard in HAZARD_SIGNS if any(point.properties.get(hazard) for point in place)),
        state=f"{words['word']} {words['age']}" if newest else "",
        status=words["status"],
    )


def _same(one: DrawnPoint, other: DrawnPoint) -> bool:
    near = abs(one.x - other.x) <= _SAME_PLACE and abs(one.y - other.y) <= _SAME_PLACE
    return near and (_facility(one) == _facility(other) or one.properties.get("name") == other.properties.get("name"))


def _facility(point: DrawnPoint) -> str:
    return str(point.properties.get("id") or id(point))[:_ID_OF_FACILITY]
