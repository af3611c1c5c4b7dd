"""How the live map draws a road that is closed or restricted: a line, a mark and a word for each, never a colour alone."""

from __future__ import annotations

from typing import Any

from gis.legends import LegendEntry
from maps.layers import class_look
from maps.looks import NARROW_MARK
from maps.words import Language, words

_ENTRIES = (
    LegendEntry("closed", "#C00000", "通行止め", "Closed", 4, "solid"),
    LegendEntry("restricted", "#8A6D00", "通行規制", "Restricted", 2, "dashed"),
)
"""Colours as those of the layers of closed roads (``gis.kinds.closures``)."""


def closure_looks(language: Language) -> dict[str, dict[str, Any]]:
    """The look of each status, by its slug; a road that is open again is not drawn."""
    said = words(language)
    looks = {
        entry.code: class_look("closures", entry, language) | {"label": said[f"closure_{entry.code}"]}
        for entry in _ENTRIES
    }
    looks["restricted"]["mark"] = NARROW_MARK
    return looks
