"""What a page or file of the static site is: where it lies, what builds it, and from what."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.model import Site
from core.errors import YukimoriError
from gis.catalogue import PublishedLayer
from maps.links import Links, depth_of, page_file, prefix, static_links
from maps.words import Language

BOTH: tuple[Language, ...] = ("ja", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSources:
    """What pages are built from.

    ``layers`` is the folder of published layers, ``catalogue`` what is in it; ``facts`` the state of the site as
    ``live/snapshot.json`` has it, ``roads`` what is told of cleared roads as ``live/roads.json`` has it, ``closures`` of closed ones
    as ``live/closures.json``, ``exercise`` of an exercise as ``live/exercise.json``; ``asset_version`` goes into the addresses of
    static files.
    """

    site: Site
    layers: Path
    catalogue: Sequence[PublishedLayer]
    facts: Mapping[str, Any]
    asset_version: str
    roads: Mapping[str, Any] | None = None
    closures: Mapping[str, Any] | None = None
    exercise: Mapping[str, Any] | None = None

    def road_lines(self) -> Mapping[str, Any] | None:
        """The published layer of cleared roads; None where the town has none. Raises YukimoriError."""
        wanted = "" if self.site.ploughs is None else self.site.ploughs.roads
        layer = next((layer for layer in self.catalogue if layer.id == wanted), None)
        return None if layer is None else self.collection(layer)

    def collection(self, layer: PublishedLayer) -> Mapping[str, Any]:
        """The features of a published layer as GeoJSON. Raises YukimoriError where its file cannot be read."""
        path = self.layers / Path(layer.geojson_url).name
        try:
            found: Mapping[str, Any] = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise YukimoriError(
                f"reading the published layer {path}: {error}", hint="publish the layers anew: yukimori layers build"
            ) from error
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A page, and the files that belong beside it by name."""

    html: str
    beside: Mapping[str, str] = field(default_factory=dict)


Build = Callable[[PageSources, Language, Links], Built]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticPage:
    """A page of the static site. ``path`` is its address without language (``/list``), ``beside`` names the files it brings.

    ``of_state`` pages hold values and are written anew with every state; of a ``station``'s page only when its values are
    others. All others are written when the layers or the program change.
    """

    path: str
    build: Build
    beside: tuple[str, ...] = ()
    languages: tuple[Language, ...] = BOTH
    of_state: bool = False
    station: str | None = None

    def files(self, sources: PageSources) -> Iterator[tuple[str, bytes]]:
        """Path below the folder of the site and content of every file of the page, in all its languages."""
        for language, file in self.places():
            built = self.build(sources, language, static_links(depth_of(file)))
            yield file, built.html.encode()
            for name in self.beside:
                yield _beside(file, name), built.beside[name].encode()

    def paths(self) -> list[str]:
        """The path of every file of the page, in all its languages."""
        files = [file for _, file in self.places()]
        return [*files, *(_beside(file, name) for file in files for name in self.beside)]

    def places(self) -> Iterator[tuple[Language, str]]:
        """The file of the page in each language."""
        for language in self.languages:
            yield language, page_file(prefix(language) + self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """Any other file of the static site: ``path`` is where it lies, ``build`` gives its text."""

    path: str
    build: Callable[[PageSources, Links], str]
    of_state: bool = False
    station: str | None = None

    def files(self, sources: PageSources) -> Iterator[tuple[str, bytes]]:
        """Its path and content."""
        yield self.path, self.build(sources, static_links(depth_of(self.path))).encode()

    def paths(self) -> list[str]:
        """Its path."""
        return [self.path]


def _beside(file: str, name: str) -> str:
    folder = file.rpartition("/")[0]
    return f"{folder}/{name}" if folder else name
