"""The real program as its users start it: `yukimori run` on free ports, ended at the end."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 90


# Below what the system hands out by itself, and apart for each worker: nobody takes a port before the town does.
_ports = itertools.count(20_000 + 1_500 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + os.getpid() % 1_000)


def free_port() -> int:
    for port in _ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def eventually(answer: Callable[[], object], what: str, wait_s: float = WAIT_S) -> object:
    """The first truthy answer; fails saying what was waited for."""
    waiting = threading.Event()
    for _ in range(int(wait_s * 20)):
        found = answer()
        if found:
            return found
        waiting.wait(0.05)
    raise AssertionError(f"waited in vain for: {what}")


class Town:
    """A running `yukimori run`."""

    def __init__(self, folder: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self.port, self.mqtt_port = free_port(), free_port()
        self.data = folder
        self.output = folder.with_name(folder.name + ".out")
        command = [sys.executable, "-m", "app", "run", "--port", str(self.port), "--mqtt-port", str(self.mqtt_port)]
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, "--data", str(folder), *options],
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> Town:
        """Wait until it says where it is."""

        def announced() -> bool:
            assert self.process.poll() is None, self.everything_it_said()
            return "to stop" in self.output.read_text()

        eventually(announced, "the address to be printed")
        return self

    def get(self, path: str) -> dict:
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return json.load(answer)

    def quantity(self, station: str, quantity: str) -> dict | None:
        features = self.get("/api/stations")["features"]
        found = next(feature for feature in features if feature["id"] == station)
        return found["properties"]["quantities"].get(quantity)

    def publish(self, topic: str, payload: str, *more: str) -> None:
        """Publish with the tool everybody has."""
        where = ["-h", "127.0.0.1", "-p", str(self.mqtt_port)]
        subprocess.run(["mosquitto_pub", *where, "-q", "1", "-t", topic, "-m", payload, *more], check=True, timeout=20)

    def interrupt(self) -> int:
        """Ctrl-C, as the terminal sends it."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(WAIT_S)

    def kill_everything(self) -> None:
        if self.process.poll() is None:
            self.interrupt()

    def everything_it_said(self) -> str:
        logs = [f"== {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.data.glob("logs/*.log"))]
        return "\n".join([self.output.read_text(), *logs])


@pytest.fixture(scope="session")
def copy_example() -> Callable[[Path, Collection[str]], Path]:
    """``copy_example(place, layers)``: the example town with these of its layers only, which are soon published."""

    def copy(place: Path, layers: Collection[str]) -> Path:
        shutil.copytree(ROOT / "config" / "example", place)
        for layer in (place / "layers").glob("*.toml"):
            if layer.stem not in layers:
                layer.unlink()
        return place

    return copy


@pytest.fixture(scope="session")
def small_town(tmp_path_factory: pytest.TempPathFactory, copy_example: Callable[..., Path]) -> Path:
    """The site folder of the example town with three small layers, for reading only."""
    return copy_example(
        tmp_path_factory.mktemp("small") / "config" / "example", ("boundary", "roads", "shelters_emergency")
    )


@pytest.fixture
def start_town(memory_folder: Path) -> Iterator[Callable[..., Town]]:
    """Starts towns: ``start_town(*options, folder=…)``; all are ended at the end of the test."""
    with ExitStack() as stack:

        def start(*options: str, folder: str = "data", environment: dict[str, str] | None = None) -> Town:
            town = Town(memory_folder / folder, *options, environment=environment)
            stack.callback(town.kill_everything)
            return town

        yield start


@pytest.fixture(scope="module")
def quiet_town(module_memory_folder: Path) -> Iterator[Town]:
    """The real gauges without a demonstration: only what a test sends is there. Shared by a module."""
    town = Town(module_memory_folder / "quiet", "--site", "config/fukui", "--no-demo")
    try:
        yield town.ready()
    finally:
        town.kill_everything()


@pytest.fixture
def until() -> Callable[..., object]:
    """``until(answer, words)``: the first truthy answer; fails with what ``words()`` gives then.

    ``pause_s`` is longer where each question is a process of its own, which keeps those from work it asks about.
    """

    def wait(answer: Callable[[], object], words: Callable[[], str], pause_s: float = 0.05) -> object:
        waiting = threading.Event()
        for _ in range(int(WAIT_S / pause_s)):
            found = answer()
            if found:
                return found
            waiting.wait(pause_s)
        raise AssertionError(words())

    return wait


@pytest.fixture
def free_ports() -> tuple[int, int]:
    """Two ports nobody listens on."""
    return free_port(), free_port()


def processes_below(data: Path) -> list[str]:
    """Command lines of all processes that name the folder, in their arguments or their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            ours = str(data).encode() in text or str(data) == str((process / "cwd").readlink())
            below = str(data).encode() in str((process / "cwd").readlink()).encode()
        except OSError:
            continue
        if ours or below:
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@pytest.fixture
def left_over() -> Callable[[Path], list[str]]:
    """What still runs on a data folder."""
    return processes_below
