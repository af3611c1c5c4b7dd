"""What the devices send: readings as messages of Yukimori, frames inside ChirpStack or The Things Stack.

The device's model says which bytes; its name says which network server: a device EUI of 16 hexadecimal
digits comes through ChirpStack, any other name through The Things Stack. Frames as the vendor's public decoders
read them (Milesight-IoT/SensorDecoders).
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.times import format_rfc3339
from ingest.simulate import chance

_EUI = re.compile(r"[0-9a-fA-F]{16}", re.ASCII)
_APPLICATION = "yukimori-demo"
_PORT = 85
_DISTANCE = {"em500-udl": b"\x03\x82", "em410-rdl": b"\x04\x82"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One value a device has to tell, in the unit given."""

    quantity: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message ready to go."""

    topic: str
    payload: bytes


def native_reading(site: str, device: str, at: datetime, values: Sequence[Measured]) -> Outgoing:
    """``yukimori/<site>/<device>/reading``: an object, an array where there are several values."""
    time = format_rfc3339(at)
    body = [{"at": time, "quantity": one.quantity, "value": one.value, "unit": one.unit} for one in values]
    return Outgoing(f"yukimori/{site}/{device}/reading", compact(body[0] if len(body) == 1 else body))


def sensor_frame(model: str, values: Sequence[Measured]) -> bytes:
    """The bytes of a Milesight distance sensor: battery %, temperature and distance mm, those that are given."""
    parts = []
    for one in values:
        if one.quantity == "battery":
            parts.append(b"\x01\x75" + bytes([round(one.value)]))
        elif one.quantity == "air_temperature":
            parts.append(b"\x03\x67" + round(one.value * 10).to_bytes(2, "little", signed=True))
        elif one.quantity == "distance":
            parts.append(_DISTANCE[model] + round(one.value).to_bytes(2, "little"))
    return b"".join(parts)


def tracker_frame(lon: float, lat: float, battery: int) -> bytes:
    """The bytes of an AT101: battery, normal attitude, position (latitude first) with unknown motion and fence."""
    place = round(lat * 1e6).to_bytes(4, "little", signed=True) + round(lon * 1e6).to_bytes(4, "little", signed=True)
    return b"\x01\x75" + bytes([battery]) + b"\x05\x00\x00" + b"\x04\x88" + place + b"\x20"


def uplink(seed: int, device: str, at: datetime, count: int, frame: bytes) -> Outgoing:
    """The frame as the network server of the device hands it on; ``count`` is the frame counter."""
    if _EUI.fullmatch(device):
        return _chirpstack(seed, device, at, count, frame)
    return _things_stack(seed, device, at, count, frame)


def _chirpstack(seed: int, device: str, at: datetime, count: int, frame: bytes) -> Outgoing:
    body: dict[str, Any] = {
        "deduplicationId": str(chance.identity(seed, device, count)),
        "time": _offset_time(at),
        "deviceInfo": {"applicationName": _APPLICATION, "deviceName": device, "devEui": device.lower()},
        "adr": True,
        "dr": 5,
        "fCnt": count,
        "fPort": _PORT,
        "confirmed": False,
        "data": b64encode(frame).decode(),
        "rxInfo": [{"gatewayId": "0200000000000001", "nsTime": _offset_time(at), "rssi": -87, "snr": 7.5}],
        "txInfo": {"frequency": 923200000},
    }
    return Outgoing(f"application/{_APPLICATION}/device/{device}/event/up", compact(body))


def _things_stack(seed: int, device: str, at: datetime, count: int, frame: bytes) -> Outgoing:
    time = format_rfc3339(at)
    body: dict[str, Any] = {
        "end_device_ids": {"device_id": device, "application_ids": {"application_id": _APPLICATION}},
        "correlation_ids": [f"as:up:{chance.identity(seed, device, count).hex}"],
        "received_at": time,
        "uplink_message": {
            "f_port": _PORT,
            "f_cnt": count,
            "frm_payload": b64encode(frame).decode(),
            "rx_metadata": [{"gateway_ids": {"gateway_id": "demo-gateway"}, "rssi": -91, "snr": 6.2}],
            "settings": {"frequency": "923200000"},
            "received_at": time,
        },
    }
    return Outgoing(f"v3/{_APPLICATION}@demo/devices/{device}/up", compact(body))


def _offset_time(at: datetime) -> str:
    """ChirpStack writes the offset of UTC as +00:00."""
    return format_rfc3339(at).replace("Z", "+00:00")


def compact(body: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """JSON in UTF-8 without blanks."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
