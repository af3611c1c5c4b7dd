"""The real parts a bench runs against: Mosquitto, the embedded database, our own processes; all end with their block."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from app.children import Children
from core.errors import StartError
from store import embedded, migrate

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 60.0

# As `yukimori broker-config` writes it, but for TLS and passwords.
_MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 10
max_queued_messages 0
max_inflight_messages 2000
log_dest stderr
log_type error
log_type warning
{user}"""


def free_port() -> int:
    """A port of this machine nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(what: str, reached: Callable[[], bool], patience_s: float = PATIENCE_S, *, pause_s: float = 0.01) -> None:
    """Return once ``reached()`` is true, asking every ``pause_s``; raises StartError where that takes too long."""
    deadline = time.monotonic() + patience_s
    while not reached():
        if time.monotonic() > deadline:
            raise StartError(f"the bench waited {patience_s:.0f} s in vain: {what}")
        time.sleep(pause_s)


@contextmanager
def mosquitto(folder: Path) -> Iterator[str]:
    """A Mosquitto with the limits of the production configuration; gives its address. Raises StartError."""
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    if not Path(program).exists():
        raise StartError("Mosquitto is not installed", hint="install the package mosquitto (`make test` does)")
    data = folder / "mosquitto"
    data.mkdir(parents=True)
    port = free_port()
    # Started by root it would change to the user "mosquitto", who cannot write into our folder.
    user = "user root\n" if os.geteuid() == 0 else ""
    config = folder / "mosquitto.conf"
    config.write_text(_MOSQUITTO.format(port=port, folder=data, user=user), encoding="utf-8")
    with (folder / "mosquitto.log").open("ab") as log:
        process = subprocess.Popen([program, "-c", str(config)], stdout=log, stderr=log, start_new_session=True)
    try:
        until("Mosquitto listens", lambda: answers(port))
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        end(process)


def answers(port: int) -> bool:
    """Whether something listens on the port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
        return True
    return False


def end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """Ask a process to end, then make sure; harmless where it is gone."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """A migrated embedded database with the durability of production (fsync on); gives its address."""
    with embedded.start(folder / "postgres") as server:
        migrate(server.dsn)
        yield server.dsn


@contextmanager
def processes(folder: Path, *, site: Path, dsn: str, broker: str) -> Iterator[Children]:
    """A starter of our own processes on a site, database and broker; all end with the block.

    Their data folder is ``folder/data``, their logs are in ``folder/logs``.
    """
    environment = {"DATABASE_URL": dsn, "MQTT_URL": broker, "YUKIMORI_SITE": str(site)}
    children = Children({**environment, "YUKIMORI_DATA": str(folder / "data")}, folder / "logs")
    with ExitStack() as stack:
        stack.callback(children.end)
        yield children


def beats(folder: Path, process: str, since: float) -> bool:
    """Whether that process of ``processes(folder)`` has gone round since that instant (epoch seconds)."""
    beat = folder / "data" / "alive" / process
    return beat.exists() and beat.stat().st_mtime >= since


def own_program(module: str, arguments: Sequence[str]) -> subprocess.Popen[str]:
    """A module of the bench in a process of its own; its standard output is a pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@contextmanager
def collecting(folder: Path, site: Path, dsn: str, broker: str) -> Iterator[None]:
    """A collector that listens already."""
    started = time.time()
    with processes(folder, site=site, dsn=dsn, broker=broker) as children:
        children.start("collect", ["collect"])
        until("the collector goes round", lambda: beats(folder, "collect", started))
        yield


@contextmanager
def served(folder: Path, site: Path, dsn: str) -> Iterator[int]:
    """The web server of a site; gives its port once it is ready."""
    port = free_port()
    with processes(folder, site=site, dsn=dsn, broker="mqtt://127.0.0.1:1") as children:
        children.start("serve", ["serve", "--port", str(port)])
        until("the web server answers", lambda: _healthy(port))
        yield port


def _healthy(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
        return bool(answer.status == 200)
    return False
