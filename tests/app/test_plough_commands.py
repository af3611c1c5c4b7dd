"""`yukimori ploughs coverage | behind | second-pass | proposals | order`: what the office asks at night, and its orders."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config import load_site
from core.model import Observation, Quality, QualityReason, Task
from core.ploughs import Direction, Evidence, Passage, Track
from core.times import format_rfc3339, parse_rfc3339
from gis.ploughs.network import read_network
from store import open_store
from store.rows import Batch

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)


@pytest.fixture
def site(root):
    return load_site(root / "config" / "example")


@pytest.fixture
def ask(yukimori, dsn):
    """Runs a command of the group on the database of the test."""
    return lambda *arguments: yukimori("ploughs", *arguments, environment={"DATABASE_URL": dsn})


@pytest.fixture
def night(dsn, site):
    """One plough has cleared the first road of class 1 three hours ago; since then 12 cm fell at every gauge."""
    now = datetime.now(UTC).replace(microsecond=0)
    network = read_network(site)
    road = next(road for road in network.roads.values() if road.code == "1")
    with open_store(dsn) as store:
        registry = store.register(site)
        number = next(iter(registry.vehicles.values()))
        made = Passage(
            vehicle=number, road=road.id, direction=Direction.FORWARD, from_m=0.0, to_m=road.length_m,
            began_at=now - 3 * HOUR, ended_at=now - 2.9 * HOUR, task=Task.PLOUGH, evidence=Evidence.SIGNAL, fixes=9,
        )  # fmt: skip
        track = Track(passages=(made, replace(made, direction=Direction.BACKWARD)))
        store.ploughs.replace_track(number, now - 5 * HOUR, now, track)
        depths = [(now - timedelta(minutes=10 * back), 50.0 + max(0, 18 - back) * 12 / 18) for back in range(72)]
        rows = [
            Observation(registry.datastreams[stream.key], at, depth, depth, Quality.GOOD, QualityReason.NONE, now)
            for stream in site.datastreams
            if stream.quantity == "snow_depth"
            for at, depth in depths
        ]
        store.append(registry.site, Batch(observations=rows))
    return road


def test_what_is_clear(ask, night):
    answer = ask("coverage", "--by", "class")
    assert answer.code == 0
    assert "clear" in answer.out
    told = json.loads(ask("coverage", "--json", "--by", "all").out)
    (total,) = told["totals"]
    assert total["cleared"] == 1
    road = next(road for road in told["roads"] if road["id"] == night.id)
    assert (road["age_class"], road["evidence"], road["share"]) == ("3_6h", "signal", 1.0)
    assert told["storm"]["going_on"]
    assert json.loads(ask("coverage", "--json", "--since", "storm").out)["since"] == told["storm"]["began_at"]
    before = json.loads(ask("coverage", "--json", "--at", format_rfc3339(datetime.now(UTC) - 4 * HOUR)).out)
    assert before["totals"][0]["cleared"] == 0


def test_where_snow_piles_up_again(ask, night):
    answer = ask("second-pass")
    assert answer.code == 1
    assert night.name in answer.out
    assert "needed  " in answer.out
    (told,) = json.loads(ask("second-pass", "--json").out)["second_pass"]
    assert told["id"] == night.id
    assert told["snow_cm"] == pytest.approx(11, abs=1)
    assert 1 <= len(told["gauges"]) <= 3
    rows = list(csv.DictReader(io.StringIO(ask("second-pass", "--csv").out.removeprefix("\ufeff"))))
    assert [row["路線ID"] for row in rows] == [night.id]


def test_an_order_and_who_is_behind_it(ask, night):
    assert ask("behind").code == 0
    assert ask("coverage", "--since", "order").code == 3
    given = ask("order", "give", "1", "--by", "当直", "--id", "night-1", "--measured", "12 cm")
    assert given.code == 0
    assert "is given" in given.out
    assert "nothing was noted" in ask("order", "give", "1", "--id", "night-1").out
    assert ask("order", "give", "2", "--id", "night-1").code == 3
    behind = json.loads(ask("behind", "--json").out)
    assert {road["class"] for road in behind["behind"]} == {"1"}
    assert {road["progress"] for road in behind["behind"]} == {"open"}
    told = json.loads(ask("order", "list", "--json").out)
    assert (told["id"], told["by"], told["measured"], told["standing"]) == ("night-1", "当直", "12 cm", True)
    assert "would be ended" in ask("order", "end", "night-1", "--dry-run").out
    assert "is ended" in ask("order", "end", "night-1").out
    assert "before" in ask("order", "end", "night-1").out
    assert not json.loads(ask("order", "list", "--json").out)["standing"]
    assert "night-1" in ask("order", "list").out
    assert ask("order", "end", "gone").code == 3


def test_late_roads_are_an_exit_code(ask, night):
    ask("order", "give", "1", "--at", format_rfc3339(datetime.now(UTC) - 40 * HOUR))
    answer = ask("behind")
    assert answer.code == 1
    assert " late " in answer.out
    assert len(ask("behind", "--csv").out.splitlines()) == len(json.loads(ask("behind", "--json").out)["behind"]) + 1


def test_checks_are_told(ask, night, site):
    told = json.loads(ask("proposals", "--json").out)
    asked = [code for code, each in site.ploughs.classes.items() if each.checks and each.threshold_cm is not None]
    assert [check["class"] for check in told["checks"]] == asked
    assert all(parse_rfc3339(check["checked_at"]) <= datetime.now(UTC) for check in told["checks"])
    answer = ask("proposals")
    assert answer.code == 0
    assert "snowfall began" in answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("coverage", "--since", "yesterday"),
        ("coverage", "--since", "2020-01-01T00:00:00Z"),
        ("coverage", "--at", "2100-01-01T00:00:00Z"),
        ("coverage", "--by", "colour"),
        ("order", "give", "9"),
        ("order", "give"),
        ("order", "give", "1", "--at", "noon"),
        ("order", "end", "x", "--by", ""),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(ask, arguments):
    assert ask(*arguments).code == 2


def test_a_town_without_a_plan(yukimori, dsn, root):
    folder = root / "config" / "fukui"
    for arguments in (("coverage",), ("order", "give", "1"), ("behind",)):
        answer = yukimori("ploughs", *arguments, "--site", folder, environment={"DATABASE_URL": dsn})
        assert answer.code == 3
        assert "ploughs.toml" in answer.err
