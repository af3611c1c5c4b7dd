"""The archive where things go wrong: full disks, cut runs, old copies of files, and rows that arrive meanwhile."""

import io
import resource
import threading
from datetime import date, timedelta

import pytest

from core.errors import StoreError
from store import archive_run, open_store
from store.archiving import Place
from store.backup_file import BackupReader
from store.months import month_bounds
from store.restore import restore
from store.rows import Batch

MONTH = date(2026, 1, 1)
SINCE, UNTIL = month_bounds(MONTH)
FILE = "observations/year=2026/month=01/town.parquet"


@pytest.fixture
def place(registry, tmp_path) -> Place:
    """The archive of the town."""
    return Place(registry.site, "town", tmp_path / "archive")


@pytest.fixture
def minutes(snow, measured):
    """Makes observations of one minute each in January."""

    def make(*numbers):
        return Batch(observations=[measured(snow, SINCE + timedelta(minutes=n), float(n)) for n in numbers])

    return make


@pytest.fixture
def small_files():
    """No file of this process may grow beyond 2,000 bytes, as on a disk that is full."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, usual[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def archive(store, place, noon):
    return store.archiving.archive(place, "observations", MONTH, noon)


def cut_run(store, place, noon, monkeypatch):
    """A run that ends after its file has its name and before anything is deleted."""
    with monkeypatch.context() as patch:
        patch.setattr(archive_run, "_settle", lambda work: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            archive(store, place, noon)


def rows_here(look):
    return look("select count(*) from observation")[0][0]


def test_a_full_disk_deletes_nothing_and_is_left_as_it_was(request, store, place, noon, minutes, look):
    store.append(1, minutes(*range(3_000)))
    request.getfixturevalue("small_files")
    with pytest.raises(StoreError, match=r"town\.parquet: File too large") as caught:
        archive(store, place, noon)
    assert caught.value.hint == "look at the disk the archive is on"
    assert rows_here(look) == 3_000
    assert [path for path in place.folder.rglob("*") if path.is_file()] == []


def test_a_link_in_the_way_is_not_followed(store, place, noon, minutes, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("stays")
    aside = (place.folder / FILE).with_name(".town.parquet.part")
    aside.parent.mkdir(parents=True)
    aside.symlink_to(precious)
    store.append(1, minutes(1))
    assert archive(store, place, noon).rows == 1
    assert precious.read_text() == "stays"
    assert (place.folder / FILE).stat().st_mode & 0o777 == 0o640


def test_a_cut_run_that_added_late_rows_is_gone_on_with(store, place, noon, minutes, look, monkeypatch):
    store.append(1, minutes(1, 2))
    archive(store, place, noon)
    store.append(1, minutes(3))
    cut_run(store, place, noon, monkeypatch)
    with pytest.raises(StoreError, match="is not the file that was archived") as caught:
        store.archiving.bring_back(place, "observations", MONTH, noon, noon)
    assert "`yukimori archive run` again" in caught.value.hint
    assert archive(store, place, noon).rows == 3
    assert store.archiving.bring_back(place, "observations", MONTH, noon, noon) == 3
    assert rows_here(look) == 3


def test_an_older_copy_of_the_file_is_never_added_to(store, place, noon, minutes, look):
    store.append(1, minutes(1, 2))
    archive(store, place, noon)
    older = (place.folder / FILE).read_bytes()
    store.append(1, minutes(3))
    newest = archive(store, place, noon).file.read_bytes()
    (place.folder / FILE).write_bytes(older)
    store.append(1, minutes(4))
    with pytest.raises(StoreError, match="has 2 rows, but the file that was archived 3: it is an older copy"):
        archive(store, place, noon)
    assert rows_here(look) == 1, "what is late waits"
    (place.folder / FILE).write_bytes(newest)
    assert archive(store, place, noon).rows == 4


def test_of_one_time_the_archived_row_stays_whichever_command_comes_first(
    store, place, noon, minutes, snow, measured, look
):
    store.append(1, minutes(1, 2))
    archive(store, place, noon)
    store.append(1, Batch(observations=[measured(snow, SINCE + timedelta(minutes=2), 77.0)]))
    for _ in range(2):
        store.archiving.bring_back(place, "observations", MONTH, noon, noon)
        assert look("select value from observation order by at") == [(1.0,), (2.0,)]
        assert look("select at, value from observation_conflict") == [(SINCE + timedelta(minutes=2), 77.0)]
    assert archive(store, place, noon).conflicts == 0


def test_of_one_time_the_archived_fix_stays_too(store, place, noon, plough, fixed, look):
    store.append(1, Batch(positions=[fixed(plough, SINCE)]))
    store.archiving.archive(place, "positions", MONTH, noon)
    store.append(1, Batch(positions=[fixed(plough, SINCE, 140.9)]))
    store.archiving.bring_back(place, "positions", MONTH, noon, noon)
    assert look("select lon from vehicle_position") == [(140.4,)]
    assert look("select lon from vehicle_conflict") == [(140.9,)]


def test_what_was_reckoned_anew_since_it_came_back_is_no_conflict(store, place, noon, minutes, look):
    store.append(1, minutes(1, 2))
    archive(store, place, noon)
    store.archiving.bring_back(place, "observations", MONTH, noon, noon)
    look("update observation set value = value + 0.5")
    assert store.archiving.bring_back(place, "observations", MONTH, noon, noon) == 0
    assert look("select value from observation order by at") == [(1.5,), (2.5,)]
    assert look("select count(*) from observation_conflict") == [(0,)]
    assert archive(store, place, noon).added == 0
    assert store.archiving.bring_back(place, "observations", MONTH, noon, noon) == 2
    assert look("select value from observation order by at") == [(1.5,), (2.5,)]


@pytest.mark.db
def test_rows_that_arrive_meanwhile_and_a_second_run_lose_nothing(plain_dsn, town, measured, noon, tmp_path):
    with open_store(plain_dsn, pool_size=3) as store:
        registry = store.register(town)
        snow, place = registry.datastreams["snow-1/snow_depth"], Place(registry.site, "town", tmp_path)

        def arrive():
            for start in range(0, 4_000, 100):
                times = (SINCE + timedelta(minutes=n) for n in range(start, start + 100))
                store.append(1, Batch(observations=[measured(snow, at) for at in times]))

        refusals = []

        def runs():
            for _ in range(4):
                try:
                    archive(store, place, noon)
                except StoreError as error:
                    refusals.append(str(error))

        threads = [threading.Thread(target=each) for each in (arrive, runs, runs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(refusals) <= {"another command is at work on the archive of this site"}
        assert archive(store, place, noon).rows == 4_000
        store.maintain(noon)
        days = store.series(snow, SINCE, UNTIL, timedelta(days=1))
        assert [day.count for day in days] == [1440, 1440, 1120]


def test_what_was_restored_on_the_other_flavour_is_archived_there(store, request, minutes, noon, town, tmp_path):
    store.append(1, minutes(*range(500)))
    whole = io.BytesIO()
    with store.archiving.backing_up(noon) as under_way:
        under_way.write(whole, lambda *_: None)
    store.close()
    other_dsn = request.getfixturevalue("timescale_dsn" if store.flavour == "plain" else "plain_dsn")
    with BackupReader(whole) as reader:
        restore(other_dsn, reader, noon, force=False, progress=lambda *_: None, summing_up=lambda: None)
    with open_store(other_dsn, pool_size=1) as other:
        registry = other.register(town)
        snow, place = registry.datastreams["snow-1/snow_depth"], Place(registry.site, "town", tmp_path)
        days = other.series(snow, SINCE, UNTIL, timedelta(days=1))
        assert archive(other, place, noon).deleted == 500
        other.maintain(noon)
        assert other.series(snow, SINCE, UNTIL, timedelta(days=1)) == days
        assert sum(day.count for day in days) == 500
        assert other.archiving.bring_back(place, "observations", MONTH, noon, noon) == 500
