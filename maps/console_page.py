"""The console of staff: episodes, map and course of one episode beside each other; all it shows is asked for by its scripts."""

from __future__ import annotations

from collections.abc import Sequence

from config.model import Site
from gis.catalogue import PublishedLayer
from maps.console_panels import PANELS
from maps.layers import BASE_KINDS, place
from maps.links import LIVE, on
from maps.road_looks import road_table
from maps.shell import data_block, render
from maps.words import Language, words
from maps.words_console import console_words

PATH = "/console"


def console_page(site: Site, catalogue: Sequence[PublishedLayer], language: Language, *, asset_version: str) -> str:
    """The page in one language; it holds nothing only staff may know."""
    shown = [layer for layer in catalogue if layer.kind in BASE_KINDS or layer.kind == "shelters"]
    spoken = words(language) | console_words(language)
    for panel in PANELS:
        spoken |= {f"panel_{panel.id}": panel.title(language), **panel.words(language)}
    own = {
        "words": spoken,
        "places": [place(layer, on(site, LIVE)) for layer in shown],
        "panels": [{"id": panel.id, "module": panel.module} for panel in PANELS],
        "exercise": site.exercise,
    }
    return render(
        "console.html.j2",
        site,
        language,
        asset_version=asset_version,
        path=PATH,
        data=data_block(site, language, shown) | own,
        w=spoken,
        panels=[{"id": panel.id, "title": panel.title(language), "template": panel.template} for panel in PANELS],
        styles=[style for panel in PANELS for style in panel.styles],
        roads=road_table(site, language),
    )
