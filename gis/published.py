"""Published layers read back: what the public sees, as frames."""

from __future__ import annotations

from pathlib import Path

import geopandas
from geopandas import GeoDataFrame

from core.errors import LayerError
from gis.catalogue import PublishedLayer
from gis.crs import LON_LAT


def read_published(folder: Path, layer: PublishedLayer) -> GeoDataFrame:
    """The features of ``layer`` as published in ``folder`` (EPSG:6668, longitude first), with its properties as columns.

    The file is one we wrote; the driver is named, so that nothing else could be opened in its place. Raises LayerError
    where it is gone or damaged.
    """
    path = folder / Path(layer.geojson_url).name
    try:
        # A text stays a text: GDAL would make times of a column in which every text looks like a date.
        frame = geopandas.read_file(f"GeoJSON:{path}", engine="pyogrio", DATE_AS_STRING="YES")
    except Exception as error:
        raise LayerError(
            layer.id,
            f"reading the published {path.name}: {error}",
            hint="publish the layers anew: yukimori layers build",
        ) from error
    return frame.set_crs(LON_LAT, allow_override=True)
