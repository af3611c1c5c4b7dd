"""What an assessment says: for each hazard of each layer its classes, and what lies in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

NOT_ASSESSED = "not_assessed"
"""The code of the row for what no area of a layer covers."""


class Form(StrEnum):
    """How a layer is counted: sites by number, lines in metres, areas in hectares, squares in persons (an estimate)."""

    SITES = "sites"
    LENGTH = "length"
    AREA = "area"
    PERSONS = "persons"


UNITS = {Form.SITES: "", Form.LENGTH: "m", Form.AREA: "ha", Form.PERSONS: "persons"}

FORM_OF_KIND = {
    "shelters": Form.SITES,
    "points": Form.SITES,
    "population_mesh": Form.PERSONS,
    "roads": Form.LENGTH,
    "lines": Form.LENGTH,
    "areas": Form.AREA,
}
"""The kinds of layers that are counted, in the order they are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A published layer an assessment is made of, as far as its reader must know it.

    ``failed_since`` is when it could not be renewed for the first time (RFC 3339), empty where it is up to date.
    """

    id: str
    kind: str
    title_ja: str
    title_en: str
    licence: str
    credit: str
    date: str
    fictitious: bool
    access: str
    failed_since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A class of a counted layer (第1種, 田 …) and how much there is of it in all, in the unit of its form."""

    code: str
    label_ja: str
    label_en: str
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A counted layer. ``total`` is all of it; ``unknown`` features say no number and count nowhere."""

    source: Source
    form: Form
    parts: tuple[Part, ...]
    total: float
    features: int
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How much of one counted layer lies in one class: in all, and by its parts' codes.

    ``names`` are those of the sites or roads there, the first of them only; ``fit`` of the shelters are designated for
    this very hazard (None where that does not apply).
    """

    target: str
    value: float
    by_part: Mapping[str, float]
    names: tuple[str, ...] = ()
    fit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """A class of a hazard layer, the look it has there, and what lies in it; ``code`` NOT_ASSESSED for what lies in none."""

    code: str
    label_ja: str
    label_en: str
    colour: str
    hatch: int
    dash: str
    rank: int
    areas: int
    figures: tuple[Figure, ...]

    def figure(self, target: str) -> Figure:
        """What is told of one counted layer; raises StopIteration for one that is not told of."""
        return next(figure for figure in self.figures if figure.target == target)


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardTable:
    """One hazard of one layer: its rows gravest first, the last is what was not assessed.

    ``id`` is the layer's, with the hazard behind it where the layer tells of several. ``without_area`` spots of the layer
    are lines or points, which cover nothing and so count for nothing.
    """

    id: str
    source: Source
    hazard: str
    rows: tuple[ClassRow, ...]
    without_area: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """All tables of one site. ``edition`` changes with what went in; ``made`` is when it was reckoned (RFC 3339, UTC)."""

    site: str
    name_ja: str
    name_en: str
    plane_epsg: int
    access: str
    edition: str
    made: str
    targets: tuple[Target, ...]
    hazards: tuple[HazardTable, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every layer that went in, each once."""
        found = [*(target.source for target in self.targets), *(table.source for table in self.hazards)]
        return tuple({source.id: source for source in found}.values())
