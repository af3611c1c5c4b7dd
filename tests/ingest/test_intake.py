"""Messages are cut out of the bytes exactly as paho would read them; everything else stays paho's."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt._packet import decode_publish
from paho.mqtt.enums import MQTTProtocolVersion

from ingest.intake import CHUNK_BYTES, IntakeSocket, Publish, cut

CONNACK, SUBACK, PINGRESP = b"\x20\x02\x01\x00", b"\x90\x03\x00\x01\x01", b"\xd0\x00"


def length_of(size: int) -> bytes:
    written = b""
    while True:
        size, digit = size >> 7, size & 0x7F
        written += bytes([digit | (0x80 if size else 0)])
        if not size:
            return written


def packet(publish: Publish) -> bytes:
    head = 0x30 | publish.repeated << 3 | publish.qos << 1 | publish.retain
    packet_id = publish.packet_id.to_bytes(2) if publish.qos else b""
    body = len(publish.topic).to_bytes(2) + publish.topic + packet_id + publish.payload
    return bytes([head]) + length_of(len(body)) + body


messages = st.builds(
    lambda topic, payload, qos, retain, number, dup: Publish(topic, payload, qos, retain, number if qos else 0, dup),
    st.binary(min_size=1, max_size=300),
    st.one_of(st.binary(max_size=200), st.integers(100, 20_000).map(bytes)),
    st.sampled_from([0, 1]),
    st.booleans(),
    st.integers(1, 65_535),
    st.booleans(),
)
packets = st.lists(st.one_of(messages, st.sampled_from([CONNACK, SUBACK, PINGRESP])), max_size=12)


class Scripted:
    """A socket that gives its chunks one by one, then has nothing."""

    def __init__(self, chunks: list[bytes], pending: int = 0) -> None:
        self._chunks = list(chunks)
        self._pending = pending

    def recv(self, size: int) -> bytes:
        if not self._chunks:
            raise BlockingIOError
        return self._chunks.pop(0)

    def pending(self) -> int:
        return self._pending

    def fileno(self) -> int:
        return 7


def read_all(chunks: list[bytes], size: int = 3) -> tuple[list[Publish], bytes]:
    """What a socket hands over as messages and as other bytes."""
    taken: list[Publish] = []
    others = b""
    script = Scripted(chunks)
    intake = IntakeSocket(script, taken.extend)
    while script._chunks or intake.pending():
        try:
            piece = intake.recv(size)
        except BlockingIOError:
            continue
        assert 1 <= len(piece) <= size
        others += piece
    return taken, others


@given(sent=packets, places=st.lists(st.integers(0, 3_000), max_size=8))
def test_whatever_the_pieces_messages_and_other_packets_come_out_whole_and_in_order(sent, places):
    stream = b"".join(packet(each) if isinstance(each, Publish) else each for each in sent)
    ends = sorted(place for place in places if 0 < place < len(stream))
    chunks = [stream[start:end] for start, end in zip([0, *ends], [*ends, len(stream)], strict=True)]
    taken, others = read_all([chunk for chunk in chunks if chunk])
    assert taken == [each for each in sent if isinstance(each, Publish)]
    assert others == b"".join(each for each in sent if not isinstance(each, Publish))


@given(sent=messages)
def test_paho_reads_the_same(sent):
    written = packet(sent)
    body = written[1 + len(length_of(_body_length(written))) :]
    read = decode_publish(written[0], body, MQTTProtocolVersion.MQTTv311)
    (found,) = cut(written).publishes
    assert found == Publish(read.topic, read.payload, read.qos, read.retain, read.mid, read.dup)


def _body_length(written: bytes) -> int:
    return next(size for size in range(len(written)) if 1 + len(length_of(size)) + size == len(written))


@given(st.binary(max_size=400))
def test_no_byte_gets_lost_whatever_they_are(data):
    found = cut(data)
    seen = sum(len(packet(each)) for each in found.publishes) + len(found.others) + len(found.rest)
    assert seen >= len(data) if found.publishes else seen == len(data)
    assert found.wanted > len(found.rest)


@pytest.mark.parametrize(
    "malformed",
    [
        pytest.param(b"\x32\xff\xff\xff\xff\x01rest", id="a length of five bytes"),
        pytest.param(b"\x32\x04\x00\x09ab", id="a topic longer than the packet"),
        pytest.param(b"\x32\x04\x00\x02ab", id="no packet id"),
        pytest.param(b"\x30\x02\x00\x00", id="an empty topic"),
        pytest.param(b"\x30\x01\x00", id="half a topic length"),
        pytest.param(b"\x34\x06\x00\x01a\x00\x01x", id="QoS 2, which was not granted"),
        pytest.param(b"\x36\x06\x00\x01a\x00\x01x", id="QoS 3, which there is none of"),
    ],
)
def test_what_is_malformed_is_left_to_paho(malformed):
    found = cut(malformed)
    assert (found.publishes, found.others, found.rest) == ([], malformed, b"")


def test_a_large_message_is_looked_at_once_it_is_whole():
    sent = Publish(b"town/a", bytes(1_000_000), 1, False, 7)
    stream = packet(sent)
    chunks = [stream[at : at + CHUNK_BYTES] for at in range(0, len(stream), CHUNK_BYTES)]
    assert read_all(chunks) == ([sent], b"")
    assert cut(chunks[0]).wanted == len(stream)


def test_other_bytes_and_what_tls_holds_are_pending():
    intake = IntakeSocket(Scripted([CONNACK], pending=3), lambda publishes: None)
    assert intake.recv(1) == CONNACK[:1]
    assert intake.pending() == len(CONNACK) - 1 + 3


def test_the_end_of_the_connection_is_told_after_the_last_byte():
    intake = IntakeSocket(Scripted([PINGRESP, b""]), lambda publishes: None)
    assert [intake.recv(9), intake.recv(9)] == [PINGRESP, b""]


def test_everything_else_is_the_inner_socket_s():
    assert IntakeSocket(Scripted([]), lambda publishes: None).fileno() == 7


def test_a_real_socket_is_asked_without_waiting():
    here, there = socket.socketpair()
    taken: list[Publish] = []
    with here, there:
        here.setblocking(False)
        intake = IntakeSocket(here, taken.extend)
        with pytest.raises(BlockingIOError):
            intake.recv(1)
        there.sendall(packet(Publish(b"a", b"x", 1, False, 1)) + PINGRESP)
        assert intake.recv(1) == PINGRESP[:1]
        assert [each.payload for each in taken] == [b"x"]
