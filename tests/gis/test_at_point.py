"""What the layers say of a point, against every area looked at one by one; and which shelters are offered."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame
from hypothesis import given
from hypothesis import strategies as st

from core.model import Bounds
from core.shelters import ShelterStatus
from gis.at_point import NEAR_M, HazardIndex
from gis.catalogue import PublishedLayer
from gis.legends import LegendEntry
from gis.metres import in_degrees, in_metres
from gis.report import ImportReport
from gis.shelters_near import ShelterIndex, straight_line

EPSG = 6678
LON, LAT = 140.4, 38.6


def published(id_: str = "flood", hazards: tuple[str, ...] = ("flood",), **changes: Any) -> PublishedLayer:
    bounds = Bounds(140.0, 38.0, 141.0, 39.0)
    settings: dict[str, Any] = {
        "id": id_,
        "kind": "flood_depth",
        "title_ja": "浸水",
        "title_en": "Flood",
        "licence": "CC0",
        "credit": "試験",
        "source_url": "",
        "date": "2026-01-15",
        "fictitious": True,
        "shown": True,
        "format": "geojson",
        "url": f"layers/{id_}.geojson",
        "geojson_url": f"layers/{id_}.geojson",
        "geometry": "polygon",
        "tile_layer": None,
        "min_zoom": None,
        "max_zoom": None,
        "legend": (LegendEntry("1", "#F7F5A9", "浅い", "shallow"),),
        "legend_source_ja": "",
        "legend_source_en": "",
        "bounds": bounds,
        "features": 0,
        "report": ImportReport.__new__(ImportReport),
        "etag": "x",
        "files": {},
        "built_from": "",
        "hazards": hazards,
    }
    return PublishedLayer(**(settings | changes))


def frame(*areas: tuple[int, shapely.Geometry], hazard: str = "flood") -> GeoDataFrame:
    """Areas given in metres east and north of the point (LON, LAT)."""
    origin = in_metres(shapely.Point(LON, LAT), EPSG)

    def place(shape: shapely.Geometry) -> shapely.Geometry:
        moved = shapely.transform(shape, lambda xy: xy + np.array([origin.x, origin.y]))
        return in_degrees(moved, EPSG)

    rows = [
        {"code": str(rank) if rank else "unknown", "rank": rank, "hazard": hazard, "geometry": place(shape)}
        for rank, shape in areas
    ]
    return GeoDataFrame(rows, geometry="geometry", crs="EPSG:6668")


def index(*areas: tuple[int, shapely.Geometry], boundary: GeoDataFrame | None = None) -> HazardIndex:
    return HazardIndex([(published(), frame(*areas))], boundary, EPSG)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(west, south, east, north)


def test_the_gravest_of_what_overlaps_comes_first():
    (here,) = index((1, box(-50, -50, 50, 50)), (3, box(-9, -9, 9, 9)), (2, box(-20, -20, 20, 20))).at(LON, LAT).layers
    assert [area.rank for area in here.found] == [3, 2, 1]
    assert here.nearby == ()


def test_no_area_is_nothing_found_and_never_a_class():
    (here,) = index((1, box(100, 100, 200, 200))).at(LON, LAT).layers
    assert here.found == ()
    assert here.nearby == ()


def test_a_graver_area_within_reach_is_told_with_its_distance():
    (here,) = (
        index((2, box(-50, -50, 10, 50)), (4, box(10, -50, 60, 50)), (1, box(-60, -60, 60, 60))).at(LON, LAT).layers
    )
    assert [area.rank for area in here.found] == [2, 1]
    assert [(near.found.rank, round(near.distance_m, 2)) for near in here.nearby] == [(4, 10.0)]


def test_each_graver_class_is_told_once_at_its_nearest():
    near = index((3, box(5, 0, 9, 9)), (3, box(-9, 2, 9, 9)), (5, box(20, -5, 29, 5)), (6, box(31, -5, 40, 5)))
    (here,) = near.at(LON, LAT).layers
    assert [(area.found.rank, round(area.distance_m, 1)) for area in here.nearby] == [(3, 2.0), (5, 20.0)]


def test_an_unknown_class_is_told_as_such_here_and_nearby():
    (covered,) = index((0, box(-5, -5, 5, 5))).at(LON, LAT).layers
    assert [(area.code, area.rank) for area in covered.found] == [("unknown", 0)]
    (beside,) = index((0, box(3, -5, 9, 5))).at(LON, LAT).layers
    assert [near.found.code for near in beside.nearby] == ["unknown"]


def test_a_point_on_the_edge_is_in_the_area():
    area = shapely.box(140.4, 38.6, 140.41, 38.61)
    edges = GeoDataFrame([{"code": "2", "rank": 2, "hazard": "flood", "geometry": area}], geometry="geometry")
    (here,) = HazardIndex([(published(), edges)], None, EPSG).at(140.4, 38.605).layers
    assert [found.rank for found in here.found] == [2]


def test_lines_and_points_cover_nothing_but_are_near():
    line = shapely.LineString([(-50, 0), (50, 0)])
    (here,) = index((1, line), (2, shapely.Point(0, 12))).at(LON, LAT).layers
    assert here.found == ()
    assert [(near.found.rank, round(near.distance_m)) for near in here.nearby] == [(1, 0), (2, 12)]


def test_a_layer_of_two_hazards_answers_for_each():
    both = frame((1, box(-5, -5, 5, 5)), hazard="avalanche")
    told = HazardIndex([(published(hazards=("landslide", "avalanche")), both)], None, EPSG).at(LON, LAT).layers
    assert [(here.hazard, len(here.found)) for here in told] == [("landslide", 0), ("avalanche", 1)]


def test_inside_outside_and_not_known():
    town = frame((1, box(-100, -100, 100, 100)))
    assert index((1, box(0, 0, 1, 1)), boundary=town).at(LON, LAT).inside is True
    assert index((1, box(0, 0, 1, 1)), boundary=town).at(LON + 0.01, LAT).inside is False
    assert index((1, box(0, 0, 1, 1))).at(LON, LAT).inside is None


coordinate = st.integers(-60, 60).map(float)
side = st.integers(1, 60).map(float)
areas = st.lists(
    st.tuples(
        st.integers(0, 6), st.builds(lambda x, y, w, h: box(x, y, x + w, y + h), coordinate, coordinate, side, side)
    ),
    min_size=1,
    max_size=8,
)


@given(areas)
def test_the_tree_finds_what_looking_at_every_area_finds(given_areas):
    (here,) = index(*given_areas).at(LON, LAT).layers
    origin = shapely.Point(0, 0)
    distances = [(rank, shapely.distance(shape, origin)) for rank, shape in given_areas]
    clear = [(rank, metres) for rank, metres in distances if metres == 0 or metres > 0.01]  # beyond rounding of degrees
    inside = sorted((rank for rank, shape in given_areas if shapely.contains_properly(shape, origin)), reverse=True)
    found = [area.rank for area in here.found]
    assert [rank for rank in inside if rank not in found] == []
    assert all(any(rank == other and metres == 0 for other, metres in distances) for rank in found)
    least = found[0] if found else -1
    graver = {rank for rank, metres in clear if rank > least and 0 < metres < NEAR_M - 0.01}
    assert graver <= {near.found.rank for near in here.nearby}
    for near in here.nearby:
        nearest = min(metres for rank, metres in distances if rank == near.found.rank)
        assert near.distance_m == pytest.approx(nearest, abs=0.01)


def shelter(id_: str, east: float, code: str = "emergency", **flags: Any) -> dict[str, Any]:
    origin = in_metres(shapely.Point(LON, LAT), EPSG)
    point = in_degrees(shapely.Point(origin.x + east, origin.y), EPSG)
    return {"id": id_, "name": id_, "address": "", "code": code, "geometry": point, **flags}


def shelters(*rows: dict[str, Any]) -> ShelterIndex:
    return ShelterIndex([GeoDataFrame(list(rows), geometry="geometry", crs="EPSG:6668")], EPSG)


def test_only_sites_designated_for_the_hazard_are_offered_and_none_with_limited_admission():
    near = shelters(
        shelter("a", 10, flood=False, elevation_m=1.0),
        shelter("b", 20, flood=True, elevation_m=float("nan")),
        shelter("c", 30, flood=True, code="welfare", elevation_m=2.0),
        shelter("d", 40, flood=True, elevation_m=81.5),
    ).near(LON, LAT, "flood", lambda _: None)
    assert [(site.shelter.id, site.shelter.elevation_m) for site in near] == [("b", None), ("d", 81.5)]
    assert [round(site.distance_m, 1) for site in near] == [20.0, 40.0]
    assert [round(site.direction_deg) for site in near] == [90, 90]


def test_closed_and_full_sites_stand_behind_the_open_ones_and_only_within_their_reach():
    says = {
        "near": ShelterStatus.CLOSED,
        "mid": ShelterStatus.FULL,
        "open": ShelterStatus.OPEN,
        "far": ShelterStatus.CLOSED,
    }
    rows = [shelter(name, east, flood=True) for name, east in (("near", 5), ("open", 10), ("mid", 15), ("none", 20))]
    index_ = shelters(*rows, shelter("last", 30, flood=True), shelter("far", 99, flood=True))
    near = index_.near(LON, LAT, "flood", says.get, most=3)
    assert [site.shelter.id for site in near] == ["open", "none", "last", "near", "mid"]


def test_no_site_for_a_hazard_no_list_names():
    assert shelters(shelter("a", 10, flood=True)).near(LON, LAT, "avalanche", lambda _: None) == []
    assert shelters(shelter("a", 10, flood=True, avalanche=True)).near(LON, LAT, "avalanche", lambda _: None)


def test_a_straight_line_in_metres_of_the_zone_and_its_direction():
    metres, direction = straight_line(140.4, 38.6, 140.4, 38.61, EPSG)
    assert metres == pytest.approx(1110.0, abs=1.0)
    assert min(direction, 360 - direction) < 0.5
    assert math.isclose(straight_line(140.4, 38.6, 140.4, 38.6, EPSG)[0], 0.0)
