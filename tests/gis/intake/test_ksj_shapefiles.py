"""Shapefiles as the ministry and GIS desktops ship them: which system their .prj means, and where their areas come to lie."""

import geopandas
import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer

from core.errors import LayerError
from gis.datum import tokyo_to_jgd
from gis.intake.crs_text import epsg_of
from gis.load import load_layer

GRS80, BESSEL = ("GRS_1980", 6378137.0, 298.257222101), ("Bessel_1841", 6377397.155, 299.1528128)
WGS84 = ("WGS_1984", 6378137.0, 298.257223563)
ORIGINS = {8: (36, "138.5"), 9: (36, "139.833333333333"), 10: (40, "140.833333333333")}


def degrees(name: str, datum: str, ellipsoid: tuple[str, float, float]) -> str:
    spheroid = f'SPHEROID["{ellipsoid[0]}",{ellipsoid[1]},{ellipsoid[2]}]'
    return f'GEOGCS["{name}",DATUM["{datum}",{spheroid}],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'


def zone(name: str, base: str, number: int, *, scale: float = 0.9999, unit: str = 'UNIT["Meter",1.0]') -> str:
    north, east = ORIGINS[number]
    return (
        f'PROJCS["{name}",{base},PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",0.0],'
        f'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",{east}],PARAMETER["Scale_Factor",{scale}],'
        f'PARAMETER["Latitude_Of_Origin",{north}.0],{unit}]'
    )


JGD2011 = degrees("GCS_JGD_2011", "D_JGD_2011", GRS80)
JGD2000 = degrees("GCS_JGD_2000", "D_JGD_2000", GRS80)
TOKYO = degrees("GCS_Tokyo", "D_Tokyo", BESSEL)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (JGD2011, "EPSG:6668"),
        (JGD2000, "EPSG:4612"),
        (TOKYO, "EPSG:4301"),
        (degrees("GCS_WGS_1984", "D_WGS_1984", WGS84), "EPSG:4326"),
        *((zone(f"JGD_2011_Japan_Zone_{n}", JGD2011, n), f"EPSG:{6668 + n}") for n in ORIGINS),
        *((zone(f"JGD_2000_Japan_Zone_{n}", JGD2000, n), f"EPSG:{2442 + n}") for n in ORIGINS),
        *((zone(f"Japan_Zone_{n}", TOKYO, n), f"EPSG:{30160 + n}") for n in ORIGINS),
        *((CRS.from_epsg(code).to_wkt("WKT1_GDAL"), f"EPSG:{code}") for code in (6678, 6677, 2452, 30170, 6668, 4612)),
        *((CRS.from_epsg(code).to_wkt("WKT1_ESRI"), f"EPSG:{code}") for code in (6678, 6677, 2452, 30170, 6668, 4301)),
    ],
)
def test_what_a_prj_means(text, code):
    assert epsg_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        degrees("GCS_JGD_2011", "D_JGD_2011", BESSEL),
        degrees("GCS_Tokyo", "D_Tokyo", GRS80),
        degrees("GCS_Custom", "D_Custom", GRS80),
        JGD2011.replace('"Greenwich",0.0', '"Paris",2.33722917'),
        JGD2011.replace('"Degree",0.0174532925199433', '"Grad",0.01570796326794897'),
        zone("JGD_2011_Japan_Zone_10", JGD2011, 9),
        zone("JGD_2011_Japan_Zone_10", JGD2011, 10, scale=1.0),
        zone("JGD_2011_Japan_Zone_10", JGD2011, 10, unit='UNIT["Foot",0.3048]'),
        zone("JGD_2011_Japan_Zone_10", JGD2000, 10),
        zone("JGD_2011_Japan_Zone_10", TOKYO, 10),
        CRS.from_epsg(6678).to_wkt("WKT1_GDAL").replace("140.8333", "139.8333"),
        CRS.from_epsg(6678).to_wkt("WKT1_GDAL").replace('UNIT["metre",1', 'UNIT["foot",0.3048'),
    ],
)
def test_a_prj_that_contradicts_itself_means_nothing(text):
    assert epsg_of(text) is None


@pytest.fixture
def flood(files, written):
    """A KSJ-shaped archive of one area with a hole, as the system of ``prj`` has it; and the area in its degrees."""
    area = shapely.box(140.40, 38.55, 140.44, 38.58).difference(shapely.box(140.41, 38.56, 140.42, 38.57))

    def make(prj: str, code: int) -> bytes:
        there = Transformer.from_crs(CRS.from_epsg(code).geodetic_crs, code, always_xy=True)
        moved = shapely.transform(area, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1])))
        columns = {"A31a_201": ["8202110001"], "A31a_202": ["最上川"], "A31a_205": [3]}
        frame = geopandas.GeoDataFrame(columns, geometry=[moved], crs=code)
        parts = written(frame, "ESRI Shapefile", ".shp", encoding="cp932") | {".prj": prj.encode()}
        parts.pop(".cpg")
        return files.zipped_shp(parts, stem="20_想定最大規模/A31a-20-23_06")

    return make, area


@pytest.mark.parametrize(
    ("prj", "code", "warning"),
    [
        (zone("JGD_2011_Japan_Zone_10", JGD2011, 10), 6678, ""),
        (JGD2000, 4612, "JGD2000 taken as JGD2011"),
        (zone("Japan_Zone_10", TOKYO, 10), 30170, "Tokyo Datum shifted"),
    ],
)
def test_a_ksj_archive_lies_where_its_prj_says(town_at, outside, flood, box, prj, code, warning):
    make, area = flood
    outcome = town_at.bring(make(prj, code), "A31a-23_06.zip", kind="flood_depth")
    assert (outcome.record.crs, outcome.record.encoding) == (f"EPSG:{code}", "cp932")
    assert [line.split(" by ")[0].split(" without ")[0] for line in outcome.record.warnings] == (
        [f"{warning} to JGD2011" if "Tokyo" in warning else warning] if warning else []
    )
    loaded = load_layer(outcome.layer, box)
    (row,) = loaded.frame.to_dict("records")
    truth = shapely.transform(area, tokyo_to_jgd) if "Tokyo" in warning else area
    assert (row["river"], row["code"]) == ("最上川", "3")
    assert shapely.area(shapely.symmetric_difference(row["geometry"], truth)) < 1e-3 * shapely.area(truth)


def test_metres_of_one_zone_under_the_name_of_another_are_refused(town_at, outside, flood):
    make, _ = flood
    with pytest.raises(LayerError, match="lies far outside the site"):
        town_at.bring(make(zone("JGD_2011_Japan_Zone_9", JGD2011, 9), 6678), "a.zip", kind="flood_depth")


def test_gml_with_latitude_first_is_not_swapped_and_with_longitude_first_refused(town_at, outside, box):
    def gml(pairs: str) -> bytes:
        return (
            '<?xml version="1.0" encoding="UTF-8"?><c:FeatureCollection xmlns:c="http://www.opengis.net/wfs" '
            'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:x="urn:x"><gml:featureMember><x:a gml:id="a"><x:g>'
            '<gml:Polygon gml:id="p" srsName="urn:ogc:def:crs:EPSG::6668"><gml:exterior><gml:LinearRing><gml:posList>'
            f"{pairs}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></x:g></x:a></gml:featureMember>"
            "</c:FeatureCollection>"
        ).encode()

    corners = [(140.40, 38.55), (140.44, 38.55), (140.44, 38.58), (140.40, 38.55)]
    outcome = town_at.bring(gml(" ".join(f"{lat} {lon}" for lon, lat in corners)), "a.gml", kind="areas")
    bounds = outcome.record.bounds
    assert bounds == pytest.approx((140.40, 38.55, 140.44, 38.58))
    with pytest.raises(LayerError, match="latitude and longitude are swapped"):
        town_at.bring(gml(" ".join(f"{lon} {lat}" for lon, lat in corners)), "a.gml", kind="areas")
