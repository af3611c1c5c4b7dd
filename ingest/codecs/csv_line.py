"""Lines of separated values, one or several in a message, as data loggers send them; the settings name the columns.

A column is ``at`` (or ``date`` and ``time``), ``device``, a ``quantity:unit``, or ``-`` for what is not read. A blank
cell says that there is no value. Quotes as in RFC 4180; a byte order mark and any line ends are taken.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from core.errors import DecodeError
from core.model import DeviceId
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.codecs import _mapping as mapping
from ingest.codecs._clocks import FORMATS, ReadTime
from ingest.codecs._settings import Settings, shown
from ingest.messages import Codec, CodecOptions, Decoded, Message, Reading

_LINE_ENDS = re.compile(r"\r\n|\n|\r")
_COMMENT = "#"
_UNREAD = "-"
_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class _Told:
    """``times`` are the places of ``at``, or of ``date`` and ``time``; none is "these lines have no clock"."""

    naming: mapping.Naming
    columns: int
    times: tuple[int, ...]
    device: int | None
    measured: tuple[tuple[int, mapping.Measures], ...]
    read_time: ReadTime
    separator: str
    header: bool
    numbers: mapping.Numbers


def _read_settings(given: Mapping[str, Any]) -> _Told:
    settings = Settings(given)
    columns = _read_columns(settings)
    device = columns.index("device") if "device" in columns else None
    separator = settings.text("separator", ",")
    decimal = settings.choice("decimal", (".", ","), ".")
    if len(separator) != 1 or separator in '"\r\n.' or separator == decimal or separator.isalnum():
        settings.wrong("separator", f"{shown(separator)} cannot stand between numbers; write e.g. ; or \\t")
    told = _Told(
        mapping.read_naming(settings, needed=device is None),
        len(columns),
        _times(settings, columns),
        device,
        tuple(_measured(settings, columns)),
        FORMATS[settings.choice("at_format", tuple(FORMATS), "local")],
        separator,
        settings.flag("header"),
        mapping.read_numbers(settings, texts=True, decimal=decimal),
    )
    settings.finish()
    return told


def _read_columns(settings: Settings) -> list[str]:
    what = 'a list, as in ["at", "snow_depth:cm", "-", "battery_voltage:V"]'
    columns = settings.entries("columns", what)
    if not columns or len(columns) > _COLUMNS or not all(isinstance(column, str) for column in columns):
        settings.wrong("columns", f"write {what}")
    for name in ("at", "date", "time", "device"):
        if columns.count(name) > 1:
            settings.wrong("columns", f"{name} is there twice; keep one of them")
    return columns


def _times(settings: Settings, columns: Sequence[str]) -> tuple[int, ...]:
    split = [name for name in ("date", "time") if name in columns]
    if split and ("at" in columns or len(split) == 1):
        settings.wrong("columns", "write either at, or both date and time")
    return tuple(columns.index(name) for name in (split or ["at"]) if name in columns)


def _measured(settings: Settings, columns: Sequence[str]) -> Iterable[tuple[int, mapping.Measures]]:
    known: set[str] = set()
    for place, column in enumerate(columns):
        if column in ("at", "date", "time", "device", _UNREAD):
            continue
        measures = mapping.read_measures(settings, f"columns[{place}]", column)
        if measures.quantity in known:
            settings.wrong(f"columns[{place}]", f"{measures.quantity} is there twice; write - for the one not kept")
        known.add(measures.quantity)
        yield place, measures
    if not known:
        settings.wrong("columns", "none of them is a quantity:unit, as in snow_depth:cm")


def _decode(message: Message, topic: str, options: CodecOptions) -> list[Decoded]:
    told = mapping.settings_of(options, _Told)
    device = told.naming.of(topic)
    lines = _lines(message.payload, told, options)
    if not lines:
        raise DecodeError("empty", "no line with values")
    mapping.at_most(len(lines) * len(told.measured), options)
    return mapping.each(lines, partial(_row, device=device, told=told, options=options), device or DeviceId(""))


def _lines(payload: bytes, told: _Told, options: CodecOptions) -> list[str]:
    """The lines that hold values: no header, no blank line, no comment."""
    if "\x00" in strict_json.text_of(payload, options.payload_bytes):
        raise DecodeError("bad-text", "the lines hold U+0000: binary, or UTF-16?")
    # Not the text above: without the blanks around it, a tab could be missing.
    lines = _LINE_ENDS.split(payload.decode("utf-8-sig"))
    return [line for line in lines[1 if told.header else 0 :] if line.strip() and not line.startswith(_COMMENT)]


def _row(line: str, device: DeviceId | None, told: _Told, options: CodecOptions) -> list[Decoded]:
    cells = _cells(line, told)
    device = _device(cells, device, told)
    at = _at(cells, told, options)

    def reading(column: tuple[int, mapping.Measures]) -> Iterable[Decoded]:
        place, measures = column
        value = told.numbers.value(cells[place], measures.quantity) if cells[place] else None
        yield Reading(device, at, measures.quantity, value, measures.unit)

    return mapping.each(told.measured, reading, device)


def _cells(line: str, told: _Told) -> list[str]:
    """The cells of a line without the blanks around them; blank ones at the end of the line do not count."""
    try:
        (row,) = csv.reader([line], delimiter=told.separator, strict=True)
    except (csv.Error, ValueError) as error:
        raise DecodeError("bad-shape", f"not a line of separated values: {shown(line)}") from error
    cells = [cell.strip(" \t") for cell in row]
    while len(cells) > told.columns and not cells[-1]:
        cells.pop()
    if len(cells) != told.columns:
        raise DecodeError("bad-shape", f"{len(cells)} values in a line, the settings name {told.columns} columns")
    return cells


def _device(cells: Sequence[str], named: DeviceId | None, told: _Told) -> DeviceId:
    if told.device is not None:
        written = cells[told.device]
        if named is not None:
            fields.same_device(named, written, "the line")
        return mapping.sent_device(written, "the device of the line")
    assert named is not None  # the settings need one or the other
    return named


def _at(cells: Sequence[str], told: _Told, options: CodecOptions) -> datetime | None:
    if not told.times:
        return None
    return told.read_time(" ".join(cells[place] for place in told.times), options.naive_time_zone)


CODEC = Codec("csv_line", _decode, _read_settings)
