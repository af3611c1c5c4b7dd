"""The pages people see: map, table, station page; their words, symbols, legends and the live layer in ``static/``.

Pages are built from a site, a catalogue of layers and facts as data; nothing here reads the store or speaks HTTP.
folium, which writes the map, is loaded when a map is built.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from maps.assets import STATIC, static_version
from maps.tables import build_list, station_page
from maps.words import Language

if TYPE_CHECKING:
    from maps.page import Page, build_page

__all__ = ["STATIC", "Language", "Page", "build_list", "build_page", "static_version", "station_page"]

_WITH_FOLIUM = ("Page", "build_page")


def __getattr__(name: str) -> object:
    if name in _WITH_FOLIUM:
        return getattr(import_module("maps.page"), name)
    raise AttributeError(f"module {__name__} has no {name}")
