"""The processes of ``yukimori run``: started, watched, started again when they fall, ended together."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from app.lifetime import WITH_PARENT
from app.settings import ROOT

log = logging.getLogger(__name__)

GRACE_S = 10.0
FIRST_RESTART_S = 0.5
SLOWEST_RESTART_S = 30.0
HEALTHY_AFTER_S = 30.0
LOG_BYTES = 10_000_000


@dataclass(slots=True)
class Child:
    """One process: a subcommand of ours. ``once`` children may end by themselves without being restarted."""

    name: str
    arguments: list[str]
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    restart_after_s: float = FIRST_RESTART_S
    log_file: IO[bytes] | None = field(default=None, repr=False)


class Children:
    """Starts children with one environment, each with its own log file ``<logs>/<name>.log``.

    A log that has grown to ``LOG_BYTES`` becomes ``<name>.log.1``, in place of the one before.
    """

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        self._environment = {**os.environ, **environment, WITH_PARENT: "1", "PYTHONUNBUFFERED": "1"}
        self._logs = logs
        self._children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, arguments: list[str], *, once: bool = False) -> None:
        """Start ``yukimori <arguments>`` under a name."""
        child = Child(name, arguments, once)
        self._children.append(child)
        self._spawn(child)

    def look_after(self) -> None:
        """Restart what has fallen and whose time has come: slower each time it falls again."""
        for child in self._children:
            self._look_after(child, time.monotonic())
            _put_away(self._logs / f"{child.name}.log")

    def end(self) -> None:
        """Ask every child to end, last started first, and make sure it does."""
        running = [child for child in reversed(self._children) if child.process is not None]
        for child in running:
            _ask_to_end(child)
        deadline = time.monotonic() + GRACE_S
        for child in running:
            _make_sure_it_ended(child, max(0.1, deadline - time.monotonic()))

    def _spawn(self, child: Child) -> None:
        child.log_file = child.log_file or (self._logs / f"{child.name}.log").open("ab")
        child.process = subprocess.Popen(
            [sys.executable, "-m", "app", *child.arguments],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=child.log_file,
            stderr=child.log_file,
            start_new_session=True,
        )
        child.started_at = time.monotonic()

    def _look_after(self, child: Child, now: float) -> None:
        if child.process is None:
            if child.restart_at and now >= child.restart_at:
                self._try_again(child, now)
            return
        code = child.process.poll()
        if code is None:
            return
        _close_stdin(child.process)
        child.process = None
        if child.once:
            return
        if now - child.started_at > HEALTHY_AFTER_S:
            child.restart_after_s = FIRST_RESTART_S
        log.warning("%s ended with code %s; starting it again (see %s.log)", child.name, code, child.name)
        _later(child, now)

    def _try_again(self, child: Child, now: float) -> None:
        try:
            self._spawn(child)
        except OSError as error:  # no memory, no room for its log: the others go on, and it is tried again
            log.warning("%s cannot be started (%s)", child.name, error)
            _later(child, now)
        else:
            child.restart_at = 0.0


def _later(child: Child, now: float) -> None:
    child.restart_at = now + child.restart_after_s
    child.restart_after_s = min(child.restart_after_s * 2, SLOWEST_RESTART_S)


def _put_away(log_file: Path) -> None:
    """Make room in a log that has grown; the child goes on writing to the same file, from its new end."""
    if not log_file.exists() or log_file.stat().st_size < LOG_BYTES:
        return
    try:
        shutil.copyfile(log_file, log_file.with_name(f"{log_file.name}.1"))
    except OSError as error:
        log.warning("%s cannot be put away (%s) and begins anew", log_file, error.strerror)
    os.truncate(log_file, 0)


def _ask_to_end(child: Child) -> None:
    if child.process is not None and child.process.poll() is None:
        child.process.terminate()


def _make_sure_it_ended(child: Child, wait_s: float) -> None:
    process = child.process
    if process is None:
        return
    try:
        process.wait(wait_s)
    except subprocess.TimeoutExpired:
        log.warning("%s did not end in time and is ended by force", child.name)
        process.kill()
        process.wait()
    _close_stdin(process)
    child.process = None
    if child.log_file is not None:
        child.log_file.close()


def _close_stdin(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
