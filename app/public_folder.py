"""The folder of the static site: only what changed is written, each file in one step, and what is ours is known.

``site-manifest.json`` names our files with the SHA-256 of their content. Only files it names are ever replaced or removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from core.errors import YukimoriError

MANIFEST = "site-manifest.json"

Stamp = tuple[int, int]
"""Time of the last change (ns) and size: another one means another content."""


class PublicFolder:
    """One folder and the files in it that are ours; ``shared`` are folders below it that others keep, each whole."""

    def __init__(self, root: Path, shared: Iterable[str]) -> None:
        self.root = root
        self._shared = tuple(shared)
        self._ours = _manifest(root)
        self._written: dict[str, Stamp] = {}
        self._others: dict[str, tuple[Stamp, str]] = {}

    def claim(self, paths: Iterable[str]) -> None:
        """Says which files are ours from now on; what was ours before and is not among them is removed.

        Raises YukimoriError, having touched nothing, where somebody else's file lies in the place of one.
        """
        wanted = set(paths)
        strangers = sorted(path for path in wanted - self._ours.keys() if os.path.lexists(self.root / path))
        if strangers:
            raise YukimoriError(
                f"writing the site into {self.root}: {strangers[0]} is there already and is not ours",
                hint="give a folder of its own with --out DIR, or take the file away",
            )
        for path in sorted(self._ours.keys() - wanted):
            if not self._is_shared(path):
                self._remove(path)
        self._ours = {path: self._ours.get(path) for path in wanted}
        self.settle()  # before any file: what a power cut leaves behind is known to be ours

    def like(self, pattern: str) -> list[str]:
        """The paths of ours that fit a pattern, sorted."""
        return sorted(path for path in self._ours if PurePosixPath(path).match(pattern))

    def missing(self, path: str) -> bool:
        """Whether a file is not there (yet)."""
        return not (self.root / path).is_file()

    def write(self, path: str, content: bytes) -> bool:
        """Puts a claimed file there where it is not, or is another; whether that was so. Raises YukimoriError."""
        if path not in self._ours:
            raise ValueError(f"{path} was not claimed")
        file, found = self.root / path, hashlib.sha256(content).hexdigest()
        if self._ours[path] == found and path in self._written and self._written[path] == _stamp(file):
            return False
        with _doing(f"writing {file}"):
            changed = _content(file) != content
            if changed:
                _replace(file, content)
        self._ours[path] = found
        self._written[path] = _stamp(file)
        return changed

    def settle(self) -> None:
        """Brings the manifest up to date, with the files others keep in the shared folders. Raises YukimoriError."""
        files = dict(sorted((self._of_others() | self._ours).items()))
        content = (json.dumps({"files": files}, indent=0, ensure_ascii=False) + "\n").encode()
        file = self.root / MANIFEST
        with _doing(f"writing {file}"):
            if _content(file) != content:
                _replace(file, content)

    def _is_shared(self, path: str) -> bool:
        return PurePosixPath(path).parts[0] in self._shared

    def _of_others(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for top in self._shared:
            with _doing(f"reading {self.root / top}"):
                for file in sorted((self.root / top).rglob("*")):
                    place = file.relative_to(self.root)
                    if file.is_file() and not any(part.startswith(".") for part in place.parts):
                        found[place.as_posix()] = self._hash_of(place.as_posix(), file)
        return found

    def _hash_of(self, path: str, file: Path) -> str:
        """The hash of a file others wrote; read again only where its time or size changed."""
        stamp = _stamp(file)
        known = self._others.get(path)
        if known is None or known[0] != stamp:
            with file.open("rb") as opened:
                known = self._others[path] = (stamp, hashlib.file_digest(opened, "sha256").hexdigest())
        return known[1]

    def _remove(self, path: str) -> None:
        file = self.root / path
        with _doing(f"removing {file}"):
            file.unlink(missing_ok=True)
        with suppress(OSError):  # a folder that holds anything else stays
            for folder in file.parents:
                if folder == self.root:
                    return
                folder.rmdir()


def _manifest(root: Path) -> dict[str, str | None]:
    """Our files by the manifest, None for one that was claimed and never written; nothing where there is none.

    Raises YukimoriError for a manifest that cannot be understood, or that names a place outside of the folder.
    """
    with _doing(f"reading {root / MANIFEST}"):
        content = _content(root / MANIFEST)
    if content is None:
        return {}
    try:
        files = dict(json.loads(content)["files"])
        sound = all(_inside(path) and isinstance(found, str | None) for path, found in files.items())
    except (ValueError, TypeError, KeyError):
        sound = False
    if not sound:
        raise YukimoriError(
            f"reading {root / MANIFEST}: it is damaged, or names a file outside of the folder",
            hint="publish into an empty folder, or remove this one's content and publish anew",
        )
    return files


def _inside(path: object) -> bool:
    if not isinstance(path, str) or not path or "\0" in path:
        return False
    parts = PurePosixPath(path).parts
    return bool(parts) and parts[0] != "/" and ".." not in parts


def _content(file: Path) -> bytes | None:
    try:
        return None if file.is_symlink() else file.read_bytes()
    except FileNotFoundError:
        return None


def _stamp(file: Path) -> Stamp:
    try:
        status = file.lstat()
    except OSError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size


def _replace(file: Path, content: bytes) -> None:
    """Puts the content in the file's place in one step: a reader finds the old or the new one, never half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
            os.fchmod(opened.fileno(), 0o644)  # a web server of another user reads it
        made.replace(file)
    except BaseException:
        made.unlink()
        raise


@contextmanager
def _doing(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise YukimoriError(
            f"{what}: {error.strerror or error}", hint="look at the folder's rights and at the space left on its disk"
        ) from error
