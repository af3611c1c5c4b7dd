"""Stand-ins that speak the real protocols over sockets: LINE with its retry keys, a mail server, a checker of heartbeats."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections import Counter
from contextlib import suppress
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class _Http:
    """A server of HTTP on a port of its own, from ``_serve`` until ``close``."""

    def _serve(self, handler: type[_Quiet]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Line(_Http):
    """LINE's Messaging API: what was accepted under a retry key is not accepted again (409); now and then it accepts and
    says 500 all the same."""

    def __init__(self, chance: random.Random) -> None:
        self.accepted: Counter[str] = Counter()
        self.repeats: Counter[str] = Counter()
        self._lock = threading.Lock()
        line = self

        class Handler(_Quiet):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status = line._take(self.headers["X-Line-Retry-Key"], chance.random())
                threading.Event().wait(chance.random() * 0.03)
                try:
                    self.send_response(status)
                    self.send_header("X-Line-Request-Id", "r")
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"{}")
                except OSError:
                    self.close_connection = True  # the sender was killed while it waited

        self._serve(Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def _take(self, key: str, luck: float) -> int:
        with self._lock:
            if self.accepted[key]:
                self.repeats[key] += 1
                return 409
            if luck < 0.1:
                return 503
            self.accepted[key] += 1
            return 500 if luck < 0.25 else 200


class Checker(_Http):
    """A dead man's switch outside the house: it takes heartbeats and knows for how long it has heard none.

    ``status`` is what it answers; what it does not answer with 200 it has not heard.
    """

    def __init__(self) -> None:
        self.status = 200
        self.heard: list[dict[str, Any]] = []
        self._heard_at = time.monotonic()
        checker = self

        class Handler(_Quiet):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status = checker._take(body)
                with suppress(OSError):  # the sender may be gone
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

        self._serve(Handler)

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def quiet_s(self) -> float:
        """For how long it has heard nothing."""
        return time.monotonic() - self._heard_at

    def _take(self, body: dict[str, Any]) -> int:
        if self.status == 200:
            self._heard_at = time.monotonic()
            self.heard.append({"status": body["status"], **body["yukimori"]["details"]})
        return self.status


class _AnyPort(Controller):
    """The controller looks for itself at the port it was given; with port 0 it has to learn which one it got."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Mail:
    """A mail server that thinks for a moment before it answers, and sometimes asks to come back later."""

    def __init__(self, chance: random.Random) -> None:
        self.accepted: Counter[str] = Counter()
        self._chance = chance
        self._controller = _AnyPort(self, hostname="127.0.0.1", port=0, ready_timeout=30)
        self._controller.start()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self._chance.random() < 0.1:
            return "451 come back later"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.accepted[str(mail["Message-ID"])] += 1
        await asyncio.sleep(self._chance.random() * 0.05)
        return "250 OK"

    def close(self) -> None:
        self._controller.stop()
