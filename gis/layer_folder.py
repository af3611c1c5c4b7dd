"""A folder of published layers: one publisher at a time, files in one step, and nothing that is no longer published."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.errors import YukimoriError
from gis.catalogue import CATALOGUE_NAME, PublishedLayer, catalogue_text, read_catalogue

_FORMS = (".geojson", ".pmtiles")
_WORKSHOP = ".publishing-"


class LayerFolder:
    """The folder, held by this process alone while the ``with`` block lasts; another publisher waits at its start.

    Raises YukimoriError where it cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.before: Mapping[str, PublishedLayer] = {}

    @contextmanager
    def held(self) -> Iterator[LayerFolder]:
        """The folder, with what was ``before`` in its catalogue."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                self._remove_scraps()
                self.before = {layer.id: layer for layer in self._last_published()}
                yield self
            finally:
                os.close(handle)
        except OSError as error:
            raise YukimoriError(
                f"publishing layers into {self.path}: {error.strerror or error}",
                hint="is it writable, is the disk full?",
            ) from error

    def keep_only(self, ids: Collection[str]) -> None:
        """Take away every layer that is not of these: out of the catalogue first, then its files.

        Where no catalogue tells what was published, everything that looks like a layer goes.
        """
        kept = [layer for layer in self.before.values() if layer.id in ids]
        self.write_catalogue(kept)
        known = {name for layer in self.before.values() for name in layer.files}
        known = known or {path.name for path in self.path.iterdir() if path.suffix in _FORMS}
        self._remove(known - {name for layer in kept for name in layer.files})

    def write_catalogue(self, layers: list[PublishedLayer]) -> None:
        """``layers.json``, in one step, if it says anything new."""
        path = self.path / CATALOGUE_NAME
        content = catalogue_text(layers).encode()
        if path.is_file() and path.read_bytes() == content:
            return
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        part.write_bytes(content)
        part.replace(path)

    @contextmanager
    def workshop(self) -> Iterator[Path]:
        """An empty folder on the same disk, gone after the block."""
        with tempfile.TemporaryDirectory(dir=self.path, prefix=_WORKSHOP) as work:
            yield Path(work)

    def put(self, made: Iterable[Path], instead_of: PublishedLayer | None) -> None:
        """Move files out of the workshop to their names; those of the earlier form of the layer go."""
        names = set()
        for path in made:
            path.replace(self.path / path.name)
            names.add(path.name)
        self._remove(set(instead_of.files) - names if instead_of else set())

    def drop(self, layers: Iterable[PublishedLayer]) -> None:
        """Take away the files of layers that the catalogue no longer names."""
        self._remove(name for layer in layers for name in layer.files)

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            (self.path / name).unlink(missing_ok=True)

    def _remove_scraps(self) -> None:
        """What a publisher left that was killed: nobody else builds here now."""
        for path in self.path.glob(f"{_WORKSHOP}*"):
            shutil.rmtree(path)
        for path in self.path.glob(f".{CATALOGUE_NAME}.*.part"):
            path.unlink()

    def _last_published(self) -> list[PublishedLayer]:
        """The catalogue, or nothing where an older version or a broken disk left one that cannot be read."""
        try:
            return read_catalogue(self.path)
        except YukimoriError:
            return []
