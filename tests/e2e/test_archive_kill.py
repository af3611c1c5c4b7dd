"""`archive run` killed at any point: every row is in the database or in a whole file, and the next run ends it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest

from config import load_site
from core.model import Observation, Quality, QualityReason
from store import open_store
from store.months import month_bounds
from store.rows import Batch

ROOT = Path(__file__).resolve().parents[2]
MONTHS = [date(2024, month, 1) for month in range(1, 9)]

pytestmark = [pytest.mark.e2e, pytest.mark.db]


@pytest.fixture
def filled(plain_dsn):
    """A database with eight old months of two gauges; every (number, time, value) in it."""
    with open_store(plain_dsn) as store:
        registry = store.register(load_site(ROOT / "config" / "example"))
        streams = [registry.datastreams[key] for key in sorted(registry.datastreams)[:2]]
        rows = [
            Observation(stream, at, float(n), None, Quality.GOOD, QualityReason.NONE, at)
            for month in MONTHS
            for n in range(400)
            for stream in streams
            for at in [month_bounds(month)[0] + n * timedelta(minutes=100)]
        ]
        store.append(registry.site, Batch(observations=rows))
        names = {registry.datastreams[key]: tuple(key.split("/")) for key in registry.datastreams}
    return {(*names[row.datastream], row.at, row.value) for row in rows}


def here(dsn):
    with psycopg.connect(dsn) as connection:
        connection.execute("set timezone to 'UTC'")
        return connection.execute(
            "select station_id, quantity, at, value from observation join datastream on no = datastream_id"
        ).fetchall()


def filed(archive):
    tables = [pq.read_table(path, partitioning=None) for path in sorted(archive.rglob("*.parquet"))]
    return [(r["station"], r["quantity"], r["at"], r["value"]) for table in tables for r in table.to_pylist()]


def start(dsn, archive):
    command = [sys.executable, "-m", "app", "archive", "run", "--before", "2024-12", "--out", str(archive)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": dsn}, stdout=subprocess.DEVNULL)


def test_a_killed_archive_run_loses_and_doubles_nothing(filled, plain_dsn, tmp_path):
    archive = tmp_path / "archive"
    for wanted in (".*.part", "month=03/*.parquet", "month=06/.*.part"):
        with start(plain_dsn, archive) as process:
            while process.poll() is None and not any(archive.rglob(wanted)):
                pass
            process.kill()
        found = filed(archive)
        assert len(found) == len(set(found)), "no row is in the files twice"
        assert set(here(plain_dsn)) | set(found) == filled
    with start(plain_dsn, archive) as process:
        assert process.wait() == 0
    found = filed(archive)
    assert here(plain_dsn) == []
    assert len(found) == len(filled)
    assert set(found) == filled
