"""The panel of layers: what can be laid over the map, by subject or by the department that keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gis.catalogue import PublishedLayer
from gis.exposure.derived import IDS as EXPOSED
from maps.layers import BASE_KINDS, legend_rows, plain_title
from maps.words import Language, words

UNLISTED = "unknown"
_FORMS = {"line": "line", "point": "point"}
_FORMS_OF_KINDS = {"closures": "closure", "roads": "road", "rivers": "river", "shelters": "house"}
_ALL_CLASSES_UP_TO = 8
"""Legends of so many classes are shown whole; of longer ones only the classes the layer has."""


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """A layer in the panel: its title (what is made up is marked beside it, not in it), its legend rows, how they are drawn (``area``, ``line``, ``house`` …), and its odd features."""

    layer: PublishedLayer
    title: str
    rows: list[dict[str, Any]]
    form: str
    unlisted: int

    @property
    def switchable(self) -> bool:
        """Whether it lies over the map; what is part of the map beneath always shows."""
        return self.layer.kind not in BASE_KINDS


@dataclass(frozen=True, slots=True)
class LayerGroup:
    """Layers under one heading; ``id`` is ``hazard``, ``exposure``, ``shelter``, ``town`` or ``base`` and a number."""

    id: str
    title: str
    entries: list[LayerEntry]

    @property
    def hazards(self) -> bool:
        """Whether these layers tell of danger."""
        return self.id.startswith("hazard")


def layer_groups(layers: Sequence[PublishedLayer], language: Language) -> list[LayerGroup]:
    """Every layer once, hazards first, what lies beneath last; groups without layers are left out."""
    spoken = words(language)
    found: dict[tuple[str, str], list[LayerEntry]] = {}
    for layer in layers:
        found.setdefault(_heading(layer, spoken), []).append(_entry(layer, language))
    order = ("hazard", "exposure", "shelter", "town", "base")
    keys = sorted(found, key=lambda key: order.index(key[0]))
    return [LayerGroup(f"{key[0]}-{number}", key[1], found[key]) for number, key in enumerate(keys, 1)]


def _heading(layer: PublishedLayer, spoken: dict[str, str]) -> tuple[str, str]:
    if layer.kind in BASE_KINDS:
        return "base", spoken["layer_group_base"]
    if layer.id in EXPOSED:
        return "exposure", spoken["layer_group_exposure"]
    if layer.kind == "shelters":
        return "shelter", spoken["layer_group_shelter"]
    if layer.hazards:
        return "hazard", spoken["layer_group_hazard"]
    return "town", layer.department or spoken["layer_group_town"]


def _entry(layer: PublishedLayer, language: Language) -> LayerEntry:
    counts = layer.report.counts
    rows = [row for row in legend_rows(layer, language) if row["code"] != UNLISTED or counts.get(UNLISTED)]
    if len(rows) > _ALL_CLASSES_UP_TO:
        rows = [row for row in rows if counts.get(row["code"])]
    if layer.kind in ("boundary", "place_names"):
        rows = []
    return LayerEntry(layer, plain_title(layer, language), rows, form_of(layer), counts.get(UNLISTED, 0))


def form_of(layer: PublishedLayer) -> str:
    """How swatches of the layer are drawn: ``area``, ``line``, ``point``, ``house`` …"""
    return _FORMS_OF_KINDS.get(layer.kind) or _FORMS.get(layer.geometry, "area")
