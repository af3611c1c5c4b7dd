"""Synthetic drives over a real network of roads, with what is true of them, and how much of it matching finds.

A plough drives road after road, some out and back. Where the next road begins within 300 m it drives straight there; elsewhere it drives
40 m on, is silent for 150 s and comes in from 40 m before the next. Fixes carry noise: independent from fix to fix (``gauss``) or wandering as
real receivers do (``wander``: a first-order process with a memory of 60 s). Truth and finding are compared along every road in
steps of half a metre, each direction by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import shapely
from numpy.typing import NDArray

from core.model import Task
from core.ploughs import Direction, Evidence, Fixes, Passage
from gis.metres import to_degrees
from gis.ploughs.network import Network, Road
from gis.ploughs.sharing import shared_passages

BEGIN = datetime(2026, 1, 15, 18, tzinfo=UTC)

NEAR_M = 300.0
BESIDE_M = 40.0
SILENCE_S = 150.0
MEMORY_S = 60.0
CELL_M = 0.5
TRAVEL_M_PER_S = 30 / 3.6

NEUTRAL_M = 25.0
"""What is found within so much of a way between two roads is neither right nor wrong: that way belongs to no road, and
so far a road is matched."""

Places = NDArray[np.float64]
Cells = dict[tuple[str, Direction], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Leg:
    """A way driven at one speed; ``road`` None: between roads. ``silent_s``: nothing is sent for so long after it."""

    places: Places
    road: str | None
    forward: bool
    metres_per_s: float
    silent_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Drive:
    """Fixes of one vehicle, the stretches it drove on each road while it was heard, and its ways between roads."""

    fixes: Fixes
    driven: tuple[Passage, ...]
    between: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Noise:
    """Noise of a receiver: standard deviation in metres east and north, wandering or independent."""

    metres: float
    wanders: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """Metres: driven on roads; of these found on the right road in the right direction; found where nobody drove."""

    driven: float = 0.0
    right: float = 0.0
    wrong: float = 0.0

    def __add__(self, other: Score) -> Score:
        return Score(self.driven + other.driven, self.right + other.right, self.wrong + other.wrong)

    @property
    def matched_share(self) -> float:
        """Of the driven length."""
        return self.right / self.driven

    @property
    def wrong_share(self) -> float:
        """Of the driven length."""
        return self.wrong / self.driven


def tour(
    network: Network,
    roads: Sequence[str],
    dice: np.random.Generator,
    *,
    interval_s: float,
    noise: Noise,
    out_and_back: float = 0.3,
    sheds: float = 0.0,
    task: Task | None = None,
) -> Drive:
    """A drive over each of the roads, always to the nearest next.

    ``out_and_back`` of them are driven back at once; ``sheds`` is the share of roads of more than 400 m
    on which the receiver hears nothing for 150 s.
    """
    legs = _legs(network, roads, dice, out_and_back)
    return _sent(legs, network.epsg, dice, interval_s, noise, sheds, task)


def score(network: Network, drive: Drive, passages: Iterable[Passage]) -> Score:
    """How the passages found compare with what was driven."""
    true = cells_of(network, shared_passages(network, drive.driven))
    found = cells_of(network, shared_passages(network, passages))
    driven = sum(int(np.count_nonzero(each)) for each in true.values()) * CELL_M
    right = sum(int(np.count_nonzero(each & found[side])) for side, each in true.items() if side in found) * CELL_M
    wrong = sum(_wrong(network, side, each, true, drive.between) for side, each in found.items())
    return Score(driven, right, wrong)


def length_back(network: Network, passages: Iterable[Passage]) -> float:
    """Metres of the network that some passage covers, in either direction."""
    found = cells_of(network, shared_passages(network, passages))
    nothing = np.zeros(0, dtype=bool)
    covered = 0.0
    for road in network.roads.values():
        sides = [found.get((road.id, direction), nothing) for direction in Direction]
        ways = [side for side in sides if side.size]
        if ways:
            covered += float(np.mean(np.logical_or.reduce(ways))) * road.length_m
    return covered


def cells_of(network: Network, passages: Iterable[Passage]) -> Cells:
    """For each road and direction which half metres the passages cover."""
    found: Cells = {}
    for passage in passages:
        length = network.roads[passage.road].length_m
        count = max(1, round(length / CELL_M))
        cells = found.setdefault((passage.road, passage.direction), np.zeros(count, dtype=bool))
        middle = (np.arange(count) + 0.5) * (length / count)
        cells |= (middle >= passage.from_m) & (middle <= passage.to_m)
    return found


def _wrong(
    network: Network, side: tuple[str, Direction], found: NDArray[np.bool_], true: Cells, between: shapely.Geometry
) -> float:
    wrong = found & ~true[side] if side in true else found
    if not wrong.any():
        return 0.0
    line = network.roads[side[0]].line
    middle = (np.flatnonzero(wrong) + 0.5) * (shapely.length(line) / found.size)
    places = shapely.line_interpolate_point(line, middle)
    return float(np.count_nonzero(shapely.distance(places, between) > NEUTRAL_M)) * CELL_M


def _legs(network: Network, roads: Sequence[str], dice: np.random.Generator, out_and_back: float) -> list[Leg]:
    left = [network.roads[road] for road in roads]
    legs: list[Leg] = []
    here: Places | None = None
    while left:
        road, forward = _next(left, here)
        left.remove(road)
        places = _places(road) if forward else _places(road)[::-1]
        begin = places[0]
        if here is None or _apart(here, begin) > NEAR_M:
            if legs:
                legs.append(Leg(_straight_on(legs[-1].places), None, True, TRAVEL_M_PER_S, SILENCE_S))
            legs.append(Leg(_straight_on(places[::-1])[::-1], None, True, TRAVEL_M_PER_S))
        elif _apart(here, begin) > 0:
            legs.append(Leg(np.array([here, begin]), None, True, TRAVEL_M_PER_S))
        speed = float(dice.uniform(10, 28)) / 3.6
        legs.append(Leg(places, road.id, forward, speed))
        if dice.random() < out_and_back:
            legs.append(Leg(places[::-1], road.id, not forward, speed))
        here = legs[-1].places[-1]
    legs.append(Leg(_straight_on(legs[-1].places), None, True, TRAVEL_M_PER_S))
    return legs


def _next(left: Sequence[Road], here: Places | None) -> tuple[Road, bool]:
    if here is None:
        return left[0], True
    ways = [(road, forward) for road in left for forward in (True, False)]
    return min(ways, key=lambda way: _apart(here, _places(way[0])[0 if way[1] else -1]))


def _places(road: Road) -> Places:
    return shapely.get_coordinates(road.line)


def _straight_on(places: Places) -> Places:
    """The way straight on behind the last of the places."""
    ahead = places[-1] - places[-2]
    return np.array([places[-1], places[-1] + ahead / math.hypot(*ahead) * BESIDE_M])


def _apart(here: Places, there: Places) -> float:
    return math.hypot(*(there - here))


@dataclass(slots=True)
class _Sending:
    """What a vehicle sends on its way."""

    at_s: list[float] = field(default_factory=list)
    places: list[Places] = field(default_factory=list)
    driven: list[Passage] = field(default_factory=list)
    between: list[shapely.Geometry] = field(default_factory=list)
    drives: list[tuple[Leg, float, float, tuple[float, float]]] = field(default_factory=list)
    heard_from: int = 0

    def begin_anew(self) -> None:
        """What was driven before the first fix after a silence and after the last one before it, nobody can know."""
        heard = self.at_s[self.heard_from], self.at_s[-1]
        for leg, length, began, lost in self.drives:
            first, last = ((at - began) * leg.metres_per_s for at in heard)
            for begin, end in [(0.0, lost[0]), (lost[1], length)] if lost[1] else [(0.0, length)]:
                if min(end, last) > max(begin, first):
                    self.driven.append(_driven(leg, length, max(begin, first), min(end, last)))
        self.drives, self.heard_from = [], len(self.at_s)


def _sent(
    legs: Sequence[Leg],
    epsg: int,
    dice: np.random.Generator,
    interval_s: float,
    noise: Noise,
    sheds: float,
    task: Task | None,
) -> Drive:
    sending, clock, due = _Sending(), 0.0, float(dice.uniform(0, interval_s))
    for leg in legs:
        line = shapely.LineString(leg.places)
        seconds = line.length / leg.metres_per_s
        lost = _shed(line.length, leg, dice, sheds)
        while due < clock + seconds:
            along = (due - clock) * leg.metres_per_s
            if not lost[0] < along < lost[1]:
                sending.at_s.append(due)
                sending.places.append(shapely.get_coordinates(line.interpolate(along))[0])
            due += interval_s
        if leg.road is None:
            sending.between.append(line)
        else:
            sending.drives.append((leg, line.length, clock, lost))
        clock += seconds + leg.silent_s
        if leg.silent_s:
            sending.begin_anew()
            due = clock + float(dice.uniform(0, interval_s))
    sending.begin_anew()
    return Drive(_fixes(sending, epsg, dice, noise, task), tuple(sending.driven), shapely.union_all(sending.between))


def _shed(length: float, leg: Leg, dice: np.random.Generator, sheds: float) -> tuple[float, float]:
    """From where to where along the leg nothing is sent."""
    lost = SILENCE_S * leg.metres_per_s
    if leg.road is None or length < lost + 200 or dice.random() >= sheds:
        return 0.0, 0.0
    begin = float(dice.uniform(100, length - lost - 100))
    return begin, begin + lost


def _driven(leg: Leg, length: float, begin: float, end: float) -> Passage:
    low, high = (begin, end) if leg.forward else (length - end, length - begin)
    assert leg.road is not None
    return Passage(
        vehicle=1,
        road=leg.road,
        direction=Direction.FORWARD if leg.forward else Direction.BACKWARD,
        from_m=low,
        to_m=high,
        began_at=BEGIN,
        ended_at=BEGIN,
        task=None,
        evidence=Evidence.SIGNAL,
        fixes=0,
    )


def _fixes(sending: _Sending, epsg: int, dice: np.random.Generator, noise: Noise, task: Task | None) -> Fixes:
    places = np.array(sending.places) + _noise(np.array(sending.at_s), dice, noise)
    lon, lat = to_degrees(epsg).transform(places[:, 0], places[:, 1])
    nothing = (None,) * len(places)
    return Fixes(
        at_us=[round((BEGIN.timestamp() + at) * 1e6) for at in sending.at_s],
        lon=np.round(lon, 7).tolist(),
        lat=np.round(lat, 7).tolist(),
        speed_kmh=nothing,
        heading_deg=nothing,
        accuracy_m=nothing,
        task=(None if task is None else task.value,) * len(places),
    )


def _noise(at_s: Places, dice: np.random.Generator, noise: Noise) -> Places:
    drawn = dice.normal(0.0, noise.metres, (len(at_s), 2))
    if not noise.wanders:
        return drawn
    kept = np.exp(-np.diff(at_s) / MEMORY_S)
    for number, memory in enumerate(kept, start=1):
        drawn[number] = memory * drawn[number - 1] + math.sqrt(1 - memory * memory) * drawn[number]
    return drawn
