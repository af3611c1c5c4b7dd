"""The embedded server: starts, stops, survives being killed, says what is wrong with a folder."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from core.errors import StartError, StoreError
from store import embedded, migrate, open_store
from store.embedded_folder import processes_in
from store.rows import Batch

pytestmark = pytest.mark.db
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "postgres"


def ask(dsn, sql):
    with psycopg.connect(dsn) as connection:
        return connection.execute(sql).fetchone()[0]


def alive(folder):
    return processes_in(folder / "data")


def test_settings_the_store_counts_on(folder):
    with embedded.start(folder) as server:
        expected = {
            "server_encoding": "UTF8",
            "timezone": "UTC",
            "data_checksums": "on",
            "synchronous_commit": "on",
            "fsync": "on",
            "full_page_writes": "on",
            "listen_addresses": "",
        }
        assert {name: ask(server.dsn, f"show {name}") for name in expected} == expected
        assert ask(server.dsn, "select 'ä' < 'b'") is False, "texts sort by code point"


def test_data_outlive_a_stop_and_no_process_does(folder):
    with embedded.start(folder) as server:
        with psycopg.connect(server.dsn) as connection:
            connection.execute("create table kept as select 7 as it")
        assert server.running
        sockets = Path(psycopg.conninfo.conninfo_to_dict(server.dsn)["host"])
        assert sockets.stat().st_mode & 0o077 == 0, "nobody else may connect"
    assert not server.running
    assert alive(folder) == []
    assert not sockets.exists()
    server.stop()
    with embedded.start(folder) as again:
        assert ask(again.dsn, "select it from kept") == 7


def test_folders_above_ours_stay_as_they_are(tmp_path):
    tmp_path.chmod(0o700)
    with embedded.start(tmp_path / "postgres"):
        assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_killed_server_starts_again_at_the_same_address(folder, town, noon, measured):
    with embedded.start(folder) as server:
        migrate(server.dsn)
        with open_store(server.dsn, connect_timeout_s=20) as store:
            number = store.register(town).datastreams["snow-1/snow_depth"]
            store.append(1, Batch(observations=[measured(number, noon)]))
            os.kill(server.pid, signal.SIGKILL)
            server._process.wait()
            assert not server.running
            server.restart()
            assert store.append(1, Batch(observations=[measured(number, noon)])).duplicate == 1
            store.append(1, Batch(observations=[measured(number, noon + timedelta(hours=1))]))
            assert len(store.samples([number], noon, noon + timedelta(hours=1))[number]) == 2


def test_a_store_says_outage_while_the_server_is_away_and_works_after(folder, registered_away):
    server, store = registered_away
    server._end()
    with pytest.raises(StoreError) as caught:
        store.append(1, Batch(counts={"received": 1}))
    assert caught.value.retryable
    server.restart()
    store.append(1, Batch(counts={"received": 1}))
    assert store.counters(1) == {"received": 1}


@pytest.fixture
def registered_away(folder, town):
    with embedded.start(folder) as server:
        migrate(server.dsn)
        with open_store(server.dsn, pool_size=2, connect_timeout_s=2) as store:
            store.register(town)
            yield server, store


_CHILD = """
import sys
from pathlib import Path
from store import embedded
server = embedded.start(Path(sys.argv[1]))
print(server.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def child(folder):
    """Another process that runs the server on the folder."""
    command = [sys.executable, "-c", _CHILD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout.readline().strip().isdigit()
        yield process
        # Ended in order it takes its server along; killed it would leave it behind.
        if process.poll() is None:
            process.stdin.close()
            process.wait(30)


def test_a_server_whose_parent_was_killed_is_taken_over(folder, child):
    left = alive(folder)
    assert left
    child.kill()
    child.wait()
    assert alive(folder), "the server itself lives on"
    with embedded.start(folder) as server:
        assert server.pid not in left
        assert ask(server.dsn, "select 1") == 1
    assert alive(folder) == []


def test_parent_and_server_killed_at_once(folder, child):
    lines = (folder / "data" / "postmaster.pid").read_text().splitlines()
    postmaster, sockets = int(lines[0]), Path(lines[4])
    child.kill()
    os.kill(postmaster, signal.SIGKILL)
    child.wait()
    assert sockets.exists()
    with embedded.start(folder) as server:
        assert ask(server.dsn, "select 1") == 1
        assert not sockets.exists(), "each killed run would leave one behind"


def test_a_process_number_used_again_by_someone_else_is_no_obstacle(folder):
    with embedded.start(folder):
        text = (folder / "data" / "postmaster.pid").read_text()
    (folder / "data" / "postmaster.pid").write_text(text.replace(text.split()[0], str(os.getpid()), 1))
    with embedded.start(folder) as server:
        assert ask(server.dsn, "select 1") == 1


def test_ending_the_program_ends_the_server(folder, child):
    child.stdin.close()
    assert child.wait(60) == 0
    assert alive(folder) == []


def test_a_folder_in_use_is_refused_and_named(folder, child):
    with pytest.raises(StartError, match=f"is in use by process {child.pid}") as caught:
        embedded.start(folder)
    assert "--data" in caught.value.hint


def test_another_process_finds_the_running_server(folder, child):
    dsn = embedded.running_dsn(folder)
    assert ask(dsn, "select 1") == 1
    child.stdin.close()
    child.wait()
    assert embedded.running_dsn(folder) is None


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be written: Not a directory") as caught:
        embedded.start(tmp_path / "file" / "postgres")
    assert "--data" in caught.value.hint


def test_a_half_made_folder_is_made_anew(folder):
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new" / "PG_VERSION").write_text("18\n")
    with embedded.start(folder) as server:
        assert ask(server.dsn, "select 1") == 1


def test_the_folder_of_another_version_is_refused(folder):
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(StartError, match="made by PostgreSQL 16, this is 18"):
        embedded.start(folder)


def test_a_server_that_does_not_start_says_why_and_leaves_nothing(folder):
    with pytest.raises(StartError, match=r"does not start: .*work_mem") as caught:
        embedded.start(folder, {"work_mem": "much"})
    assert "postgres.log" in caught.value.hint
    assert alive(folder) == []
    with embedded.start(folder) as server:
        assert ask(server.dsn, "select 1") == 1


def test_starts_in_a_thread(folder):
    found = []

    def work():
        with embedded.start(folder) as server:
            found.append(ask(server.dsn, "select 1"))

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert found == [1]
