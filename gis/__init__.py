"""Layers: files of other offices become frames in longitude and latitude, then GeoJSON and PMTiles.

The only package that knows geopandas, shapely and pyproj. ``load_layer`` reads one file and says what it
found; ``publish_layers`` writes a site's public layers and their catalogue; ``legend`` is the one table
styles and legends are made from. What a caller does not use is not loaded: geopandas alone takes half a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gis.basemap import Basemap, publish_basemap, read_basemap
    from gis.catalogue import CATALOGUE_NAME, PublishedLayer, read_catalogue
    from gis.closure_times import ClosureState, closure_state
    from gis.kinds import all_kinds, legend
    from gis.legends import LegendEntry
    from gis.load import check_layers, load_layer
    from gis.metres import to_degrees, to_metres
    from gis.progress import Phase, Progress, Step
    from gis.publish import publish_layers
    from gis.published import read_published
    from gis.report import ImportReport, LayerCheck, LoadedLayer

    LAYER_KINDS: frozenset[str]
    """The names a layer's ``kind`` may have."""

__all__ = [
    "CATALOGUE_NAME",
    "LAYER_KINDS",
    "Basemap",
    "ClosureState",
    "ImportReport",
    "LayerCheck",
    "LegendEntry",
    "LoadedLayer",
    "Phase",
    "Progress",
    "PublishedLayer",
    "Step",
    "check_layers",
    "closure_state",
    "legend",
    "load_layer",
    "publish_basemap",
    "publish_layers",
    "read_basemap",
    "read_catalogue",
    "read_published",
    "to_degrees",
    "to_metres",
]

_HOMES = {
    "Basemap": "gis.basemap",
    "publish_basemap": "gis.basemap",
    "read_basemap": "gis.basemap",
    "CATALOGUE_NAME": "gis.catalogue",
    "PublishedLayer": "gis.catalogue",
    "read_catalogue": "gis.catalogue",
    "ClosureState": "gis.closure_times",
    "closure_state": "gis.closure_times",
    "all_kinds": "gis.kinds",
    "legend": "gis.kinds",
    "LegendEntry": "gis.legends",
    "check_layers": "gis.load",
    "load_layer": "gis.load",
    "to_degrees": "gis.metres",
    "to_metres": "gis.metres",
    "Phase": "gis.progress",
    "Progress": "gis.progress",
    "Step": "gis.progress",
    "publish_layers": "gis.publish",
    "read_published": "gis.published",
    "ImportReport": "gis.report",
    "LayerCheck": "gis.report",
    "LoadedLayer": "gis.report",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        found: object = getattr(import_module(_HOMES[name]), name)
    elif name == "LAYER_KINDS":
        found = frozenset(import_module("gis.kinds").all_kinds())
    else:
        raise AttributeError(f"module {__name__} has no {name}")
    globals()[name] = found
    return found
