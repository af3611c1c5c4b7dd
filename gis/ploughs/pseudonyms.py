"""The names ploughs have in public: drawn anew for each day of work, and what they are told to do in words that fit several."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from config.plough_plan import PloughPlan
from core.model import Task, Vehicle
from core.public_ploughs import KANA, Alias, TaskGroup
from gis.ploughs.zones import RandomBytes

SALT_BYTES = 16

_OF_TASK: Mapping[Task, TaskGroup] = {
    Task.PLOUGH: TaskGroup.PLOUGH,
    Task.GRADE: TaskGroup.PLOUGH,
    Task.WIDEN: TaskGroup.PLOUGH,
    Task.HAUL: TaskGroup.HAUL,
    Task.DEICE: TaskGroup.DEICE,
    Task.SIDEWALK: TaskGroup.SIDEWALK,
}

_OF_KIND: Mapping[str, frozenset[TaskGroup]] = {
    "plough": frozenset({TaskGroup.PLOUGH}),
    "grader": frozenset({TaskGroup.PLOUGH}),
    "dozer": frozenset({TaskGroup.PLOUGH}),
    "rotary": frozenset({TaskGroup.PLOUGH, TaskGroup.HAUL}),
    "spreader": frozenset({TaskGroup.DEICE}),
    "sidewalk": frozenset({TaskGroup.SIDEWALK}),
}
"""What a kind of vehicle (``vehicles.csv``) is usually sent out for."""

_FEW = 2
"""A word that fits fewer vehicles than this would name one."""

_COMPANIONS = 2
"""So many at least are told as at work with a vehicle that would be alone in it: one of them may stay in its yard."""


def work_day(plan: PloughPlan, time_zone: str, at: datetime) -> date:
    """The day of work an instant belongs to: it begins at ``plan.day_begins`` in the site's zone, and a night is one day."""
    local = at.astimezone(ZoneInfo(time_zone))
    return local.date() if local.time() >= plan.day_begins else local.date() - timedelta(days=1)


def day_began(plan: PloughPlan, time_zone: str, day: date) -> datetime:
    """When a day of work begins."""
    return datetime.combine(day, plan.day_begins, ZoneInfo(time_zone))


def draw_aliases(vehicles: Iterable[int], taken: Collection[str], random_bytes: RandomBytes) -> dict[int, Alias]:
    """A pseudonym for each vehicle, none of them taken, all free ones equally likely; names grow where a fleet is large."""
    wanted = list(vehicles)
    free = sorted(set(_names(len(wanted) + len(taken))) - set(taken))
    drawn = {}
    for vehicle in wanted:
        name = free.pop(_below(len(free), random_bytes))
        drawn[vehicle] = Alias(name=name, salt=random_bytes(SALT_BYTES))
    return drawn


@dataclass(frozen=True, slots=True)
class Words:
    """What is told instead of each group; ``companions`` vehicles are told as ``WORK`` besides those that have no other word."""

    told: Mapping[TaskGroup, TaskGroup]
    companions: int = 0


def words_of(vehicles: Collection[Vehicle]) -> Words:
    """Each group is told as itself, or as ``WORK`` where it would fit one vehicle of the town only.

    Where ``WORK`` itself would then fit a single vehicle, others are told so with it: a third of them and two at least, so that some are
    out when it is. Where too few would be left for the other words, nothing finer is told of any.
    """
    able = [_OF_KIND.get(vehicle.kind, frozenset()) for vehicle in vehicles]
    kept = {group for group in TaskGroup if _able(able, group) >= _FEW}
    apart, companions = sum(not groups & kept for groups in able), 0
    if 0 < apart < _FEW:
        companions = max(_COMPANIONS, (len(able) - apart) // 3)
        if any(_able(able, group) - companions < _FEW for group in kept):
            kept, companions = set(), 0
    return Words({group: group if group in kept else TaskGroup.WORK for group in TaskGroup}, companions)


def companions_of(words: Words, vehicles: Mapping[int, Vehicle], aliases: Mapping[int, Alias]) -> frozenset[int]:
    """The vehicles that are told as ``WORK`` all day whatever they do, drawn anew with the pseudonyms of each day."""
    others = [
        number
        for number, vehicle in vehicles.items()
        if any(words.told[group] is not TaskGroup.WORK for group in _OF_KIND.get(vehicle.kind, ()))
    ]
    drawn = sorted(others, key=lambda number: aliases[number].salt[8:])  # the bytes before say where runs end
    return frozenset(drawn[: words.companions])


def group_of(task: Task | None, kind: str) -> TaskGroup:
    """The group of what a vehicle says it does; what its kind is sent out for where it says nothing."""
    if task is not None and task in _OF_TASK:
        return _OF_TASK[task]
    usual = _OF_KIND.get(kind, frozenset())
    return TaskGroup.PLOUGH if TaskGroup.PLOUGH in usual else next(iter(usual), TaskGroup.WORK)


def _able(able: Iterable[frozenset[TaskGroup]], group: TaskGroup) -> int:
    return sum(group in groups for groups in able)


def _names(vehicles: int) -> list[str]:
    """At least twice as many names as vehicles: a letter and as many digits as that takes."""
    digits = 1
    while len(KANA) * 9 * 10 ** (digits - 1) < 2 * vehicles:
        digits += 1
    return [f"{letter}{number}" for letter in KANA for number in range(10 ** (digits - 1), 10**digits)]


def _below(bound: int, random_bytes: RandomBytes) -> int:
    return int.from_bytes(random_bytes(8), "big") % bound
