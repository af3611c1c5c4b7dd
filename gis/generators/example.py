"""Every made-up layer of the example town, as text by file name."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import shapely
from shapely.geometry import shape

from gis.demo_roads import road_text
from gis.generators import PLANE_EPSG, SEED
from gis.generators.courses import NYU, RIVERS, course
from gis.generators.floods import collapse_text, depth_text, durations, largest_flood, planned_flood
from gis.generators.population import population_text
from gis.generators.rivers import rivers_text
from gis.generators.slopes import avalanche_text, sediment_text
from gis.generators.town import closures_text, facilities_text, farmland_text, houses_text, waterworks_text
from gis.metres import in_metres

BOUNDARY = "06212.json"


def example_layers(boundary: Path, seed: int = SEED) -> dict[str, str]:
    """File names and texts, for the town whose boundary file (GeoJSON, degrees) is ``boundary``.

    Each layer draws from its own row of random numbers, so that one can change without the others.
    """
    document = json.loads(boundary.read_text(encoding="utf-8"))
    degrees = shapely.union_all([shape(feature["geometry"]) for feature in document["features"]])
    town = in_metres(degrees, PLANE_EPSG)
    courses = {river: course(river, _random(seed, river.code)) for river in RIVERS}
    largest = largest_flood(courses, _random(seed, "largest"))
    planned = planned_flood(courses, largest, _random(seed, "planned"))
    stay = durations(courses, largest, _random(seed, "duration"))
    water = shapely.union_all([ranks[0] for ranks in largest.values()])
    shapely.prepare(town)
    return {
        "roads.geojson": road_text(seed),
        "rivers.geojson": rivers_text(courses, town),
        "flood_depth.geojson": depth_text("架空の洪水浸水想定区域（想定最大規模）", "A31a_205", largest, town),
        "flood_planned.geojson": depth_text("架空の洪水浸水想定区域（計画規模）", "A31a_105", planned, town),
        "flood_duration.geojson": depth_text("架空の浸水継続時間", "A31a_305", stay, town),
        "house_collapse.geojson": collapse_text(
            "架空の家屋倒壊等氾濫想定区域", courses, largest, town, _random(seed, "collapse")
        ),
        "sediment.geojson": sediment_text(courses, water, town, _random(seed, "sediment")),
        "avalanche.geojson": avalanche_text(courses, water, town, _random(seed, "avalanche")),
        "closures.geojson": closures_text(),
        "waterworks.geojson": waterworks_text(_random(seed, "waterworks")),
        "dangerous_houses.geojson": houses_text(_random(seed, "houses")),
        "farmland.geojson": farmland_text(courses[NYU], town, water, _random(seed, "farmland")),
        "facilities.geojson": facilities_text(),
        "population.geojson": population_text(_random(seed, "population")),
    }


def _random(seed: int, topic: str) -> Random:
    return Random(f"{seed} {topic}")  # noqa: S311 - a landscape, not a secret
