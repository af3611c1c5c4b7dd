"""The files of the archive: one Parquet file per kind, month and site (``store.months``).

Rows are in order of station and quantity (or vehicle) and time. A file is written aside, brought to the disk, read back
and compared before it takes its name; so under its name there is a whole file or none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.errors import StoreError
from store.months import SCHEMA_VERSION, Key, Kind

ROW_GROUP = 100_000


@dataclass(frozen=True, slots=True)
class MonthFile:
    """A file as it lies on the disk: rows, bytes, SHA-256 of the bytes in hexadecimal."""

    rows: int
    size: int
    sha256: str


def write_aside(path: Path, kind: Kind, about: dict[str, str], tables: Iterable[pa.Table]) -> tuple[Path, MonthFile]:
    """Write tables beside ``path``, read them back, and where they are the same return the file and what it is.

    ``about`` goes into the metadata. Nothing lies under ``path`` itself yet; ``take_name`` moves it there.
    Raises StoreError, and leaves nothing behind, where the disk cannot be written or gives back something else.
    """
    aside = path.with_name(f".{path.name}.part")
    try:
        with _on_the_disk(path):
            _make_folders(path.parent)
            return aside, _checked(aside, kind, about, tables)
    except BaseException:
        forget_aside(aside)  # a full disk needs the room
        raise


def take_name(aside: Path, path: Path) -> None:
    """Give a finished file its name, in place of an older one, and bring that to the disk; raises StoreError."""
    with _on_the_disk(path):
        aside.replace(path)
        _sync_folder(path.parent)


def forget_aside(aside: Path) -> None:
    """Remove a file that is not needed after all."""
    with contextlib.suppress(OSError):
        aside.unlink()


def describe(path: Path) -> MonthFile:
    """Rows, size and checksum of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            digest.update(piece)
    return MonthFile(pq.read_metadata(path).num_rows, path.stat().st_size, digest.hexdigest())


def check_belongs(path: Path, kind: Kind, site: str, month: date) -> None:
    """Raise StoreError unless the file is a whole archive file of this kind, site and month that we can read."""
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreError(
            f"{path} is not a whole Parquet file ({str(error).splitlines()[0]})",
            retryable=False,
            hint="put a good copy of the file in its place, or move it away",
        ) from error
    about = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items() if key != b"ARROW:schema"}
    wanted = {"yukimori.kind": kind.name, "yukimori.site": site, "yukimori.month": f"{month:%Y-%m}"}
    if not wanted.items() <= about.items():
        raise StoreError(
            f"{path} is not the file of {kind.name} of {site} in {month:%Y-%m}",
            retryable=False,
            hint="move it away: an archive folder holds archive files only",
        )
    if int(about.get("yukimori.schema_version", "0")) > SCHEMA_VERSION:
        raise StoreError(f"{path} was written by a newer Yukimori", retryable=False, hint="install the newer Yukimori")


def streams(path: Path, kind: Kind) -> Iterator[tuple[Key, pa.Table]]:
    """The rows of each datastream or vehicle in the order of the file; one at a time is in memory.

    Raises StoreError where the file is damaged.
    """
    pieces: list[pa.Table] = []
    current: Key | None = None
    for group in _row_groups(path, kind):
        for key, piece in _split(group, kind):
            if key != current and current is not None:
                yield current, pa.concat_tables(pieces)
                pieces = []
            current = key
            pieces.append(piece)
    if current is not None:
        yield current, pa.concat_tables(pieces)


@contextlib.contextmanager
def _on_the_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"write the archive file {path}: {error.strerror or error}",
            retryable=True,
            hint="look at the disk the archive is on",
        ) from error


def _checked(aside: Path, kind: Kind, about: dict[str, str], tables: Iterable[pa.Table]) -> MonthFile:
    rows, digest = _write(aside, kind, about, tables)
    found_rows, found_digest = _read_back(aside, kind)
    found = describe(aside)
    if (rows, digest) != (found_rows, found_digest) or found.rows != rows:
        raise StoreError(
            f"the archive file {aside} does not give back what was written; nothing was deleted",
            retryable=False,
            hint="look at the disk the archive is on",
        )
    return found


def _write(path: Path, kind: Kind, about: dict[str, str], tables: Iterable[pa.Table]) -> tuple[int, bytes]:
    """Write and sync the file; the number of rows and the digest of the contents."""
    digest, rows = hashlib.sha256(), 0
    schema = kind.schema.with_metadata(about)
    path.unlink(missing_ok=True)  # what a cut run left, or a link somebody planted
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "wb") as file:
        with pq.ParquetWriter(file, schema, compression="zstd", write_page_checksum=True, version="2.6") as writer:
            for group in _regroup(tables):
                writer.write_table(group, row_group_size=group.num_rows)
                _feed(digest, group)
                rows += group.num_rows
        file.flush()
        os.fsync(file.fileno())
    return rows, digest.digest()


def _regroup(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of about ``ROW_GROUP`` rows."""
    waiting: list[pa.Table] = []
    rows = 0
    for table in tables:
        for start in range(0, table.num_rows, ROW_GROUP):
            waiting.append(table.slice(start, ROW_GROUP))
            rows += waiting[-1].num_rows
            if rows >= ROW_GROUP:
                yield pa.concat_tables(waiting).combine_chunks()
                waiting, rows = [], 0
    if rows:
        yield pa.concat_tables(waiting).combine_chunks()


def _read_back(path: Path, kind: Kind) -> tuple[int, bytes]:
    digest, rows = hashlib.sha256(), 0
    for group in _row_groups(path, kind):
        _feed(digest, group)
        rows += group.num_rows
    return rows, digest.digest()


def _row_groups(path: Path, kind: Kind) -> Iterator[pa.Table]:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for number in range(file.num_row_groups):
                table = file.read_row_group(number, columns=kind.schema.names)
                yield table.replace_schema_metadata(None).cast(kind.schema)
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise StoreError(
            f"the archive file {path} is damaged ({str(error).splitlines()[0]})",
            retryable=False,
            hint="put a good copy of the file in its place",
        ) from error


def _feed(digest: Any, table: pa.Table) -> None:
    """Add the contents to the digest, whatever lies in memory under a null."""
    for column in table.itercolumns():
        digest.update(pc.is_valid(column).to_numpy().tobytes())
        if pa.types.is_string(column.type):
            filled = pc.fill_null(column, "")
            digest.update(pc.binary_length(filled).to_numpy().tobytes())
            digest.update("".join(filled.to_pylist()).encode())
        else:
            plain = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
            digest.update(pc.fill_null(plain, 0).to_numpy().tobytes())


def _split(table: pa.Table, kind: Kind) -> Iterator[tuple[Key, pa.Table]]:
    """The stretches of equal key in a table, in its order."""
    changes = np.zeros(max(table.num_rows - 1, 0), dtype=bool)
    for name in kind.key:
        codes = table[name].combine_chunks().dictionary_encode().indices.to_numpy()
        changes |= codes[1:] != codes[:-1]
    starts = [0, *(int(place) + 1 for place in np.flatnonzero(changes))] if table.num_rows else []
    for start, end in zip(starts, [*starts[1:], table.num_rows], strict=False):
        yield tuple(table[name][start].as_py() for name in kind.key), table.slice(start, end - start)


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it, each brought to the disk."""
    if not folder.is_dir():
        _make_folders(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
