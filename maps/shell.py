"""Our own page shell: templates with automatic escaping, and the data block every page hands to its scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from config.model import Site
from core.quantities import QUANTITIES
from gis.catalogue import PublishedLayer
from maps.gsi_tiles import TILE_LIST, gsi_tiles, image_hosts
from maps.layers import meaning, note, title
from maps.links import LIVE, Links, on, prefix
from maps.looks import LOOKS
from maps.navigation import navigation
from maps.policy import page_policy
from maps.road_looks import road_table
from maps.symbols import KIND_GLYPHS, PLOUGH, SYMBOLS, symbol_table
from maps.words import Language, words

UNIT_SIGNS = {"degC": "℃"}

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def unit_sign(unit: str) -> str:
    """The unit as people write it (``degC`` → ``℃``)."""
    return UNIT_SIGNS.get(unit, unit)


def site_name(site: Site, language: Language) -> str:
    """The municipality's name in the page's language."""
    return site.name_ja if language == "ja" else site.name_en


def quantity_table(language: Language) -> dict[str, dict[str, Any]]:
    """Label, unit and decimals of every quantity, for scripts and tables."""
    return {
        row.slug: {
            "label": row.label_ja if language == "ja" else row.label_en,
            "unit": unit_sign(row.unit),
            "decimals": row.decimals,
        }
        for row in QUANTITIES.values()
    }


def data_block(
    site: Site, language: Language, layers: Sequence[PublishedLayer] = (), links: Links = LIVE
) -> dict[str, Any]:
    """What the scripts of a page need to know; travels as a JSON data block, which no policy has to trust."""
    links = on(site, links)
    return {
        "language": language,
        "prefix": links.root.removesuffix("/") + prefix(language),
        "exercise": site.exercise,
        "static": links.static,
        "base": links.base,
        "timeZone": site.time_zone,
        "site": {"id": site.id, "name": site_name(site, language)},
        "bounds": [[site.bounds.south, site.bounds.west], [site.bounds.north, site.bounds.east]],
        "view": _first_view(site),
        "vehicleDelay": round(site.privacy.vehicle_delay.total_seconds()),
        "words": words(language),
        "quantities": quantity_table(language),
        "symbols": symbol_table(),
        "layers": [meaning(layer, language) for layer in layers],
        "looks": LOOKS,
        "roads": road_table(site, language),
        "gsi": gsi_tiles(site),
    }


def _first_view(site: Site) -> list[list[float]]:
    """South-west and north-east corner of what a page shows first: the box of the stations, the site where there are none."""
    spots = [station.position for station in site.stations]
    if len(spots) < 2:
        return [[site.bounds.south, site.bounds.west], [site.bounds.north, site.bounds.east]]
    lats, lons = [spot.lat for spot in spots], [spot.lon for spot in spots]
    return [[min(lats), min(lons)], [max(lats), max(lons)]]


def vehicle_note(site: Site, language: Language) -> str:
    """How old and how exact public positions are, in one sentence."""
    minutes = round(site.privacy.vehicle_delay.total_seconds() / 60)
    if minutes == 0:
        return words(language)["vehicle_inexact"]
    return words(language)["vehicle_delay"].format(minutes=minutes)


def render(
    template: str, site: Site, language: Language, *, asset_version: str, links: Links = LIVE, **context: Any
) -> str:
    """The page of this template in our shell.

    ``path`` in ``context`` is the page's address without language prefix, so that the shell can offer the other one.
    ``links`` says how pages and files are named; templates name them by ``page(path)`` and ``resource(path)`` only.
    """
    links = on(site, links)
    shared: Mapping[str, Any] = {
        "site": site,
        "site_name": site_name(site, language),
        "notice": site.notice_ja if language == "ja" else site.notice_en,
        "contact": site.contact_ja if language == "ja" else site.contact_en,
        "language": language,
        "other": "en" if language == "ja" else "ja",
        "w": words(language),
        "links": links,
        "page": lambda path: links.page(path, language),
        "resource": links.resource,
        "policy": page_policy(image_hosts(site)),
        "version": asset_version,
        "symbols": SYMBOLS,
        "kind_glyphs": KIND_GLYPHS,
        "plough": PLOUGH,
        "title_of": title,
        "note_of": note,
        "looks": LOOKS,
        "gsi": gsi_tiles(site),
        "gsi_list": TILE_LIST,
        "vehicle_note": vehicle_note(site, language),
        "navigation": navigation(links, language, context.get("path", ""), ploughs=site.ploughs is not None),
    }
    return _ENVIRONMENT.get_template(template).render(**{**shared, **context})
