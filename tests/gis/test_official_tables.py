"""The code lists and colours of the public sources, written out cell by cell, against what is published of such a file.

Sources: code lists of KSJ A31 (2012, version 2 on), A31a, A31b, A33, A26; colours of depth and duration from the MLIT guide
to flood hazard maps, of sediment zones and older danger spots from the legend of the national hazard map portal (R, G, B).
"""

import pytest

from core.model import Hazard
from gis import legend, load_layer
from maps.hazard_words import CLASS_ADVICE

DEPTH = {  # rank: R, G, B of the guide, metres
    1: ((247, 245, 169), "0.5m未満"),
    2: ((255, 216, 192), "0.5m以上3m未満"),
    3: ((255, 183, 183), "3m以上5m未満"),
    4: ((255, 145, 145), "5m以上10m未満"),
    5: ((242, 133, 201), "10m以上20m未満"),
    6: ((220, 122, 220), "20m以上"),
}
FIVE_STEPS = {11: "0.5m未満", 12: "0.5m以上1m未満", 13: "1m以上2m未満", 14: "2m以上5m未満", 15: "5m以上"}
SEVEN_STEPS = {
    21: "0.5m未満",
    22: "0.5m以上1m未満",
    23: "1m以上2m未満",
    24: "2m以上3m未満",
    25: "3m以上4m未満",
    26: "4m以上5m未満",
    27: "5m以上",
}
STANDARD_RANK_OF_2012 = {11: 1, 12: 2, 13: 2, 14: 3, 15: 4, 21: 1, 22: 2, 23: 2, 24: 2, 25: 3, 26: 3, 27: 4}
"""The class of today that holds the upper end, so that no older class counts for less than it may be."""
DURATION = {
    1: ((160, 210, 255), "12時間未満"),
    2: ((0, 65, 255), "12時間以上1日未満"),
    3: ((250, 245, 0), "1日以上3日未満"),
    4: ((255, 153, 0), "3日以上1週間未満"),
    5: ((255, 40, 0), "1週間以上2週間未満"),
    6: ((180, 0, 104), "2週間以上4週間未満"),
    7: ((96, 0, 96), "4週間以上"),
}
COLLAPSE = {1: "氾濫流", 2: "河岸侵食", 3: "氾濫流・河岸侵食"}
SEDIMENT = {  # (A33_001, A33_002): R, G, B, phenomenon, zone
    (1, 1): ((250, 230, 0), "急傾斜地の崩壊", "土砂災害警戒区域"),
    (1, 2): ((250, 40, 0), "急傾斜地の崩壊", "土砂災害特別警戒区域"),
    (1, 3): ((251, 235, 51), "急傾斜地の崩壊", "土砂災害警戒区域（指定前）"),
    (1, 4): ((251, 83, 51), "急傾斜地の崩壊", "土砂災害特別警戒区域（指定前）"),
    (2, 1): ((230, 200, 50), "土石流", "土砂災害警戒区域"),
    (2, 2): ((165, 0, 33), "土石流", "土砂災害特別警戒区域"),
    (2, 3): ((235, 211, 91), "土石流", "土砂災害警戒区域（指定前）"),
    (2, 4): ((183, 51, 77), "土石流", "土砂災害特別警戒区域（指定前）"),
    (3, 1): ((255, 153, 0), "地滑り", "土砂災害警戒区域"),
    (3, 2): ((180, 0, 40), "地滑り", "土砂災害特別警戒区域"),
    (3, 3): ((255, 173, 51), "地滑り", "土砂災害警戒区域（指定前）"),
    (3, 4): ((195, 51, 83), "地滑り", "土砂災害特別警戒区域（指定前）"),
}
TORRENT, SLOPE, SLIDE, AVALANCHE = (242, 136, 76), (218, 218, 254), (254, 230, 218), (255, 255, 101)
SPOTS = {
    1: (TORRENT, "土石流危険渓流"),
    2: (TORRENT, "土石流危険区域"),
    3: (TORRENT, "主流路"),
    4: (TORRENT, "氾濫開始点"),
    5: (SLOPE, "急傾斜地崩壊危険箇所"),
    6: (SLOPE, "急傾斜地崩壊危険区域"),
    7: (SLIDE, "地すべり危険箇所"),
    8: (SLIDE, "地すべり危険区域"),
    9: (SLIDE, "地すべり氾濫区域"),
    10: (SLIDE, "湛水域"),
    11: (AVALANCHE, "雪崩危険箇所"),
}


@pytest.fixture
def published(make_layer, town, write, shapes):
    """The published rows of a layer of one square for each of these properties, in the file's order, with their colours."""

    def load(kind, told):
        squares = [shapes.square(140.35 + number * 0.01, 38.6, 0.005) for number in range(len(told))]
        path = write(*(shapes.feature(square, row) for square, row in zip(squares, told, strict=True)))
        layer = make_layer(kind, path)
        loaded = load_layer(layer, town)
        assert loaded.report.warnings == ()
        entries = {entry.code: entry for entry in legend(layer)}
        rows = loaded.frame.assign(west=loaded.frame.bounds["minx"]).sort_values("west").to_dict("records")
        assert len(rows) == len(told)
        return [(row, bytes.fromhex(entries[row["code"]].colour[1:]), entries[row["code"]]) for row in rows]

    return load


@pytest.mark.parametrize(
    ("field", "scenario"),
    [
        ("A31a_105", "planned"),
        ("A31a_205", "largest"),
        ("A31b_101", "planned"),
        ("A31b_201", "largest"),
        ("A31_101", "planned"),
        ("A31_201", "largest"),
    ],
)
def test_depth_since_version_2(published, field, scenario):
    found = published("flood_depth", [{field: rank} for rank in DEPTH])
    for (rank, (colour, words)), (row, shown, _) in zip(DEPTH.items(), found, strict=True):
        told = (row["code"], row["rank"], row["depth_ja"], row["scenario"], row["hazard"])
        assert told == (str(rank), rank, words, scenario, Hazard.FLOOD)
        assert tuple(shown) == colour


def test_depth_of_2012_on_both_scales(published):
    scales = {**FIVE_STEPS, **SEVEN_STEPS}
    found = published("flood_depth", [{"A31_001": code} for code in scales])
    for (code, words), (row, shown, entry) in zip(scales.items(), found, strict=True):
        steps = "5段階" if code in FIVE_STEPS else "7段階"
        assert (row["code"], row["depth_ja"]) == (str(code), f"{words}（2012年の{steps}）")
        assert row["rank"] == STANDARD_RANK_OF_2012[code]
        halved = (248, 225, 166) if words == "0.5m以上1m未満" else None  # the guide's finer scale has this step
        assert tuple(shown) == (halved or DEPTH[row["rank"]][0])
        assert entry.hatch >= row["rank"]


def test_advice_of_2012_is_that_of_the_class_which_holds_the_upper_end():
    advice = CLASS_ADVICE["flood_depth"]
    assert {code: advice[str(code)] for code in STANDARD_RANK_OF_2012} == {
        code: advice[str(rank)] for code, rank in STANDARD_RANK_OF_2012.items()
    }


@pytest.mark.parametrize("field", ["A31a_305", "A31b_301", "A31_301"])
def test_duration(published, field):
    found = published("flood_duration", [{field: rank} for rank in DURATION])
    for (rank, (colour, words)), (row, shown, _) in zip(DURATION.items(), found, strict=True):
        assert (row["code"], row["rank"], row["duration_ja"], tuple(shown)) == (str(rank), rank, words, colour)


@pytest.mark.parametrize("field", ["A31a_405", "A31b_401", "A31_401"])
def test_house_collapse(published, field):
    found = published("house_collapse", [{field: code} for code in COLLAPSE])
    for (code, words), (row, shown, _) in zip(COLLAPSE.items(), found, strict=True):
        assert (row["code"], row["collapse_ja"]) == (str(code), f"家屋倒壊等氾濫想定区域（{words}）")
        assert tuple(shown) == (255, 0, 0)


def test_sediment(published):
    found = published("sediment", [{"A33_001": one, "A33_002": zone, "A33_008": 1} for one, zone in SEDIMENT])
    order = {1: 2, 2: 4, 3: 1, 4: 3}  # planned below designated, red above yellow
    for ((_, zone), (colour, phenomenon, words)), (row, shown, entry) in zip(SEDIMENT.items(), found, strict=True):
        assert (row["phenomenon_ja"], row["zone_ja"], row["rank"]) == (phenomenon, words, order[zone])
        assert (tuple(shown), entry.label_ja) == (colour, f"{words}：{phenomenon}")
        assert row["special_ja"] == "特別警戒区域は未指定"
        advice = CLASS_ADVICE["sediment"][row["code"]]
        assert advice == ("slope_red" if zone in (2, 4) else "slope_yellow")


@pytest.mark.parametrize("field", ["A26_001", "A26_003", "A26_005"])
def test_danger_spots(published, field):
    found = published("hazard_sites", [{field: code} for code in SPOTS])
    for (code, (colour, words)), (row, shown, _) in zip(SPOTS.items(), found, strict=True):
        hazard = Hazard.AVALANCHE if code == 11 else Hazard.LANDSLIDE
        assert (row["code"], row["type_ja"], row["hazard"], tuple(shown)) == (str(code), words, hazard, colour)
