"""The console's reading interface over the real store: episodes, courses, what was known when, closed roads, the page's door."""

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid5

import psycopg
import pytest

from core.accounts import Role
from core.levels import Level
from core.model import Quality
from core.times import format_rfc3339
from store.acknowledgements import Ack
from store.alert_rows import Evaluation, NotificationRow, TransitionRow
from store.silences import Silence

pytestmark = pytest.mark.db

TOKEN = "staff"
STAFF = {"Authorization": f"Bearer {TOKEN}"}
NAMES = UUID("6f1d7c5e-6f0b-4b0e-9a53-2f7c1f1b8d10")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(serve):
    client = serve(staff_token=TOKEN)
    client.headers.update(STAFF)
    return client


@pytest.fixture
def flood(send, clock):
    """A danger at the bridge, told over two channels, one of which failed."""
    row = send.episode("flood", opened_at=clock.now - 30 * MINUTE, detected_at=clock.now - 20 * MINUTE)
    steps = [
        TransitionRow(row.id, 1, "fired", Level.NORMAL, Level.WARNING, clock.now - 30 * MINUTE, clock.now - 20 * MINUTE, 2.6, "value", "1"),
        TransitionRow(row.id, 2, "raised", Level.WARNING, Level.DANGER, clock.now - 10 * MINUTE, clock.now - 10 * MINUTE, 3.2, "value", "1"),
    ]  # fmt: skip
    messages = [
        NotificationRow(
            uuid5(NAMES, channel), row.id, 2, channel, Level.DANGER, {"subject_ja": "危険です", "text_ja": "大橋"},
            clock.now - 10 * MINUTE, clock.now + 20 * MINUTE, audience="staff",
        )
        for channel in ("mail", "siren")
    ]  # fmt: skip
    send.store.save_evaluation(send.registry.site, Evaluation(transitions=steps, notifications=messages))
    return row


def test_nothing_of_it_is_for_passers_by(serve):
    client = serve(staff_token=TOKEN)
    for path in ("episodes", "episodes/x", "known?at=0", "health", "closures"):
        assert client.get(f"/api/console/{path}").status_code == 401
    page = client.get("/console", follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=/console")
    english = client.get("/en/console", follow_redirects=False)
    assert english.headers["location"] == "/en/sign-in?next=/en/console"


def test_an_episode_says_all_that_is_known_of_it(desk, send, clock, flood):
    for minutes, value in ((15, 2.0), (10, 2.6), (5, 3.0), (0, 3.2)):
        send.value("bridge/water_level", value, minutes_ago=minutes)
    desk.app.state.parts.live.refresh()
    store, site = send.store, send.registry.site
    store.acknowledgements.add(site, Ack(episode=flood.id, level=Level.DANGER, who="sato", at=clock.now, note="現地へ"))
    quiet = Silence(
        id=uuid5(NAMES, "s"), stations=frozenset({"bridge"}), levels=frozenset({Level.WARNING}), starts_at=clock.now,
        ends_at=clock.now + MINUTE, author="sato", reason="点検", created_at=clock.now,
    )  # fmt: skip
    store.silences.add(site, quiet)
    board = desk.get("/api/console/episodes").json()
    assert board["counts"] == {"danger": 1, "warning": 0, "caution": 0, "standby": 0, "stale": 0, "unanswered": 0}
    (card,) = board["episodes"]
    assert (card["level"], card["highest"], card["place"]["name"]) == ("danger", "danger", "大橋")
    assert (card["present"]["value"], card["trend"]["direction"]) == (3.2, "rising")
    assert card["ack"]["who"] == "sato"
    assert card["silence"] is None  # of warnings alone
    told = [(way["channel"], way["queued"], way["delivered"], way["dead"]) for way in card["told"]]
    assert told == [("mail", 1, 0, 0), ("siren", 1, 0, 0)]


def test_the_course_holds_messages_answers_and_when_each_was_known(desk, send, clock, flood):
    send.store.acknowledgements.add(
        send.registry.site, Ack(episode=flood.id, level=Level.DANGER, who="sato", at=clock.now, note="")
    )
    course = desk.get(f"/api/console/episodes/{flood.id}").json()
    kinds = [(entry["entry"], entry.get("kind")) for entry in course["entries"]]
    assert kinds == [("step", "fired"), ("step", "raised"), ("message", None), ("answer", "ack")]
    assert course["entries"][2]["text_ja"] == "大橋"
    assert [way["channel"] for way in course["entries"][2]["ways"]] == ["mail", "siren"]
    for name in ("00000000-0000-4000-8000-000000000009", "nothing"):
        assert desk.get(f"/api/console/episodes/{name}").status_code == 404


def test_what_was_known_when(desk, send, clock, flood):
    send.value("bridge/water_level", 1.1, minutes_ago=60)  # arrives now: nobody knew it an hour ago
    clock.advance(minutes=5)
    send.value("bridge/water_level", 3.3, quality=Quality.GOOD)

    def known(minutes):
        at = format_rfc3339(clock.now - minutes * MINUTE)
        found = desk.get("/api/console/known", params={"at": at}).json()
        water = found["stations"]["features"][0]["properties"]["quantities"]["water_level"]["value"]
        return [(card["level"], len(card["told"])) for card in found["episodes"]], water

    assert known(30) == ([], None)
    assert known(20) == ([("warning", 0)], None)
    assert known(14) == ([("danger", 2)], None)
    assert known(4) == ([("danger", 2)], 1.1)
    assert known(0) == ([("danger", 2)], 3.3)


def test_where_nothing_was_evaluated_it_says_so(desk, send, clock):
    site, begin, end = send.registry.site, clock.now - 40 * 60 * MINUTE, clock.now - 60 * MINUTE
    send.store.pauses.note_pause(site, begin, end, [])

    def said(at):
        return desk.get("/api/console/known", params={"at": format_rfc3339(at)}).json()["not_evaluated"]

    assert said(begin + MINUTE) == {"since": format_rfc3339(begin), "until": format_rfc3339(end)}
    assert (said(begin - MINUTE), said(end + MINUTE)) == (None, None)


def test_an_instant_that_cannot_be_looked_back_on_is_refused(desk):
    for query in ("", "?at=", "?at=yesterday", "?at=2020-01-01T00:00:00Z", "?at=2199-01-01T00:00:00Z"):
        assert desk.get(f"/api/console/known{query}").status_code == 400, query


def test_an_unchanged_board_is_not_sent_twice(desk, clock, flood):
    first = desk.get("/api/console/episodes")
    clock.advance(seconds=2)
    again = desk.get("/api/console/episodes", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "private" in first.headers["cache-control"]
    assert desk.get("/api/console/episodes?state=open").json()["episodes"][0]["id"] == str(flood.id)
    assert desk.get("/api/console/episodes?state=all").status_code == 400


def test_the_number_of_questions_does_not_grow_with_the_episodes(desk, send, monkeypatch):
    asked, counts = [], []
    execute = psycopg.Connection.execute

    def count(self, *args, **named):
        if threading.current_thread().name != "web-poller":  # it reads the store all the while, whoever asks
            asked.append(1)
        return execute(self, *args, **named)

    def ask():
        asked.clear()
        desk.get("/api/console/episodes?state=open")
        return len(asked)

    monkeypatch.setattr(psycopg.Connection, "execute", count)
    for many in (1, 12):
        for number in range(many):
            send.episode(f"{many}-{number}", rule=f"rule-{many}-{number}")
        counts.append(min(ask() for _ in range(3)))  # others of the house may read the store meanwhile
    assert counts[0] == counts[1] > 0


def test_the_health_names_queues_and_silent_processes(desk, send, clock, flood):
    watching, site = send.store.watching, send.registry.site
    watching.beat(site, "collect", "1", clock.now)
    watching.beat(site, "judge", "1", clock.now - 10 * MINUTE)
    health = desk.get("/api/console/health").json()
    assert {one["process"]: one["silent"] for one in health["processes"]} == {"collect": False, "judge": True}
    assert {one["channel"]: one["waiting"] for one in health["channels"]} == {"mail": 1, "siren": 1}
    assert health["troubles"] >= 1


def test_the_health_says_how_far_the_watchdog_comes(desk, serve, town, send, clock):
    assert desk.get("/api/console/health").json()["watchdog"] == []
    watched = serve(site=replace(town, people=replace(town.people, watchdog="siren")), staff_token=TOKEN)
    send.store.watchdog.ring(send.registry.site, None, [], clock.now)
    hops = watched.get("/api/console/health", headers=STAFF).json()["watchdog"]
    assert [(one["hop"], one["cut"]) for one in hops] == [("store", True), ("rule", False), ("channel", True)]


CLOSED = {"status": "closed", "reason": "snow", "name_ja": "県道28号 鶴子〜六沢", "lon": 140.4, "lat": 38.6}


def test_a_road_is_closed_told_to_everybody_and_opened_again(desk, clock):
    assert desk.get("/api/closures").json()["closures"] == []
    until = format_rfc3339(clock.now + 60 * MINUTE)
    (one,) = desk.post("/api/console/closures", json={**CLOSED, "until": until}).json()["closures"]
    assert (one["status"], one["by"], one["until"]) == ("closed", "token", until)
    public = desk.get("/api/closures").json()
    assert [each["name_ja"] for each in public["closures"]] == [CLOSED["name_ja"]]
    assert "by" not in public["closures"][0]
    clock.advance(minutes=1)
    desk.post("/api/console/closures", json={**CLOSED, "id": one["id"], "status": "open"})
    assert [each["status"] for each in desk.get("/api/closures").json()["closures"]] == ["open"]
    said = desk.get(f"/api/console/closures/{one['id']}").json()["said"]
    assert [each["status"] for each in said] == ["open", "closed"]
    assert desk.get("/api/console/closures/none").status_code == 404
    clock.advance(hours=25)
    assert desk.get("/api/closures").json()["closures"] == []
    parts = desk.app.state.parts
    actions = [row.entry.action for row in parts.store.audit.listed(parts.registry.site, action="closure.say")]
    assert actions == ["closure.say"] * 2


def test_since_when_a_road_is_closed_is_told_whatever_is_said_of_it_meanwhile(desk, clock):
    def since(body):
        (one,) = desk.post("/api/console/closures", json={**CLOSED, **body}).json()["closures"]
        (public,) = desk.get("/api/closures").json()["closures"]
        assert public["since"] == one["since"]
        return one["id"], one["since"]

    begun = format_rfc3339(clock.now)
    id_, first = since({})
    clock.advance(minutes=10)
    assert (first, since({"id": id_, "status": "restricted"})[1]) == (begun, begun)
    clock.advance(minutes=10)
    assert since({"id": id_, "status": "open"})[1] == begun
    clock.advance(minutes=10)
    assert since({"id": id_})[1] == format_rfc3339(clock.now)


def test_roads_open_again_push_no_closed_road_out_of_what_is_told(desk, clock, monkeypatch):
    monkeypatch.setattr("store.closures.MOST", 2)
    for number, status in enumerate(("closed", "restricted", "closed", "open", "open", "open")):
        clock.advance(minutes=1)
        desk.post("/api/console/closures", json={**CLOSED, "name_ja": f"{number}", "status": status})
    told = [(each["name_ja"], each["status"]) for each in desk.get("/api/closures").json()["closures"]]
    assert told == [("2", "closed"), ("1", "restricted"), ("0", "closed"), ("5", "open"), ("4", "open")]


WRONG = (
    ({"status": "shut"}, 400), ({"reason": None}, 400), ({"name_ja": "  "}, 400), ({"name_ja": "x" * 81}, 400),
    ({"name_ja": "a\u2028b"}, 400), ({"lon": 140.4, "lat": None}, 400), ({"lon": 38.6, "lat": 140.4}, 422),
    ({"lon": True}, 400), ({"until": "soon"}, 400), ({"until": "2020-01-01T00:00:00Z"}, 422), ({"by": "me"}, 400),
    ({"id": "../x"}, 400), ({"note_ja": "x" * 401}, 400),
)  # fmt: skip


def test_a_closure_that_cannot_be_meant_is_refused(desk):
    for change, status in WRONG:
        assert desk.post("/api/console/closures", json={**CLOSED, **change}).status_code == status, change
    assert desk.get("/api/closures").json()["closures"] == []


def test_a_viewer_looks_and_closes_nothing(serve, sign_in_as):
    client = sign_in_as(serve(), Role.VIEWER)
    assert client.get("/console").status_code == 200
    assert client.get("/en/console").headers["cache-control"] == "no-store"
    assert client.get("/api/console/closures").status_code == 200
    assert client.post("/api/console/closures", json=CLOSED).status_code == 403


def test_the_page_holds_nothing_only_staff_may_know(serve, sign_in_as, send, flood):
    client = sign_in_as(serve(), Role.VIEWER)
    page = client.get("/console").text
    assert str(replace(flood).id) not in page
    assert "危険です" not in page
