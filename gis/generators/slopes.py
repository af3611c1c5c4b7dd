"""Made-up slopes beside the rivers: sediment disaster zones in the form of KSJ A33, avalanche spots in that of A26.

A slope begins where the water of the largest flood ends and rises away from the river. What comes down it reaches the
valley floor: a strip below a steep slope, a fan below a torrent, a tongue of sliding ground, the run-out of an avalanche.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.generators.courses import STEP_M, Course, River, normals
from gis.generators.writing import Drawn, collection_text

ZONES_NOTE = "架空のデータです。国土数値情報A33の形式にならって作成しました。実際の危険を表しません。"
SPOTS_NOTE = "架空のデータです。国土数値情報A26の形式にならって作成しました。実際の危険を表しません。"

SLOPE, DEBRIS, SLIDE = "1", "2", "3"
WARNING, SPECIAL, WARNING_PLANNED, SPECIAL_PLANNED = "1", "2", "3", "4"
AVALANCHE = "11"
PHENOMENA = (SLOPE, DEBRIS, SLOPE, DEBRIS, SLIDE)
"""As often as they come, one after the other along a river."""
SPACING_M = (550.0, 1900.0)
AVALANCHE_SPACING_M = (1300.0, 3200.0)
FLATTEST_M = 330.0
"""Where the water spreads wider than this the valley is a plain, without slopes beside it."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Foot:
    """The foot of a slope: where it is, which way is uphill and which way along the valley (unit vectors)."""

    at: Vector
    uphill: Vector
    along: Vector

    def spot(self, up_m: float, along_m: float) -> Vector:
        """The point so many metres uphill and along the valley."""
        place: Vector = self.at + self.uphill * up_m + self.along * along_m
        return place


@dataclass(frozen=True, slots=True)
class Zones:
    """A warning zone, and the special zone within it (None: none)."""

    phenomenon: str
    warning: shapely.Polygon
    special: shapely.Polygon | None


def sediment_text(
    courses: Mapping[River, Course], water: shapely.Geometry, town: shapely.Geometry, random: Random
) -> str:
    """The text of the layer: zones of all three phenomena; ``water`` and ``town`` are in metres."""
    taken: list[shapely.Geometry] = []
    drawn: list[Drawn] = []
    for foot in _feet(courses, water, town, SPACING_M, random):
        zones = _SHAPES[PHENOMENA[len(taken) % len(PHENOMENA)]](foot, random)
        near = shapely.union_all(taken) if taken else shapely.Point()
        if not shapely.contains(town, zones.warning) or shapely.intersects(near, zones.warning):
            continue
        taken.append(shapely.buffer(zones.warning, 30.0))
        drawn += _zone_features(zones, len(taken), random)
    # Red lies within yellow and stands after it.
    return collection_text("架空の土砂災害警戒区域", ZONES_NOTE, sorted(drawn, key=_by_zone))


def _by_zone(drawn: Drawn) -> bool:
    return drawn[0]["A33_002"] in {SPECIAL, SPECIAL_PLANNED}


def _zone_features(zones: Zones, number: int, random: Random) -> Iterator[Drawn]:
    planned = random.random() < 0.12
    name = {SLOPE: "斜面", DEBRIS: "沢", SLIDE: "地区"}[zones.phenomenon]
    common = {
        "A33_003": "06",
        "A33_004": f"K{number:03d}",
        "A33_005": f"架空{number}号{name}（架空）",
        "A33_006": "尾花沢市（架空）",
        "A33_007": "" if planned else f"20{random.randrange(10, 25)}-{random.randrange(1, 13):02d}-15",
    }
    inside = {"A33_008": "0" if zones.special is not None and not planned else "1"}
    code = {"A33_001": zones.phenomenon}
    yield code | {"A33_002": WARNING_PLANNED if planned else WARNING} | common | inside, zones.warning
    if zones.special is not None:
        yield code | {"A33_002": SPECIAL_PLANNED if planned else SPECIAL} | common | inside, zones.special


def avalanche_text(
    courses: Mapping[River, Course], water: shapely.Geometry, town: shapely.Geometry, random: Random
) -> str:
    """The text of the layer: run-outs of avalanches from the slopes of the upper valleys."""
    taken: list[shapely.Geometry] = []
    drawn: list[Drawn] = []
    for foot in _feet(courses, water, town, AVALANCHE_SPACING_M, random):
        path = _avalanche(foot, random)
        near = shapely.union_all(taken) if taken else shapely.Point()
        if shapely.contains(town, path) and not shapely.intersects(near, path):
            taken.append(path)
            remark = f"架空{len(taken)}号（架空）"
            drawn.append(({"A26_001": AVALANCHE, "A26_002": remark}, path))
    return collection_text("架空の雪崩危険箇所", SPOTS_NOTE, drawn)


def _feet(
    courses: Mapping[River, Course],
    water: shapely.Geometry,
    town: shapely.Geometry,
    spacing_m: tuple[float, float],
    random: Random,
) -> Iterator[Foot]:
    """Feet of slopes along both banks of every river, where the valley is narrow."""
    for points in courses.values():
        aside = normals(points)
        for sign in (1.0, -1.0):
            walked = random.uniform(*spacing_m)
            while (index := round(walked / STEP_M)) < len(points) - 5:
                uphill = aside[index] * sign
                edge = _edge(points[index], uphill, water)
                if edge is not None and shapely.contains(town, shapely.Point(points[index] + uphill * (edge + 400))):
                    at = points[index] + uphill * (edge + random.uniform(40.0, 110.0))
                    yield Foot(at, uphill, np.array([-uphill[1], uphill[0]]))
                walked += random.uniform(*spacing_m)


def _edge(at: Vector, uphill: Vector, water: shapely.Geometry) -> float | None:
    """Metres from the river to where the water ends that way; None where the valley is too wide."""
    ray = shapely.LineString([at, at + uphill * (FLATTEST_M * 2)])
    wet = shapely.intersection(ray, water)
    reach = max((shapely.Point(at).distance(shapely.Point(xy)) for xy in shapely.get_coordinates(wet)), default=0.0)
    return reach if reach <= FLATTEST_M else None


def _steep_slope(foot: Foot, random: Random) -> Zones:
    """急傾斜地: a strip along the foot; it reaches downhill twice the height of the slope, at most 50 m."""
    half = random.uniform(60.0, 150.0)
    height = random.uniform(15.0, 45.0)
    rise, reach = height * 1.2, min(50.0, height * 1.4)
    offsets = np.linspace(-half, half, 9)
    bend = [random.uniform(-9.0, 9.0) for _ in offsets]
    top = [foot.spot(rise + bow, s) for s, bow in zip(offsets, bend, strict=True)]
    bottom = [foot.spot(bow - reach, s) for s, bow in zip(offsets, bend, strict=True)]
    red = [foot.spot(bow - reach * 0.35, s) for s, bow in zip(offsets, bend, strict=True)]
    warning = _rounded([*top, *bottom[::-1]], 8.0)
    special = _rounded([*top[1:-1], *red[1:-1][::-1]], 5.0)
    return Zones(SLOPE, warning, _within(special, warning) if random.random() < 0.75 else None)


def _debris_flow(foot: Foot, random: Random) -> Zones:
    """土石流: a winding torrent above the apex, and the fan below it; the special zone keeps to the torrent."""
    spread = math.radians(random.uniform(14.0, 22.0))
    reach, length = random.uniform(140.0, 250.0), random.uniform(180.0, 420.0)
    apex_m = reach * 0.8
    bends = [random.uniform(-22.0, 22.0) for _ in range(6)]
    torrent = [
        foot.spot(apex_m + length * share, bow * share) for share, bow in zip(np.linspace(0, 1, 6), bends, strict=True)
    ]
    angles = np.linspace(-spread, spread, 9)
    rim = [foot.spot(apex_m - reach * math.cos(a), reach * math.sin(a)) for a in angles]
    neck = random.uniform(13.0, 20.0)
    stream = shapely.buffer(shapely.LineString(torrent), neck)
    fan = shapely.Polygon([torrent[0], *rim])
    warning = _smoothed(shapely.union(stream, shapely.buffer(fan, neck * 0.6)), 12.0)
    core = shapely.LineString([*torrent[:4][::-1], foot.spot(apex_m - reach * 0.45, 0.0)])
    return Zones(DEBRIS, warning, _within(shapely.buffer(core, neck * 0.55), warning))


def _sliding_ground(foot: Foot, random: Random) -> Zones:
    """地滑り: a broad tongue, head uphill; special zones are rare and lie at its toe."""
    length, width = random.uniform(220.0, 420.0), random.uniform(120.0, 240.0)
    ring = []
    for angle in np.linspace(0.0, 2 * math.pi, 28, endpoint=False):
        swell = 1.0 + 0.10 * math.sin(3 * angle + length) + random.uniform(-0.05, 0.05)
        up = (math.sin(angle) + 0.62) * length / 2
        ring.append(foot.spot(up * swell, math.cos(angle) * width / 2 * swell * (1.0 - 0.2 * math.sin(angle))))
    warning = _rounded(ring, 15.0)
    toe = shapely.Polygon(
        [foot.spot(u, s) for u, s in ((-20, -width * 0.3), (-20, width * 0.3), (45, width * 0.24), (45, -width * 0.24))]
    )
    return Zones(SLIDE, warning, _within(_smoothed(toe, 10.0), warning) if random.random() < 0.35 else None)


def _avalanche(foot: Foot, random: Random) -> shapely.Polygon:
    """A start zone on the upper slope, a narrow path, and a run-out that spreads over the valley floor."""
    fall, run = random.uniform(220.0, 420.0), random.uniform(60.0, 130.0)
    widths = ((fall, 0.75), (fall * 0.8, 1.0), (fall * 0.55, 0.8), (fall * 0.25, 0.6), (0.0, 0.8), (-run * 0.6, 1.35), (-run, 1.15))  # fmt: skip
    half = random.uniform(45.0, 85.0)
    sides = [(up, share * half * random.uniform(0.9, 1.1)) for up, share in widths]
    left = [foot.spot(up, -wide) for up, wide in sides]
    right = [foot.spot(up, wide) for up, wide in sides]
    return _rounded([*left, *right[::-1]], 25.0)


_SHAPES = {SLOPE: _steep_slope, DEBRIS: _debris_flow, SLIDE: _sliding_ground}


def _rounded(ring: list[Vector], radius_m: float) -> shapely.Polygon:
    return _smoothed(shapely.make_valid(shapely.Polygon(ring)), radius_m)


def _smoothed(area: shapely.Geometry, radius_m: float) -> shapely.Polygon:
    """The area with round corners, without thin necks, its vertices thinned to half a metre."""
    opened = shapely.buffer(shapely.buffer(area, -radius_m / 2), radius_m)
    closed = shapely.buffer(opened, -radius_m / 2)
    largest = max(shapely.get_parts(closed), key=shapely.area)
    smooth: shapely.Polygon = shapely.simplify(shapely.Polygon(largest.exterior), 0.5)
    return smooth


def _within(area: shapely.Geometry, outer: shapely.Polygon) -> shapely.Polygon:
    """The largest part of the area that lies a metre within ``outer``."""
    inside = shapely.intersection(area, shapely.buffer(outer, -1.0))
    largest: shapely.Polygon = max(shapely.get_parts(inside), key=shapely.area)
    return largest
