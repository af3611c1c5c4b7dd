"""The spool: everything taken comes out once, in order; what is damaged is counted, kept, and harms nothing else."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import StartError
from ingest import spool_segment
from ingest.messages import Message
from ingest.spool import MEGABYTE, Spool, SpoolLimits, open_spool

NOON = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
ROOMY = SpoolLimits(total=MEGABYTE, free=0, segment=64 * 1024)
SMALL_FILES = SpoolLimits(total=MEGABYTE, free=0, segment=200)


def message(number: int, payload: bytes | None = None) -> Message:
    return Message(
        topic=f"town/{number % 3}/雪".encode(),
        payload=str(number).encode() if payload is None else payload,
        received_at=NOON + timedelta(microseconds=number),
        qos=number % 2,
        retain=number % 5 == 0,
        repeated=number % 7 == 0,
        packet_id=number % 65_536,
    )


@pytest.mark.parametrize("client", ["", "yukimori-collect-town.2"])
def test_whose_session_a_message_came_from_and_its_place_are_kept(open_at, client):
    spool = open_at()
    given_ = replace(message(3), client=client, place=4)
    assert spool.append([given_]) == 1
    (found,) = spool.read(1).messages
    assert found == replace(given_, received_at=given_.own_arrival, place=0)
    assert spool.state.bytes == sum(each.stat().st_size for each in spool._folder.glob("*.spool"))


def messages(count: int, first: int = 0) -> list[Message]:
    return [message(number) for number in range(first, first + count)]


@pytest.fixture
def open_at(tmp_path):
    """Opens the spool of one folder with limits; each is closed before the next and at the end."""
    opened: list[Spool] = []

    def start(limits: SpoolLimits = ROOMY, **arguments) -> Spool:
        while opened:
            opened.pop().close()
        opened.append(open_spool(tmp_path / "spool", limits, **arguments))
        return opened[-1]

    yield start
    for spool in opened:
        spool.close()


def drained(spool: Spool, most: int = 7) -> tuple[list[Message], int]:
    """Everything that waits and how many are lost; each portion is released."""
    found, lost = [], 0
    while portion := spool.read(most):
        found += portion.messages
        lost += portion.lost
        spool.release(portion)
    return found, lost


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.spool"))


# What goes in comes out


@pytest.mark.parametrize("limits", [ROOMY, SMALL_FILES])
def test_what_goes_in_comes_out_in_order_field_by_field(open_at, tmp_path, limits):
    spool = open_at(limits)
    assert spool.append(messages(40)) == 40
    assert spool.append(messages(5, first=40)) == 5
    assert drained(spool) == (messages(45), 0)
    assert spool.empty
    assert files(tmp_path / "spool") == []
    assert spool.state.messages == spool.state.bytes == 0


def test_the_state_tells_what_waits(open_at, tmp_path):
    spool = open_at(SMALL_FILES)
    for number in range(6):
        spool.append([message(number)])
    assert spool.state.messages == 6
    assert spool.state.bytes == sum(path.stat().st_size for path in files(tmp_path / "spool"))
    assert spool.state.oldest == NOON
    spool.release(spool.read(2))
    assert (spool.state.messages, spool.state.oldest) == (4, NOON + timedelta(microseconds=2))
    assert spool.state.full is None


def test_reading_goes_on_while_more_is_written(open_at):
    spool = open_at(SMALL_FILES)
    found, written = [], 0
    for _ in range(20):
        spool.append(messages(3, first=written))
        written += 3
        portion = spool.read(2)
        found += portion.messages
        spool.release(portion)
    assert found + drained(spool)[0] == messages(60)


def test_what_is_not_released_comes_again(open_at):
    spool = open_at()
    spool.append(messages(9))
    assert spool.read(4).messages == spool.read(4).messages == messages(4)
    spool.release(spool.read(4))
    assert open_at().read(4).messages == messages(4, first=4)


def test_a_portion_is_bounded_by_bytes(open_at):
    spool = open_at()
    spool.append([message(number, b"x" * 1000) for number in range(10)])
    assert len(spool.read(100, most_bytes=3000).messages) == 3


def test_a_payload_larger_than_a_file_is_taken(open_at):
    spool = open_at(SMALL_FILES)
    large = message(1, os.urandom(5000))
    spool.append([message(0), large, message(2)])
    assert drained(spool) == ([message(0), large, message(2)], 0)


@given(
    st.lists(
        st.builds(
            Message,
            topic=st.binary(max_size=70),
            payload=st.binary(max_size=300),
            received_at=st.datetimes(
                datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC), allow_imaginary=False
            ),
            qos=st.integers(0, 1),
            retain=st.booleans(),
            repeated=st.booleans(),
            packet_id=st.integers(0, 65_535),
        ),
        max_size=30,
    ),
    st.integers(1, 12),
    st.integers(50, 2000),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_messages_survive_a_restart(tmp_path_factory, given_messages, most, segment):
    folder = tmp_path_factory.mktemp("spool")
    limits = SpoolLimits(total=MEGABYTE, free=0, segment=segment)
    spool = open_spool(folder, limits)
    for start in range(0, len(given_messages), most):
        part = given_messages[start : start + most]
        assert spool.append(part) == len(part)
    spool.close()
    spool = open_spool(folder, limits)
    assert drained(spool, most) == (given_messages, 0)
    spool.close()


# Restarts


def test_numbers_go_on_after_a_restart(open_at):
    open_at(SMALL_FILES).append(messages(5))
    spool = open_at(SMALL_FILES)
    assert spool.state.messages == 5
    spool.append(messages(5, first=5))
    spool = open_at(SMALL_FILES)
    assert drained(spool) == (messages(10), 0)
    spool.append(messages(2, first=10))
    assert drained(open_at(SMALL_FILES)) == (messages(2, first=10), 0)


def test_a_file_that_is_read_but_not_yet_removed_is_not_read_again(open_at, tmp_path):
    spool = open_at(SMALL_FILES)
    for number in range(6):
        spool.append([message(number)])
    left = files(tmp_path / "spool")[0]
    kept = left.read_bytes()
    portion = spool.read(100)
    spool.release(portion)
    left.write_bytes(kept)
    assert drained(open_at(SMALL_FILES)) == (messages(6 - len(portion.messages), len(portion.messages)), 0)
    assert not left.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"ordinal": null}', b"\xff\xff"])
def test_without_a_position_everything_is_read_again(open_at, tmp_path, content):
    spool = open_at()
    spool.append(messages(9))
    spool.release(spool.read(4))
    (tmp_path / "spool" / "position.json").write_bytes(content)
    assert drained(open_at()) == (messages(9), 0)


def test_a_second_collector_does_not_get_the_folder(open_at, tmp_path):
    open_at()
    with pytest.raises(StartError, match="another collector"):
        open_spool(tmp_path / "spool")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StartError, match="spool folder"):
        open_spool(tmp_path / "file" / "spool")


# Damage


@pytest.fixture(scope="module")
def three(tmp_path_factory) -> tuple[Path, bytes, list[int]]:
    """The name and the bytes of a file with three messages, and where each ends."""
    folder = tmp_path_factory.mktemp("three")
    spool = open_spool(folder, ROOMY)
    ends = []
    for number in range(3):
        spool.append([message(number)])
        ends.append(files(folder)[0].stat().st_size)
    spool.close()
    return Path(files(folder)[0].name), files(folder)[0].read_bytes(), ends


def reopened(tmp_path: Path, name: Path, data: bytes) -> Spool:
    folder = tmp_path / "spool"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / name).write_bytes(data)
    return open_spool(folder, ROOMY)


def test_a_write_cut_off_at_any_byte_loses_only_what_was_never_acknowledged(tmp_path, three):
    name, data, ends = three
    for length in range(len(data)):
        spool = reopened(tmp_path, name, data[:length])
        whole = sum(end <= length for end in ends)
        spool.append([message(7)])
        assert drained(spool) == ([*messages(whole), message(7)], 0), length
        assert files(tmp_path / "spool" / "damaged") == []
        spool.close()


def test_a_flipped_bit_costs_one_message_and_is_counted_wherever_it_is(tmp_path, three):
    name, data, ends = three
    for place, bit in itertools.product(range(len(data)), (0, 3, 7)):
        flipped = bytearray(data)
        flipped[place] ^= 1 << bit
        spool = reopened(tmp_path, name, bytes(flipped))
        spool.append([message(7)])
        hit = sum(end <= place for end in ends)
        expected = [each for each in messages(3) if each != message(hit)]
        assert drained(spool) == ([*expected, message(7)], 1), (place, bit)
        assert [path.name for path in files(tmp_path / "spool" / "damaged")] == [name.name]
        spool.close()


def test_a_file_that_vanished_is_counted(open_at, tmp_path):
    spool = open_at(SMALL_FILES)
    for number in range(19):
        spool.append([message(number)])
    gone = files(tmp_path / "spool")[1]
    gone.unlink()
    found, lost = drained(spool)
    assert lost > 0
    assert len(found) + lost == 19


def test_a_file_that_vanished_while_nobody_looked_is_counted(open_at, tmp_path):
    spool = open_at(SMALL_FILES)
    for number in range(19):
        spool.append([message(number)])
    files(tmp_path / "spool")[1].unlink()
    found, lost = drained(open_at(SMALL_FILES))
    assert lost > 0
    assert len(found) + lost == 19


def test_a_record_inside_a_payload_is_no_record(open_at, tmp_path, three):
    _name, data, _ends = three
    spool = open_at(salt=itertools.count(5).__next__)
    spool.append([message(0, data), message(1)])
    (path,) = files(tmp_path / "spool")
    flipped = bytearray(path.read_bytes())
    flipped[2] ^= 1
    path.write_bytes(bytes(flipped))
    assert drained(open_at()) == ([message(1)], 1)


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_in_a_file_reading_ends(tmp_path, three, data):
    name, original, _ends = three
    broken = bytearray(original)
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(broken)))
        broken[start : start + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=20))
    spool = reopened(tmp_path, name, bytes(broken))
    spool.append([message(7)])
    found, _lost = drained(spool)
    assert found[-1] == message(7)
    assert set(found) <= {*messages(3), message(7)}
    spool.close()


def test_damaged_files_do_not_fill_the_spool(open_at, tmp_path):
    limits = SpoolLimits(total=2000, free=0, segment=150)
    for round_ in range(10):
        spool = open_at(limits)
        spool.append([message(round_, b"x" * 100)])
        (path,) = files(tmp_path / "spool")
        path.write_bytes(b"\0" * path.stat().st_size)
        assert drained(open_at(limits)) == ([], 1)
    assert sum(path.stat().st_size for path in files(tmp_path / "spool" / "damaged")) <= 500


# Full


def test_beyond_its_limit_it_takes_nothing_and_says_why(open_at):
    spool = open_at(SpoolLimits(total=1000, free=0, segment=200))
    taken = spool.append(messages(50))
    assert 0 < taken < 50
    assert "limit" in spool.state.full
    assert spool.append(messages(1, first=taken)) == 0
    assert spool.state.bytes <= 1000
    spool.release(spool.read(8))
    assert spool.append(messages(1, first=taken)) == 1
    assert spool.state.full is None
    assert drained(spool)[0][-1] == message(taken)


def test_it_leaves_room_on_the_disk(open_at):
    free = [10_000]
    spool = open_at(SpoolLimits(total=MEGABYTE, free=9_990, segment=200), free=lambda _: free[0])
    assert spool.append(messages(10)) == 0
    assert "disk" in spool.state.full
    free[0] = 100_000
    assert spool.append(messages(10)) == 10


@pytest.mark.parametrize("failing", ["write", "fsync", "both"])
def test_a_disk_that_refuses_takes_nothing_and_loses_nothing(open_at, monkeypatch, failing):
    """The error is played by the calls themselves; a disk that is really full is below."""
    spool = open_at()
    assert spool.append(messages(3)) == 3
    with monkeypatch.context() as patched:
        real = os.write

        def half(file, data):
            if len(data) > 20:
                return real(file, bytes(data)[:20])
            raise OSError(28, "No space left on device")

        def refuse(_file):
            raise OSError(5, "Input/output error")

        if failing != "fsync":
            patched.setattr(spool_segment.os, "write", half)
        if failing != "write":
            patched.setattr(spool_segment.os, "fsync", refuse)
        assert spool.append(messages(3, first=3)) == 0
        assert spool.state.full
        assert spool.append(messages(3, first=3)) == 0
    assert spool.append(messages(3, first=3)) == 3
    assert drained(open_at()) == (messages(6), 0)


LIMITED = """
import resource, sys
from pathlib import Path
from datetime import UTC, datetime
from ingest.messages import Message
from ingest.spool import MEGABYTE, SpoolLimits, open_spool

messages = [Message(b"town/a", str(n).encode() * 50, datetime(2026, 1, 10, tzinfo=UTC)) for n in range(2000)]
spool = open_spool(Path(sys.argv[1]), SpoolLimits(total=8 * MEGABYTE, free=0))
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_001, hard))
first = spool.append(messages)
assert 0 < first < len(messages), first
assert "cannot be written" in spool.state.full, spool.state
assert spool.append(messages[first:]) == 0
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert spool.append(messages[first:]) == len(messages) - first
found, lost = [], 0
while portion := spool.read(300):
    found += portion.messages
    lost += portion.lost
    spool.release(portion)
assert (found == messages, lost) == (True, 0)
"""


def test_a_file_the_system_lets_grow_no_more_is_cut_back_to_whole_messages(tmp_path):
    """The limit of a process on the size of its files refuses in the middle of a write, as a full disk does."""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "spool")], check=False, cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
