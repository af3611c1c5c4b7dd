"""The process `match` in this process: its tasks on a real store, roads that change or cannot be read, days matched again."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app import match as process
from app import match_commands
from config import load_site
from core.model import Quality, QualityReason, Task, VehiclePosition
from core.times import format_rfc3339
from gis.metres import to_degrees
from gis.ploughs.network import read_network
from store import open_store
from store.rows import Batch

NOW = datetime.now(UTC).replace(microsecond=0)
BEGAN = NOW - timedelta(hours=2)


class Lock:
    def ensure(self):
        return True


@pytest.fixture
def folder(root, tmp_path):
    """The example town, to be changed."""
    return shutil.copytree(root / "config" / "example", tmp_path / "site")


@pytest.fixture
def site(folder):
    return load_site(folder)


@pytest.fixture
def store(dsn):
    with open_store(dsn, pool_size=3) as opened:
        yield opened


@pytest.fixture
def registry(store, site):
    return store.register(site)


@pytest.fixture
def told():
    return process.Told()


@pytest.fixture
def rounds(store, site, registry, told):
    """Runs the process for so many rounds, each a minute after the one before; how many were a sign of life."""

    def run(count, since=NOW, before=None, of=site):
        stop, clock, lives = threading.Event(), iter(range(count + 1)), []

        def now():
            number = next(clock)
            if number + 1 == count:
                stop.set()
            if before is not None:
                before(number)
            return since + number * timedelta(minutes=1)

        stop.wait = lambda _seconds: None
        process.work(of, store, registry, Lock(), stop, told=told, clock=now, alive=lambda: lives.append(1))
        return len(lives)

    return run


@pytest.fixture
def driven(store, site, registry):
    """Lets a plough drive over the longest road."""
    network = read_network(site)
    road = max(network.roads.values(), key=lambda each: each.length_m)
    vehicle, good = registry.vehicles["plough-01"], (Quality.GOOD, QualityReason.NONE)
    steps = range(int(road.length_m / 30))
    points = [road.line.interpolate(30.0 * step) for step in steps]
    degrees = [to_degrees(network.epsg).transform(point.x, point.y) for point in points]
    fixes = [
        VehiclePosition(vehicle, at, *place, 21.6, None, 4.0, Task.PLOUGH, *good, at)
        for at, place in zip((BEGAN + step * timedelta(seconds=5) for step in steps), degrees, strict=True)
    ]
    store.append(registry.site, Batch(positions=fixes))
    return road.id


def test_the_tasks_of_the_process_work_on_a_real_store(rounds, driven, store, registry, told):
    assert rounds(3) == 3
    assert store.road_states.latest(registry.site)[driven].share > 0.95
    assert len(store.road_states.latest(registry.site)) > 100
    assert told.behind_s == 0
    assert set(told.state) == {"fixes", "days_again", "states_changed", "behind_s", "days_waiting"}
    assert told.days_again == 1, "it was there before matching began"


def test_a_site_without_ploughs_lives_and_does_nothing(rounds, site, store, registry, told):
    assert rounds(2, of=replace(site, ploughs=None)) == 2
    assert store.ploughs.standing(registry.site) is None
    assert told == process.Told()


def test_roads_that_change_are_in_force_at_once_and_broken_ones_change_nothing(
    rounds, driven, site, folder, store, registry, caplog
):
    caplog.set_level(logging.WARNING)
    layer = next(each for each in site.layers if each.id == site.ploughs.roads)
    whole = json.loads(layer.file.read_text(encoding="utf-8"))
    assert any(each["properties"].get("id") == driven for each in whole["features"])

    def edit(number):
        if number == 1:
            layer.file.write_text("{", encoding="utf-8")
        if number == 3:
            left = [each for each in whole["features"] if each["properties"].get("id") != driven]
            layer.file.write_text(json.dumps({**whole, "features": left}), encoding="utf-8")

    assert rounds(6, before=edit) == 6
    assert "the roads stay as they were" in caplog.text
    assert driven not in store.road_states.latest(registry.site)
    assert driven not in {each.road for each in store.ploughs.passages(registry.site, BEGAN, NOW)}


def test_roads_that_never_could_be_read_are_no_sign_of_life(rounds, site, caplog):
    layer = next(each for each in site.layers if each.id == site.ploughs.roads)
    layer.file.write_text("{", encoding="utf-8")
    assert rounds(2) == 0
    assert "matching failed and is tried again" in caplog.text


def test_days_are_matched_again_by_command(rounds, driven, yukimori, dsn, folder, store, registry, monkeypatch):
    monkeypatch.setattr(match_commands, "stop_on_signals", threading.Event)
    rounds(2)
    before = store.ploughs.passages(registry.site, BEGAN, NOW)
    vehicle = registry.vehicles["plough-01"]
    with store._pool.connection() as connection:
        connection.execute("delete from plough_passage")
    asked = ["ploughs", "rematch", "--site", folder, "--from", format_rfc3339(BEGAN), "--to", format_rfc3339(NOW)]
    environment = {"DATABASE_URL": dsn}
    answer = yukimori(*asked, "--vehicle", "plough-01", "--json", environment=environment)
    assert (answer.code, json.loads(answer.out)) == (0, {"days": 1, "left": 0, "states_changed": 1})
    assert store.ploughs.passages(registry.site, BEGAN, NOW) == before
    (line,) = store.road_states.changes(registry.site, BEGAN, NOW + timedelta(days=1))
    assert (line.road, line.cause, line.was.share) == (driven, "rematch", 0.0)
    assert line.now.share > 0.95
    assert json.loads(yukimori(*asked, "--json", environment=environment).out)["states_changed"] == 0
    assert store.ploughs.drives(registry.site)[vehicle].ended


def test_where_a_process_matches_the_command_waits_for_it(
    rounds, driven, yukimori, dsn, folder, store, registry, monkeypatch
):
    rounds(2)
    asked = ["ploughs", "rematch", "--site", folder, "--from", format_rfc3339(BEGAN), "--to", format_rfc3339(NOW)]

    class Stop:
        """The process works while the command waits."""

        def __init__(self):
            self.waited = 0

        def is_set(self):
            return self.waited > 5

        def wait(self, _seconds):
            self.waited += 1
            if works:
                rounds(1)

    monkeypatch.setattr(match_commands, "stop_on_signals", Stop)
    with store.ploughs.lock(registry.site):
        works = False
        answer = yukimori(*asked, environment={"DATABASE_URL": dsn})
        assert answer.code == match_commands.EXIT_INTERRUPTED
        assert answer.out.startswith("0 days of vehicles were matched again")
        works = True
        answer = yukimori(*asked, environment={"DATABASE_URL": dsn})
        assert (answer.code, answer.out) == (0, "1 days of vehicles were matched again; 0 states of roads changed\n")


def test_a_rematch_says_what_is_wrong_with_it(yukimori, folder):
    ask = ["ploughs", "rematch", "--site", folder, "--from", "2026-01-15T12:00:00+09:00", "--to"]
    assert yukimori(*ask, "2026-01-15T03:00:00Z").code == 2
    assert yukimori(*ask, "yesterday").code == 2
    answer = yukimori(
        *ask, "2026-01-16T12:00:00+09:00", "--vehicle", "tank", environment={"DATABASE_URL": "postgresql://"}
    )
    assert answer.code != 0
    (folder / "ploughs.toml").unlink()
    (folder / "protected.csv").unlink()
    answer = yukimori(*ask, "2026-01-16T12:00:00+09:00")
    assert "no ploughs.toml" in answer.err
