"""Large hazard layers are thinned out as one coverage, or left alone."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame

from gis.report import Notes
from gis.simplify import simplified


def meander(offset):
    """A border with a vertex every metre or so, that swings by centimetres around a curve of hundred metres."""
    steps = np.arange(0, 2000)
    random = np.random.default_rng(7)
    north = 38.6 + offset + 0.001 * np.sin(steps / 150) + random.normal(0, 5e-7, len(steps))
    return np.column_stack([140.4 + steps * 1.2e-5, north])


@pytest.fixture
def bands():
    """Three areas side by side that share their borders."""
    lines = [meander(offset) for offset in (0.0, 0.004, 0.008, 0.012)]
    areas = [shapely.Polygon(np.vstack([low, high[::-1]])) for low, high in pairwise(lines)]
    return GeoDataFrame({"code": ["1", "2", "3"]}, geometry=areas, crs="EPSG:6668")


def test_neighbours_keep_their_border_and_classes_their_area(bands):
    notes = Notes()
    thin = simplified(bands, notes, big=1000)
    assert notes.simplified is not None
    assert notes.simplified.after < notes.simplified.before / 5
    assert shapely.coverage_is_valid(thin.geometry.to_numpy())
    for code, change in notes.simplified.area_changes.items():
        was, is_now = (frame[frame["code"] == code].geometry.iloc[0].area for frame in (bands, thin))
        assert change == pytest.approx(is_now / was - 1, abs=1e-9)
        assert abs(change) < 0.001
    assert shapely.hausdorff_distance(*(frame.geometry.iloc[1] for frame in (bands, thin))) * 111_000 < 5
    (line,) = notes.lines()
    assert line.startswith("outlines simplified to 1 m as one coverage: 12,003 vertices became")
    assert thin.crs.to_epsg() == 6668


def test_a_layer_of_ordinary_size_is_left_as_it_is(bands):
    notes = Notes()
    assert simplified(bands, notes) is bands
    assert notes.simplified is None
    assert notes.lines() == ()


def test_areas_that_overlap_are_left_as_they_are_and_that_is_told(bands):
    notes = Notes()
    over = bands.set_geometry(_shifted(bands), crs=bands.crs)
    assert simplified(over, notes, big=1000) is over
    assert notes.lines() == ("12,003 vertices and no clean coverage: outlines are published in full",)


def _shifted(bands):
    areas = bands.geometry.to_numpy().copy()
    areas[1] = shapely.transform(areas[1], lambda points: points - [0, 0.0005])
    return areas
