"""When nothing was evaluated for longer than a day the administrators are told once, from when to when, and it stays on record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.pauses import PauseWatch
from alerts.run import SiteRounds
from config.model import ChannelConfig
from config.people_plan import Audience, People
from core.levels import Level

pytestmark = pytest.mark.db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DUTY = Audience(id="duty", name_ja="当直", name_en="Duty", channels=("desk",))


@pytest.fixture
def place(own_town, site):
    """A town whose administrators read the console."""
    console = ChannelConfig(id="desk", kind="console", min_level=Level.CAUTION, settings={})
    return own_town(replace(site([], [console]), people=People(audiences=(DUTY,), admin="duty", canary="duty")))


@pytest.fixture
def watch(place):
    """Rounds so long after one another, each by an evaluator that was just started; how many messages each queued."""

    def run(*pauses, of=place.site):
        queued = []
        for pause in pauses:
            place.now += pause
            queued.append(PauseWatch(of, place.store, place.registry.site).round(place.now))
        return queued

    return run


def incidents(place):
    found = place.store.watching.incidents(place.registry.site, place.now - 9000 * HOUR)
    return [(each.kind, each.opened_at, each.closed_at) for each in found]


def notices(place):
    return [row for row, *_ in place.outbox if row.body["kind"] == "not-evaluated"]


def test_more_than_a_day_is_told_once_with_both_times(place, watch, t0):
    assert watch(0 * HOUR, 30 * HOUR, 0 * HOUR, MINUTE, 24 * HOUR) == [0, 1, 0, 0, 0]
    (row,) = notices(place)
    assert row.body["subject_ja"] == (
        "【システム】2026-01-10 12:00 JST から 2026-01-11 18:00 JST まで警報の判定が止まっていました"
    )
    assert "知らせがなかったことは、安全だったことを示しません。" in row.body["text_ja"]
    assert "2026-01-10 12:00 JST to 2026-01-11 18:00 JST" in row.body["text_en"]
    assert (row.audience, row.purpose) == ("duty", "admin")
    assert incidents(place) == [("not-evaluated", t0, t0 + 30 * HOUR)]
    pauses, number = place.store.pauses, place.registry.site
    assert pauses.pause_around(number, t0 + HOUR) == (t0, t0 + 30 * HOUR)
    assert [pauses.pause_around(number, t0 + hours * HOUR) for hours in (-1, 0, 30, 31)] == [None] * 4
    assert watch(25 * HOUR) == [1], "another pause is another message"
    assert len(incidents(place)) == 2


def test_a_process_that_stood_still_tells_it_too(place, t0):
    still = PauseWatch(place.site, place.store, place.registry.site)
    assert [still.round(t0 + hours * HOUR) for hours in (0, 0.001, 25, 25.001)] == [0, 0, 1, 0]


def test_a_town_that_begins_and_a_clock_that_was_set_back_missed_nothing(place, watch, t0):
    assert watch(0 * HOUR, -100 * HOUR, 23 * HOUR) == [0, 0, 0]
    assert place.store.pauses.last_round(place.registry.site) == t0 - 77 * HOUR
    assert (notices(place), incidents(place)) == ([], [])


def test_exercises_have_no_pauses(place, watch):
    assert watch(0 * HOUR, 90 * HOUR, of=replace(place.site, exercise=True)) == [0, 0]
    assert place.store.pauses.last_round(place.registry.site) is None


def test_the_evaluators_rounds_look_for_it_and_send_the_trial_of_the_morning(place, t0):
    place.now = t0 - 3 * HOUR  # nine in Japan
    for pause in (0 * HOUR, 25 * HOUR):
        place.now += pause
        with SiteRounds(place.site, place.store, place.clock, environment={}) as rounds:
            assert [rounds.round(), rounds.round()] == [True, True]
    kinds = [row.body["kind"] for row, *_ in place.outbox]
    assert sorted(kinds) == ["canary", "canary", "not-evaluated"]
    assert incidents(place) == [("not-evaluated", t0 - 3 * HOUR, t0 + 22 * HOUR)]
