"""The pages of the static site, in one list: where each lies and what builds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from config.model import Site
from core.errors import YukimoriError
from gis.catalogue import PublishedLayer
from gis.exposure.document import read_assessment
from gis.feature_source import FeatureSource
from gis.layer_measures import class_totals
from gis.open_data_index import read_index
from gis.sheet import Drawings
from maps.accessibility_page import PATH as ACCESSIBILITY
from maps.accessibility_page import accessibility_page
from maps.exposure_page import PATH as EXPOSURE
from maps.exposure_page import exposure_page
from maps.hazard_advice import REGISTERS, Register
from maps.hazard_page import Asked, hazard_page
from maps.hazard_service import words_text
from maps.layer_page import INDEX, LayerTable, all_layers_page, files_of, layer_page, path_of
from maps.layers import title
from maps.links import Links, depth_of, page_file, prefix, static_links
from maps.open_data_page import PATH as OPEN_DATA
from maps.open_data_page import open_data_page
from maps.page import build_page
from maps.print_looks import Ink
from maps.print_page import print_page
from maps.print_wish import PATH as PRINT
from maps.print_wish import PrintWish
from maps.shell import render
from maps.tables import build_list, station_page
from maps.words import Language, words

BOTH: tuple[Language, ...] = ("ja", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSources:
    """What pages are built from.

    ``layers`` is the folder of published layers, ``catalogue`` what is in it; ``facts`` the state of the site as
    ``live/snapshot.json`` has it; ``asset_version`` goes into the addresses of static files.
    """

    site: Site
    layers: Path
    catalogue: Sequence[PublishedLayer]
    facts: Mapping[str, Any]
    asset_version: str

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


def _map(sources: PageSources, language: Language, links: Links) -> Built:
    page = build_page(sources.site, sources.catalogue, language, asset_version=sources.asset_version, links=links)
    return Built(html=page.html, beside={"map.js": page.script})


def _list(sources: PageSources, language: Language, links: Links) -> Built:
    shelters = [
        (title(layer, language), sources.collection(layer)) for layer in sources.catalogue if layer.kind == "shelters"
    ]
    return Built(
        html=build_list(
            sources.site, sources.facts, language, asset_version=sources.asset_version, shelters=shelters, links=links
        )
    )


def _station(station: str, sources: PageSources, language: Language, links: Links) -> Built:
    facts = sources.facts
    features = facts["stations"]["features"]
    feature = next(feature for feature in features if feature["properties"]["id"] == station)
    return Built(
        html=station_page(
            sources.site,
            feature,
            language,
            now=facts["now"],
            asset_version=sources.asset_version,
            stale=bool(facts.get("stale")),
            read_at=facts.get("read_at"),
            links=links,
        )
    )


@cache
def _drawings(folder: Path) -> Drawings:
    """The drawings of a folder's layers, kept from one minute's sheets to the next."""
    return Drawings(folder)


def _print(ink: Ink, sources: PageSources, language: Language, links: Links) -> Built:
    html = print_page(
        sources.site,
        sources.catalogue,
        _drawings(sources.layers),
        sources.facts,
        PrintWish(ink=ink),
        language,
        asset_version=sources.asset_version,
        links=links,
    )
    return Built(html=html)


def _not_found(sources: PageSources, language: Language, links: Links) -> Built:
    others: Language = "en" if language == "ja" else "ja"
    html = render(
        "not_found.html.j2",
        sources.site,
        language,
        asset_version=sources.asset_version,
        links=links,
        other_w=words(others),
    )
    return Built(html=html)


def _open_data(sources: PageSources, language: Language, links: Links) -> Built:
    index = read_index(sources.layers.parent / "opendata")
    html = open_data_page(sources.site, index, language, asset_version=sources.asset_version, links=links)
    return Built(html=html)


def _exposure(sources: PageSources, language: Language, links: Links) -> Built:
    found = read_assessment(sources.layers.parent / "exposure")
    return Built(html=exposure_page(sources.site, found, language, asset_version=sources.asset_version, links=links))


def _all_layers(sources: PageSources, language: Language, links: Links) -> Built:
    html = all_layers_page(sources.site, sources.catalogue, language, asset_version=sources.asset_version, links=links)
    return Built(html=html)


def _accessibility(sources: PageSources, language: Language, links: Links) -> Built:
    return Built(html=accessibility_page(sources.site, language, asset_version=sources.asset_version, links=links))


def _layer(id_: str, sources: PageSources, language: Language, links: Links) -> Built:
    """The first page of a layer's table; as it is in the catalogue now, not as it was when the list was made."""
    layer = next(layer for layer in sources.catalogue if layer.id == id_)
    source = FeatureSource(layer.id, sources.layers / Path(layer.geojson_url).name)
    files = files_of(layer, read_index(sources.layers.parent / "opendata"))
    table = LayerTable(layer=layer, source=source, totals=class_totals(source, sources.site.plane_epsg), files=files)
    return Built(html=layer_page(sources.site, table, language, asset_version=sources.asset_version, links=links))


def _hazard(sources: PageSources, language: Language, links: Links) -> Built:
    return _hazard_in(language, sources, links)


def _easy_hazard(sources: PageSources, _: Language, links: Links) -> Built:
    return _hazard_in("easy", sources, links)


def _hazard_in(register: Register, sources: PageSources, links: Links) -> Built:
    html = hazard_page(
        sources.site,
        register,
        asset_version=sources.asset_version,
        asked=Asked(),
        links=links,
        catalogue=sources.catalogue,
    )
    return Built(html=html)


def _hazard_words(register: Register, sources: PageSources, _: Links) -> str:
    """What the browser tells the hazards of a place with, where no server of ours can."""
    return words_text(sources.site, sources.layers, register)


# Everything in the static site that is built. What holds values of the state says so by of_state.
PAGES: tuple[StaticPage | StaticFile, ...] = (
    StaticPage(path="/", build=_map, beside=("map.js",)),
    StaticPage(path="/list", build=_list, of_state=True),
    StaticPage(path=PRINT, build=partial(_print, "colour"), of_state=True),
    StaticPage(path=f"{PRINT}/mono", build=partial(_print, "mono"), of_state=True),
    StaticPage(path=OPEN_DATA, build=_open_data, of_state=True),
    StaticPage(path=EXPOSURE, build=_exposure, of_state=True),
    StaticPage(path=INDEX, build=_all_layers),
    StaticPage(path="/hazard", build=_hazard),
    StaticPage(path="/easy/hazard", build=_easy_hazard, languages=("ja",)),
    StaticPage(path=ACCESSIBILITY, build=_accessibility),
    StaticPage(path="/404.html", build=_not_found, languages=("ja",)),
    *(StaticFile(path=f"hazard-words.{name}.json", build=partial(_hazard_words, name)) for name in REGISTERS),
)


# Pages of which a site has one for each of its published layers.
LAYER_PAGES: tuple[Callable[[PublishedLayer], StaticPage], ...] = (
    lambda layer: StaticPage(path=path_of(layer.id), build=partial(_layer, layer.id)),
)


def pages_of(site: Site, catalogue: Sequence[PublishedLayer]) -> list[StaticPage | StaticFile]:
    """What is built for a site: what every site has, and the pages of its stations and published layers."""
    stations = [
        StaticPage(
            path=f"/station/{station.id}", build=partial(_station, station.id), of_state=True, station=station.id
        )
        for station in site.stations
    ]
    return [*PAGES, *stations, *(make(layer) for layer in catalogue for make in LAYER_PAGES)]
