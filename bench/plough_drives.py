"""Synthetic drives over a real network of roads, with what is true of them, and how much of it matching finds.

A plough drives road after road to its very end, some out and back; some it leaves somewhere between, at a right angle, on a way that is
not in the layer. Where the next road begins within 300 m it drives straight there; elsewhere it drives 40 m on, is silent for 150 s and comes
in from 40 m before the next. Fixes carry noise: independent from fix to fix (``gauss``) or wandering as real receivers do (``wander``: a
first-order process with a memory of 60 s). Truth and finding are compared along every road in steps of half a metre, each direction by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray

from core.model import Task
from core.ploughs import Direction, Evidence, Fixes, Passage
from gis.metres import to_degrees
from gis.ploughs.network import Network, Road
from gis.ploughs.sharing import shared_passages

BEGIN = datetime(2026, 1, 15, 18, tzinfo=UTC)

NEAR_M = 300.0
BESIDE_M = 40.0
ASIDE_M = 60.0
PARTLY_FROM_M = 200.0
SILENCE_S = 150.0
MEMORY_S = 60.0
CELL_M = 0.5
TRAVEL_M_PER_S = 30 / 3.6

NEUTRAL_M = 25.0
"""What is found within so much of a way between two roads, at the time it was driven, is neither right nor wrong: that way belongs to
no road, and so far a road is matched."""

NEUTRAL_S = 30.0
"""How exactly the time of a passage tells when a way beside it was driven."""

MEAN_OF_RAYLEIGH = math.sqrt(math.pi / 2)
"""How far off a fix is in the mean, where it scatters by 1 east and 1 north."""

Places = NDArray[np.float64]
Cells = dict[tuple[str, Direction], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Leg:
    """A way driven at one speed; ``road`` None: between roads. ``silent_s``: nothing is sent for so long after it.

    ``low_m``: so many metres along the road lies its end that is nearer to where the road begins.
    """

    places: Places
    road: str | None
    forward: bool
    metres_per_s: float
    silent_s: float = 0.0
    low_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Between:
    """A way between roads, driven from ``began_at`` to ``ended_at``."""

    line: shapely.LineString
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Drive:
    """Fixes of one vehicle, the stretches it drove on each road while it was heard, and its ways between roads."""

    fixes: Fixes
    driven: tuple[Passage, ...]
    between: tuple[Between, ...]


@dataclass(frozen=True, slots=True)
class Noise:
    """Noise of a receiver: how many metres its fixes are off in the mean, wandering or independent."""

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
    partly: float = 0.0,
    sheds: float = 0.0,
    task: Task | None = None,
) -> Drive:
    """A drive over each of the roads, always to the nearest next.

    ``out_and_back`` of them are driven back at once; ``partly`` is the share of roads of more than 200 m that are left somewhere
    between, ``sheds`` that of roads of more than 400 m on which the receiver hears nothing for 150 s.
    """
    legs = _legs(network, roads, dice, out_and_back, partly)
    return _sent(legs, network.epsg, dice, interval_s, noise, sheds, task)


def score(network: Network, drive: Drive, passages: Iterable[Passage], neutral_m: float = NEUTRAL_M) -> Score:
    """How the passages found compare with what was driven."""
    told = shared_passages(network, passages)
    true = cells_of(network, shared_passages(network, drive.driven))
    found = cells_of(network, told)
    driven = sum(int(np.count_nonzero(each)) for each in true.values()) * CELL_M
    right = sum(int(np.count_nonzero(each & found[side])) for side, each in true.items() if side in found) * CELL_M
    return Score(driven, right, _wrong(network, told, true, drive.between, neutral_m))


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
    network: Network, told: Iterable[Passage], true: Cells, between: Sequence[Between], neutral_m: float
) -> float:
    """Metres found where nobody drove, but for those beside a way between roads that was driven just then."""
    wrong: Cells = {}
    for passage in told:
        for side, found in cells_of(network, [passage]).items():
            astray = found & ~true[side] if side in true else found
            if astray.any():
                astray = astray & ~_beside(network, passage, found.size, between, neutral_m)
                wrong[side] = wrong[side] | astray if side in wrong else astray
    return sum(int(np.count_nonzero(each)) for each in wrong.values()) * CELL_M


def _beside(
    network: Network, passage: Passage, count: int, between: Sequence[Between], neutral_m: float
) -> NDArray[np.bool_]:
    """Which of the cells of the road lie beside a way between roads that was driven at the time of the passage."""
    slack = timedelta(seconds=NEUTRAL_S)
    ways = [
        way.line
        for way in between
        if way.began_at <= passage.ended_at + slack and way.ended_at >= passage.began_at - slack
    ]
    line = network.roads[passage.road].line
    middle = (np.arange(count) + 0.5) * (shapely.length(line) / count)
    return np.asarray(shapely.dwithin(shapely.line_interpolate_point(line, middle), shapely.union_all(ways), neutral_m))


def _legs(
    network: Network, roads: Sequence[str], dice: np.random.Generator, out_and_back: float, partly: float
) -> list[Leg]:
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
        if partly and road.length_m > PARTLY_FROM_M and dice.random() < partly:
            legs += _part_of(road, places, forward, speed, dice)
        else:
            legs.append(Leg(places, road.id, forward, speed))
            if dice.random() < out_and_back:
                legs.append(Leg(places[::-1], road.id, not forward, speed))
        here = legs[-1].places[-1]
    legs.append(Leg(_straight_on(legs[-1].places), None, True, TRAVEL_M_PER_S))
    return legs


def _part_of(road: Road, places: Places, forward: bool, speed: float, dice: np.random.Generator) -> Iterator[Leg]:
    """A road driven for a part, and the way off it to one side."""
    line = shapely.LineString(places)
    driven = float(dice.uniform(0.3, 0.7)) * line.length
    first = shapely.get_coordinates(shapely.ops.substring(line, 0.0, driven))
    yield Leg(first, road.id, forward, speed, low_m=0.0 if forward else line.length - driven)
    ahead = first[-1] - first[-2]
    aside = np.array([-ahead[1], ahead[0]]) * (1 if dice.random() < 0.5 else -1)
    yield Leg(np.array([first[-1], first[-1] + aside / math.hypot(*ahead) * ASIDE_M]), None, True, speed)


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
    between: list[Between] = field(default_factory=list)
    drives: list[tuple[Leg, float, float, tuple[float, float]]] = field(default_factory=list)
    heard_from: int = 0

    def begin_anew(self) -> None:
        """What was driven before the first fix after a silence and after the last one before it, nobody can know."""
        heard = self.at_s[self.heard_from], self.at_s[-1]
        for leg, length, began, lost in self.drives:
            first, last = ((at - began) * leg.metres_per_s for at in heard)
            for begin, end in [(0.0, lost[0]), (lost[1], length)] if lost[1] else [(0.0, length)]:
                if min(end, last) > max(begin, first):
                    self.driven.append(_driven(leg, length, began, max(begin, first), min(end, last)))
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
        shed = lost = _shed(line.length, leg, dice, sheds)
        while due < clock + seconds:
            along = (due - clock) * leg.metres_per_s
            if not shed[0] < along < shed[1]:
                lost = _unheard(lost, shed, along)
                sending.at_s.append(due)
                sending.places.append(shapely.get_coordinates(line.interpolate(along))[0])
            due += interval_s
        if leg.road is None:
            sending.between.append(Between(line, _at(clock), _at(clock + seconds)))
        else:
            sending.drives.append((leg, line.length, clock, lost))
        clock += seconds + leg.silent_s
        if leg.silent_s:
            sending.begin_anew()
            due = clock + float(dice.uniform(0, interval_s))
    sending.begin_anew()
    return Drive(_fixes(sending, epsg, dice, noise, task), tuple(sending.driven), tuple(sending.between))


def _shed(length: float, leg: Leg, dice: np.random.Generator, sheds: float) -> tuple[float, float]:
    """From where to where along the leg nothing is sent."""
    lost = SILENCE_S * leg.metres_per_s
    if leg.road is None or length < lost + 200 or dice.random() >= sheds:
        return 0.0, 0.0
    begin = float(dice.uniform(100, length - lost - 100))
    return begin, begin + lost


def _unheard(lost: tuple[float, float], shed: tuple[float, float], heard: float) -> tuple[float, float]:
    """Of a leg with a shed: from the last fix heard before the shed to the first one behind it. What lies between nobody can know."""
    if not shed[1]:
        return shed
    if heard <= shed[0]:
        return heard, lost[1]
    return (lost[0], heard) if lost[1] == shed[1] else lost


def _driven(leg: Leg, length: float, began_s: float, begin: float, end: float) -> Passage:
    low, high = (begin, end) if leg.forward else (length - end, length - begin)
    assert leg.road is not None
    return Passage(
        vehicle=1,
        road=leg.road,
        direction=Direction.FORWARD if leg.forward else Direction.BACKWARD,
        from_m=leg.low_m + low,
        to_m=leg.low_m + high,
        began_at=_at(began_s + begin / leg.metres_per_s),
        ended_at=_at(began_s + end / leg.metres_per_s),
        task=None,
        evidence=Evidence.SIGNAL,
        fixes=0,
    )


def _at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


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
    drawn = dice.normal(0.0, noise.metres / MEAN_OF_RAYLEIGH, (len(at_s), 2))
    if not noise.wanders:
        return drawn
    kept = np.exp(-np.diff(at_s) / MEMORY_S)
    for number, memory in enumerate(kept, start=1):
        drawn[number] = memory * drawn[number - 1] + math.sqrt(1 - memory * memory) * drawn[number]
    return drawn
