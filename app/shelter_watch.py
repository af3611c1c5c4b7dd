"""The state of shelters by file: ``shelters_state.csv`` in the data folder, taken in whenever it changes.

A file that has a mistake is refused as a whole: what was said before stays, the reasons lie beside the file, an incident is
open until a good file follows.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.shelter_file import LARGEST_FILE, Saying, ShelterFile, read_shelter_file
from config.model import Site
from core.errors import YukimoriError
from core.shelter_words import OLDEST
from core.times import Clock
from gis.shelter_sites import PublishedShelters
from store import Store

log = logging.getLogger(__name__)

FILE_NAME = "shelters_state.csv"
REPORT_SUFFIX = ".refused"
INCIDENT = "shelter-file-refused"

Signature = tuple[int, int, int]


class ShelterFileWatch:
    """Looks at the file again and again; ``site_no`` is the store's number of the site."""

    def __init__(self, site: Site, store: Store, site_no: int, *, data: Path, layers: Path, clock: Clock) -> None:
        self._site, self._store, self._site_no, self._clock = site, store, site_no, clock
        self.file = data / FILE_NAME
        self.report = self.file.with_name(FILE_NAME + REPORT_SUFFIX)
        self._published = PublishedShelters(layers)
        self._seen: Signature | None = None
        self._done: tuple[Signature, tuple[int, int]] | None = None
        self._away = False

    def take_in_shelter_file(self) -> None:
        """Take the file in, where it is another one and no longer being written: the same at two looks. Never raises.

        A refused file is looked at again when it changes, or when the published shelters do.
        """
        signature = _signature(self.file)
        settled, self._seen = signature == self._seen, signature
        if signature is None or not settled or self._done == (signature, self._published.version()):
            return
        try:
            self._take_in(signature)
            self._away = False
        except YukimoriError as error:
            if not self._away:
                log.warning("%s cannot be taken in now, it is tried again: %s", self.file, error)
            self._away = True

    def _take_in(self, signature: Signature) -> None:
        version, now = self._published.version(), self._clock()
        at = min(now, _instant(signature[0], now))
        if at < now - OLDEST:
            log.info("%s is %d days old and left alone", self.file, (now - at) // timedelta(days=1))
        else:
            self._say(self._read(at, now), now)
        self._done = (signature, version)

    def _read(self, at: datetime, now: datetime) -> ShelterFile:
        try:
            content = _content(self.file)
        except OSError as error:
            return ShelterFile([], [f"the file cannot be read ({error.strerror or error})"])
        limits = self._site.limits
        zone = ZoneInfo(self._site.time_zone)
        saying = Saying(by=f"file {FILE_NAME}", at=at, now=now, ahead=limits.future_sensor, zone=zone)
        return read_shelter_file(content, self._published.sites(), saying)

    def _say(self, read: ShelterFile, now: datetime) -> None:
        watching = self._store.watching
        if read.mistakes:
            self._refuse(read.mistakes, now)
            return
        noted = self._store.shelters.say(self._site_no, read.states, now)
        watching.close_incident(self._site_no, INCIDENT, FILE_NAME, now)
        self._write_report(None)
        log.info("%s: %d states, %d of them new", self.file, len(read.states), noted)

    def _refuse(self, mistakes: Sequence[str], now: datetime) -> None:
        detail = {"mistakes": len(mistakes), "first": mistakes[0]}
        self._store.watching.open_incident(self._site_no, INCIDENT, FILE_NAME, now, detail)
        self._write_report(mistakes)
        log.warning("%s is refused, what was said before stays: %s", self.file, "; ".join(mistakes[:10]))

    def _write_report(self, mistakes: Sequence[str] | None) -> None:
        """The mistakes beside the file, in a form an editor of a town hall opens; nothing where there are none."""
        try:
            if mistakes is None:
                self.report.unlink(missing_ok=True)
                return
            lines = [f"{FILE_NAME}: {len(mistakes)} mistakes, nothing of it was taken in", *mistakes]
            _put(self.report, "\r\n".join(lines) + "\r\n")
        except OSError as error:
            log.warning("%s cannot be written (%s)", self.report, error.strerror or error)


def _signature(file: Path) -> Signature | None:
    """Another one whenever the file was written; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino) if file.is_file() else None


def _content(file: Path) -> bytes:
    """As much of a regular file as may be taken; a pipe that took its place is not waited for. Raises OSError."""
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError("it is not a regular file")
        return opened.read(LARGEST_FILE + 1)


def _instant(changed_ns: int, now: datetime) -> datetime:
    """When the file was changed; ``now`` where its date is beyond all calendars."""
    try:
        return datetime.fromtimestamp(changed_ns / 1e9, UTC)
    except (ValueError, OverflowError, OSError):
        return now


def _put(file: Path, text: str) -> None:
    """Puts the text there in one step and never through a link that lies in its place."""
    handle, part = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as opened:
            opened.write(text)
            os.fchmod(opened.fileno(), 0o644)  # who lays the file down reads it, whoever runs this process
        Path(part).replace(file)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
