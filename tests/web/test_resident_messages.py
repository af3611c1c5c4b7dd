"""``/api/console/messages``: roles, second factor, plain words for every refusal, and the way to the outbox over HTTP."""

import itertools
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from psycopg import conninfo

from alerts.cap import mistakes_of, read_cap
from alerts.cap.model import MsgType
from alerts.residents.rounds import ResidentRound
from config.message_files import read_messages
from config.mistakes import Notes
from config.model import ChannelConfig
from config.people_plan import Audience, People
from core.accounts import Role
from core.levels import Level
from store import open_store
from web import WebServer, WebSettings, create_app
from web.access import CODE_HEADER, NEEDS

pytestmark = pytest.mark.db

TOKEN = "staff-token-of-thirty-two-letters"
PATH = "/api/console/messages"
BOTH = {"ja": "0237-22-1111", "en": "0237-22-1111"}
NAMES = ("station", "value", "unit", "time", "phone", "area", "shelters", "river", "threshold", "source")
VALUES = dict.fromkeys(NAMES, BOTH)


_areas = itertools.count()


@pytest.fixture(scope="module")
def served(tmp_path_factory, postgres_server, template_database, make_town_in):
    """The small town with the example's templates and people to tell, served once for all tests here."""
    folder = tmp_path_factory.mktemp("residents")
    found = read_messages(Path(__file__).parents[2] / "config" / "example", Notes())
    mail = {"host": "127.0.0.1", "sender": "t@example.jp", "security": "none", "recipients": ["a@x.jp", "b@x.jp"]}
    place = replace(
        make_town_in(folder),
        messages=tuple(template for _, template in found),
        channels=(ChannelConfig(id="mail", kind="smtp", min_level=Level.STANDBY, settings=mail),),
        people=People(
            audiences=(
                Audience(id="residents", name_ja="住民", name_en="Residents", channels=("mail",), residents=True),
            )
        ),
    )
    with psycopg.connect(postgres_server.dsn, autocommit=True) as admin:
        admin.execute(f"create database residents template {template_database} strategy file_copy")
    with ExitStack() as stack:
        store = stack.enter_context(open_store(conninfo.make_conninfo(postgres_server.dsn, dbname="residents")))
        app = create_app(
            place,
            store,
            store.register(place),
            public_folder=folder / "public",
            clock=Hand(),
            settings=WebSettings(staff_token=TOKEN, requests_burst=100_000),
        )
        server = stack.enter_context(WebServer(app, "127.0.0.1", 0))
        client = stack.enter_context(httpx.Client(base_url=server.address, timeout=30, verify=False))
        client.app = app
        yield client


class Hand:
    """A clock that is set by hand."""

    now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self):
        return self.now

    def advance(self, **parts):
        self.now += timedelta(**parts)


@pytest.fixture(scope="module")
def signed_in(served, sign_in_as):
    """Clients signed in as each role, an approver without a fresh code, and nobody."""
    clients = {role.slug: sign_in_as(served, role) for role in Role}
    return {**clients, "stale": sign_in_as(served, Role.APPROVER, fresh=False), "served": served}


@pytest.fixture
def people(signed_in, served):
    """The same; whatever a test leaves open is over after it."""
    yield signed_in
    parts = served.app.state.parts
    ResidentRound(parts.site, parts.store, parts.registry.site).round(parts.clock() + timedelta(days=2))


@pytest.fixture
def place(served):
    return served.app.state.parts.site


@pytest.fixture
def store(served):
    return served.app.state.parts.store


@pytest.fixture
def registry(served):
    return served.app.state.parts.registry


@pytest.fixture
def clock(served):
    return served.app.state.parts.clock


def begun(people, who="operator", template="snow", **more):
    wish = {"template": template, "values": VALUES, "area": f"第{next(_areas)}地区", **more}
    answer = people[who].post(PATH, json=wish)
    assert answer.status_code == 200, answer.text
    return answer.json()


def act(client, message, name, **wish):
    return client.post(f"{PATH}/{message['id']}/{name}", json=wish)


def submitted(people, who="operator", **more):
    message = begun(people, who, **more)
    answer = act(people[who], message, "submit")
    assert answer.status_code == 200, answer.text
    return answer.json()


def seen(message, **changes):
    return {"digest": message["digest"], "recipients": message["recipients"], "mode": message["mode"]} | changes


def test_from_a_draft_to_the_outbox(people, store, registry, place, clock):
    message = submitted(people)
    assert (message["recipients"], message["window_s"], message["wrong"]) == (2, 30, [])
    answer = act(people["approver"], message, "approve", **seen(message))
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    clock.advance(seconds=30)
    assert ResidentRound(place, store, registry.site).round(clock()) == 1
    told = people["viewer"].get(f"{PATH}/{message['id']}").json()
    assert (told["state"], [one["state"] for one in told["channels"]]) == ("queued", ["queued"])
    (carried,) = told["carried"]
    row = next(row for row, *_ in store.outbox(registry.site) if row.body["message"] == message["id"])
    assert carried["text"].startswith(row.body["text_ja"])
    steps = people["viewer"].get(f"{PATH}/{message['id']}/log").json()["steps"]
    assert [(step["act"], step["who"]) for step in steps] == [
        *(("begun", "operator"), ("submitted", "operator"), ("approved", "approver"), ("queued", "system"))
    ]


def test_every_act_is_in_the_audit(people, store):
    message = submitted(people)
    act(people["approver"], message, "reject", reason="地区が違います")
    lines = people["admin"].get("/api/console/audit").json()
    found = [line["action"] for line in next(value for value in lines.values() if isinstance(value, list))]
    assert {"message.begin", "message.submit", "message.reject"} <= set(found)


@pytest.mark.parametrize("who", ["viewer", "operator"])
def test_only_approvers_approve(people, who):
    message = submitted(people)
    assert act(people[who], message, "approve", **seen(message)).status_code == 403
    assert act(people[who], message, "reject", reason="x").status_code == 403


def test_an_approval_needs_a_code_given_just_now(people):
    message = submitted(people)
    answer = act(people["stale"], message, "approve", **seen(message))
    assert (answer.status_code, answer.headers[NEEDS]) == (403, "second-factor")
    answer = people["stale"].post(
        f"{PATH}/{message['id']}/approve", json=seen(message), headers={CODE_HEADER: "000000"}
    )
    assert answer.status_code == 403


def test_the_same_account_in_another_session_does_not_approve_its_own(people, sign_in_as):
    message = submitted(people, "approver")
    again = sign_in_as(people["served"], Role.APPROVER)
    answer = act(again, message, "approve", **seen(message))
    assert (answer.status_code, answer.json()["code"]) == (403, "own_message")
    assert "別の承認者" in answer.json()["detail_ja"]
    assert "approve" not in again.get(f"{PATH}/{message['id']}").json()["may"]
    assert act(people["admin"], message, "approve", **seen(message)).status_code == 200


def test_the_token_writes_nothing_to_residents(people):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = people["served"].post(PATH, json={"template": "snow"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "no_account")
    message = submitted(people)
    answer = people["served"].post(f"{PATH}/{message['id']}/approve", json=seen(message), headers=headers)
    assert answer.status_code == 403


def test_a_viewer_writes_nothing(people):
    assert people["viewer"].post(PATH, json={"template": "snow"}).status_code == 403
    assert people["viewer"].post(f"{PATH}/preview", json={"template": "snow"}).status_code == 403


@pytest.mark.parametrize(
    ("change", "code"),
    [({"digest": "0" * 64}, "changed"), ({"recipients": 3}, "recipients"), ({"mode": "exercise"}, "mode")],
)
def test_what_was_not_seen_is_not_approved(people, change, code):
    message = submitted(people)
    answer = act(people["approver"], message, "approve", **seen(message, **change))
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert answer.json()["detail"]
    assert answer.json()["detail_ja"]


def test_too_soon_says_so_and_takes_a_reason(people):
    first, second = (submitted(people, area="南町") for _ in range(2))
    assert act(people["approver"], first, "approve", **seen(first)).status_code == 200
    answer = act(people["approver"], second, "approve", **seen(second))
    assert (answer.status_code, answer.json()["code"]) == (409, "too_soon")
    assert act(people["approver"], second, "approve", **seen(second), override="道路の通行止め").status_code == 200


def test_an_edit_drops_the_approval_and_a_cancel_ends_it(people):
    message = submitted(people)
    message = act(people["approver"], message, "approve", **seen(message)).json()
    wish = {"version": message["version"], "area": "北町"}
    edited = people["operator"].put(f"{PATH}/{message['id']}", json=wish).json()
    assert (edited["state"], edited["approval"], edited["area"]) == ("draft", None, "北町")
    assert people["operator"].put(f"{PATH}/{message['id']}", json=wish).json()["code"] == "version"
    assert act(people["operator"], message, "cancel", reason="不要").json()["state"] == "cancelled"
    assert act(people["operator"], message, "submit").status_code == 409


def test_a_preview_writes_nothing_down(people, store, registry):
    answer = people["operator"].post(f"{PATH}/preview", json={"template": "snow"})
    assert answer.status_code == 200
    assert {one["code"] for one in answer.json()["wrong"]} == {"missing"}
    assert [one for one in people["viewer"].get(PATH).json()["messages"] if one["state"] == "draft"] == []


@pytest.mark.parametrize(
    "text", ["警戒レベル4です", "避難勧告を出しました", "http://evil.example/x", "{{7*7}}", "雪○○センチ", "訓練です"]
)
def test_words_that_may_not_go_out_are_refused_in_words(people, text):
    texts = {"ja": {"subject": "雪", "text": text}}
    message = begun(people, texts=texts)
    answer = act(people["operator"], message, "submit")
    assert answer.status_code == 422
    assert answer.json()["detail_ja"].startswith("日本語：")


def test_text_is_plain_text(people):
    texts = {"ja": {"subject": "雪\r\nBcc: x@y.jp", "text": "a\u202eb\u0007c\n二行目 <b>"}}
    told = begun(people, texts=texts)["texts"]["ja"]
    assert told == {"subject": "雪 Bcc: x@y.jp", "text": "abc\n二行目 <b>"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"template": "snow", "approved": True},
        {"template": "../x"},
        {"template": "snow", "values": {"phone": "x"}},
        {"template": "snow", "values": {"__class__": BOTH}},
        {"template": "snow", "values": {"phone": {"fr": "x"}}},
        {"template": "snow", "texts": {"ja": {"subject": "x"}}},
        {"template": "snow", "audiences": "residents"},
        {"template": "snow", "episode": "7"},
        {"template": "snow", "area": 7},
    ],
)
def test_bodies_that_fit_nothing(people, body):
    answer = people["operator"].post(PATH, json=body)
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_bodies_that_are_no_json(people):
    for content in (b"", b"[]", b"{", b'{"template": NaN}', b"\xff"):
        answer = people["operator"].post(PATH, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
    assert (
        people["operator"].post(PATH, content=b"{" * 70_000, headers={"Content-Type": "application/json"}).status_code
        == 413
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"template": "nothing"}, 422, "template"),
        ({"template": "correction"}, 422, "kind"),
        ({"template": "snow", "audiences": ["staff"]}, 422, "audience"),
        ({"template": "snow", "area": "　"}, 422, "area"),
        ({"template": "snow", "values": {"phone": {"ja": "あ" * 401}}}, 422, "too_long"),
        ({"template": "snow", "texts": {"ja": {"subject": "あ" * 61, "text": "x"}}}, 422, "too_long"),
        ({"template": "snow", "episode": str(uuid4())}, 404, "episode"),
    ],
)
def test_wishes_that_cannot_be(people, body, status, code):
    answer = people["operator"].post(PATH, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_what_is_not_there(people):
    for number in ("7", str(uuid4()), "%2e%2e"):
        assert people["viewer"].get(f"{PATH}/{number}").status_code == 404
        assert act(people["operator"], {"id": number}, "submit").status_code == 404
        assert act(people["operator"], {"id": number}, "correct").status_code == 404


def test_another_towns_message_is_not_there(people, store, place):
    """Numbers of the site are part of every question."""
    message = begun(people)
    other = store.register(replace(place, id="other")).site
    assert store.messages.get(other, UUID(message["id"])) is None


def test_a_correction_is_begun_from_what_went_out(people, store, registry, place, clock):
    message = submitted(people)
    assert act(people["operator"], message, "correct").json()["code"] == "not_sent"
    act(people["approver"], message, "approve", **seen(message))
    clock.advance(seconds=31)
    ResidentRound(place, store, registry.site).round(clock())
    for name, kind in (("correct", "correction"), ("withdraw", "withdrawal"), ("all-clear", "all_clear")):
        made = act(people["operator"], message, name).json()
        assert (made["kind"], made["refers_to"], made["state"]) == (kind, message["id"], "draft")
    told = people["viewer"].get(f"{PATH}/{message['id']}").json()
    assert {one["kind"] for one in told["followers"]} == {"correction", "withdrawal", "all_clear"}
    assert "cancel" not in told["may"]


def test_b7_over_http(people, store, registry):
    number = uuid4()
    facts = {
        "station": {"kind": "river", "name_ja": "大橋", "river": "丹生川"},
        "value": 3.1,
        "quantity": {"unit": "m"},
    }
    with store.messages._transaction("make an episode") as connection:
        connection.execute(
            "insert into episode (site_no, id, rule, target, level, stale, recovering, opened_at, detected_at)"
            " values (%s, %s, 'river', 'bridge/water_level', 3, false, false, now(), now())",
            (registry.site, number),
        )
        connection.execute(
            "insert into telling (episode_id, seq, site_no, rule, target, kind, level, reach, at, queued_at, body,"
            " retroactive, unconfirmed, health) values (%s, 1, %s, 'river', 't', 'fired', 3, 3, now(), now(), %s,"
            " false, true, false)",
            (number, registry.site, psycopg.types.json.Jsonb(facts)),
        )
    message = begun(people, template="river_caution", episode=str(number))
    assert message["doubted"]
    assert act(people["operator"], message, "submit").json()["code"] == "unconfirmed"
    assert act(people["operator"], message, "confirm", reason="消防団が確認").status_code == 200
    assert act(people["operator"], message, "submit").status_code == 200


def test_nothing_of_it_may_be_kept(people):
    for path in (PATH, "/api/console/message-templates"):
        assert people["viewer"].get(path).headers["Cache-Control"] == "no-store"


def test_a_draft_says_when_it_is_deleted(people, store, registry, place, clock):
    message = begun(people)
    assert message["deleted_at"] == (clock() + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    ResidentRound(place, store, registry.site).round(clock() + timedelta(days=1))
    assert people["viewer"].get(f"{PATH}/{message['id']}").status_code == 404
    steps = people["viewer"].get(f"{PATH}/{message['id']}/log").json()["steps"]
    assert [step["act"] for step in steps] == ["begun", "deleted"]


def sent(people, store, registry, place, clock, message):
    answer = act(people["approver"], message, "approve", **seen(message))
    assert answer.status_code == 200, answer.text
    # The clock of all tests here goes on as little as can be: a code of the second factor is fresh for five minutes.
    ResidentRound(place, store, registry.site).round(clock() + timedelta(seconds=30))
    clock.advance(seconds=6)


def follow_up(people, message, name):
    """A message that refers to another one, with everything filled in, handed in."""
    made = act(people["operator"], message, name).json()
    values = {**made["values"], "reason": BOTH}
    edited = people["operator"].put(f"{PATH}/{made['id']}", json={"version": made["version"], "values": values})
    assert edited.status_code == 200, edited.text
    answer = act(people["operator"], made, "submit")
    assert answer.status_code == 200, answer.text
    return answer.json()


def announced(people, message):
    listed = people["served"].get("/api/announcements").json()["announcements"]
    return next((one for one in listed if one["id"] == message["id"]), None)


def test_everybody_reads_what_went_out_and_what_became_of_it(people, store, registry, place, clock):
    message = submitted(people)
    assert announced(people, message) is None
    sent(people, store, registry, place, clock, message)
    told = announced(people, message)
    assert told["in_force"]
    assert told["ja"]["subject"] == message["texts"]["ja"]["subject"]
    assert not {"made", "approval", "hands", "audiences", "recipients"} & set(told)
    sent(people, store, registry, place, clock, follow_up(people, message, "all-clear"))
    over = announced(people, message)
    assert (over["kind"], over["in_force"]) == ("all_clear", False)


def test_what_went_out_is_a_cap_message_that_refers_to_those_before(people, store, registry, place, clock):
    message = submitted(people)
    sent(people, store, registry, place, clock, message)
    first = people["served"].get(f"/alerts/{message['id']}.cap.xml")
    assert first.headers["content-type"].startswith("application/cap+xml")
    alert = read_cap(first.content)
    assert mistakes_of(alert, place.bounds) == []
    assert (alert.msg_type, len(alert.infos)) == (MsgType.ALERT, 3)
    sent(people, store, registry, place, clock, follow_up(people, message, "withdraw"))
    taken_back = read_cap(people["served"].get(f"/alerts/{message['id']}.cap.xml").content)
    assert taken_back.msg_type is MsgType.CANCEL
    assert [one.identifier for one in taken_back.references] == [alert.identifier]
    feed = people["served"].get("/alerts/feed.atom").text
    assert f"alerts/{message['id']}.cap.xml" in feed
    assert people["served"].get(f"/alerts/{uuid4()}.cap.xml").status_code == 404
