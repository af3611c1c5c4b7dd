"""A winter backtested from the store: five months of 200 snow gauges at ten minutes, 4.3 million samples.

What is timed is all of ``yukimori alerts backtest`` but its start: reading the rows, playing them through the ladder of the
example town's snow rule, and the report. ``scale`` is the share of the gauges; seconds are told for all 200.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.backtest import Span, play
from alerts.backtest_report import report_on
from alerts.backtest_store import stored
from alerts.backtest_text import as_text
from bench import machinery
from bench.measurement import Measurement
from bench.rows import in_batches, winter
from bench.sites import write_site
from config import load_site
from config.model import Site
from core.model import Thresholds
from store import open_store

GAUGES = 200
ROUNDS = 21_600
INTERVAL = timedelta(minutes=10)
BATCH = 10_000
EXAMPLE = Path(__file__).parents[1] / "config" / "example"
THRESHOLDS = Thresholds(standby=80.0, caution=120.0, warning=160.0, danger=200.0)


def measure_backtest(folder: Path, scale: float) -> list[Measurement]:
    """Seconds for a winter of 200 gauges, and microseconds a sample."""
    site = _town(folder, max(1, round(GAUGES * scale)))
    begin = datetime(2025, 11, 15, tzinfo=UTC)
    span = Span(begin, begin + ROUNDS * INTERVAL)
    with machinery.database(folder) as dsn, open_store(dsn, pool_size=2) as store:
        registry = store.register(site)
        rows = winter(list(registry.datastreams.values()), begin, INTERVAL, ROUNDS, seed=1)
        for batch in in_batches(rows, BATCH):
            store.append(registry.site, batch)
        began = time.perf_counter()
        played = play(site, stored(store, registry, span), span)
        as_text(report_on(site, played))
        took = time.perf_counter() - began
    full = took / played.samples * GAUGES * ROUNDS
    return [
        Measurement("alerts_backtest_winter", full, "s", at_most=60),
        Measurement("alerts_backtest_sample", took / played.samples * 1e6, "us"),
        Measurement("alerts_backtest_samples", played.samples, "samples"),
        Measurement("alerts_backtest_episodes", len(played.episodes), "episodes"),
    ]


def _town(folder: Path, gauges: int) -> Site:
    """So many snow gauges with thresholds, and the snow rule of the example town."""
    site = load_site(write_site(folder / "site", name="bench", stations=gauges))
    rule = next(rule for rule in load_site(EXAMPLE).rules if rule.id == "snow")
    streams = tuple(replace(stream, thresholds=THRESHOLDS) for stream in site.datastreams)
    return replace(site, rules=(rule,), datastreams=streams)
