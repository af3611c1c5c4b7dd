"""A row of the one table a layer's style and legend are made from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One class of a layer: features whose property ``code`` equals ``code`` are drawn so.

    ``colour`` is the fill of areas and the stroke of lines and points, ``#RRGGBB``; ``hatch`` is the density
    of the hatching that tells classes apart without colour, 0 for none, larger for graver.
    """

    code: str
    colour: str
    label_ja: str
    label_en: str
    hatch: int = 0
