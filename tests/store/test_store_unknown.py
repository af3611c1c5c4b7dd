"""What unknown devices can cost: each a few messages, all together a bound, and none the place of another."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from store import maintenance
from store.aside import Wanted
from store.rows import Batch

MINUTE = timedelta(minutes=1)


@pytest.fixture
def unknown(store, registry, aside, noon):
    """Sets aside messages of an unknown device, given with the minutes of their arrival."""

    def add(device, *minutes, payload=b"{}"):
        rows = [
            aside(
                reason="unknown-device",
                device=device,
                topic=f"yukimori/town/{device}/reading".encode(),
                payload=payload,
                received_at=noon + minute * MINUTE,
            )
            for minute in minutes
        ]
        store.append(registry.site, Batch(quarantine=rows))

    return add


@pytest.fixture
def kept(store, registry, noon):
    """Does the housekeeping and tells how many messages of each device are left."""

    def count() -> Counter[str]:
        store.maintain(noon)
        found = store.aside.listed(registry.site, Wanted(reason="unknown-device"), limit=10_000)
        return Counter(each.message.device for each in found)

    return count


@pytest.fixture
def bounds(monkeypatch):
    """Small bounds."""

    def set_to(**values):
        for name, value in values.items():
            monkeypatch.setattr(maintenance, name, value)

    return set_to


def test_of_each_unknown_device_the_first_and_the_newest_stay(store, registry, noon, unknown, kept, bounds):
    bounds(KEEP_FIRST_OF_UNKNOWN=2, KEEP_NEWEST_OF_UNKNOWN=3)
    unknown("honest", 0, 10)
    unknown("rogue", *range(100))
    assert kept() == {"honest": 2, "rogue": 5}
    found = store.aside.listed(registry.site, Wanted(device="rogue"), limit=100)
    assert [(each.message.received_at - noon) // MINUTE for each in found] == [99, 98, 97, 1, 0]
    assert store.counters(registry.site)["quarantine_forgotten"] == 95
    assert kept() == {"honest": 2, "rogue": 5}


def test_all_together_are_bounded_and_share_alike(unknown, kept, bounds):
    bounds(KEEP_QUARANTINED=10, KEEP_FIRST_OF_UNKNOWN=1)
    unknown("a", *range(50))
    unknown("b", *range(50))
    unknown("c", 0, 1)
    assert kept() == {"a": 4, "b": 4, "c": 2}


def test_bytes_are_bounded_too(unknown, kept, bounds):
    bounds(KEEP_QUARANTINED_BYTES=1_000, KEEP_FIRST_OF_UNKNOWN=1)
    unknown("large", *range(50), payload=bytes(300))
    unknown("small", 0, payload=bytes(10))
    assert kept() == {"large": 3, "small": 1}


def test_made_up_names_in_any_number_push_out_neither_an_old_hand_nor_a_newcomer(unknown, kept, bounds):
    bounds(KEEP_QUARANTINED=100, KEEP_FIRST_OF_UNKNOWN=1)
    unknown("old hand", 0, 10, 20)
    for number in range(0, 500, 100):
        for name in range(number, number + 100):
            unknown(f"rogue-{name}", 25)
        if number == 400:
            unknown("newcomer", 26)
        left = kept()
        assert left.total() == 100
        assert left["old hand"] >= 1
    assert left["newcomer"] == 1


def test_other_reasons_keep_their_own_places(store, registry, aside, unknown, kept, bounds):
    bounds(KEEP_QUARANTINED=3)
    store.append(registry.site, Batch(quarantine=[aside(payload=b"{%d" % number) for number in range(5)]))
    unknown("rogue", *range(10))
    assert kept().total() == 3
    assert store.aside.counts(registry.site) == {"bad-json": (3, 0), "unknown-device": (3, 0)}
