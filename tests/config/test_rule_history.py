"""Rules as the store keeps them, and the one thing that is ever written into a rule's file."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from config import load_site
from config.mistakes import Notes
from config.rule_files import read_rules
from config.rule_history import changes, kept, rule_again
from config.rule_plan import RuleState
from config.rule_state import planned, with_state, write
from core.errors import StartError

CONFIG = Path(__file__).parents[2] / "config"
EVERYTHING = """
title_ja = "全部"
title_en = "Everything"
state = "shadow"
quantity = "water_level"
unit = "m"
direction = "falling"
stations = ["b", "a"]
station_kinds = ["river"]
rivers = ["荒川"]
keepers = ["県"]
inhibits = ["other"]
suspects = true
max_gap = "90s"
min_samples = 3

[confirm]
needed = 2
within = "30m"
radius_km = 2.5

[[schedule]]
days = ["sat", "sun"]
begin = "22:00"
end = "24:00"

[[levels]]
level = "caution"
raise_at = 1.5
clear_at = 1.7
hold = "1m"
clear_hold = "1h"
proposes = 3
"""


@pytest.fixture
def everything(tmp_path):
    """A folder with one rule that says all a level rule can say, and the rule."""
    folder = tmp_path / "town"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "all.toml").write_text(EVERYTHING, "utf-8")
    notes = Notes()
    ((_, rule),) = read_rules(folder, notes)
    assert not notes.mistakes
    return folder, rule


@pytest.mark.parametrize("town", ["example", "fukui", "nishiyama"])
def test_a_kept_rule_is_read_again_as_it_was(town):
    for rule in load_site(CONFIG / town).rules:
        assert rule_again(rule.id, json.loads(json.dumps(kept(rule)))) == rule


def test_whatever_a_rule_may_say_is_kept(everything):
    _, rule = everything
    assert rule_again("all", json.loads(json.dumps(kept(rule)))) == rule


def test_what_cannot_be_read_any_more_is_nothing(everything):
    plan = kept(everything[1])
    assert rule_again("all", {**plan, "quantity": "of-another-age"}) is None
    assert rule_again("all", {}) is None


def test_changes_name_the_keys_as_the_file_does(everything):
    _, rule = everything
    other = replace(
        rule,
        title_ja="別",
        state=RuleState.ACTIVE,
        suspects=False,
        levels=(replace(rule.levels[0], raise_at=1.25),),
        rivers=frozenset(),
    )
    assert changes(rule, other) == [
        ("levels[1].raise_at", "1.5", "1.25"),
        ("suspects", "True", "-"),
        ("rivers", "荒川", "-"),
    ]
    assert changes(rule, replace(rule, title_en="x", state=RuleState.DRAFT)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'state = "shadow"\n', b'state = "active"\n'),
        (b"# a\r\n  'state'\t= 'draft'  # why\r\nx = 1\r\n", b"# a\r\n  'state'\t= \"active\"  # why\r\nx = 1\r\n"),
        (b'\xef\xbb\xbfstate = "shadow"', b'\xef\xbb\xbfstate = "active"'),
        (b'text = """\nstate = "shadow"\n"""\nstate = "draft"\n', b'text = """\nstate = "shadow"\n"""\nstate = "active"\n'),
        (b'state = "shadow"\n[a]\nstate = "shadow"\n', b'state = "active"\n[a]\nstate = "shadow"\n'),
        (b'state = """shadow"""\n', None),
        (b'x = 1\n[a]\nstate = "shadow"\n', None),
    ],
)  # fmt: skip
def test_only_the_state_is_written(before, after):
    assert with_state(before, RuleState.ACTIVE) == after


def test_the_file_is_replaced_with_its_rights(everything):
    folder, rule = everything
    file = folder / "rules" / "all.toml"
    file.chmod(0o640)
    found, content = planned(folder, rule, RuleState.ACTIVE)
    assert (found, file.read_text("utf-8")) == (file, EVERYTHING)
    write(found, content)
    assert file.read_text("utf-8") == EVERYTHING.replace('"shadow"', '"active"')
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [each.name for each in file.parent.iterdir()] == ["all.toml"]


def test_a_link_is_followed_whatever_the_file_behind_it_is_called(everything, tmp_path):
    folder, rule = everything
    file, shared = folder / "rules" / "all.toml", tmp_path / "Rule (2026).toml"
    file.rename(shared)
    file.symlink_to(shared)
    write(*planned(folder, rule, RuleState.ACTIVE))
    assert (file.is_symlink(), shared.read_text("utf-8")) == (True, EVERYTHING.replace('"shadow"', '"active"'))


def test_a_file_that_is_another_one_now_is_not_touched(everything, tmp_path):
    folder, rule = everything
    with pytest.raises(StartError, match="changed meanwhile"):
        planned(folder, replace(rule, version="0"), RuleState.ACTIVE)
    (folder / "rules" / "all.toml").write_text("x = [", "utf-8")
    with pytest.raises(StartError, match="changed meanwhile"):
        planned(folder, rule, RuleState.ACTIVE)
    with pytest.raises(StartError, match="No such file"):
        planned(tmp_path, rule, RuleState.ACTIVE)
    with pytest.raises(StartError, match="writing"):
        write(tmp_path / "nowhere" / "all.toml", b"x")
