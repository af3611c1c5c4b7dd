"""An exercise from its beginning to its score, with the real store, server and evaluator; nothing of it may touch the live town."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql

from alerts.dispatch import Dispatcher
from alerts.rounds import Evaluator
from app.exercise_hall import ExerciseHall
from config.exercise_plan import Scenario, ScriptedGauge
from config.model import ChannelConfig
from config.people_plan import Audience, Escalation, EscalationStep
from core.accounts import Role
from core.levels import Level
from core.model import StationId

SCENARIO = Scenario(
    id="flood",
    title_ja="夜の出水（架空）",
    title_en="Flood at night (fictitious)",
    minutes=60,
    speed=6.0,
    gauges=(
        ScriptedGauge(
            station=StationId("bridge"),
            quantity="water_level",
            points=((0.0, 1.0), (20.0, 3.5), (40.0, 1.0)),
            every=timedelta(minutes=10),
        ),
    ),
)
CHANNELS = (
    ChannelConfig(id="live", kind="console", min_level=Level.CAUTION, settings={}),
    ChannelConfig(id="drill", kind="console", min_level=Level.CAUTION, settings={}, exercise=True),
)


def audience(id_, channel, **changes):
    return Audience(id=id_, name_ja=id_, name_en=id_, channels=(channel,), **changes)


NIGHT = (
    EscalationStep(audience="duty", wait=timedelta(seconds=1)),
    EscalationStep(audience="trainees", wait=timedelta(seconds=30)),
)


@pytest.fixture
def drill_town(town):
    people = replace(
        town.people,
        audiences=(audience("duty", "live"), audience("trainees", "drill", exercise=True)),
        escalations=(Escalation(id="night", min_level=Level.WARNING, steps=NIGHT, loops=1),),
        group_wait=timedelta(0),
    )
    return replace(town, exercises=(SCENARIO,), channels=CHANNELS, people=people)


@pytest.fixture
def served(serve, drill_town):
    return serve(site=drill_town)


@pytest.fixture
def admin(served, sign_in_as):
    return sign_in_as(served, Role.ADMIN)


@pytest.fixture
def operator(served, sign_in_as):
    return sign_in_as(served, Role.OPERATOR)


@pytest.fixture
def hall(store, registry, drill_town, clock):
    found = ExerciseHall(drill_town, store, registry.site, clock, {})
    yield found
    found.leave()


def begin(admin, **wish):
    answer = admin.post("/api/console/exercises", json={"scenario": "flood", **wish})
    assert answer.status_code == 201, answer.text
    return answer.json()


def play(hall, clock, minutes):
    """So many minutes of life, a round each."""
    for _ in range(minutes):
        clock.advance(minutes=1)
        hall.round()


def live_rows(store, site):
    return store.open_episodes(site), store.recent_episodes(site, store_beginning()), store.outbox(site)


def store_beginning():
    return datetime(2000, 1, 1, tzinfo=UTC)


def test_an_exercise_is_played_on_the_stand_in_alone(admin, operator, hall, store, registry, clock):
    begun = begin(admin)
    stand_in = store.exercises.running(registry.site).stand_in
    assert stand_in != registry.site
    before = store.latest_values(registry.site)
    play(hall, clock, 4)  # 24 minutes of the night: over the danger level
    (episode,) = store.open_episodes(stand_in)
    assert episode.level is Level.DANGER
    assert live_rows(store, registry.site) == ([], [], [])
    assert store.latest_values(registry.site) == before
    told = store.exercises.told(store.exercises.running(registry.site), clock() + timedelta(minutes=1))
    assert {(row.audience, row.channel) for row in told} == {("trainees", "drill")}
    assert served_level(operator, "/kunren/api/stations") == "danger"
    assert served_level(operator, "/api/stations") != "danger"
    assert begun["address"] == "/kunren/console"


def served_level(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    bridge = next(f for f in answer.json()["features"] if f["properties"]["id"] == "bridge")
    return bridge["properties"]["quantities"]["water_level"].get("level")


def test_every_message_and_page_of_it_says_so(admin, operator, hall, store, registry, clock):
    begin(admin)
    play(hall, clock, 4)
    stand_in = store.exercises.running(registry.site).stand_in
    bodies = [row.body for row, *_ in store.outbox(stand_in)]
    assert bodies
    for body in bodies:
        assert body["subject_ja"].startswith("【訓練】")
        assert body["subject_en"].startswith("[EXERCISE]")
        assert body["text_ja"].startswith("【訓練】")
        assert body["exercise"] is True
    for path in ("/kunren/", "/kunren/list", "/kunren/en/list", "/kunren/console"):
        page = operator.get(path)
        assert page.status_code == 200
        assert "【訓練】" in page.text or "[EXERCISE]" in page.text
        assert 'exercise"' in page.text.partition("<body class=")[2][:80]
        assert "no-store" in page.headers["cache-control"]


def test_everybody_is_told_that_one_is_held(admin, served, hall, clock):
    assert served.get("/api/exercise").json() == {"running": None}
    begin(admin)
    held = served.get("/api/exercise").json()["running"]
    assert held["title_ja"] == SCENARIO.title_ja
    assert set(held) == {"title_ja", "title_en", "started_at", "expires_at"}


def test_it_ends_by_itself_and_nothing_of_it_stays_open_or_is_sent(admin, operator, hall, store, registry, clock):
    begin(admin, minutes=5)
    stand_in = store.exercises.running(registry.site).stand_in
    play(hall, clock, 4)
    assert store.open_episodes(stand_in)
    play(hall, clock, 2)
    assert store.exercises.running(registry.site) is None
    assert store.open_episodes(stand_in) == []
    assert store.untold(stand_in) == []
    assert {state for _, state, *_ in store.outbox(stand_in)} <= {"delivered", "dead", "superseded"}
    assert operator.get("/kunren/console").status_code == 404
    (over,) = operator.get("/api/console/exercises").json()["exercises"]
    assert over["ended_by"] == "expired"


def test_somebody_ends_it_at_once(admin, operator, hall, store, registry, clock):
    begun = begin(admin)
    play(hall, clock, 4)
    stand_in = store.exercises.running(registry.site).stand_in
    ended = operator.post(f"/api/console/exercises/{begun['id']}/end")
    assert ended.json()["ended_by"] == "operator"
    hall.round()
    assert store.open_episodes(stand_in) == []
    again = operator.post(f"/api/console/exercises/{begun['id']}/end")
    assert again.json()["ended_at"] == ended.json()["ended_at"]


def test_a_killed_process_takes_it_up_where_it_was(admin, store, registry, drill_town, clock, hall):
    begin(admin)
    play(hall, clock, 2)
    hall.leave()
    other = ExerciseHall(drill_town, store, registry.site, clock, {})
    play(other, clock, 2)
    stand_in = store.exercises.running(registry.site).stand_in
    assert [episode.level for episode in store.open_episodes(stand_in)] == [Level.DANGER]
    number = store.register(drill_town)
    assert number.site == registry.site
    other.leave()


def test_what_ended_while_nobody_was_there_is_closed_by_whoever_comes(
    admin, operator, store, registry, drill_town, clock, hall
):
    begun = begin(admin)
    play(hall, clock, 4)
    stand_in = store.exercises.running(registry.site).stand_in
    hall.leave()
    operator.post(f"/api/console/exercises/{begun['id']}/end")
    assert store.open_episodes(stand_in)
    ExerciseHall(drill_town, store, registry.site, clock, {}).round()
    assert store.open_episodes(stand_in) == []


def test_one_at_a_time_begun_by_an_administrator(admin, operator, served):
    assert operator.post("/api/console/exercises", json={"scenario": "flood"}).status_code == 403
    begin(admin)
    assert admin.post("/api/console/exercises", json={"scenario": "flood"}).status_code == 409
    assert served.get("/kunren/console", follow_redirects=False).headers["location"] == "/sign-in?next=/kunren/console"
    assert served.get("/kunren/api/console/episodes").status_code == 401


def test_wishes_that_cannot_be_meant_are_refused(admin):
    for wish, status in (
        ({}, 400),
        ({"scenario": "other"}, 422),
        ({"scenario": "flood", "speed": 0}, 400),
        ({"scenario": "flood", "speed": True}, 400),
        ({"scenario": "flood", "minutes": 1e9}, 400),
        ({"scenario": "flood", "live": True}, 400),
        ([], 400),
    ):
        assert admin.post("/api/console/exercises", json=wish).status_code == status, wish


def test_the_score_says_who_acknowledged_what_when(admin, operator, hall, clock):
    begun = begin(admin)
    play(hall, clock, 4)
    (episode,) = operator.get("/kunren/api/console/episodes").json()["episodes"]
    clock.advance(seconds=30)
    hall.round()
    clock.advance(seconds=90)
    taken = operator.post(f"/kunren/api/console/episodes/{episode['id']}/acknowledge", json={"level": "danger"})
    assert taken.status_code == 200, taken.text
    assert (
        operator.post(f"/api/console/episodes/{episode['id']}/acknowledge", json={"level": "danger"}).status_code == 404
    )
    found = operator.get(f"/api/console/exercises/{begun['id']}/score").json()
    (line,) = found["lines"]
    assert (line["level"], line["acked_by"], line["in_time"]) == ("danger", "operator", True)
    assert (line["called"], line["audiences"]) == (1, ["trainees"]), "nobody of real life is called"
    assert 120 <= line["acked_after_s"] <= 300
    table = operator.get(f"/api/console/exercises/{begun['id']}/score.csv")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[0]["acked_by"] == "operator"


def test_b11_a_real_danger_during_an_exercise_is_told_in_earnest(admin, hall, store, registry, clock, drill_town, send):
    begin(admin)
    play(hall, clock, 4)
    live = Evaluator(drill_town, store, registry, started_at=clock() - timedelta(days=1))
    dispatcher = Dispatcher(drill_town, store, registry.site)
    live.round(clock())
    dispatcher.round(clock())
    send.value("bridge/water_level", 3.2)
    clock.advance(seconds=5)
    live.round(clock())
    dispatcher.round(clock())
    (episode,) = store.open_episodes(registry.site)
    messages = [row for row, *_ in store.outbox(registry.site)]
    assert {(row.audience, row.channel) for row in messages} == {("duty", "live")}
    assert all("訓練" not in row.body["text_ja"] for row in messages)
    assert episode.level is Level.DANGER


OF_THE_TOWN = {"exercise", "audit", "account", "session", "sign_in_failure"}
"""That an exercise is held, and who asked for it, is the town's."""


def live_digests(store, site):
    """A digest of every live row, by table."""
    with psycopg.connect(store._pool.conninfo) as connection:
        tables = connection.execute(
            "select table_name from information_schema.columns where column_name = 'site_no' and table_schema = 'public'"
        ).fetchall()
        digests = {
            table: connection.execute(
                sql.SQL(
                    "select md5(string_agg(row::text, ' ' order by row::text)) from {} as row where site_no = %s"
                ).format(sql.Identifier(table)),
                (site,),
            ).fetchone()
            for (table,) in tables
            if table not in OF_THE_TOWN
        }
        for table in ("observation", "observation_latest"):
            digests[table] = connection.execute(
                sql.SQL(
                    "select md5(string_agg(row::text, ' ' order by row::text)) from {} as row "
                    "where datastream_id in (select no from datastream where site_no = %s)"
                ).format(sql.Identifier(table)),
                (site,),
            ).fetchone()
    assert len(digests) > 15
    return digests


def test_the_next_exercise_knows_nothing_of_the_last_one(admin, operator, hall, store, registry, clock):
    """Its water, its episodes, its silences and what audiences were told are nobody's any more; nothing of it is told.

    No live row has changed after two exercises.
    """
    before = live_digests(store, registry.site)
    first = begin(admin)
    play(hall, clock, 4)
    stand_in = store.exercises.running(registry.site).stand_in
    (danger,) = store.open_episodes(stand_in)
    ends_at = (clock() + timedelta(hours=2)).isoformat()
    silence = {"rules": [danger.rule], "levels": ["caution"], "ends_at": ends_at, "reason": "drill"}
    assert operator.post("/kunren/api/console/silences", json=silence).json()["state"] == "active"
    operator.post(f"/api/console/exercises/{first['id']}/end")
    hall.round()
    sent = len(store.outbox(stand_in))
    clock.advance(minutes=1)
    begin(admin)
    hall.round()
    assert store.open_episodes(stand_in) == []
    assert [each.state(clock()) for each in store.silences.since(stand_in, clock() - timedelta(days=1))] == ["over"]
    assert store.dispatching.standing(stand_in, clock()).members == []
    assert len(store.outbox(stand_in)) == sent
    play(hall, clock, 4)
    (again,) = store.open_episodes(stand_in)
    assert again.level is Level.DANGER
    assert again.id != danger.id
    assert len(store.outbox(stand_in)) > sent
    assert live_digests(store, registry.site) == before


def test_an_exercise_that_was_never_cleared_up_is_cleared_before_the_next(
    admin, operator, hall, store, registry, clock, drill_town
):
    """Killed in the first one, which somebody ended; the next one is held before anything was looked at again."""
    first = begin(admin)
    play(hall, clock, 4)
    stand_in = store.exercises.running(registry.site).stand_in
    (danger,) = store.open_episodes(stand_in)
    hall.leave()
    operator.post(f"/api/console/exercises/{first['id']}/end")
    begin(admin)
    other = ExerciseHall(drill_town, store, registry.site, clock, {})
    other.round()
    assert store.open_episodes(stand_in) == []
    assert store.untold(stand_in) == []
    (over,) = [each for each in store.recent_episodes(stand_in, store_beginning()) if each.id == danger.id]
    assert over.outcome == "closed"
    other.leave()


def test_a_second_process_neither_plays_nor_ends_it(admin, hall, store, registry, clock, drill_town):
    begin(admin)
    play(hall, clock, 2)
    ExerciseHall(drill_town, store, registry.site, clock, {}).round()
    assert store.exercises.running(registry.site) is not None


def test_a_scenario_that_is_gone_ends_the_exercise_and_leaves_nothing_open(
    admin, hall, store, registry, clock, drill_town
):
    begin(admin)
    play(hall, clock, 4)
    stand_in = store.exercises.running(registry.site).stand_in
    hall.leave()
    ExerciseHall(replace(drill_town, exercises=()), store, registry.site, clock, {}).round()
    assert store.exercises.running(registry.site) is None
    ExerciseHall(replace(drill_town, exercises=()), store, registry.site, clock, {}).round()
    assert store.open_episodes(stand_in) == []


def test_an_exercise_holds_no_other_and_has_no_people_of_its_own(admin, operator, store, registry):
    begin(admin)
    assert admin.post("/kunren/api/console/exercises", json={"scenario": "flood"}).status_code == 409
    ghost = {"name": "ghost", "shown_name": "x", "role": "admin"}
    assert admin.post("/kunren/api/console/accounts", json=ghost).status_code == 409
    assert store.exercises.running(store.exercises.running(registry.site).stand_in) is None


def test_the_audit_tells_what_was_done_in_an_exercise(admin, operator, store, registry, clock):
    begin(admin)
    wish = {"kinds": ["river"], "ends_at": (clock() + timedelta(hours=1)).isoformat(), "reason": "drill"}
    for place in ("/kunren", ""):
        answer = operator.post(f"{place}/api/console/silences", json=wish)
        assert answer.status_code == 200, answer.text
    live, drill = store.audit.listed(registry.site, action="silence.create")
    assert drill.entry.details["exercise"] is True
    assert "exercise" not in live.entry.details


def test_what_is_refused_at_the_door_of_an_exercise_is_kept_by_nobody(admin, served):
    begin(admin)
    refused = served.get("/kunren/static/js/config.js", follow_redirects=False)
    assert (refused.status_code, refused.headers["cache-control"]) == (303, "private, no-store")
