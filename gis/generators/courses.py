"""The courses of the made-up rivers: hand-drawn centre lines that swing as rivers do.

A course is a row of points each STEP_M along the river, in metres of the zone, from the hills down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.generators import PLANE_EPSG
from gis.metres import in_metres

STEP_M = 40.0

Course = NDArray[np.float64]
Wave = Callable[[float], float]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class River:
    """A river: its name, its line in degrees, how far it swings and the half width of its flood from hills to plain.

    ``deepest`` is the largest depth rank its flood reaches; ``section`` and ``code`` are those KSJ W05 has a place for.
    """

    name: str
    line: tuple[Point, ...]
    swing_m: float
    flank_m: tuple[float, float]
    deepest: int
    section: str
    code: str


NYU = River(
    "丹生川（架空）",
    (
        (140.5960, 38.6215), (140.5790, 38.6275), (140.5590, 38.6335), (140.5400, 38.6370), (140.5220, 38.6385),
        (140.5050, 38.6340), (140.4875, 38.6275), (140.4700, 38.6215), (140.4550, 38.6195), (140.4400, 38.6170),
        (140.4250, 38.6165), (140.4100, 38.6175), (140.3970, 38.6165), (140.3840, 38.6135), (140.3740, 38.6110),
    ),
    110.0, (90.0, 700.0), 5, "1", "9999990001",
)  # fmt: skip
GINZAN = River(
    "銀山川（架空）",
    (
        (140.5560, 38.5560), (140.5430, 38.5625), (140.5290, 38.5700), (140.5150, 38.5770), (140.5010, 38.5845),
        (140.4890, 38.5930), (140.4780, 38.6020), (140.4680, 38.6110), (140.4580, 38.6185),
    ),
    70.0, (60.0, 260.0), 3, "2", "9999990002",
)  # fmt: skip
OBOROGE = River(
    "朧気川（架空）",
    (
        (140.4880, 38.5250), (140.4760, 38.5370), (140.4640, 38.5480), (140.4520, 38.5590), (140.4400, 38.5690),
        (140.4290, 38.5775), (140.4185, 38.5840), (140.4090, 38.5880), (140.3980, 38.5905), (140.3880, 38.5945),
        (140.3800, 38.6010), (140.3750, 38.6080),
    ),
    80.0, (70.0, 330.0), 4, "2", "9999990003",
)  # fmt: skip
USHIBONO = River(
    "牛房野川（架空）",
    (
        (140.4560, 38.6900), (140.4470, 38.6780), (140.4420, 38.6650), (140.4440, 38.6520), (140.4475, 38.6400),
        (140.4440, 38.6290), (140.4385, 38.6180),
    ),
    60.0, (50.0, 220.0), 3, "2", "9999990004",
)  # fmt: skip
MOGAMI = River(
    "最上川（架空）",
    (
        (140.3740, 38.6110), (140.3690, 38.6240), (140.3640, 38.6360), (140.3600, 38.6480), (140.3520, 38.6580),
        (140.3420, 38.6650), (140.3300, 38.6710), (140.3180, 38.6800),
    ),
    150.0, (380.0, 620.0), 5, "1", "9999990005",
)  # fmt: skip
RIVERS = (MOGAMI, NYU, OBOROGE, GINZAN, USHIBONO)
"""Where waters of two rivers meet, the one named first has the ground."""


def course(river: River, random: Random) -> Course:
    """Points of the river each STEP_M, in metres of the zone."""
    line = in_metres(shapely.LineString(river.line), PLANE_EPSG)
    distances = np.arange(0.0, line.length, STEP_M)
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, distances))
    smooth = _running_mean(points, 25)  # rounds off the corners of the hand-drawn line
    swing = wave(random, (620.0, 1130.0, 2300.0))
    # Little swing at both ends: a river ends where it flows into the next.
    taper = np.minimum(1.0, np.minimum(distances, line.length - distances) / 800.0)
    offsets: Course = np.array([[river.swing_m * swing(s)] for s in distances]) * taper[:, None]
    swung: Course = smooth + normals(smooth) * offsets
    return swung


def wave(random: Random, lengths_m: Sequence[float]) -> Wave:
    """A smooth irregular curve along the river, about -1 to 1, made of one sine per wave length."""
    terms = [(2 * math.pi / length, random.uniform(0, 2 * math.pi)) for length in lengths_m]
    return lambda s: sum(math.sin(k * s + phase) for k, phase in terms) / len(terms)


def normals(points: Course) -> Course:
    """Unit vectors to the left of the flow, turned slowly: over some 20 points, as valley sides follow the valley."""
    along = np.gradient(_running_mean(points, 21), axis=0)
    across = np.column_stack([-along[:, 1], along[:, 0]])
    unit: Course = across / np.hypot(along[:, :1], along[:, 1:])
    return unit


def _running_mean(points: Course, window: int) -> Course:
    padded = np.pad(points, ((window // 2, window // 2), (0, 0)), mode="edge")
    weights = np.ones(window) / window
    return np.column_stack([np.convolve(padded[:, axis], weights, mode="valid") for axis in (0, 1)])
