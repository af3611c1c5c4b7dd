"""The files of a spool: one is written at its end, synced before anybody relies on it, and later read as a whole."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ingest.spool_record import Found, steps

log = logging.getLogger(__name__)

_NAME = re.compile(r"(\d{10})-(\d{20})-([0-9a-f]{8})\.spool")


@dataclass(frozen=True, slots=True)
class Segment:
    """A file: its place in the order, the number of the first message in it, and the salt of its checksums."""

    folder: Path
    ordinal: int
    base: int
    salt: int

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / f"{self.ordinal:010}-{self.base:020}-{self.salt:08x}.spool"

    @property
    def size(self) -> int:
        """Its length in bytes; 0 where it is gone."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0


def segments_in(folder: Path) -> list[Segment]:
    """The files of a folder in the order they were begun."""
    named = sorted(path.name for path in folder.glob("*.spool"))
    matches = [match for name in named if (match := _NAME.fullmatch(name))]
    return [Segment(folder, int(match[1]), int(match[2]), int(match[3], 16)) for match in matches]


def number_after(segment: Segment) -> int:
    """The number of the message that would follow; one more where the end is damaged, for at least one is lost."""
    data = segment.path.read_bytes()
    following, damaged = segment.base, False
    for each in steps(data, 0, segment.salt):
        if each.found is Found.MESSAGE:
            following, damaged = each.number + 1, False
        else:
            damaged |= each.found is Found.DAMAGED
    return following + damaged


def sync_folder(folder: Path) -> None:
    """Make durable which files the folder has."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class SegmentWriter:
    """The file that is being written. ``append`` raises OSError and leaves the file as it was before."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.size = 0
        self._file = os.open(segment.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            sync_folder(segment.folder)
        except OSError:
            self.close()
            with contextlib.suppress(OSError):
                segment.path.unlink()
            raise
        self.sound = True

    def append(self, data: bytes) -> None:
        """Write at the end and sync. ``sound`` turns False where the file is not to be written again."""
        try:
            self._write(data)
        except OSError:
            self._cut_back()
            raise
        try:
            os.fsync(self._file)
        except OSError:
            # The kernel may have given up the pages it could not write: a second fsync would succeed and prove nothing.
            self._cut_back()
            self.sound = False
            raise
        self.size += len(data)

    def close(self) -> None:
        """Let the file go; it stays."""
        os.close(self._file)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
        except OSError as error:
            log.warning("a half-written record stays at the end of %s (%s)", self.segment.path, error)
            self.sound = False


class Shelf:
    """The files of a folder that are not read to their end, oldest first, and those kept aside in ``damaged/``.

    ``bytes`` is what the first take, ``evidence`` what the others take.
    """

    def __init__(self, folder: Path, most_evidence: int) -> None:
        self.folder = folder
        self._aside = folder / "damaged"
        self._most_evidence = most_evidence
        self.segments = segments_in(folder)
        self.bytes = sum(each.size for each in self.segments)
        self.evidence = sum(each.size for each in segments_in(self._aside))

    def add(self, segment: Segment) -> None:
        """A file that was begun."""
        self.segments.append(segment)

    def drop(self, segment: Segment, *, harmed: bool) -> None:
        """Remove a file that is read; keep it aside where something in it could not be."""
        size = segment.size
        try:
            if harmed:
                self._keep_aside(segment)
            else:
                segment.path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("the spool file %s cannot be removed (%s)", segment.path, error)
        self.segments.remove(segment)
        self.bytes = max(0, self.bytes - size)

    def _keep_aside(self, segment: Segment) -> None:
        log.error("something in the spool file %s cannot be read; it is kept in %s", segment.path.name, self._aside)
        segment.path.replace(self._aside / segment.path.name)
        kept = segments_in(self._aside)
        while len(kept) > 1 and sum(each.size for each in kept) > self._most_evidence:
            log.warning("the oldest damaged spool file %s goes, to make room", kept[0].path.name)
            kept.pop(0).path.unlink()
        self.evidence = sum(each.size for each in kept)
