"""A limit on a whole conversation: a time-out on each read does not stop a server that drips one byte at a time."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from threading import Lock, Timer
from types import TracebackType
from typing import Self


class Cutoff:
    """Ends the watched connections after ``seconds``; whoever waits on them then gets an end of stream.

    It works on a duplicate of the descriptor, so the library that owns the socket notices nothing but the end.
    """

    def __init__(self, seconds: float) -> None:
        self._lock = Lock()
        self._watched: list[socket.socket] = []
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True
        self.passed = False

    def watch(self, connection: socket.socket) -> None:
        """End this connection too when the time is over."""
        with self._lock:
            self._watched.append(socket.socket(fileno=os.dup(connection.fileno())))
        if self.passed:
            self._cut()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for watched in self._watched:
                watched.close()
            self._watched.clear()

    def _cut(self) -> None:
        self.passed = True
        with self._lock:
            for watched in self._watched:
                with suppress(OSError):
                    watched.shutdown(socket.SHUT_RDWR)
