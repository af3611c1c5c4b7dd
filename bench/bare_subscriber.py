"""The measure of ``bench.ingest``: a paho subscriber that acknowledges each message and does nothing else.

    python -m bench.bare_subscriber BROKER CLIENT_ID TOPIC COUNT

It connects with the settings of the collector's session (MQTT 3.1.1, persistent session, QoS 1, manual ack)
and prints how many seconds lay between the first and the last of COUNT messages. COUNT 0 only subscribes.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from core.broker_address import BrokerAddress


class BareSubscriber:
    """Counts and acknowledges; ends after ``wanted`` messages, or once subscribed where none are wanted."""

    def __init__(self, address: BrokerAddress, client_id: str, topic: str, wanted: int) -> None:
        self._address = address
        self._topic = topic
        self._wanted = wanted
        self._count = 0
        self._first = self._last = 0.0
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id, clean_session=False, protocol=mqtt.MQTTv311, manual_ack=True
        )
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def run(self) -> float:
        """Seconds from the first to the last message."""
        self._client.connect(self._address.host, self._address.port)
        self._client.loop_forever()
        return self._last - self._first

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe(self._topic, 1)

    def _on_subscribe(self, client: mqtt.Client, *_: Any) -> None:
        if not self._wanted:
            client.disconnect()

    def _on_message(self, client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        if not self._count:
            self._first = time.perf_counter()
        self._count += 1
        client.ack(message.mid, message.qos)
        if self._count == self._wanted:
            self._last = time.perf_counter()
            client.disconnect()


def main() -> None:
    broker, client_id, topic, wanted = sys.argv[1:]
    print(BareSubscriber(BrokerAddress.parse(broker), client_id, topic, int(wanted)).run())


if __name__ == "__main__":
    main()
