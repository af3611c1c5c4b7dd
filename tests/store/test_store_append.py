"""What becomes of the rows of a batch: identity, duplicates, conflicts, poison, counters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import StoreError
from core.model import Quality, QualityReason, Task
from core.times import utc_now
from store.aside import Wanted
from store.rows import Appended, Batch, DeviceHeard, DeviceSeen, Sample

MINUTE = timedelta(minutes=1)


def test_rows_come_back_as_given(store, snow, noon, measured):
    rows = [
        measured(snow, noon, 101.5),
        measured(snow, noon + MINUTE, None, Quality.MISSING, raw_value=None),
        measured(snow, noon + 2 * MINUTE, 9e9, Quality.FAIL, reasons=QualityReason.GROSS_RANGE | QualityReason.LATE),
    ]
    done = store.append(1, Batch(observations=rows[::-1]))
    assert done == Appended(stored=3, duplicate=0, conflict=0, refused=0, quarantined=0)
    found = store.samples([snow], noon, noon + 2 * MINUTE)
    assert found == {snow: [Sample(row.at, row.value, row.quality, row.received_at, row.reasons) for row in rows]}


def test_whole_numbers_among_values_are_no_trouble(store, snow, plough, noon, measured, fixed):
    rows = [measured(snow, noon, 100), measured(snow, noon + MINUTE, 100.5), measured(snow, noon + 2 * MINUTE, None, 9)]
    fixes = [fixed(plough, noon, lon=140, speed_kmh=0), fixed(plough, noon + MINUTE, heading_deg=180)]
    assert store.append(1, Batch(observations=rows, positions=fixes)) == Appended(5, 0, 0, 0, 0)
    assert store.append(1, Batch(observations=rows, positions=fixes)) == Appended(0, 5, 0, 0, 0)


def test_a_row_without_an_arrival_time_is_set_aside_with_one(store, snow, noon, measured):
    assert store.append(1, Batch(observations=[replace(measured(snow, noon), received_at="?")])).refused == 1
    assert store.aside.listed(1, limit=1)[0].message.received_at > noon


def test_the_same_key_with_the_same_value_is_a_duplicate(store, snow, noon, measured):
    row = measured(snow, noon)
    assert store.append(1, Batch(observations=[row, row])) == Appended(1, 1, 0, 0, 0)
    later = measured(snow, noon, received_at=noon + timedelta(hours=1), quality=Quality.SUSPECT)
    assert store.append(1, Batch(observations=[later])) == Appended(0, 1, 0, 0, 0)
    assert store.samples([snow], noon, noon)[snow] == [Sample(noon, 100.0, Quality.GOOD, row.received_at)]


def test_the_same_key_with_another_value_is_a_conflict_kept_aside_once(store, snow, noon, measured, look):
    first, second = measured(snow, noon, 100.0), measured(snow, noon, 101.0)
    assert store.append(1, Batch(observations=[first, second])) == Appended(1, 0, 1, 0, 0)
    assert store.append(1, Batch(observations=[second])) == Appended(0, 0, 1, 0, 0)
    assert store.append(1, Batch(observations=[measured(snow, noon, None, Quality.MISSING)])).conflict == 1
    assert [sample.value for sample in store.samples([snow], noon, noon)[snow]] == [100.0]
    assert look("select value from observation_conflict order by id") == [(101.0,), (None,)]


def test_a_missing_value_sent_twice_is_a_duplicate(store, snow, noon, measured):
    row = measured(snow, noon, None, Quality.MISSING)
    assert store.append(1, Batch(observations=[row, row])) == Appended(1, 1, 0, 0, 0)


def test_positions_have_the_same_rules(store, plough, noon, fixed, look):
    fix = fixed(plough, noon)
    other = fixed(plough, noon, lon=140.5)
    assert store.append(1, Batch(positions=[fix, fix, other])) == Appended(1, 1, 1, 0, 0)
    assert look("select lon from vehicle_conflict") == [(140.5,)]
    assert look("select lon, lat, task, speed_kmh from vehicle_position") == [(140.4, 38.6, "plough", 20.0)]


def test_a_position_without_extras(store, plough, noon, fixed):
    bare = fixed(plough, noon, speed_kmh=None, heading_deg=None, accuracy_m=None, task=None)
    assert store.append(1, Batch(positions=[bare])).stored == 1
    assert store.latest_positions(1)[0].task is None


@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_a_poison_row_is_set_aside_and_the_others_are_stored(store, snow, noon, measured, count):
    rows = [measured(snow, noon + place * MINUTE) for place in range(count)]
    poison = measured(snow, noon - MINUTE, float("nan"))
    rows.insert(count // 2, poison)
    assert store.append(1, Batch(observations=rows)) == Appended(count, 0, 0, refused=1, quarantined=0)
    aside = store.aside.listed(1, limit=10)[0].message
    assert aside.reason == "refused-by-store"
    assert aside.detail.startswith("23514: ")
    assert f'"datastream": {snow}'.encode() in aside.payload


def test_several_kinds_of_poison_in_one_batch(store, snow, plough, noon, measured, fixed):
    poison = [
        measured(2**40, noon),
        measured(snow, noon, float("inf")),
        measured(snow, noon, "12 cm"),
        measured(snow, noon, quality=7),
        measured(snow, noon, None),
        measured(snow, None, received_at=noon),
        measured(snow, datetime(9000, 1, 1, tzinfo=UTC), float("nan")),
    ]
    good = [measured(snow, noon + place * MINUTE) for place in range(20)]
    positions = [fixed(plough, noon, lon=181.0), fixed(plough, noon + MINUTE)]
    mixed = [row for pair in zip(good, poison, strict=False) for row in pair] + good[len(poison) :]
    done = store.append(1, Batch(observations=mixed, positions=positions))
    assert done == Appended(stored=21, duplicate=0, conflict=0, refused=8, quarantined=0)
    assert store.aside.counts(1) == {"refused-by-store": (8, 0)}


def test_a_batch_of_poison_only_is_set_aside_because_the_table_takes_good_rows(store, snow, noon, measured, look):
    rows = [measured(snow, noon + place * MINUTE, float("nan")) for place in range(3)]
    assert store.append(1, Batch(observations=rows)).refused == 3
    assert look("select count(*) from observation") == [(0,)]


def test_when_the_table_takes_no_row_it_is_an_outage_and_nothing_is_quarantined(store, snow, noon, measured, look):
    look("alter table observation add constraint broken check (received_at < '2000-01-01')")
    try:
        with pytest.raises(StoreError, match="append readings") as caught:
            store.append(1, Batch(observations=[measured(snow, noon)], counts={"received": 1}))
    finally:
        look("alter table observation drop constraint broken")
    assert caught.value.sqlstate == "23514"
    assert store.aside.listed(1, limit=10) == []
    assert store.counters(1) == {}


def test_rows_of_any_year_find_their_place(store, snow, plough, noon, measured, fixed):
    times = [datetime(2023, 1, 31, 23, 59, tzinfo=UTC), datetime(2024, 12, 31, 15, tzinfo=UTC), noon]
    batch = Batch(
        observations=[measured(snow, at) for at in times], positions=[fixed(plough, at - MINUTE) for at in times]
    )
    assert store.append(1, batch).stored == 6
    assert [sample.at for sample in store.samples([snow], times[0], noon)[snow]] == times


def test_quarantine_keeps_bytes_and_cleans_text(store, registry, aside):
    row = aside(
        topic=b"\xff\x00", payload=bytes(range(256)), detail="NUL \0, half a pair \ud800", device="雪\ud83d\ude00"
    )
    assert store.append(1, Batch(quarantine=[row])).quarantined == 1
    (listed,) = store.aside.listed(1, Wanted(reason="bad-json"), limit=10)
    found = listed.message
    assert (found.topic, found.payload) == (row.topic, row.payload)
    assert (found.detail, found.device) == ("NUL \ufffd, half a pair \ufffd", "雪😀")
    assert store.aside.get(1, listed.number) == listed
    assert store.aside.get(1, listed.number + 1) is None
    assert store.aside.get(2, listed.number) is None, "it is of another site"
    assert store.aside.listed(1, Wanted(reason="clock"), limit=10) == []


def test_counters_add_up_over_batches_and_balance(store, snow, noon, measured, aside):
    rows = [
        measured(snow, noon),
        measured(snow, noon),
        measured(snow, noon, 7.0),
        measured(snow, noon + MINUTE, float("nan")),
    ]
    store.append(1, Batch(observations=rows, quarantine=[aside()], counts={"received": 5, "stored": 10}))
    store.append(1, Batch(observations=[measured(snow, noon + MINUTE)], counts={"received": 1}))
    store.append(1, Batch(counts={"received": 0}))
    assert store.counters(1) == {
        "received": 6, "stored": 12, "duplicate": 1, "conflict": 1, "refused": 1, "quarantined": 1,
    }  # fmt: skip


def test_nothing_to_write_is_written(store, registry):
    assert store.append(registry.site, Batch()) == Appended(0, 0, 0, 0, 0)
    assert store.counters(registry.site) == {}


def test_a_failing_batch_leaves_nothing(store, snow, noon, measured, aside):
    store.maintain(noon)
    with pytest.raises(StoreError):
        store.append(99, Batch(observations=[measured(snow, noon)], quarantine=[aside()]))
    assert store.samples([snow], noon, noon) == {snow: []}
    assert store.latest_values(1) == []


def test_signs_of_life(store, registry, noon):
    def seen(*signs):
        store.append(1, Batch(seen=[DeviceSeen("dev", noon + minutes * MINUTE, online) for minutes, online in signs]))
        return store.devices_seen(1)

    assert seen((0, None)) == [DeviceSeen("dev", noon, None)]
    assert seen((1, True)) == [DeviceSeen("dev", noon + MINUTE, True)]
    assert seen((2, None)) == [DeviceSeen("dev", noon + 2 * MINUTE, True)], "a reading does not unsay online"
    assert seen((3, False)) == [DeviceSeen("dev", noon + 3 * MINUTE, False)]
    assert seen((1, True)) == [DeviceSeen("dev", noon + 3 * MINUTE, False)], "late news is no news"
    assert seen((4, None)) == [DeviceSeen("dev", noon + 4 * MINUTE, None)], "a reading takes offline back"
    assert seen((7, None), (6, True), (5, False)) == [DeviceSeen("dev", noon + 7 * MINUTE, True)]


@pytest.mark.parametrize("online", [None, False])
def test_a_clock_of_ours_that_was_a_day_ahead_hides_no_silence_and_no_last_will(store, registry, online):
    now = utc_now()
    ahead, sign = now + timedelta(days=1), DeviceSeen("dev", now, online)
    store.append(1, Batch(seen=[DeviceSeen("dev", ahead, None)], heard=[DeviceHeard("dev", "gw", ahead)]))
    store.append(1, Batch(seen=[DeviceSeen("dev", ahead + MINUTE, True)]))
    store.append(1, Batch(seen=[sign], heard=[DeviceHeard("dev", "gw", now)]))
    (seen,) = store.devices_seen(1)
    assert (seen.at, seen.online) == (now, online is None)
    assert store.intake.heard(1) == [DeviceHeard("dev", "gw", now)]


def test_a_task_is_kept_as_its_word(store, plough, noon, fixed):
    store.append(1, Batch(positions=[fixed(plough, noon, task=Task.DEICE)]))
    assert store.latest_positions(1)[0].task is Task.DEICE


def test_a_message_set_aside_comes_again_and_is_there_once(store, registry, aside, look):
    row = aside()
    assert store.append(registry.site, Batch(quarantine=[row, aside(payload=b"{{")])).quarantined == 2
    again = Batch(quarantine=[replace(row, reason="failed", detail="read anew")])
    assert store.append(registry.site, again).quarantined == 0
    assert look("select reason, count(*) from quarantine group by reason") == [("bad-json", 2)]
    assert store.counters(registry.site)["quarantined"] == 2
