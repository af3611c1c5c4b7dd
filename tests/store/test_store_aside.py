"""What was set aside: found again by what is known of it, settled once, told apart by sender."""

from dataclasses import replace
from datetime import timedelta

import pytest

from store.aside import Wanted
from store.rows import Appended, Batch, DeviceSeen

MINUTE = timedelta(minutes=1)
EVERYTHING = Wanted()


@pytest.fixture
def four(store, registry, aside, noon) -> dict[str, int]:
    """Four messages set aside, by name their numbers."""
    rows = [
        aside(),
        aside(device="new", reason="unknown-device", detail="not there", payload=b"x" * 1000),
        aside(device="new", reason="unknown-device", detail="not there", received_at=noon + MINUTE),
        aside(device="old", reason="late", topic=b"other", received_at=noon + 2 * MINUTE),
    ]
    store.append(registry.site, Batch(quarantine=rows))
    numbers = [found.number for found in store.aside.listed(registry.site, limit=10)]
    return dict(zip(("late", "second", "first", "cut"), numbers, strict=True))


def numbers(found) -> list[int]:
    return [each.number for each in found]


def test_what_was_set_aside_comes_back_whole(store, registry, aside):
    row = aside(payload=bytes(range(256)), topic=b"a/\xff", retain=True)
    store.append(registry.site, Batch(quarantine=[row]))
    (listed,) = store.aside.listed(registry.site, limit=10)
    assert listed == store.aside.get(registry.site, listed.number)
    assert (listed.message, listed.size) == (row, 256)
    assert (listed.attempts, listed.tried_at, listed.settled_at, listed.outcome) == (0, None, None, "")
    assert store.aside.get(registry.site, listed.number + 1) is None
    assert store.aside.get(registry.site + 1, listed.number) is None


def test_the_newest_are_listed_and_their_payloads_cut_where_wanted(store, registry, four):
    found = store.aside.listed(registry.site, limit=3, payload_bytes=10)
    assert numbers(found) == [four["late"], four["second"], four["first"]]
    assert [len(each.message.payload) for each in found] == [1, 1, 10]
    assert [each.size for each in found] == [1, 1, 1000]
    assert numbers(store.aside.listed(registry.site, limit=3, before=four["first"])) == [four["cut"]]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"reason": "late"}, ["late"]),
        ({"device": "new"}, ["second", "first"]),
        ({"device": "new", "reason": "late"}, []),
        ({"since": MINUTE}, ["late", "second"]),
    ],
)
def test_conditions_narrow_all_at_once(store, registry, four, noon, conditions, expected):
    if "since" in conditions:
        conditions = {"since": noon + conditions["since"]}
    wanted = Wanted(**conditions)
    assert numbers(store.aside.listed(registry.site, wanted, limit=10)) == [four[name] for name in expected]
    until = store.aside.newest(registry.site)
    still_open = numbers(store.aside.still_open(registry.site, wanted, until))
    assert still_open == [four[name] for name in reversed(expected)]
    assert store.aside.how_many_open(registry.site, wanted, until) == len(expected)


def test_numbers_are_a_condition_too(store, registry, four):
    wanted = Wanted(numbers=[four["late"], four["cut"], 4711])
    assert numbers(store.aside.still_open(registry.site, wanted, four["late"])) == [four["cut"], four["late"]]
    assert numbers(store.aside.still_open(registry.site, wanted, four["cut"])) == [four["cut"]]
    assert numbers(store.aside.still_open(registry.site, EVERYTHING, four["late"], after=four["second"])) == [
        four["late"]
    ]


def test_all_that_is_open_comes_however_many_pages_it_fills(store, registry, aside, monkeypatch):
    monkeypatch.setattr("store.aside.PAGE", 3)
    store.append(registry.site, Batch(quarantine=[aside(payload=b"{%d" % number) for number in range(7)]))
    until = store.aside.newest(registry.site)
    store.append(registry.site, Batch(quarantine=[aside()]))
    assert len(list(store.aside.still_open(registry.site, EVERYTHING, until))) == 7


def test_rows_of_a_replay_and_its_settling_are_one_thing(store, registry, four, snow, noon, measured):
    batch = Batch(observations=[measured(snow, noon)], replayed=four["first"], counts={"rows_replayed": 1})
    assert store.append(registry.site, batch) == Appended(1, 0, 0, 0, 0)
    settled = store.aside.get(registry.site, four["first"])
    assert (settled.attempts, settled.outcome, settled.tried_at) == (1, "stored 1", settled.settled_at)
    assert settled.message.reason == "unknown-device"
    assert store.aside.counts(registry.site) == {"bad-json": (1, 0), "late": (1, 0), "unknown-device": (1, 1)}
    assert numbers(store.aside.listed(registry.site, limit=9, settled=True)) == [four["first"]]
    assert four["first"] not in numbers(store.aside.listed(registry.site, limit=9, settled=False))


def test_a_settled_message_is_never_taken_in_again(store, registry, four, snow, noon, measured):
    batch = Batch(observations=[measured(snow, noon)], replayed=four["first"], counts={"rows_replayed": 1})
    store.append(registry.site, batch)
    before, counted = store.aside.get(registry.site, four["first"]), store.counters(registry.site)
    later = replace(batch, observations=[measured(snow, noon + MINUTE)], seen=[DeviceSeen("new", noon, None)])
    assert store.append(registry.site, later) == Appended(0, 0, 0, 0, 0)
    assert store.aside.get(registry.site, four["first"]) == before
    assert store.counters(registry.site) == counted
    assert store.devices_seen(registry.site) == []
    assert len(store.samples([snow], noon, noon + MINUTE)[snow]) == 1


def test_what_is_refused_still_stays_with_its_new_reason(store, registry, four, aside, snow, noon, measured):
    refusal = aside(device="new\0", reason="clock", detail="1970")
    batch = Batch(observations=[measured(snow, noon)], quarantine=[refusal], replayed=four["first"])
    assert store.append(registry.site, batch) == Appended(1, 0, 0, 0, 0)
    store.append(registry.site, batch)
    found = store.aside.get(registry.site, four["first"])
    assert (found.message.reason, found.message.detail, found.message.device) == ("clock", "1970", "new\ufffd")
    assert (found.attempts, found.settled_at, found.outcome) == (2, None, "duplicate 1; still refused")
    assert found.message.payload == b"x" * 1000
    assert store.aside.newest(registry.site) == four["late"]
    assert store.counters(registry.site)["quarantined"] == 4


def test_a_row_the_database_refuses_leaves_its_message_open_and_makes_no_other(
    store, registry, four, snow, noon, measured
):
    rows = [measured(snow, noon), measured(snow, noon + MINUTE, float("nan"))]
    assert store.append(registry.site, Batch(observations=rows, replayed=four["first"])) == Appended(1, 0, 0, 1, 0)
    found = store.aside.get(registry.site, four["first"])
    assert (found.message.reason, found.settled_at) == ("refused-by-store", None)
    assert found.outcome == "stored 1; still refused (was unknown-device)"
    assert store.aside.newest(registry.site) == four["late"]


def test_a_message_without_rows_is_settled_too(store, registry, four):
    store.append(registry.site, Batch(replayed=four["late"]))
    assert store.aside.get(registry.site, four["late"]).outcome == "nothing to store"


def test_senders_are_told_apart_and_the_busiest_come_first(store, registry, four, aside, noon):
    store.append(registry.site, Batch(quarantine=[aside(reason="unknown-quantity", device="x", topic=b"\xff")]))
    reasons = ("unknown-device", "unknown-quantity")
    (busy, other), total = store.aside.senders(registry.site, reasons, most=5, newest=1)
    assert total == 2
    assert (busy.device, busy.messages, busy.first_at, busy.last_at) == ("new", 2, noon, noon + MINUTE)
    assert busy.newest == (four["second"],)
    assert (other.topic, other.reason) == (b"\xff", "unknown-quantity")
    found, total = store.aside.senders(registry.site, reasons, most=1, newest=5)
    assert ([sender.newest for sender in found], total) == ([(four["second"], four["first"])], 2)
    store.append(registry.site, Batch(replayed=four["first"]))
    assert store.aside.senders(registry.site, ["unknown-device"], most=9, newest=9)[0][0].messages == 1
    assert store.aside.senders(registry.site, ["flood"], most=9, newest=9) == ([], 0)


def test_messages_are_read_by_number_without_the_large_ones(store, registry, four):
    found = store.aside.messages(registry.site, [four["first"], four["second"]], payload_bytes=999)
    assert numbers(found) == [four["second"]]
    assert store.aside.messages(registry.site, [], payload_bytes=1) == []
