"""uvicorn with our manners: says at once why it cannot start, ends streams before it stops."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn
from fastapi import FastAPI

from core.errors import StartError
from web.parts import Parts
from web.ports import bound_socket


class WebServer:
    """A listening server; the port is taken when this is made, requests are answered once it runs.

    ``port`` 0 takes a free one; ``address`` says which. Raises StartError where the port cannot be had.
    As a context manager it runs in a thread of its own until the block ends.
    """

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._socket = bound_socket(host, port)
        self._place: tuple[str, int] = self._socket.getsockname()[:2]
        self._parts: Parts = app.state.parts
        settings = self._parts.settings
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.proxies),
            forwarded_allow_ips=settings.proxies,
            timeout_graceful_shutdown=int(settings.stop_within.total_seconds()),
        )
        self._server = _Server(config, self._parts)
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where it can be reached from this machine, as an address to open."""
        host, port = self._place
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound
        return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"

    def run(self, stop: threading.Event | None = None) -> None:
        """Serves in this thread until ``stop`` is set or ``stop()`` is called; signals are left alone."""
        self._server.stop_asked = stop
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Asks the server to end: streams first, then answers under way, then the rest."""
        self._server.should_exit = True

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.run, name="web-server", daemon=True)
        self._thread.start()
        self._server.listening.wait()
        if not self._server.started:
            raise StartError("starting the web server failed", hint="the log says why")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if self._thread is not None:
            self._thread.join()


def serve(app: FastAPI, host: str, port: int, *, stop: threading.Event | None = None) -> None:
    """Serves until ``stop`` is set. Raises StartError at once where the port cannot be had."""
    WebServer(app, host, port).run(stop)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, parts: Parts) -> None:
        super().__init__(config)
        self._parts = parts
        self.stop_asked: threading.Event | None = None
        self.listening = threading.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """As its base; whoever waits for the start is woken even where it fails."""
        try:
            super().run(sockets)
        finally:
            self.listening.set()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """As its base, without taking the process's signals: those are the caller's."""
        await self._serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As its base, and tells who waits."""
        await super().startup(sockets)
        self.listening.set()

    async def on_tick(self, counter: int) -> bool:
        """As its base, and looks whether the caller wants an end."""
        wanted = self.stop_asked is not None and self.stop_asked.is_set()
        return await super().on_tick(counter) or wanted

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As its base, after telling the streams: they would never end by themselves."""
        self._parts.hub.close()
        await super().shutdown(sockets)
