"""The real boundaries and shelters of five towns, counted and measured."""

import pytest
import shapely

from core.model import Bounds
from gis import load_layer
from gis.metres import in_metres

BOUNDS = {
    "06212": Bounds(140.3127, 38.4365, 140.6200, 38.7217),
    "06321": Bounds(140.2544, 38.3752, 140.3471, 38.4736),
    "06367": Bounds(140.0287, 38.6141, 140.2158, 38.8209),
    "06381": Bounds(140.1106, 37.8961, 140.2896, 38.0825),
    "07522": Bounds(140.5377, 37.2036, 140.6939, 37.3670),
}


def bounds_of(code: str) -> Bounds:
    return BOUNDS[code[:5]]


@pytest.mark.parametrize(
    ("code", "features", "area_km2", "plane_epsg", "parts", "holes"),
    [
        ("06212", 1, 372.46, 6678, 1, 0),
        ("06321", 1, 52.44, 6678, 1, 0),
        ("06367", 1, 261.78, 6678, 1, 0),
        ("06381", 3, 180.24, 6678, 3, 3),
        ("07522", 1, 125.17, 6677, 1, 0),
    ],
)
def test_boundary_is_one_feature_with_its_exclaves_and_holes(
    data, make_layer, code, features, area_km2, plane_epsg, parts, holes
):
    loaded = load_layer(make_layer("boundary", data / f"boundary-{code}.json"), BOUNDS[code])
    (area,) = loaded.frame.geometry
    assert loaded.report.read == features
    assert loaded.report.features == len(loaded.frame) == 1
    assert in_metres(area, plane_epsg).area / 1e6 == pytest.approx(area_km2, rel=0.001)
    polygons = shapely.get_parts(area)
    assert len(polygons) == parts
    assert sum(len(polygon.interiors) for polygon in polygons) == holes


def test_boundary_has_clean_properties_and_a_report(data, make_layer):
    loaded = load_layer(make_layer("boundary", data / "boundary-06381.json"), BOUNDS["06381"])
    assert list(loaded.frame.columns) == ["code", "name", "geometry"]
    assert loaded.frame.loc[0, "name"] == "山形県東置賜郡高畠町"
    assert loaded.frame.crs.to_epsg() == 6668
    report = loaded.report
    assert (report.crs, report.crs_from) == ("EPSG:4326", "RFC 7946 (no crs member)")
    assert (report.encoding, report.dropped, report.repaired, report.warnings) == ("UTF-8", 0, 0, ())
    assert report.counts == {"boundary": 1}
    box = BOUNDS["06381"]
    assert (report.bounds.west, report.bounds.north) == pytest.approx((box.west, box.north), abs=1e-4)


def test_published_geometry_is_rounded_oriented_and_valid(data, make_layer):
    loaded = load_layer(make_layer("boundary", data / "boundary-06212.json"), BOUNDS["06212"])
    (area,) = loaded.frame.geometry
    assert area.is_valid
    assert all(polygon.exterior.is_ccw for polygon in shapely.get_parts(area))
    coordinates = shapely.get_coordinates(area)
    assert (coordinates == coordinates.round(6)).all()


# Fit for 洪水 / 崖崩れ等 / 地震 / 大規模な火事 / 内水; 高潮, 津波, 火山現象 are blank everywhere.
EMERGENCY = {
    "062120": (29, (29, 27, 27, 29, 29)),
    "063215": (78, (53, 9, 78, 78, 78)),
    "063673": (46, (43, 36, 39, 0, 0)),
    "063819": (24, (22, 24, 10, 0, 0)),
    "075221": (11, (11, 11, 11, 0, 11)),
}


@pytest.mark.parametrize("code", EMERGENCY)
def test_emergency_sites_say_for_which_hazard(data, make_layer, code):
    loaded = load_layer(make_layer("shelters", data / f"emergency-{code}.json"), bounds_of(code))
    count, fit = EMERGENCY[code]
    frame = loaded.frame
    assert loaded.report.counts == {"emergency": count}
    columns = ["flood", "landslide", "earthquake", "fire", "inland_flood"]
    assert tuple(int(frame[column].sum()) for column in columns) == fit
    assert not frame[["storm_surge", "tsunami", "volcano"]].to_numpy().any()


@pytest.mark.parametrize(
    ("code", "shelters", "welfare"),
    [("062120", 39, 0), ("063215", 21, 0), ("063673", 12, 2), ("063819", 21, 0), ("075221", 11, 10)],
)
def test_shelters_for_people_who_need_care_are_told_apart(data, make_layer, code, shelters, welfare):
    loaded = load_layer(make_layer("shelters", data / f"evacuation-{code}.json"), bounds_of(code))
    counts = loaded.report.counts
    assert (counts.get("shelter", 0), counts.get("welfare", 0)) == (shelters, welfare)


def test_a_site_says_what_it_is_for_in_words(data, make_layer):
    loaded = load_layer(make_layer("shelters", data / "emergency-063673.json"), BOUNDS["06367"])
    site = loaded.frame.iloc[0]
    assert site["id"] == "E0636700001201"
    assert site["name"] == "与吾屋敷公民館"
    assert (site["hazards_ja"], site["hazards_en"]) == ("洪水", "flood")
    assert (site.geometry.x, site.geometry.y) == (140.161566, 38.655489)


def test_no_name_holds_an_ideographic_space(data, make_layer):
    loaded = load_layer(make_layer("shelters", data / "emergency-063215.json"), BOUNDS["06321"])
    raw = (data / "emergency-063215.json").read_text(encoding="utf-8")
    assert "河北中学校\u3000グラウンド" in raw
    assert "河北中学校 グラウンド" in set(loaded.frame["name"])
    assert not loaded.frame["name"].str.contains("\u3000").any()


def test_sites_in_the_neighbour_town_are_kept_with_a_warning(data, make_layer):
    loaded = load_layer(make_layer("shelters", data / "emergency-063215.json"), BOUNDS["06321"])
    assert loaded.report.features == 78
    assert [line for line in loaded.report.warnings if line.startswith("lies outside the site's bounds, kept")]


def test_both_lists_of_a_facility_can_be_joined_by_the_published_id(data, make_layer):
    sites, shelters = (
        load_layer(make_layer("shelters", data / f"{name}-062120.json"), BOUNDS["06212"]).frame
        for name in ("emergency", "evacuation")
    )
    joined = sites["id"].str[:11].isin(set(shelters["id"].str[:11]))
    assert (joined == sites["also_shelter"]).all()
    assert joined.sum() == 29
