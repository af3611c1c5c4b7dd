"""People's answers and decisions over the interface: who may, what is refused, what is written down."""

from datetime import timedelta
from uuid import UUID, uuid5

import pytest

from core.accounts import Role
from core.levels import Level
from store.alert_rows import EpisodeRow, Evaluation, NotificationRow

pytestmark = pytest.mark.db
NAMES = UUID(int=77)


@pytest.fixture(scope="module")
def served(town_served, sign_in_as):
    client = town_served("answers")
    client.people = {role: sign_in_as(client, role) for role in Role}
    client.parts = client.app.state.parts
    return client


@pytest.fixture
def episode(served):
    def make(name, **changes):
        now = served.parts.clock()
        row = EpisodeRow(uuid5(NAMES, name), name, name, Level.WARNING, False, False, now, now, 1.0, 1.0, None, None)
        fields = {each: getattr(row, each) for each in EpisodeRow.__slots__} | changes
        row = EpisodeRow(**fields)
        served.parts.store.save_evaluation(served.parts.registry.site, Evaluation(episodes=[row]))
        return row.id

    return make


def post(served, who, path, body):
    return served.people[who].post(f"/api/console/{path}", json=body)


def audited(served, action):
    store, site = served.parts.store, served.parts.registry.site
    with store.crew._transaction("look") as connection:
        rows = connection.execute("select who, subject from audit where site_no = %s and action = %s", (site, action))
        return rows.fetchall()


def test_an_acknowledgement_is_taken_kept_and_written_down(served, episode):
    number = episode("ack")
    body = {"level": "warning", "note": " 見て\nいます "}
    answer = post(served, Role.OPERATOR, f"episodes/{number}/acknowledge", body).json()
    assert answer["outcome"] == "taken"
    assert answer["acknowledgement"] == {
        **answer["acknowledgement"],
        "by": "operator",
        "note": "見て います",
        "until": None,
    }
    told = served.people[Role.VIEWER].get(f"/api/console/episodes/{number}/answers").json()
    assert told["holding"] == answer["acknowledgement"]
    assert (told["calls"], told["closing"]) == ([], [])
    assert ("operator", str(number)) in audited(served, "episode.acknowledge")


@pytest.mark.parametrize(
    ("changes", "body", "status"),
    [
        ({"level": Level.DANGER}, {"level": "warning"}, 409),
        ({}, {"level": "normal"}, 400),
        ({}, {"level": 4}, 400),
        ({}, {"level": "warning", "note": "x" * 301}, 400),
        ({}, {"level": "warning", "who": "somebody else"}, 400),
        ({}, {}, 400),
        ({}, [], 400),
        ({"shadow": True}, {"level": "warning"}, 404),
    ],
)
def test_what_is_refused(served, episode, changes, body, status):
    number = episode(f"refused {changes} {body}", **changes)
    assert post(served, Role.OPERATOR, f"episodes/{number}/acknowledge", body).status_code == status


def test_what_is_over_says_so_and_notes_nothing(served, episode):
    number = episode("over", closed_at=served.parts.clock(), outcome="resolved")
    for path, body in (("acknowledge", {"level": "warning"}), ("close", {"reason": "x"})):
        assert post(served, Role.OPERATOR, f"episodes/{number}/{path}", body).json()["outcome"] == "over"
    assert served.parts.store.acknowledgements.of_episode(served.parts.registry.site, number) == []


def test_only_an_episode_without_data_is_ended_by_hand(served, episode):
    fresh, stale = episode("fresh"), episode("stale", stale=True)
    assert post(served, Role.OPERATOR, f"episodes/{fresh}/close", {"reason": "壊れた"}).status_code == 409
    assert post(served, Role.OPERATOR, f"episodes/{stale}/close", {"reason": "  "}).status_code == 400
    assert post(served, Role.VIEWER, f"episodes/{stale}/close", {"reason": "壊れた"}).status_code == 403
    assert post(served, Role.OPERATOR, f"episodes/{stale}/close", {"reason": "壊れた"}).json() == {"outcome": "taken"}
    told = served.people[Role.VIEWER].get(f"/api/console/episodes/{stale}/answers").json()
    assert [(wish["by"], wish["reason"], wish["outcome"]) for wish in told["closing"]] == [("operator", "壊れた", None)]


@pytest.mark.parametrize("number", ["nonsense", str(UUID(int=4))])
@pytest.mark.parametrize(("path", "body"), [("acknowledge", {"level": "danger"}), ("close", {"reason": "x"})])
def test_there_is_no_such_episode(served, number, path, body):
    assert post(served, Role.OPERATOR, f"episodes/{number}/{path}", body).status_code == 404


@pytest.fixture
def stuck(served):
    """A message of unknown fate."""

    def make(name, state="unknown", **changes):
        store, site, now = served.parts.store, served.parts.registry.site, served.parts.clock()
        body = {"subject_ja": name, "subject_en": name}
        row = NotificationRow(
            uuid5(NAMES, name), None, 0, name, Level.DANGER, body, now, now + timedelta(minutes=1), **changes
        )
        store.outgoing.queue(site, [row])
        (held,) = store.outgoing.lease(site, name, now, timedelta(minutes=1), 1)
        store.outgoing.finish(site, held, state, now, "the sender was cut off")
        return row.id

    return make


def test_what_is_stuck_is_listed_and_a_person_decides(served, stuck):
    first, second = stuck("one"), stuck("two", state="dead")
    listed = served.people[Role.VIEWER].get("/api/console/outbox?state=unknown").json()
    assert [(each["id"], each["error"]) for each in listed["messages"]] == [(str(first), "the sender was cut off")]
    channel = next(each for each in listed["channels"] if each["channel"] == "one")
    assert (channel["state"], channel["unknown"], channel["dead"]) == ("closed", 1, 0)
    decide = f"outbox/{first}/decide"
    assert post(served, Role.OPERATOR, decide, {"decision": "arrived", "note": "電話で確認"}).json() == {
        "state": "delivered"
    }
    assert post(served, Role.OPERATOR, decide, {"decision": "again"}).status_code == 409
    assert post(served, Role.OPERATOR, f"outbox/{second}/decide", {"decision": "again"}).json() == {"state": "queued"}
    assert ("operator", str(first)) in audited(served, "message.arrived")


def test_of_a_message_to_residents_an_approver_decides(served, stuck):
    number = stuck("residents", resident=True, purpose="resident")
    decide = f"outbox/{number}/decide"
    assert post(served, Role.OPERATOR, decide, {"decision": "again"}).status_code == 403
    assert post(served, Role.APPROVER, decide, {"decision": "again"}).json() == {"state": "queued"}


@pytest.mark.parametrize("query", ["state=lost", "episode=x", "before=0", "limit=501", "limit=x", "who=me"])
def test_questions_not_understood(served, query):
    assert served.people[Role.VIEWER].get(f"/api/console/outbox?{query}").status_code == 400


@pytest.mark.parametrize(
    "body", [{}, {"decision": "delete"}, {"decision": "again", "x": 1}, {"decision": "again", "note": 5}]
)
def test_decisions_not_understood(served, body):
    assert post(served, Role.OPERATOR, f"outbox/{UUID(int=3)}/decide", body).status_code == 400


def test_there_is_no_such_message(served):
    for number in (UUID(int=3), "x"):
        assert post(served, Role.OPERATOR, f"outbox/{number}/decide", {"decision": "again"}).status_code == 404


def test_pages_of_the_outbox(served, stuck):
    numbers = [stuck(f"page {number}", state="dead") for number in range(3)]
    ask = served.people[Role.VIEWER].get
    first = ask("/api/console/outbox?limit=2&state=dead").json()["messages"]
    assert [each["id"] for each in first] == [str(numbers[2]), str(numbers[1])]
    rest = ask(f"/api/console/outbox?state=dead&before={first[-1]['place']}").json()["messages"]
    assert str(numbers[0]) in [each["id"] for each in rest]
    assert str(numbers[1]) not in [each["id"] for each in rest]
