"""The command a reader of README.md tries first, run as it stands there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.error import HTTPError

import pytest

from config import load_site

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.db, pytest.mark.broker]


def test_the_reading_of_the_readme_turns_a_river_to_danger_on_a_map_with_all_layers(start_town, until):
    (command,) = re.findall(
        r"^(mosquitto_pub .*?)^```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    town = start_town("--no-demo").ready()
    there = command.replace("-h 127.0.0.1", f"-h 127.0.0.1 -p {town.mqtt_port}")
    subprocess.run(["bash", "-euc", there], check=True, timeout=20)

    def level() -> str | None:
        return (town.quantity("river-oboroge", "water_level") or {}).get("level")

    until(lambda: level() == "danger", town.everything_it_said)
    until(lambda: town.get("/api/alerts")["open"], town.everything_it_said)

    def published() -> set[str]:
        try:
            return {layer["id"] for layer in town.get("/layers/layers.json")["layers"]}
        except HTTPError:
            return set()

    promised = {layer.id for layer in load_site(ROOT / "config" / "example").layers if layer.public}
    until(lambda: published() >= promised, town.everything_it_said)
    assert town.interrupt() == 0
