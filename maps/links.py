"""Addresses in pages: from the root of our own server, or relative, for a folder any web server may serve from anywhere.

``page`` takes a page's path without language (``/list``, ``/station/x#q``), ``resource`` that of anything else
(``/static/css/base.css``). The static site names files (``list/index.html``), so that it also works where a server
shows no index of a folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from config.exercise import PATH
from config.model import Site
from maps.words import Language

HOME = "/"


def prefix(language: Language) -> str:
    """What stands before the path of a page in this language: nothing for Japanese, ``/en`` for English."""
    return "" if language == "ja" else "/en"


@dataclass(frozen=True, slots=True)
class Links:
    """How pages of one kind name each other. ``depth`` is the number of folders a static page lies in, None live.

    ``root`` is what live pages lie below, with a ``/`` at its end.
    """

    depth: int | None = None
    root: str = HOME

    @property
    def static(self) -> bool:
        """Whether the page is a file of the static site, with no server of ours behind it."""
        return self.depth is not None

    @property
    def base(self) -> str:
        """What leads from the page to the root of the site: ``root`` live, ``./`` or so many ``../`` in the static site."""
        if self.depth is None:
            return self.root
        return "../" * self.depth or "./"

    def page(self, path: str, language: Language) -> str:
        """The address of a page in a language; a query or fragment in ``path`` stays."""
        place, rest = _parted(prefix(language) + path)
        if not self.static:
            return self.root + place.removeprefix("/") + rest
        return self.base + quote(page_file(place), safe="/%") + rest

    def resource(self, path: str) -> str:
        """The address of a file or an interface of ours that has no language."""
        return self.base + path.removeprefix("/")

    def series_csv(self, station: str, quantity: str) -> str:
        """The address of a quantity's last day as CSV."""
        station = quote(station, safe="")
        if self.static:
            return self.resource(f"/series/{station}/{quantity}.csv")
        return self.resource(f"/api/stations/{station}/series?quantity={quantity}&format=csv")


LIVE = Links()
"""Addresses below the root of our own server."""


EXERCISE = Links(root=f"{PATH}/")
"""Addresses of the pages of an exercise."""


def on(site: Site, links: Links) -> Links:
    """The links as pages of this site name each other: those of an exercise stay below its own root."""
    return EXERCISE if site.exercise and not links.static else links


def static_links(depth: int) -> Links:
    """Addresses in a page of the static site that lies ``depth`` folders deep (``index.html``: 0, ``en/list/…``: 2)."""
    return Links(depth)


def page_file(path: str) -> str:
    """The file of a page in the static site: ``/en/list`` → ``en/list/index.html``, ``/404.html`` stays what it is."""
    place = path.strip("/")
    if place.rpartition("/")[2].count("."):
        return place
    return f"{place}/index.html" if place else "index.html"


def depth_of(file: str) -> int:
    """In how many folders a file of the static site lies."""
    return file.count("/")


def _parted(path: str) -> tuple[str, str]:
    """The path, and the query and fragment behind it."""
    ends = [at for at in (path.find("?"), path.find("#")) if at >= 0]
    end = min(ends, default=len(path))
    return path[:end], path[end:]
