"""The one table a layer's style, legend and lists are made from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One class of a layer: features whose property ``code`` equals ``code`` are drawn so.

    ``colour`` is the fill of areas and the stroke of lines and points, ``#RRGGBB``; ``hatch`` is the density
    of the hatching that tells classes apart without colour, 0 for none, larger for graver; ``dash`` is ``solid``,
    ``dashed`` or ``dotted`` for lines and outlines.
    """

    code: str
    colour: str
    label_ja: str
    label_en: str
    hatch: int = 0
    dash: str = "solid"


@dataclass(frozen=True, slots=True)
class Column:
    """A published property that people read: a column of the layer's table, a line of a feature's card.

    Where the words differ by language the property is given as ``name_{language}`` and resolved by ``property_in``.
    """

    property: str
    label_ja: str
    label_en: str
    unit: str = ""

    def property_in(self, language: str) -> str:
        """The property that holds the words of ``ja`` or ``en``."""
        return self.property.format(language=language)
