"""When a rule tells: windows of the week in Japan's time, half-open, over midnight where they say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from config.rule_plan import ScheduleWindow
from core.times import JST

_DAY = timedelta(days=1)


def is_in(schedule: Sequence[ScheduleWindow], at: datetime) -> bool:
    """Whether the instant lies in the schedule; an empty one is always."""
    return not schedule or any(begin <= at < end for begin, end in _spans(schedule, at))


def next_edge(schedule: Sequence[ScheduleWindow], at: datetime) -> datetime | None:
    """The next instant after ``at`` at which the schedule begins or ends; None where it never does.

    Windows that touch or overlap are one: between them nothing ends.
    """
    edges = sorted({edge for span in _spans(schedule, at) for edge in span if edge > at})
    inside = is_in(schedule, at)
    return next((edge for edge in edges if is_in(schedule, edge) != inside), None)


def _spans(schedule: Sequence[ScheduleWindow], at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The spans of the windows around the instant: from two days before it to eight days after."""
    today = at.astimezone(JST).date()
    for offset in range(-2, 9):
        day = today + offset * _DAY
        for window in schedule:
            if day.weekday() in window.days:
                begin = datetime.combine(day, window.begin, JST)
                end = datetime.combine(day, window.end, JST)
                yield begin, end if _is_later(window.end, window.begin) else end + _DAY


def _is_later(end: time, begin: time) -> bool:
    return end > begin
