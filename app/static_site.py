"""The static site: pages, static files, state, series and feed of one site, written into a folder."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from app.public_folder import PublicFolder
from config.model import Site
from core.times import Clock
from gis import PublishedLayer, read_catalogue
from maps import STATIC, static_version
from maps.feed import PATH as FEED
from maps.feed import alerts_feed, cap_path
from maps.links import depth_of, static_links
from maps.site_page import PageSources, StaticFile, StaticPage
from maps.site_pages import pages_of
from web.snapshot import Snapshot, facts_of_nothing, series_paths

STATE = "live/snapshot.json"
ROADS = "live/roads.json"
WARNINGS = "live/warnings.json"
CLOSURES = "live/closures.json"
EXERCISE = "live/exercise.json"

SHARED = ("layers", "basemap", "opendata", "exposure")
"""Folders of the site that the steps of publishing fill by themselves."""


class StaticSite:
    """Writes a site's public face; the state comes as snapshots, all else from the site and its published layers."""

    def __init__(self, site: Site, root: Path, clock: Clock) -> None:
        self._site, self._clock = site, clock
        self._folder = PublicFolder(root, SHARED)
        self._layers = root / "layers"
        self._version = static_version()
        self._pages: list[StaticPage | StaticFile] = []
        self._facts: Mapping[str, Any] | None = None
        self._roads: Mapping[str, Any] | None = None
        self._closures: Mapping[str, Any] | None = None
        self._exercise: Mapping[str, Any] | None = None
        self._built_of: list[PublishedLayer] | None = None
        self._claimed_for: tuple[list[PublishedLayer], list[str]] | None = None
        # Until the state is known the messages stay that were written before: the feed beside them leads to them.
        self._caps = self._folder.like("alerts/*.cap.xml")

    def withdraw(self, public: Collection[str]) -> None:
        """Takes the pages away of layers that are not among these (by id). Raises YukimoriError."""
        self._claim([layer for layer in read_catalogue(self._layers) if layer.id in public])

    def write_pages(self) -> int:
        """Brings everything up to date that does not change with the state; answers how many files were others before.

        Pages of the state are written too where there is none yet, so that no address leads nowhere. Raises
        YukimoriError.
        """
        catalogue = read_catalogue(self._layers)
        if self._built_of == catalogue:
            return 0
        self._claim(catalogue)
        sources = self._sources(catalogue, self._facts or facts_of_nothing(self._site, self._clock()))
        built = self._write(self._assets())
        for page in self._pages:
            if self._wanted(page):
                built += self._write(page.files(sources))
        self._built_of = catalogue
        self._folder.settle()
        return built

    def write_state(self, snapshot: Snapshot, series: Iterable[tuple[str, bytes]]) -> int:
        """Writes the state, the pages that hold values, the series due and the feed; answers how many files changed.

        The state comes first: it is what the open pages ask for. Raises YukimoriError.
        """
        catalogue = read_catalogue(self._layers)
        caps = {cap_path(episode["id"]): episode["cap"] for episode in snapshot.feed["episodes"] if episode["cap"]}
        self._caps = sorted(caps)
        self._claim(catalogue)
        self._facts, self._roads = snapshot.facts, snapshot.roads
        self._closures, self._exercise = snapshot.closures, snapshot.exercise
        sources = self._sources(catalogue, snapshot.facts)
        written = self._write([(STATE, _json(snapshot.facts))])
        written += self._write([(CLOSURES, _json(snapshot.closures)), (EXERCISE, _json(snapshot.exercise))])
        if snapshot.roads is not None:
            written += self._write([(ROADS, _json(snapshot.roads))])
        if snapshot.warnings is not None:
            written += self._write([(WARNINGS, _json(snapshot.warnings))])
        for page in self._pages:
            if page.of_state and (page.station is None or page.station in snapshot.changed):
                written += self._write(page.files(sources))
        feed = alerts_feed(self._site, snapshot.feed, static_links(depth_of(FEED)))
        written += self._write(caps.items())
        written += self._write([(FEED, feed)])
        written += self._write(series)
        self._folder.settle()
        return written

    def _wanted(self, page: StaticPage | StaticFile) -> bool:
        """Whether a page is built with the layers: all are but those of a state nobody knows, where they are there."""
        if not page.of_state or self._facts is not None:
            return True
        return any(self._folder.missing(path) for path in page.paths())

    def _sources(self, catalogue: list[PublishedLayer], facts: Mapping[str, Any]) -> PageSources:
        return PageSources(
            site=self._site,
            layers=self._layers,
            catalogue=catalogue,
            facts=facts,
            roads=self._roads,
            closures=self._closures,
            exercise=self._exercise,
            asset_version=self._version,
        )

    def _assets(self) -> Iterable[tuple[str, bytes]]:
        for file in sorted(STATIC.rglob("*")):
            if file.is_file():
                yield _asset_path(file), file.read_bytes()

    def _write(self, files: Iterable[tuple[str, bytes]]) -> int:
        return sum(self._folder.write(path, content) for path, content in files)

    def _claim(self, catalogue: list[PublishedLayer]) -> None:
        """Says by name which files there are to be, where the layers are others than before."""
        if self._claimed_for == (catalogue, self._caps):
            return
        self._pages = pages_of(self._site, catalogue)
        state = [STATE, CLOSURES, EXERCISE] + ([] if self._site.ploughs is None else [ROADS])
        state += [] if self._site.jma is None else [WARNINGS]
        paths = [*state, FEED, *self._caps, *(_asset_path(file) for file in STATIC.rglob("*") if file.is_file())]
        for page in self._pages:
            paths += page.paths()
        for stream in self._site.datastreams:
            paths += series_paths(stream)
        self._folder.claim(paths)
        self._claimed_for = (catalogue, self._caps)


def _asset_path(file: Path) -> str:
    return f"static/{file.relative_to(STATIC).as_posix()}"


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
