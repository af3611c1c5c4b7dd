"""MQTT: one JSON document on a topic of the town's own broker, for sirens, signage and whatever else listens there.

QoS 1: it counts as sent when the broker has confirmed it. The document carries the notification's id, so a listener that hears
it twice can tell, and ``valid_until``, after which a display shows nothing: an old danger left on a sign is a false one.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import Field, field_validator

from alerts.channel import Channel, ChannelSettings, Environment, secret
from core.broker_address import BrokerAddress
from core.errors import NotifyError, StartError
from core.levels import Level
from core.times import format_rfc3339
from store.alert_rows import NotificationRow

_SHORT_CHARS = 200
_LEVELS = {level.slug: level for level in Level}


class MqttSettings(ChannelSettings):
    """``topic`` without wildcards; ``url_env`` names the variable with the broker's address (mqtt:// or mqtts://).

    ``ca_file`` is the certificate of the authority of a broker that is not the town's own (that one: ``MQTT_CA_FILE``).

    ``retain`` leaves the newest message at the broker for listeners that come later, who must heed ``valid_until``:
    ``valid_minutes`` after the message was written. ``timeout_s`` is for the whole exchange.
    """

    topic: str = Field(min_length=1, max_length=200)
    url_env: str = "MQTT_URL"
    ca_file: str | None = None
    retain: bool = False
    valid_minutes: int = Field(default=60, ge=1, le=24 * 60)
    timeout_s: float = Field(default=10.0, gt=0, le=30)

    @field_validator("topic")
    @classmethod
    def _plain(cls, topic: str) -> str:
        if not topic.isprintable() or any(sign in topic for sign in "+#") or topic.startswith("$"):
            raise ValueError("a topic to publish on holds no +, no # and does not begin with $")
        return topic


def send(notification: NotificationRow, settings: MqttSettings, environment: Environment) -> str:
    """A word that the broker has confirmed it; raises NotifyError where it did not."""
    try:
        authority = settings.ca_file or environment.get("MQTT_CA_FILE") or None
        address = BrokerAddress.parse(secret(environment, settings.url_env), authority)
    except StartError as error:
        raise NotifyError(str(error), retryable=False, hint=error.hint) from error
    payload = json.dumps(document(notification, settings), ensure_ascii=False).encode()
    client = _client(address, notification)
    try:
        _connect(client, address, settings.timeout_s)
        _publish(client, settings, payload, address)
    finally:
        client.disconnect()
        client.loop_stop()
    return f"confirmed by {address}"


def document(notification: NotificationRow, settings: MqttSettings) -> dict[str, Any]:
    """What is published: enough for a sign or a siren, without the reasons.

    A sign shows one alert at a time: the news, unless a graver one of the same group goes on. That another is over must not
    look like all-clear.
    """
    level, facts = _shown(notification)
    until = notification.queued_at + timedelta(minutes=settings.valid_minutes)
    return {
        "id": str(notification.id),
        "exercise": bool(notification.body.get("exercise", False)),
        "purpose": notification.purpose,
        "audience": notification.audience,
        "kind": facts.get("kind", ""),
        "status": facts.get("status", ""),
        "level": level.slug,
        "station": facts.get("station", {}).get("id", ""),
        "text_ja": _short(facts.get("short_ja") or facts.get("subject_ja", "")),
        "text_en": _short(facts.get("short_en") or facts.get("subject_en", "")),
        "at": _time(facts.get("at"), notification.queued_at),
        "valid_until": format_rfc3339(until),
    }


def _shown(notification: NotificationRow) -> tuple[Level, Mapping[str, Any]]:
    """The alert that is shown, with its level."""
    news, standing = notification.body, notification.body.get("standing")
    if standing is None:
        return notification.level, news
    level = _LEVELS.get(standing.get("level"), notification.level)
    return (
        (level, standing)
        if news.get("status") == "resolved" or level > notification.level
        else (notification.level, news)
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHORT_CHARS else f"{text[: _SHORT_CHARS - 1]}…"


def _time(told: object, otherwise: datetime) -> str:
    return told if isinstance(told, str) else format_rfc3339(otherwise)


def _client(address: BrokerAddress, notification: NotificationRow) -> mqtt.Client:
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=f"yukimori-siren-{notification.id.hex[:12]}", clean_session=True
    )
    if address.username is not None:
        client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set_context(ssl.create_default_context(cafile=address.ca_file))
    return client


def _connect(client: mqtt.Client, address: BrokerAddress, timeout_s: float) -> None:
    answered, said = Event(), list[str]()

    def on_connect(_client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            said.append(str(reason))
        answered.set()

    client.on_connect = on_connect
    client.connect_timeout = timeout_s
    try:
        client.connect(address.host, address.port)
    except (OSError, ValueError) as error:
        raise NotifyError(f"the broker at {address} cannot be reached: {error}", retryable=True) from error
    client.loop_start()
    if not answered.wait(timeout_s) or said:
        why = said[0] if said else "no answer in time"
        raise NotifyError(f"the broker at {address} did not let us in: {why}", retryable=True)


def _publish(client: mqtt.Client, settings: MqttSettings, payload: bytes, address: BrokerAddress) -> None:
    handed = client.publish(settings.topic, payload, qos=1, retain=settings.retain)
    try:
        handed.wait_for_publish(settings.timeout_s)
    except (RuntimeError, ValueError) as error:
        raise NotifyError(f"the broker at {address} did not take it: {error}", retryable=True) from error
    if not handed.is_published():
        raise NotifyError(f"the broker at {address} did not confirm it in time", retryable=True)


CHANNEL = Channel(settings=MqttSettings, send=send, recognises_repeats=True)
