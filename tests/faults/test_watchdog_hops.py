"""The watchdog's way with real processes, cut hop by hop: a checker outside the house notices each cut, and when it is mended.

What lies before the store is told by the heartbeat itself; what lies behind it by there being none. The watchdog's minute is half
a second here, in small and in full alike: six hops by the minute would be an hour.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.machinery import FULL, MARK, ROOT, CollectorProcess, Database, Mosquitto, eventually
from tests.faults.network import Proxy
from tests.faults.receivers import Checker
from tests.faults.town import SITE, Town
from tests.faults.watchdog_pace import LATE_AFTER

PROGRAM = "tests.faults.watch_in_a_hurry"
CHANNEL = """
[[channels]]
id = "checker"
kind = "webhook"
settings = {{ url = "http://127.0.0.1:{port}/", allow_private = true }}

[[channels]]
id = "desk"
kind = "console"
"""
PEOPLE = """\
watchdog = "checker"

[[audiences]]
id = "duty"
name_ja = "当直"
name_en = "Duty"
channels = ["desk"]
"""
EVERYBODY = "topic readwrite #\n"
ALL_BUT_THE_DEVICE = f"topic read #\ntopic write yukimori/{SITE}/+/reading\n"


@dataclass
class Way:
    """Every process on the way of the beat, and who hears of it in the end."""

    checker: Checker
    outside: Proxy
    broker: Mosquitto
    allowed: Path
    database: Database
    collector: CollectorProcess
    evaluator: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        return f"{self.checker.heard[-3:]}\n{self.log.read_text()[-2000:]}\n{self.collector.said()[-2000:]}"

    def until_whole(self) -> None:
        """Wait for heartbeats, from now on, that say that the way before the rule is whole: the first may have been on its way."""
        self._until_heard(lambda beat: beat["ok"] and beat["status"] == "resolved", times=2)

    def until_told(self) -> None:
        """Wait for a heartbeat that says that nothing came through to the store for too long."""
        self._until_heard(
            lambda beat: (
                beat["status"] == "firing"
                and beat["last_good_hop"] == "nothing before the rule"
                and beat["ages_s"]["store"] >= LATE_AFTER.total_seconds() - 1
            )
        )

    def until_quiet(self) -> None:
        """Wait until the checker alarms by itself: it has heard nothing for too long."""
        eventually(lambda: self.checker.quiet_s > LATE_AFTER.total_seconds(), lambda: f"heard: {self.said}")

    def _until_heard(self, wanted: Callable[[dict[str, Any]], bool], times: int = 1) -> None:
        before = len(self.checker.heard)
        eventually(
            lambda: sum(wanted(beat) for beat in self.checker.heard[before:]) >= times, lambda: f"heard: {self.said}"
        )

    # Cuts: what is cut within

    @contextmanager
    def device(self) -> Iterator[None]:
        """The broker takes the device's word no more; everybody else's it does."""
        self._allow(ALL_BUT_THE_DEVICE)
        yield
        self._allow(EVERYBODY)

    def _allow(self, rules: str) -> None:
        self.allowed.write_text(rules)
        os.kill(self.broker.pid, signal.SIGHUP)

    @contextmanager
    def broker_down(self) -> Iterator[None]:
        """As by a power cut."""
        self.broker.kill()
        yield
        self.broker.start()

    @contextmanager
    def collector_hangs(self) -> Iterator[None]:
        """It neither works nor ends."""
        os.kill(self.collector.pid, signal.SIGSTOP)
        yield
        os.kill(self.collector.pid, signal.SIGCONT)

    @contextmanager
    def collector_dead(self) -> Iterator[None]:
        """SIGKILL."""
        self.collector.kill()
        yield
        self.collector.start()

    @contextmanager
    def database_dead(self) -> Iterator[None]:
        """SIGKILL to the server and its children."""
        self.database.kill()
        yield
        self.database.restart()

    @contextmanager
    def evaluator_hangs(self) -> Iterator[None]:
        """It neither works nor ends."""
        os.kill(self.evaluator.pid, signal.SIGSTOP)
        yield
        os.kill(self.evaluator.pid, signal.SIGCONT)

    @contextmanager
    def line_cut(self) -> Iterator[None]:
        """Nothing gets out of the house."""
        self.outside.cut()
        yield
        self.outside.mend()

    @contextmanager
    def refused(self) -> Iterator[None]:
        """The channel's receiver takes nothing."""
        self.checker.status = 503
        yield
        self.checker.status = 200


@pytest.fixture
def way(tmp_path, town: Town, start_mosquitto, collector_of, proxy_to, database, mark) -> Iterator[Way]:
    with ExitStack() as stack:
        checker = Checker()
        stack.callback(checker.close)
        outside = proxy_to(("127.0.0.1", checker.port))
        with (town.site / "site.toml").open("a") as file:
            file.write(CHANNEL.format(port=outside.port))
        (town.site / "people.toml").write_text(PEOPLE, encoding="utf-8")
        allowed = tmp_path / "allowed"
        allowed.write_text(EVERYBODY)
        broker = start_mosquitto(more=f"acl_file {allowed}\n")
        collector = collector_of(town, broker.url, hurry=True, program=PROGRAM).start()
        evaluator = evaluate(tmp_path, town, mark)
        stack.callback(end, evaluator)
        log = tmp_path / "evaluate.log"
        yield Way(checker, outside, broker, allowed, database, collector, evaluator, log)


def evaluate(folder: Path, town: Town, mark: str) -> subprocess.Popen[bytes]:
    arguments = ["evaluate", "--site", str(town.site), "--data", str(folder / "evaluate")]
    environment = {**os.environ, "DATABASE_URL": town.dsn, MARK: mark}
    with (folder / "evaluate.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", PROGRAM, *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log
        )


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # also one that was stopped
    process.wait(30)


def test_each_cut_hop_is_noticed_outside_and_so_is_its_mending(way):
    way.until_whole()
    before_the_store = [way.device]
    behind_it = [way.evaluator_hangs, way.line_cut]
    if FULL:
        before_the_store += [way.broker_down, way.collector_hangs, way.collector_dead]
        behind_it += [way.database_dead, way.database.paused, way.refused]
    for cut in before_the_store:
        with cut():
            way.until_told()
        way.until_whole()
    for cut in behind_it:
        with cut():
            way.until_quiet()
        way.until_whole()
