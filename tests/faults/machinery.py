"""The real parts that fail: the database, Mosquitto and the collector, each a process that may be killed."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from store import embedded, migrate, open_store
from store.embedded_folder import processes_in

ROOT = Path(__file__).resolve().parents[2]
FULL = os.environ.get("YUKIMORI_FAULTS", "ci") == "full"
PATIENCE_S = 240.0 if FULL else 30.0
MARK = "YUKIMORI_FAULT"
"""In the environment of every process a test starts, so that those left over are found."""

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
_MOSQUITTO_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval {every}
max_inflight_messages 2000
max_queued_messages 0
{more}log_dest stderr
log_type error
log_type warning
"""


def eventually(true: Callable[[], object], what: str | Callable[[], str], wait_s: float = PATIENCE_S) -> None:
    """Return as soon as it is true; fail saying what was waited for."""
    waiting = threading.Event()
    for _ in range(round(wait_s / 0.02)):
        if true():
            return
        waiting.wait(0.02)
    raise AssertionError(f"waited in vain: {what if isinstance(what, str) else what()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def marked_processes(mark: str) -> list[int]:
    """The processes that were started with this mark and are still there."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


class Database:
    """An embedded PostgreSQL of its own that may be killed and paused, with a fresh database for each test."""

    def __init__(self, folder: Path) -> None:
        self._numbers = itertools.count(1)
        self.server = embedded.start(folder, {"fsync": "off", "max_connections": "60"})
        self._data = folder.absolute() / "data"
        migrate(self.server.dsn)
        with open_store(self.server.dsn, pool_size=1):
            pass  # opening makes the partitions

    def fresh(self) -> str:
        """The address of a database with the whole schema and no rows."""
        name = f"town_{next(self._numbers)}"
        template = urlsplit(self.server.dsn)
        admin = template._replace(path="/postgres").geturl()
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"create database {name} template {template.path.strip('/')} strategy file_copy")
        return template._replace(path=f"/{name}").geturl()

    @property
    def socket(self) -> str:
        """The path of its Unix socket."""
        (path,) = self.server._sockets.glob(".s.PGSQL.[0-9]*[0-9]")
        return str(path)

    def kill(self) -> None:
        """SIGKILL to the postmaster and all its children."""
        self._send_all(signal.SIGKILL)
        self.server._process.wait(30)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Within it nothing answers, not even no."""
        self._send_all(signal.SIGSTOP)
        try:
            yield
        finally:
            self._send_all(signal.SIGCONT)

    def restart(self) -> None:
        """Start it again; it repairs itself."""
        self.server.restart()

    def close(self) -> None:
        self.server.stop()
        assert processes_in(self._data) == []

    def _send_all(self, sign: signal.Signals) -> None:
        for pid in processes_in(self._data):
            with suppress(ProcessLookupError):
                os.kill(pid, sign)


class Mosquitto:
    """A Mosquitto that keeps its sessions and messages in ``folder``, after every ``every`` changes."""

    def __init__(
        self, folder: Path, *, every: int = 1000, mark: str, more: str = "", prefix: Sequence[str] = ()
    ) -> None:
        self.port = free_port()
        self._folder, self._mark, self._prefix = folder, mark, list(prefix)
        self._data = folder / "data"
        self._data.mkdir(parents=True)
        # Started by root it would change to the user "mosquitto", who cannot reach the folder of the test.
        more += "user root\n" if os.geteuid() == 0 else ""
        config = _MOSQUITTO_CONFIG.format(port=self.port, folder=self._data, every=every, more=more)
        (folder / "mosquitto.conf").write_text(config)
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self, listens: Callable[[], bool] | None = None) -> None:
        """Start it, with what it has on disk."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._prefix, MOSQUITTO, "-c", str(self._folder / "mosquitto.conf")],
                stdout=log,
                stderr=log,
                env={**os.environ, MARK: self._mark},
            )
        eventually(listens or self._listens, (self._folder / "log").read_text)

    def _listens(self) -> bool:
        assert self._process.poll() is None, (self._folder / "log").read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1.0):
            return True
        return False

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait(30)

    def stop(self) -> None:
        """End it in order: it writes its sessions and messages to disk."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)

    def forget(self) -> None:
        """Take away what it has on disk."""
        (self._data / "mosquitto.db").unlink()


class CollectorProcess:
    """``yukimori collect`` on one data folder, started again and again; ``hurry`` makes its waits short, by ``program``."""

    def __init__(
        self,
        site: Path,
        data: Path,
        dsn: str,
        broker_url: str,
        *,
        mark: str,
        hurry: bool = not FULL,
        program: str = "tests.faults.collect_in_a_hurry",
        environment: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        data.mkdir(parents=True, exist_ok=True)
        module = program if hurry else "app"
        self._command = [*prefix, sys.executable, "-m", module, "collect", "--site", str(site), "--data", str(data)]
        self._environment = {**os.environ, MARK: mark, "DATABASE_URL": dsn, "MQTT_URL": broker_url}
        self._environment |= environment or {}
        self.data, self.log = data, data / "collect.log"
        self._process: subprocess.Popen | None = None
        self._began = self._told = 0

    def start(self) -> CollectorProcess:
        """Start it, and do not wait."""
        assert not self.running
        self._began = len(self.said()) if self.log.exists() else 0
        self._told = self._last_told()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        return self

    def until_up(self) -> CollectorProcess:
        """Wait until it collects; by then it has subscribed, unless the broker is away."""
        eventually(lambda: self._last_told() != self._told or not self.running, self.said)
        assert self.running, self.said()[-3000:]
        return self

    def until_connected(self) -> None:
        """Wait until it says, from now on, that the broker is there."""
        before = self._last_told()
        eventually(lambda: self._last_told() != before and self.state()["connected"], self.said)

    def state(self) -> dict[str, Any]:
        """How it was when it last wrote it down."""
        return json.loads((self.data / "collect.state.json").read_text())

    def _last_told(self) -> int:
        """When it last wrote down how it is."""
        with suppress(FileNotFoundError):
            return (self.data / "collect.state.json").stat().st_mtime_ns
        return 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def incidents(self) -> Mapping[str, str]:
        """What it says is wrong, since when; nothing where it has not said anything yet."""
        return self.state()["incidents"] if self._last_told() else {}

    def said(self) -> str:
        """Everything it has logged, in all its lives."""
        return self.log.read_text()

    def until_said(self, words: str) -> None:
        """Wait until it has logged these words in this life."""

        def seen() -> bool:
            assert self.running, self.said()[-3000:]
            return words in self.said()[self._began :]

        eventually(seen, lambda: f"{words!r} in {self.said()[-3000:]}")

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait(30)

    def stop(self) -> None:
        """End it in order; it must do so. One that was only just started is first let come up: then it hears us."""
        if self._process is None:
            return
        self.until_up()
        self._process.terminate()
        code = self._process.wait(30)
        assert code == 0, f"exit code {code}: {self.said()[-3000:]}"
        self._process = None

    def end(self) -> None:
        """Leave nothing behind, however the test went."""
        if self.running:
            self.kill()

    @property
    def resident_mb(self) -> float:
        """The memory it holds, in MB."""
        line = next(line for line in Path(f"/proc/{self.pid}/status").read_text().splitlines() if "VmRSS" in line)
        return int(line.split()[1]) / 1024

    @property
    def spooled_bytes(self) -> int:
        """What its spool holds on disk."""
        return sum(path.stat().st_size for path in (self.data / "spool").glob("*.spool"))
