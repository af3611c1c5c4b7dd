"""Other ways: fallback channels, circuit breakers, quotas, several senders, channels that are gone, exercises."""

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from alerts.breaker import Random, after_failure, after_success, ailing, fresh, may_try, probing
from alerts.channel import Channel
from alerts.delivery import Delivery, tend
from alerts.outbox import deliver_next, open_senders
from alerts.superseding import carries, superseded
from config.people_plan import Audience, People
from core.errors import NotifyError
from core.levels import Level
from store.alert_rows import NotificationRow

RIVER = "harame/water_level"
MINUTE = timedelta(minutes=1)


def half() -> float:
    return 0.5


HALF: Random = half


@pytest.fixture
def flooded(town, site, river_rule):
    """A town whose river has just reached danger: staff are told over ``hook``, over ``mail`` where that fails."""

    def make(*channels, value=2.5, fallback=("mail",), audiences=None, **people):
        staff = Audience(id="night", name_ja="当直", name_en="Night duty", channels=("hook",), fallback=fallback)
        at_once = timedelta(0)  # nothing waits for company here
        plan = People(audiences=audiences or (staff,), group_wait=at_once, group_interval=at_once, **people)
        place = town(replace(site([river_rule], channels), people=plan))
        place.play(RIVER, [(0, 1.0), (10, value)])
        return place

    return make


def turn(place, name, channel=None):
    """The caretaker's look and one attempt of a sender."""
    senders = {each.id: each for each in open_senders(place.site, {})}
    tend(place.store, place.registry.site, place.site, list(senders), place.clock)
    if name not in senders:
        return False
    sender = senders[name] if channel is None else replace(senders[name], channel=channel)
    return deliver_next(place.store, place.registry.site, sender, place.clock, HALF)


def states(place, purpose="alert"):
    return [(row.channel, state) for row, state, *_ in place.outbox if row.purpose == purpose]


def failing(sender_settings, error):
    def send(*_):
        raise error

    return Channel(sender_settings, send, recognises_repeats=True)


@pytest.mark.db
def test_b14_a_quota_that_is_used_up_goes_the_other_way_at_once_and_is_told_once(flooded, http_listener, mail_listener):
    place = flooded(http_listener.channel(), mail_listener.channel(), value=1.6)
    used_up = NotifyError("LINE answered HTTP 429; the quota of this month is used up", retryable=False, used_up=True)
    turn(place, "hook", failing(object, used_up))
    assert states(place) == [("hook", "dead"), ("mail", "queued")]
    while turn(place, "mail"):
        pass
    texts = [mail.get_content() for _, mail in mail_listener.mails]
    assert len([text for text in texts if "「hook」で届けられないため、「mail」で送っています" in text]) == 1
    alarms = [row.body["kind"] for row, *_ in place.outbox if row.purpose == "admin"]
    assert sorted(alarms) == ["channel-down", "dead-letter"]
    place.play(RIVER, [(30, 2.5)])
    turn(place, "hook", failing(object, used_up))
    assert states(place)[2:] == [("hook", "dead"), ("mail", "queued")], "each message goes the other way at once"
    assert len([1 for row, *_ in place.outbox if row.purpose == "admin"]) == len(alarms), "the alarm is told once"


@pytest.mark.db
def test_a6_a12_one_failing_receiver_gets_it_once_and_disturbs_no_other(flooded, http_listener, mail_listener):
    both = Audience(id="night", name_ja="当直", name_en="Night duty", channels=("hook", "mail"))
    place = flooded(http_listener.channel(), mail_listener.channel(), audiences=(both,), value=1.6)
    http_listener.answers = [(503, {}), (503, {}), (500, {})]
    assert turn(place, "mail")
    while ("hook", "queued") in states(place):
        turn(place, "hook")
        place.now += timedelta(seconds=1)
    assert sorted(states(place)) == [("hook", "delivered"), ("mail", "delivered")]
    assert len(mail_listener.mails) == 1
    assert len({headers["Idempotency-Key"] for _, headers, _ in http_listener.requests}) == 1
    assert len(http_listener.requests) == 4, "refused three times, taken once"


@pytest.mark.db
def test_a13_three_senders_send_what_one_would(flooded, http_listener, mail_listener):
    place = flooded(http_listener.channel(), mail_listener.channel())
    place.play(RIVER, [(30, 1.0), (50, 2.5)])
    senders = open_senders(place.site, {})
    together = threading.Barrier(3)

    def work():
        together.wait()
        while deliver_next(place.store, place.registry.site, senders[0], place.clock, HALF):
            pass

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    delivered = [str(row.id) for row, state, *_ in place.outbox if state == "delivered"]
    keys = [headers["Idempotency-Key"] for _, headers, _ in http_listener.requests]
    assert sorted(keys) == sorted(delivered)
    assert set(states(place)) <= {("hook", "delivered"), ("hook", "superseded")}


@pytest.mark.db
def test_f21_a_channel_that_is_down_rests_and_a_danger_goes_another_way_meanwhile(
    flooded, http_listener, mail_listener
):
    place = flooded(http_listener.channel(), mail_listener.channel())
    http_listener.answers = [(503, {})] * 1000
    began = place.now
    while not [1 for channel, _ in states(place) if channel == "mail"]:
        turn(place, "hook")
        place.now += timedelta(seconds=1)
        assert place.now - began < 2 * MINUTE, "a danger does not wait for its deadline"
    assert states(place)[0] == ("hook", "queued"), "it goes on waiting for its own channel as well"
    before = len(http_listener.requests)
    assert not turn(place, "hook"), "the breaker is open"
    assert turn(place, "mail")
    place.now += MINUTE
    turn(place, "hook")
    assert len(http_listener.requests) == before + 1, "one message probes"
    assert not turn(place, "hook")
    http_listener.answers = []
    place.now += 6 * MINUTE
    assert turn(place, "hook")
    assert states(place)[0] == ("hook", "delivered")
    state = place.store.outgoing.channel_states(place.registry.site)["hook"]
    assert (state.state, state.failures, state.not_before, state.reason) == ("closed", 0, None, "")


@pytest.mark.db
def test_f23_a_wait_asked_for_holds_its_own_channel_and_no_other(flooded, http_listener, mail_listener):
    both = Audience(id="night", name_ja="当直", name_en="Night duty", channels=("hook", "mail"))
    place = flooded(http_listener.channel(), mail_listener.channel(), audiences=(both,))
    http_listener.answers = [(429, {"Retry-After": "600"})]
    assert turn(place, "hook")
    assert turn(place, "mail")
    place.now += timedelta(seconds=599)
    place.measure(RIVER, 10, 2.5)
    assert not turn(place, "hook"), "not even another message"
    place.now += timedelta(seconds=1)
    assert turn(place, "hook")
    assert {state for _, state in states(place)} == {"delivered"}


@pytest.mark.db
def test_at_the_deadline_the_other_channel_gets_it(flooded, http_listener, mail_listener):
    place = flooded(http_listener.channel(), mail_listener.channel())
    place.now += 30 * MINUTE
    turn(place, "hook")
    assert states(place) == [("hook", "dead"), ("mail", "queued")]
    (stand_in,) = [row for row, *_ in place.outbox if row.stands_in_for is not None]
    assert stand_in.deadline_at == place.now + 30 * MINUTE
    assert http_listener.requests == []
    place.now += 30 * MINUTE
    turn(place, "mail")
    assert states(place) == [("hook", "dead"), ("mail", "dead")], "the end of the line is visible"


@pytest.mark.db
def test_messages_of_a_channel_that_is_gone_go_the_other_way_visibly(flooded, http_listener, mail_listener):
    place = flooded(http_listener.channel(), mail_listener.channel(), value=1.6)
    place.site = replace(place.site, channels=(mail_listener.channel(),))
    turn(place, "mail")
    assert states(place) == [("hook", "dead"), ("mail", "delivered")]
    assert "no such channel" in place.outbox[0][3]


@pytest.mark.db
@pytest.mark.parametrize("exercise", [True, False])
def test_s14_a_message_without_the_mark_of_its_channel_is_never_sent(flooded, http_listener, mail_listener, exercise):
    place = flooded(http_listener.channel(), mail_listener.channel(), value=1.6)
    (sender, _) = open_senders(place.site, {})
    if exercise:
        sender = replace(sender, exercise=True)
    else:
        (row, *_), *_ = place.outbox
        place.store.outgoing.queue(
            place.registry.site,
            [replace(row, id=row.episode, thread="e", body={**row.body, "exercise": True})],
        )
    while deliver_next(place.store, place.registry.site, sender, place.clock, HALF):
        pass
    assert [state for _, state in states(place)] == (["dead"] if exercise else ["delivered", "dead"])
    assert len(http_listener.requests) == (0 if exercise else 1)
    assert ("mail", "queued") not in states(place), "what bears the wrong mark goes no other way"


def test_an_exercise_has_its_own_channels_only(site, hook):
    live, played = hook("live"), replace(hook("played"), exercise=True)
    town = site([], [live, played])
    assert [sender.id for sender in open_senders(town, {})] == ["live"]
    assert [sender.id for sender in open_senders(replace(town, exercise=True), {})] == ["played"]


@pytest.mark.db
def test_f25_what_takes_too_long_is_given_back(flooded, http_listener, mail_listener, monkeypatch):
    monkeypatch.setattr("alerts.delivery._PART_WITHIN_S", 0.1)
    place = flooded(http_listener.channel(), mail_listener.channel(), value=1.6)
    began, let_go = threading.Event(), threading.Event()

    def hangs(*_):
        began.set()
        let_go.wait(60)
        raise NotifyError("too late", retryable=True)

    (sender, _) = open_senders(place.site, {})
    slow = replace(sender, channel=Channel(object, hangs))
    with Delivery(place.site, place.store, place.registry.site, [slow], place.clock, HALF):
        assert began.wait(60)
    assert deliver_next(place.store, place.registry.site, sender, place.clock, HALF), "another sender has it at once"
    let_go.set()
    assert states(place) == [("hook", "delivered")]


# To residents


@pytest.fixture
def to_residents(flooded, http_listener, mail_listener):
    """A town with one message to residents waiting for a channel."""

    def make(channel="mail"):
        everyone = Audience(
            id="everyone", name_ja="住民", name_en="Residents", channels=("mail", "hook"), residents=True
        )
        staff = Audience(id="night", name_ja="当直", name_en="Night duty", channels=("hook",))
        channels = (http_listener.channel(), mail_listener.channel())
        place = flooded(*channels, audiences=(staff, everyone), value=1.6)
        (row, *_), *_ = place.outbox
        message = replace(row, id=row.episode, channel=channel, audience="everyone", purpose="resident", resident=True)
        place.store.outgoing.queue(place.registry.site, [message])
        return place

    return make


@pytest.mark.db
def test_a_mail_to_residents_cut_off_in_mid_sending_waits_for_a_person(to_residents, mail_listener, monkeypatch):
    place = to_residents()
    monkeypatch.setattr(place.store.outgoing, "delivered", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        turn(place, "mail")
    monkeypatch.undo()
    place.now += 2 * MINUTE
    turn(place, "mail")
    turn(place, "mail")
    assert states(place, "resident") == [("mail", "unknown")]
    assert len(mail_listener.mails) == 1, "nobody is told twice"
    assert "unknown-fate" in [row.body["kind"] for row, *_ in place.outbox if row.purpose == "admin"]


@pytest.mark.db
@pytest.mark.parametrize(("uncertain", "state"), [(True, "unknown"), (False, "queued")])
def test_only_what_may_have_been_taken_waits_for_a_person(to_residents, uncertain, state):
    place = to_residents()
    broken = NotifyError("the connection broke", retryable=True, uncertain=uncertain)

    def send(*_):
        raise broken

    turn(place, "mail", Channel(object, send))
    assert states(place, "resident") == [("mail", state)]


@pytest.mark.db
@pytest.mark.parametrize(("served", "ways"), [((), ["hook", "text"]), (("somebody",), ["hook"])])
def test_residents_some_of_whom_have_it_are_told_no_second_way(flooded, http_listener, mail_listener, served, ways):
    """A quota that ends in the middle of a long list: who has it is not told again by mail, a person sees to the others."""
    everyone = Audience(
        id="everyone", name_ja="住民", name_en="Residents", channels=("hook",), fallback=("text",), residents=True
    )
    staff = Audience(id="night", name_ja="当直", name_en="Night duty", channels=("mail",))
    channels = http_listener.channel(), mail_listener.channel(), mail_listener.channel(name="text")
    place = flooded(*channels, audiences=(staff, everyone), value=1.6)
    (row, *_), *_ = place.outbox
    message = replace(row, id=row.episode, channel="hook", audience="everyone", purpose="resident", resident=True)
    place.store.outgoing.queue(place.registry.site, [message])
    used_up = NotifyError("used up", retryable=False, used_up=True, served=frozenset(served))
    turn(place, "hook", failing(object, used_up))
    assert [channel for channel, _ in states(place, "resident")] == ways
    assert states(place, "resident")[0] == ("hook", "dead")
    assert sorted(row.body["kind"] for row, *_ in place.outbox if row.purpose == "admin") == [
        "channel-down",
        "dead-letter",
    ]


@pytest.mark.db
def test_a_receiver_that_recognises_repeats_is_asked_again(to_residents, http_listener, monkeypatch):
    """B3: killed between acceptance and mark; the receiver knows the key, so residents see one."""
    place = to_residents("hook")
    turn(place, "hook")
    monkeypatch.setattr(place.store.outgoing, "delivered", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        turn(place, "hook")
    monkeypatch.undo()
    place.now += 2 * MINUTE
    assert turn(place, "hook")
    assert states(place, "resident") == [("hook", "delivered")]
    assert len({headers["Idempotency-Key"] for _, headers, _ in http_listener.requests[1:]}) == 1


# What a newer message carries, and the breaker


@pytest.fixture
def message(hook, site, river_rule, t0):

    def make(number, level=Level.CAUTION, **fields):
        row = NotificationRow(
            id=UUID(int=number),
            episode=UUID(int=99),
            seq=number,
            channel="mail",
            level=level,
            body={},
            queued_at=t0,
            deadline_at=t0 + MINUTE,
            audience="night",
            thread="t",
        )
        return replace(row, **fields)

    return make


def test_a_newer_message_carries_what_the_older_said(message):
    caution, danger = message(1), message(2, Level.DANGER)
    assert carries(danger, caution)
    assert not carries(message(3), danger), "a level would be lost"
    assert not carries(danger, replace(caution, resident=True))
    assert not carries(replace(danger, purpose="silence"), caution)
    gathered = replace(danger, body={"episodes": [str(caution.episode), "other"]})
    assert carries(gathered, caution)
    assert not carries(danger, gathered), "an episode would be lost"


def test_the_newest_that_carries_it_supersedes(message):
    lane = [message(1), message(2), message(3, Level.DANGER), message(4)]
    other = message(5, audience="chief")
    (found,) = superseded([*lane[:3], other, lane[3]])
    assert (found.newer, found.older) == (lane[2].id, (lane[0].id, lane[1].id)) or found.newer == lane[3].id


def test_the_breaker(t0):
    state, down = fresh("mail", t0), NotifyError("503", retryable=True)
    for _ in range(4):
        state = after_failure(state, down, t0, HALF)
        assert may_try(state, t0)
        assert not ailing(state)
    state = after_failure(state, down, t0, HALF)
    assert ailing(state)
    assert not may_try(state, t0)
    first = state.not_before - t0
    assert timedelta(seconds=20) <= first <= timedelta(seconds=30)
    probe = probing(state, t0 + MINUTE)
    assert (probe.state, probe.not_before) == ("half-open", t0 + 2 * MINUTE)
    again = after_failure(probe, down, t0 + MINUTE, HALF)
    assert again.state == "open"
    assert again.not_before - t0 - MINUTE > first
    assert again.changed_at == t0, "it is the same outage"
    assert after_success(again, t0 + 2 * MINUTE).state == "closed"


def test_a_message_that_is_refused_for_its_own_sake_opens_nothing(t0):
    state = fresh("mail", t0)
    for _ in range(9):
        state = after_failure(state, NotifyError("400", retryable=False), t0, HALF)
    assert state == fresh("mail", t0)
