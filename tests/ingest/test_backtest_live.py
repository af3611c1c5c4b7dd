"""A recorded day through broker, collector, store and evaluator gives the episodes the backtest of its rows gives."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.backtest import Span, play
from alerts.backtest_report import report_on
from alerts.backtest_store import stored
from alerts.digest import digest_of, facts_of_rows
from alerts.rounds import Evaluator
from config import load_site
from core.broker_address import BrokerAddress
from core.times import utc_now
from ingest.pipeline import Pipeline
from ingest.publishing import Publisher
from ingest.replay import Pace, Recording, Shift, read_gauges, replay
from ingest.session import Session
from ingest.writer import Target

FUKUI = Path(__file__).resolve().parents[2] / "config" / "fukui"
DAY = FUKUI / "recordings" / "2024-11-02.csv"

pytestmark = [pytest.mark.broker, pytest.mark.db]


def in_turns(recording: Recording) -> list[Recording]:
    """The recording in parts of at most one reading a gauge: what comes in between two rounds of the evaluator."""
    turns: list[list] = [[]]
    seen: set[str] = set()
    for reading in recording.readings:
        if reading.device in seen:
            turns.append([])
            seen.clear()
        seen.add(reading.device)
        turns[-1].append(reading)
    return [Recording(tuple(readings), 0) for readings in turns]


def settled(store, site: int, messages: int) -> None:
    waiting = threading.Event()
    for _ in range(12_000):
        if store.counters(site).get("messages_received", 0) >= messages:
            return
        waiting.wait(0.005)
    raise AssertionError(store.counters(site))


def test_a_day_played_live_has_the_episodes_of_its_backtest(embedded_broker, store, collector_at):
    site = load_site(FUKUI)
    registry = store.register(site)
    address = BrokerAddress.parse(embedded_broker.url)
    topics = [source.topic for source in site.sources]
    session = Session(address, client_id="recorded-day", topics=topics, clock=utc_now)
    stop = threading.Event()
    collector = collector_at(session, Target(store, Pipeline(site, registry), registry.site))
    evaluator = Evaluator(site, store, registry, started_at=utc_now())  # nothing is judged silent: the day lies back
    evaluator.round(utc_now())
    session.start()
    collecting = threading.Thread(target=collector.run, args=(stop, lambda: None))
    collecting.start()
    published = 0
    try:
        with Publisher(address, client_id="recorded-day-replay") as publisher:
            pace = Pace(speed=None, shift=Shift.ORIGINAL)
            for turn in in_turns(read_gauges([DAY])):
                told = replay(turn, site_id=site.id, outlet=publisher, pace=pace, clock=utc_now, stop=stop)
                published += told.published
                settled(store, registry.site, published)
                evaluator.round(utc_now())
    finally:
        stop.set()
        collecting.join()
        session.stop()

    span = Span(datetime(2024, 11, 1, tzinfo=UTC), datetime(2024, 11, 2, 15, tzinfo=UTC) + timedelta(minutes=1))
    backtest = report_on(site, play(site, stored(store, registry, span, as_measured=True), span))
    episodes = store.recent_episodes(registry.site, span.begin)
    live = facts_of_rows(episodes, store.transitions([episode.id for episode in episodes]))
    assert {each.digest for each in live} == {line.digest for line in backtest.episodes}
    assert digest_of(live) == backtest.digest
    assert len(live) > 30

    as_arrived = Span(span.begin, utc_now() + timedelta(minutes=1))
    late = report_on(site, play(site, stored(store, registry, as_arrived), as_arrived))
    assert {(line.target, line.opened_at) for line in late.episodes} == {
        (line.target, line.opened_at) for line in backtest.episodes
    }
