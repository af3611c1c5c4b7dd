"""Files over HTTP: small ones from memory, tagged and compressed; large ones by range from disk."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from web.payloads import Payload, answer, has_it
from web.problems import Problem

MEDIA_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".pmtiles": "application/vnd.pmtiles",
    ".csv": "text/csv; charset=utf-8",
    ".gpkg": "application/geopackage+sqlite3",
    ".webmanifest": "application/manifest+json",
}
"""What is served at all; any other ending is not found."""

IN_MEMORY = 8 * 1024 * 1024

FOR_EVER = "public, max-age=31536000, immutable"
NOBODY_KEEPS = "no-store"
"""What only staff may read: no cache on the way keeps it, whatever its address says."""

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}", re.ASCII)
_ONE_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Kept:
    changed_ns: int
    size: int
    payload: Payload


class Folder:
    """Serves the files below one folder, and nothing else: names are checked before the disk is asked."""

    def __init__(self, root: Path, cache_control: str) -> None:
        self._root = root
        self._cache_control = cache_control
        self._kept: dict[Path, _Kept] = {}

    def answer(self, request: Request, name: str) -> Response:
        """The file of this name; for ever where the address carries its version (``?v=``), but for what nobody may keep.

        Raises Problem 404.
        """
        path = self._path(name)
        status = _regular(path)
        for_ever = bool(request.query_params.get("v")) and self._cache_control != NOBODY_KEEPS
        cache_control = FOR_EVER if for_ever else self._cache_control
        if path.suffix in (".pmtiles", ".gpkg") or status.st_size > IN_MEMORY:
            return _from_disk(request, path, status, cache_control)
        return answer(request, self._payload(path, status), cache_control)

    def _path(self, name: str) -> Path:
        if not all(_SEGMENT.fullmatch(segment) and ".." not in segment for segment in name.split("/")):
            raise Problem(404, "There is no such file.")
        path = self._root.joinpath(*name.split("/"))
        if path.suffix not in MEDIA_TYPES or not path.resolve().is_relative_to(self._root.resolve()):
            raise Problem(404, "There is no such file.")
        return path

    def _payload(self, path: Path, status: os.stat_result) -> Payload:
        kept = self._kept.get(path)
        if kept is None or (kept.changed_ns, kept.size) != (status.st_mtime_ns, status.st_size):
            payload = Payload(_content(path), MEDIA_TYPES[path.suffix])
            kept = self._kept[path] = _Kept(status.st_mtime_ns, status.st_size, payload)
        return kept.payload


def _regular(path: Path) -> os.stat_result:
    try:
        status = path.stat()
    except OSError as error:
        raise Problem(404, "There is no such file.") from error
    if not stat.S_ISREG(status.st_mode):
        raise Problem(404, "There is no such file.")
    return status


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:  # taken away by its publisher between two looks
        raise Problem(404, "There is no such file.") from error


def _from_disk(request: Request, path: Path, status: os.stat_result, cache_control: str) -> Response:
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    headers = {"ETag": etag, "Cache-Control": cache_control, "Accept-Ranges": "bytes"}
    if has_it(request, etag):
        return Response(status_code=304, headers=headers)
    _settle_range(request, status.st_size)
    return FileResponse(path, headers=headers, media_type=MEDIA_TYPES[path.suffix], stat_result=status)


def _settle_range(request: Request, size: int) -> None:
    """Leaves a sound single range to the file's answer; refuses (416) one outside; forgets anything else.

    A server may ignore a Range field (RFC 9110 §14.2), and answers of many parts serve nobody here.
    """
    given = request.headers.get("range")
    if given is None:
        return
    match = _ONE_RANGE.fullmatch(given.strip())
    first, last = (match[1], match[2]) if match else (None, None)
    if match is None or (first and last and int(last) < int(first)):
        request.scope["headers"] = [(name, value) for name, value in request.scope["headers"] if name != b"range"]
    elif int(first) >= size if first else int(match[3]) == 0:
        raise Problem(416, "The file ends before that.", {"Content-Range": f"bytes */{size}"})
