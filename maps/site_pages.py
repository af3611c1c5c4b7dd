"""The pages of the static site, in one list: where each lies and what builds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

from config.model import Site
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
from maps.links import Links
from maps.open_data_page import PATH as OPEN_DATA
from maps.open_data_page import open_data_page
from maps.page import build_page
from maps.print_looks import Ink
from maps.print_page import print_page
from maps.print_wish import PATH as PRINT
from maps.print_wish import PrintWish
from maps.roads_page import PATH as ROADS
from maps.roads_page import roads_page
from maps.shell import render
from maps.site_page import Built, PageSources, StaticFile, StaticPage
from maps.tables import build_list, station_page
from maps.words import Language, words


def _map(sources: PageSources, language: Language, links: Links) -> Built:
    page = build_page(sources.site, sources.catalogue, language, asset_version=sources.asset_version, links=links)
    return Built(html=page.html, beside={"map.js": page.script})


def _list(sources: PageSources, language: Language, links: Links) -> Built:
    shelters = [
        (title(layer, language), sources.collection(layer)) for layer in sources.catalogue if layer.kind == "shelters"
    ]
    return Built(
        html=build_list(
            sources.site,
            sources.facts,
            language,
            asset_version=sources.asset_version,
            shelters=shelters,
            roads=(sources.roads, sources.road_lines()),
            closures=sources.closures,
            exercise=sources.exercise,
            links=links,
        )
    )


def _roads(sources: PageSources, language: Language, links: Links) -> Built:
    html = roads_page(
        sources.site,
        sources.roads,
        sources.road_lines(),
        language,
        now=sources.facts["now"],
        asset_version=sources.asset_version,
        links=links,
    )
    return Built(html=html)


def _station(station: str, sources: PageSources, language: Language, links: Links) -> Built:
    facts = sources.facts
    features = facts["stations"]["features"]
    feature = next(feature for feature in features if feature["properties"]["id"] == station)
    return Built(
        html=station_page(
            sources.site,
            feature,
            language,
            alerts=facts["alerts"]["open"],
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
        {**sources.facts, "roads": sources.roads},
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
    StaticPage(path=ROADS, build=_roads, of_state=True),
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
