"""Where scripts and style sheets come from: our own folder, never another host.

folium and branca name ten files on four outside hosts for a bare map. ``self_host`` rewrites the class-level lists of
every element once: what is vendored points to ``/static/vendor``, what is not is not asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"

VENDORED = {
    "leaflet": "/static/vendor/leaflet.js",
    "leaflet_css": "/static/vendor/leaflet.css",
}


def _subclasses(of: type) -> Iterator[type]:
    cls: type
    for cls in of.__subclasses__():
        yield cls
        yield from _subclasses(cls)


def _own(assets: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, VENDORED[name]) for name, _ in assets if name in VENDORED]


def self_host() -> None:
    """Points every folium element at self-hosted files; may be called again, changes nothing then."""
    # Loaded here: processes without a map want our files too. The plug-ins register every element class when they are
    # imported, so that none keeps an outside address.
    import folium.plugins  # noqa: F401, PLC0415
    from folium.elements import JSCSSMixin  # noqa: PLC0415

    for cls in (JSCSSMixin, *_subclasses(JSCSSMixin)):
        for attribute in ("default_js", "default_css"):
            if attribute in vars(cls):
                setattr(cls, attribute, _own(getattr(cls, attribute)))


def static_version(folder: Path = STATIC) -> str:
    """A short hash over every static file, name and content: it changes when any of them does.

    Our own files are read once in the life of a process: every page asks, and none of them changes under it.
    """
    return _own_version() if folder == STATIC else _version_of(folder)


@cache
def _own_version() -> str:
    return _version_of(STATIC)


def _version_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
