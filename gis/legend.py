"""The one table a layer's style and legend are made from."""

from __future__ import annotations

from dataclasses import dataclass

from config.model import LayerConfig


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


def legend(layer: LayerConfig) -> tuple[LegendEntry, ...]:
    """Every class the layer can show, gravest last; raises LayerError for an unknown kind."""
    from gis.kinds import kind_of  # noqa: PLC0415 - the kinds are written in terms of LegendEntry

    return kind_of(layer).legend
