"""How fast series are judged: new rows by the judge, history anew, and the tests alone.

``judge``: rows of fifty snow gauges at ten minutes, appended as a collector would, then judged in the rounds of the
process ``judge`` until nothing is left: reading each row with what is around it in time and at the neighbours, judging,
writing what differs (one row in a hundred is a spike) and the place. ``requality``: the same rows judged once
more, as after a change of limits. ``quality``: the pure functions alone, on a year of a snow gauge with thermometer and
two neighbours; microseconds a sample. Embedded database, fsync on, one process.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench import machinery
from bench.measurement import Measurement, spread
from bench.rows import in_batches, winter
from bench.sites import write_site
from config import load_site
from config.model import Site
from core.model import Observation
from ingest.collector import MOST_PER_BATCH
from ingest.judge_rounds import Judge
from ingest.judging import subjects_of
from ingest.quality import Neighbour, Series, Surroundings, gate_of, judge
from ingest.requality import Requality, plan
from store import Store, open_store
from store.rows import Registry

DATASTREAMS = 50
ROWS = 50_000
REPEATS = 3
INTERVAL = timedelta(minutes=10)
SPIKE_EVERY = 101
SPIKE_CM = 80.0
YEAR = 52_560
_MICROS = 600_000_000


def measure(folder: Path, scale: float) -> list[Measurement]:
    """The measurements of judging; ``scale`` 1 is 50 000 rows a turn."""
    site = load_site(write_site(folder / "site", name="bench", stations=DATASTREAMS))
    rounds = max(20, round(ROWS * scale / DATASTREAMS))
    with machinery.database(folder) as dsn, open_store(dsn, pool_size=2) as store:
        registry = store.register(site)
        judged = [_rows_a_second(site, store, registry, rounds, turn) for turn in range(REPEATS)]
        anew = [_requality(site, store, registry) for _ in range(REPEATS)]
    alone = [_kernels(site, max(1_000, round(YEAR * scale))) for _ in range(REPEATS)]
    return [
        *spread("judge", judged, "rows/s"),
        *spread("judge_requality", anew, "rows/s"),
        Measurement("judge_quality_tests", statistics.median(alone), "µs/sample"),
    ]


def _rows_a_second(site: Site, store: Store, registry: Registry, rounds: int, turn: int) -> float:
    """Rows a second until all of a stretch nobody judged before is judged."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=29)
    rows = _with_spikes(
        winter(list(registry.datastreams.values()), start + turn * rounds * INTERVAL, INTERVAL, rounds, turn)
    )
    for batch in in_batches(rows, MOST_PER_BATCH):
        store.append(registry.site, batch)
    at_work = Judge(site, store, registry)
    began = time.perf_counter()
    while at_work.round().more:
        pass
    return rounds * DATASTREAMS / (time.perf_counter() - began)


def _with_spikes(rows: Iterator[Observation]) -> Iterator[Observation]:
    for number, row in enumerate(rows):
        assert row.value is not None
        yield replace(row, value=row.value + SPIKE_CM) if number % SPIKE_EVERY == SPIKE_EVERY - 1 else row


def _requality(site: Site, store: Store, registry: Registry) -> float:
    """Rows a second of judging all history anew."""
    plans = plan(store, list(subjects_of(site, registry).values()), None, None)
    work = Requality(store=store, site_no=registry.site, plans=plans, dry_run=False)
    began = time.perf_counter()
    rows = sum(outcome.rows for outcome in work.run(threading.Event()))
    return rows / (time.perf_counter() - began)


def _kernels(site: Site, samples: int) -> float:
    """Microseconds a sample of the pure functions."""
    dice = np.random.default_rng(7)
    own, near, nearer, air = (_series(dice, samples) for _ in range(4))
    around = Surroundings(air, (Neighbour(near, 4.0, 10.0), Neighbour(nearer, 6.0, -20.0)))
    began = time.perf_counter()
    judge(site.datastreams[0], own, around)
    return (time.perf_counter() - began) / samples * 1e6


def _series(dice: np.random.Generator, samples: int) -> Series:
    times = np.arange(samples, dtype=np.int64) * _MICROS
    values = 100 + np.cumsum(dice.choice([-0.2, -0.1, 0.0, 0.1, 0.2], samples))
    values[SPIKE_EVERY::SPIKE_EVERY] += SPIKE_CM
    nothing = np.zeros(samples, dtype=np.int64)
    return Series(times, values, gate_of(values, nothing), nothing.astype(bool))
