"""The pages people see: map, table, station page; their words, symbols, legends and the live layer in ``static/``.

Pages are built from a site, a catalogue of layers and facts as data; nothing here reads the store or speaks HTTP.
"""

from maps.assets import STATIC, static_version
from maps.page import Page, build_page
from maps.tables import build_list, station_page
from maps.words import Language

__all__ = ["STATIC", "Language", "Page", "build_list", "build_page", "static_version", "station_page"]
