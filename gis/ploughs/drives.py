"""Where the fixes of a vehicle fall apart by themselves: what lies between two such boundaries is matched alone.

A drive ends where nothing was heard for longer than matching would ever bridge, and where a day of work ends. So late fixes
change at most one day of one vehicle, and what a drive amounts to depends on its own fixes only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.plough_plan import PloughPlan
from core.ploughs import BreakReason, Fixes, Gap
from gis.ploughs.fixes import SILENCE_US

SILENCE = timedelta(microseconds=SILENCE_US)

LONGEST_GAP = timedelta(hours=24)
"""Whoever was away for longer did not just stay silent: no gap is drawn."""

INSTANT = timedelta(microseconds=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(at_us: int) -> datetime:
    """Microseconds since 1970 as an aware time in UTC."""
    return _EPOCH + timedelta(microseconds=at_us)


def micros(at: datetime) -> int:
    """An aware time in microseconds since 1970."""
    return (at - _EPOCH) // INSTANT


class WorkDays:
    """The days of work of a site: each begins at ``plan.day_begins`` in the site's zone, so that a night is one day."""

    def __init__(self, plan: PloughPlan, time_zone: str) -> None:
        self._begins = plan.day_begins
        self._zone = ZoneInfo(time_zone)

    def began(self, at: datetime) -> datetime:
        """When the day of work an instant belongs to began, in UTC."""
        local = at.astimezone(self._zone)
        begun = self._start(local)
        return begun if begun <= at else self._start(local - timedelta(days=1))

    def ends(self, began: datetime) -> datetime:
        """When the day of work that began so ends: where the next one begins."""
        return self._start(began.astimezone(self._zone) + timedelta(days=1))

    def of(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        """The days that overlap [since, until], each as [began, ends), oldest first."""
        days = []
        began = self.began(since)
        while began <= until:
            days.append((began, self.ends(began)))
            began = days[-1][1]
        return days

    def _start(self, local: datetime) -> datetime:
        return datetime.combine(local.date(), self._begins, self._zone).astimezone(UTC)


def part_of(fixes: Fixes, start: int, end: int) -> Fixes:
    """The fixes from place ``start`` to before ``end``."""
    return Fixes(
        at_us=fixes.at_us[start:end],
        lon=fixes.lon[start:end],
        lat=fixes.lat[start:end],
        speed_kmh=fixes.speed_kmh[start:end],
        heading_deg=fixes.heading_deg[start:end],
        accuracy_m=fixes.accuracy_m[start:end],
        task=fixes.task[start:end],
    )


def drives_in(fixes: Fixes, days: WorkDays) -> list[Fixes]:
    """The fixes of one vehicle, in order of time, drive by drive."""
    if not len(fixes):
        return []
    at_us = fixes.at_us
    borders = [micros(began) for began, _ in days.of(instant(at_us[0]), instant(at_us[-1]))]
    later = range(1, len(at_us))
    starts = [0, *(place for place in later if _apart(at_us[place - 1], at_us[place], borders))]
    return [part_of(fixes, start, end) for start, end in zip(starts, [*starts[1:], len(at_us)], strict=True)]


def continues(before: datetime, after: datetime, days: WorkDays) -> bool:
    """Whether a fix goes on with the drive whose newest fix is ``before``."""
    return after - before <= SILENCE and days.began(before) == days.began(after)


def silence(vehicle: int, before: Fixes, after: Fixes) -> tuple[Gap, ...]:
    """The gap between the last of the fixes before and the first of those after, none where there was no long silence."""
    if not len(before) or not len(after):
        return ()
    lasted_us = after.at_us[0] - before.at_us[-1]
    if not SILENCE_US < lasted_us <= LONGEST_GAP // INSTANT:
        return ()
    gap = Gap(
        vehicle=vehicle,
        began_at=instant(before.at_us[-1]),
        ended_at=instant(after.at_us[0]),
        from_lon=round(before.lon[-1], 6),
        from_lat=round(before.lat[-1], 6),
        to_lon=round(after.lon[0], 6),
        to_lat=round(after.lat[0], 6),
        reason=BreakReason.SILENCE,
    )
    return (gap,)


def _apart(before_us: int, after_us: int, borders: Sequence[int]) -> bool:
    if after_us - before_us > SILENCE_US:
        return True
    return len(borders) > 1 and bisect_right(borders, before_us) != bisect_right(borders, after_us)
