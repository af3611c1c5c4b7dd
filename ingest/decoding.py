"""One message, all the way to what it says: for the collector, the command line and the tests alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import IntFlag
from typing import Any

from core.errors import DecodeError
from core.times import format_rfc3339
from ingest.codecs import CODECS
from ingest.devices import read_uplink
from ingest.messages import CodecOptions, Decoded, Message, Uplink


def decode(message: Message, codec: str, options: CodecOptions) -> Sequence[Decoded]:
    """What the message says, its LoRaWAN frames still unread.

    Raises DecodeError, and no other exception whatever the bytes are; ``no-codec`` for an unknown name.
    """
    if codec not in CODECS:
        raise DecodeError("no-codec", f"no codec is named {codec!r}; known: {', '.join(CODECS)}")
    return CODECS[codec].decode(message, message.topic_text, options)


def decode_with_devices(
    message: Message, codec: str, options: CodecOptions, models: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The same as JSON-able dicts, frames read by the model of their device where ``models`` has it.

    Each dict names its ``kind`` (reading, fix, uplink, status, numbered, refused); times are RFC 3339 UTC in whole
    milliseconds, raw bytes hexadecimal, faults a list of names. Raises DecodeError.
    """
    found: list[dict[str, Any]] = []
    for decoded in decode(message, codec, options):
        if isinstance(decoded, Uplink) and decoded.device in models:
            found += map(as_dict, read_uplink(decoded, models[decoded.device]))
        else:
            found.append(as_dict(decoded))
    return found


def as_dict(decoded: Decoded) -> dict[str, Any]:
    """One decoded thing as a JSON-able dict; empty fields are left out, but for a reading's value."""
    kind = type(decoded).__name__.lower()
    values = {field.name: _plain(getattr(decoded, field.name)) for field in fields(decoded)}
    kept = {name: value for name, value in values.items() if value not in (None, []) or name == "value"}
    return {"kind": kind, **kept}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_rfc3339(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, IntFlag):
        return [str(flag.name).lower() for flag in type(value) if flag & value]
    return value
