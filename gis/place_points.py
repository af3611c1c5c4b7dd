"""Place names for the map of the example town: ``python -m gis.place_points TARGET.geojson SHELTERS.json …`` writes them.

A 大字 stands at the mean position of the evacuation sites whose address names it: where its people live, roughly, which is
what a label needs. The town's own name stands at its hall. Latin spellings only where one is known.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gis.faults import FeatureError

Point = tuple[float, float]

TOWN, HALL = "尾花沢", "尾花沢市役所"
SPELLINGS = {"尾花沢": "Obanazawa", "名木沢": "Nagisawa", "市野々": "Ichinono", "鶴子": "Tsuruko", "延沢": "Nobesawa"}
NOTE = "国土地理院の指定緊急避難場所・指定避難所データの住所と位置を加工して作成。点は避難所の平均位置で、区域の中心ではありません。"

_DISTRICT = re.compile(r"大字(\D+?)(?=[\d０-９]|$)")


def place_collection(files: Iterable[Path]) -> dict[str, Any]:
    """The names and their points, north to south; raises FeatureError where the town hall is not among the sites."""
    spots: dict[str, set[Point]] = defaultdict(set)
    hall: Point | None = None
    for file in files:
        for feature in json.loads(file.read_bytes())["features"]:
            lon, lat = feature["geometry"]["coordinates"]
            if match := _DISTRICT.search(feature["properties"]["住所"]):
                spots[match[1]].add((lon, lat))
            if feature["properties"]["施設・場所名"] == HALL:
                hall = (lon, lat)
    if hall is None:
        raise FeatureError(f"no site is called {HALL}", hint="give both lists of 国土地理院 of 尾花沢市")
    spots[TOWN] = {hall}
    features = [_feature(name, points) for name, points in spots.items()]
    features.sort(key=lambda feature: -feature["geometry"]["coordinates"][1])
    return {"type": "FeatureCollection", "name": "地名", "note": NOTE, "features": features}


def _feature(name: str, points: set[Point]) -> dict[str, Any]:
    ordered = sorted(points)
    centre = [round(sum(point[axis] for point in ordered) / len(ordered), 6) for axis in (0, 1)]
    properties = {"name_ja": name, "name_en": SPELLINGS.get(name, ""), "rank": 1 if name == TOWN else 2}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": centre}}


def place_text(files: Iterable[Path]) -> str:
    """The text of the layer's file, one feature a line."""
    collection = place_collection(files)
    features = ",\n".join(_compact(feature) for feature in collection.pop("features"))
    return f'{_compact(collection).removesuffix("}")},"features":[\n{features}\n]}}\n'


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(place_text([Path(name) for name in sys.argv[2:]]), encoding="utf-8")
