"""Coordinates in every system offered, against pyproj with the order of axes the authority defines."""

import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer

from gis.axes import CRS84, box_in_degrees, moved, offered

PLACES = [(140.406, 38.6), (140.8333, 40.0), (140.31, 38.43), (140.63, 38.73)]


@pytest.mark.parametrize("plane", [6677, 6678, 6676])
def test_every_system_gives_what_its_authority_defines(plane):
    systems = offered(plane)
    assert {uri.rsplit("/", 1)[1] for uri in systems} == {"CRS84", "4326", "6668", "3857", str(plane)}
    for uri, axes in systems.items():
        code = "OGC:CRS84" if uri == CRS84 else f"EPSG:{uri.rsplit('/', 1)[1]}"
        base = 6668 if code == f"EPSG:{plane}" else 4326 if code == "EPSG:3857" else None
        for lon, lat in PLACES:
            if base is None:  # the same degrees for our purpose, in the authority's order
                first = CRS.from_user_input(code).axis_info[0].direction
                expected = (lon, lat) if first == "east" else (lat, lon)
            else:
                expected = Transformer.from_crs(base, code, always_xy=False).transform(lat, lon)
            assert axes.of_point(lon, lat) == pytest.approx(list(expected), abs=10.0**-axes.decimals)
            there = moved(np.array([shapely.Point(lon, lat)], dtype=object), axes)
            assert shapely.get_coordinates(there)[0] == pytest.approx(expected, abs=10.0**-axes.decimals)


@pytest.mark.parametrize("uri", list(offered(6678)))
def test_a_box_around_a_place_holds_it_and_not_its_neighbours(uri):
    axes = offered(6678)[uri]
    for lon, lat in PLACES:
        first, second = axes.of_point(lon, lat)
        reach = 1e-4 if axes.geographic else 10.0
        box = box_in_degrees((first - reach, second - reach, first + reach, second + reach), axes)
        assert box is not None
        assert shapely.intersects_xy(box, lon, lat)
        assert not shapely.intersects_xy(
            box, [lon + 2e-4, lon, lon - 2e-4, lon], [lat, lat + 2e-4, lat, lat - 2e-4]
        ).any()
