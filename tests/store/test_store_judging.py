"""What the judge reads and writes: touched hours, stretches, verdicts and all that follows from them."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from core.errors import StartError
from core.model import Quality, QualityReason
from core.quality import QualityTest, pack
from store import open_store, statements
from store.rows import Batch
from store.verdicts import Change, Judgement, Progress, Span, Standing

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SPIKE = pack({QualityTest.SPIKE: Quality.FAIL})
AS_STORED = object()


@pytest.fixture
def flag(store):
    """Changes what a row says, as the judge does, and tells whether it was written."""

    def change(row, quality, *, value=AS_STORED, cause="live", reasons=QualityReason.SPIKE, tests=SPIKE, was=None):
        before = was or Standing(row.value, row.quality, row.reasons, None)
        after = Standing(row.value if value is AS_STORED else value, quality, reasons, tests)
        judgement = Judgement(row.datastream, "v1", cause, [Change(row.at, before, after)])
        return store.judging.save(1, [judgement], through={}, cursor=None)

    return change


def hours(pending):
    return {(each.datastream, each.hour) for each in pending.hours}


def span(stream, since, until):
    return Span(stream, since, until)


def look_at(dsn, sql):
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def instant(micros):
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def test_what_was_touched_is_pending_once(store, snow, noon, measured):
    store.append(1, Batch(observations=[measured(snow, noon + minutes * MINUTE) for minutes in (5, 7, 65)]))
    first = store.judging.pending(1, None, 100)
    assert hours(first) == {(snow, noon), (snow, noon + HOUR)}
    assert min(each.earliest for each in first.hours) == noon + 5 * MINUTE
    assert not first.more
    assert not first.forgotten
    assert store.judging.pending(1, first.progress, 100).hours == ()
    store.append(1, Batch(observations=[measured(snow, noon - 3 * HOUR)]))
    second = store.judging.pending(1, first.progress, 100)
    assert hours(second) == {(snow, noon - 3 * HOUR)}


def test_a_backlog_is_pending_in_portions_oldest_first_and_transactions_stay_whole(store, snow, noon, measured):
    for place in range(6):
        rows = [measured(snow, noon - (2 * place + part) * HOUR) for part in (0, 1)]
        store.append(1, Batch(observations=rows))
    progress, portions = None, []
    while not portions or portions[-1].more:
        portions.append(store.judging.pending(1, progress, 3))
        progress = portions[-1].progress
    assert [len(portion.hours) for portion in portions] == [4, 4, 4, 0]
    assert hours(portions[0]) == {(snow, noon - place * HOUR) for place in range(4)}


def test_where_the_judge_stood_is_kept_with_its_verdicts(store, snow, noon, measured):
    store.append(1, Batch(observations=[measured(snow, noon)]))
    pending = store.judging.pending(1, None, 100)
    assert store.judging.save(1, [], through={snow: (noon, "v1")}, cursor=pending.progress.cursor)
    store.append(1, Batch(observations=[measured(snow, noon + DAY)]))
    assert hours(store.judging.pending(1, None, 100)) >= {(snow, noon + DAY)}
    (mark,) = store.judging.watermarks(1).values()
    assert (mark.through, mark.limits_version, mark.newest) == (noon, "v1", noon + DAY)


def test_a_watermark_never_goes_back_and_its_limits_are_those_of_the_history(store, snow, noon, measured):
    store.append(1, Batch(observations=[measured(snow, noon)]))
    store.judging.save(1, [], through={snow: (noon, "v1")}, cursor=None)
    store.judging.save(1, [], through={snow: (noon - DAY, "v2")}, cursor=None)
    assert store.judging.watermarks(1)[snow].through == noon
    assert store.judging.watermarks(1)[snow].limits_version == "v1"
    store.judging.note_requality(snow, noon, "v2")
    assert store.judging.watermarks(1)[snow].limits_version == "v2"


def test_a_watermark_never_lies_in_the_future(store, snow, noon, measured):
    store.append(1, Batch(observations=[measured(snow, noon)]))
    store.judging.save(1, [], through={snow: (noon + 30 * DAY, "v1")}, cursor=None)
    assert noon < store.judging.watermarks(1)[snow].through < noon + 30 * DAY


def test_rows_of_other_sites_and_of_disabled_datastreams_are_not_pending(store, town, snow, noon, measured):
    other = store.register(replace(town, id="other"))
    store.append(1, Batch(observations=[measured(snow, noon)]))
    assert store.judging.pending(other.site, None, 100).hours == ()
    store.register(replace(town, datastreams=town.datastreams[1:]))
    assert store.judging.pending(1, None, 100).hours == ()


def test_after_a_restore_into_another_cluster_everything_listed_is_pending_again(store, snow, noon, measured):
    store.append(1, Batch(observations=[measured(snow, noon)]))
    store.judging.save(1, [], through={}, cursor=2**60)
    assert hours(store.judging.pending(1, None, 100)) == {(snow, noon)}


def test_what_the_list_of_touched_hours_no_longer_holds_is_told(store, snow, noon, measured):
    store.append(1, Batch(observations=[measured(snow, noon)]))
    pending = store.judging.pending(1, None, 100)
    assert not pending.forgotten
    store.maintain(noon)
    store.maintain(noon + 9 * DAY)
    assert store.judging.pending(1, Progress(0), 100).forgotten
    assert not store.judging.pending(1, None if pending.forgotten else Progress(2**40), 100).forgotten


@pytest.mark.db
def test_no_transaction_is_missed_however_late_it_commits(plain_store, plain_dsn, town, noon, measured):
    snow = plain_store.register(town).datastreams["snow-1/snow_depth"]
    with psycopg.connect(plain_dsn) as slow:
        slow.execute(
            "insert into observation_touched (datastream_id, hour, earliest) values (%s, %s, %s)", (snow, noon, noon)
        )
        plain_store.append(1, Batch(observations=[measured(snow, noon + DAY)]))
        first = plain_store.judging.pending(1, None, 100)
        assert hours(first) == {(snow, noon + DAY)}
        assert first.progress.done
        assert plain_store.judging.pending(1, first.progress, 100).hours == ()
    second = plain_store.judging.pending(1, first.progress, 100)
    assert hours(second) == {(snow, noon)}
    third = plain_store.judging.pending(1, second.progress, 100)
    assert (third.hours, third.progress.done) == ((), frozenset())


def test_a_stretch_is_exact_in_order_and_half_open(store, registry, noon, measured):
    snow, river = registry.datastreams["snow-1/snow_depth"], registry.datastreams["river-1/water_level"]
    odd = noon + timedelta(microseconds=123_457)
    rows = [
        measured(snow, noon + 2 * MINUTE, None, Quality.MISSING, raw_value=None),
        measured(snow, odd, 12.5, raw_value=1400.0, reasons=QualityReason.FROM_DISTANCE),
        measured(snow, noon - MINUTE),
        measured(snow, noon + 3 * MINUTE),
        measured(river, noon, 1.5),
    ]
    store.append(1, Batch(observations=rows))
    stretches = store.judging.stretches(
        [span(river, noon, noon + HOUR), span(snow, noon, noon + 3 * MINUTE), span(snow, noon + DAY, noon + 2 * DAY)]
    )
    assert [instant(micros) for micros in stretches[1].at] == [odd, noon + 2 * MINUTE]
    assert (stretches[1].value, stretches[1].raw_value) == ([12.5, None], [1400.0, None])
    assert (stretches[1].quality, stretches[1].tests) == ([1, 9], [None, None])
    assert stretches[1].reasons == [QualityReason.FROM_DISTANCE, 0]
    assert stretches[0].value == [1.5]
    assert stretches[2].at == []
    assert store.judging.stretches([]) == []


def test_a_second_value_shows_in_the_stretch_and_touches_its_hour(store, snow, noon, measured):
    store.append(1, Batch(observations=[measured(snow, noon), measured(snow, noon + MINUTE)]))
    progress = store.judging.pending(1, None, 100).progress
    store.append(1, Batch(observations=[measured(snow, noon, 7.0)]))
    pending = store.judging.pending(1, progress, 100)
    assert hours(pending) == {(snow, noon)}
    (stretch,) = store.judging.stretches([span(snow, noon, noon + HOUR)])
    assert [instant(micros) for micros in stretch.conflicts] == [noon]
    store.append(1, Batch(observations=[measured(snow, noon, 7.0)]))
    assert store.judging.pending(1, pending.progress, 100).hours == (), "the same second value again is no news"


def test_a_verdict_is_written_beside_the_value_and_remembered(store, snow, noon, measured, flag, look):
    row = measured(snow, noon)
    store.append(1, Batch(observations=[row, measured(snow, noon + MINUTE)]))
    assert flag(row, Quality.SUSPECT)
    stored = look("select value, raw_value, quality, reasons, tests from observation order by at")
    assert stored == [(100.0, 100.0, 3, int(QualityReason.SPIKE), SPIKE), (100.0, 100.0, 1, 0, None)]
    (version,) = store.judging.versions(span(snow, noon, noon + HOUR), 10)
    assert version.change.was == Standing(100.0, Quality.GOOD, QualityReason.NONE, None)
    assert version.change.now == Standing(100.0, Quality.SUSPECT, QualityReason.SPIKE, SPIKE)
    assert (version.change.at, version.limits_version, version.cause) == (noon, "v1", "live")


def test_a_row_that_changed_meanwhile_is_left_alone_with_the_whole_round(store, snow, noon, measured, flag, look):
    first, second = measured(snow, noon), measured(snow, noon + MINUTE)
    store.append(1, Batch(observations=[first, second]))
    assert flag(second, Quality.SUSPECT)
    stale = Standing(100.0, Quality.GOOD, QualityReason.NONE, None)
    changes = [Change(row.at, stale, replace(stale, quality=Quality.FAIL)) for row in (first, second)]
    assert not store.judging.save(1, [Judgement(snow, "v1", "live", changes)], through={snow: (noon, "v1")}, cursor=5)
    assert look("select quality from observation order by at") == [(1,), (3,)]
    assert look("select count(*) from observation_verdict") == [(1,)]
    assert look("select count(*) from judged") == [(0,)]
    assert look("select count(*) from judge_state") == [(0,)]


def test_verdicts_are_news_for_summaries_and_evaluator_not_for_the_judge(store, snow, noon, measured, flag):
    rows = [measured(snow, noon + place * MINUTE, float(place)) for place in range(3)]
    store.append(1, Batch(observations=rows))
    store.maintain(noon)
    progress = store.judging.pending(1, None, 100).progress
    cursor, _ = store.arrivals(1, None)
    assert flag(rows[2], Quality.FAIL)
    assert store.judging.pending(1, progress, 100).hours == ()
    assert store.arrivals(1, cursor)[1] == {snow: rows[2].at}
    (sample,) = store.samples([snow], rows[2].at, rows[2].at)[snow]
    assert sample.quality == Quality.FAIL
    for refreshed in (False, True):
        if refreshed:
            store.maintain(noon)
        (bucket,) = store.series(snow, noon, noon + HOUR, 10 * MINUTE)
        assert (bucket.high, bucket.value, bucket.count) == (1.0, 0.5, 2), f"refreshed: {refreshed}"


def test_a_failed_newest_value_leaves_the_latest_to_the_newest_usable_one(store, snow, noon, measured, flag):
    rows = [measured(snow, noon + place * MINUTE, float(place)) for place in range(3)]
    store.append(1, Batch(observations=rows))
    before = store.changes(1, None)
    assert flag(rows[2], Quality.FAIL)
    (latest,) = store.changes(1, before.cursor).values
    assert (latest.at, latest.value, latest.quality) == (rows[1].at, 1.0, Quality.GOOD)
    assert latest.version > before.values[0].version
    store.append(1, Batch(observations=[measured(snow, noon + MINUTE + timedelta(seconds=30), 1.5)]))
    assert store.latest_values(1)[0].value == 1.5, "newer than what stands, older than what failed"


def test_a_changed_flag_of_the_latest_value_shows_and_of_an_older_one_does_not(store, snow, noon, measured, flag):
    rows = [measured(snow, noon + place * MINUTE, float(place)) for place in range(2)]
    store.append(1, Batch(observations=rows))
    before = store.changes(1, None)
    assert flag(rows[0], Quality.FAIL)
    assert store.changes(1, before.cursor).values == []
    assert flag(rows[1], Quality.SUSPECT)
    (latest,) = store.changes(1, before.cursor).values
    assert (latest.at, latest.quality, latest.reasons) == (rows[1].at, Quality.SUSPECT, QualityReason.SPIKE)


def test_where_nothing_usable_is_left_the_latest_says_so_until_something_is(store, snow, noon, measured, flag):
    row = measured(snow, noon)
    store.append(1, Batch(observations=[row]))
    before = store.changes(1, None)
    assert flag(row, Quality.FAIL)
    (latest,) = store.changes(1, before.cursor).values
    assert (latest.at, latest.value, latest.quality) == (noon, None, Quality.FAIL)
    assert latest.reasons == QualityReason.SPIKE
    store.append(1, Batch(observations=[measured(snow, noon - HOUR, 5.0)]))
    assert (store.latest_values(1)[0].at, store.latest_values(1)[0].value) == (noon - HOUR, 5.0)


def test_a_value_believed_again_becomes_the_latest_again(store, snow, noon, measured, flag):
    failed = measured(snow, noon + MINUTE, 2.0, Quality.FAIL, reasons=QualityReason.GROSS_RANGE)
    store.append(1, Batch(observations=[failed]))
    assert store.latest_values(1) == []
    assert flag(failed, Quality.GOOD, reasons=QualityReason.NONE, tests=None)
    assert store.latest_values(1)[0].value == 2.0


def test_the_latest_is_never_taken_from_the_future(store, snow, noon, measured, flag):
    ahead = measured(snow, noon + 3 * DAY, received_at=noon)
    rows = [measured(snow, noon), measured(snow, noon + MINUTE, 9.0), ahead]
    store.append(1, Batch(observations=rows))
    assert flag(rows[1], Quality.FAIL)
    assert store.latest_values(1)[0].at == noon
    assert flag(ahead, Quality.SUSPECT)
    assert store.latest_values(1)[0].at == noon


def test_a_time_still_to_come_does_not_become_the_latest_again(store, snow, noon, measured, flag):
    ahead = measured(snow, noon + 30 * DAY, 50.0, received_at=noon + 30 * DAY)  # our own clock was wrong, and is right
    rows = [measured(snow, noon), measured(snow, noon + MINUTE, 9.0)]
    for row in (ahead, *rows):
        store.append(1, Batch(observations=[row]))
    assert flag(rows[1], Quality.SUSPECT)
    (latest,) = store.latest_values(1)
    assert (latest.at, latest.quality) == (rows[1].at, Quality.SUSPECT)


@pytest.mark.db
def test_a_newer_value_that_comes_while_the_latest_is_settled_stays(plain_store, plain_dsn, town, noon, measured):
    """The collector holds the latest row; the judge waits for it and then sees what was committed."""
    snow = plain_store.register(town).datastreams["snow-1/snow_depth"]
    rows = [measured(snow, noon), measured(snow, noon + MINUTE, 9.0)]
    plain_store.append(1, Batch(observations=rows))
    change = Change(
        rows[1].at,
        Standing(9.0, Quality.GOOD, QualityReason.NONE, None),
        Standing(9.0, Quality.FAIL, QualityReason.SPIKE, SPIKE),
    )
    judgement = Judgement(snow, "v1", "live", [change])
    with psycopg.connect(plain_dsn) as collector:
        newer = (snow, noon + 2 * MINUTE, noon + 2 * MINUTE)
        collector.execute("insert into observation values (%s, %s, 5, 5, 1, 0, %s)", newer)
        collector.execute("update observation_latest set value = 5, at = %s where datastream_id = %s", (newer[1], snow))
        judge = threading.Thread(target=lambda: plain_store.judging.save(1, [judgement], through={}, cursor=None))
        judge.start()
        with psycopg.connect(plain_dsn, autocommit=True) as watch:
            while not watch.execute("select count(*) from pg_locks where not granted").fetchone()[0]:
                pass
    judge.join()
    (latest,) = plain_store.latest_values(1)
    assert (latest.at, latest.value) == (noon + 2 * MINUTE, 5.0)


def test_a_changed_value_is_written_with_its_history(store, snow, noon, measured, flag, look):
    row = measured(snow, noon, raw_value=1400.0, reasons=QualityReason.FROM_DISTANCE)
    store.append(1, Batch(observations=[row]))
    assert flag(row, Quality.GOOD, value=90.0, cause="requality", reasons=QualityReason.FROM_DISTANCE, tests=None)
    assert look("select value, raw_value from observation") == [(90.0, 1400.0)]
    (version,) = store.judging.versions(span(snow, noon, noon + HOUR), 10)
    assert (version.change.was.value, version.change.now.value, version.cause) == (100.0, 90.0, "requality")


def test_a_changed_value_is_to_be_judged_with_all_that_depends_on_it(store, snow, noon, measured, flag):
    row = measured(snow, noon)
    store.append(1, Batch(observations=[row]))
    progress = store.judging.pending(1, None, 100).progress
    assert flag(row, Quality.GOOD, value=90.0, cause="requality", reasons=QualityReason.NONE, tests=None)
    assert hours(store.judging.pending(1, progress, 100)) == {(snow, noon)}


def test_the_history_of_a_row_is_in_order_and_bounded(store, snow, noon, measured, flag, monkeypatch):
    row = measured(snow, noon)
    store.append(1, Batch(observations=[row]))
    good, failed = (
        Standing(100.0, Quality.GOOD, QualityReason.NONE, None),
        Standing(100.0, Quality.FAIL, QualityReason.SPIKE, SPIKE),
    )
    for was, now in ((good, failed), (failed, good), (good, failed)):
        change = Change(noon, was, now)
        assert store.judging.save(1, [Judgement(snow, "v1", "late", [change])], through={}, cursor=None)
    versions = store.judging.versions(span(snow, noon, noon + HOUR), 10)
    assert [version.change.now.quality for version in versions] == [4, 1, 4]
    assert len(store.judging.versions(span(snow, noon, noon + HOUR), 2)) == 2
    monkeypatch.setattr("store.judging.KEEP_VERDICTS", 1)
    store.judging.forget()
    assert len(store.judging.versions(span(snow, noon, noon + HOUR), 10)) == 1


@pytest.mark.timescale
def test_compressed_history_can_be_judged_anew(timescale_dsn, town, noon, measured):
    """Two old weeks in the columnstore; a row in one of them changes, and its day's summary with it."""
    with open_store(timescale_dsn, pool_size=1) as store:
        snow = store.register(town).datastreams["snow-1/snow_depth"]
        old = noon - 50 * DAY
        rows = [measured(snow, old + place * HOUR, float(place % 50)) for place in range(200)]
        store.append(1, Batch(observations=rows))
        store.maintain(noon)
        look_at(timescale_dsn, "set timescaledb.max_tuples_decompressed_per_dml_transaction = 10")
        look_at(
            timescale_dsn,
            "select compress_chunk(c, true) from show_chunks('observation', older_than => interval '35 days') c",
        )
        assert look_at(timescale_dsn, "select bool_or(is_compressed) from timescaledb_information.chunks") == [(True,)]
        before = store.series(snow, old - DAY, noon, DAY)
        changes = [
            Change(
                row.at,
                Standing(row.value, Quality.GOOD, QualityReason.NONE, None),
                Standing(row.value, Quality.FAIL, QualityReason.SPIKE, SPIKE),
            )
            for row in rows[60:90]
        ]
        assert store.judging.save(1, [Judgement(snow, "v1", "requality", changes)], through={}, cursor=None)
        failed = {point.at: point.quality for point in store.series(snow, old, noon, None)}
        assert [at for at, quality in failed.items() if quality == Quality.FAIL] == [row.at for row in rows[60:90]]
        store.maintain(noon)
        after = store.series(snow, old - DAY, noon, DAY)
        differing = [one.count - other.count for one, other in zip(before, after, strict=True)]
        assert sum(differing) == 30
        assert len([each for each in differing if each]) <= 3


@pytest.mark.db
def test_one_judge_a_site(plain_store, town):
    site = plain_store.register(town).site
    with plain_store.judging.lock(site) as held:
        assert held.ensure()
        with pytest.raises(StartError, match="another judge"), plain_store.judging.lock(site):
            pass
        with plain_store.judging.lock(site + 1), plain_store.evaluator_lock(site):
            pass
    with plain_store.judging.lock(site):
        pass


@pytest.mark.db
def test_stretches_are_range_scans_of_the_key(plain_store, plain_dsn, town, noon, measured):
    snow = plain_store.register(town).datastreams["snow-1/snow_depth"]
    plain_store.append(1, Batch(observations=[measured(snow, noon - place * MINUTE) for place in range(20_000)]))
    bounds = {"oldest": noon - HOUR, "newest": noon}
    values = {"datastream": [snow], "since": [noon - HOUR], "until": [noon], **bounds}
    with psycopg.connect(plain_dsn, autocommit=True) as connection:
        connection.execute("analyze observation")
        plan = connection.execute("explain " + statements.load("judging")["stretches"], values).fetchall()
    assert not [line for (line,) in plan if "Seq Scan on observation_2" in line], plan
