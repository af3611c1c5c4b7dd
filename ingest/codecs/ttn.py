"""The Things Stack v3: ``v3/<app>[@<tenant>]/devices/<id>/up`` and ``…/join``.

Field names: The Things Stack documentation, data formats. A frame's time is when the network server took
it (``uplink_message.received_at``): gateway clocks are not reliable there, and its ``timestamp`` is a
counter, not a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.errors import DecodeError
from core.model import DeviceId
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.messages import Codec, CodecOptions, Decoded, Message, Status, Uplink


def _decode(message: Message, topic: str, options: CodecOptions) -> Sequence[Decoded]:
    levels = topic.split("/")
    if len(levels) < 5 or (levels[0], levels[2]) != ("v3", "devices"):
        raise DecodeError("bad-topic", f"not v3/<app>/devices/<id>/<kind>: {topic!r}")
    application, device, kind = levels[1].partition("@")[0], DeviceId(levels[3]), "/".join(levels[4:])
    body = fields.as_object(strict_json.parse(message.payload, options.payload_bytes), "the message")
    _check_device(body, application, device)
    if body.get("simulated"):
        raise DecodeError("simulated", "made by the network server's console, not by a device")
    if kind == "up":
        return (_uplink(body, device),)
    if kind == "join":
        return (Status(device, online=True, at=_time(body)),)
    raise DecodeError("unsupported", f"a message of kind {kind!r} measures nothing")


def _check_device(body: fields.Body, application: str, device: DeviceId) -> None:
    ids = fields.as_object(body.get("end_device_ids"), "end_device_ids")
    fields.same_device(device, fields.text(ids, "device_id"), "end_device_ids.device_id")
    if "application_ids" in ids:
        named = fields.as_object(ids["application_ids"], "application_ids")
        fields.same_device(application, fields.text(named, "application_id"), "application_id")


def _uplink(body: fields.Body, device: DeviceId) -> Uplink:
    uplink = fields.as_object(body.get("uplink_message"), "uplink_message")
    decoded = uplink.get("decoded_payload")
    if decoded is not None:
        decoded = fields.as_object(decoded, "decoded_payload")
    data = fields.octets(uplink, "frm_payload")
    f_port, frame = fields.whole(uplink, "f_port", 0), fields.count(uplink, "f_cnt", 0)
    return Uplink(device, _time(uplink), f_port, data, decoded, frame=frame, gateways=_gateways(uplink))


def _gateways(uplink: fields.Body) -> tuple[str, ...]:
    """The gateways that heard the frame, each once."""
    ids = [
        fields.as_object(heard.get("gateway_ids") or {}, "gateway_ids")
        for heard in fields.objects(uplink, "rx_metadata")
    ]
    return tuple(dict.fromkeys(fields.text(found, "gateway_id") for found in ids if found.get("gateway_id")))


def _time(body: fields.Body) -> datetime | None:
    if body.get("received_at") is None:
        return None
    return fields.instant(fields.text(body, "received_at"), None)


CODEC = Codec("ttn", _decode)
