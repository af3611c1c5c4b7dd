"""Months go to Parquet files and come back: nothing is lost, nothing twice, the summaries stay right, on both flavours."""

import hashlib
import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from config.model import Retention
from core.errors import StoreError
from core.model import Quality, QualityReason, Task
from core.times import JST
from store import archive_run, parquet_months
from store.archiving import Place
from store.months import OBSERVATIONS, month_bounds, month_of
from store.rows import Batch

MONTH = date(2026, 1, 1)
SINCE, UNTIL = month_bounds(MONTH)
STEPS = (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
MICROSECOND = timedelta(microseconds=1)
ROWS = "select * from observation order by datastream_id, at"
FIXES = "select * from vehicle_position order by vehicle_id, at"


@pytest.fixture
def place(registry, tmp_path) -> Place:
    """The archive of the town."""
    return Place(registry.site, "town", tmp_path / "archive")


@pytest.fixture
def january(snow, registry, measured):
    """A January of Japan: each hour of two days at both ends, every flag, nulls, a time with microseconds."""
    dice = random.Random(5)
    other = registry.datastreams["river-1/water_level"]
    rows = []
    for stream in (snow, other):
        for hour in (*range(48), *range(29 * 24, 31 * 24)):
            at = SINCE + timedelta(hours=hour)
            quality = Quality(dice.choice((1, 1, 1, 2, 3, 4, 9)))
            value = None if quality == 9 else round(dice.uniform(0, 300), 3)
            rows.append(measured(stream, at, value, quality, raw_value=None if hour % 5 == 0 else hour / 3))
    rows.append(measured(snow, SINCE + timedelta(microseconds=123_457), 0.1, reasons=QualityReason.SPIKE))
    rows.append(measured(snow, UNTIL - MICROSECOND, 1 / 3, received_at=UNTIL + timedelta(days=3, microseconds=1)))
    return rows


@pytest.fixture
def neighbours(snow, measured):
    """The last instant of December and the first of February, in Japan."""
    return [measured(snow, SINCE - MICROSECOND, 7.0), measured(snow, UNTIL, 8.0)]


def every_series(store, streams):
    around = (SINCE - timedelta(days=40), UNTIL + timedelta(days=40))
    return {(stream, step): rounded(store.series(stream, *around, step)) for stream in streams for step in STEPS}


def rounded(points):
    """Sums of the same values in another order differ in the last bits."""
    return [replace(point, value=None if point.value is None else round(point.value, 6)) for point in points]


def archive(store, place, noon, month=MONTH, kind="observations"):
    return store.archiving.archive(place, kind, month, noon)


def bring_back(store, place, noon, kind="observations"):
    return store.archiving.bring_back(place, kind, MONTH, noon, noon + timedelta(days=30))


def test_a_month_leaves_for_a_file_and_comes_back_the_same(store, place, noon, january, neighbours, registry, look):
    store.append(1, Batch(observations=[*january, *neighbours]))
    store.maintain(noon)
    before, series = look(ROWS), every_series(store, registry.datastreams.values())
    done = archive(store, place, noon)
    assert (done.rows, done.added, done.deleted, done.conflicts) == (len(january), len(january), len(january), 0)
    assert done.file == place.folder / "observations/year=2026/month=01/town.parquet"
    assert len(look(ROWS)) == 2, "the neighbouring months stay"
    assert every_series(store, registry.datastreams.values()) == series, "before the next upkeep"
    store.maintain(noon)
    assert every_series(store, registry.datastreams.values()) == series, "and after it"
    assert store.series(registry.datastreams["snow-1/snow_depth"], SINCE, UNTIL, None) == []

    assert bring_back(store, place, noon) == len(january)
    assert bring_back(store, place, noon) == 0, "twice changes nothing"
    assert look(ROWS) == before
    assert every_series(store, registry.datastreams.values()) == series
    store.maintain(noon)
    assert every_series(store, registry.datastreams.values()) == series


def test_positions_leave_and_come_back(store, place, noon, plough, fixed, look):
    rows = [fixed(plough, SINCE + timedelta(seconds=5 * n), 140.4 + n / 7) for n in range(50)]
    rows.append(fixed(plough, UNTIL - MICROSECOND, speed_kmh=None, heading_deg=0.1, accuracy_m=None, task=None))
    rows.append(fixed(plough, UNTIL, task=Task.IDLE))
    store.append(1, Batch(positions=rows))
    before = look(FIXES)
    assert archive(store, place, noon, kind="positions").deleted == 51
    assert len(look(FIXES)) == 1
    found = pq.read_table(place.folder / "positions/year=2026/month=01/town.parquet", partitioning=None)
    assert found.column_names[:3] == ["site", "vehicle", "at"]
    assert bring_back(store, place, noon, "positions") == 51
    assert look(FIXES) == before


def test_duckdb_and_pandas_read_the_archive(store, place, noon, january, look):
    store.append(1, Batch(observations=january))
    look("update observation set tests = 4711 where at = %s", SINCE)
    archive(store, place, noon)
    glob = str(place.folder / "observations" / "*" / "*" / "*.parquet")
    with duckdb.connect() as connection:
        connection.execute("set timezone to 'Asia/Tokyo'")
        counted = connection.execute(
            'select site, station, quantity, unit, year, month, count(*), sum(value), min("at")::varchar'
            f" from read_parquet('{glob}', hive_partitioning = true) group by all order by station"
        ).fetchall()
        flagged = connection.execute(f"select count(*) from read_parquet('{glob}') where tests = 4711").fetchone()
    for stream, row in zip(("river-1", "snow-1"), counted, strict=True):
        assert row[:2] == ("town", stream)
        assert (int(row[4]), int(row[5])) == (2026, 1)
        assert row[8] == "2026-01-01 00:00:00+09", "midnight in Japan"
    assert [row[2:4] for row in counted] == [("water_level", "m"), ("snow_depth", "cm")]
    assert sum(row[6] for row in counted) == len(january)
    assert sum(row[7] for row in counted) == pytest.approx(math.fsum(row.value or 0.0 for row in january))
    assert flagged == (2,)

    frame = pd.read_parquet(place.folder / "observations")
    assert len(frame) == len(january)
    assert str(frame["at"].dt.tz) == "UTC"
    assert frame["at"].min() == pd.Timestamp("2026-01-01T00:00+09:00")
    assert {int(year) for year in frame["year"]} == {2026}
    assert {int(month) for month in frame["month"]} == {1}
    exact = frame[frame["at"] == pd.Timestamp(SINCE + timedelta(microseconds=123_457))]
    assert exact["value"].tolist() == [0.1]
    assert exact["reasons"].tolist() == [int(QualityReason.SPIKE)]


def test_late_rows_join_the_file_and_the_first_value_stays(store, place, noon, january, snow, measured, look):
    store.append(1, Batch(observations=january))
    archive(store, place, noon)
    first, late = january[0], measured(snow, SINCE + timedelta(days=9, minutes=3), 42.0)
    store.append(1, Batch(observations=[late, first, replace(january[1], value=299.0, quality=Quality.GOOD)]))
    store.maintain(noon)
    done = archive(store, place, noon)
    assert (done.rows, done.added, done.deleted, done.conflicts) == (len(january) + 1, 1, 3, 1)
    assert look("select datastream_id, at, value from observation_conflict") == [(snow, january[1].at, 299.0)]
    store.maintain(noon)
    assert bring_back(store, place, noon) == len(january) + 1
    assert look("select value from observation where at = %s and datastream_id = %s", first.at, snow) == [
        (first.value,)
    ]
    day = store.series(snow, late.at, late.at + timedelta(days=1), timedelta(days=1))
    assert [(point.value, point.count) for point in day] == [(42.0, 1)]


def test_a_late_row_adds_to_the_summaries_of_an_archived_month(store, place, noon, snow, measured, registry):
    """The trap: reckoned anew from what is here, a bucket would forget what the archive has of it."""
    other = registry.datastreams["river-1/water_level"]
    rows = [
        measured(stream, SINCE + timedelta(hours=50, minutes=n), float(n))
        for n in range(60)
        for stream in (snow, other)
    ]
    held_back = [row for row in rows if row.at.minute == 33]
    early = [row for row in rows if row.at.minute != 33]
    store.append(1, Batch(observations=early))
    store.maintain(noon)
    archive(store, place, noon)
    store.maintain(noon)
    store.append(1, Batch(observations=held_back[:1]))
    untouched = every_series(store, [other])
    for _ in range(2):
        for step in STEPS:
            (point,) = [p for p in store.series(snow, SINCE, UNTIL, step) if p.at <= held_back[0].at < p.at + step]
            inside = [row.value for row in rows if row.datastream == snow and point.at <= row.at < point.at + step]
            assert (point.value, point.low, point.high) == (
                pytest.approx(sum(inside) / len(inside)),
                min(inside),
                max(inside),
            )
            assert point.count == len(inside)
        assert every_series(store, [other]) == untouched, "the others keep theirs"
        store.maintain(noon)


def test_late_data_in_the_neighbouring_month_leaves_the_archived_one_alone(
    store, place, noon, january, snow, measured, registry
):
    store.append(1, Batch(observations=january))
    store.maintain(noon)
    archive(store, place, noon)
    store.maintain(noon)
    series = every_series(store, registry.datastreams.values())
    late = measured(snow, UNTIL + timedelta(minutes=5), 1.0)
    store.append(1, Batch(observations=[late]))
    store.maintain(noon)
    for (stream, step), points in every_series(store, registry.datastreams.values()).items():
        assert [point for point in points if point.at < UNTIL] == series[stream, step]
        assert [point.count for point in points if point.at >= UNTIL] == ([1] if stream == snow else [])


def test_compressed_rows_are_archived_too(store, place, noon, january, neighbours, look):
    store.append(1, Batch(observations=[*january, *neighbours]))
    store.maintain(noon)
    if store.flavour == "timescale":
        look("select compress_chunk(chunk, true) from show_chunks('observation') as chunk")
    before = look(ROWS)
    assert archive(store, place, noon).deleted == len(january)
    assert len(look(ROWS)) == 2
    assert bring_back(store, place, noon) == len(january)
    assert look(ROWS) == before


def test_a_crash_between_the_file_and_the_commit_is_made_good(store, place, noon, january, monkeypatch, look, registry):
    store.append(1, Batch(observations=january))
    store.maintain(noon)
    before, series = look(ROWS), every_series(store, registry.datastreams.values())
    with monkeypatch.context() as patch:
        patch.setattr(archive_run, "_settle", lambda work: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            archive(store, place, noon)
    assert look(ROWS) == before
    assert store.archiving.entries(1) == []
    done = archive(store, place, noon)
    assert (done.rows, done.added, done.deleted) == (len(january), 0, len(january)), "the file had them all"
    assert every_series(store, registry.datastreams.values()) == series
    assert bring_back(store, place, noon) == len(january)
    assert look(ROWS) == before


def test_a_file_that_reads_back_otherwise_deletes_nothing(store, place, noon, january, monkeypatch, look):
    store.append(1, Batch(observations=january))
    before = look(ROWS)
    whole = parquet_months._row_groups
    monkeypatch.setattr(
        parquet_months, "_row_groups", lambda path, kind: (table.slice(1) for table in whole(path, kind))
    )
    with pytest.raises(StoreError, match="does not give back what was written; nothing was deleted"):
        archive(store, place, noon)
    assert look(ROWS) == before
    assert not (place.folder / "observations/year=2026/month=01/town.parquet").exists()


def test_a_damaged_or_foreign_file_is_refused(store, place, noon, january, look, registry):
    store.append(1, Batch(observations=january))
    before = look(ROWS)
    done = archive(store, place, noon)
    whole = done.file.read_bytes()
    done.file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="is not a whole Parquet file"):
        bring_back(store, place, noon)
    done.file.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    with pytest.raises(StoreError, match="is not the file that was archived"):
        bring_back(store, place, noon)
    store.append(1, Batch(observations=january[:1]))
    with pytest.raises(StoreError, match="damaged"):
        archive(store, place, noon)
    done.file.write_bytes(whole)
    wrong = replace(place, site_id="other")
    other = wrong.folder / "observations/year=2026/month=01/other.parquet"
    other.write_bytes(whole)
    with pytest.raises(StoreError, match="is not the file of observations of other in 2026-01"):
        bring_back(store, wrong, noon)
    done.file.unlink()
    with pytest.raises(StoreError, match="is not in the archive folder") as caught:
        archive(store, place, noon)
    assert "late rows" in (caught.value.hint or "")
    with pytest.raises(StoreError, match="there is no archive file"):
        bring_back(store, place, noon)
    done.file.write_bytes(whole)
    assert bring_back(store, place, noon) == len(january) - 1
    assert look(ROWS) == before


def test_what_came_back_stays_until_promised_and_the_later_judgement_wins(store, place, noon, january, look, snow):
    store.append(1, Batch(observations=january))
    archive(store, place, noon)
    bring_back(store, place, noon)
    following = date(2026, 2, 1)
    assert store.archiving.due(1, following, noon) == []
    later = noon + timedelta(days=31)
    assert store.archiving.due(1, following, later) == [("observations", MONTH, len(january))]
    done = archive(store, place, later)
    assert (done.added, done.deleted) == (0, len(january))
    entry = store.archiving.entries(1)[0]
    assert (entry.brought_back_at, entry.rows) == (None, len(january))
    assert entry.sha256 == hashlib.sha256(done.file.read_bytes()).hexdigest()

    bring_back(store, place, later)
    look("update observation set quality = 3 where datastream_id = %s and at = %s", snow, UNTIL - MICROSECOND)
    done = archive(store, place, later)
    assert (done.rows, done.added, done.conflicts) == (len(january), 0, 0)
    assert store.archiving.entries(1)[0].sha256 != entry.sha256
    bring_back(store, place, later)
    assert look("select quality from observation where at = %s", UNTIL - MICROSECOND) == [(3,)]


def test_the_archive_has_one_file_a_site(store, place, noon, town, january, measured, look):
    neighbour = store.register(replace(town, id="upstream"))
    theirs = measured(neighbour.datastreams["snow-1/snow_depth"], SINCE, 5.0)
    store.append(1, Batch(observations=january))
    store.append(neighbour.site, Batch(observations=[theirs]))
    archive(store, place, noon)
    assert look("select datastream_id from observation") == [(theirs.datastream,)]
    other = Place(neighbour.site, "upstream", place.folder)
    assert archive(store, other, noon).rows == 1
    assert len(pd.read_parquet(place.folder / "observations")) == len(january) + 1
    assert [entry.file for entry in store.archiving.entries(neighbour.site)] == [
        "observations/year=2026/month=01/upstream.parquet"
    ]


def test_large_streams_fill_several_row_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_months, "ROW_GROUP", 100)
    schema = OBSERVATIONS.schema

    def table(station, count):
        rows = [
            {"site": "s", "station": station, "quantity": "snow_depth", "unit": "cm", "at": SINCE + n * STEPS[0]}
            | {"quality": 1, "reasons": 0, "received_at": SINCE, "value": float(n)}
            for n in range(count)
        ]
        return parquet_months.pa.Table.from_pylist(rows, schema=schema)

    tables = [table("a", 250), table("b", 30), table("c", 120)]
    path = tmp_path / "x" / "town.parquet"
    aside, found = parquet_months.write_aside(path, OBSERVATIONS, {"k": "v"}, iter(tables))
    parquet_months.take_name(aside, path)
    assert found == parquet_months.describe(path)
    assert pq.read_metadata(path).num_row_groups == 4
    assert [(key, part.num_rows) for key, part in parquet_months.streams(path, OBSERVATIONS)] == [
        (("a", "snow_depth"), 250),
        (("b", "snow_depth"), 30),
        (("c", "snow_depth"), 120),
    ]
    assert [part for _, part in parquet_months.streams(path, OBSERVATIONS)] == tables
    assert list(tmp_path.rglob("*.part")) == []


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (datetime(2025, 12, 31, 15, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2025, 12, 31, 14, 59, 59, tzinfo=UTC), date(2025, 12, 1)),
        (datetime(2026, 12, 31, 23, tzinfo=JST), date(2026, 12, 1)),
    ],
)
def test_months_are_those_of_japan(at, month):
    assert month_of(at) == month
    since, until = month_bounds(month)
    assert since <= at < until
    assert (since.tzinfo, month_of(until - MICROSECOND), month_of(until) > month) == (UTC, month, True)


def test_the_site_folder_says_how_long_rows_stay(store, registry, town, look):
    days = "extract(epoch from observations) / 86400, extract(epoch from archive_after) / 86400"
    assert look(f"select {days} from retention") == [(3653, None)]
    keeping = Retention(observations=timedelta(days=800), archive_after=timedelta(days=365))
    store.register(replace(town, retention=keeping))
    assert look(f"select {days} from retention") == [(800, 365)]
