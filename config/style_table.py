"""Reads ``[style]`` of a layer's file: the classes of a general kind, how they look, which properties people read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from config import values
from config.fields import Table
from config.mistakes import WrongValueError, shown
from config.model import LayerField, LayerStyle, StyleClass

DASHES = ("solid", "dashed", "dotted")
DENSEST_HATCH = 6
MOST_CLASSES = 21
"""As many as hatches and dashes tell apart: seven times three."""
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}", re.ASCII)


def read_style(layer: Table) -> LayerStyle | None:
    """The style of a layer, None where its file has none. Wrong parts have stand-ins (noted)."""
    if layer.found("style") is None:
        return None
    table = layer.table("style")
    rows = [(row, _class(row)) for row in table.tables("classes")]
    style = LayerStyle(
        name=table.may("name", values.text, ""),
        field=table.may("field", values.text, ""),
        classes=tuple(found for _, found in rows),
        fields=_fields(table),
    )
    table.finish()
    _check_classes(table, style, rows)
    return style


def colour(value: object) -> str:
    """A colour as ``#RRGGBB``, in capitals."""
    found = values.text(value)
    if not _COLOUR.fullmatch(found):
        raise WrongValueError(f"{shown(found)} is not a colour", 'write "#" and six digits, e.g. "#1F5FA8"')
    return found.upper()


def _class(row: Table) -> StyleClass:
    found = StyleClass(
        value=row.may("value", _value, ""),
        colour=row.need("colour", colour, "#000000"),
        label_ja=row.need("label_ja", values.text, ""),
        label_en=row.need("label_en", values.text, ""),
        hatch=row.may("hatch", values.whole(0, DENSEST_HATCH), 0),
        dash=row.may("dash", values.one_of(DASHES, "a way to draw a line"), "solid"),
    )
    row.finish()
    return found


def _value(value: object) -> str:
    """The source's value; a whole number may stand without quotes."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return values.text(str(value) if whole else value)


def _fields(table: Table) -> tuple[LayerField, ...]:
    found: list[LayerField] = []
    for row in table.tables("fields"):
        field = LayerField(
            property=row.need("property", values.text, ""),
            label_ja=row.need("label_ja", values.text, ""),
            label_en=row.need("label_en", values.text, ""),
        )
        if field.property and field.property in [other.property for other in found]:
            row.mistake("property", f"{shown(field.property)} stands there twice", "one entry for each property")
        row.finish()
        found.append(field)
    return tuple(found)


def _check_classes(table: Table, style: LayerStyle, rows: list[tuple[Table, StyleClass]]) -> None:
    """Note what shows only when the classes are seen together."""
    if not rows:
        if style.field and table.sound:
            table.mistake("classes", "there is no class for the values of field", "write [[style.classes]] for each")
        return
    if len(rows) > MOST_CLASSES:
        table.mistake("classes", f"{len(rows)} classes cannot be told apart on a map", f"at most {MOST_CLASSES}")
        return
    if not style.field and len(rows) > 1:
        message = "nothing says which feature belongs to which class"
        table.mistake("field", message, "name the property with the values, or leave one class")
    if style.field:
        _note_values(rows)
    _note_same_looks(rows)


def _note_values(rows: list[tuple[Table, StyleClass]]) -> None:
    first: dict[str, int] = {}
    for number, (row, found) in enumerate(rows, start=1):
        if not found.value and row.sound:
            row.mistake("value", "this key is missing", "write the value the property has in features of this class")
        elif found.value and found.value in first:
            row.mistake("value", f"{shown(found.value)} has class {first[found.value]} already", "one class a value")
        first.setdefault(found.value, number)


def _note_same_looks(rows: list[tuple[Table, StyleClass]]) -> None:
    """Two classes must differ in hatch or dash where their colours are one, and so for eyes that see no colour."""
    sound = [(number, row, found) for number, (row, found) in enumerate(rows, start=1) if row.sound]
    for number, row, found in sound:
        for earlier, other in _before(number, sound):
            if (found.hatch, found.dash) != (other.hatch, other.dash):
                continue
            if found.colour == other.colour:
                row.mistake(
                    "colour", f"looks exactly like class {earlier}", "give it another colour, and another hatch"
                )
            else:
                message = f"is told from class {earlier} by colour alone"
                row.warn("hatch", message, "give it another hatch (0 to 6) or dash; not everybody sees colours")
            break


def _before(number: int, sound: Iterable[tuple[int, Table, StyleClass]]) -> list[tuple[int, StyleClass]]:
    return [(earlier, other) for earlier, _, other in sound if earlier < number]
