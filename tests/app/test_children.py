"""Children of `yukimori run` and their signs of life."""

from __future__ import annotations

import os

import pytest

from app import children
from app.children import Child, Children
from app.heartbeat import Heartbeat, check_alive
from app.run import in_address
from core.errors import StartError


def test_what_cannot_be_started_now_is_tried_again(tmp_path):
    children = Children({}, tmp_path / "logs")
    child = Child("x", ["--help"], restart_at=0.1)
    children._children.append(child)
    (tmp_path / "logs").rmdir()
    children.look_after()
    assert child.process is None
    assert child.restart_at > 0.1
    (tmp_path / "logs").mkdir()
    child.restart_at = 0.1
    children.look_after()
    assert child.process is not None
    assert child.restart_at == 0.0
    children.end()


def test_a_beat_that_cannot_be_written_stops_nobody(tmp_path):
    heartbeat = Heartbeat(tmp_path, "collect")
    (tmp_path / "alive").rmdir()
    heartbeat.beat()
    with pytest.raises(StartError, match="never run"):
        check_alive(tmp_path, "collect", 0.0)


def test_a_log_that_has_grown_is_put_away_and_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "LOG_BYTES", 40)
    town = Children({}, tmp_path)
    town.start("words", ["migrate", "--help"], once=True)
    (child,) = town._children
    assert child.process.wait(60) == 0
    log = tmp_path / "words.log"
    first = log.read_bytes()
    assert len(first) > 40
    town.look_after()
    assert (log.read_bytes(), (tmp_path / "words.log.1").read_bytes()) == (b"", first)
    child.log_file.write(b"as short as this\n")
    child.log_file.flush()
    town.look_after()
    assert log.read_bytes() == b"as short as this\n"
    town.end()
    child.log_file.close()


@pytest.mark.parametrize(("age_s", "alive"), [(0.0, True), (59.0, True), (61.0, False), (-1.0, True), (-3600.0, False)])
def test_a_beat_is_believed_for_a_minute_whatever_the_clock_does(tmp_path, age_s, alive):
    Heartbeat(tmp_path, "collect").beat()
    now_s = 1_800_000_000.0
    os.utime(tmp_path / "alive" / "collect", (now_s - age_s, now_s - age_s))
    if alive:
        assert check_alive(tmp_path, "collect", now_s) == pytest.approx(age_s)
    else:
        with pytest.raises(StartError, match="seen"):
            check_alive(tmp_path, "collect", now_s)


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("yuki.example.jp",) * 2])
def test_a_host_is_shown_as_an_address_can_hold_it(host, shown):
    assert in_address(host) == shown
