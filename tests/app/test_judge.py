"""The process `judge`: its rounds, what fails in them; the commands about the quality of what is stored."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from datetime import UTC, datetime, timedelta

import pytest

from app import judge as process
from app import judge_commands, task_rounds
from config import load_site
from core.errors import StartError, StoreError
from core.model import Observation, Quality, QualityReason
from core.times import format_rfc3339
from store import open_store
from store.rows import Batch

NOON = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=2)
TEN = timedelta(minutes=10)
SNOW = "snow-ginzan/snow_depth"


class Lock:
    """Held, but for the rounds named; ``taken`` is raised at the one given."""

    def __init__(self, broken=(), taken=None):
        self.rounds, self.broken, self.taken = 0, broken, taken

    def ensure(self):
        self.rounds += 1
        if self.rounds == self.taken:
            raise StartError("another judge is at work for this site")
        return self.rounds not in self.broken


@pytest.fixture
def rounds(monkeypatch):
    """Runs the process with tasks of the test until the tasks set ``stop``; what was alive, waited, made."""

    class Rounds:
        def __init__(self):
            self.stop, self.alive, self.made, self.waits = threading.Event(), 0, 0, []

        def run(self, tasks, lock=None):
            def making(task):
                def make(_site, _store, _registry):
                    self.made += 1
                    return task

                return make

            monkeypatch.setattr(process, "ROUNDS", {name: making(task) for name, task in tasks.items()})
            monkeypatch.setattr(self.stop, "wait", self.waits.append)
            process.work(None, None, None, lock or Lock(), self.stop, clock=lambda: NOON, alive=self._beat)

        def _beat(self):
            self.alive += 1

    return Rounds()


def script(rounds, *steps):
    """A task that does one step a round; a step that is an error is raised. The last round ends the process."""
    left = list(steps)

    def task(now):
        assert now == NOON
        step = left.pop(0)
        if not left:
            rounds.stop.set()
        if isinstance(step, Exception):
            raise step
        return step

    return task


def test_a_backlog_is_worked_off_without_waiting_a_second(rounds):
    rounds.run({"judging": script(rounds, True, True, False, False)})
    assert rounds.waits == [task_rounds.BREATH_S, task_rounds.BREATH_S, process.PAUSE_S, process.PAUSE_S]
    assert rounds.alive == 4


def test_a_task_that_fails_stops_no_other_and_is_no_sign_of_life(rounds, caplog):
    other = []
    rounds.run(
        {
            "judging": script(rounds, ZeroDivisionError(), StoreError("gone", retryable=True), False, False),
            "other": lambda now: other.append(now) or False,
        }
    )
    assert len(other) == 4
    assert rounds.alive == 2
    assert rounds.waits == [2.0, 4.0, 1.0, 1.0]
    assert "judging failed and is tried again" in caplog.text
    assert "judging is tried again: gone" in caplog.text


def test_waiting_grows_to_half_a_minute_and_no_further(rounds):
    rounds.run({"judging": script(rounds, *[StoreError("gone", retryable=True)] * 8)})
    assert rounds.waits[-3:] == [30.0] * 3


def test_tasks_begin_anew_where_the_lock_was_lost(rounds):
    rounds.run({"judging": script(rounds, *[False] * 4)}, Lock(broken=(3,)))
    assert rounds.made == 2


def test_a_database_that_is_away_is_waited_for(rounds, caplog):
    lock = Lock()
    lock.ensure, calls = _failing_once(lock.ensure), []
    rounds.run({"judging": script(rounds, False, False)}, lock)
    assert (rounds.alive, rounds.waits, calls) == (2, [2.0, 1.0, 1.0], [])
    assert "judging waits for the database" in caplog.text


def _failing_once(ensure):
    left = [StoreError("away", retryable=True)]

    def attempt():
        if left:
            raise left.pop()
        return ensure()

    return attempt


def test_another_judge_ends_this_one(rounds):
    with pytest.raises(StartError, match="another judge"):
        rounds.run({"judging": script(rounds, *[False] * 9)}, Lock(taken=3))


def test_the_tasks_of_the_process_work_on_a_real_store(store, root, caplog):
    site = load_site(root / "config" / "example")
    registry = store.register(site)
    store.append(registry.site, Batch(observations=_rows(registry, [100.0, 101.0])))
    caplog.set_level(logging.INFO)
    tasks = {name: make(site, store, registry) for name, make in process.ROUNDS.items()}
    assert {name: task(NOON) for name, task in tasks.items()} == dict.fromkeys(process.ROUNDS, False)
    assert "2 rows judged, 1 flags changed" in caplog.text


def _rows(registry, values):
    number = registry.datastreams[SNOW]
    reasons = QualityReason.FROM_DISTANCE
    return [
        Observation(number, NOON + place * TEN, value, 4000.0 - 10 * value, Quality.GOOD, reasons, NOON + place * TEN)
        for place, value in enumerate(values)
    ]


@pytest.fixture
def winter(dsn, root, monkeypatch):
    """Some depths of one gauge in a database; the environment that leads there."""
    monkeypatch.setattr(judge_commands, "stop_on_signals", threading.Event)
    with open_store(dsn) as store:
        registry = store.register(load_site(root / "config" / "example"))
        store.append(registry.site, Batch(observations=_rows(registry, [100.0, 101.0, 390.0, 101.0, 102.0])))
    return {"DATABASE_URL": dsn}


def as_lines(answer):
    assert answer.code == 0, answer.err
    return [json.loads(line) for line in answer.out.splitlines()]


def test_history_is_judged_anew_and_its_versions_are_shown(yukimori, winter):
    (looked,) = as_lines(yukimori("requality", SNOW, "--dry-run", "--json", environment=winter))
    assert (looked["datastream"], looked["rows"], looked["was_version"]) == (SNOW, 5, None)
    assert looked["flags"] >= 1
    (done,) = as_lines(yukimori("requality", SNOW, "--json", environment=winter))
    assert {**done, "finished": None} == {**looked, "finished": None}
    (again,) = as_lines(yukimori("requality", SNOW, "--json", environment=winter))
    assert (again["values"], again["flags"], again["was_version"]) == (0, 0, done["version"])

    versions = as_lines(yukimori("verdicts", SNOW, "--json", environment=winter))
    assert len(versions) == done["flags"]
    first = versions[0]
    assert (first["at"], first["cause"], first["limits_version"]) == (
        format_rfc3339(NOON),
        "requality",
        done["version"],
    )
    assert first["was"] == {"value": 100.0, "quality": "good", "reasons": ["from_distance"], "tests": {}}
    assert "gap" in first["now"]["reasons"]
    assert first["now"]["tests"]["gap"] == 2
    (one,) = as_lines(yukimori("verdicts", SNOW, "--at", format_rfc3339(NOON), "--json", environment=winter))
    assert one == first


def test_people_read_tables(yukimori, winter):
    said = yukimori("requality", "--dry-run", environment=winter)
    assert SNOW in said.out
    assert said.out.endswith("nothing was written (--dry-run)\n")
    yukimori("requality", SNOW, environment=winter)
    shown = yukimori("verdicts", SNOW, environment=winter).out
    assert "100 good from_distance" in shown
    assert "requality" in shown


def test_a_changed_mount_height_changes_values(yukimori, winter, root, tmp_path):
    folder = tmp_path / "town"
    shutil.copytree(root / "config" / "example", folder)
    table = (folder / "datastreams.csv").read_text(encoding="utf-8-sig")
    assert "snow-ginzan,snow_depth,02000000000000a1,em500-udl,10m,30m,400," in table
    changed = table.replace(",em500-udl,10m,30m,400,", ",em500-udl,10m,30m,410,", 1)
    (folder / "datastreams.csv").write_text(changed, encoding="utf-8")
    environment = {**winter, "YUKIMORI_SITE": str(folder)}
    (done,) = as_lines(yukimori("requality", SNOW, "--json", environment=environment))
    assert done["values"] == 5
    (last,) = as_lines(yukimori("verdicts", SNOW, "--at", format_rfc3339(NOON), "--json", environment=environment))
    assert (last["was"]["value"], last["now"]["value"]) == (100.0, 110.0)


def test_an_interrupted_requality_says_so(yukimori, winter, monkeypatch):
    stopped = threading.Event()
    stopped.set()
    monkeypatch.setattr(judge_commands, "stop_on_signals", lambda: stopped)
    answer = yukimori("requality", SNOW, environment=winter)
    assert answer.code == judge_commands.EXIT_INTERRUPTED
    assert "interrupted: 1 datastreams are not done; run it again to go on" in answer.err


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (("requality", "nowhere/snow_depth"), "nowhere/snow_depth: no such datastream", 3),
        (("requality", "--from", "2026-01-01"), "not an RFC 3339 time", 2),
        (("requality", "--to", "2026-01-01T00:00:00"), "no offset", 2),
        (
            ("requality", SNOW, "--from", "2026-02-01T00:00:00+09:00", "--to", "2026-01-31T00:00:00Z"),
            "is not after 2026-02-01",
            2,
        ),
        (("verdicts", SNOW, "--at", "noon"), "not an RFC 3339 time", 2),
    ],
)
def test_what_cannot_be_meant_is_said(yukimori, arguments, words, code):
    answer = yukimori(*arguments)
    assert (answer.code, words in answer.err) == (code, True), answer.err
