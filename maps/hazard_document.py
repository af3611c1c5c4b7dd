"""Everything a hazard report is worded with, as one plain document: the server fills it in, and so does the browser.

It is what ``/hazard-words.<register>.json`` serves, so that the static site, which has no server, says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from config.model import Site
from core.model import Hazard
from gis.at_point import NEAR_M
from gis.catalogue import PublishedLayer
from maps.hazard_advice import REGISTERS, Register
from maps.hazard_sentences import DIRECTIONS, sentences
from maps.hazard_words import HAZARD_WORDS, SOURCES, advice_for, class_label, general_advice
from maps.layers import note, plain_title
from maps.words import Language

OWN_HAZARDS = (Hazard.AVALANCHE, Hazard.HEAVY_SNOW)
"""Hazards the national lists of evacuation sites have no column for."""

GAUGES = {"river": ("water_level", 2), "channel": ("channel_level", 1), "snow": ("snow_depth", 1)}
"""The station kinds a report tells of, the quantity of each, and how many of the nearest."""

GAUGES_KM = 10
SHELTERS_MOST = 3


def language_of(register: Register) -> Language:
    """The language of a register."""
    return "en" if register == "en" else "ja"


def words_document(site: Site, catalogue: Sequence[PublishedLayer], register: Register) -> dict[str, Any]:
    """Names, sentences, classes and advice of one register for the public layers of a site."""
    language = language_of(register)
    public = [layer for layer in catalogue if layer.access == "public"]
    return {
        "register": register,
        "language": language,
        "site": site.name_ja if language == "ja" else site.name_en,
        "contact": site.contact_ja if language == "ja" else site.contact_en,
        "time_zone": site.time_zone,
        "near_m": NEAR_M,
        "gauges_km": GAUGES_KM,
        "gauges": {kind: {"quantity": quantity, "most": most} for kind, (quantity, most) in GAUGES.items()},
        "shelters_most": SHELTERS_MOST,
        "sentences": sentences(register),
        "directions": DIRECTIONS[register],
        "hazards": {hazard.value: _hazard(hazard, register) for hazard in Hazard},
        "own_hazards": [hazard.value for hazard in OWN_HAZARDS],
        "layers": [_layer(layer, register) for layer in public if layer.hazards],
        "shelter_layers": [layer.id for layer in public if layer.kind == "shelters"],
        "boundary_layers": [layer.id for layer in public if layer.kind == "boundary"],
    }


def _hazard(hazard: Hazard, register: Register) -> dict[str, Any]:
    source = SOURCES.get(hazard, ("", ""))
    return {
        "title": HAZARD_WORDS[hazard][REGISTERS.index(register)],
        "source": source[1 if register == "en" else 0],
        "general": list(general_advice(hazard, register)),
    }


def _layer(layer: PublishedLayer, register: Register) -> dict[str, Any]:
    language = language_of(register)
    return {
        "id": layer.id,
        "kind": layer.kind,
        "hazards": list(layer.hazards),
        "title": plain_title(layer, language),
        "fictitious": layer.fictitious,
        "credit": layer.credit,
        "licence": layer.licence,
        "date": layer.date,
        "source_url": layer.source_url,
        "note": note(layer, language),
        "columns": [
            {
                "property": column.property_in(language),
                "label": column.label_ja if language == "ja" else column.label_en,
            }
            for column in layer.columns
        ],
        "classes": {
            entry.code: {
                "label": class_label(layer.kind, entry, register),
                "advice": {
                    hazard: list(advice_for(layer.kind, entry.code, hazard, register)) for hazard in layer.hazards
                },
            }
            for entry in layer.legend
        },
    }
