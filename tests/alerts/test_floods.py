"""Two real floods through the whole of alerts: recorded readings → store → evaluator → real mail and HTTP listeners.

What has to come out is reckoned here from the recordings by plain comparison, with none of the program's code.
"""

import csv
import threading
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.dispatch import Dispatcher
from alerts.outbox import deliver_next, open_senders
from alerts.rounds import Evaluator
from config import load_site
from config.people_plan import People
from core.levels import Level
from core.model import Observation, Quality, QualityReason
from store.rows import Batch

pytestmark = pytest.mark.db

FUKUI = Path(__file__).parents[2] / "config" / "fukui"
FLOODS = {
    "2023-07": (["2023-07-13", "2023-07-14", "2023-07-15"], {1: 45, 2: 23, 3: 6, 4: 2}),
    "2024-11": (["2024-11-01", "2024-11-02", "2024-11-03"], {1: 30, 2: 8, 3: 0, 4: 0}),
}
HEIGHTS = {"水防団待機水位": 1, "はん濫注意水位": 2, "避難判断水位": 3, "はん濫危険水位": 4}
SLUGS = {1: "standby", 2: "caution", 3: "warning", 4: "danger"}
JST = timedelta(hours=9)


def _number(text):
    try:
        return float(text.strip())
    except ValueError:
        return None


def _instant(text):
    """JST without a zone; 24:00 is midnight at the end of that day."""
    day, clock = text.split("T")
    hours, minutes = (int(part) for part in clock.split(":"))
    return datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=hours, minutes=minutes) - JST


def _recorded(days):
    """gauge → {instant: level or None}, as the files say it."""
    found = defaultdict(dict)
    for day in days:
        with (FUKUI / "recordings" / f"{day}.csv").open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                found[row["id"]][_instant(row["日時"])] = _number(row["河川水位"])
    return found


def _heights():
    """gauge → {level: height}, of those the prefecture's list gives."""
    with (FUKUI / "source" / "sensors.csv").open(encoding="utf-8-sig") as file:
        return {
            row["id"]: {level: height for name, level in HEIGHTS.items() if (height := _number(row[name])) is not None}
            for row in csv.DictReader(file)
        }


def _reached(value, heights):
    return max([level for level, height in heights.items() if value >= height], default=0)


def _expected(recorded, heights):
    """gauge → highest level it reached; and the gauges that end below every height."""
    highest, calm = {}, set()
    for gauge, readings in recorded.items():
        if gauge not in heights or not heights[gauge]:
            continue
        values = [value for _, value in sorted(readings.items()) if value is not None]
        top = max((_reached(value, heights[gauge]) for value in values), default=0)
        if top:
            highest[gauge] = top
            if values[-1] < min(heights[gauge].values()):
                calm.add(gauge)
    return highest, calm


def _told_on_the_way(recorded, heights):
    """(gauge, level) of each step upwards of a plain staircase: up at once, to calm below the lowest height.

    The margins and times by which the rule delays a step down are left out, so this holds at least what is told.
    """
    steps = set()
    for gauge, readings in recorded.items():
        for value in readings.values():
            if value is not None and gauge in heights and _reached(value, heights[gauge]):
                steps.add((gauge, SLUGS[_reached(value, heights[gauge])]))
    return steps


@pytest.fixture(scope="module")
def fukui():
    return load_site(FUKUI)


@pytest.fixture(params=FLOODS)
def flood(request, fukui, store, http_listener, mail_listener):
    """The recording, played in the order of time, with a round and a delivery after each collection."""
    days, _ = FLOODS[request.param]
    # Nobody waits for company: a round comes with each collection only, and what waits meanwhile may be superseded.
    people = People(group_wait=timedelta(0), group_interval=timedelta(0))
    site = replace(fukui, channels=(http_listener.channel(), mail_listener.channel()), people=people)
    registry = store.register(site)
    recorded = _recorded(days)
    by_time = defaultdict(list)
    for gauge, readings in recorded.items():
        number = registry.datastreams.get(f"{gauge}/water_level")
        for at, value in readings.items():
            if number is not None:
                quality = Quality.MISSING if value is None else Quality.GOOD
                by_time[at].append(Observation(number, at, value, value, quality, QualityReason.NONE, at))
    clock = {"now": min(by_time)}
    evaluator = Evaluator(site, store, registry, started_at=clock["now"])
    dispatcher = Dispatcher(site, store, registry.site)
    senders = open_senders(site, {})
    for at in sorted(by_time):
        clock["now"] = at + timedelta(seconds=5)
        store.append(registry.site, Batch(observations=by_time[at]))
        evaluator.round(clock["now"])
        dispatcher.round(clock["now"])
        _deliver_all(store, registry.site, senders, lambda: clock["now"])
    return request.param, recorded, store, registry.site, http_listener, mail_listener


def _deliver_all(store, site_no, senders, clock):
    """Each channel in a thread of its own, until its outbox is empty."""

    def run(sender):
        while deliver_next(store, site_no, sender, clock, lambda: 0.5):
            pass

    threads = [threading.Thread(target=run, args=(sender,)) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_real_flood_alerts_where_it_was_and_nowhere_else(flood):
    name, recorded, store, site_no, http_listener, mail_listener = flood
    heights = _heights()
    highest, calm = _expected(recorded, heights)
    _, counts = FLOODS[name]
    assert {level: sum(top >= level for top in highest.values()) for level in SLUGS} == counts

    episodes = store.recent_episodes(site_no, datetime(2020, 1, 1, tzinfo=UTC))
    steps = store.transitions([episode.id for episode in episodes])
    gauge_of = {episode.id: episode.target.partition("/")[0] for episode in episodes}
    top_of = defaultdict(int)
    for step in steps:
        top_of[gauge_of[step.episode]] = max(top_of[gauge_of[step.episode]], step.to_level or 0)
    assert top_of == highest

    still_open = {gauge_of[episode.id] for episode in episodes if episode.closed_at is None}
    assert still_open == set(highest) - calm
    assert {episode.outcome for episode in episodes} <= {"resolved", None}
    open_gauges = [gauge_of[episode.id] for episode in episodes if episode.closed_at is None]
    assert len(open_gauges) == len(set(open_gauges))

    ups = {(gauge_of[step.episode], Level(step.to_level).slug) for step in steps if step.kind in ("fired", "raised")}
    by_http = [body["yukimori"] for _, _, body in http_listener.requests]
    assert {facts["truncated"] for facts in by_http} == {0}
    alerts = [alert for facts in by_http for alert in facts["alerts"] if alert["fresh"]]
    sent_ups = {(alert["station"]["id"], alert["level"]) for alert in alerts if alert["kind"] in ("fired", "raised")}
    assert sent_ups == ups
    assert {(gauge, SLUGS[top]) for gauge, top in highest.items()} <= sent_ups
    assert sent_ups <= _told_on_the_way(recorded, heights)

    by_mail = [mail for _, mail in mail_listener.mails]
    ids = [facts["id"] for facts in by_http]
    assert len(ids) == len(set(ids)) == len(by_mail) == len({mail["Message-ID"] for mail in by_mail})
    assert sorted(str(mail["Subject"]) for mail in by_mail) == sorted(facts["subject_ja"] for facts in by_http)
    assert {state for _, state, *_ in store.outbox(site_no)} == {"delivered"}
