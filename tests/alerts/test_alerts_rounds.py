"""Rounds on a real database: what is read, what is written, and what outlives a crash."""

import threading
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from alerts import instances, run_evaluator
from alerts.escalation import Escalator
from alerts.looking import look
from alerts.rounds import Evaluator
from alerts.run import SiteRounds
from alerts.state import STATE_VERSION
from config.people_plan import Audience, Escalation, EscalationStep, People
from core.errors import StartError, StoreError
from core.levels import Level
from store.dispatching import Dispatching
from store.escalations import Escalations

pytestmark = pytest.mark.db

RIVER = "harame/water_level"
CHANNEL = "asahi/channel_level"
FLOOD = [(0, 1.0), (10, 1.3), (20, 2.1), (30, 1.9), (40, 1.0)]


def test_a_flood_is_one_episode_with_its_steps_and_messages(town, site, river_rule, hook):
    place = town(site([river_rule], [hook()]))
    place.play(RIVER, FLOOD)
    (episode,) = place.episodes
    assert (episode.rule, episode.target, episode.outcome) == ("river", RIVER, "resolved")
    assert (episode.peak, episode.level) == (2.1, Level.WARNING)
    assert place.kinds == ["fired", "raised", "lowered", "resolved"]
    assert [row.body["kind"] for row, *_ in place.outbox] == ["fired", "raised", "lowered", "resolved"]
    assert place.store.open_episodes(place.registry.site) == []


def test_a_round_with_nothing_new_writes_nothing(town, site, river_rule, hook):
    place = town(site([river_rule], [hook()]))
    place.play(RIVER, FLOOD[:2])
    before = place.store.instances(place.registry.site)
    assert place.round(11).evaluated == 0
    assert place.store.instances(place.registry.site) == before


def test_channels_are_told_from_their_level_on_and_then_of_the_end(town, site, river_rule, hook):
    place = town(site([river_rule], [hook("all"), hook("grave", Level.DANGER)]))
    place.play(RIVER, [*FLOOD, (50, 1.3), (60, 1.0)])
    told = [(row.channel, row.body["kind"]) for row, *_ in place.outbox]
    assert [kind for channel, kind in told if channel == "grave"] == ["raised", "lowered", "resolved"]
    assert [kind for channel, kind in told if channel == "all"] == [
        "fired", "raised", "lowered", "resolved", "fired", "resolved",
    ]  # fmt: skip


def test_what_was_measured_in_one_round_is_one_message(town, site, river_rule, hook):
    place = town(site([river_rule], [hook()]))
    for minute, value in FLOOD[:3]:
        place.measure(RIVER, minute, value)
    place.round(20)
    assert place.kinds == ["fired", "raised"]
    ((message, *_),) = place.outbox
    assert (message.body["kind"], message.level, message.seq) == ("fired", Level.DANGER, 2)


def test_a_past_episode_is_told_once_as_over(town, site, river_rule, hook):
    place = town(site([river_rule], [hook()]))
    for minute, value in FLOOD:
        place.measure(RIVER, minute, value)
    place.round(90)
    ((message, *_),) = place.outbox
    assert message.body["kind"] == "resolved"
    assert message.body["retroactive"]
    assert message.body["late"]
    assert message.body["highest"] == "danger"


def test_silence_is_told_and_marked(town, site, river_rule, hook):
    """B2 on the store."""
    place = town(site([river_rule], [hook()]))
    place.play(RIVER, FLOOD[:2])
    for minute in range(11, 120):
        place.round(minute)
    (episode,) = place.store.open_episodes(place.registry.site)
    assert episode.stale
    assert place.kinds == ["fired", "data_lost"]
    place.measure(RIVER, 120, 1.3)
    place.round(120)
    assert place.kinds == ["fired", "data_lost", "data_back"]
    assert not place.store.open_episodes(place.registry.site)[0].stale


def test_silence_is_not_judged_before_data_could_come_back(town, site, river_rule):
    place = town(site([river_rule]))
    place.play(RIVER, FLOOD[:2])
    place.now += timedelta(hours=5)
    place.evaluator = Evaluator(place.site, place.store, place.registry, started_at=place.now)
    place.round(10 + 300)
    place.round(10 + 300 + 19)
    assert place.kinds == ["fired"]
    place.round(10 + 300 + 20)
    assert place.kinds == ["fired", "data_lost"]


def test_a_restart_goes_on_where_it_was(town, site, rule, level, hook):
    held = rule(level(raise_at=80, hold=3, clear_hold=3))
    place = town(site([held], [hook()]))
    for minute, value in enumerate([81, 82, 83, 84, 60, 60, 60, 60]):
        place.play(CHANNEL, [(minute, value)])
        place.restart()
    assert place.kinds == ["fired", "resolved"]
    assert len(place.episodes) == 1


def test_what_arrived_while_nobody_evaluated_is_made_up_for(town, site, river_rule, hook):
    place = town(site([river_rule], [hook()]))
    place.play(RIVER, [(0, 1.0), (30, 1.0)])
    place.restart()
    place.measure(RIVER, 20, 2.5)  # older than what was seen
    place.measure(RIVER, 40, 1.6)
    place.round(41)
    assert place.kinds == ["fired", "resolved", "fired"]
    assert [episode.outcome for episode in place.episodes] == [None, "resolved"]


def test_samples_with_a_clock_ahead_are_not_lost(town, site, river_rule):
    place = town(site([river_rule]))
    place.measure(RIVER, 4, 2.5)
    place.round(0)
    assert place.kinds == ["fired"]


def test_a_removed_rule_closes_and_says_that_nothing_was_measured(town, site, river_rule, hook):
    place = town(site([river_rule], [hook()]))
    place.play(RIVER, FLOOD[:3])
    place.restart(site([], [hook()]))
    place.round(21)
    assert place.episodes[0].outcome == "closed"
    message = place.outbox[-1][0]
    assert message.body["cause"] == "rule-removed"
    assert "値が下がったことを示すものではありません" in message.body["text_ja"]
    place.restart()
    place.round(22)
    assert place.kinds[-1] == "closed"


def test_a_rule_that_returns_begins_a_new_episode(town, site, river_rule, hook):
    with_rule, without = site([river_rule], [hook()]), site([], [hook()])
    place = town(with_rule)
    place.play(RIVER, FLOOD[:3])
    for minute, each in ((21, without), (22, with_rule)):
        place.restart(each)
        place.round(minute)
    assert [episode.outcome for episode in place.episodes].count(None) == 1
    assert len({episode.id for episode in place.episodes}) == 2


def test_a_removed_station_closes_its_episode(town, site, river_rule, hook):
    full = site([river_rule], [hook()])
    place = town(full)
    place.play(RIVER, FLOOD[:3])
    place.restart(replace(full, stations=full.stations[1:], datastreams=full.datastreams[1:]))
    place.round(21)
    assert place.episodes[0].outcome == "closed"
    assert "harame" in place.outbox[-1][0].body["subject_ja"]


def test_thresholds_of_a_station_that_change_count_as_a_changed_rule(town, site, river_rule, hook):
    full = site([river_rule], [hook()])
    place = town(full)
    place.play(RIVER, FLOOD[:2])
    river = full.datastreams[0]
    higher = replace(river, thresholds=replace(river.thresholds, standby=1.4))
    place.restart(replace(full, datastreams=(higher, *full.datastreams[1:])))
    place.round(11)
    assert place.episodes[0].outcome == "closed"
    assert place.outbox[-1][0].body["cause"] == "rule-changed"


def test_one_instance_that_cannot_be_evaluated_stops_no_other(town, site, river_rule, rule, level, monkeypatch):
    """F29: its state stays as it was, and it is tried again."""
    place = town(site([river_rule, rule(level())]))
    place.round(0)
    fails = ["river"]

    def sometimes(target, *args, **kwargs):
        if target.rule.id in fails:
            raise ZeroDivisionError
        return look(target, *args, **kwargs)

    monkeypatch.setattr("alerts.rounds.look", sometimes)
    place.measure(RIVER, 10, 2.5)
    place.measure(CHANNEL, 10, 90)
    done = place.round(10)
    assert (done.evaluated, done.broken) == (1, 1)
    assert [episode.target for episode in place.episodes] == [CHANNEL]
    fails.clear()
    place.round(11)
    assert {episode.target for episode in place.episodes} == {CHANNEL, RIVER}


def test_a_state_of_a_newer_program_is_left_alone(town, site, river_rule, rule, level, dsn):
    place = town(site([river_rule, rule(level())]))
    place.play(RIVER, FLOOD[:2])
    with psycopg.connect(dsn) as connection:
        connection.execute("update instance set state = jsonb_set(state, '{version}', '99') where rule = 'river'")
    place.restart()
    place.measure(CHANNEL, 20, 90)
    place.measure(RIVER, 20, 9)
    place.round(20)
    states = {row.rule: row.state["version"] for row in place.store.instances(place.registry.site)}
    assert states == {"channel": STATE_VERSION, "river": 99}
    levels = {episode.target: episode.level for episode in place.episodes}
    told = levels.pop(f"river@{RIVER}")  # that the rule cannot be evaluated is told
    assert (levels, told) == ({RIVER: Level.STANDBY, CHANNEL: Level.CAUTION}, Level.WARNING)
    place.restart()
    place.round(21)
    assert len(place.episodes) == 3


def test_state_step_and_message_are_written_together_or_not_at_all(town, site, river_rule, hook, dsn):
    """F2: what has to be told cannot be written: then the episode is not there either, and the next round does it all."""
    place = town(site([river_rule], [hook()]))
    place.play(RIVER, FLOOD[:1])
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "create function refuse() returns trigger language plpgsql as"
            " $$ begin raise exception 'disk full' using errcode = '53100'; end $$"
        )
        connection.execute("create trigger refuse before insert on telling execute function refuse()")
        place.measure(RIVER, 10, 2.5)
        with pytest.raises(StoreError):
            place.round(10)
        assert place.episodes == []
        connection.execute("drop trigger refuse on telling")
    place.round(11)
    assert place.kinds == ["fired"]
    assert len(place.outbox) == 1


def test_a_row_the_database_refuses_for_good_stops_no_other(town, site, river_rule, rule, level, hook, dsn):
    place = town(site([river_rule, rule(level())], [hook()]))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("alter table episode add constraint no_river check (rule <> 'river')")
    place.measure(RIVER, 10, 2.5)
    place.measure(CHANNEL, 10, 90)
    done = place.round(10)
    assert done.broken == 1
    assert [episode.target for episode in place.episodes] == [CHANNEL]


def test_a_second_evaluator_refuses(town, site, river_rule, store):
    """F26."""
    place = town(site([river_rule]))
    with store.evaluator_lock(place.registry.site), pytest.raises(StartError, match="another evaluator"):
        run_evaluator(place.site, store, place.clock, threading.Event(), environment={})
    with store.evaluator_lock(place.registry.site):
        pass


def test_the_loop_goes_on_after_the_database_was_away(town, site, river_rule, store, postgres_server):
    """The connection of the lock and those of the pool are cut; the next round has everything again."""
    place = town(site([river_rule]))
    place.now += timedelta(minutes=1)
    stop, rounds = threading.Event(), threading.Semaphore(0)
    loop = threading.Thread(
        target=run_evaluator,
        args=(place.site, store, place.clock, stop),
        kwargs={"environment": {}, "alive": rounds.release, "interval": timedelta(milliseconds=5)},
    )
    loop.start()
    try:
        assert rounds.acquire(timeout=60)
        with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
                [store._pool.conninfo.rpartition("/")[2]],
            )
        place.measure(RIVER, 1, 2.5)
        seen = []
        while not seen:
            assert rounds.acquire(timeout=60)
            seen = store.open_episodes(place.registry.site)
    finally:
        stop.set()
        loop.join(60)
    assert not loop.is_alive()
    assert seen[0].level == Level.DANGER


def test_a_secret_that_is_missing_stops_the_start(town, site, river_rule, hook, store):
    channel = replace(hook(), settings={"url_env": "HOOK_URL"})
    place = town(site([river_rule], [channel]))
    with pytest.raises(StartError, match="HOOK_URL"):
        run_evaluator(place.site, store, place.clock, threading.Event(), environment={})


def test_a_round_that_was_written_although_its_answer_was_lost_is_not_written_twice(
    town, site, river_rule, hook, monkeypatch
):
    """The connection breaks between commit and answer: the state held here is then older than the stored one."""
    place = town(site([river_rule], [hook()]))
    place.play(RIVER, FLOOD[:1])
    saved = type(place.store).save_evaluation

    def unheard(*args):
        saved(*args)
        raise StoreError("the connection was lost", retryable=True)

    monkeypatch.setattr(type(place.store), "save_evaluation", unheard)
    place.measure(RIVER, 10, 1.3)
    with pytest.raises(StoreError):
        place.round(10)
    monkeypatch.setattr(type(place.store), "save_evaluation", saved)
    assert place.round(11).broken == 0
    place.play(RIVER, FLOOD[2:])
    assert place.kinds == ["fired", "raised", "lowered", "resolved"]
    assert [row.body["kind"] for row, *_ in place.outbox] == ["fired", "raised", "lowered", "resolved"]


def test_a_message_that_cannot_be_written_stops_no_other(town, site, river_rule, rule, level, hook, monkeypatch):
    place = town(site([river_rule, rule(level())], [hook()]))
    place.round(0)
    compose = instances.notices

    def sometimes(target, *args):
        if target.rule.id == "river":
            raise KeyError(target.rule.id)
        return compose(target, *args)

    monkeypatch.setattr(instances, "notices", sometimes)
    place.measure(RIVER, 10, 2.5)
    place.measure(CHANNEL, 10, 90)
    assert place.round(10).broken == 1
    assert [episode.target for episode in place.episodes] == [CHANNEL]
    monkeypatch.setattr(instances, "notices", compose)
    place.round(12)
    assert {episode.target for episode in place.episodes} == {CHANNEL, RIVER}


def test_an_instance_of_a_quantity_that_is_gone_stops_no_other(town, site, river_rule, rule, level, dsn):
    place = town(site([river_rule, rule(level())]))
    place.play(RIVER, FLOOD[:2])
    with psycopg.connect(dsn) as connection:
        connection.execute("update instance set target = 'harame/aether' where rule = 'river'")
    place.restart()
    place.measure(CHANNEL, 20, 90)
    place.round(20)
    assert CHANNEL in {episode.target for episode in place.episodes}


class Counting:
    """A step that counts its rounds, and fails where it is told to."""

    def __init__(self, error=None):
        self.error, self.rounds = error, 0

    def round(self, now):
        self.rounds += 1
        if self.error is not None:
            raise self.error
        return 0


def test_a_step_with_an_error_nobody_foresaw_stops_no_other_but_rings_no_bell(town, site, river_rule, caplog):
    place = town(site([river_rule]))
    with SiteRounds(place.site, place.store, place.clock, environment={}) as rounds:
        dispatcher, escalator, residents, watchdog = Counting(KeyError("one")), Counting(), Counting(), Counting()
        rounds._dispatcher, rounds._escalator, rounds._residents, rounds._watchdog = (
            dispatcher, escalator, residents, watchdog,
        )  # fmt: skip
        place.measure(RIVER, 0, 1.6)
        assert rounds.round() is False
        assert (escalator.rounds, residents.rounds, watchdog.rounds) == (1, 1, 0)
        assert "Counting: an error nobody foresaw" in caplog.text
        assert [episode.rule for episode in place.episodes] == ["river"]
        dispatcher.error = None
        assert rounds.round() is True
        assert watchdog.rounds == 1
        dispatcher.error = StoreError("the database is away", retryable=True)
        with pytest.raises(StoreError):
            rounds.round()
        assert residents.rounds == 2
        dispatcher.error = StoreError("a row is refused", retryable=False)
        assert rounds.round() is False
        assert (residents.rounds, watchdog.rounds) == (3, 1)
        assert "Counting: refused by the database" in caplog.text


def test_what_was_queued_although_its_answer_was_lost_is_not_queued_twice(town, site, river_rule, hook, monkeypatch):
    """Neither what the dispatcher decided, nor a call; and an evaluator that dies in between changes nothing of it."""
    duty = Audience(id="duty", name_ja="当直", name_en="Duty", channels=("hook",))
    night = Escalation(
        id="night",
        min_level=Level.CAUTION,
        steps=(EscalationStep(audience="duty", wait=timedelta(minutes=1)),),
        loops=1,
    )
    people = People(audiences=(duty,), escalations=(night,), group_wait=timedelta(0), admin="duty")
    place = town(site([river_rule], [hook()], people=people))
    place.measure(RIVER, 0, 1.6)
    place.evaluator.round(place.now)

    def written_but_lost(part, work):
        save = part.save

        def lost(self, *values):
            save(self, *values)
            raise StoreError("the connection is gone", retryable=True)

        with monkeypatch.context() as changed:
            changed.setattr(part, "save", lost)
            with pytest.raises(StoreError):
                work()

    written_but_lost(Dispatching, lambda: place.dispatcher.round(place.now))
    place.round(0.1)
    place.restart()
    place.round(0.2)
    assert [row.purpose for row, *_ in place.outbox] == ["alert"]
    place.now += timedelta(minutes=2)
    escalator = Escalator(place.site, place.store, place.registry.site)
    escalator.round(place.now - timedelta(minutes=2))
    written_but_lost(Escalations, lambda: escalator.round(place.now))
    escalator.round(place.now)
    Escalator(place.site, place.store, place.registry.site).round(place.now)
    assert [row.purpose for row, *_ in place.outbox] == ["alert", "escalation"]
