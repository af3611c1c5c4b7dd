"""The real process through an outage: killed while it spools, killed while it drains, stopped, started without a database."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from config import load_site
from core.broker_address import BrokerAddress
from ingest.publishing import Publisher
from ingest.session import Session
from store import embedded, migrate, open_store
from tests.examples import FULL

ROOT = Path(__file__).resolve().parents[2]
SITE = load_site(ROOT / "config" / "fukui")
GAUGES = [stream.device for stream in SITE.datastreams[:50]]
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=12)
PATIENCE_S = 90
_NUMBERS = itertools.count(1)

pytestmark = [pytest.mark.broker, pytest.mark.db, pytest.mark.timeout(300)]


class Process:
    """``yukimori collect`` on a data folder, with what it says of itself."""

    def __init__(self, data: Path, dsn: str, broker_url: str) -> None:
        self.data = data
        environment = {**os.environ, "DATABASE_URL": dsn, "MQTT_URL": broker_url, "YUKIMORI_SPOOL_FREE_MB": "0"}
        command = [sys.executable, "-m", "app", "collect", "--site", "config/fukui", "--data", str(data)]
        with (data / "collect.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def state(self) -> dict:
        try:
            state = json.loads((self.data / "collect.state.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def spooled_bytes(self) -> int:
        return sum(path.stat().st_size for path in (self.data / "spool").glob("*.spool"))

    def until(self, true: Callable[[], bool], what: str) -> None:
        waiting = threading.Event()
        for _ in range(PATIENCE_S * 50):
            if true():
                return
            assert self.process.poll() is None, self.log()
            waiting.wait(0.02)
        raise AssertionError(f"{what}: {self.state()} {self.log()}")

    def log(self) -> str:
        return (self.data / "collect.log").read_text()[-3000:]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def processes() -> Iterator[Callable[..., Process]]:
    """Starts collectors; what is left of them is ended."""
    started: list[Process] = []

    def start(data: Path, dsn: str, broker_url: str) -> Process:
        started.append(Process(data, dsn, broker_url))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.kill()


@pytest.fixture(scope="module")
def one_server(module_memory_folder) -> Iterator[embedded.EmbeddedServer]:
    with embedded.start(module_memory_folder / "postgres", {"fsync": "off"}) as running:
        migrate(running.dsn)
        yield running


@pytest.fixture
def server(one_server) -> embedded.EmbeddedServer:
    """A server of its own, that may be stopped."""
    if not one_server.running:
        one_server.restart()
    return one_server


@pytest.fixture
def away_dsn(server) -> str:
    """The address of a database on it with the whole schema and no rows."""
    schema, name = urlsplit(server.dsn), f"away_{next(_NUMBERS)}"
    with psycopg.connect(schema._replace(path="/postgres").geturl(), autocommit=True) as admin:
        admin.execute(f"create database {name} template {schema.path.strip('/')} strategy file_copy")
    return schema._replace(path=f"/{name}").geturl()


def subscribe_once(broker) -> None:
    """The broker keeps messages for a session it knows."""
    topics = [source.topic for source in SITE.sources]
    address = BrokerAddress.parse(broker.url)
    session = Session(address, client_id=f"yukimori-collect-{SITE.id}", topics=topics, clock=lambda: START)
    session.start()
    session.stop()


@contextmanager
def publishing(broker) -> Iterator[Callable[[int], None]]:
    """Publishes so many readings more each time it is called, no two with one gauge and time."""
    published = 0
    with Publisher(BrokerAddress.parse(broker.url), client_id="process-test-publisher") as publisher:

        def publish(count: int) -> None:
            nonlocal published
            for number in range(published, published + count):
                gauge, at = GAUGES[number % len(GAUGES)], START + timedelta(seconds=number // len(GAUGES))
                body = {"at": at.isoformat(), "quantity": "water_level", "value": number / 1000, "unit": "m"}
                publisher.publish(f"yukimori/fukui/{gauge}/reading", json.dumps(body).encode())
            published += count
            assert publisher.drain()

        yield publish


def stored(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("select count(*) from observation").fetchone()
    return int(found[0])


def test_killed_while_it_spools_and_while_it_drains(mosquitto_broker, server, away_dsn, tmp_path, processes):
    broker, dsn, half = mosquitto_broker, away_dsn, 5_000 if FULL else 2_000
    start = lambda: processes(tmp_path, dsn, broker.url)  # noqa: E731
    with publishing(broker) as publish:
        first = start()
        first.until(lambda: first.state().get("connected", False), "not up")
        publish(500)
        first.until(lambda: stored(dsn) == 500, "not stored")
        server._end()
        publish(half)
        first.until(lambda: first.spooled_bytes() > 100_000, "not spooling")
        first.kill()  # while it spools

        second = start()  # without a database
        publish(half)
        second.until(lambda: second.state().get("mode") == "spooling", "does not start without a database")
        second.until(lambda: second.spooled_bytes() > 240 * half, "not all spooled")
        second.kill()
        server.restart()

        third = start()
        third.until(lambda: stored(dsn) > 500 + half // 4, "does not drain")
        third.kill()  # while it drains
        fourth = start()
        publish(500)
        fourth.until(lambda: stored(dsn) == 1_000 + 2 * half, "something is missing")
        fourth.until(lambda: fourth.state().get("mode") == "direct" and not fourth.spooled_bytes(), "not direct again")
        fourth.process.terminate()
        assert fourth.process.wait(15) == 0
    with open_store(dsn) as store:
        site = store.register(SITE).site
        counts = store.counters(site)
        (said,) = store.watching.processes(site)
        incidents = store.watching.incidents(site, START)
    assert counts["stored"] == 1_000 + 2 * half
    assert counts["messages_received"] == counts["messages_accepted"]
    assert counts["rows_received"] == counts["stored"] + counts["duplicate"]
    assert counts["messages_spooled"] == counts["spool_drained"] >= 2 * half
    assert "spool_damaged" not in counts
    assert said.state["mode"] == "stopped"
    assert {incident.kind for incident in incidents} == {"database-away"}
    assert all(incident.closed_at is not None for incident in incidents)


def test_the_first_time_a_database_that_is_away_is_told(embedded_broker, tmp_path, processes):
    collector = processes(tmp_path, "postgresql://nobody@127.0.0.1:1/none", embedded_broker.url)
    assert collector.process.wait(60) == 3
    assert "database" in collector.log()


def test_it_ends_in_time_during_an_outage_and_tells_its_state(embedded_broker, server, away_dsn, tmp_path, processes):
    with publishing(embedded_broker) as publish:
        collector = processes(tmp_path, away_dsn, embedded_broker.url)
        collector.until(lambda: collector.state().get("connected", False), "not up")
        for pid in embedded.processes_in(server._folder / "data"):
            os.kill(pid, signal.SIGSTOP)
        try:
            publish(300)
            collector.until(lambda: collector.state().get("spool_messages", 0) >= 300, "not spooled")
            assert collector.state()["incidents"].keys() == {"database-away"}
            collector.process.terminate()
            assert collector.process.wait(10) == 0
        finally:
            for pid in embedded.processes_in(server._folder / "data"):
                os.kill(pid, signal.SIGCONT)
        assert collector.state()["mode"] == "stopped"
        again = processes(tmp_path, away_dsn, embedded_broker.url)
        again.until(lambda: stored(away_dsn) == 300, "not stored")
