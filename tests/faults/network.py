"""A connection that fails in every way connections fail: a TCP proxy between two of ours."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

_CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER without waiting: closing sends a reset

Upstream = tuple[str, int] | str
"""Host and port, or the path of a Unix socket."""


class Proxy:
    """Passes on what comes to ``port`` of 127.0.0.1, until told otherwise. Close it in the end."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._lock = threading.Lock()
        self._pairs: list[_Pair] = []
        self._flow = threading.Event()
        self._flow.set()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self.accepted = 0
        self.delay_s = 0.0
        self.port = 0
        self._listen()

    @property
    def url(self) -> str:
        """Where a client of MQTT finds it."""
        return f"mqtt://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        self._deafen()
        self._reset_all()

    def mend(self) -> None:
        """Accept and pass on again."""
        self._flow.set()
        self._listen()

    def hold(self) -> None:
        """Pass nothing on; connections stay open and new ones are accepted, as by a machine that hangs."""
        self._flow.clear()

    def release(self) -> None:
        """Pass on again, what was held first."""
        self._flow.set()

    def strand(self) -> None:
        """Forget the connections there are without a word to either side, as a router that was restarted does."""
        with self._lock:
            for pair in self._pairs:
                pair.stranded.set()

    def reset(self) -> None:
        """Reset the connections there are; new ones are welcome."""
        self._reset_all()

    def close(self) -> None:
        """End everything; wait until it has ended."""
        self._closed = True
        self._flow.set()
        self._deafen()
        self._reset_all()
        for thread in self._threads:
            thread.join(10)

    def _listen(self) -> None:
        server = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = server.getsockname()[1]
        self._server = server
        self._start(self._accept, server)

    def _deafen(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._server.close()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                client, _address = server.accept()
            except OSError:
                return
            self.accepted += 1
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        self._flow.wait()
        try:
            upstream = _connected(self._upstream)
        except OSError:
            client.close()
            return
        pair = _Pair(client, upstream)
        with self._lock:
            self._pairs.append(pair)
        self._start(self._pump, pair, client, upstream)
        self._pump(pair, upstream, client)

    def _pump(self, pair: _Pair, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                self._flow.wait()
                if self.delay_s:
                    threading.Event().wait(self.delay_s)
                if not pair.stranded.is_set():
                    sink.sendall(data)
        if not pair.stranded.is_set() or self._closed:
            pair.close()

    def _reset_all(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.close()

    def _start(self, work, *arguments) -> None:
        thread = threading.Thread(target=work, args=arguments, name="proxy", daemon=True)
        self._threads.append(thread)
        thread.start()


class _Pair:
    """The two sides of a connection; ``stranded`` ones pass nothing on and are never closed by the other side."""

    def __init__(self, client: socket.socket, upstream: socket.socket) -> None:
        self._sides = (client, upstream)
        self.stranded = threading.Event()

    def close(self) -> None:
        """Reset both sides."""
        for side in self._sides:
            with suppress(OSError):
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
            side.close()


def _connected(upstream: Upstream) -> socket.socket:
    if not isinstance(upstream, str):
        return socket.create_connection(upstream, timeout=None)
    side = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        side.connect(upstream)
    except OSError:
        side.close()
        raise
    return side
