"""What a device that floods can cost: statements of bounded size, a quarantine of bounded size, a patient connection."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from store import append, maintenance, open_store
from store.aside import Wanted
from store.connection import patient
from store.rows import Appended, Batch


def test_what_is_set_aside_travels_in_portions_in_order(monkeypatch, aside):
    monkeypatch.setattr(append, "PORTION_BYTES", 10)
    sizes = [4, 6, 1, 25, 3, 3, 3, 3, 10, 0]
    rows = [aside(payload=bytes(size)) for size in sizes]
    portions = list(append._in_portions(rows))
    assert [[len(row.payload) for row in portion] for portion in portions] == [
        [4, 6],
        [1],
        [25],
        [3, 3, 3],
        [3],
        [10, 0],
    ]
    assert list(append._in_portions([])) == []


def test_all_portions_are_stored_in_one_transaction(store, registry, aside, monkeypatch):
    monkeypatch.setattr(append, "PORTION_BYTES", 100)
    rows = [aside(payload=bytes([number]) * 60) for number in range(7)]
    assert store.append(registry.site, Batch(quarantine=rows)) == Appended(0, 0, 0, 0, quarantined=7)
    assert [each.message.payload[0] for each in store.aside.listed(registry.site, limit=10)] == [6, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(("most", "most_bytes", "kept"), [(3, 1_000_000, [9, 8, 7]), (100, 60, [9, 8])])
def test_of_each_reason_the_newest_stay_and_what_goes_is_counted(
    store, registry, noon, aside, monkeypatch, most, most_bytes, kept
):
    monkeypatch.setattr(maintenance, "KEEP_QUARANTINED", most)
    monkeypatch.setattr(maintenance, "KEEP_QUARANTINED_BYTES", most_bytes)
    flood = [aside(payload=bytes([number]) * 25) for number in range(10)]
    other = aside(reason="unknown-device")
    store.append(registry.site, Batch(quarantine=[other, *flood]))
    for _ in range(2):
        store.maintain(noon)
        for reason, left in ((other.reason, [ord("{")]), ("bad-json", kept)):
            listed = store.aside.listed(registry.site, Wanted(reason=reason), limit=20)
            assert [each.message.payload[0] for each in listed] == left
        assert store.counters(registry.site)["quarantine_forgotten"] == 10 - len(kept)


def test_of_conflicts_the_newest_stay(store, snow, noon, measured, look, monkeypatch):
    monkeypatch.setattr(maintenance, "KEEP_CONFLICTS", 2)
    store.append(1, Batch(observations=[measured(snow, noon, float(value)) for value in range(6)]))
    store.maintain(noon)
    assert look("select value from observation_conflict order by id") == [(4.0,), (5.0,)]


def test_a_server_that_falls_silent_is_noticed_within_a_minute(plain_dsn):
    found = conninfo_to_dict(patient(plain_dsn))
    assert conninfo_to_dict(plain_dsn).items() <= found.items()
    silence_s = int(found["keepalives_idle"]) + int(found["keepalives_interval"]) * int(found["keepalives_count"])
    assert 0 < silence_s < 60
    assert 0 < int(found["tcp_user_timeout"]) < 60_000
    with open_store(plain_dsn) as store, store._pool.connection() as connection:
        assert connection.info.get_parameters()["tcp_user_timeout"] == found["tcp_user_timeout"]


def test_what_the_address_says_itself_wins():
    stated = "postgresql://u@h/d?tcp_user_timeout=5&connect_timeout=3"
    assert {"tcp_user_timeout": "5", "connect_timeout": "3"}.items() <= conninfo_to_dict(patient(stated)).items()
    with pytest.raises(psycopg.ProgrammingError):
        patient("postgresql//h")
