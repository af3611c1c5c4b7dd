"""The fault suite: real processes, and what can happen to them. After each test: nothing lost, nothing doubled,
the counters balance, no process left.

``YUKIMORI_FAULTS=ci`` (the default) does everything in small, ``full`` (``make faults``) as often and as long as a bad
winter would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ingest.broker import EmbeddedBroker, start_broker
from tests.faults.machinery import FULL, CollectorProcess, Database, Mosquitto, eventually, marked_processes
from tests.faults.network import Proxy
from tests.faults.town import Town

AnyBroker = EmbeddedBroker | Mosquitto


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here starts processes; none may hang for longer than its scale allows."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for mark in (pytest.mark.faults, pytest.mark.db, pytest.mark.broker):
                item.add_marker(mark)
            item.add_marker(pytest.mark.timeout(1800 if FULL else 180))


@pytest.fixture(scope="session")
def scaled() -> Callable[..., int]:
    """``scaled(ci, full)``: the number that counts now."""
    return lambda ci, full: full if FULL else ci


@pytest.fixture(scope="session")
def fault_server(session_memory_folder) -> Iterator[Database]:
    """A database server that may be killed."""
    database = Database(session_memory_folder / "faults")
    yield database
    database.close()


@pytest.fixture
def database(fault_server) -> Iterator[Database]:
    """The same, running again after the test."""
    yield fault_server
    if not fault_server.server.running:
        fault_server.restart()


@pytest.fixture
def mark(tmp_path) -> Iterator[str]:
    """The mark of this test's processes; none of them is left at the end."""
    yield str(tmp_path)
    eventually(lambda: not marked_processes(str(tmp_path)), lambda: f"left: {marked_processes(str(tmp_path))}", 10)


@pytest.fixture
def town(tmp_path, database) -> Town:
    """A town with a database of its own."""
    return Town(tmp_path / "site", database.fresh())


@pytest.fixture
def start_mosquitto(tmp_path, mark) -> Iterator[Callable[..., Mosquitto]]:
    """Starts a Mosquitto; ``every`` how many changes it writes to disk."""
    with ExitStack() as stack:

        def start(*, listens: Callable[[], bool] | None = None, **options) -> Mosquitto:
            broker = Mosquitto(tmp_path / "mosquitto", mark=mark, **options)
            stack.callback(broker.stop)
            broker.start(listens)
            return broker

        yield start


@pytest.fixture
def mosquitto(start_mosquitto) -> Mosquitto:
    """A running Mosquitto."""
    return start_mosquitto()


@pytest.fixture
def embedded_broker(mark, monkeypatch) -> Iterator[EmbeddedBroker]:
    """A running embedded broker."""
    monkeypatch.setenv("YUKIMORI_FAULT", mark)
    with start_broker() as broker:
        monkeypatch.delenv("YUKIMORI_FAULT")
        yield broker


@pytest.fixture(params=["embedded_broker", "mosquitto"])
def broker(request) -> AnyBroker:
    """A running broker: the embedded one, then Mosquitto."""
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["embedded_broker", "mosquitto"] if FULL else ["mosquitto"])
def any_broker(request) -> AnyBroker:
    """A running broker, for faults it has no part in: both in full, Mosquitto in small."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def collector_of(tmp_path, mark) -> Iterator[Callable[..., CollectorProcess]]:
    """Makes the collector of a town, not yet started: ``collector_of(town, broker_url, …)``."""
    with ExitStack() as stack:

        def make(town: Town, broker_url: str, *, name: str = "collect", dsn: str = "", **options) -> CollectorProcess:
            collector = CollectorProcess(town.site, tmp_path / name, dsn or town.dsn, broker_url, mark=mark, **options)
            stack.callback(collector.end)
            return collector

        yield make


@pytest.fixture
def proxy_to() -> Iterator[Callable[..., Proxy]]:
    """Starts proxies: ``proxy_to(upstream)``."""
    with ExitStack() as stack:

        def start(upstream) -> Proxy:
            proxy = Proxy(upstream)
            stack.callback(proxy.close)
            return proxy

        yield start
