"""Migrations: numbered, repeatable, resumable, one at a time; an old program refuses a newer schema."""

import re
import threading
from pathlib import Path

import psycopg
import pytest

import store as package
from core.errors import StartError, StoreError
from store import migrate, migration, open_store

pytestmark = pytest.mark.db
PLAIN = [each.name for each in migration.migrations(migration.PLAIN)]


def run(dsn, sql):
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_every_file_has_a_name_and_a_number_of_its_own():
    names = sorted(path.stem for path in (Path(package.__file__).parent / "migrations").iterdir())
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+(\.(plain|timescale))?", name) for name in names)
    for flavour in (migration.PLAIN, migration.TIMESCALE):
        numbers = [each.name[:4] for each in migration.migrations(flavour)]
        assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_a_migration_runs_once(empty_dsn):
    assert migrate(empty_dsn) == PLAIN
    assert migrate(empty_dsn) == []
    assert run(empty_dsn, "select name from schema_migration order by name") == [(name,) for name in PLAIN]


def test_the_timescale_lane_has_its_own_flavour(timescale_dsn):
    assert migrate(timescale_dsn) == []
    with open_store(timescale_dsn, pool_size=1) as opened:
        assert opened.flavour == "timescale"
    with psycopg.connect(timescale_dsn, autocommit=True, prepare_threshold=None) as connection:
        tables = connection.execute(
            "select hypertable_name, compression_enabled from timescaledb_information.hypertables"
        )
        assert sorted(tables.fetchall()) == [("observation", True), ("vehicle_position", True)]
        views = connection.execute("select view_name from timescaledb_information.continuous_aggregates order by 1")
        assert views.fetchall() == [("summary_10m",), ("summary_1d",), ("summary_1h",)]
        jobs = connection.execute(
            "select proc_name from timescaledb_information.jobs where hypertable_name is not null"
        )
        assert sorted(jobs.fetchall()) == [("policy_compression",)] * 2, "keeping is each site's own"


def test_a_migration_cut_midway_leaves_no_trace_and_is_resumed(empty_dsn):
    run(empty_dsn, "create table instance (in_the_way integer)")
    with pytest.raises(StoreError, match='migrate the database: relation "instance" already exists') as caught:
        migrate(empty_dsn)
    assert caught.value.sqlstate == "42P07"
    assert run(empty_dsn, "select count(*) from schema_migration") == [(3,)]
    assert run(empty_dsn, "select to_regclass('episode'), to_regproc('refuse_change')") == [(None, None)]
    with pytest.raises(StartError, match="no schema, or an older one") as refused:
        open_store(empty_dsn)
    assert refused.value.hint == "run `yukimori migrate`"
    run(empty_dsn, "drop table instance")
    assert migrate(empty_dsn) == [name for name in PLAIN if name >= "0004"]


def test_several_processes_may_migrate_at_once(empty_dsn):
    done = []
    workers = [threading.Thread(target=lambda: done.append(migrate(empty_dsn))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done) == [[], [], [], PLAIN]


def test_a_newer_schema_is_refused(dsn_of_tomorrow):
    for attempt in (migrate, open_store):
        with pytest.raises(StartError, match="newer than this program: it has 9999_tomorrow") as caught:
            attempt(dsn_of_tomorrow)
        assert "install the newer Yukimori" in caught.value.hint


@pytest.fixture
def dsn_of_tomorrow(plain_dsn):
    run(plain_dsn, "insert into schema_migration (name) values ('9999_tomorrow')")
    return plain_dsn


def test_an_empty_database_is_not_opened(empty_dsn):
    with pytest.raises(StartError, match="no schema") as caught:
        open_store(empty_dsn)
    assert caught.value.hint == "run `yukimori migrate`"


def test_an_unreachable_server_is_said_in_one_line():
    for attempt in (migrate, open_store):
        with pytest.raises(StartError, match="the database cannot be reached: connection failed") as caught:
            attempt("postgresql://nobody@127.0.0.1:1/none")
        assert "\n" not in str(caught.value)
        assert "DATABASE_URL" in caught.value.hint


def test_partitions_cover_the_accepted_window(plain_store, plain_dsn, noon):
    plain_store.maintain(noon)
    count = "select inhparent::regclass::text, count(*) from pg_inherits where inhrelid::regclass::text not like '%key'"
    made = dict(run(plain_dsn, f"{count} group by 1"))
    assert made["observation"] in (2, 3)
    assert made["vehicle_position"] in (5, 6, 7)
    plain_store.maintain(noon)
    assert dict(run(plain_dsn, f"{count} group by 1")) == made
