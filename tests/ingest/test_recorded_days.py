"""Recorded days of the Fukui gauges, through the broker and the collector: the counters balance. With `make faults` all six.

What has to come out is computed here from the files, line by line, by other code than the replay's.
"""

from __future__ import annotations

import csv
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from config import load_site
from core.broker_address import BrokerAddress
from core.times import utc_now
from ingest.pipeline import Pipeline
from ingest.publishing import Publisher
from ingest.replay import Pace, Shift, read_gauges, replay
from ingest.session import Session
from ingest.writer import Target
from tests.examples import FULL

FUKUI = Path(__file__).resolve().parents[2] / "config" / "fukui"
RECORDED = sorted((FUKUI / "recordings").glob("*.csv"))
DAYS = RECORDED if FULL else RECORDED[2:4]
"""In small one with every gauge known, and one with two that are not."""

pytestmark = [pytest.mark.broker, pytest.mark.db]


def expected_rows() -> tuple[set[tuple[str, datetime, float]], int]:
    """(gauge, time, level) of known gauges with a value; and how many readings unknown gauges gave."""
    with (FUKUI / "source" / "sensors.csv").open(encoding="utf-8-sig", newline="") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    rows, unknown = set(), 0
    for day in DAYS:
        for line in day.read_text("utf-8-sig").splitlines()[1:]:
            at, level, gauge = line.split(",")
            if level.strip() in ("", "*"):
                continue
            if gauge not in known:
                unknown += 1
                continue
            midnight = at.endswith("T24:00")
            local = datetime.fromisoformat(at.replace("T24:00", "T00:00")) + timedelta(days=midnight)
            rows.add((gauge, local.replace(tzinfo=timezone(timedelta(hours=9))).astimezone(UTC), float(level)))
    return rows, unknown


def settled(store, site: int, messages: int) -> dict[str, int]:
    """The counters once that many messages have been received."""
    waiting = threading.Event()
    for _ in range(6_000):
        counts = store.counters(site)
        if counts.get("messages_received", 0) >= messages:
            return counts
        waiting.wait(0.01)
    raise AssertionError(store.counters(site))


def test_real_days_balance_to_the_row(embedded_broker, store, collector_at):
    expected, from_unknown = expected_rows()
    assert len(RECORDED) == 6
    assert from_unknown > 0
    site = load_site(FUKUI)
    registry = store.register(site)
    address = BrokerAddress.parse(embedded_broker.url)
    topics = [source.topic for source in site.sources]
    session = Session(address, client_id="recorded-days", topics=topics, clock=utc_now)
    stop = threading.Event()
    collector = collector_at(session, Target(store, Pipeline(site, registry), registry.site))
    session.start()
    collecting = threading.Thread(target=collector.run, args=(stop, lambda: None))
    collecting.start()
    try:
        recording = read_gauges(DAYS)
        with Publisher(address, client_id="recorded-days-replay") as publisher:
            pace = Pace(speed=None, shift=Shift.ORIGINAL)
            replayed = replay(recording, site_id=site.id, outlet=publisher, pace=pace, clock=utc_now, stop=stop)
        counts = settled(store, registry.site, replayed.published)
    finally:
        stop.set()
        collecting.join()
        session.stop()

    numbers = {number: key.split("/")[0] for key, number in registry.datastreams.items()}
    begin, end = datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    samples = store.samples(list(numbers), begin, end)
    stored = {(numbers[number], sample.at, sample.value) for number, found in samples.items() for sample in found}
    assert stored == expected

    assert counts["messages_received"] == replayed.published == len(expected) + from_unknown
    assert counts["messages_accepted"] == counts["stored"] == len(expected)
    assert counts["messages_quarantined"] == counts["quarantined"] == from_unknown
    assert {"duplicate", "conflict", "refused", "rows_unmapped"} & counts.keys() == set()
    assert store.aside.counts(registry.site) == {"unknown-device": (from_unknown, 0)}
    set_aside = {each.message.device for each in store.aside.listed(registry.site, limit=10_000)}
    assert set_aside == {"251", "252"}
