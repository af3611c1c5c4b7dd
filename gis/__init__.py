"""Layers: files of other offices become frames in longitude and latitude, then GeoJSON and PMTiles.

The only package that knows geopandas, shapely and pyproj. ``load_layer`` reads one file and says what it
found; ``publish_layers`` writes a site's public layers and their catalogue; ``legend`` is the one table
styles and legends are made from.
"""

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
from gis.recognise import Recognised, recognise
from gis.report import ImportReport, LayerCheck, LoadedLayer

LAYER_KINDS = frozenset(all_kinds())
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
    "Recognised",
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
    "recognise",
    "to_degrees",
    "to_metres",
]
