"""Alerts other systems report: each identity's activations, the newest word on each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from store import statements
from store.connection import Connection
from store.part import Part

_SQL = statements.load("external_alerts")

MOST_OPEN = 1_000
"""So many alerts of other systems may be open at once; more are refused, and the reporter is told."""
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalReport:
    """One word of another system on one alert. ``fingerprint`` is its identity, made of its labels.

    ``ends_at`` is given where it is over, ``lasts_until`` is when it counts as over unless it is reported again.
    """

    fingerprint: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None
    lasts_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalAlert:
    """One activation of an alert of another system: ``number`` counts those of its identity from 1.

    ``no`` is the store's number of it, 0 before it is stored.
    """

    no: int
    fingerprint: str
    number: int
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None
    lasts_until: datetime
    received_at: datetime


class ExternalAlerts(Part):
    """What other systems report. ``site`` is the store's number of it."""

    def report(self, site: int, reports: Sequence[ExternalReport], now: datetime) -> int:
        """Take these words in, all of them in one transaction; how many were refused because too many alerts are open."""
        with self._transaction("take in alerts of another system") as connection:
            connection.execute(_SQL["hold"], {"site": site})
            names = list({report.fingerprint for report in reports})
            known = {
                alert.fingerprint: alert
                for alert in _alerts(connection, "newest", {"site": site, "fingerprints": names})
            }
            room = MOST_OPEN - _count_open(connection, site)
            refused, written = 0, dict[tuple[str, int], ExternalAlert]()
            for report in reports:
                before = known.get(report.fingerprint)
                after = merged(before, report, now)
                if after is None:
                    continue
                opens = after.ends_at is None and (before is None or after.number != before.number)
                if opens and room <= 0:
                    refused += 1
                    continue
                room -= opens
                known[report.fingerprint] = written[after.fingerprint, after.number] = after
            _put(connection, site, list(written.values()))
            connection.execute(_SQL["forget"], {"site": site, "before": now - _KEPT})
        return refused

    def recent(self, site: int, since: datetime, most: int = 1_000) -> list[ExternalAlert]:
        """Those that are not over and those that ended after ``since``, the newest first, at most so many."""
        with self._transaction("read the alerts of other systems") as connection:
            return _alerts(connection, "recent", {"site": site, "since": since, "most": most})


def merged(known: ExternalAlert | None, report: ExternalReport, now: datetime) -> ExternalAlert | None:
    """The alert after a report, None where the report is of an activation before the known one.

    Of two beginnings the earlier counts, of two ends the later. What is reported firing after its end is a new activation.
    """
    over_at = report.ends_at if report.ends_at is not None and report.ends_at <= now else None
    if known is None or _is_new(known, report, over_at):
        return ExternalAlert(
            no=0,
            fingerprint=report.fingerprint,
            number=1 if known is None else known.number + 1,
            labels=report.labels,
            annotations=report.annotations,
            starts_at=report.starts_at,
            ends_at=None if over_at is None else max(over_at, report.starts_at),
            lasts_until=report.lasts_until,
            received_at=now,
        )
    if over_at is not None and over_at < known.starts_at:
        return None
    starts_at = min(known.starts_at, report.starts_at)
    ends = [end for end in (known.ends_at, over_at) if end is not None]
    return replace(
        known,
        labels=report.labels,
        annotations=report.annotations,
        starts_at=starts_at,
        ends_at=max(ends, default=None),
        lasts_until=report.lasts_until,
        received_at=now,
    )


def _is_new(known: ExternalAlert, report: ExternalReport, over_at: datetime | None) -> bool:
    return known.ends_at is not None and (over_at is None or report.starts_at > known.ends_at)


def external_in_play(connection: Connection, site: int, numbers: Sequence[int], now: datetime) -> list[ExternalAlert]:
    """Those that are not over and these others, within the caller's transaction; what fell silent is over from now on."""
    connection.execute(_SQL["expire"], {"site": site, "now": now})
    return _alerts(connection, "in_play", {"site": site, "numbers": list(numbers)})


def _count_open(connection: Connection, site: int) -> int:
    row = connection.execute(_SQL["count_open"], {"site": site}).fetchone()
    return 0 if row is None else int(row[0])


def _put(connection: Connection, site: int, alerts: Sequence[ExternalAlert]) -> None:
    if alerts:
        rows = [asdict(alert) for alert in alerts]
        dumps = lambda value: json.dumps(value, default=str, allow_nan=False)  # noqa: E731
        connection.execute(_SQL["put"], {"site": site, "rows": Jsonb(rows, dumps=dumps)})


def _alerts(connection: Connection, statement: str, values: Mapping[str, Any]) -> list[ExternalAlert]:
    return [
        ExternalAlert(
            no=no,
            fingerprint=fingerprint,
            number=number,
            labels=labels,
            annotations=annotations,
            starts_at=starts_at,
            ends_at=ends_at,
            lasts_until=lasts_until,
            received_at=received_at,
        )
        for no, fingerprint, number, labels, annotations, starts_at, ends_at, lasts_until, received_at in connection.execute(
            _SQL[statement], values
        )
    ]
