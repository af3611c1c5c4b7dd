"""A Shapefile: measured first, read by GDAL byte for byte, its letters decoded here."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gis.intake.cut import cut_of
from gis.intake.encodings import Encoding, choose, decoded, require_sound
from gis.intake.formats import HEAD_BYTES, Format, format_of
from gis.intake.gdal import Opened, lines, note_flattening, only, state_crs
from gis.intake.names import safe_names
from gis.intake.refused import Refused
from gis.intake.shapefile import measure
from gis.intake.source import Source, Task

# Every byte is a character of ISO 8859-1: GDAL hands the bytes through.
_BYTES = "ISO-8859-1"
_LONGEST_TEXT = 20_000


def read_shapefile(stem: Path, task: Task) -> Source:
    """The features of ``stem``.shp with its parts beside it; raises Refused where parts are missing or broken."""
    shp, shx, dbf, prj, cpg = (stem.with_suffix(suffix) for suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"))
    if not shx.exists():
        raise Refused("has no .shx beside its .shp", hint="zip all parts together: .shp, .shx, .dbf, .prj")
    with shp.open("rb") as file:
        if format_of(file.read(HEAD_BYTES)) is not Format.SHAPEFILE:
            raise Refused("its .shp is no Shapefile", hint="fetch the file again")
    source = Source(format="Shapefile", driver="", lines=())
    state_crs(_text(prj), "the .prj file", source)
    cut = cut_of(task, source.crs)
    records = measure(
        shp, shx, dbf if dbf.exists() else None, max_features=task.max_features, max_vertices=task.max_vertices, cut=cut
    )
    if cut is not None:
        cut.require_any()
        source.left_out = cut.left_out
    source.driver = only(Format.SHAPEFILE)
    opened = Opened(shp, Format.SHAPEFILE, task, encoding=_BYTES)
    layer = opened.layer()
    meta, geometries, columns, told = opened.read(layer, opened.look(layer), records=records.kept)
    _require_all(geometries, records.types)
    source.warnings += [*records.warnings, *(f"GDAL: {line}" for line in told)]
    if not dbf.exists():
        source.warnings.append("there is no .dbf: the shapes have no properties")
    note_flattening("", source)
    encoding = _encoding(meta, columns, _text(cpg), task)
    source.encoding, source.encoding_from = encoding.name, encoding.found
    source.names = safe_names(_names(meta, columns, encoding, source), source.warnings)
    halved = _Halved(encoding)
    source.lines = _noted(lines(source.names, meta, geometries, columns, task, decode=halved), halved, source)
    return source


def _text(path: Path) -> str | None:
    if not path.exists():
        return None
    return path.read_bytes()[:_LONGEST_TEXT].decode("utf-8-sig", "replace").strip("\x00 \r\n\t") or None


def _require_all(geometries: Any, types: array[int]) -> None:
    """Each record must have come out, with a shape where it has one."""
    if len(geometries) != len(types):
        raise Refused(
            f"{len(types):,} shapes, of which its .dbf lets {len(geometries):,} be read: the parts do not belong together",
            hint="fetch all parts again",
        )
    for number, (geometry, kind) in enumerate(zip(geometries, types, strict=True), 1):
        if geometry is None and kind:
            raise Refused(
                f"feature {number}: its shape cannot be read, the .shp is damaged", hint="fetch the file again"
            )


def _encoding(meta: dict[str, Any], columns: list[Any], cpg: str | None, task: Task) -> Encoding:
    names = [name.encode(_BYTES) for name in meta["fields"]]
    values = [value.encode(_BYTES) for column in columns for value in column if isinstance(value, str)]
    encoding = choose([*names, *values], cpg=cpg, stated=task.encoding)
    require_sound(
        [decoded(name, encoding.name) or "" for name in names],
        [decoded(value, encoding.name) or "" for value in values],
        encoding,
    )
    return encoding


def _names(meta: dict[str, Any], columns: list[Any], encoding: Encoding, source: Source) -> list[str]:
    assert len(meta["fields"]) == len(columns)
    found = []
    for name in meta["fields"]:
        raw = name.encode(_BYTES)
        text = decoded(raw, encoding.name) or ""
        if text.encode(encoding.name) != raw:
            source.warnings.append(f"the property name {text!r} was cut in the middle of a character by the .dbf")
        found.append(text)
    return found


class _Halved:
    """Decodes texts and counts those whose last character the field's end had cut in half."""

    def __init__(self, encoding: Encoding) -> None:
        self._codec = encoding.name
        self.count = 0

    def __call__(self, text: str) -> str:
        if text.isascii():
            return text
        raw = text.encode(_BYTES)
        plain = decoded(raw, self._codec) or ""
        self.count += plain.encode(self._codec, "replace") != raw
        return plain


def _noted(made: Iterable[str], halved: _Halved, source: Source) -> Iterable[str]:
    yield from made
    if halved.count:
        source.warnings.append(
            f"{halved.count} texts were cut in the middle of a character by the .dbf; that half is gone"
        )
