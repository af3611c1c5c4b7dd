"""Published layers read back: what the public sees, as frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import LayerError
from gis.catalogue import PublishedLayer
from gis.crs import LON_LAT

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


def read_published(folder: Path, layer: PublishedLayer) -> GeoDataFrame:
    """The features of ``layer`` as published in ``folder`` (EPSG:6668, longitude first), with its properties as columns.

    The file is one we wrote; the driver is named, so that nothing else could be opened in its place. Raises LayerError
    where it is gone or damaged.
    """
    import geopandas  # noqa: PLC0415  # half a second, and most processes read no layer

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
