"""The client that reads ahead: the bytes stay the same, whatever pieces they come and go in."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.read_ahead import CHUNK_BYTES, ReadAheadSocket


class Scripted:
    """A socket that gives its chunks one by one, then has nothing."""

    def __init__(self, chunks: list[bytes], pending: int = 0) -> None:
        self._chunks = list(chunks)
        self._pending = pending

    def recv(self, size: int) -> bytes:
        if not self._chunks:
            raise BlockingIOError
        assert len(self._chunks[0]) <= size
        return self._chunks.pop(0)

    def pending(self) -> int:
        return self._pending

    def fileno(self) -> int:
        return 7


@given(chunks=st.lists(st.binary(min_size=1, max_size=50), max_size=10), sizes=st.lists(st.integers(1, 60), min_size=1))
def test_the_bytes_come_out_as_they_came_in(chunks, sizes):
    ahead = ReadAheadSocket(Scripted(chunks))
    received = b""
    turn = 0
    while True:
        size = sizes[turn % len(sizes)]
        try:
            piece = ahead.recv(size)
        except BlockingIOError:
            break
        assert 1 <= len(piece) <= size
        received += piece
        turn += 1
    assert received == b"".join(chunks)
    assert ahead.pending() == 0


def test_what_was_read_ahead_and_what_tls_holds_is_pending():
    ahead = ReadAheadSocket(Scripted([b"abcdef"], pending=3))
    assert ahead.recv(2) == b"ab"
    assert ahead.pending() == 4 + 3


def test_the_end_of_the_connection_is_told_after_the_last_byte():
    ahead = ReadAheadSocket(Scripted([b"ab", b""]))
    assert [ahead.recv(9), ahead.recv(9)] == [b"ab", b""]


def test_everything_else_is_the_inner_socket_s():
    assert ReadAheadSocket(Scripted([])).fileno() == 7


def test_a_real_socket_is_asked_without_waiting():
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)
        ahead = ReadAheadSocket(here)
        with pytest.raises(BlockingIOError):
            ahead.recv(1)
        there.sendall(b"x" * (CHUNK_BYTES // 8))
        assert ahead.recv(1) == b"x"
        assert ahead.pending() == CHUNK_BYTES // 8 - 1
