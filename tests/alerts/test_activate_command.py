"""``yukimori alerts activate``: what it shows, what it refuses, what it writes and notes."""

from __future__ import annotations

import io
import json
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.rule_life import evaluated_rule
from app.cli import main
from app.settings import ENVIRONMENT
from config import load_site
from config.rule_plan import RuleState
from core.model import Observation, Quality, QualityReason
from store import open_store
from store.rows import Batch

FUKUI = Path(__file__).parents[2] / "config" / "fukui"
NIGHT = ("--from", "2024-11-01", "--to", "2024-11-03")
DAY = timedelta(days=1)
BEGAN = datetime(2024, 10, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The Fukui site with a second rule: the river's with another margin, in shadow."""
    folder = tmp_path_factory.mktemp("activate") / "town"
    shutil.copytree(FUKUI, folder, ignore=shutil.ignore_patterns("layers"))
    text = (folder / "rules" / "river.toml").read_text("utf-8")
    text = text.replace('level = "standby"\nclear_margin = 0.05', 'level = "standby"\nclear_margin = 0.5')
    assert "0.5\n" in text
    (folder / "rules" / "next.toml").write_text(f'state = "shadow" # 試行中\n{text}', "utf-8")
    return folder


@pytest.fixture
def town(folder, tmp_path):
    """A copy of it to be changed."""
    return shutil.copytree(folder, tmp_path / "town")


@pytest.fixture
def yukimori(monkeypatch, capsys, tmp_path):
    """Runs the command line; exit code, what it said, what it complained of."""

    def run(*arguments, database=None):
        for name in ENVIRONMENT:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("YUKIMORI_DATA", str(tmp_path / "data"))
        if database is not None:
            monkeypatch.setenv("DATABASE_URL", database)
        monkeypatch.setattr(sys, "argv", ["yukimori", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


class Past:
    """What the database knows: the river at work, its next version in shadow, a flood of one night."""

    def __init__(self, store, folder):
        self.store, self.site = store, load_site(folder)
        self.registry = store.register(self.site)
        self.next, self.river = self.site.rules
        self.evaluate(BEGAN, replace(self.river))

    def evaluate(self, at, *rules):
        rows = [evaluated_rule(rule) for rule in rules]
        self.store.rule_life.evaluated(self.registry.site, rows, at, at - DAY)

    def try_next(self, days):
        for half in range(2 * days + 1):
            self.evaluate(BEGAN + DAY + half * DAY / 2, self.river, self.next)

    def flood(self):
        at, number = datetime(2024, 11, 2, 3, tzinfo=UTC), self.registry.datastreams["1/water_level"]
        heights = [at + hour * timedelta(hours=1) for hour in range(8)]
        rows = [
            Observation(number, when, value, value, Quality.GOOD, QualityReason.NONE, when + timedelta(seconds=3))
            for when, value in zip(heights, (3.0, 3.7, 4.9, 6.2, 4.0, 3.5, 3.4, 2.0), strict=True)
        ]
        self.store.append(self.registry.site, Batch(observations=rows))

    def noted(self):
        rows = self.store.audit.listed(self.registry.site, action="rule.activate")
        return [(row.entry.subject, row.entry.details) for row in rows]


@pytest.fixture
def past(dsn, town):
    with open_store(dsn) as store:
        yield Past(store, town)


class Typed(io.StringIO):
    """What somebody types at a terminal."""

    def isatty(self):
        return True


def texts(town):
    return {file.name: file.read_bytes() for file in (town / "rules").iterdir()}


@pytest.mark.db
def test_a_rule_that_was_not_tried_is_refused_and_nothing_changes(yukimori, past, town, dsn):
    before = texts(town)
    past.try_next(6)
    code, out, err = yukimori("alerts", "activate", "next", "--site", town, "--yes", *NIGHT, database=dsn)
    assert (code, err) == (1, "")
    assert "In shadow: 6 d 00:00 of 7 d 00:00; 0 shadow episodes." in out
    assert "REFUSED, nothing was changed: next not tried" in out
    assert (texts(town), past.noted()) == (before, [])


@pytest.mark.db
def test_a_tried_rule_becomes_active_and_only_its_state_is_written(yukimori, past, town, dsn, monkeypatch):
    before = texts(town)
    past.try_next(7)
    code, out, _ = yukimori("alerts", "activate", "next", "--site", town, *NIGHT, database=dsn)
    assert code == 1, "nobody said yes"
    assert "give --yes" in out
    assert (texts(town), past.noted()) == (before, [])
    monkeypatch.setattr(sys, "stdin", Typed("n\n"))
    code, out, _ = yukimori("alerts", "activate", "next", "--site", town, *NIGHT, database=dsn)
    assert code == 1
    assert "Let it become active? [y/N]: Nothing was changed." in out
    assert (texts(town), past.noted()) == (before, [])
    code, out, _ = yukimori("alerts", "activate", "next", "--site", town, "--yes", *NIGHT, database=dsn)
    assert code == 0
    assert "No version of this rule has been active here" in out
    assert texts(town) == before | {"next.toml": before["next.toml"].replace(b'"shadow"', b'"active"', 1)}
    [(subject, details)] = past.noted()
    assert (subject, details["version"], details["was"], details["shadow_s"]) == (
        "next",
        past.next.version,
        None,
        604800,
    )
    assert "despite" not in details
    code, out, _ = yukimori("alerts", "activate", "next", "--site", town, *NIGHT, database=dsn)
    assert (code, len(past.noted())) == (0, 1)
    assert "nothing to do" in out


@pytest.mark.db
def test_the_difference_from_the_version_at_work_is_shown(yukimori, past, town, dsn):
    """A threshold that was tried under another name is taken over into the rule at work."""
    past.try_next(7)
    past.flood()
    file = town / "rules" / "river.toml"
    file.write_text((town / "rules" / "next.toml").read_text("utf-8").partition("\n")[2], "utf-8")
    yes = ("alerts", "activate", "river", "--site", town, "--yes", *NIGHT)
    code, out, _ = yukimori(*yes, database=dsn)
    assert code == 0
    assert "levels[1].clear_margin  0.05  0.5" in out
    assert "As with the version before: 0 episodes; otherwise: 1." in out
    assert "ends otherwise" in out
    assert "flood-2024-11-1" in out
    [(_, details)] = past.noted()
    assert (details["was"], details["version"]) == (past.river.version, past.next.version)
    code, out, _ = yukimori(*yes, "--json", database=dsn)
    found = json.loads(out)
    assert (code, found["activated"], found["not_done"]) == (0, [], "")
    (rule,) = found["rules"]
    assert rule["changes"] == [{"key": "levels[1].clear_margin", "was": "0.05", "becomes": "0.5"}]
    assert [each["what"] for each in rule["backtest"]["compared"]["changed"]] == ["ends otherwise"]
    assert rule["active_last"]["version"] == past.river.version


@pytest.mark.db
def test_a_reason_lets_it_be_and_is_kept(yukimori, past, town, dsn):
    def check():
        return [
            (each["file"], each["message"])
            for each in json.loads(yukimori("check", "--site", town, "--json", database=dsn)[1])["warnings"]
            if "shadow" in each["message"]
        ]

    file = town / "rules" / "next.toml"
    file.write_text(file.read_text("utf-8").replace('state = "shadow"', 'state = "active"'), "utf-8")
    assert check() == [("rules/next.toml", "active without shadow time")]
    given = ("alerts", "activate", "next", "--site", town, "--yes", "--despite", " 橋の工事 ", *NIGHT)
    assert yukimori(*given, database=dsn)[0] == 0
    assert check() == []
    assert [(subject, details["despite"]) for subject, details in past.noted()] == [("next", "橋の工事")]
    now = datetime(2024, 11, 4, tzinfo=UTC)
    past.evaluate(now, past.river, replace(past.next, state=RuleState.ACTIVE))
    lines = json.loads(yukimori("alerts", "rules", "--site", town, "--json", database=dsn)[1])
    assert [(line["rule"], line["standing"], line["reason"], line["since"]) for line in lines] == [
        ("next", "despite", "橋の工事", "2024-11-04T00:00:00Z"),
        ("river", "founding", "", "2024-10-01T00:00:00Z"),
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "Missing argument"),
        (("nxt",), 2, "there is no rule nxt"),
        (("next", "--despite", " "), 2, "a reason of 1 to 500"),
        (("next", "--despite", "a\x1b[2Jb"), 2, "a reason of 1 to 500"),
        (("next", "--from", "winter"), 2, "neither a day"),
        (("next", "--from", "2024-11-03", "--to", "2024-11-01"), 2, "the end is not after the beginning"),
        (("next",), 3, "DATABASE_URL"),
    ],
)
def test_what_cannot_be_is_told(yukimori, folder, arguments, code, said):
    found, _, err = yukimori("alerts", "activate", *arguments, "--site", folder)
    assert found == code, err
    assert said in " ".join(err.replace("│", " ").split())
