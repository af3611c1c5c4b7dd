"""Reads named values out of a TOML table or a CSV row, noting every mistake and going on with a stand-in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from config.files import read_text
from config.mistakes import Notes, WrongValueError, shown, suggest

Value = TypeVar("Value")
Reader = Callable[[object], Value]


class Fields:
    """The values of one table or row. ``sound`` turns False with the first mistake in it."""

    def __init__(self, file: str, notes: Notes) -> None:
        self.file = file
        self.sound = True
        self.notes = notes

    def need(self, key: str, read: Reader[Value], stand_in: Value) -> Value:
        """The value of a key that must be there; the stand-in where it is missing or wrong (noted)."""
        found = self.found(key)
        if found is None:
            self.mistake(key, self.absent, self.absent_hint)
            return stand_in
        return self._read(key, found, read, stand_in)

    def may(self, key: str, read: Reader[Value], default: Value) -> Value:
        """The value of a key that may be left out; the default where it is, or where it is wrong (noted)."""
        found = self.found(key)
        return default if found is None else self._read(key, found, read, default)

    def _read(self, key: str, found: object, read: Reader[Value], stand_in: Value) -> Value:
        try:
            return read(found)
        except WrongValueError as wrong:
            self.mistake(key, str(wrong), wrong.hint)
            return stand_in

    absent = "this key is missing"
    absent_hint = "add it; see docs/configuration.md"

    def found(self, key: str) -> object | None:
        """What stands there, None where nothing does."""
        raise NotImplementedError

    def place(self, key: str, message: str) -> tuple[str, str]:
        """Where a message about a key belongs, and the message as it reads there."""
        raise NotImplementedError

    def mistake(self, key: str, message: str, hint: str = "") -> None:
        """Note a mistake at this key."""
        self.sound = False
        where, worded = self.place(key, message)
        self.notes.mistake(self.file, where, worded, hint)

    def warn(self, key: str, message: str, hint: str = "") -> None:
        """Note a warning at this key."""
        where, worded = self.place(key, message)
        self.notes.warn(self.file, where, worded, hint)


class Table(Fields):
    """A table of a TOML file: its ``values``; ``prefix`` is its own dotted name (``sources[2].``)."""

    def __init__(self, values: Mapping[str, object], file: str, notes: Notes, prefix: str = "") -> None:
        super().__init__(file, notes)
        self.values = values
        self._prefix = prefix
        self._asked: list[str] = []

    def found(self, key: str) -> object | None:
        """What the table says, None where the key is not in it."""
        self._asked.append(key)
        return self.values.get(key)

    def place(self, key: str, message: str) -> tuple[str, str]:
        """The dotted key; the message as it is."""
        return (self._prefix + key).rstrip("."), message

    def table(self, key: str) -> Table:
        """The table under a key, empty where there is none (or where it is no table: noted)."""
        found = self.found(key)
        if found is not None and not isinstance(found, dict):
            self.mistake(key, "expected a table", f"write [{self._prefix}{key}] on a line of its own")
        values = found if isinstance(found, dict) else {}
        return Table(values, self.file, self.notes, f"{self._prefix}{key}.")

    def tables(self, key: str) -> list[Table]:
        """The tables under ``[[key]]``, in order; none where the key is not there."""
        found = self.found(key)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            self.mistake(key, "expected a list of tables", f"write [[{self._prefix}{key}]] before each")
            return []
        return [
            Table(entry, self.file, self.notes, f"{self._prefix}{key}[{number}].")
            for number, entry in enumerate(found, start=1)
        ]

    def texts(self, key: str, read: Reader[str]) -> tuple[str, ...]:
        """A list of texts, each read by ``read``; empty where the key is not there."""
        found = self.found(key)
        if found is None:
            return ()
        if not isinstance(found, list):
            self.mistake(key, "expected a list of texts", f'write {key} = ["…", "…"]')
            return ()
        return tuple(self._read(f"{key}[{number}]", entry, read, "") for number, entry in enumerate(found, start=1))

    def finish(self) -> None:
        """Note every key nobody asked for: unknown keys are mistakes, with the nearest known one."""
        for key in self.values:
            if key not in self._asked:
                self.mistake(shown_key(key), "unknown key", suggest(key, self._asked))


def shown_key(key: str) -> str:
    """A key as it may stand in a message."""
    return key if key.isprintable() and 0 < len(key) <= 40 else shown(key)


class Row(Fields):
    """A data row of a CSV file; ``line`` is the line it begins on, the header being line 1."""

    absent = "the cell is blank, a value is needed"
    absent_hint = "fill it in"

    def __init__(self, cells: Mapping[str, str], file: str, line: int, notes: Notes) -> None:
        super().__init__(file, notes)
        self.line = line
        self._cells = cells

    def found(self, key: str) -> object | None:
        """The cell of a column, None where it is blank or the file has no such column."""
        return self._cells.get(key, "").strip() or None

    def name(self, column: str, read: Reader[str]) -> str:
        """The id in a column others refer to; empty where it is missing or wrong (noted)."""
        found = self.need(column, read, "")
        if not found:
            self.notes.incomplete.add(self.file)
        return found

    def place(self, key: str, message: str) -> tuple[str, str]:
        """The line; the message with the column in front."""
        return str(self.line), f"column {key}: {message}"


def read_rows(
    folder: Path, name: str, columns: Mapping[str, bool], notes: Notes, *, may_be_missing: bool = False
) -> Iterator[Row]:
    """The rows of a CSV file; ``columns`` says of each known column whether the file must have it.

    Wholly blank rows are passed over. Nothing is yielded where the header is wrong.
    """
    if may_be_missing and not (folder / name).exists() and not (folder / name).is_symlink():
        return
    content = read_text(folder, name, notes)
    header, records = ([], []) if content is None else _split(content, name, notes)
    if content is None or not _header_is_right(header, columns, name, notes):
        notes.incomplete.add(name)
        return
    for line, cells in records:
        if any(cell.strip() for cell in cells[len(header) :]):
            notes.mistake(name, str(line), f"the row has more cells than the header ({len(header)})", _COMMA_HINT)
            notes.incomplete.add(name)
        elif any(cell.strip() for cell in cells):
            yield Row(dict(zip(header, cells, strict=False)), name, line, notes)


_COMMA_HINT = 'text that holds a comma must stand in double quotes: "…,…"'


def _split(content: str, name: str, notes: Notes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the records with the line each begins on; a broken quote ends the reading (noted)."""
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            records.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        notes.mistake(name, str(line), f"the row cannot be read: {error}", "is a double quote left open?")
        notes.incomplete.add(name)
    header = [cell.strip() for cell in records[0][1]] if records else []
    while header and not header[-1]:
        header.pop()
    return header, records[1:]


def _header_is_right(header: list[str], columns: Mapping[str, bool], name: str, notes: Notes) -> bool:
    before = len(notes.mistakes)
    if len(header) == 1 and any(sign in header[0] for sign in ";\t"):
        notes.mistake(name, "1", "the columns are separated by semicolons or tabs", "save it with commas")
        return False
    for column in header:
        if column not in columns:
            notes.mistake(name, "1", f"unknown column {shown(column)}", suggest(column, columns))
    for column in sorted({column for column in header if header.count(column) > 1} & set(columns)):
        notes.mistake(name, "1", f"the column {shown(column)} stands there twice", "remove one of them")
    for column, required in columns.items():
        if required and column not in header:
            notes.mistake(name, "1", f"the column {shown(column)} is missing", f"add it; columns: {', '.join(columns)}")
    return len(notes.mistakes) == before
