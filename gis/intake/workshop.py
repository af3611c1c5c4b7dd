"""A folder of our own to work in, beside where the result goes, and gone when the work is done."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import LayerError

_PREFIX = ".importing-"


class Workshop:
    """Folders for one import: ``work`` is the confined process's, ``stage`` looks like a site folder.

    Where it is ``lasting`` it lies in ``folder``, on the file system of the result, and no other import of the site
    goes on at the same time; else in the system's place for temporary files.
    """

    def __init__(self, folder: Path, layer: str, *, lasting: bool) -> None:
        self._folder = folder
        self._layer = layer
        self._lasting = lasting
        self.work = folder
        self.stage = folder

    @property
    def source(self) -> Path:
        """Where the copy of the file to import belongs."""
        return self.work / "source"

    @contextmanager
    def opened(self) -> Iterator[Workshop]:
        """The workshop while the work goes on; raises LayerError where the folder cannot be written or is in use."""
        if not self._lasting:
            with self._made(None) as workshop:
                yield workshop
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._folder, os.O_RDONLY)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            self._hold(handle)
            for left in self._folder.glob(f"{_PREFIX}*"):
                shutil.rmtree(left, ignore_errors=True)
            with self._made(self._folder) as workshop:
                yield workshop
        finally:
            os.close(handle)

    def write(self, path: Path, text: str) -> None:
        """Puts a text in place in one step."""
        part = self.stage / "part"
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    @contextmanager
    def _made(self, folder: Path | None) -> Iterator[Workshop]:
        try:
            base = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder, ignore_cleanup_errors=True)
        except OSError as error:
            raise self._unusable(error) from error
        with base as name:
            self.work, self.stage = Path(name).resolve() / "work", Path(name).resolve() / "site"
            self.work.mkdir()
            self.stage.mkdir()
            yield self

    def _hold(self, handle: int) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LayerError(
                self._layer, "another import into this site is going on", hint="wait for it to end and try again"
            ) from error

    def _unusable(self, error: OSError) -> LayerError:
        return LayerError(
            self._layer,
            f"{self._folder}: cannot be written: {error.strerror}",
            hint="is the disk full? check the rights",
        )
