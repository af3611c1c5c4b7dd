"""Reads ``layers/*.toml``: one published layer a file, named by the file."""

from __future__ import annotations

import re
from pathlib import Path

from config import values
from config.fields import Table
from config.files import toml_files
from config.known import Known
from config.mistakes import Notes, WrongValueError, shown
from config.model import LayerConfig
from config.site_file import read_toml
from config.style_table import read_style
from core.model import Access

FOLDER = "layers"

TAKEN_IDS = frozenset({"basemap", "stations", "catalog", "index", "layers"})
"""Names of files beside the layers' own, and of the collection of stations."""
TAKEN_START = "exposure"
"""What is made of the layers begins so."""

_LAYER_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)


def read_layers(folder: Path, known: Known, notes: Notes) -> tuple[LayerConfig, ...]:
    """The layers of the folder; each file must exist inside it. Wrong parts have stand-ins (noted)."""
    tables = [(name, read_toml(folder, name, notes)) for name in toml_files(folder, FOLDER, notes)]
    return tuple(_layer(folder, name, table, known) for name, table in tables if table is not None)


def _layer(folder: Path, name: str, table: Table, known: Known) -> LayerConfig:
    layer = LayerConfig(
        id=_id_of(name, table),
        kind=table.need("kind", values.any_text_or(known.layer_kinds, "a kind of layer"), ""),
        title_ja=table.need("title_ja", values.text, ""),
        title_en=table.need("title_en", values.text, ""),
        file=table.need("file", values.file_inside(folder), folder),
        crs=table.may("crs", coordinate_system, None),
        licence=table.need("licence", values.text, ""),
        credit=table.need("credit", values.text, ""),
        source_url=table.may("source_url", web_address, ""),
        date=table.need("date", values.text, ""),
        access=table.may("access", access, Access.PUBLIC),
        shown=table.may("shown", values.toml_flag, True),  # noqa: FBT003
        fictitious=table.may("fictitious", values.toml_flag, False),  # noqa: FBT003
        department=table.may("department", values.text, ""),
        note_ja=table.may("note_ja", values.text, ""),
        note_en=table.may("note_en", values.text, ""),
        style=read_style(table),
    )
    table.finish()
    return layer


def _id_of(name: str, table: Table) -> str:
    try:
        return layer_id(Path(name).stem)
    except WrongValueError as wrong:
        table.mistake("", f"the file name: {wrong}", wrong.hint)
        return ""


def layer_id(value: object) -> str:
    """The id of a layer: an id in small letters that no file or address of ours has already."""
    found = values.identifier(value)
    if not _LAYER_ID.fullmatch(found):
        raise WrongValueError(f"{shown(found)} cannot be the id of a layer", "use a to z, 0 to 9, - and _")
    if found in TAKEN_IDS or found.startswith(TAKEN_START):
        raise WrongValueError(f"{shown(found)} is the name of something else that is published", "give it another name")
    return found


def access(value: object) -> Access:
    """Who may see the layer: ``public`` or ``staff``."""
    found = values.text(value)
    try:
        return Access(found)
    except ValueError as error:
        raise WrongValueError(f"{shown(found)} is not who may see a layer", 'write "public" or "staff"') from error


def coordinate_system(value: object) -> str:
    """An EPSG code as text, ``EPSG:6668``."""
    found = values.text(value).upper()
    if not re.fullmatch(r"EPSG:\d{4,5}", found, re.ASCII):
        raise WrongValueError(
            f"{shown(found)} is not a coordinate system", "write e.g. EPSG:6668 (JGD2011) or EPSG:4326"
        )
    return found


def web_address(value: object) -> str:
    """An address beginning with https:// or http://."""
    found = values.text(value)
    if not found.startswith(("https://", "http://")) or " " in found:
        raise WrongValueError(f"{shown(found)} is not a web address", "write it with https:// in front")
    return found
