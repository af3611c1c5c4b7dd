"""`yukimori run`: the town comes up, lives, ends without a trace and goes on with its data."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from urllib.request import Request, urlopen

import pytest

from core.times import format_rfc3339, utc_now

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.db, pytest.mark.broker]


TOKEN = "staff-token-of-the-tests-0123456789"
TOPIC, STATION = "yukimori/obanazawa/river-03/reading", "river-oboroge"


def reading(value: float, at: datetime | None = None) -> str:
    moment = format_rfc3339(at or utc_now())
    return f'{{"at":"{moment}","quantity":"water_level","value":{value},"unit":"m"}}'


@pytest.fixture
def start(start_town, small_town):
    """Starts a quiet town on the small example, again and again on the same data."""
    return lambda: start_town(
        "--site", str(small_town), "--no-demo", environment={"YUKIMORI_STAFF_TOKEN": TOKEN}
    ).ready()


def ends(town, left_over, sign: signal.Signals) -> None:
    """Told to end, it does so at its own will and leaves nothing running."""
    town.process.send_signal(sign)
    assert town.process.wait(60) == 0, town.everything_it_said()
    assert left_over(town.data) == []


def test_a_town_tells_of_a_blocked_channel_survives_what_falls_and_goes_on_with_its_data(start, left_over, until):
    """One town through three lives: ended by Ctrl-C, killed, and ended with its terminal."""
    town = start()
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    town.publish(TOPIC, reading(1.05, at))
    wait_for_value(town, 1.05)
    assert town.quantity(STATION, "water_level")["level"] == "standby"
    the_console_shows_an_episode_to_its_end(town, until)
    ends(town, left_over, signal.SIGINT)

    again = start()
    kept = again.quantity(STATION, "water_level")
    assert (kept["value"], kept["at"]) == (1.05, format_rfc3339(at))
    embedded_parts_that_fall_are_started_again(again)
    again.publish(TOPIC, reading(1.25))
    wait_for_value(again, 1.25)
    again.process.kill()
    again.process.wait()

    last = start()  # whatever the killed one left: no process of it is in the way, its data are whole
    assert last.quantity(STATION, "water_level")["value"] == 1.25
    ends(last, left_over, signal.SIGHUP)  # the terminal is closed


def embedded_parts_that_fall_are_started_again(town) -> None:
    """The database, then the broker: a reading arrives after each fall, and the part is another process."""
    for part, value in (("postgres -D", 0.5), ("broker_child.py", 0.75)):
        fallen = pid_of(part, town)
        os.kill(fallen, signal.SIGKILL)
        waiting = Event()
        assert any(arrives(town, value) or waiting.wait(0.1) for _ in range(300)), town.everything_it_said()
        assert pid_of(part, town) != fallen


def the_console_shows_an_episode_to_its_end(town, until) -> None:
    """A channel rises to danger and falls again: the console has its course, and the message that went out.

    No faster than 5 cm a minute: what jumps is doubted, and ends nothing. That it is over is told with the group's next message, minutes later.
    """

    def desk(path: str) -> dict:
        asked = Request(f"{town.address}/api/console/episodes{path}", headers={"Authorization": f"Bearer {TOKEN}"})
        with urlopen(asked, timeout=10) as answer:
            return json.load(answer)

    def episode(*, over: bool) -> dict | None:
        """The danger at the channel, once everything told of it so far has left."""
        known = [one for one in desk("")["episodes"] if one["rule"] == "channel" and one["station"] == "channel-wakaba"]
        settled = known and known[0]["told"] and all(way["delivered"] and not way["queued"] for way in known[0]["told"])
        return known[0] if settled and (known[0]["closed_at"] is not None) is over else None

    def water(*heights: tuple[float, float]) -> None:
        for minutes_ago, value in heights:
            town.publish(
                "yukimori/obanazawa/channel-04/reading",
                json.dumps({
                    "at": format_rfc3339(utc_now() - timedelta(minutes=minutes_ago)),
                    "quantity": "channel_level",
                    "value": value,
                    "unit": "cm",
                }),
            )  # fmt: skip

    water((40, 40.0), (36, 52.0), (32, 64.0), (30, 70.0))
    opened = until(lambda: episode(over=False), town.everything_it_said)
    assert (opened["highest"], opened["outcome"]) == ("danger", None)
    water((27, 62.0), (24, 53.0), (21, 44.0), (19, 38.0), (16, 34.0), (13, 31.0), (9, 30.0), (4, 29.0))
    ended = until(lambda: episode(over=True), town.everything_it_said)
    assert (ended["id"], ended["outcome"]) == (opened["id"], "resolved")
    entries = desk(f"/{ended['id']}")["entries"]
    steps = [entry["kind"] for entry in entries if entry["entry"] == "step"]
    told = [entry for entry in entries if entry["entry"] == "message"]
    assert (steps[0], steps[-1]) == ("fired", "resolved")
    assert "危険" in told[0]["subject_ja"]
    assert {way["state"] for entry in told for way in entry["ways"]} == {"delivered"}


def wait_for_value(town, value: float) -> None:
    waiting = Event()
    for _ in range(400):
        found = town.quantity(STATION, "water_level")
        if found is not None and found["value"] == value:
            return
        waiting.wait(0.05)
    raise AssertionError(town.everything_it_said())


def yukimori(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "MQTT_URL")}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env={**env, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def one_line_and_a_hint(finished: subprocess.CompletedProcess) -> str:
    """What an operator reads: one line, one hint, no traceback."""
    assert finished.returncode == 3, finished.stdout + finished.stderr
    lines = [line for line in finished.stderr.splitlines() if line.strip()]
    spoken = [line for line in lines if not line[:4].isdigit()]
    assert len(spoken) == 2, finished.stderr
    assert spoken[0].startswith("yukimori: ")
    assert spoken[1].startswith("  → ")
    return spoken[0]


@pytest.fixture
def taken_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield str(taken.getsockname()[1])


@pytest.fixture
def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_a_taken_port_is_said_in_one_line(taken_port, closed_port, tmp_path, left_over):
    data = tmp_path / "data"
    line = one_line_and_a_hint(yukimori("run", "--port", taken_port, "--mqtt-port", closed_port, "--data", str(data)))
    assert taken_port in line
    assert left_over(data) == []


def test_a_taken_broker_port_is_said_in_one_line(taken_port, closed_port, tmp_path, left_over):
    data = tmp_path / "data"
    line = one_line_and_a_hint(yukimori("run", "--port", closed_port, "--mqtt-port", taken_port, "--data", str(data)))
    assert taken_port in line
    assert left_over(data) == []


def test_a_folder_that_cannot_be_written_is_said_in_one_line(closed_port, tmp_path):
    file = tmp_path / "file"
    file.write_text("not a folder")
    line = one_line_and_a_hint(yukimori("run", "--port", closed_port, "--data", str(file / "data")))
    assert "cannot be written" in line


@pytest.mark.parametrize("command", ["collect", "judge", "evaluate", "serve"])
def test_a_database_that_is_away_is_said_in_one_line(command, closed_port, tmp_path):
    environment = {
        "DATABASE_URL": f"postgresql://nobody@127.0.0.1:{closed_port}/nothing",
        "MQTT_URL": f"mqtt://127.0.0.1:{closed_port}",
        "YUKIMORI_DATA": str(tmp_path),
    }
    assert "database" in one_line_and_a_hint(yukimori(command, environment=environment))


def test_a_broker_that_is_away_is_said_in_one_line(dsn, closed_port, tmp_path):
    environment = {
        "DATABASE_URL": dsn,
        "MQTT_URL": f"mqtt://127.0.0.1:{closed_port}",
        "YUKIMORI_DATA": str(tmp_path),
    }
    assert closed_port in one_line_and_a_hint(yukimori("collect", environment=environment))


@pytest.mark.parametrize(
    ("command", "missing"), [("collect", "MQTT_URL"), ("serve", "DATABASE_URL"), ("migrate", "DATABASE_URL")]
)
def test_a_missing_address_is_named(command, missing):
    assert missing in one_line_and_a_hint(yukimori(command))


def test_a_site_with_mistakes_starts_nothing(tmp_path):
    finished = yukimori("run", "--site", str(tmp_path / "nowhere"), "--data", str(tmp_path / "data"))
    assert finished.returncode == 1
    assert "no such folder" in finished.stderr
    assert "Traceback" not in finished.stderr


def arrives(town, value: float) -> bool:
    try:
        town.publish(TOPIC, reading(value))
    except subprocess.CalledProcessError:  # the broker is not back yet
        return False
    found = town.quantity(STATION, "water_level")
    return found is not None and found["value"] == value


def pid_of(part: str, town) -> int:
    """The process of an embedded part: the town's own child."""
    mine = Path(f"/proc/{town.process.pid}/task/{town.process.pid}/children").read_text().split()
    (found,) = [pid for pid in mine if part in command_line(pid)]
    return int(found)


def command_line(pid: str) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
