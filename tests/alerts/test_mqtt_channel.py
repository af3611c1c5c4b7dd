"""The MQTT channel on a real broker: a listener hears it once the broker has confirmed it."""

from __future__ import annotations

import json
import queue
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import paho.mqtt.client as mqtt
import pytest

from alerts.channels import mqtt as channel
from alerts.settings import channel_settings
from core.errors import ConfigError, NotifyError
from core.levels import Level
from ingest.broker import start_broker
from store.alert_rows import NotificationRow

NUMBER = UUID("6f0b8a3e-53c9-5d0f-9f3a-2c7a1b9d4e10")


@pytest.fixture(scope="module")
def broker():
    with start_broker(0) as running:
        yield running


@pytest.fixture
def heard(broker):
    messages, ready = queue.Queue(), queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: messages.put(message)
    client.on_subscribe = lambda *_: ready.put(True)
    client.on_connect = lambda *_: client.subscribe("town/signage", qos=1)
    client.connect("127.0.0.1", int(broker.url.rpartition(":")[2]))
    client.loop_start()
    ready.get(timeout=10)
    yield messages
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def notification(t0):
    facts = {"kind": "fired", "status": "firing", "level": "danger", "station": {"id": "harame"}, "exercise": False}
    texts = {"subject_ja": "危" * 300, "subject_en": "Danger", "text_ja": "…", "text_en": "…"}
    return NotificationRow(
        id=NUMBER,
        episode=NUMBER,
        seq=1,
        channel="signage",
        level=Level.DANGER,
        body=facts | texts | {"at": "2026-01-10T12:00:00+09:00"},
        queued_at=t0,
        deadline_at=t0 + timedelta(minutes=30),
        audience="residents",
    )


def test_a_listener_hears_it_with_its_id_and_its_end(broker, heard, notification):
    settings = channel_settings("mqtt", {"topic": "town/signage", "valid_minutes": 45})
    assert "confirmed" in channel.send(notification, settings, {"MQTT_URL": broker.url})
    message = heard.get(timeout=10)
    told = json.loads(message.payload)
    assert told["id"] == str(NUMBER)
    assert (told["level"], told["station"], told["exercise"]) == ("danger", "harame", False)
    assert told["valid_until"] == "2026-01-10T03:45:00Z"
    assert told["text_ja"].endswith("…")
    assert len(told["text_ja"]) == 200
    assert not message.retain


@pytest.mark.parametrize(
    ("status", "level", "standing", "shown"),
    [
        ("resolved", Level.CAUTION, "danger", ("firing", "danger", "bridge", "橋")),
        ("resolved", Level.DANGER, "caution", ("firing", "caution", "bridge", "橋")),
        ("firing", Level.CAUTION, "danger", ("firing", "danger", "bridge", "橋")),
        ("firing", Level.DANGER, "danger", ("firing", "danger", "harame", "原目")),
        ("resolved", Level.DANGER, None, ("resolved", "danger", "harame", "原目")),
    ],
)
def test_a_sign_never_looks_like_all_clear_while_another_alert_of_the_group_goes_on(
    notification, status, level, standing, shown
):
    other = {
        "status": "firing",
        "level": standing,
        "station": {"id": "bridge"},
        "subject_ja": "橋",
        "subject_en": "Bridge",
    }
    news = {"status": status, "subject_ja": "原目", "standing": None if standing is None else other}
    settings = channel_settings("mqtt", {"topic": "town/signage"})
    told = channel.document(replace(notification, level=level, body=notification.body | news), settings)
    assert (told["status"], told["level"], told["station"], told["text_ja"]) == shown


@pytest.mark.parametrize("url", ["mqtt://127.0.0.1:9", "mqtt://u:secret@127.0.0.1:9"])
def test_a_broker_that_is_away_is_tried_again_and_no_password_told(notification, url):
    settings = channel_settings("mqtt", {"topic": "town/signage"})
    with pytest.raises(NotifyError) as failed:
        channel.send(notification, settings, {"MQTT_URL": url})
    assert failed.value.retryable
    assert "secret" not in str(failed.value)


def test_an_address_that_is_none_is_final(notification):
    with pytest.raises(NotifyError) as failed:
        channel.send(notification, channel_settings("mqtt", {"topic": "t"}), {"MQTT_URL": "http://127.0.0.1"})
    assert not failed.value.retryable


@pytest.mark.parametrize("topic", ["", "town/#", "town/+/sign", "$SYS/x", "a\nb"])
def test_a_topic_nobody_can_publish_on_is_refused(topic):
    with pytest.raises(ConfigError):
        channel_settings("mqtt", {"topic": topic})
