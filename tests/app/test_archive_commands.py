"""`archive` and `backup` as people and timers call them: words, exit codes, files, their modes."""

import json
import os
import stat
import subprocess
import sys
from datetime import timedelta

import pandas as pd
import pytest

from app import backup_commands
from config import load_site
from core.model import Observation, Quality, QualityReason
from core.times import utc_now
from store import embedded, migrate, open_store
from store.months import month_bounds, month_of
from store.rows import Batch

pytestmark = pytest.mark.db
NOW = utc_now()
OLD = month_of(NOW - timedelta(days=400))
SINCE, UNTIL = month_bounds(OLD)


@pytest.fixture
def fill(root):
    """Puts hourly readings of an old month and one of now into a database of the example town; how many are old."""

    def into(dsn):
        with open_store(dsn) as store:
            registry = store.register(load_site(root / "config" / "example"))
            stream = registry.datastreams[min(registry.datastreams)]
            hours = range((UNTIL - SINCE) // timedelta(hours=1))
            times = [*(SINCE + timedelta(hours=hour) for hour in hours), NOW]
            rows = [Observation(stream, at, 1.0, 1.0, Quality.GOOD, QualityReason.NONE, at) for at in times]
            store.append(registry.site, Batch(observations=rows))
            store.maintain(NOW)
        return len(hours)

    return into


def count(dsn):
    with open_store(dsn) as store, store.archiving._transaction("count") as connection:
        return connection.execute("select count(*) from observation").fetchone()[0]


def test_old_months_go_and_one_comes_back(yukimori, dsn, fill, tmp_path):
    old, env, month = fill(dsn), {"DATABASE_URL": dsn}, f"{OLD:%Y-%m}"
    before = f"{month_of(UNTIL):%Y-%m}"
    refused = yukimori("archive", "run", environment=env)
    assert (refused.code, "set archive_after" in refused.err) == (3, True)
    dry = yukimori("archive", "run", "--before", before, "--dry-run", "--json", environment=env)
    assert [(row["month"], row["rows"]) for row in map(json.loads, dry.out.splitlines())] == [(month, old)]
    assert count(dsn) == old + 1

    done = yukimori("archive", "run", "--before", before, environment=env)
    assert (done.code, f"{old:,}" in done.out) == (0, True), done.err
    assert count(dsn) == 1
    assert len(pd.read_parquet(tmp_path / "data" / "archive" / "observations")) == old
    again = yukimori("archive", "run", "--before", before, environment=env)
    assert (again.code, again.out) == (0, "there is nothing to archive\n")

    (entry,) = map(json.loads, yukimori("archive", "list", "--json", environment=env).out.splitlines())
    assert (entry["month"], entry["rows"], entry["there"], entry["brought_back_at"]) == (month, old, True, None)
    back = yukimori("archive", "bring-back", month, environment=env)
    assert (back.code, f"{old} rows are back" in back.out) == (0, True), back.err
    assert count(dsn) == old + 1
    assert "there is nothing" in yukimori("archive", "run", "--before", before, environment=env).out
    assert "back until" in yukimori("archive", "list", environment=env).out


def test_a_month_that_has_to_stay_is_said(yukimori, dsn, fill, tmp_path):
    old, env, out = fill(dsn), {"DATABASE_URL": dsn}, tmp_path / "archive"
    broken = out / "observations" / f"year={OLD.year}" / f"month={OLD.month:02}" / "obanazawa.parquet"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"PAR1")
    said = yukimori("archive", "run", "--before", f"{month_of(UNTIL):%Y-%m}", "--out", out, environment=env)
    assert (said.code, "is not a whole Parquet file" in said.out) == (1, True)
    assert count(dsn) == old + 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("run", "--before", "2025-13"), 2, "is not a month"),
        (("run", "--before", "0001-01"), 2, "is not a month"),
        (("run", "--before", "9999-12"), 2, "is not a month"),
        (("run", "--before", f"{month_of(NOW):%Y-%m}"), 3, "are still expected (30 days late)"),
        (("bring-back", "01-2025"), 2, "is not a month"),
        (("bring-back", "2025-01", "--kind", "photos"), 2, "neither observations nor positions"),
        (("bring-back", "2025-01"), 3, "yukimori: there is no archive file"),
    ],
)
def test_what_cannot_be_done_is_said(yukimori, dsn, arguments, code, words):
    said = yukimori("archive", *arguments, environment={"DATABASE_URL": dsn})
    assert (said.code, words in said.err) == (code, True), said.err


def test_without_a_database_the_commands_say_so(yukimori, tmp_path):
    for arguments in (("archive", "list"), ("backup", tmp_path / "b.zip")):
        said = yukimori(*arguments)
        assert (said.code, "DATABASE_URL is not set" in said.err) == (3, True)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_private_whole_and_restored(yukimori, dsn, empty_dsn, fill, tmp_path):
    old, file = fill(dsn), tmp_path / "night.zip"
    made = yukimori("backup", file, environment={"DATABASE_URL": dsn})
    said = json.loads(made.out)
    assert (made.code, said["tables"]["observation"], said["sites"]) == (0, old + 1, ["obanazawa"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["night.zip"]
    assert json.loads(yukimori("backup", "--check", file).out) == said, "no database is needed to look"
    taken = yukimori("backup", file, environment={"DATABASE_URL": dsn})
    assert (taken.code, "is there already" in taken.err) == (3, True)

    full = yukimori("restore", file, environment={"DATABASE_URL": dsn})
    assert (full.code, "the database is not empty" in full.err, "--force" in full.err) == (3, True, True)
    done = yukimori("restore", file, environment={"DATABASE_URL": empty_dsn})
    assert (done.code, f"{said['rows']} rows are restored" in done.out) == (0, True), done.err
    assert count(empty_dsn) == old + 1
    assert yukimori("restore", file, "--force", environment={"DATABASE_URL": empty_dsn}).code == 0

    file.write_bytes(file.read_bytes()[:-1000])
    for arguments in (("backup", "--check", file), ("restore", file, "--force")):
        cut = yukimori(*arguments, environment={"DATABASE_URL": empty_dsn})
        assert (cut.code, "the backup is not whole" in cut.err) == (3, True)
    assert count(empty_dsn) == old + 1
    assert "there is no backup" in yukimori("backup", "--check", tmp_path / "none.zip").err


def test_a_backup_goes_through_a_pipe(dsn, empty_dsn, fill, root):
    old = fill(dsn)

    def call(address, *arguments, given=b""):
        command = [sys.executable, "-m", "app", *arguments]
        env = {**os.environ, "DATABASE_URL": address}
        return subprocess.run(command, cwd=root, env=env, input=given, capture_output=True, check=True)

    made = call(dsn, "backup", "-")
    assert json.loads(made.stderr)["tables"]["observation"] == old + 1
    assert b"rows are restored" in call(empty_dsn, "restore", "-", given=made.stdout).stdout
    assert count(empty_dsn) == old + 1


def test_a_backup_that_cannot_be_finished_leaves_nothing(yukimori, dsn, fill, tmp_path, monkeypatch):
    fill(dsn)

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup_commands.os, "fsync", full)
    said = yukimori("backup", tmp_path / "night.zip", environment={"DATABASE_URL": dsn})
    assert (said.code, "No space left on device" in said.err) == (3, True)
    assert list(tmp_path.iterdir()) == []
    missing = yukimori("backup", tmp_path / "nowhere" / "night.zip", environment={"DATABASE_URL": dsn})
    assert (missing.code, "cannot be written" in missing.err) == (3, True)


def test_the_database_of_run_is_found_running_or_not(yukimori, fill, tmp_path):
    data, file = tmp_path / "data", tmp_path / "night.zip"
    data.mkdir()
    with embedded.start(data / "postgres", {"fsync": "off"}) as server:
        migrate(server.dsn)
        old = fill(server.dsn)
        assert yukimori("backup", file).code == 0
    assert yukimori("archive", "run", "--before", f"{month_of(UNTIL):%Y-%m}").code == 0
    assert yukimori("restore", file, "--force").code == 0
    with embedded.start(data / "postgres", {"fsync": "off"}) as server:
        assert count(server.dsn) == old + 1
