"""Which alerts are told together, how long they wait for each other, and when a group speaks again.

Times and texts are in ``alerts.letters``; nothing here knows of channels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.dispatch_matters import Matter
from config.people_plan import People
from core.levels import Level

PATIENCE = 20
"""News of single silent devices waits so many times ``group_wait`` (10 minutes): so long it takes to see that many fell silent."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """News that has to be told to an audience, and since when it waits; ``heard`` is the highest level its group told it of."""

    matter: Matter
    since: datetime
    heard: Level = Level.NORMAL

    @property
    def worse(self) -> bool:
        """Whether a warning is measured where the audience knows of nothing as high: it does not wait for the next turn."""
        matter = self.matter
        return matter.firing and not matter.health and matter.level >= Level.WARNING and matter.level > self.heard


def group_key(matter: Matter) -> str:
    """The group of a matter: ``hazard|area``. A river is an area; what lies in the whole town (snow, channels) is one."""
    if matter.health:
        return "health|"
    if matter.station is None:
        return "other|"
    return f"{matter.station.kind.value}|{matter.station.river}"


def wait(matter: Matter, people: People) -> timedelta:
    """How long news of a matter waits for company."""
    if matter.urgent:
        return timedelta(0)
    return people.group_wait * PATIENCE if matter.patient else people.group_wait


def due_at(waiting: Iterable[Waiting], spoke_at: datetime | None, people: People) -> datetime:
    """When a group speaks: once the first has waited long enough, not sooner than the interval after it spoke.

    A warning higher than all the audience heard of this group waits for company only, danger for nobody.
    """
    return min(_due_at(each, spoke_at, people) for each in waiting)


def repeat_at(spoke_at: datetime, people: People) -> datetime:
    """When a danger nobody acknowledged is told again."""
    return spoke_at + people.repeat_danger


def _due_at(each: Waiting, spoke_at: datetime | None, people: People) -> datetime:
    ready = each.since + wait(each.matter, people)
    if spoke_at is None or each.matter.urgent or each.worse:
        return ready
    return max(ready, spoke_at + people.group_interval)
