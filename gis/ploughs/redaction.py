"""What may be told of ploughs, and what must never be: pure functions from passages to public places and roads (ADR 0017).

A public place is reckoned from the passage over a road alone (where it began and ended, and when), so that it lies on the line
of the road, at a whole tick of the clock, and neither a stop at somebody's door nor the tracker's own rhythm is in it.
Metres are of the network's plane zone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import shapely

from config.plough_plan import PloughPlan
from core.ploughs import Direction, Passage, RoadState
from core.public_ploughs import PublicRoad
from gis.metres import to_degrees
from gis.ploughs.zones import Zone, withheld_roads

if TYPE_CHECKING:
    from gis.ploughs.network import Network

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Every rule of redaction as a number or a switch, so that a test can turn each off and see what it is for.

    ``delay`` is the town's; ``tick`` the only seconds a place has. Of each visible run the first and last ``trim_m`` are
    dropped, and up to ``trim_more_m`` more, another length each day; a run ends where nothing visible follows within ``pause``. ``tell_within``: what arrives
    later than that after its time is told by roads, never by places. ``by_arrival``: the delay counts from when a fix reached us where that is later.
    ``working_only``: only where there is evidence of work. ``zones``: nothing on a road that touches a zone. ``whole_roads``: that
    road is withheld as a whole, else only what of it lies inside.
    """

    delay: timedelta
    tick: timedelta = timedelta(seconds=10)
    trim_m: float = 200.0
    trim_more_m: float = 200.0
    pause: timedelta = timedelta(minutes=2)
    tell_within: timedelta = timedelta(minutes=15)
    by_arrival: bool = True
    working_only: bool = True
    zones: bool = True
    whole_roads: bool = True


@dataclass(frozen=True, slots=True)
class Ends:
    """How much of both ends of a vehicle's runs is dropped that day, in metres."""

    first_m: float
    last_m: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a vehicle was at work at a tick: longitude, latitude, and the way of the road in degrees from north.

    ``passage`` is what it was reckoned from.
    """

    at: datetime
    lon: float
    lat: float
    heading_deg: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class _Spot:
    passage: Passage
    measure: float


Arrivals = Sequence[tuple[datetime, datetime]]
"""Of one vehicle: ticks with fixes, in order, each with when the last of these fixes reached us."""


def ends(rules: Rules, salt: bytes) -> Ends:
    """How much is dropped for the day ``salt`` was drawn for; the same all day, so that rounds do not betray the shortest."""
    first, last = (int.from_bytes(part, "big") / 2**32 for part in (salt[:4], salt[4:8]))
    return Ends(rules.trim_m + rules.trim_more_m * first, rules.trim_m + rules.trim_more_m * last)


def visible_runs(
    passages: Iterable[Passage],
    network: Network,
    withheld: frozenset[str],
    rules: Rules,
    breaks: Sequence[datetime] = (),
) -> list[list[Passage]]:
    """What may be told at all of one vehicle, in unbroken runs: at work, on roads we know that are not withheld.

    A run ends at a pause, where a withheld road comes between, and at each of ``breaks`` (where the pseudonym changes). Passages
    derived for a second line on the same ground are left out: a plough is in one place.
    """
    found: list[list[Passage]] = []
    last: Passage | None = None
    for passage in sorted(passages, key=lambda each: (each.began_at, each.ended_at, each.road, each.from_m)):
        if passage.derived:
            continue
        if rules.zones and rules.whole_roads and passage.road in withheld:
            last = None
        elif passage.road in network.roads and (passage.evidence is not None or not rules.working_only):
            if last is None or _broken(last, passage, rules, breaks):
                found.append([])
            found[-1].append(passage)
            last = passage
    return found


def _broken(last: Passage, following: Passage, rules: Rules, breaks: Sequence[datetime]) -> bool:
    if following.began_at - last.ended_at > rules.pause:
        return True
    return any(last.began_at < at <= following.began_at for at in breaks)


def places(
    network: Network,
    run: Sequence[Passage],
    arrivals: Arrivals,
    zones: Sequence[Zone],
    rules: Rules,
    dropped: Ends,
    *,
    since: datetime,
    now: datetime,
) -> list[Place]:
    """The places of one run that may be told at ``now``, of ticks after ``since``.

    A tick is told when it, and the arrival of the fixes around it, lie ``rules.delay`` back. Where no fix is known on one
    side of it, it is not told. What of the run is known to follow counts for its end, so that a plough that goes on is told of up
    to the delay, one that stands is not.
    """
    until = now - rules.delay
    lengths = [passage.to_m - passage.from_m for passage in run]
    total, driven = sum(lengths), 0.0
    found: dict[datetime, _Spot] = {}
    ticks = [tick for tick, _ in arrivals]
    for passage, length in zip(run, lengths, strict=True):
        for at in _ticks(max(passage.began_at, since), min(passage.ended_at, until), rules.tick):
            share = _share(passage, at)
            done = driven + share * length
            if not dropped.first_m <= done <= total - dropped.last_m or at in found:
                continue
            if not rules.by_arrival or _arrived(arrivals, ticks, at, until):
                found[at] = _Spot(passage, _measure(passage, share))
        driven += length
    return _placed(network, found, zones if rules.zones else ())


def public_roads(
    network: Network,
    plan: PloughPlan,
    states: Mapping[str, RoadState],
    zones: Sequence[Zone],
    rules: Rules,
) -> dict[str, PublicRoad]:
    """What is told of each road, by id in the order of the network: times rounded down to ``plan.public_step``."""
    hidden = withheld_roads(network, zones) if rules.zones else frozenset()
    step = plan.public_step
    return {
        road: PublicRoad(road=road, withheld=True) if road in hidden else _public_road(road, states.get(road), step)
        for road in network.roads
    }


def step_before(at: datetime, step: timedelta) -> datetime:
    """The last boundary of a step at or before an instant."""
    return at - (at - _EPOCH) % step


def share_told(share: float) -> float:
    """A share of a road in fifths, rounded down; from 95 % on it is all."""
    return 1.0 if share >= 0.95 else int(share * 5 + 1e-9) / 5


def _public_road(road: str, state: RoadState | None, step: timedelta) -> PublicRoad:
    if state is None:
        return PublicRoad(road=road)
    return PublicRoad(
        road=road,
        share=share_told(state.share),
        clear_since=None if state.clear_since is None else step_before(state.clear_since, step),
        cleared_at=None if state.cleared_at is None else step_before(state.cleared_at, step),
        evidence=state.evidence,
    )


def _ticks(since: datetime, until: datetime, tick: timedelta) -> Iterable[datetime]:
    at = step_before(since, tick)
    while at <= until:
        if at >= since:
            yield at
        at += tick


def _share(passage: Passage, at: datetime) -> float:
    lasting = (passage.ended_at - passage.began_at).total_seconds()
    return 0.0 if lasting <= 0 else (at - passage.began_at).total_seconds() / lasting


def _arrived(arrivals: Arrivals, ticks: Sequence[datetime], at: datetime, until: datetime) -> bool:
    """Whether the fixes on both sides of a tick had reached us by ``until``: those before it, and those it begins with."""
    after = bisect_left(ticks, at)
    if not 0 < after < len(ticks):
        return False
    return arrivals[after - 1][1] <= until and arrivals[after][1] <= until


def _measure(passage: Passage, share: float) -> float:
    way = share * (passage.to_m - passage.from_m)
    return passage.from_m + way if passage.direction is Direction.FORWARD else passage.to_m - way


def _placed(network: Network, spots: Mapping[datetime, _Spot], zones: Sequence[Zone]) -> list[Place]:
    """The spots in degrees, without those in a zone."""
    if not spots:
        return []
    lines = np.array([network.roads[spot.passage.road].line for spot in spots.values()])
    measures = np.array([spot.measure for spot in spots.values()])
    here = shapely.line_interpolate_point(lines, measures)
    behind = shapely.line_interpolate_point(lines, np.maximum(measures - 1.0, 0.0))
    ahead = shapely.line_interpolate_point(lines, np.minimum(measures + 1.0, shapely.length(lines)))
    x, y = shapely.get_x(here), shapely.get_y(here)
    east, north = shapely.get_x(ahead) - shapely.get_x(behind), shapely.get_y(ahead) - shapely.get_y(behind)
    way = np.degrees(np.arctan2(east, north))
    lon, lat = to_degrees(network.epsg).transform(x, y)
    return [
        Place(at, round(float(lon[i]), 6), round(float(lat[i]), 6), _heading(spot.passage, float(way[i])), spot.passage)
        for i, (at, spot) in enumerate(spots.items())
        if not any(zone.holds(float(x[i]), float(y[i])) for zone in zones)
    ]


def _heading(passage: Passage, way: float) -> int:
    return round(way if passage.direction is Direction.FORWARD else way + 180.0) % 360
