"""When a process ends: on SIGINT, SIGTERM and SIGHUP, and when the process that started it is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

WITH_PARENT = "YUKIMORI_WITH_PARENT"
"""Set for the processes ``yukimori run`` starts: their standard input is a pipe that closes with it."""


def stop_on_signals() -> threading.Event:
    """An event that is set when this process shall end; signal handlers and parent watch are installed."""
    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, ask_to_stop)
    signal.signal(signal.SIGTERM, ask_to_stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # the terminal was closed; `nohup` says to go on
        signal.signal(signal.SIGHUP, ask_to_stop)
    if os.environ.get(WITH_PARENT):
        threading.Thread(target=_wait_for_parent, args=(stop,), name="parent-watch", daemon=True).start()
    return stop


def _wait_for_parent(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stop.set()
