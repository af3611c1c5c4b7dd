"""What the embedded broker and Mosquitto promise to a collector: sessions, order, windows, refusals."""

from __future__ import annotations

import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from core.errors import StartError
from ingest.broker import start_broker

pytestmark = pytest.mark.broker

ROOT = Path(__file__).parents[2]


class Peer:
    """A paho client of MQTT 3.1.1 that queues what arrives and acks only by hand."""

    def __init__(self, port: int, client_id: str, *, clean: bool = False, will: tuple[str, str] | None = None) -> None:
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean, manual_ack=True
        )
        self.client.max_inflight_messages_set(1000)
        self.arrived: queue.SimpleQueue[mqtt.MQTTMessage] = queue.SimpleQueue()
        self.session_present: bool | None = None
        self.down = threading.Event()
        connected, self.subscribed = threading.Event(), threading.Event()

        def on_connect(_client, _data, flags, _reason, _properties):
            self.session_present = flags.session_present
            connected.set()

        self.client.on_connect = on_connect
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_disconnect = lambda *_: self.down.set()
        self.client.on_message = lambda _client, _data, message: self.arrived.put(message)
        if will:
            self.client.will_set(will[0], will[1], qos=1, retain=True)
        self.client.connect("127.0.0.1", port, 30)
        self.client.loop_start()
        assert connected.wait(20)

    def subscribe(self, topic: str) -> None:
        self.subscribed.clear()
        self.client.subscribe(topic, 1)
        assert self.subscribed.wait(20)

    def publish(self, topic: str, payload: bytes | str, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, 1, retain).wait_for_publish(20)

    def take(self, count: int, *, ack: bool) -> list[mqtt.MQTTMessage]:
        messages = []
        for _ in range(count):
            message = self.arrived.get(timeout=20)
            if ack:
                self.client.ack(message.mid, message.qos)
            messages.append(message)
        return messages

    def cut(self) -> None:
        """End without DISCONNECT, as a killed process does."""
        self.client.loop_stop()
        sock = self.client.socket()
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
        self.client._sock_close()

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_port_taken_is_one_clear_error_with_a_hint(embedded_broker):
    with pytest.raises(StartError, match=f"{embedded_broker.port}.*in use") as caught:
        start_broker(embedded_broker.port)
    assert "--mqtt-port" in caught.value.hint
    assert embedded_broker.running


def test_host_that_is_not_ours_is_refused():
    with pytest.raises(StartError, match=r"192\.0\.2\.1"):
        start_broker(18_830, host="192.0.2.1")


def test_stop_frees_the_port_and_is_repeatable(start_embedded):
    first = start_embedded()
    first.stop()
    first.stop()
    second = start_embedded(first.port)
    assert second.running
    assert not first.running
    assert second.url == f"mqtt://127.0.0.1:{first.port}"


def test_broker_ends_with_a_killed_starter():
    script = "import sys, ingest.broker as b; x = b.start_broker(); print(x.pid, flush=True); sys.stdin.read()"
    starter = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert starter.stdin is not None
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    ended = os.pidfd_open(pid)
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdin.close()
    starter.stdout.close()
    with os.fdopen(ended) as handle:
        assert select.select([handle], [], [], 20)[0], "the broker outlived its starter"


def test_unacked_messages_come_again_in_order_after_a_cut(broker):
    reader, writer = Peer(broker.port, "reader"), Peer(broker.port, "writer", clean=True)
    reader.subscribe("a/#")
    for number in range(50):
        writer.publish("a/b", str(number))
    reader.take(20, ack=True)
    reader.take(30, ack=False)
    reader.cut()
    writer.publish("a/b", "50")
    again = Peer(broker.port, "reader")
    assert again.session_present
    payloads = [int(message.payload) for message in again.take(51 - 20, ack=True)]
    assert payloads[-31:] == list(range(20, 51))
    again.leave()
    writer.leave()


def test_messages_for_an_absent_session_wait(broker):
    reader = Peer(broker.port, "reader")
    reader.subscribe("wait/+/reading")
    reader.leave()
    writer = Peer(broker.port, "writer", clean=True)
    infos = [writer.client.publish(f"wait/{number % 7}/reading", str(number), 1) for number in range(5_000)]
    for info in infos:
        info.wait_for_publish(30)
    again = Peer(broker.port, "reader")
    assert [int(message.payload) for message in again.take(5_000, ack=True)] == list(range(5_000))
    again.leave()
    writer.leave()


def test_delivery_stops_at_the_window_and_goes_on_with_acks(embedded_broker):
    reader, writer = Peer(embedded_broker.port, "reader"), Peer(embedded_broker.port, "writer", clean=True)
    reader.subscribe("w/#")
    infos = [writer.client.publish("w/x", str(number), 1) for number in range(300)]
    for info in infos:
        info.wait_for_publish(20)
    held = reader.take(100, ack=False)
    assert reader.arrived.empty()
    for message in held:
        reader.client.ack(message.mid, 1)
    assert [int(message.payload) for message in reader.take(200, ack=True)] == list(range(100, 300))
    reader.leave()
    writer.leave()


def test_embedded_broker_drops_a_client_that_acks_out_of_order(embedded_broker):
    reader, writer = Peer(embedded_broker.port, "reader"), Peer(embedded_broker.port, "writer", clean=True)
    reader.subscribe("o/#")
    for number in range(5):
        writer.publish("o/x", str(number))
    third = reader.take(3, ack=False)[-1]
    reader.client.ack(third.mid, 1)
    assert reader.down.wait(20)
    reader.leave()
    writer.leave()


def test_ten_megabytes_arrive_to_be_judged(broker):
    reader, writer = Peer(broker.port, "reader"), Peer(broker.port, "writer", clean=True)
    reader.subscribe("big/#")
    writer.publish("big/x", b"x" * 10_000_000)
    assert len(reader.take(1, ack=True)[0].payload) == 10_000_000
    reader.leave()
    writer.leave()


def test_retained_status_and_last_will(broker):
    device = Peer(broker.port, "device", clean=True, will=("yukimori/obanazawa/d1/status", "offline"))
    device.publish("yukimori/obanazawa/d1/status", "online", retain=True)
    reader = Peer(broker.port, "reader", clean=True)
    reader.subscribe("yukimori/+/+/status")
    first = reader.take(1, ack=True)[0]
    assert (first.payload, first.retain) == (b"online", True)
    device.cut()
    second = reader.take(1, ack=True)[0]
    assert (second.payload, second.retain) == (b"offline", False)
    reader.leave()


def test_topics_may_be_japanese_and_hold_blanks(broker):
    reader, writer = Peer(broker.port, "reader", clean=True), Peer(broker.port, "writer", clean=True)
    reader.subscribe("yukimori/+/+/reading")
    writer.publish("yukimori/尾花沢/水路 一/reading", "{}")
    assert reader.take(1, ack=True)[0].topic == "yukimori/尾花沢/水路 一/reading"
    reader.leave()
    writer.leave()


def test_mosquitto_keeps_session_and_messages_over_a_restart(start_mosquitto):
    broker = start_mosquitto()
    reader = Peer(broker.port, "reader")
    reader.subscribe("r/#")
    reader.leave()
    writer = Peer(broker.port, "writer", clean=True)
    for number in range(100):
        writer.publish("r/x", str(number))
    writer.leave()
    broker.stop()
    start_mosquitto(broker.port)
    again = Peer(broker.port, "reader")
    assert again.session_present
    assert [int(message.payload) for message in again.take(100, ack=True)] == list(range(100))
    again.leave()


def test_embedded_broker_forgets_sessions_when_it_ends(start_embedded):
    broker = start_embedded()
    reader = Peer(broker.port, "reader")
    reader.subscribe("r/#")
    reader.leave()
    broker.stop()
    start_embedded(broker.port)
    again = Peer(broker.port, "reader")
    assert again.session_present is False
    again.leave()
