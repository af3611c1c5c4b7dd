"""OwnTracks on a phone in the cab: ``owntracks/<user>/<device>``; the device is ``<user>/<device>``.

Fields: OwnTracks booklet, JSON. Speed is km/h; −1 and what is left out are both "not known"; ``tst`` is the
time of the fix in seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import DecodeError
from core.model import DeviceId
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.messages import Codec, CodecOptions, Decoded, Fix, Message, Status


def _decode(message: Message, topic: str, options: CodecOptions) -> Sequence[Decoded]:
    levels = topic.split("/")
    if len(levels) < 3 or levels[0] != "owntracks":
        raise DecodeError("bad-topic", f"not owntracks/<user>/<device>: {topic!r}")
    device = DeviceId("/".join(levels[1:3]))
    body = fields.as_object(strict_json.parse(message.payload, options.payload_bytes), "the message")
    kind = fields.text(body, "_type")
    if kind == "encrypted":
        raise DecodeError("encrypted", "switch the encryption of the phone's app off, or use TLS to the broker alone")
    if len(levels) > 3 or kind not in ("location", "lwt"):
        raise DecodeError("unsupported", f"an OwnTracks message of type {kind[:40]!r} on {topic!r} is no position")
    if "topic" in body:
        fields.same_device(topic, fields.text(body, "topic"), "the body")
    if kind == "lwt":
        # Its tst is when the app connected, not when it was lost: the arrival is the better time.
        return (Status(device, online=False, at=None),)
    return (_fix(body, device),)


def _fix(body: fields.Body, device: DeviceId) -> Fix:
    return Fix(
        device,
        fields.epoch(fields.number(body, "tst")),
        fields.number(body, "lon"),
        fields.number(body, "lat"),
        speed_kmh=_known(body, "vel", 1_000.0),
        heading_deg=_known(body, "cog", 360.0),
        accuracy_m=_known(body, "acc", 1e7),
    )


def _known(body: fields.Body, key: str, high: float) -> float | None:
    return None if body.get(key) == -1 else fields.optional_number(body, key, 0.0, high)


CODEC = Codec("owntracks", _decode)
