"""The assessment as a GeoPackage (EPSG:6668): sites, sections of roads, parts of areas, and the table itself."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyogrio
from geopandas import GeoDataFrame

from gis.crs import LON_LAT
from gis.exposure.document import NOTES
from gis.exposure.features import Described, area_parts, road_sections, sites
from gis.exposure.model import Assessment, Form
from gis.exposure.overlay import Overlay
from gis.exposure.table_file import COLUMNS, table_lines
from gis.exposure.terms import TITLE_JA, terms_of

TABLE = "exposure_table"


def make_geopackage(assessment: Assessment, overlay: Overlay, made: Path) -> None:
    """Writes the file; a layer nothing is in is left out. Terms stand in its metadata and in each layer's."""
    made.unlink(missing_ok=True)
    layers = (
        ("exposure_sites", "施設等と、それがある想定区域の区分", sites(overlay)),
        ("exposure_roads", "道路等を想定区域の境で分けた区間", road_sections(overlay)),
        ("exposure_areas", "農地等の、想定区域にかかる部分", area_parts(overlay, Form.AREA)),
        ("exposure_population", "人口メッシュの、想定区域にかかる部分（推計）", area_parts(overlay, Form.PERSONS)),
    )
    for name, title, described in layers:
        if described:
            _append(made, name, title, _frame(described), assessment)
    table = pd.DataFrame(list(table_lines(assessment)), columns=list(COLUMNS))
    _append(made, TABLE, TITLE_JA, table, assessment)


def _append(made: Path, name: str, title: str, frame: pd.DataFrame, assessment: Assessment) -> None:
    terms = terms_of(assessment)
    about = f"{NOTES['ja']}ライセンス：{terms['LICENCE']}　出典：{terms['CREDIT']}　時点：{terms['DATE']}"
    is_new = not made.exists()
    pyogrio.write_dataframe(
        frame,
        made,
        layer=name,
        driver="GPKG",
        append=not is_new,
        layer_options={"IDENTIFIER": title, "DESCRIPTION": about},
        layer_metadata=terms,
        **({"dataset_metadata": {"TITLE": TITLE_JA, **terms}} if is_new else {}),
        **({"promote_to_multi": True} if isinstance(frame, GeoDataFrame) and _mixed(frame) else {}),
    )


def _mixed(frame: GeoDataFrame) -> bool:
    return len(set(frame.geom_type)) > 1


def _frame(described: Described) -> GeoDataFrame:
    return GeoDataFrame(
        pd.DataFrame([facts for facts, _ in described]), geometry=[shape for _, shape in described], crs=LON_LAT
    )
