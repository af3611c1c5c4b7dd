"""Who is called while nobody acknowledges: in order, once for what is overdue, anew when it rises, never after an answer."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from alerts.escalation import Chain, Escalator, begin, follow
from alerts.outbox import deliver_next, open_senders
from config.people_plan import Audience, Escalation, EscalationStep, People
from core.levels import Level
from store.acknowledgements import Ack, Answer
from store.escalations import OpenAlert

RIVER = "harame/water_level"
MINUTE = timedelta(minutes=1)


def audience(name, channels=("hook",), **fields):
    return Audience(id=name, name_ja=f"{name}の人", name_en=name.title(), channels=channels, **fields)


NIGHT = Escalation(
    id="night",
    min_level=Level.WARNING,
    steps=(
        EscalationStep(audience="duty", wait=5 * MINUTE),
        EscalationStep(audience="chief", wait=10 * MINUTE),
        EscalationStep(audience="hq", wait=15 * MINUTE),
    ),
    loops=2,
)
PEOPLE = People(
    audiences=(audience("duty"), audience("chief"), audience("hq")),
    escalations=(NIGHT,),
    group_wait=timedelta(0),
    group_interval=timedelta(0),
    admin="duty",
)


# Reckoned


@pytest.fixture
def chain(site, hook):
    return Chain.of(NIGHT, replace(site([], [hook()]), people=PEOPLE))


@pytest.fixture
def alert(t0):
    return OpenAlert(UUID(int=7), Level.WARNING, "river", RIVER, t0, t0, held=False)


@pytest.fixture
def calls(chain, t0):
    """Follows an alert through these minutes; who is called when, and the timer in the end."""

    def run(alert, minutes, timer=None, acknowledged=lambda minute: False, unreached=False):
        called = []
        for minute in minutes:
            timer, call = follow(
                chain, alert, timer, acknowledged=acknowledged(minute), unreached=unreached, now=t0 + minute * MINUTE
            )
            if call is not None:
                called.append((minute, call.audience.id, call.loop))
        return called, timer

    return run


def test_people_are_called_in_order_and_over_again_until_nobody_is_left(calls, alert):
    called, timer = calls(alert, range(200))
    assert called == [
        (5, "duty", 1),
        (15, "chief", 1),
        (30, "hq", 1),
        (35, "duty", 2),
        (45, "chief", 2),
        (60, "hq", 2),
    ]
    assert (timer.ended, timer.called) == ("exhausted", 6)


def test_what_is_overdue_is_called_once_the_latest_step_with_the_delay(chain, alert, t0):
    timer, call = follow(chain, alert, None, acknowledged=False, unreached=False, now=t0 + 33 * MINUTE)
    assert (call.audience.id, call.loop, call.late) == ("hq", 1, 3 * MINUTE)
    assert (timer.loop, timer.step, timer.due_at) == (2, 0, t0 + 38 * MINUTE)
    timer, call = follow(chain, alert, None, acknowledged=False, unreached=False, now=t0 + 10_000 * MINUTE)
    assert (call.audience.id, call.loop) == ("hq", 2)
    assert timer.loop == 3


def test_an_acknowledgement_stops_it_and_its_end_begins_anew(calls, alert):
    called, timer = calls(alert, range(100), acknowledged=lambda minute: 7 <= minute < 60)
    assert called[:2] == [(5, "duty", 1), (65, "duty", 1)]
    _, timer = calls(alert, [200], timer, acknowledged=lambda minute: True)
    assert timer.ended in ("acknowledged", "exhausted")


def test_a_clock_that_is_set_back_delays_no_call(chain, alert, t0):
    timer, call = follow(chain, alert, None, acknowledged=False, unreached=False, now=t0 + MINUTE)
    assert call is None
    timer, call = follow(chain, alert, timer, acknowledged=False, unreached=False, now=t0 - 60 * MINUTE)
    assert call is None
    timer, call = follow(chain, alert, timer, acknowledged=False, unreached=False, now=t0 - 55 * MINUTE)
    assert (call.audience.id, call.loop) == ("duty", 1)
    risen = replace(alert, level=Level.DANGER, risen_at=t0 - 54 * MINUTE)  # before the timer began, by this clock
    timer, _ = follow(chain, risen, timer, acknowledged=False, unreached=False, now=t0 - 54 * MINUTE)
    assert (timer.level, timer.step, timer.due_at) == (Level.DANGER, 0, t0 - 49 * MINUTE)


def test_b9_a_rise_begins_anew(calls, alert, t0):
    called, timer = calls(alert, range(20))
    risen = replace(alert, level=Level.DANGER, risen_at=t0 + 20 * MINUTE)
    called, timer = calls(risen, range(20, 40), timer)
    assert called == [(25, "duty", 1), (35, "chief", 1)]
    assert timer.level == Level.DANGER


def test_what_falls_below_the_level_calls_nobody_and_begins_anew_when_it_is_back(calls, alert, t0):
    _, timer = calls(alert, [0, 1])
    low = replace(alert, level=Level.CAUTION)
    called, timer = calls(low, range(2, 60), timer)
    assert (called, timer.ended) == ([], "below")
    back = replace(alert, risen_at=t0 + 60 * MINUTE)
    called, timer = calls(back, range(60, 70), timer)
    assert called == [(65, "duty", 1)]


def test_what_is_held_back_from_everybody_calls_nobody(calls, alert):
    held = replace(alert, held=True)
    assert calls(held, range(100)) == ([], None)
    _, timer = calls(alert, [0])
    assert calls(held, range(100), timer)[0] == []
    assert calls(alert, [100], timer)[0] == [(100, "hq", 2)], "the latest step, once"


def test_a_call_that_reached_nobody_goes_on_at_once(calls, alert):
    called, timer = calls(alert, [0, 5])
    called, _ = calls(alert, [6], timer, unreached=True)
    assert called == [(6, "chief", 1)]


def test_the_first_step_counts_from_when_somebody_was_told(chain, alert, t0):
    told = replace(alert, told_at=t0 + 3 * MINUTE)
    timer, _ = follow(chain, told, None, acknowledged=False, unreached=False, now=t0 + 4 * MINUTE)
    assert timer == begin(chain, told, t0 + 3 * MINUTE)


def test_an_exercise_calls_nobody_of_real_life(site, hook):
    people = replace(PEOPLE, audiences=(*PEOPLE.audiences, audience("players", exercise=True)))
    chain = replace(NIGHT, steps=(*NIGHT.steps, EscalationStep(audience="players", wait=MINUTE)))
    town = replace(site([], [hook(), replace(hook("played"), exercise=True)]), people=people)
    assert [each.id for each in Chain.of(chain, town).audiences] == ["duty", "chief", "hq"]
    assert [each.id for each in Chain.of(chain, replace(town, exercise=True)).audiences] == ["players"]


# With the store


@pytest.fixture
def flooded(town, site, river_rule):
    """A town whose river has just reached a level, with an evaluator, a dispatcher and who calls."""

    def make(*channels, value=1.9, people=PEOPLE):
        place = town(replace(site([river_rule], channels), people=people))
        place.play(RIVER, [(0, 1.0), (10, value)])
        return place

    return make


def escalate(place, minutes, started=None):
    """Lets minutes pass, with an escalator's round each, as one that was just started."""
    escalator = started or Escalator(place.site, place.store, place.registry.site)
    for _ in range(minutes):
        place.now += MINUTE
        escalator.round(place.now)


def called(place):
    return [(row.audience, row.channel) for row, *_ in place.outbox if row.purpose == "escalation"]


@pytest.mark.db
def test_timers_survive_every_restart(flooded, hook):
    place = flooded(hook())
    for _ in range(16):
        escalate(place, 1)
    assert called(place) == [("duty", "hook"), ("chief", "hook")]
    (row,) = [row for row, *_ in place.outbox if row.audience == "chief" and row.purpose == "escalation"]
    assert row.body["subject_ja"].startswith("【未対応のため連絡】【警戒】原目")
    assert row.body["escalation"] == {"id": "night", "step": 2, "steps": 3, "loop": 1, "late_s": 0}
    assert "15 分たっても誰も対応していないため、chiefの人に連絡" in row.body["text_ja"]
    assert "警戒レベル" not in row.body["text_ja"].split("\n")[0]


@pytest.mark.db
def test_a_long_outage_calls_the_latest_step_once_and_says_how_late(flooded, hook):
    place = flooded(hook())
    escalate(place, 1)
    place.now += 19 * MINUTE
    escalate(place, 1)
    assert called(place) == [("chief", "hook")]
    (row,) = [row for row, *_ in place.outbox if row.purpose == "escalation"]
    assert "6 分遅れています" in row.body["text_ja"]


@pytest.mark.db
def test_b9_an_acknowledgement_holds_until_it_rises(flooded, hook):
    place = flooded(hook(), value=1.9)
    (episode,) = place.episodes
    escalate(place, 6)
    assert called(place) == [("duty", "hook")]
    ack = Ack(episode=episode.id, level=Level.WARNING, who="sato", at=place.now, note="見ています")
    acks, site_no = place.store.acknowledgements, place.registry.site
    assert acks.add(site_no, replace(ack, level=Level.CAUTION)) is Answer.RISEN, "it stands higher than what was seen"
    assert acks.add(site_no, ack) is Answer.TAKEN
    assert acks.holding(site_no, place.now) == {episode.id: ack}
    escalate(place, 30)
    assert called(place) == [("duty", "hook")]
    place.play(RIVER, [(60, 2.5)])
    assert acks.holding(site_no, place.now) == {}, "it rose: nobody has seen that"
    assert acks.of_episode(site_no, episode.id) == [ack]
    told = [row.level for row, *_ in place.outbox if row.purpose == "alert"]
    assert told == [Level.WARNING] * 3 + [Level.DANGER] * 3
    escalate(place, 6)
    assert called(place) == [("duty", "hook")] * 2
    escalations = place.store.escalations.of_episode(site_no, episode.id)
    assert [(timer.level, timer.called) for timer in escalations] == [(Level.DANGER, 1)]


@pytest.mark.db
def test_an_acknowledged_danger_is_somebodys_for_four_hours(flooded, hook):
    place = flooded(hook(), value=2.5)
    (episode,) = place.episodes
    acks, site_no = place.store.acknowledgements, place.registry.site
    acks.add(site_no, Ack(episode=episode.id, level=Level.DANGER, who="sato", at=place.now))
    assert acks.holding(site_no, place.now + timedelta(hours=3, minutes=59))
    assert not acks.holding(site_no, place.now + timedelta(hours=4))


@pytest.mark.db
def test_what_is_over_takes_no_acknowledgement_and_calls_nobody(flooded, hook):
    place = flooded(hook())
    (episode,) = place.episodes
    escalate(place, 1)
    place.play(RIVER, [(20, 1.0)])
    escalate(place, 60)
    assert called(place) == []
    assert [timer.ended for timer in place.store.escalations.of_episode(place.registry.site, episode.id)] == ["over"]
    acks = place.store.acknowledgements
    ack = Ack(episode=episode.id, level=Level.DANGER, who="sato", at=place.now)
    assert acks.add(place.registry.site, ack) is Answer.OVER
    assert acks.add(place.registry.site, replace(ack, episode=UUID(int=5))) is Answer.UNKNOWN
    assert acks.add(place.registry.site + 1, ack) is Answer.UNKNOWN, "of another town"
    assert acks.of_episode(place.registry.site, episode.id) == []


@pytest.mark.db
def test_a_dead_channel_goes_on_to_the_next_people_and_the_end_is_alarmed(flooded, http_listener):
    place = flooded(http_listener.channel())
    (sender,) = open_senders(place.site, {})
    escalator = Escalator(place.site, place.store, place.registry.site)
    for _ in range(12):
        escalate(place, 1, escalator)
        http_listener.answers = [(404, {})] * 9
        while deliver_next(place.store, place.registry.site, sender, place.clock, lambda: 0.5):
            pass
    assert [audience for audience, _ in called(place)] == ["duty", "chief", "hq", "duty", "chief", "hq"]
    assert [row.body["kind"] for row, *_ in place.outbox if row.purpose == "admin"].count("escalation-exhausted") == 1


@pytest.mark.db
def test_an_escalation_the_files_no_longer_name_ends(flooded, hook):
    place = flooded(hook())
    (episode,) = place.episodes
    escalate(place, 1)
    place.site = replace(place.site, people=replace(PEOPLE, escalations=()))
    escalate(place, 60)
    assert called(place) == []
    timers = place.store.escalations.of_episode(place.registry.site, episode.id)
    assert [timer.ended for timer in timers] == ["removed"]
