"""Messages come one to three times and in reverse: rows, latest values, summaries and verdicts are as if in order.

Each gauge has a twin that measures the same; the twin's messages come once and in order.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys

import psycopg

from core.times import utc_now
from store import open_store
from tests.faults.machinery import MARK, ROOT, eventually
from tests.faults.town import topic

_ROWS = """
select d.device, o.at, o.value, o.quality, o.reasons
from observation o join datastream d on d.no = o.datastream_id
order by 1, 2
"""
_LATEST = """
select d.device, l.at, l.value, l.quality, l.reasons
from observation_latest l join datastream d on d.no = l.datastream_id
order by 1
"""

_SUMMARIES = """
select d.device, s.bucket, s.low, s.high, s.total, s.last_value, s.last_at, s.good, s.unevaluated, s.suspect, s.failed
from {table} s join datastream d on d.no = s.datastream_id
order by 1, 2
"""
_JUDGED = """
select (select count(*) from judge_state) = 1 and not exists (
    select from observation_touched, judge_state where not by_judge and changed_by >= judged_below
)
"""
QUERIES = (_ROWS, _LATEST, *(_SUMMARIES.format(table=f"summary_{step}") for step in ("10m", "1h", "1d")))


def told_apart(rows: list[tuple]) -> tuple[list[tuple], list[tuple]]:
    """The rows of the gauges and those of their twins, without the names."""
    even = [row[1:] for row in rows if int(row[0].removeprefix("gauge-")) % 2 == 0]
    odd = [row[1:] for row in rows if int(row[0].removeprefix("gauge-")) % 2 == 1]
    return even, odd


def judged(town, tmp_path, mark: str) -> None:
    """Let the judge look at everything that was touched."""
    environment = {**os.environ, MARK: mark, "DATABASE_URL": town.dsn}
    command = [sys.executable, "-m", "app", "judge", "--site", str(town.site), "--data", str(tmp_path / "judge")]
    with (tmp_path / "judge.log").open("wb") as log, psycopg.connect(town.dsn, autocommit=True) as connection:
        judge = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            eventually(
                lambda: connection.execute(_JUDGED).fetchone()[0],
                (tmp_path / "judge.log").read_text,
            )
        finally:
            judge.send_signal(signal.SIGTERM)
            assert judge.wait(30) == 0


def test_the_same_rows_latest_values_summaries_and_verdicts(any_broker, town, collector_of, tmp_path, mark, scaled):
    collector = collector_of(town, any_broker.url).start().until_up()
    chance = random.Random(20260113)
    keys = town.next_numbers(scaled(1_600, 40_000))
    ordered = [(topic(gauge), town.message(gauge, number)) for gauge, number in keys if int(gauge[-1]) % 2]
    other = [(topic(gauge), town.message(gauge, number)) for gauge, number in keys if not int(gauge[-1]) % 2]
    repeated = [message for message in other for _ in range(chance.randint(1, 3))]
    town.send(any_broker.url, [*ordered, *reversed(repeated)])
    counts = town.settle(context=collector.said)
    eventually(lambda: town.counts()["duplicate"] == len(repeated) - len(other), lambda: str(town.counts()))
    assert counts["conflict"] == 0
    collector.stop()
    judged(town, tmp_path, mark)
    with open_store(town.dsn, pool_size=1) as store:
        store.maintain(utc_now())
    with psycopg.connect(town.dsn) as connection:
        for query in QUERIES:
            gauges, twins = told_apart(connection.execute(query).fetchall())
            assert gauges == twins
            assert gauges
