"""Made-up persons by square of 500 m: where made-up streets are dense, many; along a road through the valley, few."""

from __future__ import annotations

from collections import defaultdict
from random import Random

import numpy as np
import shapely

from gis.generators import PLANE_EPSG
from gis.generators.town import NOTE, roads
from gis.generators.writing import Drawn, degree_text
from gis.mesh import mesh_box, mesh_code_at
from gis.metres import in_degrees

DIGITS = 9
"""A half of the third-order mesh: 500 m."""
STEP_M = 25.0
PER_STEP = {"1": 0.6, "2": 1.4, "3": 3.1}
"""Persons for each step of a road by its class: side streets have houses on both sides, main roads few."""
FEWEST = 3
"""Squares with fewer are withheld in real tables; here nobody lives in them."""


def population_text(random: Random) -> str:
    """The text of the squares that anybody lives in, with the names of e-Stat's table."""
    found: dict[str, float] = defaultdict(float)
    for properties, line in roads():
        places = shapely.line_interpolate_point(line, np.arange(STEP_M / 2, line.length, STEP_M))
        for lon, lat in shapely.get_coordinates(in_degrees(places, PLANE_EPSG)):
            found[mesh_code_at(lon, lat, DIGITS)] += PER_STEP[properties["class"]]
    drawn: list[Drawn] = []
    for code, weight in sorted(found.items()):
        persons = round(weight * random.uniform(0.7, 1.3))
        box = mesh_box(code)
        if persons >= FEWEST:
            told = {"KEY_CODE": code, "人口（総数）": persons, "備考": "架空"}
            drawn.append((told, shapely.box(box.west, box.south, box.east, box.north)))
    return degree_text("架空の人口メッシュ（500m）", NOTE, drawn)
