"""Rule tests: what they prove, what they refuse, and that the live evaluator is what they play."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from alerts.rule_tests import as_mistakes, run_rule_tests
from alerts.rule_tests_file import read_rule_tests
from config import load_site
from config.rule_plan import RuleState, ScheduleWindow
from core.levels import Level

CONFIG = Path(__file__).parents[2] / "config"

HEAD = """
[[tests]]
title = "a test"
interval = "1m"
"""
STATION = """
[[tests.stations]]
id = "made-up"
"""
FIRES = '{ state = "firing", level = "caution", since = "2m" }'


@pytest.fixture
def channel(rule, level):
    """The channel rule: 80 cm for a minute, out again below 70."""
    return rule(level(raise_at=80.0, clear_margin=10.0, hold=1))


@pytest.fixture
def tried(site, channel, tmp_path):
    """Reads and plays a test file beside the channel rule; the mistakes and what differs, in words."""

    def run(text, *rules):
        folder = tmp_path / "rules"
        folder.mkdir(exist_ok=True)
        (folder / "channel.test.toml").write_text(text, encoding="utf-8")
        town = replace(site(rules or [channel]), folder=tmp_path)
        files = read_rule_tests(town)
        outcomes = run_rule_tests(town, files.tests)
        rows = [(row.at, row.subject, row.expected, row.found) for each in outcomes for row in each.differences]
        assert all(as_mistakes(each) for each in outcomes if not each.passed)
        return [str(mistake) for mistake in files.mistakes], rows, len(files.tests)

    return run


def written(series, *expectations, head=HEAD, station=STATION):
    text = f'{head}{station}\n[tests.series]\n"made-up/channel_level" = "{series}"\n'
    for at, instances, *rest in expectations:
        text += f'\n[[tests.expect]]\nat = "{at}"\ninstances = [{instances}]\n' + "\n".join(rest) + "\n"
    return text


def test_what_is_expected_is_found(tried):
    text = written(
        "79 81 82 81 60",
        ("0m", ""),
        ("1m", '{ state = "pending", level = "caution", since = "1m" }', "messages = []"),
        ("3m", FIRES, 'messages = ["【注意】"]', 'transitions = [{ kind = "fired", level = "caution", at = "2m" }]'),
        ("4m", "", 'transitions = [{ kind = "resolved", level = "normal", at = "4m" }]'),
    )
    assert tried(text) == ([], [], 1)


@pytest.mark.parametrize(
    ("expected", "wanted", "found"),
    [
        ("", "–", "firing caution since 2m"),
        ('{ state = "firing", level = "warning" }', "firing warning", "firing caution since 2m"),
        (
            '{ state = "firing", level = "caution", since = "1m" }',
            "firing caution since 1m",
            "firing caution since 2m",
        ),
        ('{ state = "firing", level = "caution", stale = true }', "firing caution, stale", "firing caution since 2m"),
        ('{ state = "pending" }', "pending", "firing caution since 2m"),
        ('{ state = "firing", level = "caution", subject_ja = "危険" }', "… 危険 …", None),
    ],
)
def test_the_set_is_exact(tried, expected, wanted, found):
    mistakes, rows, _ = tried(written("79 81 82", ("2m", expected)))
    assert mistakes == []
    [(at, _, told_wanted, told_found)] = rows
    assert (at, told_wanted) == ("2m", wanted)
    assert found is None or told_found == found


def test_an_alert_that_is_missing_fails(tried):
    _, rows, _ = tried(written("1 1 1", ("2m", FIRES), ("1m", "")))
    assert rows == [("2m", "channel made-up/channel_level", "firing caution since 2m", "ok since 2m")]


def test_what_was_told_is_compared_whole_and_in_order(tried):
    text = written("81 81 81", ("2m", '{ state = "firing", level = "caution" }', "transitions = []", "messages = []"))
    _, rows, _ = tried(text)
    assert [row[1] for row in rows] == ["transition 1", "message 1"]
    text = written("1 1", ("1m", "", 'transitions = [{ kind = "fired" }]', 'messages = ["注意"]'))
    _, rows, _ = tried(text)
    assert [(row[1], row[3]) for row in rows] == [("transition 1", "–"), ("message 1", "–")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("x = 1", "there is no test in it"),
        ("tests = 3", "expected a list of tables"),
        (HEAD, "nothing is measured"),
        (written("1 2"), "the test proves nothing"),
        (written("1 2 x", ("1m", "")), "column 5: “x” is not a sample"),
        (written("1 2", ("3m", "")), "3m lies behind the end of the series (2m)"),
        (written("1 2", ("1m", ""), ("1m", "")), "there is an expectation at this time already"),
        (written("1 2", ("1m", f"{FIRES}, {FIRES}")), "named twice"),
        (written("1 2", ("1m", '{ state = "on" }')), "“on” is not a state"),
        (written("1 2", ("1m", '{ state = "firing" }')), "which level is meant is missing"),
        (written("1 2", ("1m", '{ state = "nodata", level = "caution" }')), "nodata has no level"),
        (written("1 2", ("1m", '{ state = "pending", levle = "caution" }')), "unknown key"),
        (written("1 2", ("1m", '{ state = "pending", of = "elsewhere/channel_level" }')), "is not something channel"),
        (written("1 2", ("1m", '{ state = "pending", rule = "river" }')), "is not a rule of this test"),
        (written("1 2", ("1m", "", 'transitions = [{ kind = "gone" }]')), "is not a kind of transition"),
        (written("1 2", ("1m", "", 'messages = "注意"')), "expected a list of texts"),
        (written("1 2", ("1m", ""), head=HEAD + 'rules = ["rivre"]\n'), "there is no rule “rivre”"),
        (written("1 2", ("1m", ""), head=HEAD + 'rules = ["channel"]\n'), "stands there twice"),
        (written("1 2", ("1m", ""), head=HEAD + "speed = 3\n"), "unknown key"),
        (written("1 2", ("1m", ""), head=HEAD + 'start = "yesterday"\n'), "is not a date with a time"),
        (written("1 2", ("1m", ""), head=HEAD + 'start = "1026-01-01 00:00"\n'), "the year 1026"),
        (written("1 2", ("1m", ""), head=HEAD + 'rounds = "0s"\n'), "longer than zero"),
        (written("1 2", ("1m", ""), station=""), "no station measures this"),
        (written("1 2", ("1m", ""), station=STATION + STATION), "stands there twice"),
        (written("1 2", ("1m", ""), station=STATION + "danger = 5\ncaution = 7\n"), "the thresholds do not rise"),
        (written("1 2", ("1m", ""), station=STATION + 'quantity = "water_level"\n'), "no station measures this"),
        (
            written("1 2", ("1m", ""), station=STATION).replace(
                "[tests.series]", '[tests.series]\n"harame/water_level" = "1"'
            ),
            "channel does not watch this",
        ),
        (
            written("1 2", ("1m", "")).replace("[tests.series]", '[tests.series]\n"made-up/channel_level" = "1"'),
            "a key may stand only once",
        ),
        (written("1 2", ("1m", "")) + written("1 2", ("1m", "")), "a test of this title stands there already"),
    ],
)
def test_a_mistake_is_told_with_file_key_and_hint(tried, text, said):
    mistakes, rows, tests = tried(text)
    assert any(said in mistake for mistake in mistakes), mistakes
    assert all(mistake.startswith("rules/channel.test.toml") for mistake in mistakes)
    assert (rows, tests) == ([], 0)


def test_rounds_of_another_interval_than_the_samples(tried):
    told = 'transitions = [{ kind = "fired", at = "2m" }, { kind = "resolved", at = "4m" }]'
    text = written("60 81 82 83 60 60", ("5m", "", told), head=HEAD + 'rounds = "5m"\n')
    assert tried(text)[:2] == ([], [])
    slow = written("60x3 81 82 83 60", ("5m", FIRES.replace("2m", "5m")), head=HEAD + 'rounds = "7m"\n')
    assert tried(slow)[:2] == ([], [])


def test_a_very_long_run(tried):
    text = written("79x19999 81 82 _x3", ("20001m", FIRES.replace("2m", "20001m")))
    assert tried(text) == ([], [], 1)


def test_late_and_conflicting_samples(tried):
    late = written("60 81:late(5m) 82:late(4m) 60 60 60 60", ("2m", ""), ("6m", ""))
    late += 'transitions = [{ kind = "fired", at = "2m" }, { kind = "resolved", at = "3m" }]\n'
    assert tried(late)[:2] == ([], [])
    told = 'transitions = [{ kind = "fired", level = "caution", at = "2m" }, { kind = "closed" }]'
    conflict = written("60 81 82:dup(10) _", ("1m", '{ state = "pending" }'), ("3m", '{ state = "pending" }', told))
    assert tried(conflict)[:2] == ([], [])  # it fired, and was corrected when the second value came


def test_silence_is_nodata(tried):
    station = STATION + 'stale_after = "10m"\n'
    text = written("60 _x15", ("10m", ""), ("11m", '{ state = "nodata", since = "10m" }'), station=station)
    assert tried(text)[:2] == ([], [])


@pytest.mark.parametrize("state", [RuleState.SHADOW, RuleState.DRAFT])
def test_shadows_and_drafts_are_tried_and_tell_nobody(tried, channel, state):
    text = written("81 82 83", ("2m", FIRES.replace("2m", "1m"), "messages = []"))
    assert tried(text, replace(channel, state=state))[:2] == ([], [])


def test_a_rule_tells_within_its_hours(tried, channel):
    night = ScheduleWindow(days=frozenset({3}), begin=time(22, 0), end=time(6, 0))  # the default start is a Thursday
    watched = replace(channel, schedule=(night,))
    text = written(
        "81x8 60",
        ("4m", '{ state = "firing", level = "caution" }', "messages = []"),
        ("8m", '{ state = "firing", level = "caution" }', 'messages = ["【注意】"]'),
        ("9m", "", 'messages = ["【解消】"]'),
        head=HEAD + 'start = "2026-01-15 21:55"\n',
    )
    assert tried(text, watched)[:2] == ([], [])
    morning = text.replace("21:55", "05:55")  # the night of Thursday begins on Thursday
    assert tried(morning, watched)[1]


def test_a_rule_that_cannot_be_evaluated_fails_its_test(tried, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("no slope")

    monkeypatch.setattr("alerts.rehearsal.look", broken)
    _, rows, _ = tried(written("81 82", ("1m", FIRES)))
    assert rows == [("-", "channel", "to be evaluated", "ZeroDivisionError: no slope")]


def test_two_rules_at_once(tried, channel, rule, level):
    low = rule(level(raise_at=20.0, clear_margin=5.0), id="low", direction="falling")
    text = written(
        "50 10 82 83",
        ("1m", '{ state = "firing", level = "caution", rule = "low" }'),
        ("3m", '{ state = "firing", level = "caution", since = "3m" }'),
        head=HEAD + 'rules = ["low"]\n',
    )
    assert tried(text, channel, low)[:2] == ([], [])


def test_a_rule_without_tests_is_named(site, channel, tmp_path):
    town = replace(site([channel]), folder=tmp_path)
    assert read_rule_tests(town).untested == ("channel",)


@pytest.mark.parametrize("name", ["example", "fukui", "nishiyama"])
def test_every_rule_of_the_sites_is_tested_and_passes(name):
    town = load_site(CONFIG / name)
    files = read_rule_tests(town)
    assert files.mistakes == ()
    assert files.untested == ()
    assert [str(mistake) for each in run_rule_tests(town, files.tests) for mistake in as_mistakes(each)] == []


def test_a_spoilt_rule_fails_its_tests():
    town = load_site(CONFIG / "fukui")
    files = read_rule_tests(town)
    [river] = town.rules
    spoilt = replace(river, levels=tuple(replace(rung, clear_margin=0.06) for rung in river.levels))
    outcomes = run_rule_tests(replace(town, rules=(spoilt,)), files.tests)
    assert not all(each.passed for each in outcomes)
    slow = replace(river, levels=tuple(replace(rung, hold=timedelta(hours=1)) for rung in river.levels))
    assert not all(each.passed for each in run_rule_tests(replace(town, rules=(slow,)), files.tests))
    assert Level.DANGER in {rung.level for rung in river.levels}
