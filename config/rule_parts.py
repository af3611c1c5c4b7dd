"""Reads the parts a rule may have: when it tells, who must agree, which gauges belong together."""

from __future__ import annotations

from datetime import time, timedelta

from config import values
from config.fields import Table
from config.mistakes import WrongValueError
from config.rule_plan import Confirmation, ScheduleWindow
from core.model import StationId

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MIDNIGHT = time(0, 0)
_DAY = values.one_of(DAYS, "a day of the week")
_RADIUS = values.toml_between(0.1, 200.0, "a number of kilometres")


def read_schedule(table: Table) -> tuple[ScheduleWindow, ...]:
    """The windows of ``[[schedule]]``, none where the rule always tells."""
    return tuple(_window(entry) for entry in table.tables("schedule"))


def _window(table: Table) -> ScheduleWindow:
    names = [name for name in table.texts("days", _DAY) if name]
    if table.values.get("days") == []:
        table.mistake("days", "the list is empty: the rule would never tell", "leave it out for every day")
    window = ScheduleWindow(
        days=frozenset(DAYS.index(name) for name in names or DAYS),
        begin=table.need("begin", values.time_of_day, _MIDNIGHT),
        end=table.need("end", _end_of_day, _MIDNIGHT),
    )
    if table.sound and window.begin == window.end and window.begin != _MIDNIGHT:
        table.mistake("end", "is begin itself", 'the whole day is begin = "00:00", end = "24:00"')
    table.finish()
    return window


def _end_of_day(value: object) -> time:
    """A time of day, or ``24:00``, which is the midnight the day ends with."""
    return _MIDNIGHT if value == "24:00" else values.time_of_day(value)


def read_confirmation(table: Table) -> Confirmation | None:
    """What ``[confirm]`` says, None where one station is enough."""
    if table.found("confirm") is None:
        return None
    part = table.table("confirm")
    found = Confirmation(
        needed=part.need("needed", _at_least_two, 2),
        within=part.need("within", values.positive_duration, timedelta(minutes=1)),
        radius_km=part.may("radius_km", _RADIUS, None),
    )
    part.finish()
    return found


def _at_least_two(value: object) -> int:
    found = values.whole(1, 100)(value)
    if found < 2:
        raise WrongValueError("one station confirms nothing", "write 2 or more, or leave [confirm] out")
    return found


def read_pairs(table: Table) -> tuple[tuple[StationId, StationId], ...]:
    """The (upstream, downstream) stations of ``[[pairs]]``."""
    return tuple(_pair(entry) for entry in table.tables("pairs"))


def _pair(table: Table) -> tuple[StationId, StationId]:
    ends = table.need("upstream", values.identifier, ""), table.need("downstream", values.identifier, "")
    table.finish()
    return StationId(ends[0]), StationId(ends[1])
