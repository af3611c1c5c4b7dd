"""What the archive is cut into: kinds of rows, months of Japan, and where the file of each lies.

``observations/year=2026/month=01/<site>.parquet`` and ``positions/…`` likewise, hive-style. A month runs from midnight
to midnight in Japan, as the daily summaries do; ``at`` and ``received_at`` are instants in UTC to the microsecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from core.times import JST

SCHEMA_VERSION = 1
"""Of the files, in their metadata; a newer one is refused."""
_INSTANT = pa.timestamp("us", tz="UTC")

Key = tuple[str, ...]
"""What names a datastream (station, quantity) or a vehicle in a file."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file holds: its name is that of its folder, ``key`` the columns that with ``at`` name a row."""

    name: str
    key: tuple[str, ...]
    schema: pa.Schema


OBSERVATIONS = Kind(
    "observations",
    ("station", "quantity"),
    pa.schema(
        [
            ("site", pa.string()),
            ("station", pa.string()),
            ("quantity", pa.string()),
            ("unit", pa.string()),
            ("at", _INSTANT),
            ("value", pa.float64()),
            ("raw_value", pa.float64()),
            ("quality", pa.int8()),
            ("reasons", pa.int32()),
            ("tests", pa.int32()),
            ("received_at", _INSTANT),
        ]
    ),
)
POSITIONS = Kind(
    "positions",
    ("vehicle",),
    pa.schema(
        [
            ("site", pa.string()),
            ("vehicle", pa.string()),
            ("at", _INSTANT),
            ("lon", pa.float64()),
            ("lat", pa.float64()),
            ("speed_kmh", pa.float32()),
            ("heading_deg", pa.float32()),
            ("accuracy_m", pa.float32()),
            ("task", pa.string()),
            ("quality", pa.int8()),
            ("reasons", pa.int32()),
            ("received_at", _INSTANT),
        ]
    ),
)
KINDS = {kind.name: kind for kind in (OBSERVATIONS, POSITIONS)}


def month_of(at: datetime) -> date:
    """The month of Japan an instant lies in, as its first day."""
    return at.astimezone(JST).date().replace(day=1)


def month_bounds(month: date) -> tuple[datetime, datetime]:
    """The first instant of a month of Japan and that of the next, UTC."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    since, until = (datetime(day.year, day.month, 1, tzinfo=JST).astimezone(UTC) for day in (month, following))
    return since, until


def relative_path(kind: Kind, month: date, site: str) -> Path:
    """Where the file of a month lies below the folder of the archive."""
    return Path(kind.name) / f"year={month.year:04}" / f"month={month.month:02}" / f"{site}.parquet"


def metadata(kind: Kind, site: str, month: date) -> dict[str, str]:
    """What a file says about itself."""
    return {
        "yukimori.schema_version": str(SCHEMA_VERSION),
        "yukimori.kind": kind.name,
        "yukimori.site": site,
        "yukimori.month": f"{month:%Y-%m}",
    }
