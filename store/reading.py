"""Reading back: latest values and positions, series, samples, arrivals, what was set aside, counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.model import Quality, QualityReason, Task
from store import statements
from store.connection import Connection
from store.rows import DeviceSeen, LatestPosition, LatestValue, Sample, SeriesPoint

_SQL = statements.load("read")
_SUMMARY_STEPS = (timedelta(days=1), timedelta(hours=1), timedelta(minutes=10))  # coarsest first


def cursor(connection: Connection) -> int:
    """The cursor to hand out with what is read after this call."""
    found = connection.execute(_SQL["cursor"]).fetchone()
    assert found is not None
    number: int = found[0]
    return number


def latest_values(connection: Connection, site: int, since: int) -> list[LatestValue]:
    """The newest usable values that changed at or after the cursor ``since`` (0: all)."""
    rows = connection.execute(_SQL["latest_values"], {"site": site, "cursor": since})
    return [
        LatestValue(number, station, quantity, at, value, Quality(quality), QualityReason(reasons), received, version)
        for number, station, quantity, at, value, quality, reasons, received, version in rows
    ]


def latest_positions(connection: Connection, site: int, since: int) -> list[LatestPosition]:
    """The newest usable fixes that changed at or after the cursor ``since`` (0: all)."""
    return _positions(connection.execute(_SQL["latest_positions"], {"site": site, "cursor": since}))


def ploughs_heard_at(connection: Connection, site: int, since: int) -> datetime | None:
    """When the newest of the fixes reached us that changed at or after the cursor ``since``; None where none did."""
    found = connection.execute(_SQL["ploughs_heard_at"], {"site": site, "cursor": since}).fetchone()
    return None if found is None else found[0]


def _positions(rows: Iterable[tuple[Any, ...]]) -> list[LatestPosition]:
    return [
        LatestPosition(
            vehicle,
            at,
            lon,
            lat,
            speed,
            heading,
            None if task is None else Task(task),
            Quality(quality),
            received,
            version,
        )
        for vehicle, at, lon, lat, speed, heading, task, quality, received, version in rows
    ]


def series(
    connection: Connection, datastream: int, start: datetime, end: datetime, step: timedelta | None
) -> list[SeriesPoint]:
    """Raw samples, or the coarsest summaries that are not coarser than ``step``."""
    span = {"datastream": datastream, "start": start, "end": end}
    summary = next((each for each in _SUMMARY_STEPS if step is not None and each <= step), None)
    if summary is None:
        rows = connection.execute(_SQL["raw_series"], span, binary=True)
        return [SeriesPoint(at, value, value, value, Quality(quality), 1) for at, value, quality in rows]
    return [_bucket(*row) for row in connection.execute(_SQL["summary_series"], {**span, "step": summary}, binary=True)]


def _bucket(
    at: datetime,
    low: float | None,
    high: float | None,
    total: float | None,
    good: int,
    unevaluated: int,
    suspect: int,
    failed: int,
    _missing: int,
) -> SeriesPoint:
    usable = good + unevaluated + suspect
    # The strongest flag among the usable samples, in the order not evaluated, pass, suspect (QARTOD roll-up).
    if usable:
        quality = Quality.SUSPECT if suspect else Quality.GOOD if good else Quality.NOT_EVALUATED
    else:
        quality = Quality.FAIL if failed else Quality.MISSING
    return SeriesPoint(at, None if total is None else total / usable, low, high, quality, usable)


def samples(
    connection: Connection, datastreams: Sequence[int], since: datetime, until: datetime
) -> dict[int, list[Sample]]:
    """The samples in [since, until] per datastream asked for."""
    found: dict[int, list[Sample]] = {number: [] for number in datastreams}
    values = {"datastreams": list(datastreams), "since": since, "until": until}
    for number, at, value, quality, received_at, reasons in connection.execute(_SQL["samples"], values, binary=True):
        found[number].append(Sample(at, value, Quality(quality), received_at, QualityReason(reasons)))
    return found


def arrivals(connection: Connection, site: int, since: int | None) -> dict[int, datetime]:
    """Per datastream with new rows the earliest event time among them; everything where it cannot be told."""
    pruned = connection.execute(_SQL["pruned_below"]).fetchone()
    assert pruned is not None
    if since is None or since < pruned[0]:
        return dict(connection.execute(_SQL["all_arrivals"], {"site": site}).fetchall())
    return dict(connection.execute(_SQL["arrivals"], {"site": site, "cursor": since}).fetchall())


def devices_seen(connection: Connection, site: int) -> list[DeviceSeen]:
    """The last sign of life of each device."""
    return [DeviceSeen(*row) for row in connection.execute(_SQL["devices_seen"], {"site": site})]


def counters(connection: Connection, site: int) -> dict[str, int]:
    """The totals of the site's counters."""
    return dict(connection.execute(_SQL["counters"], {"site": site}).fetchall())
