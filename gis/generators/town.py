"""Made-up layers of other departments: water mains, dangerous houses, farmland, facilities, closed roads.

They hang on the made-up roads: mains lie under them, houses and facilities stand beside them, farmland on the plain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from random import Random

import numpy as np
import shapely
from shapely.affinity import rotate, translate

from gis.demo_roads import road_collection
from gis.generators import PLANE_EPSG
from gis.generators.courses import Course, normals
from gis.generators.writing import Drawn, collection_text
from gis.metres import in_metres

NOTE = "架空のデータです。実在の施設・家屋・土地・工事ではありません。"

MAINS = {"1": ("配水本管", 200), "2": ("配水支管", 100), "3": ("配水支管", 75)}
"""The water main under a road of each class: its kind and its bore in millimetres."""
FACILITIES = (
    ("本庁舎（架空）", "庁舎", "140.4061", "38.6012"),
    ("消防署（架空）", "消防", "140.4128", "38.6049"),
    ("第一小学校（架空）", "学校", "140.4022", "38.6071"),
    ("第二小学校（架空）", "学校", "140.4640", "38.6252"),
    ("中学校（架空）", "学校", "140.4108", "38.6092"),
    ("北保育園（架空）", "保育所", "140.4052", "38.6228"),
    ("南保育園（架空）", "保育所", "140.4187", "38.5979"),
    ("診療所（架空）", "医療", "140.4094", "38.5987"),
    ("特別養護老人ホーム（架空）", "福祉", "140.4218", "38.6062"),
    ("東公民館（架空）", "公民館", "140.4843", "38.6295"),
    ("西公民館（架空）", "公民館", "140.3822", "38.6241"),
    ("谷公民館（架空）", "公民館", "140.5021", "38.5872"),
    ("除雪センター（架空）", "道路", "140.4159", "38.6006"),
    ("浄水場（架空）", "水道", "140.4872", "38.6033"),
)
CLOSURES = (
    ("牛房野線（架空）", 2, "冬期閉鎖", "積雪と雪崩のおそれ", "2025-11-25", "", "宮沢線（架空）"),
    ("玉野銀山線（架空）", 5, "通行止め", "落石", "2026-01-12T06:00:00+09:00", "", "なし（徒歩も不可）"),
    ("宮沢線（架空）", 2, "片側交互通行", "橋りょうの架け替え", "2025-06-02", "2028-03-31", "不要（信号で誘導）"),
    ("福原芦沢線（架空）", 1, "工事", "舗装の補修", "2025-10-01", "2025-11-28", ""),
    ("東西4号線（架空）", 3, "通行止め", "流雪溝の改修", "2029-07-02", "2029-09-28", "東西5号線（架空）"),
)
"""Road, which of its pieces, restriction, reason, from, until and detour: one that has ended, one yet to come."""


def roads() -> list[tuple[dict[str, str], shapely.LineString]]:
    """The made-up cleared roads in metres, with their properties."""
    features = road_collection()["features"]
    return [
        (one["properties"], in_metres(shapely.LineString(one["geometry"]["coordinates"]), PLANE_EPSG))
        for one in features
    ]


def waterworks_text(random: Random) -> str:
    """The text of the water mains: under every road of the centre, and the raw-water main from the hills."""
    drawn: list[Drawn] = []
    for properties, line in roads():
        main, bore = MAINS[properties["class"]]
        number = f"W{len(drawn) + 1:04d}"
        material = random.choice(("ダクタイル鋳鉄管", "ポリエチレン管", "硬質塩化ビニル管"))
        year = random.randrange(1974, 2023)
        beside = shapely.offset_curve(line, 1.8)
        drawn.append(({"管路番号": number, "種別": main, "口径mm": bore, "管種": material, "布設年度": year}, beside))
    raw = in_metres(shapely.LineString([(140.4872, 38.6033), (140.4990, 38.6010), (140.5110, 38.5965)]), PLANE_EPSG)
    drawn.append(
        ({"管路番号": "W9001", "種別": "導水管", "口径mm": 250, "管種": "ダクタイル鋳鉄管", "布設年度": 1987}, raw)
    )
    return collection_text("架空の水道管路", NOTE, drawn)


def houses_text(random: Random) -> str:
    """The text of the dangerous houses: beside the streets of the centre and the villages."""
    chosen = random.sample(roads(), 34)
    drawn: list[Drawn] = []
    for number, (_, line) in enumerate(chosen, start=1):
        properties = {
            "整理番号": f"A{number:03d}（架空）",
            "判定": random.choices(("A", "B", "C", "D"), (2, 4, 5, 3))[0],
            "調査日": f"2025-{random.randrange(6, 12):02d}-{random.randrange(1, 28):02d}",
            "積雪時の懸念": random.choice(("屋根の雪が道路に落ちる", "雪の重みで倒れるおそれ", "とくになし")),
            "連絡": random.choice(("済み", "所有者不明", "返事待ち")),
        }
        drawn.append((properties, _beside(line, random.uniform(9.0, 18.0), random)))
    return collection_text("架空の危険家屋", NOTE, drawn)


def facilities_text() -> str:
    """The text of the public facilities."""
    drawn: list[Drawn] = []
    for number, (name, use, lon, lat) in enumerate(FACILITIES, start=1):
        place = in_metres(shapely.Point(float(lon), float(lat)), PLANE_EPSG)
        properties = {"番号": number, "名称": name, "用途": use, "電話": f"000-000-{number:04d}"}
        drawn.append((properties, place))
    return collection_text("架空の公共施設", NOTE, drawn)


def closures_text() -> str:
    """The text of the closures: pieces of the made-up roads, and a point where ice falls from a bridge."""
    pieces = roads()
    drawn: list[Drawn] = []
    for road, piece, kind, reason, begins, ends, detour in CLOSURES:
        lines = [line for properties, line in pieces if properties["name"] == road]
        properties = {"name": road, "kind": kind, "reason": reason, "from": begins, "until": ends, "detour": detour}
        drawn.append((properties, lines[piece % len(lines)]))
    spot = in_metres(shapely.Point(140.4051, 38.6163), PLANE_EPSG)
    ice = {
        "name": "荻袋寺内線（架空）",
        "kind": "片側交互通行",
        "reason": "橋げたの氷柱落とし",
        "from": "2026-01-14",
        "until": "",
        "detour": "",
    }
    drawn.append((ice, spot))
    return collection_text("架空の道路規制", NOTE, drawn)


def farmland_text(course: Course, town: shapely.Geometry, water: shapely.Geometry, random: Random) -> str:
    """The text of the farmland: blocks of fields along a river of the plain, 30 m by 100 m each, in rows."""
    built_up = shapely.buffer(shapely.union_all([line for _, line in roads()]), 25.0)
    free = shapely.difference(shapely.difference(town, built_up), shapely.buffer(shapely.LineString(course), 60.0))
    drawn: list[Drawn] = []
    for block in _blocks(course, random):
        for field in block:
            if shapely.contains(free, field):
                drawn.append((_field_properties(len(drawn) + 1, field, water, random), field))
    return collection_text("架空の農地", NOTE, drawn)


def _blocks(course: Course, random: Random) -> Iterator[Sequence[shapely.Polygon]]:
    """Rows of fields on both sides of the lower river, each row turned with the valley."""
    aside = normals(course)
    for index in range(len(course) // 2, len(course) - 12, 14):
        for side in (-1.0, 1.0):
            middle = course[index] + aside[index] * side * random.uniform(430.0, 620.0)
            angle = math.degrees(math.atan2(aside[index][1], aside[index][0]))
            field = shapely.box(-48.5, -14.2, 48.5, 14.2)  # a path and a ditch between neighbours
            row = [translate(field, column * 100.0, line * 30.0) for column in (-1, 0) for line in range(-3, 4)]
            turned = [rotate(one, angle, origin=(0.0, 0.0)) for one in row]
            yield [translate(one, *middle) for one in turned]


def _field_properties(
    number: int, field: shapely.Polygon, water: shapely.Geometry, random: Random
) -> dict[str, object]:
    """Rice where the river floods, dry fields and orchards elsewhere more often than not."""
    wet = shapely.intersects(water, field)
    use = random.choices(("田", "畑", "樹園地"), (8, 2, 0) if wet else (4, 5, 1))[0]
    crop = {"田": "水稲", "畑": random.choice(("すいか", "そば", "大豆")), "樹園地": "さくらんぼ"}[use]
    return {"地番": f"架空{number}番", "地目": use, "作物": crop, "面積m2": round(field.area)}


def _beside(line: shapely.LineString, metres: float, random: Random) -> shapely.Point:
    """A point so far from the line, somewhere along it."""
    at = random.uniform(0.15, 0.85) * line.length
    here, ahead = (np.array(line.interpolate(place).coords[0]) for place in (at, at + 2.0))
    step = (ahead - here) / np.hypot(*(ahead - here))
    return shapely.Point(here + np.array([-step[1], step[0]]) * metres * random.choice((-1, 1)))
