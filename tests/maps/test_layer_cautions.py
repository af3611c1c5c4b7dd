"""What a reader is told of how a layer came in: nothing the import dropped, shifted or could not renew is kept back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gis.crs import source_crs
from gis.geojson import GeoJsonFile
from gis.report import ImportReport, Notes
from maps.layer_cautions import cautions
from maps.layers import note


def told(layer, *warnings: str, **changes: int):
    known = {name: getattr(layer.report, name) for name in layer.report.__slots__}
    return replace(layer, report=ImportReport(**{**known, "warnings": warnings, **changes}))


@pytest.fixture
def flood(catalogue):
    return next(layer for layer in catalogue if layer.kind == "flood_depth")


@pytest.mark.parametrize(
    ("code", "ja", "en"), [(4301, "旧測地系", "old Tokyo Datum"), (4612, "2011年の地震より前", "before the 2011")]
)
def test_an_old_datum_is_told_in_the_words_of_residents(flood, town, code, ja, en):
    notes = Notes()
    member = {"type": "name", "properties": {"name": f"EPSG:{code}"}}
    source_crs(
        replace(town.layers[0], crs=None), GeoJsonFile(features=(), has_crs=True, crs=member, encoding="UTF-8"), notes
    )
    layer = told(flood, *notes.lines())
    assert ja in cautions(layer, "ja")[0]
    assert en in cautions(layer, "en")[0]


def test_every_feature_of_the_source_that_is_not_on_the_map_is_counted(flood):
    layer = told(flood, "66 features lie wholly under others or are smaller than the rounding", dropped=2)
    assert cautions(layer, "ja") == [
        "すべてほかの区域の下になるもの、小さすぎて描けないもの 66 件を省いています。",
        "位置のないもの 2 件は、地図にも表にもありません。",
    ]
    assert "66 features" in cautions(layer, "en")[0]


def test_a_layer_that_could_not_be_renewed_says_since_when_before_all_else(flood):
    assert note(flood, "ja") == flood.note_ja
    old = replace(flood, failed_since="2026-01-15T05:30:00+09:00")
    assert note(old, "ja") == f"2026-01-15 から新しいデータに更新できていません。古い内容です。{flood.note_ja}"
    assert note(old, "en").startswith("Could not be renewed since 2026-01-15: what is shown is out of date.")
