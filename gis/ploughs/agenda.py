"""Which days of work of which vehicles are to be matched again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from gis.ploughs.drives import INSTANT, WorkDays
from store.ploughs import Ploughs
from store.tracks import LATE, Again, TouchedFixes

AHEAD = timedelta(days=1)
"""So far ahead of ours the clock of a vehicle may be."""


def days_between(
    vehicle: int, since: datetime, until: datetime, days: WorkDays, cause: str, now: datetime
) -> list[Again]:
    """[since, until] of a vehicle, day by day; ``now`` is when it is asked for."""
    return [
        Again(
            vehicle=vehicle,
            day_at=began,
            since=max(since, began),
            until=min(until, ends - INSTANT),
            earliest=max(since, began),
            cause=cause,
            first_at=now,
            last_at=now,
        )
        for began, ends in days.of(since, until)
    ]


def late(touched: TouchedFixes, through: datetime, days: WorkDays, now: datetime) -> list[Again]:
    """What of touched fixes is not newer than the newest matched one."""
    return days_between(touched.vehicle, touched.earliest, min(touched.latest, through), days, LATE, now)


def whole_window(
    ploughs: Ploughs, vehicles: Iterable[int], days: WorkDays, since: datetime, now: datetime, cause: str
) -> list[Again]:
    """Every day with fixes of these vehicles, from the beginning of the day ``since`` lies in."""
    return with_fixes(ploughs, vehicles, days, days.began(since), now + AHEAD, cause, now)


def with_fixes(
    ploughs: Ploughs,
    vehicles: Iterable[int],
    days: WorkDays,
    since: datetime,
    until: datetime,
    cause: str,
    now: datetime,
) -> list[Again]:
    """The days of vehicles with fixes in [since, until)."""
    found: list[Again] = []
    for vehicle in vehicles:
        extent = ploughs.extent(vehicle, since, until)
        if extent is not None:
            found += days_between(vehicle, *extent, days, cause, now)
    return found
