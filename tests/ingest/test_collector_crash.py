"""SIGKILL of the collector at random moments: nothing acknowledged is lost, nothing is doubled.

The real process, the real database, the embedded broker and Mosquitto. How many times it is killed:
``YUKIMORI_KILLS`` (``make faults`` kills more often).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from config import load_site
from ingest.broker_address import BrokerAddress
from ingest.publishing import Publisher
from store import open_store

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = 100_000
KILLS = int(os.environ.get("YUKIMORI_KILLS", "20"))
PATIENCE_S = 120

pytestmark = [pytest.mark.broker, pytest.mark.db, pytest.mark.faults, pytest.mark.timeout(900)]


def published_rows(gauges: list[str], now: datetime) -> list[tuple[str, datetime, float]]:
    """One reading a gauge and 20 s, the newest a minute old; no two share gauge and time."""
    newest = now.replace(microsecond=0) - timedelta(minutes=1)
    per_gauge = MESSAGES // len(gauges)
    return [
        (gauge, newest - timedelta(seconds=20 * (per_gauge - number)), round(random.Random(number).uniform(0, 5), 2))
        for number in range(per_gauge)
        for gauge in gauges
    ]


def publish_all(address: BrokerAddress, rows: list[tuple[str, datetime, float]], stop: threading.Event) -> None:
    with Publisher(address, client_id="crash-test-publisher", stop=stop) as publisher:
        for gauge, at, value in rows:
            body = {"at": at.isoformat(), "quantity": "water_level", "value": value, "unit": "m"}
            if not publisher.publish(f"yukimori/fukui/{gauge}/reading", json.dumps(body).encode()):
                return
        publisher.drain()


@contextmanager
def collector(dsn: str, broker_url: str, data: Path) -> Iterator[subprocess.Popen]:
    """The collector as its own process; what is left of it is ended."""
    environment = {**os.environ, "DATABASE_URL": dsn, "MQTT_URL": broker_url}
    command = [sys.executable, "-m", "app", "collect", "--site", "config/fukui", "--data", str(data)]
    with (data / "collect.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


class Progress:
    """How far the collector has come, read from its own counters."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True)

    def count(self, name: str) -> int:
        query = "select coalesce(sum(count), 0) from ingest_counter where name = %s"
        return int(self._connection.execute(query, [name]).fetchone()[0])

    def until_stored(self, rows: int, process: subprocess.Popen, log: Path) -> None:
        """Return when that many rows are stored; fail where the process ends or nothing moves any more."""
        waiting = threading.Event()
        last, idle = -1, 0
        while (stored := self.count("stored")) < rows:
            assert process.poll() is None, log.read_text()[-2000:]
            idle = 0 if stored != last else idle + 1
            assert idle * 0.01 < PATIENCE_S, f"stuck at {stored} of {rows}: {log.read_text()[-2000:]}"
            last = stored
            waiting.wait(0.01)

    def close(self) -> None:
        self._connection.close()


def wait_for_first_beat(data: Path, process: subprocess.Popen) -> None:
    """The collector has subscribed before anything is published: before that no broker would keep a message."""
    waiting = threading.Event()
    for _ in range(PATIENCE_S * 20):
        if (data / "alive" / "collect").exists():
            return
        assert process.poll() is None, (data / "collect.log").read_text()[-2000:]
        waiting.wait(0.05)
    raise AssertionError("the collector does not come up")


def stored_rows(dsn: str) -> list[tuple[str, datetime, float]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "select d.device, o.at, o.value from observation o join datastream d on d.no = o.datastream_id"
        ).fetchall()


def test_a_collector_killed_again_and_again_loses_nothing_and_doubles_nothing(broker, dsn, tmp_path):
    rows = published_rows(
        [stream.device for stream in load_site(ROOT / "config" / "fukui").datastreams[:100]], datetime.now(UTC)
    )
    rng = random.Random(20260110)
    moments = sorted(rng.randrange(1, int(MESSAGES * 0.97)) for _ in range(KILLS))
    log = tmp_path / "collect.log"
    progress = Progress(dsn)
    stop = threading.Event()
    publishing = threading.Thread(target=publish_all, args=(BrokerAddress.parse(broker.url), rows, stop))
    killed = 0
    with ExitStack() as stack:
        stack.callback(progress.close)
        stack.callback(lambda: (stop.set(), publishing.is_alive() and publishing.join()))
        for moment in [*moments, None]:
            with collector(dsn, broker.url, tmp_path) as process:
                if not publishing.ident:
                    wait_for_first_beat(tmp_path, process)
                    publishing.start()
                progress.until_stored(MESSAGES if moment is None else moment, process, log)
                if moment is not None:
                    process.kill()
                    process.wait()
                    killed += 1
        publishing.join()
    stored = stored_rows(dsn)
    assert killed == KILLS
    assert len(stored) == MESSAGES
    assert set(stored) == set(rows)
    with open_store(dsn) as store:
        site = store.register(load_site(ROOT / "config" / "fukui"))
        counts = store.counters(site.site)
    assert counts["stored"] == MESSAGES
    assert counts["messages_received"] == counts["messages_accepted"]
    assert counts["rows_received"] == counts["stored"] + counts.get("duplicate", 0)
