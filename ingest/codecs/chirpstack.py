"""ChirpStack v4 integration events, JSON: ``application/<app>/device/<dev_eui>/event/<event>``.

Field names and what is left out where it is zero: ChirpStack documentation, integration events.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from core.errors import DecodeError
from core.model import DeviceId, QualityReason
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.messages import Codec, CodecOptions, Decoded, Message, Status, Uplink

AHEAD = timedelta(minutes=5)
BEHIND = timedelta(days=1)
"""How far the gateway's clock may be from the network server's before it is not believed.

A gateway that was cut off hands its frames on late, so behind is no mistake for a day.
"""

LORAWAN_BEGAN = datetime(2015, 1, 1, tzinfo=UTC)
"""No frame is older; gateways without a satellite fix say 1970 or 1980."""

_ALIVE = frozenset({"join", "status", "ack"})
_V3_KEYS = frozenset({"applicationID", "devEUI", "objectJSON"})


def _decode(message: Message, topic: str, options: CodecOptions) -> Sequence[Decoded]:
    device, event = _device_and_event(topic)
    body = fields.as_object(strict_json.parse(message.payload, options.payload_bytes), "the event")
    _check_device(body, device)
    if event == "up":
        return (_uplink(message, body, device),)
    if event in _ALIVE and body.get("acknowledged", event != "ack"):
        return (Status(device, online=True, at=_time(body, "time")),)
    raise DecodeError("unsupported", f"a ChirpStack event of kind {event!r} measures nothing")


def _device_and_event(topic: str) -> tuple[DeviceId, str]:
    levels = topic.split("/")
    if len(levels) != 6 or (levels[0], levels[2], levels[4]) != ("application", "device", "event"):
        raise DecodeError("bad-topic", f"not application/<app>/device/<dev_eui>/event/<event>: {topic!r}")
    return DeviceId(levels[3]), levels[5]


def _check_device(body: fields.Body, device: DeviceId) -> None:
    if "deviceInfo" not in body and not _V3_KEYS.isdisjoint(body):
        raise DecodeError("unsupported", "chirpstack-v3: an event of ChirpStack 3; only version 4 is read")
    info = fields.as_object(body.get("deviceInfo"), "deviceInfo")
    fields.same_device(device.lower(), fields.text(info, "devEui").lower(), "deviceInfo.devEui")


def _uplink(message: Message, body: fields.Body, device: DeviceId) -> Uplink:
    decoded = body.get("object")
    if decoded is not None:
        decoded = fields.as_object(decoded, "object")
    at, fault = _believed_time(message, body)
    f_port, frame = fields.whole(body, "fPort", 0), fields.count(body, "fCnt", 0)
    return Uplink(device, at, f_port, fields.octets(body, "data"), decoded, fault, frame, _gateways(body))


def _believed_time(message: Message, body: fields.Body) -> tuple[datetime | None, QualityReason]:
    """When the frame was heard: ``time`` is the gateway's clock, checked against the network server's.

    Without the server's clock the arrival (None) has to do where the gateway's is certainly wrong: a message
    may arrive long after its frame was heard, never before.
    """
    gateway, server = _time(body, "time"), _server_time(body)
    if gateway is None:
        return server, QualityReason.NONE
    if server is not None and not -AHEAD <= server - gateway <= BEHIND:
        return server, QualityReason.CLOCK_REPAIRED
    if server is None and not LORAWAN_BEGAN <= gateway <= message.received_at + AHEAD:
        return None, QualityReason.CLOCK_REPAIRED
    return gateway, QualityReason.NONE


def _server_time(body: fields.Body) -> datetime | None:
    """The network server's clock at the first gateway that has it (``nsTime``, ChirpStack 4.6 and later)."""
    times = (_time(gateway, "nsTime") for gateway in fields.objects(body, "rxInfo"))
    return next((time for time in times if time is not None), None)


def _gateways(body: fields.Body) -> tuple[str, ...]:
    """The gateways that heard the frame, each once."""
    heard = [
        fields.text(gateway, "gatewayId") for gateway in fields.objects(body, "rxInfo") if gateway.get("gatewayId")
    ]
    return tuple(dict.fromkeys(heard))


def _time(body: fields.Body, key: str) -> datetime | None:
    if body.get(key) is None:
        return None
    return fields.instant(fields.text(body, key), None)


CODEC = Codec("chirpstack", _decode)
