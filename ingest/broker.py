"""The embedded MQTT broker: rumqttd from the ``iotcore`` wheel, in a process of its own.

For one machine, demonstrations and tests; a town in service uses Mosquitto (``ingest.broker_config``).
What this broker does was measured with iotcore 0.4, paho 2 and Python 3.11:

- A listener speaks one protocol version. Ours speaks MQTT 3.1.1; a CONNECT of MQTT 5 is closed unanswered.
- At most 100 QoS 1 messages are in flight to a client; neither ``max_inflight_count`` nor the Receive Maximum of
  MQTT 5 changes that. Delivery rate ≤ 100 ÷ (time from receipt to ack).
- Acks must come in the order of delivery: one out of order, or unknown, ends the connection.
- A persistent session survives any end of the connection: what was not acked is delivered again from the first such
  message on, in order, without the DUP flag, with packet ids that start at 1 again.
- Messages for an absent session wait in a log in memory, one a subscribed filter, bounded by bytes; the oldest segment
  is dropped when it is full, in silence. 1.1 million readings of 110 bytes came through whole at 340 bytes of memory
  each. The log is kept, not trimmed, when its messages are delivered: memory grows to the bound and stays.
- Nothing is on disk: with the process go sessions, waiting and retained messages.
- A payload above ``max_payload_size`` or a topic that is not UTF-8 ends the connection of its publisher. The bound is
  set far above the limit of the site, so that too large messages arrive and are set aside with a reason.
- Retained messages, last will, ``+``, ``#`` and topics of any script work. Overlapping filters of one client deliver a
  message once each. An empty client id, ``+$#/`` in it and a keep-alive of 0 are refused.
- No passwords: it listens on the loopback address only.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import StartError

MAX_PAYLOAD_BYTES = 16 * 1024 * 1024
"""The largest payload the embedded broker takes."""

LOG_BYTES = 192 * 1024 * 1024
"""How much waits for an absent client, a filter: 1.4 million readings of 140 bytes with their topic."""

_SEGMENTS = 24
_POLL_S = 0.02

_CONFIG = """\
id = 0

[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = {segment_bytes}
max_segment_count = {segments}

[v4.1]
name = "native"
listen = "{host}:{port}"
next_connection_delay_ms = 1

[v4.1.connections]
connection_timeout_ms = 10000
max_payload_size = {payload_bytes}
max_inflight_count = 100
"""


class EmbeddedBroker:
    """A running broker. Also a context manager that stops it. Raises StartError where it does not come up."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self.host = host
        self.port = port
        self._timeout_s = timeout_s
        self._process = self._started()

    @property
    def url(self) -> str:
        """``mqtt://host:port``."""
        return f"mqtt://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        """The id of the broker's process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def restart(self) -> None:
        """Start it again on the same port, without what it held; raises StartError as ``start_broker`` does."""
        self.stop()
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        _require_free(self.host, self.port)
        with tempfile.TemporaryDirectory(prefix="yukimori-broker-") as folder:
            config, words = Path(folder) / "broker.toml", Path(folder) / "stderr"
            config.write_text(_config_text(self.host, self.port), encoding="utf-8")
            process = _spawn(config, words)
            try:
                _await_listening(process, (self.host, self.port), words, self._timeout_s)
            except BaseException:
                _end(process)
                raise
        return process

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the process and free its port; harmless when it is gone already."""
        _end(self._process, timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_broker(port: int = 0, host: str = "127.0.0.1", *, timeout_s: float = 15.0) -> EmbeddedBroker:
    """The broker, listening for MQTT 3.1.1 on ``host``:``port``; port 0 takes a free one.

    It ends with ``stop()``, and by itself when the starting process ends; an interrupt typed at the
    terminal does not reach it. Raises StartError when the port is taken or the broker does not come up.
    """
    return EmbeddedBroker(host, port or _free_port(host), timeout_s)


def _config_text(host: str, port: int) -> str:
    return _CONFIG.format(
        host=host,
        port=port,
        segment_bytes=LOG_BYTES // _SEGMENTS,
        segments=_SEGMENTS,
        payload_bytes=MAX_PAYLOAD_BYTES,
    )


def _spawn(config: Path, words: Path) -> subprocess.Popen[bytes]:
    # -P: the folder of the script must not shadow modules. Own session: Ctrl-C is for the starter, which stops it last.
    with words.open("wb") as stderr:
        return subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("broker_child.py")), str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise StartError(
                f"cannot start the embedded broker on {host}:{port}: {error}",
                hint="choose another port with --mqtt-port, or name the broker that is running in MQTT_URL",
            ) from error


def _end(process: subprocess.Popen[bytes], timeout_s: float = 5.0) -> None:
    process.terminate()
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _await_listening(process: subprocess.Popen[bytes], place: tuple[str, int], words: Path, timeout_s: float) -> None:
    shown = f"{place[0]}:{place[1]}"
    deadline = time.monotonic() + timeout_s
    while not _listens(place):
        if process.poll() is not None:
            lines = words.read_text("utf-8", "replace").split("\n")
            raise StartError(
                f"the embedded broker ended at its start on {shown}: {lines[-2:][0]}",
                hint="choose another port with --mqtt-port, or name a broker in MQTT_URL",
            )
        if time.monotonic() > deadline:
            raise StartError(
                f"the embedded broker did not listen on {shown} within {timeout_s:.0f} s",
                hint="look whether the machine is overloaded and start again",
            )
        time.sleep(_POLL_S)


def _listens(place: tuple[str, int]) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(place, timeout=1.0):
        return True
    return False
