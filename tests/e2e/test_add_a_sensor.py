"""The how-to, done as it is written: its commands and its CSV lines, with the real processes."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "add-a-sensor.md"
ACTS = re.compile(r"`town/(?P<file>[a-z]+\.csv)`|^```(?P<kind>\w+)\n(?P<block>.*?)^```", re.MULTILINE | re.DOTALL)


def acts(page: Path) -> list[tuple[str, str]]:
    """What the page does, in order: (sh, command), (text, what is said), (name of a file, line added to it)."""
    found, file = [], ""
    for act in ACTS.finditer(page.read_text(encoding="utf-8")):
        file = act["file"] or file
        if act["kind"] == "csv":
            found.append((file, act["block"]))
        elif act["kind"]:
            found.append((act["kind"], act["block"].strip()))
    return found


class Reader:
    """Somebody who does what the page says, in a folder of its own and on ports nobody uses."""

    def __init__(self, folder: Path, config: Path, ports: tuple[int, int]) -> None:
        self.folder = folder
        self.ports = dict(zip(("8000", "1883"), map(str, ports), strict=True))
        self.said = ""
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "config").symlink_to(config)
        program = folder / "bin" / "yukimori"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m app "$@"\n')
        program.chmod(0o755)
        kept = {name: text for name, text in os.environ.items() if not name.endswith("_URL")}
        self.environment = {
            **kept, "PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "COLUMNS": "300",
        }  # fmt: skip

    def do(self, command: str) -> None:
        for written, real in self.ports.items():
            command = re.sub(rf"\b{written}\b", real, command)
        if command.startswith("yukimori run"):
            self.start(command)
            return
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.said = done.stdout

    def start(self, command: str) -> None:
        """Run it in the terminal it has; what ran there is ended by Ctrl-C first."""
        self.stop()
        with (self.folder / "terminal").open("wb") as out:
            self.process = subprocess.Popen(
                ["sh", "-ec", f"exec {command}"], cwd=self.folder, env=self.environment, stdout=out, stderr=out
            )

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)

    def is_up(self) -> bool:
        text = (self.folder / "terminal").read_text()
        assert self.process is not None
        assert self.process.poll() is None, text
        return "to stop" in text

    def has_set_aside(self) -> bool:
        self.do("yukimori quarantine list --json --site town --data data")
        return bool(self.said)

    def stations(self) -> dict[str, dict]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['8000']}/api/stations", timeout=10) as answer:
            return {feature["id"]: feature["properties"] for feature in json.load(answer)["features"]}


@pytest.fixture
def reader(memory_folder, small_town, free_ports):
    reader = Reader(memory_folder, small_town.parent, free_ports)
    yield reader
    reader.stop()


@pytest.mark.e2e
@pytest.mark.db
@pytest.mark.broker
def test_a_town_official_adds_a_sensor_as_the_page_says(reader, until):
    before = {}
    for kind, text in acts(PAGE):
        if kind == "sh":
            reader.do(text)
        elif kind == "text":
            said = [line.strip() for line in reader.said.splitlines()]
            assert all(line in said for line in text.splitlines()), reader.said
        else:
            with (reader.folder / "town" / kind).open("a", encoding="utf-8") as file:
                file.write(text)
        if text.startswith("yukimori run"):
            until(reader.is_up, (reader.folder / "terminal").read_text)
            before = before or reader.stations()
        if text.startswith("mosquitto_pub"):
            until(reader.has_set_aside, lambda: "the message is not in quarantine", 1.0)

    def arrived() -> dict | None:
        said = reader.stations()["snow-09"]["quantities"].get("snow_depth", {})
        return said if said.get("value") is not None else None

    shown = until(arrived, lambda: "the new station has no value")
    assert set(reader.stations()) - set(before) == {"snow-09"}
    assert (shown["value"], shown["level"], shown["unit"]) == (87, "standby", "cm")
    assert reader.stations()["snow-09"]["name"] == "新町 積雪計"
    reader.do("yukimori quarantine replay --device snow-09 --site town --data data")
    assert reader.said.startswith("0 messages")
    reader.do("yukimori claims --site town --data data")
    assert "snow-09" not in reader.said


def test_both_languages_do_the_same():
    assert acts(PAGE) == acts(PAGE.with_name("add-a-sensor.ja.md"))
    assert [kind for kind, _ in acts(PAGE)].count("sh") >= 6
