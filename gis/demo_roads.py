"""A made-up network of cleared roads for the example town: ``python -m gis.demo_roads TARGET.geojson`` writes it.

A bent grid of streets in the centre and valley roads from there to the villages, joined end to end at
shared points, so that a plough can drive from any road to any other. It is fiction and says so; the same
seed always gives the same roads. Degrees on JGD2011, longitude first, 6 decimals.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

SEED = 20260115

Point = tuple[float, float]

METRES_PER_DEGREE = 111_200.0
GRID_WEST, GRID_SOUTH = 140.3985, 38.5965
COLUMNS, ROWS = 9, 8
STEP_EAST, STEP_NORTH = 0.00235, 0.00185
STREETS_BETWEEN_MAIN = 3
"""Every third street of the grid is of class 1; its neighbours are of class 2."""

WEST, NORTH, EAST, SOUTH = (0, 4), (3, ROWS - 1), (COLUMNS - 1, 3), (COLUMNS - 1, 0)
"""Where valley roads leave the grid: (column, row)."""

VALLEYS: tuple[tuple[str, str, tuple[int, int], tuple[Point, ...]], ...] = (
    ("福原芦沢線", "1", WEST, ((140.3880, 38.6150), (140.3825, 38.6258), (140.3783, 38.6370), (140.3700, 38.6480), (140.3637, 38.6569))),
    ("名木沢線", "2", WEST, ((140.3880, 38.6150), (140.3825, 38.6258), (140.3783, 38.6370), (140.3560, 38.6540), (140.3436, 38.6637))),
    ("荻袋寺内線", "2", NORTH, ((140.4038, 38.6229), (140.4060, 38.6380), (140.4051, 38.6524))),
    ("宮沢線", "1", EAST, ((140.4300, 38.6130), (140.4466, 38.6236), (140.4688, 38.6246), (140.4790, 38.6233), (140.4855, 38.6303))),
    ("市野々線", "3", EAST, ((140.4300, 38.6130), (140.4466, 38.6236), (140.4688, 38.6246), (140.4790, 38.6233), (140.4855, 38.6303), (140.4930, 38.6430), (140.4973, 38.6564))),
    ("牛房野線", "3", EAST, ((140.4300, 38.6130), (140.4466, 38.6236), (140.4440, 38.6370), (140.4408, 38.6504))),
    ("玉野銀山線", "1", SOUTH, ((140.4365, 38.5963), (140.4455, 38.5944), (140.4650, 38.5975), (140.4871, 38.5986), (140.5010, 38.5880), (140.5160, 38.5770), (140.5290, 38.5706))),
    ("常盤鶴子線", "2", SOUTH, ((140.4365, 38.5963), (140.4455, 38.5944), (140.4530, 38.5800), (140.4632, 38.5663), (140.4787, 38.5717), (140.4880, 38.5590), (140.4980, 38.5471))),
)  # fmt: skip
"""Name, class, where it leaves the grid, and the villages it passes; roads that share a leg share its features."""

DISTRICTS: tuple[tuple[str, str, str], ...] = (
    ("中央西", "架空建設", "plough-01"),
    ("中央", "架空建設", "plough-02"),
    ("中央東", "見本土木", "grader-03"),
    ("福原芦沢線", "雪里組", "dozer-05"),
    ("名木沢線", "雪里組", "dozer-05"),
    ("荻袋寺内線", "見本土木", "rotary-04"),
    ("宮沢線", "雪里組", "plough-07"),
    ("市野々線", "雪里組", "plough-07"),
    ("牛房野線", "雪里組", "plough-07"),
    ("玉野銀山線", "南沢建設", "grader-08"),
    ("常盤鶴子線", "南沢建設", "plough-09"),
)
"""A part of the grid or a valley road, who clears it, and with which vehicle of ``vehicles.csv``; all made up."""

DISTRICT_NAMES = {
    "福原芦沢線": "西部", "名木沢線": "西部", "荻袋寺内線": "北部", "宮沢線": "東部", "市野々線": "東部", "牛房野線": "東部",
    "玉野銀山線": "南東部", "常盤鶴子線": "南部",
}  # fmt: skip
SPREADER = "spreader-06"
"""Follows on the main streets of the grid."""

EARLY_ROADS, EARLY = "東西4号線", "06:30"
"""Past the made-up school: to be clear earlier than its class."""

OFTEN_WRONG = 23
"""Every so many-th road has an official length that is well off, as registers have."""

LOW_M, RISE_M_PER_KM = 92.0, 11.0
"""The plain's elevation, and how a valley road climbs."""

BEND = 0.07
"""How far a valley road swings aside, as a share of the length between two of its points."""


def road_collection(seed: int = SEED) -> dict[str, Any]:
    """A GeoJSON FeatureCollection of LineStrings with all that the layer of cleared roads knows (``gis/kinds/roads.py``)."""
    random = Random(seed)  # noqa: S311 - a landscape, not a secret
    crossings = _crossings(random)
    roads = [*_streets(crossings), *_valley_roads(crossings, random)]
    return {
        "type": "FeatureCollection",
        "name": "架空の除雪路線",
        "note": "架空のデータです。実在の道路ではありません。",
        "features": [_feature(number, *road, seed) for number, road in enumerate(roads, start=1)],
    }


def _crossings(random: Random) -> dict[tuple[int, int], Point]:
    """The corners of the street grid by (column, row): turned a little, none quite where it should be."""
    places = {}
    for column in range(COLUMNS):
        for row in range(ROWS):
            lon = GRID_WEST + column * STEP_EAST + row * 0.0002 + random.uniform(-0.0002, 0.0002)
            lat = GRID_SOUTH + row * STEP_NORTH - column * 0.00012 + random.uniform(-0.00015, 0.00015)
            places[column, row] = (round(lon, 6), round(lat, 6))
    return places


def _streets(crossings: dict[tuple[int, int], Point]) -> Iterator[tuple[str, str, Sequence[Point]]]:
    """One feature for each block side, east–west streets first."""
    for row in range(ROWS):
        for column in range(COLUMNS - 1):
            line = (crossings[column, row], crossings[column + 1, row])
            yield f"東西{row + 1}号線（架空）", _street_class(row), line
    for column in range(COLUMNS):
        for row in range(ROWS - 1):
            line = (crossings[column, row], crossings[column, row + 1])
            yield f"南北{column + 1}号線（架空）", _street_class(column), line


def _street_class(number: int) -> str:
    return "1" if number % STREETS_BETWEEN_MAIN == 0 else "2" if number % STREETS_BETWEEN_MAIN == 1 else "3"


def _valley_roads(
    crossings: dict[tuple[int, int], Point], random: Random
) -> Iterator[tuple[str, str, Sequence[Point]]]:
    """One feature for each leg between two villages; a leg belongs to the first road that has it."""
    seen: set[tuple[Point, Point]] = set()
    for name, road_class, corner, villages in VALLEYS:
        places = (crossings[corner], *villages)
        for leg in pairwise(places):
            if leg not in seen:
                seen.add(leg)
                yield f"{name}（架空）", road_class, _bent(*leg, random)


def _bent(start: Point, end: Point, random: Random) -> list[Point]:
    """A winding line with a point about each 120 m; it begins and ends exactly at the two points."""
    shrink = math.cos(math.radians(start[1]))
    length = math.hypot((end[0] - start[0]) * shrink, end[1] - start[1])
    pieces = max(2, round(length * METRES_PER_DEGREE / 120))
    swings = [(wave, random.uniform(-BEND, BEND) / wave) for wave in (1, 2, 3)]
    line = [start]
    for number in range(1, pieces):
        share = number / pieces
        aside = sum(size * math.sin(math.pi * wave * share) for wave, size in swings)
        lon = start[0] + (end[0] - start[0]) * share - (end[1] - start[1]) * aside / shrink
        lat = start[1] + (end[1] - start[1]) * share + (end[0] - start[0]) * aside * shrink
        line.append((round(lon, 6), round(lat, 6)))
    return [*line, end]


def _feature(number: int, name: str, road_class: str, line: Sequence[Point], seed: int) -> dict[str, Any]:
    properties = {"id": f"R{number:03d}", "name": name, "class": road_class, "owner": "市道（架空）"}
    return {
        "type": "Feature",
        "properties": properties | _clearing(number, name.removesuffix("（架空）"), road_class, line, seed),
        "geometry": {"type": "LineString", "coordinates": [list(point) for point in line]},
    }


def _clearing(number: int, name: str, road_class: str, line: Sequence[Point], seed: int) -> dict[str, Any]:
    """Who clears the road, in which district, how long it is by the register, by when it is to be clear, how high it lies."""
    place = name if name in DISTRICT_NAMES else _part_of_grid(line)
    _, contractor, vehicle = next(row for row in DISTRICTS if row[0] == place)
    in_grid = place not in DISTRICT_NAMES
    clearing = {
        "contractor": f"{contractor}（架空）",
        "district": f"{DISTRICT_NAMES.get(place, place)}（架空）",
        "official_length_m": _official_m(number, line, seed),
        "vehicles": f"{vehicle} {SPREADER}" if in_grid and road_class == "1" else vehicle,
        "elevation_m": round(LOW_M + (0.0 if in_grid else RISE_M_PER_KM * _from_grid_km(line)), 0),
    }
    return clearing | ({"deadline": EARLY} if name == EARLY_ROADS else {})


def _part_of_grid(line: Sequence[Point]) -> str:
    """The western, middle or eastern third of the grid, by where the middle of the line lies."""
    share = ((line[0][0] + line[-1][0]) / 2 - GRID_WEST) / (COLUMNS * STEP_EAST)
    return DISTRICTS[min(2, int(share * 3))][0]


def _from_grid_km(line: Sequence[Point]) -> float:
    middle = (GRID_WEST + COLUMNS * STEP_EAST / 2, GRID_SOUTH + ROWS * STEP_NORTH / 2)
    return _metres(middle, line[len(line) // 2]) / 1000


def _official_m(number: int, line: Sequence[Point], seed: int) -> int:
    """The length in the made-up register: within 2 % of the drawn one, but for every ``OFTEN_WRONG``-th road."""
    random = Random(seed * 1000 + number)  # noqa: S311 - a register, not a secret
    off = random.choice((0.82, 0.88, 1.15)) if number % OFTEN_WRONG == 0 else random.uniform(0.98, 1.02)
    return round(sum(_metres(*pair) for pair in pairwise(line)) * off)


def _metres(one: Point, two: Point) -> float:
    shrink = math.cos(math.radians(one[1]))
    return METRES_PER_DEGREE * math.hypot((two[0] - one[0]) * shrink, two[1] - one[1])


def road_text(seed: int = SEED) -> str:
    """The text of the layer's file, one feature a line."""
    collection = road_collection(seed)
    features = ",\n".join(_compact(feature) for feature in collection.pop("features"))
    return f'{_compact(collection).removesuffix("}")},"features":[\n{features}\n]}}\n'


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(road_text(), encoding="utf-8")
