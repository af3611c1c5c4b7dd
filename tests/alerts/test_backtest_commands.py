"""The commands about rules: what they say, what they write, how they end."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.cli import main
from app.settings import ENVIRONMENT
from config import load_site
from core.model import Observation, Quality, QualityReason
from store import open_store
from store.rows import Batch

CONFIG = Path(__file__).parents[2] / "config"
DAYS = sorted((CONFIG / "fukui" / "recordings").glob("2024-11-02.csv"))


@pytest.fixture
def yukimori(monkeypatch, capsys, tmp_path):
    """Runs the command line; exit code, what it said, what it complained of."""

    def run(*arguments, database=None, group=("alerts",)):
        for name in ENVIRONMENT:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("YUKIMORI_DATA", str(tmp_path / "data"))
        if database is not None:
            monkeypatch.setenv("DATABASE_URL", database)
        monkeypatch.setattr(sys, "argv", ["yukimori", *group, *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def town(tmp_path):
    """A copy of the Fukui site, to be changed."""
    folder = tmp_path / "town"
    shutil.copytree(CONFIG / "fukui", folder, ignore=shutil.ignore_patterns("recordings"))
    shutil.copytree(CONFIG / "fukui" / "recordings", folder / "recordings")
    return folder


def recordings():
    return [part for day in DAYS for part in ("--recording", day)]


def test_tests_pass_and_fail_and_say_so(yukimori, town):
    assert yukimori("test", "--site", town)[0] == 0
    rule = town / "rules" / "river.toml"
    rule.write_text(rule.read_text("utf-8").replace("clear_margin = 0.05", "clear_margin = 0.5"), "utf-8")
    code, out, _ = yukimori("test", "river", "--site", town)
    assert code == 1
    assert "FAIL river" in out
    assert "0 passed, 1 failed" in out
    code, out, _ = yukimori("test", "--site", town, "--json")
    assert code == 1
    [test] = json.loads(out)["tests"]
    assert test["passed"] is False
    assert {"where", "at", "of", "expected", "found"} == set(test["differences"][0])

    code, out, _ = yukimori("check", "--site", town, "--json", group=())
    assert code == 1
    mistakes = json.loads(out)["mistakes"]
    assert {mistake["file"] for mistake in mistakes} == {"rules/river.test.toml"}
    assert mistakes[0]["where"].startswith("tests[1].expect[")


def test_an_unknown_rule_is_wrong_usage(yukimori, town):
    code, _, err = yukimori("test", "rivre", "--site", town)
    assert code == 2
    assert "rivre" in err


def test_a_backtest_of_recordings_needs_no_database(yukimori, town, tmp_path):
    table, picture = tmp_path / "episodes.csv", tmp_path / "episodes.svg"
    wanted = ("backtest", "--site", town, *recordings(), "--csv", table, "--chart", picture)
    code, out, err = yukimori(*wanted)
    assert (code, err) == (0, "")
    assert "Labelled events, alarms of caution or more: 7 met, 0 missed, 0 alarms at none" in out
    first = (out, table.read_bytes(), picture.read_bytes())
    assert yukimori(*wanted)[1] == out
    assert (out, table.read_bytes(), picture.read_bytes()) == first
    assert picture.read_bytes().startswith(b"<svg ")
    assert json.loads(yukimori("backtest", "--site", town, *recordings(), "--json")[1])["digest"]


def test_other_rules_are_compared(yukimori, town, tmp_path):
    other = tmp_path / "other" / "rules"
    shutil.copytree(town / "rules", other)
    rule = other / "river.toml"
    rule.write_text(rule.read_text("utf-8").replace('level = "standby"\nclear_margin = 0.05', 'level = "standby"\nclear_margin = 0.5', 1), "utf-8")  # fmt: skip
    code, out, _ = yukimori("backtest", "--site", town, *recordings(), "--rules", other, "--json")
    assert code == 0
    compared = json.loads(out)["compared"]
    assert compared["changed"]
    assert all("ends otherwise" in change["what"] for change in compared["changed"])
    (other / "river.toml").write_text("x = 1", "utf-8")
    code, _, err = yukimori("backtest", "--site", town, *recordings(), "--rules", other)
    assert code == 1
    assert "rules/river.toml" in err
    for file in other.iterdir():
        file.unlink()
    assert "there is no rules/*.toml" in yukimori("backtest", "--site", town, *recordings(), "--rules", other)[2]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "--from and --to"),
        (("--from", "2026-01-01", "--to", "2025-01-01"), 2, "end is not after the beginning"),
        (("--from", "winter", "--to", "2025-01-01"), 2, "neither a day"),
        (("--from", "9999-12-31", "--to", "9999-12-31"), 2, "neither a day"),
        (("--from", "2025-01-01", "--to", "2025-01-02", "--level", "red"), 2, "is no level"),
        (("--recording", str(CONFIG / "fukui" / "site.toml")), 3, "site.toml"),
        (("--recording", "/nowhere.csv"), 2, "does not exist"),
        (("--from", "2025-01-01", "--to", "2025-01-02"), 3, "DATABASE_URL"),
    ],
)
def test_what_cannot_be_played_is_told(yukimori, arguments, code, said):
    found, _, err = yukimori("backtest", "--site", CONFIG / "fukui", *arguments)
    assert found == code, err
    assert said in " ".join(err.replace("│", " ").split())


@pytest.mark.db
def test_the_stored_history_is_played_and_not_touched(yukimori, dsn):
    site = load_site(CONFIG / "fukui")
    at = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
    with open_store(dsn) as store:
        registry = store.register(site)
        number = registry.datastreams["1/water_level"]
        rows = [
            Observation(number, when, value, value, Quality.GOOD, QualityReason.NONE, when + timedelta(seconds=3))
            for hour, value in enumerate((3.0, 3.6, 4.9, 6.2, 4.0, 3.0))
            for when in [at + timedelta(hours=hour)]
        ]
        store.append(registry.site, Batch(observations=rows))
        span = ("--from", "2026-01-10", "--to", "2026-01-10")
        code, out, err = yukimori("backtest", "--site", CONFIG / "fukui", *span, "--json", database=dsn)
        assert (code, err) == (0, "")
        [episode] = json.loads(out)["episodes"]
        assert episode["reached"]["danger"] == "2026-01-10T06:00:00Z"
        assert episode["lead_s"] == {"warning": 3597, "danger": 3597}
        assert store.recent_episodes(registry.site, at) == []
    code, out, _ = yukimori("rules", "--site", CONFIG / "fukui", "--json", database=dsn)
    [line] = json.loads(out)
    assert (line["rule"], line["state"], line["episodes"], line["instances"]) == ("river", "active", 0, 75)


def test_rules_are_listed_without_a_database(yukimori):
    code, out, _ = yukimori("rules", "--site", CONFIG / "example", "--json")
    assert code == 0
    states = {line["rule"]: line["state"] for line in json.loads(out)}
    assert (states["river"], states["road-freezing"]) == ("active", "draft")
    assert all(line["tests"] and line["instances"] and line["episodes"] is None for line in json.loads(out))
    assert "draft: only tested" in yukimori("rules", "--site", CONFIG / "example")[1]
