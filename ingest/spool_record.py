"""How a message lies in a spool file: a header that finds it, a body, and a checksum of each.

    header: mark (4 bytes) · length of the body (u32) · running number (u64) · CRC-32 of these (u32)
    body:   arrival in µs since 1970 (i64) · flags (u8) · packet id (u16) · length of the topic (u16)
            · topic · payload; where flag 16 is set, whose session it came from stands before the topic (u16 length, text)
    then:   CRC-32 of the body (u32)

All big-endian. Both checksums begin with the salt of the file, which is in its name: bytes inside a payload that
look like a record are none. Numbers run on through all files, so what is missing can be counted.
A header that is right with a body that goes on past the end of the file is a write that was cut off; anything else
that cannot be read was damaged later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from struct import Struct
from zlib import crc32

from ingest.messages import Message

MARK = b"\xf5ykm"
_HEADER = Struct(">4sIQ")
_BODY = Struct(">qBHH")
_CLIENT = Struct(">H")
_CRC = Struct(">I")
HEADER_BYTES = _HEADER.size + _CRC.size
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RETAIN, _REPEATED, _OF_ANOTHER = 4, 8, 16


class Found(Enum):
    """What lies at a place of a file."""

    MESSAGE = "message"
    DAMAGED = "damaged"
    CUT = "cut off"
    END = "end"


@dataclass(frozen=True, slots=True)
class Step:
    """What was found, where the next begins, and the message with its number where it is one."""

    found: Found
    end: int
    number: int = -1
    message: Message | None = None


def encoded(message: Message, number: int, salt: int) -> bytes:
    """The bytes of one message."""
    flags = message.qos | (_RETAIN if message.retain else 0) | (_REPEATED if message.repeated else 0)
    arrival = (message.own_arrival - _EPOCH) // _MICROSECOND
    client = b""
    if message.client:
        client, flags = _client(message), flags | _OF_ANOTHER
    body = _BODY.pack(arrival, flags, message.packet_id, len(message.topic)) + client + message.topic + message.payload
    header = _HEADER.pack(MARK, len(body), number)
    return b"".join((header, _CRC.pack(crc32(header, salt)), body, _CRC.pack(crc32(body, salt))))


def encoded_size(messages: Iterable[Message]) -> int:
    """How many bytes these messages take."""
    around = HEADER_BYTES + _BODY.size + _CRC.size
    return sum(
        around + len(message.topic) + len(message.payload) + (len(_client(message)) if message.client else 0)
        for message in messages
    )


def _client(message: Message) -> bytes:
    """Whose session it came from, as it stands in the body of a message of another client."""
    name = message.client.encode()
    return _CLIENT.pack(len(name)) + name


def encoded_all(messages: Iterable[Message], first: int, salt: int) -> Iterator[bytes]:
    """The bytes of each message, numbered from ``first``."""
    return (encoded(message, number, salt) for number, message in enumerate(messages, first))


def step(data: bytes, start: int, salt: int) -> Step:
    """What lies at ``start``: a message, damage up to the next thing that can be read, or the end."""
    left = len(data) - start
    if left <= 0:
        return Step(Found.END, len(data))
    if left < HEADER_BYTES:
        return Step(Found.CUT, len(data))
    length_and_number = _header(data, start, salt)
    if length_and_number is None:
        return Step(Found.DAMAGED, _next_header(data, start + 1, salt))
    length, number = length_and_number
    body_end = start + HEADER_BYTES + length
    if body_end + _CRC.size > len(data):
        return Step(Found.CUT, len(data))
    body = data[start + HEADER_BYTES : body_end]
    if _CRC.unpack_from(data, body_end)[0] != crc32(body, salt) or length < _BODY.size:
        return Step(Found.DAMAGED, body_end + _CRC.size)
    return Step(Found.MESSAGE, body_end + _CRC.size, number, _message(body))


def steps(data: bytes, start: int, salt: int) -> Iterator[Step]:
    """Everything from ``start`` on, in order, without the end."""
    while True:
        each = step(data, start, salt)
        if each.found is Found.END:
            return
        yield each
        start = each.end


def _header(data: bytes, start: int, salt: int) -> tuple[int, int] | None:
    """Length of the body and number, None where there is no header."""
    header = data[start : start + _HEADER.size]
    if not header.startswith(MARK) or len(data) < start + HEADER_BYTES:
        return None
    if _CRC.unpack_from(data, start + _HEADER.size)[0] != crc32(header, salt):
        return None
    _mark, length, number = _HEADER.unpack(header)
    return length, number


def _next_header(data: bytes, start: int, salt: int) -> int:
    """Where the next header is, the end where there is none."""
    while (found := data.find(MARK, start)) >= 0:
        if _header(data, found, salt) is not None:
            return found
        start = found + 1
    return len(data)


def _message(body: bytes) -> Message:
    arrival, flags, packet_id, topic_length = _BODY.unpack_from(body)
    topic_at, client = _BODY.size, ""
    if flags & _OF_ANOTHER:
        name_at = topic_at + _CLIENT.size
        topic_at = name_at + _CLIENT.unpack_from(body, topic_at)[0]
        client = body[name_at:topic_at].decode()
    topic_end = topic_at + topic_length
    return Message(
        topic=body[topic_at:topic_end],
        payload=body[topic_end:],
        received_at=_EPOCH + arrival * _MICROSECOND,
        qos=flags & 3,
        retain=bool(flags & _RETAIN),
        repeated=bool(flags & _REPEATED),
        packet_id=packet_id,
        client=client,
    )
