"""How fast months leave the database and come back, and how long a whole copy takes.

A month of fifty snow gauges at ten minutes lies in the embedded database (fsync on). ``archive``: the month goes to its
Parquet file, is read back and compared, then deleted here, in one transaction; ``bring_back`` the other way. ``backup``:
the whole database to one file, flushed to the disk; ``restore``: that file verified, into an empty database, with keys,
touched hours and summaries. Rates are rows of readings a second; sizes are of the files, bytes a reading.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench import machinery
from bench.measurement import Measurement
from bench.rows import in_batches, winter
from bench.sites import write_site
from config import load_site
from config.model import Site
from core.times import utc_now
from ingest.collector import MOST_PER_BATCH
from store import Store, open_store
from store.archiving import Place
from store.backup_file import BackupReader
from store.restore import check, restore
from store.rows import Registry

DATASTREAMS = 50
INTERVAL = timedelta(minutes=10)
ROUNDS = 144 * 30
MONTH = date(2025, 1, 1)
START = datetime(2025, 1, 1, tzinfo=UTC)
KIND = "observations"


def measure(folder: Path, scale: float) -> list[Measurement]:
    """The measurements of archive and backup; ``scale`` 1 is a month, 216 000 rows."""
    site = load_site(write_site(folder / "site", name="bench", stations=DATASTREAMS))
    rounds = max(10, round(ROUNDS * scale))
    rows, backup = rounds * DATASTREAMS, folder / "backup.zip"
    with machinery.database(folder) as dsn, open_store(dsn, pool_size=1) as store:
        registry = store.register(site)
        _fill(store, registry, rounds)
        saving_s = _backup(store, backup)
        archived = _archive(store, site, registry, folder)
    with machinery.database(folder / "second") as dsn:
        restoring_s = _restore(dsn, backup)
    return [
        *archived,
        Measurement("keep_backup", rows / saving_s, "rows/s"),
        Measurement("keep_backup_file", backup.stat().st_size / rows, "bytes/row"),
        Measurement("keep_restore", rows / restoring_s, "rows/s"),
    ]


def _fill(store: Store, registry: Registry, rounds: int) -> None:
    rows = winter(list(registry.datastreams.values()), START, INTERVAL, rounds, seed=1)
    for batch in in_batches(rows, MOST_PER_BATCH):
        store.append(registry.site, batch)


def _backup(store: Store, target: Path) -> float:
    began = time.perf_counter()
    with store.archiving.backing_up(utc_now()) as under_way, target.open("wb") as file:
        under_way.write(file, _silent)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - began


def _archive(store: Store, site: Site, registry: Registry, folder: Path) -> list[Measurement]:
    place, now = Place(registry.site, site.id, folder / "archive"), utc_now()
    began = time.perf_counter()
    done = store.archiving.archive(place, KIND, MONTH, now)
    archived = time.perf_counter()
    back = store.archiving.bring_back(place, KIND, MONTH, now, now + timedelta(days=1))
    returned = time.perf_counter()
    return [
        Measurement("keep_archive", done.deleted / (archived - began), "rows/s"),
        Measurement("keep_archive_file", done.size / done.rows, "bytes/row"),
        Measurement("keep_bring_back", back / (returned - archived), "rows/s"),
    ]


def _restore(dsn: str, source: Path) -> float:
    began = time.perf_counter()
    with BackupReader(source) as reader:
        check(reader, _silent)
        restore(dsn, reader, utc_now(), force=True, progress=_silent, summing_up=_nothing)
    return time.perf_counter() - began


def _silent(_table: str, _rows: int) -> None:
    """Nobody watches."""


def _nothing() -> None:
    """Nobody watches."""
