"""`yukimori warnings`: what a telegram says, and what is in force."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerts.jma.round import JmaRound
from app import warning_commands
from app.cli import app
from config import load_site
from config.jma_plan import Jma

TELEGRAMS = Path(__file__).parents[1] / "alerts" / "jma" / "telegrams"


def run(*words: object):
    return CliRunner().invoke(app, ["warnings", *map(str, words)])


def test_a_telegram_in_words_and_as_json():
    result = run("read", TELEGRAMS / "VPWW60_snow_warning.xml")
    assert result.exit_code == 0
    assert "it counts" in result.output
    assert "大雪警報" in result.output
    found = json.loads(run("read", TELEGRAMS / "VPWW61_others.xml", "--json").output)
    assert (found["type"], found["verdict"]) == ("VPWW61", "live")
    assert [one["known"] for one in found["warnings"] if one["code"] == "99"] == [False]
    assert "コード 99" in run("read", TELEGRAMS / "VPWW61_others.xml").output


def test_drills_and_strange_telegrams_say_so(tmp_path):
    assert "changes nothing" in run("read", TELEGRAMS / "VPWW60_drill.xml").output
    assert "kept and counted" in run("read", TELEGRAMS / "VPFD51_forecast.xml").output
    broken = tmp_path / "broken.xml"
    broken.write_text("<Report>")
    result = run("read", broken)
    assert (result.exit_code, "bad_xml" in result.output) == (1, True)


@pytest.mark.db
def test_what_is_in_force(store, tmp_path, monkeypatch):
    (tmp_path / "a.xml").write_bytes((TELEGRAMS / "VPWW60_snow_warning.xml").read_bytes())
    (tmp_path / "b.xml").write_bytes(b"nonsense")
    example = load_site(Path(__file__).parents[2] / "config" / "example")
    town = replace(example, jma=Jma(areas=("0621200",), folder=tmp_path))
    registry = store.register(town)

    class Looking:
        def __enter__(self):
            return store, registry

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(warning_commands, "looking", lambda *_: Looking())
    assert "Nobody ever looked" in run("list").output
    JmaRound(town, store, registry.site).round(datetime(2026, 1, 15, 8, tzinfo=UTC))
    output = run("list").output
    assert "大雪警報" in output
    assert "1 live VPWW60" in output
    assert "b.xml (bad_xml)" in output
    assert json.loads(run("list", "--json").output)["grade"] == "warning"
