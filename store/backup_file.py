"""The file of a backup: a zip with one entry a table, and a manifest that says what must be in them.

``tables/<name>.jsonl`` holds the rows: each line is a JSON array of rows, each row the text PostgreSQL gives a record.
``manifest.json`` has for each table its columns, number of rows and the SHA-256 of its entry; the SHA-256 of the
manifest is in the comment of the zip. That finds what was cut or changed on the way; it does not prove who wrote it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, ItemsView, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from core.errors import StoreError
from core.times import format_rfc3339, parse_rfc3339

FORMAT = 1
_MANIFEST = "manifest.json"
_COMMENT = "yukimori backup, sha256 of manifest.json: "
_LEVEL = 3
_LINE_ROWS = 1_000
_LINE_BYTES = 4 * 1024 * 1024
_LONGEST_LINE = 64 * 1024 * 1024
"""More than a line ever has: a character of a row takes up to six bytes. A file made to fill the memory has more."""
_LONGEST_MANIFEST = 16 * 1024 * 1024

Progress = Callable[[str, int], None]
"""Is told of which table how many rows more are done."""


@dataclass(slots=True)
class TablePart:
    """What a backup has of a table: columns in the order of the rows, number of rows, bytes and SHA-256 of the entry."""

    columns: list[str]
    rows: int = 0
    size: int = 0
    sha256: str = ""


@dataclass(slots=True)
class Manifest:
    """What a backup says about itself.

    ``migrations`` are the names of the schema without their flavour. ``days`` has, for the tables of readings, the days
    of UTC with rows; ``sequences`` the last number each gave out, None where it gave none.
    """

    made_at: datetime
    flavour: str
    migrations: list[str]
    sites: list[str]
    tables: dict[str, TablePart] = field(default_factory=dict)
    sequences: dict[str, int | None] = field(default_factory=dict)
    days: dict[str, list[datetime]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(part.rows for part in self.tables.values())

    def to_json(self) -> bytes:
        """As it stands in the file."""
        plain = asdict(self) | {"format": FORMAT, "made_at": format_rfc3339(self.made_at)}
        plain["days"] = {table: [format_rfc3339(day) for day in days] for table, days in self.days.items()}
        return json.dumps(plain, indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """From the file; raises ValueError, KeyError, TypeError or RecursionError for what is no manifest."""
        plain = json.loads(text)
        if not isinstance(plain, dict):
            raise TypeError("a manifest is an object")
        if plain.pop("format") > FORMAT:
            raise StoreError(
                "the backup has a newer format than this program knows",
                retryable=False,
                hint="install the newer Yukimori",
            )
        plain["made_at"] = parse_rfc3339(plain["made_at"])
        plain["tables"] = {name: TablePart(**part) for name, part in _members(plain["tables"])}
        plain["days"] = {table: [parse_rfc3339(day) for day in days] for table, days in _members(plain["days"])}
        manifest = cls(**plain)
        if not manifest.is_sound():
            raise TypeError("a member of the manifest is of the wrong kind")
        return manifest

    def is_sound(self) -> bool:
        """Whether every member that is used as it came is of its kind."""
        parts = self.tables.values()
        return (
            bool(self.migrations)
            and all(_are(str, texts) for texts in (self.migrations, self.sites, *(part.columns for part in parts)))
            and all(_are(int, [part.rows, part.size]) and _are(str, [part.sha256]) for part in parts)
            and all(last is None or _are(int, [last]) for _, last in _members(self.sequences))
        )


class BackupWriter:
    """Writes a backup to a stream that need not be seekable; without ``finish`` it stays unfinished and is refused."""

    def __init__(self, target: IO[bytes], manifest: Manifest) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self.manifest = manifest

    def add_table(self, name: str, columns: list[str], rows: Iterator[str], progress: Progress) -> None:
        """Write the rows of a table, a bounded number of them in memory."""
        part, digest = TablePart(columns), hashlib.sha256()
        with self._zip.open(
            zipfile.ZipInfo(_entry(name), _zip_time(self.manifest.made_at)), "w", force_zip64=True
        ) as file:
            for line_rows in _in_lines(rows):
                line = json.dumps(line_rows).encode() + b"\n"
                file.write(line)
                digest.update(line)
                part.rows += len(line_rows)
                part.size += len(line)
                progress(name, len(line_rows))
        part.sha256 = digest.hexdigest()
        self.manifest.tables[name] = part

    def finish(self) -> None:
        """Write the manifest and the end of the file."""
        text = self.manifest.to_json()
        self._zip.writestr(zipfile.ZipInfo(_MANIFEST, _zip_time(self.manifest.made_at)), text)
        self._zip.comment = (_COMMENT + hashlib.sha256(text).hexdigest()).encode()
        self._zip.close()

    def abandon(self) -> None:
        """Let go of the target, whose contents are no backup."""
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()


class BackupReader:
    """An opened backup. Raises StoreError for a file that is none, is cut or says contradictory things."""

    def __init__(self, source: IO[bytes] | Path) -> None:
        try:
            self._zip = zipfile.ZipFile(source)
        except FileNotFoundError as error:
            raise StoreError(f"there is no backup {source}", retryable=False) from error
        except OSError as error:
            raise StoreError(
                f"the backup {source} cannot be read ({error.strerror or error})", retryable=False
            ) from error
        except _UNREADABLE as error:
            raise _damaged("it is no backup, or its end is missing") from error
        try:
            self.manifest = self._manifest()
        except BaseException:
            self._zip.close()
            raise

    def _manifest(self) -> Manifest:
        try:
            if self._zip.getinfo(_MANIFEST).file_size > _LONGEST_MANIFEST:
                raise _damaged("its manifest is longer than any")
            text = self._zip.read(_MANIFEST)
            expected = self._zip.comment.decode(errors="replace").removeprefix(_COMMENT)
            if hashlib.sha256(text).hexdigest() != expected:
                raise _damaged("its end was cut or its manifest changed")
            manifest = Manifest.from_json(text)
        except _UNREADABLE as error:
            raise _damaged("its manifest cannot be read") from error
        if sorted(self._zip.namelist()) != sorted({_MANIFEST, *map(_entry, manifest.tables)}):
            raise _damaged("what is in it is not what its manifest lists")
        return manifest

    def verify(self, progress: Progress) -> None:
        """Read everything and compare it with the manifest."""
        for name, part in self.manifest.tables.items():
            digest, rows = hashlib.sha256(), 0
            for line in self._lines(name):
                digest.update(line)
                count = len(_parsed(name, line))
                rows += count
                progress(name, count)
            if (digest.hexdigest(), rows) != (part.sha256, part.rows):
                raise _damaged(f"the rows of {name} are not those that were saved")

    def rows(self, name: str) -> Iterator[list[str]]:
        """The rows of a table in parts."""
        return (_parsed(name, line) for line in self._lines(name))

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _lines(self, name: str) -> Iterator[bytes]:
        try:
            with self._zip.open(_entry(name)) as file:
                while line := file.readline(_LONGEST_LINE):
                    if len(line) >= _LONGEST_LINE:
                        raise _damaged(f"a line of {name} is longer than any")
                    yield line
        except _UNREADABLE as error:
            raise _damaged(f"the rows of {name} cannot be read") from error


# Encrypted, or nested without end, is a RuntimeError.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError)


def _damaged(how: str) -> StoreError:
    return StoreError(f"the backup is not whole: {how}", retryable=False, hint="take another copy; nothing was written")


def _members(value: Any) -> ItemsView[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("an object is expected")
    return value.items()


def _are(kind: type, values: Any) -> bool:
    return isinstance(values, list) and all(value.__class__ is kind for value in values)


def _parsed(name: str, line: bytes) -> list[str]:
    try:
        rows: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _damaged(f"the rows of {name} cannot be read") from error
    if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
        raise _damaged(f"the rows of {name} are no rows")
    found: list[str] = rows
    return found


def _entry(table: str) -> str:
    return f"tables/{table}.jsonl"


def _zip_time(at: datetime) -> tuple[int, int, int, int, int, int]:
    return at.year, at.month, at.day, at.hour, at.minute, at.second


def _in_lines(rows: Iterator[str]) -> Iterator[list[str]]:
    line: list[str] = []
    size = 0
    for row in rows:
        line.append(row)
        size += len(row)
        if len(line) >= _LINE_ROWS or size >= _LINE_BYTES:
            yield line
            line, size = [], 0
    if line:
        yield line
