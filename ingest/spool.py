"""Messages on disk while the database is away: durable before they are acknowledged, read again oldest first.

    <folder>/0000000007-00000000000000012000-9f31c2aa.spool   files of records (``ingest.spool_record``)
    <folder>/position.json                                    how far they are read
    <folder>/damaged/                                         files in which something could not be read
    <folder>/lock

Two bounds: the bytes of the folder, and the free space of its disk. Beyond them nothing is taken, and nothing lost:
who calls does not acknowledge. What was read and not released is read again after a crash: the keys of the rows
make that harmless.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from core.errors import StartError
from ingest.messages import Message
from ingest.spool_position import Position, read_position, write_position
from ingest.spool_record import Found, encoded_all, encoded_size, step
from ingest.spool_segment import Segment, SegmentWriter, Shelf, number_after, sync_folder

log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
random_salt = partial(secrets.randbits, 32)
SLICE_MESSAGES = 500
"""How many messages are written and synced at once at most."""


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """How large the folder may become, how much of the disk stays free, and how large one file is; in bytes."""

    total: int = 1024 * MEGABYTE
    free: int = 512 * MEGABYTE
    segment: int = 16 * MEGABYTE

    @classmethod
    def of(cls, total_mb: int, free_mb: int) -> SpoolLimits:
        """The limits in megabytes, with files small enough that one read to its end makes room."""
        total = total_mb * MEGABYTE
        return cls(total, free_mb * MEGABYTE, max(64 * 1024, min(cls().segment, total // 8)))


@dataclass(frozen=True, slots=True)
class Portion:
    """Messages in order, how many before or among them are lost for good, and what ``release`` needs to know."""

    messages: list[Message]
    lost: int
    end: Position


@dataclass(frozen=True, slots=True)
class SpoolState:
    """What waits: messages, bytes, arrival of the oldest; ``full`` says why nothing more is taken, None where it is."""

    messages: int
    bytes: int
    oldest: datetime | None
    full: str | None


def free_bytes(folder: Path) -> int:
    """How many bytes of the folder's disk are free for us."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def open_spool(
    folder: Path,
    limits: SpoolLimits | None = None,
    *,
    free: Callable[[Path], int] = free_bytes,
    salt: Callable[[], int] = random_salt,
) -> Spool:
    """The spool of a folder, made where there was none, with what an earlier run left in it.

    Raises StartError where the folder cannot be used, or another process has it.
    """
    lock = -1
    try:
        (folder / "damaged").mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)  # else a power cut could take all of it
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return Spool(folder, limits or SpoolLimits(), free, salt, lock)
    except OSError as error:
        if lock >= 0:
            os.close(lock)
        taken = error.errno in (errno.EWOULDBLOCK, errno.EACCES) and lock >= 0
        raise StartError(
            f"the spool folder {folder} cannot be used ({'another collector has it' if taken else error.strerror})",
            hint="give each collector a data folder of its own, which it may write, with --data DIR",
        ) from error


class Spool:
    """Append and read; made by ``open_spool``, for one thread. What goes wrong here is told, never raised."""

    def __init__(
        self, folder: Path, limits: SpoolLimits, free: Callable[[Path], int], salt: Callable[[], int], lock: int
    ) -> None:
        self._folder, self._limits, self._free, self._salt, self._lock = folder, limits, free, salt, lock
        self._writer: SegmentWriter | None = None
        self._full: str | None = None
        self._loaded: tuple[Segment, bytes] | None = None
        self._unreadable: Segment | None = None
        self._oldest: datetime | None = None
        self._shelf = Shelf(folder, most_evidence=limits.total // 4)
        self._at = read_position(folder)
        self._take_over()

    def _take_over(self) -> None:
        """Find out where an earlier run was."""
        shelf = self._shelf
        for done in [each for each in shelf.segments if each.ordinal < self._at.ordinal]:
            shelf.drop(done, harmed=False)
        self._next, self._ordinal = self._at.number, max(self._at.ordinal, 1)
        if not shelf.segments:
            return
        first, last = shelf.segments[0], shelf.segments[-1]
        self._next = max(self._next, number_after(last))
        self._ordinal = last.ordinal + 1
        if self._at.ordinal != first.ordinal:
            known = self._at.ordinal > 0  # else nobody knows what was before the first file
            self._at = Position(first.ordinal, number=self._at.number if known else first.base)
        log.info("%d messages of an earlier run wait in %s", self.state.messages, self._folder)

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._shelf.segments

    @property
    def state(self) -> SpoolState:
        """What waits now."""
        if self.empty:
            return SpoolState(0, 0, None, self._full)
        waiting = max(0, self._next - self._at.number)
        return SpoolState(waiting, max(0, self._shelf.bytes - self._at.offset), self._oldest_arrival(), self._full)

    def close(self) -> None:
        """Let go of the folder; what waits in it is there next time."""
        self._seal()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    # Writing

    def append(self, messages: Sequence[Message]) -> int:
        """Write messages durably; how many of them, from the first on, are. Fewer than given: ``state.full`` says why."""
        self._full = None
        done = 0
        while done < len(messages) and self._full is None:
            part = messages[done : done + SLICE_MESSAGES]
            done += len(part) if self._written(part) else self._one_by_one(part)
        return done

    def _one_by_one(self, messages: Sequence[Message]) -> int:
        """How many of those fit that do not fit together."""
        return next((place for place, message in enumerate(messages) if not self._written([message])), len(messages))

    def _written(self, messages: Sequence[Message]) -> bool:
        """Whether they are durable; ``_full`` says why where they are not."""
        size = encoded_size(messages)
        try:
            self._full = self._no_room(size)
            if self._full is not None:
                return False
            writer = self._writable()
            writer.append(b"".join(encoded_all(messages, self._next, writer.segment.salt)))
        except OSError as error:
            self._full = f"it cannot be written: {error.strerror or error}"
            if self._writer is not None and not self._writer.sound:
                self._seal()
            return False
        self._next += len(messages)
        self._shelf.bytes += size
        return True

    def _no_room(self, size: int) -> str | None:
        if self._shelf.bytes + self._shelf.evidence + size > self._limits.total:
            return f"its limit of {self._limits.total / MEGABYTE:g} MB is reached"
        if self._free(self._folder) - size < self._limits.free:
            return f"less than {self._limits.free / MEGABYTE:g} MB of its disk would stay free"
        return None

    def _writable(self) -> SegmentWriter:
        if self._writer is not None and self._writer.size >= self._limits.segment:
            self._seal()
        if self._writer is None:
            segment = Segment(self._folder, self._ordinal, self._next, self._salt())
            self._writer = SegmentWriter(segment)
            if self.empty:
                self._at = Position(segment.ordinal, number=self._next)
            self._shelf.add(segment)
            self._ordinal += 1
        return self._writer

    def _seal(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    # Reading

    def read(self, most: int, most_bytes: int = 8 * MEGABYTE) -> Portion | None:
        """The oldest messages, up to ``most`` and about ``most_bytes``; None where nothing can be read now.

        Until it is released the same comes again. A file that is being written is ended first.
        """
        while not self.empty:
            portion = self._portion(self._shelf.segments[0], most, most_bytes)
            if portion is None or portion.messages or portion.lost:
                return portion
            self.release(portion)
        return None

    def release(self, portion: Portion) -> None:
        """What the portion held is in the database: it is not read again, and a file read to its end goes."""
        before, self._at, self._oldest = self._at, portion.end, None
        finished = portion.end.ordinal != before.ordinal
        # Once a file is gone the position must not name it: a gap would be seen where none is.
        if finished:
            self._at = replace(portion.end, harmed=False)
        write_position(self._folder, self._at, durable=finished)
        if finished:
            self._shelf.drop(self._shelf.segments[0], harmed=portion.end.harmed)
            self._loaded = None

    def _portion(self, segment: Segment, most: int, most_bytes: int) -> Portion | None:
        if self._writer is not None and self._writer.segment == segment:
            self._seal()
        data = self._load(segment)
        if data is None:
            return None
        at, lost = self._at, 0
        offset, number, harmed = at.offset, at.number, at.harmed
        messages: list[Message] = []
        while offset < len(data) and len(messages) < most and offset - at.offset < most_bytes:
            found = step(data, offset, segment.salt)
            offset = found.end
            harmed |= found.found is Found.DAMAGED
            if found.message is not None:
                messages.append(found.message)
                lost += max(0, found.number - number)
                number = max(number, found.number + 1)
        if offset < len(data):
            return Portion(messages, lost, Position(segment.ordinal, offset, number, harmed))
        ordinal, following = self._after(segment)
        lost += max(0, following - number)
        return Portion(messages, lost, Position(ordinal, 0, max(number, following), harmed or lost > 0))

    def _after(self, segment: Segment) -> tuple[int, int]:
        """The file that follows, there or still to be made, and the number it begins with."""
        for each in self._shelf.segments:
            if each.ordinal > segment.ordinal:
                return each.ordinal, each.base
        return self._ordinal, self._next

    def _load(self, segment: Segment) -> bytes | None:
        """What is in a file: nothing where it was taken away, None where it cannot be read just now."""
        if self._loaded is None or self._loaded[0] != segment:
            try:
                self._loaded = (segment, segment.path.read_bytes())
            except FileNotFoundError:
                self._loaded = (segment, b"")
            except OSError as error:
                level = logging.DEBUG if self._unreadable == segment else logging.WARNING
                log.log(level, "the spool file %s cannot be read (%s); it is tried again", segment.path, error)
                self._unreadable = segment
                return None
        return self._loaded[1]

    def _oldest_arrival(self) -> datetime | None:
        """When the oldest message that waits arrived; looked up once, None where it cannot be read."""
        if self._oldest is None:
            first = self._shelf.segments[0]
            try:
                with first.path.open("rb") as file:
                    file.seek(self._at.offset)
                    found = step(file.read(MEGABYTE), 0, first.salt)
            except OSError:
                return None
            self._oldest = found.message.received_at if found.message is not None else None
        return self._oldest
