"""Reads ``shelters.csv``: what the town knows of its evacuation sites and the national lists have no column for.

Rows are joined to the sites of the layers by 共通ID (or the id a list of the town's own gives).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from config import values
from config.fields import Row, read_rows
from config.mistakes import Notes, WrongValueError, shown
from config.model import LayerConfig, ShelterFacts
from core.model import Hazard

SHELTERS = "shelters.csv"
KIND = "shelters"

SHELTER_COLUMNS: Mapping[str, bool] = {
    "id": True,
    "avalanche": False,
    "heavy_snow": False,
    "elevation_m": False,
    "capacity": False,
    "phone": False,
    "note_ja": False,
    "note_en": False,
}

OWN_HAZARDS = (Hazard.AVALANCHE, Hazard.HEAVY_SNOW)
"""What the national list has no column for."""

_COMMON_ID = re.compile(r"E\d{13}", re.ASCII)
_LOOKS_COMMON = re.compile(r"[Ee]?\d{10,}|\d\.\d+[Ee]\+\d+", re.ASCII)  # the last: what a spreadsheet makes of digits
_PHONE = re.compile(r"[0-9+][0-9 ()+-]{4,24}", re.ASCII)
_YES = frozenset({"○", "〇", "◯", "1", "true"})  # circle, ideographic zero, large circle
_NO = frozenset({"×", "0", "false"})
_ELEVATION = values.between(-10.0, 4000.0, "an elevation in metres")
_CAPACITY = values.between(0.0, 100_000.0, "a number of people")
_LARGEST_SOURCE = 64_000_000
_TEXT_FORMS = frozenset({".json", ".geojson", ".csv", ".txt"})


@dataclass(frozen=True, slots=True)
class PlacedFacts:
    """A row of the file and what it says."""

    row: Row
    facts: ShelterFacts


def read_shelter_facts(folder: Path, notes: Notes) -> list[PlacedFacts]:
    """The rows of ``shelters.csv``; the file may be missing."""
    found = [_facts(row) for row in read_rows(folder, SHELTERS, SHELTER_COLUMNS, notes, may_be_missing=True)]
    _note_repeats(found)
    return found


def with_facts(
    layers: Iterable[LayerConfig], found: Iterable[PlacedFacts]
) -> tuple[tuple[LayerConfig, ...], tuple[ShelterFacts, ...]]:
    """The layers, those of evacuation sites with the facts, and all facts; an id no layer has is warned of."""
    placed, layers = list(found), tuple(layers)
    facts = tuple(one.facts for one in placed)
    sites = [layer for layer in layers if layer.kind == KIND]
    _warn_of_strangers(placed, sites)
    own = tuple(replace(layer, shelter_facts=facts) if layer.kind == KIND else layer for layer in layers)
    return own, facts


def site_id(value: object) -> str:
    """The id of an evacuation site: 共通ID (E and 13 digits), or what the town's own list has."""
    found = values.text(value)
    if _LOOKS_COMMON.fullmatch(found) and not _COMMON_ID.fullmatch(found):
        raise WrongValueError(
            f"{shown(found)} is not a 共通ID", "it is E and 13 digits; a spreadsheet must hold it as text"
        )
    if len(found) > 64:
        raise WrongValueError(f"{shown(found)} is too long for an id", "copy the id as the list has it")
    return found


def yes_or_blank(value: object) -> bool:
    """○ or 1: designated; × or 0 (or a blank cell): not."""
    found = values.text(value).lower()
    if found not in _YES | _NO:
        raise WrongValueError(f"{shown(found)} is neither ○ nor blank", "write ○ where it is designated, else nothing")
    return found in _YES


def phone(value: object) -> str:
    """A telephone number: half-width digits, hyphens, blanks, brackets, +."""
    found = values.text(value)
    if not _PHONE.fullmatch(found):
        raise WrongValueError(f"{shown(found)} is not a telephone number", "write it half-width, e.g. 0237-22-1111")
    return found


def people(value: object) -> int:
    """A whole number of people."""
    found = _CAPACITY(value)
    if not found.is_integer():
        raise WrongValueError(f"{found:g} is not a whole number of people")
    return int(found)


def _facts(row: Row) -> PlacedFacts:
    given = [hazard for hazard in OWN_HAZARDS if row.may(hazard.value, yes_or_blank, False)]  # noqa: FBT003
    return PlacedFacts(
        row,
        ShelterFacts(
            id=row.name("id", site_id),
            hazards=tuple(given),
            elevation_m=row.may("elevation_m", _ELEVATION, None),
            capacity=row.may("capacity", people, None),
            phone=row.may("phone", phone, ""),
            note_ja=row.may("note_ja", values.text, ""),
            note_en=row.may("note_en", values.text, ""),
        ),
    )


def _note_repeats(found: list[PlacedFacts]) -> None:
    first: dict[str, int] = {}
    for one in found:
        name = one.facts.id
        if name and name in first:
            one.row.mistake("id", f"{shown(name)} stands already on line {first[name]}", "one row for each site")
        first.setdefault(name, one.row.line)


def _warn_of_strangers(placed: list[PlacedFacts], layers: list[LayerConfig]) -> None:
    """Looked for as text, so that this check knows nothing of the forms; where a source is no text nothing is said."""
    named = [one for one in placed if one.facts.id]
    if named and not layers:
        named[0].row.warn("id", "no layer of kind shelters is there: the file does nothing", "add layers/ID.toml")
        return
    sources = [_text_of(layer.file) for layer in layers]
    if not all(sources):
        return
    for one in named:
        if not any(one.facts.id.encode() in source for source in sources if source):
            one.row.warn("id", f"no layer has the site {shown(one.facts.id)}", "copy the 共通ID from the list")


def _text_of(file: Path) -> bytes | None:
    try:
        plain = file.suffix.lower() in _TEXT_FORMS and file.is_file() and file.stat().st_size <= _LARGEST_SOURCE
        return file.read_bytes() if plain else None
    except OSError:
        return None
