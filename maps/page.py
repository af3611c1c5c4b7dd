"""The public map: folium writes the map and its layers, our shell carries it.

folium's script leaves the page: it is served as a file, so that the content policy needs no inline exception. Its ids
are fixed, so the same site gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink, MacroElement
from folium.template import Template

from config.model import Site
from gis.catalogue import PublishedLayer
from maps.assets import STATIC, self_host
from maps.closure_looks import closure_looks
from maps.layer_groups import layer_groups
from maps.layers import place
from maps.links import LIVE, Links, on
from maps.road_looks import roads_of
from maps.shell import data_block, render
from maps.themes import themes_of
from maps.words import Language

self_host()

MAP_ID = "town"

_OF_OTHER_PAGES = ("compose", "console", "crew", "notify", "playback", "roads_page", "sign_in")
"""How the names of scripts begin that only other pages load."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the script folium wrote for it; ``script`` belongs at ``/map.js`` (``/en/map.js``)."""

    html: str
    script: str


class CatalogueLayer(MacroElement):
    """Tells the live layer where a published layer is; data by address, never embedded, no text of others in it."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            (window.yukimoriLayers ??= []).push({{ this.description | tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, layer: PublishedLayer, links: Links) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "CatalogueLayer"
        self.description = place(layer, links)


class LiveMap(MacroElement):
    """Hands folium's map over to the live layer."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            window.yukimoriMap = {{ this._parent.get_name() }};
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "LiveMap"


def build_page(
    site: Site,
    catalogue: Sequence[PublishedLayer],
    language: Language,
    *,
    asset_version: str,
    links: Links = LIVE,
) -> Page:
    """The public map of a site in one language.

    ``catalogue`` is what ``gis`` published, lowest drawn first; ``asset_version`` goes into the addresses of static files, so that
    a browser may keep them for ever; ``links`` says how pages and files are named.
    """
    links = on(site, links)
    figure = _figure(site, catalogue, links)
    figure.render()
    script = figure.script.render()
    html = render(
        "map.html.j2",
        site,
        language,
        asset_version=asset_version,
        links=links,
        path="/",
        data=data_block(site, language, catalogue, links) | {"closures": closure_looks(language)},
        map_html=figure.html.render(),
        map_scripts=_links(figure, JavascriptLink),
        map_styles=_links(figure, CssLink),
        themes=themes_of(site, catalogue),
        groups=layer_groups(catalogue, language),
        map_script_version=hashlib.sha256(script.encode()).hexdigest()[:12],
        modules=_modules(),
        layers=catalogue,
        roads=roads_of(site, catalogue, language),
    )
    return Page(html=html, script=script)


def _figure(site: Site, layers: Sequence[PublishedLayer], links: Links) -> Figure:
    bounds = site.bounds
    town = folium.Map(
        location=[(bounds.south + bounds.north) / 2, (bounds.west + bounds.east) / 2],
        zoom_start=site.zoom,
        tiles=None,
        zoom_control=False,
        prefer_canvas=True,
        attribution_control=False,
        zoom_snap=0.5,
        wheel_px_per_zoom_level=90,
        min_zoom=7,
        max_zoom=18,
    )
    LiveMap().add_to(town)
    for layer in layers:
        CatalogueLayer(layer, links).add_to(town)
    figure = town.get_root()
    if not isinstance(figure, Figure):
        raise TypeError("folium no longer puts a map into a figure")
    _name_all(figure)
    return figure


def _name_all(figure: Figure) -> None:
    """Fixed ids instead of folium's random ones: the same site gives the same page, byte for byte."""
    waiting: list[Element] = list(figure._children.values())  # noqa: SLF001  # branca offers no other way
    count = 0
    while waiting:
        element = waiting.pop(0)
        element._id = MAP_ID if isinstance(element, folium.Map) else f"{MAP_ID}_{count}"  # noqa: SLF001
        count += 1
        waiting.extend(element._children.values())  # noqa: SLF001


def _links(figure: Figure, kind: type[JavascriptLink | CssLink]) -> list[str]:
    return [child.url for child in figure.header._children.values() if isinstance(child, kind)]  # noqa: SLF001


def _modules() -> list[str]:
    """The modules the map page loads, so that a browser fetches them at once instead of one after another."""
    # Those of a hazard report are fetched when a place is first asked for.
    others = {
        "list.js",
        "print.js",
        "station.js",
        *(f"hazard_{part}.js" for part in ("gauges", "local", "report", "shapes", "view")),
    }
    return sorted(
        path.name
        for path in (STATIC / "js").glob("*.js")
        if path.name not in others and not path.name.startswith(_OF_OTHER_PAGES)
    )
