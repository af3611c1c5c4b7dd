"""Small networks and drives in metres, and the real network of 西山地区."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from config import load_site
from config.plough_plan import Depot, PloughPlan
from core.model import Position
from core.ploughs import Fixes, Passage
from gis.metres import to_degrees
from gis.ploughs.network import Network, network_of, read_network

ZONE = 6678
EAST, NORTH = -30_000.0, -150_000.0
"""All places of the tests are metres from here."""

EIGHT = 1_768_500_000
"""2026-01-15T18:00Z in seconds."""

Place = tuple[float, float]


def degrees(place: Place) -> Place:
    lon, lat = to_degrees(ZONE).transform(EAST + place[0], NORTH + place[1])
    return float(lon), float(lat)


def roads(**lines: Sequence[Place]) -> Network:
    """A network of lines in metres, by id."""
    return network_of(
        [
            {
                "properties": {"id": name, "name": name, "code": "1"},
                "geometry": {"type": "LineString", "coordinates": [degrees(place) for place in line]},
            }
            for name, line in lines.items()
        ],
        ZONE,
    )


def circle(radius: float, centre: Place = (0.0, 0.0), parts: int = 24) -> list[Place]:
    angles = [2 * math.pi * part / parts for part in range(parts + 1)]
    return [(centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)) for angle in angles]


def drive(
    way: Sequence[Place],
    *,
    kmh: float = 20.0,
    every_s: float = 1.0,
    begin_s: float = 0.0,
    task: str | None = None,
    speed: bool = False,
    accuracy_m: float | None = None,
) -> Fixes:
    """Fixes along a way at one speed; the last place has a fix of its own only where it falls on one."""
    metres_per_s = kmh / 3.6
    legs = [(begin, end, math.dist(begin, end)) for begin, end in itertools.pairwise(way)]
    whole = sum(length for *_, length in legs)
    places = [_at(legs, metres_per_s * every_s * number) for number in range(int(whole / metres_per_s / every_s) + 1)]
    return fixes(
        [(begin_s + number * every_s, place) for number, place in enumerate(places)],
        task=task,
        kmh=kmh if speed else None,
        accuracy_m=accuracy_m,
    )


def _at(legs: Sequence[tuple[Place, Place, float]], along: float) -> Place:
    for begin, end, length in legs:
        if along <= length:
            share = along / length
            return begin[0] + share * (end[0] - begin[0]), begin[1] + share * (end[1] - begin[1])
        along -= length
    return legs[-1][1]


def fixes(
    places: Sequence[tuple[float, Place]],
    *,
    task: str | None = None,
    kmh: float | None = None,
    accuracy_m: float | None = None,
) -> Fixes:
    """Fixes at seconds after ``EIGHT``."""
    positions = [degrees(place) for _, place in places]
    return Fixes(
        at_us=[round((EIGHT + at) * 1e6) for at, _ in places],
        lon=[lon for lon, _ in positions],
        lat=[lat for _, lat in positions],
        speed_kmh=[kmh] * len(places),
        heading_deg=[None] * len(places),
        accuracy_m=[accuracy_m] * len(places),
        task=[task] * len(places),
    )


def together(*parts: Fixes) -> Fixes:
    """One after the other, as they are."""
    return Fixes(
        **{
            name: [value for part in parts for value in getattr(part, name)]
            for name in ("at_us", "lon", "lat", "speed_kmh", "heading_deg", "accuracy_m", "task")
        }
    )


def part(whole: Fixes, chosen: Sequence[int]) -> Fixes:
    """The fixes with these numbers, in that order."""
    return Fixes(
        **{
            name: [getattr(whole, name)[number] for number in chosen]
            for name in ("at_us", "lon", "lat", "speed_kmh", "heading_deg", "accuracy_m", "task")
        }
    )


def told(passages: Sequence[Passage]) -> list[tuple[str, str, int, int]]:
    """Road, direction, from and to in whole metres, those that were only cut by the clock as one."""
    return [(each.road, each.direction.value, round(each.from_m), round(each.to_m)) for each in uncut(passages)]


def uncut(passages: Sequence[Passage]) -> list[Passage]:
    """The passages without the cuts at the minutes of the clock."""
    found: list[Passage] = []
    for each in passages:
        before = found[-1] if found else None
        if before and _goes_on(before, each):
            whole = {"from_m": min(before.from_m, each.from_m), "to_m": max(before.to_m, each.to_m)}
            found[-1] = replace(before, **whole, ended_at=each.ended_at, fixes=before.fixes + each.fixes)
        else:
            found.append(each)
    return found


def _goes_on(before: Passage, each: Passage) -> bool:
    """Whether one passage begins in the very moment and place in which the one before ended, and is like it."""
    as_before = ("vehicle", "road", "direction", "task", "evidence", "derived")
    same = all(getattr(before, name) == getattr(each, name) for name in as_before)
    return same and before.ended_at == each.began_at and (before.to_m == each.from_m or before.from_m == each.to_m)


class Drives:
    """Short ways to write networks and drives; handed to tests as the fixture ``drives``."""

    begin_s = EIGHT
    roads = staticmethod(roads)
    circle = staticmethod(circle)
    drive = staticmethod(drive)
    fixes = staticmethod(fixes)
    together = staticmethod(together)
    part = staticmethod(part)
    told = staticmethod(told)
    uncut = staticmethod(uncut)
    degrees = staticmethod(degrees)


@pytest.fixture(scope="session")
def drives() -> type[Drives]:
    return Drives


@pytest.fixture(scope="session")
def plan() -> PloughPlan:
    return PloughPlan(roads="roads", classes={})


@pytest.fixture(scope="session")
def plan_with_depot() -> PloughPlan:
    """A depot of 60 m about the place (0, 0)."""
    return PloughPlan(
        roads="roads", classes={}, depots=(Depot(id="yard", position=Position(*degrees((0.0, 0.0))), radius_m=60.0),)
    )


@pytest.fixture(scope="session")
def nishiyama() -> Network:
    """The real network: 288 lines, 107 km, zone VIII."""
    return read_network(load_site(Path(__file__).parents[3] / "config" / "nishiyama"))
