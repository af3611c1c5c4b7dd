"""The promise clock: by when each road was promised to be clear, whether it was, and whether it will be. For staff only.

The order that counts for a road is the newest standing one that names its class; its deadline is the first time of day after that
order at which the road (or else its class) is to be clear, in the zone of the site. When a road will be clear is forecast from
what is left of all roads of the same crew with the same or an earlier deadline, and the pace of that crew in the last hour; where
nobody of it worked in that hour there is no forecast.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config.plough_plan import PloughPlan
from core.model import Vehicle
from core.ploughs import Order, Passage, RoadState
from gis.ploughs.coverage import coverage, first_cleared, two_sided
from gis.ploughs.working_speed import Pace, pace

if TYPE_CHECKING:
    from gis.ploughs.network import Network, Road


class Progress(StrEnum):
    """How a road stands to its promise.

    ``open`` is not done and nothing can be said of it: no deadline, or nobody of its crew worked in the last hour.
    """

    DONE = "done"
    ON_COURSE = "on_course"
    BEHIND = "behind"
    LATE = "late"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One road under a standing order.

    ``done_at`` is when it was covered for the first time since the order, ``late_by`` how long after the deadline that was, or how
    long the deadline has been over; zero where it is kept. ``left_m`` are metres still to be driven, on each side that is needed.
    ``crew_left_m`` is what the forecast rests on: all that the same crew has left up to this deadline; ``pace`` None: no basis.
    """

    road: str
    order: str
    ordered_at: datetime
    deadline: datetime | None
    progress: Progress
    done_at: datetime | None
    late_by: timedelta
    share: float
    left_m: float
    crew: tuple[str, ...]
    crew_left_m: float
    pace: Pace | None
    forecast: datetime | None


def promises(
    network: Network,
    plan: PloughPlan,
    orders: Sequence[Order],
    passages: Sequence[Passage],
    vehicles: Mapping[int, Vehicle],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> dict[str, Promise]:
    """The promise of each road whose class a standing order names, in the order of the network.

    ``orders`` stand at ``now``; ``passages`` reach back to the oldest of them and to an hour before ``now`` at least; ``vehicles`` are by
    registry number.
    """
    ordered = {road.id: order for road in network.roads.values() if (order := _order_for(road, orders)) is not None}
    work = _work_since(network, plan, ordered, passages, now)
    crews = {road: _crew(network.roads[road], vehicles) for road in ordered}
    tasks = [
        _task(network.roads[road], plan, order, crews[road], *work[road], zone=zone) for road, order in ordered.items()
    ]
    paces = {crew: pace(passages, now, _numbers(crew, vehicles)) for crew in set(crews.values())}
    left = _left_by_deadline(tasks)
    return {task.road: _promise(task, left[task.crew, task.deadline], paces[task.crew], now) for task in tasks}


def behind(found: Mapping[str, Promise]) -> list[Promise]:
    """The roads that are late, will be late, or of which nobody can say; in that order, the earliest deadline and the longest way first."""
    rank = {Progress.LATE: 0, Progress.BEHIND: 1, Progress.OPEN: 2}
    wanted = [each for each in found.values() if each.progress in rank]
    return sorted(
        wanted,
        key=lambda each: (rank[each.progress], each.deadline or _NEVER, -each.left_m, each.road),
    )


def late_roads(found: Mapping[str, Promise]) -> frozenset[str]:
    """The roads that are not clear though their deadline is over."""
    return frozenset(road for road, each in found.items() if each.progress is Progress.LATE)


def deadline_after(given: datetime, wanted: time, zone: ZoneInfo) -> datetime:
    """The first instant (UTC) after ``given`` at which it is ``wanted`` o'clock in the zone."""
    day = given.astimezone(zone).date()
    instants = (datetime.combine(day + timedelta(days=ahead), wanted, zone).astimezone(UTC) for ahead in range(3))
    return next(at for at in instants if at > given)


_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Task:
    """A road to be cleared, and what was done of it since its order."""

    road: str
    order: Order
    crew: tuple[str, ...]
    deadline: datetime | None
    share: float
    done_at: datetime | None
    left_m: float


def _task(
    road: Road,
    plan: PloughPlan,
    order: Order,
    crew: tuple[str, ...],
    state: RoadState,
    done_at: datetime | None,
    *,
    zone: ZoneInfo,
) -> _Task:
    promised = plan.classes.get(road.code)
    wanted = road.deadline or (None if promised is None else promised.deadline)
    sides = 2 if two_sided(plan, road) else 1
    return _Task(
        road=road.id,
        order=order,
        crew=crew,
        deadline=None if wanted is None else deadline_after(order.at, wanted, zone),
        share=state.share,
        done_at=done_at,
        left_m=0.0 if done_at is not None else road.length_m * sides * (1.0 - state.share),
    )


def _left_by_deadline(tasks: Sequence[_Task]) -> dict[tuple[tuple[str, ...], datetime | None], float]:
    """Metres each crew has left up to each of its deadlines: what is due first is taken to be cleared first."""
    due: dict[tuple[str, ...], dict[datetime | None, float]] = {}
    for task in tasks:
        mine = due.setdefault(task.crew, {})
        mine[task.deadline] = mine.get(task.deadline, 0.0) + task.left_m
    found = {}
    for crew, mine in due.items():
        total = 0.0
        for deadline in sorted(mine, key=lambda at: at or _NEVER):
            total += mine[deadline]
            found[crew, deadline] = total
    return found


def _order_for(road: Road, orders: Sequence[Order]) -> Order | None:
    mine = [order for order in orders if road.code in order.classes]
    return max(mine, key=lambda order: (order.at, order.id), default=None)


def _work_since(
    network: Network, plan: PloughPlan, ordered: Mapping[str, Order], passages: Sequence[Passage], now: datetime
) -> dict[str, tuple[RoadState, datetime | None]]:
    """What was done of each road since its own order: its state, and when it was first clear."""
    found = {}
    for since in sorted({order.at for order in ordered.values()}):
        mine = [road for road, order in ordered.items() if order.at == since]
        states = coverage(network, plan, passages, since=since, now=now, roads=frozenset(mine))
        cleared = first_cleared(network, plan, passages, since=since, now=now)
        found.update({road: (states[road], cleared.get(road)) for road in mine})
    return found


def _crew(road: Road, vehicles: Mapping[int, Vehicle]) -> tuple[str, ...]:
    """The ids of the vehicles that clear a road: those it names, else its contractor's; empty: all of them."""
    known = sorted(vehicle.id for vehicle in vehicles.values())
    named = tuple(each for each in known if each in road.vehicles)
    if named or not road.contractor:
        return named
    return tuple(sorted(each.id for each in vehicles.values() if each.contractor == road.contractor))


def _numbers(crew: Collection[str], vehicles: Mapping[int, Vehicle]) -> frozenset[int] | None:
    if not crew:
        return None
    return frozenset(number for number, vehicle in vehicles.items() if vehicle.id in crew)


def _promise(task: _Task, crew_left_m: float, found: Pace | None, now: datetime) -> Promise:
    forecast = None if task.done_at is not None or found is None else found.finish(crew_left_m, now)
    until, deadline = task.done_at or now, task.deadline
    return Promise(
        road=task.road,
        order=task.order.id,
        ordered_at=task.order.at,
        deadline=deadline,
        progress=_progress(task, forecast, now),
        done_at=task.done_at,
        late_by=max(timedelta(0), until - deadline) if deadline is not None else timedelta(0),
        share=task.share,
        left_m=round(task.left_m, 1),
        crew=task.crew,
        crew_left_m=round(crew_left_m, 1),
        pace=found,
        forecast=forecast,
    )


def _progress(task: _Task, forecast: datetime | None, now: datetime) -> Progress:
    if task.done_at is not None:
        return Progress.DONE
    if task.deadline is not None and now > task.deadline:
        return Progress.LATE
    if task.deadline is None or forecast is None:
        return Progress.OPEN
    return Progress.BEHIND if forecast > task.deadline else Progress.ON_COURSE
