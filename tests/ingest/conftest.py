"""Brokers for tests: the embedded one and Debian's Mosquitto, each on a port of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from ingest.broker import EmbeddedBroker, start_broker
from ingest.collector import Collector, Pace
from ingest.session import Session
from ingest.spool import Spool, SpoolLimits, open_spool
from ingest.writer import OpenTarget, Target, Writer

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"

_MOSQUITTO_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1000
max_inflight_messages 2000
max_queued_messages 0
{user}log_dest stderr
log_type error
log_type warning
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
        return True
    return False


class Mosquitto:
    """A Mosquitto with persistence in ``folder``; the same shape as ``EmbeddedBroker``."""

    def __init__(self, folder: Path, port: int) -> None:
        self.host, self.port = "127.0.0.1", port
        self._folder = folder
        data = folder / "mosquitto-data"
        data.mkdir(exist_ok=True)
        # Started by root it would change to the user "mosquitto", who cannot reach the folder of the test.
        user = "user root\n" if os.geteuid() == 0 else ""
        config = folder / "mosquitto.conf"
        config.write_text(_MOSQUITTO_CONFIG.format(port=port, folder=data, user=user))
        with (folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([MOSQUITTO, "-c", str(config)], stdout=log, stderr=log)
        deadline = time.monotonic() + 15
        while not _listens(port):
            assert self._process.poll() is None, (folder / "mosquitto.log").read_text()
            assert time.monotonic() < deadline, "Mosquitto does not listen"
            time.sleep(0.02)

    @property
    def url(self) -> str:
        return f"mqtt://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End it in order: it writes its sessions and messages to disk."""
        self._process.terminate()
        self._process.wait(30)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait(30)


AnyBroker = EmbeddedBroker | Mosquitto
StartBroker = Callable[..., AnyBroker]


@pytest.fixture
def start_embedded() -> Iterator[Callable[..., EmbeddedBroker]]:
    """Starts embedded brokers: ``start_embedded(port=0)``; give the port of a stopped one to start it again."""
    with ExitStack() as stack:
        yield lambda port=0: stack.enter_context(start_broker(port))


@pytest.fixture
def start_mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Starts Mosquitto: ``start_mosquitto(port=0)``; started again on its port it has its data again."""
    with ExitStack() as stack:

        def start(port: int = 0) -> Mosquitto:
            port = port or free_port()
            folder = tmp_path / f"mosquitto-{port}"
            folder.mkdir(exist_ok=True)
            broker = Mosquitto(folder, port)
            stack.callback(broker.stop)
            return broker

        yield start


@pytest.fixture
def embedded_broker(start_embedded: Callable[..., EmbeddedBroker]) -> EmbeddedBroker:
    """A running embedded broker."""
    return start_embedded()


@pytest.fixture
def mosquitto_broker(start_mosquitto: Callable[..., Mosquitto]) -> Mosquitto:
    """A running Mosquitto."""
    return start_mosquitto()


@pytest.fixture(params=["embedded", "mosquitto"])
def start_any_broker(request: pytest.FixtureRequest) -> StartBroker:
    """``start(port=0)`` of the embedded broker, then of Mosquitto."""
    starter: StartBroker = request.getfixturevalue(f"start_{request.param}")
    return starter


@pytest.fixture
def broker(start_any_broker: StartBroker) -> AnyBroker:
    """A running broker: the embedded one, then Mosquitto."""
    return start_any_broker()


NO_RESERVE = SpoolLimits(free=0)


@pytest.fixture
def collector_at(tmp_path: Path) -> Iterator[Callable[..., Collector]]:
    """Makes collectors of a session and a target (or what opens it), each with the same spool folder of the test."""
    with ExitStack() as stack:

        def make(
            session: Session,
            target: Target | OpenTarget,
            *,
            limits: SpoolLimits = NO_RESERVE,
            spool: Spool | None = None,
            pace: Pace | None = None,
        ) -> Collector:
            if spool is None:
                spool = open_spool(tmp_path / "spool", limits)
                stack.callback(spool.close)
            writer = Writer(target if callable(target) else lambda: target)
            writer.start()
            stack.callback(writer.stop, 5.0)
            return Collector(session, writer, spool, pace=pace)

        yield make
