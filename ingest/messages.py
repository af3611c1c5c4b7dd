"""What comes in and what codecs make of it: a raw message, then readings, fixes, uplinks and statuses.

Nothing here knows the site: a device is only the name its topic gives it, a unit only what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from config.model import Limits, Source
from core.errors import DecodeError
from core.model import DeviceId, QualityReason, Task

TOPIC_BYTES = 512
"""Longer topics are refused; MQTT allows 65 535 bytes, no device needs them."""

_APART = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Message:
    """What the broker delivered: raw topic and payload bytes and the instant of arrival (aware, UTC).

    ``repeated`` says that the broker sends it a second time (MQTT's DUP), ``packet_id`` is its number then as before.
    ``client`` is whose session it came from, empty where it is the collector's own: packet numbers are of a session.
    ``place`` is its place among those read from the socket together, which share the instant.
    """

    topic: bytes
    payload: bytes
    received_at: datetime
    qos: int = 0
    retain: bool = False
    repeated: bool = False
    packet_id: int = 0
    client: str = ""
    place: int = 0

    @property
    def own_arrival(self) -> datetime:
        """The arrival with a microsecond for each message before it: no other message of the session has it.

        Messages without a time are told apart by it, the same each time they are read, also out of the spool.
        """
        return self.received_at + self.place * _APART if self.place else self.received_at

    @property
    def topic_text(self) -> str:
        """The topic as text; raises DecodeError ``bad-topic`` (see ``topic_text``)."""
        return topic_text(self.topic)


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value as the device gave it, in the device's own unit.

    ``at`` None: the device gave no time. ``value`` None: the device says it has no value; ``fault`` may
    say why (``SENSOR_FAULT``, ``NO_TARGET``). ``fault`` also carries ``CLOCK_REPAIRED`` where ``at`` is
    not the time the message claimed.
    """

    device: DeviceId
    at: datetime | None
    quantity: str
    value: float | None
    unit: str
    fault: QualityReason = QualityReason.NONE


@dataclass(frozen=True, slots=True)
class Fix:
    """A position in degrees (WGS 84) as the device gave it; range and area are not judged here."""

    device: DeviceId
    at: datetime | None
    lon: float
    lat: float
    speed_kmh: float | None = None
    heading_deg: float | None = None
    accuracy_m: float | None = None
    task: Task | None = None
    fault: QualityReason = QualityReason.NONE


@dataclass(frozen=True, slots=True)
class Uplink:
    """A LoRaWAN frame, to be read by the model of its device (``ingest.devices.read_uplink``).

    ``data`` are the raw bytes, preferred over ``decoded``, the network server's own decode, so that one
    frame gives equal rows through every server. Both None is a frame without payload: proof of life.
    """

    device: DeviceId
    at: datetime | None
    f_port: int | None
    data: bytes | None
    decoded: Mapping[str, Any] | None
    fault: QualityReason = QualityReason.NONE
    frame: int | None = None
    gateways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """The device, or the broker for it (last will), says whether it is online; ``at`` None: now, on arrival."""

    device: DeviceId
    online: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Numbered:
    """The device's own count of its messages, one more with each: what is missing between two was lost on the way.

    ``at`` is the time of that message, None where it gave none.
    """

    device: DeviceId
    number: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Refused:
    """One element of an array that cannot be read while its neighbours can; ``reason`` as in ``core.reasons``."""

    device: DeviceId
    reason: str
    detail: str


Decoded = Reading | Fix | Uplink | Status | Numbered | Refused


@dataclass(frozen=True, slots=True)
class CodecOptions:
    """What a source allows its messages: the zone of zone-less times (None refuses them), and sizes.

    ``settings`` is what the codec's ``read_settings`` made of those of the source.
    """

    naive_time_zone: tzinfo | None = None
    readings_per_message: int = 1_000
    payload_bytes: int = 65_536
    settings: Any = None

    @classmethod
    def of(cls, source: Source, limits: Limits, codec: Codec) -> CodecOptions:
        """The options of one source of a site; built once, not per message."""
        zone = None if source.naive_time_zone is None else ZoneInfo(source.naive_time_zone)
        return cls(zone, limits.readings_per_message, limits.payload_bytes, codec.read_settings(source.settings))


def no_settings(settings: Mapping[str, Any]) -> None:
    """For a codec that has none; raises ValueError where some are given."""
    if settings:
        raise ValueError(f"this codec has no settings, found {', '.join(sorted(settings))}")


@dataclass(frozen=True, slots=True)
class Codec:
    """A payload format: ``decode(message, topic, options)`` gives what the message says.

    The device is taken from the topic. Raises DecodeError with a code of ``core.reasons``, and nothing else.
    ``read_settings`` checks the settings of a source and gives what ``decode`` finds in ``options.settings``; it
    raises ValueError with one line that names the key.
    """

    name: str
    decode: Callable[[Message, str, CodecOptions], Sequence[Decoded]]
    read_settings: Callable[[Mapping[str, Any]], Any] = no_settings


@lru_cache(maxsize=4096)
def topic_text(topic: bytes) -> str:
    """The topic as text.

    Raises DecodeError ``bad-topic`` for what is not UTF-8, is too long, has an empty level, or holds a
    wildcard or a control character. One slash before the first level is taken: FIWARE devices write it.
    """
    if len(topic) > TOPIC_BYTES:
        raise DecodeError("bad-topic", f"the topic has {len(topic)} bytes; at most {TOPIC_BYTES} are taken")
    try:
        text = topic.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError("bad-topic", f"the topic is not UTF-8: {topic[:80]!r}") from error
    if "" in text.removeprefix("/").split("/"):
        raise DecodeError("bad-topic", f"the topic has an empty level: {text[:80]!r}")
    if not text.isprintable() or "+" in text or "#" in text:
        raise DecodeError("bad-topic", f"the topic holds a wildcard or a control character: {text[:80]!r}")
    return text
