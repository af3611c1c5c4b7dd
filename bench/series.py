"""A year of one station as the chart asks for it: milliseconds and bytes.

One datastream holds a year at ten minutes (52 560 rows), summaries refreshed as the collector's upkeep does.
The real ``yukimori serve`` answers the chart's own address over one kept connection; what is timed is from
sending the request to the last byte of the compressed body, median of 50 after five to warm up. The same
year without summaries (``step=raw``) is measured beside it.
"""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from bench import machinery
from bench.measurement import Measurement, quantile
from bench.rows import in_batches, winter
from bench.sites import write_site
from config import load_site
from store import open_store

REQUESTS = 50
WARM_UP = 5
INTERVAL = timedelta(minutes=10)
BATCH = 5_000


def measure(folder: Path, scale: float) -> list[Measurement]:
    """The series measurements; ``scale`` is the share of a year that is there."""
    site = write_site(folder / "site", name="bench", stations=1)
    end = datetime.now(UTC).replace(microsecond=0)
    with machinery.database(folder) as dsn:
        _fill(dsn, site, end, rounds=round(timedelta(days=365) * scale / INTERVAL))
        with machinery.served(folder, site, dsn) as port:
            chart_ms, chart_bytes = _ask(port, end, scale, REQUESTS)
            raw_ms, raw_bytes = _ask(port, end, scale, REQUESTS // 5, step="raw")
    return [
        Measurement("series_year_median", statistics.median(chart_ms), "ms", at_most=30),
        Measurement("series_year_p95", quantile(chart_ms, 0.95), "ms"),
        Measurement("series_year_payload", chart_bytes, "bytes", at_most=50_000),
        Measurement("series_year_raw_median", statistics.median(raw_ms), "ms"),
        Measurement("series_year_raw_payload", raw_bytes, "bytes"),
    ]


def _fill(dsn: str, site_folder: Path, end: datetime, rounds: int) -> None:
    site = load_site(site_folder)
    with open_store(dsn, pool_size=2) as store:
        registry = store.register(site)
        rows = winter(list(registry.datastreams.values()), end - rounds * INTERVAL, INTERVAL, rounds, seed=1)
        for batch in in_batches(rows, BATCH):
            store.append(registry.site, batch)
        store.maintain(end)


def _ask(port: int, end: datetime, scale: float, requests: int, **more: str) -> tuple[list[float], int]:
    """Milliseconds of each request, and the bytes of the last body as sent."""
    start = end - timedelta(days=365) * scale
    query = urlencode({"quantity": "snow_depth", "from": start.isoformat(), "to": end.isoformat(), **more})
    size, took = 0, []
    with _connection(port) as connection:
        for number in range(WARM_UP + requests):
            began = time.perf_counter()
            connection.request(
                "GET",
                f"/api/stations/s000/series?{query}",
                headers={"Accept": "application/json", "Accept-Encoding": "gzip, deflate, br, zstd"},
            )
            answer = connection.getresponse()
            size = len(answer.read())
            if number >= WARM_UP:
                took.append((time.perf_counter() - began) * 1000)
            assert answer.status == 200, answer.status
    return took, size


@contextmanager
def _connection(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        yield connection
    finally:
        connection.close()
