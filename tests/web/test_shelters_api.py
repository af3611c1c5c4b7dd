"""The state of shelters: staff says it, the public sees it at once, nobody sees who said it."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from core.times import format_rfc3339, parse_rfc3339
from gis.catalogue import CATALOGUE_NAME
from tests.examples import examples

pytestmark = pytest.mark.db

TOKEN = "q7Lr2vXc9TkPz4MwB8nYh3JdFs6GaEuQ"
SCHOOL = "E0621200001111"
PATH = "/api/staff/shelters"
load_all_checks()
KEPT = CHECKS.get_by_names(["not_a_server_error", "status_code_conformance", "response_schema_conformance"])


@pytest.fixture
def staff(serve):
    client = serve(staff_token=TOKEN)
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    return client


@pytest.fixture
def say(staff):
    def post(*entries, **members):
        return staff.post(PATH, json={"shelters": list(entries), **members})

    return post


def school(status="open", **members):
    return {"id": SCHOOL, "status": status, **members}


def public(client):
    (feature,) = client.get("/api/shelters").json()["features"]
    return feature


def test_where_nobody_said_anything_the_state_is_not_known(quiet):
    feature = public(quiet)
    assert feature["id"] == SCHOOL
    assert feature["geometry"] == {"type": "Point", "coordinates": [140.4, 38.6]}
    assert feature["properties"]["name"] == "中央小学校"
    assert feature["properties"]["layer"] == "shelters"
    assert feature["properties"]["state"] is None


def test_what_staff_says_is_public_at_once_and_without_a_name(staff, say, clock):
    answer = say(school(people=12, capacity=150, note_ja="毛布あり", note_en="blankets"), by="当直 佐藤")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    (told,) = answer.json()["shelters"]
    assert told["stands"]
    assert told["state"]["by"] == "当直 佐藤"
    clock.advance(minutes=3)
    assert public(staff)["properties"]["state"] == {
        "id": SCHOOL,
        "status": "open",
        "people": 12,
        "capacity": 150,
        "note_ja": "毛布あり",
        "note_en": "blankets",
        "at": format_rfc3339(clock.now - timedelta(minutes=3)),
        "age_s": 180,
    }
    assert "佐藤" not in staff.get("/api/shelters").text


def test_the_stream_tells_it_before_the_answer_and_from_then_on_in_every_snapshot(staff, say, listen):
    with listen(staff) as events:
        assert events.next("snapshot")[2]["shelters"] == []
        say(school("full", people=150), by="当直")
        data = events.next("delta")[2]
        assert [(each["id"], each["status"], each["people"]) for each in data["shelters"]] == [(SCHOOL, "full", 150)]
        assert (data["stations"], data["vehicles"]) == ([], [])
        assert "by" not in data["shelters"][0]
    with listen(staff) as events:
        assert events.next("snapshot")[2]["shelters"] == data["shelters"]


def test_other_changes_do_not_repeat_the_shelters(staff, say, listen, send, renewed):
    say(school())
    with listen(staff) as events:
        events.next("snapshot")
        send.value("bridge/water_level", 1.0)
        staff.app.state.parts.live.refresh()
        assert "shelters" not in events.next("delta")[2]


def test_an_older_word_does_not_replace_what_is_known(staff, say, clock):
    say(school("full"))
    earlier = format_rfc3339(clock.now - timedelta(minutes=5))
    (told,) = say(school("open", at=earlier)).json()["shelters"]
    assert (told["stands"], told["state"]["status"]) == (False, "full")
    assert public(staff)["properties"]["state"]["status"] == "full"


def test_staff_reads_what_was_said_and_by_whom(staff, say, clock):
    say(school(people=3), by="一郎")
    clock.advance(minutes=10)
    say(school("closed"))
    said = staff.get(f"{PATH}/{SCHOOL}").json()
    assert (said["id"], said["name"]) == (SCHOOL, "中央小学校")
    assert [(one["status"], one["people"], one["by"]) for one in said["said"]] == [
        ("closed", None, "staff"),
        ("open", 3, "一郎"),
    ]
    assert parse_rfc3339(said["said"][0]["received_at"]) == clock.now
    (listed,) = staff.get(PATH).json()["shelters"]
    assert (listed["name"], listed["kind_ja"], listed["state"]["status"]) == ("中央小学校", "指定避難所", "closed")


def test_a_state_outlives_the_layer_it_was_said_with(staff, say, public_folder):
    say(school())
    (public_folder / "layers" / CATALOGUE_NAME).write_text('{"layers": []}')
    answer = staff.get(PATH).json()
    assert answer["shelters"] == []
    assert [state["id"] for state in answer["unpublished"]] == [SCHOOL]
    assert staff.get(f"{PATH}/{SCHOOL}").json()["name"] is None
    assert staff.get("/api/shelters").json()["features"] == []


def test_only_to_look_says_nothing(staff, say):
    answer = say(school(), dry_run=True).json()
    assert (answer["noted"], answer["dry_run"]) == (0, True)
    assert answer["shelters"] == [{"id": SCHOOL, "stands": False, "state": None}]
    assert public(staff)["properties"]["state"] is None


def test_who_said_what_is_in_the_audit(say, store, registry):
    say(school("full", people=151), by="当直")
    (row,) = store.audit.listed(registry.site)
    assert (row.entry.who, row.entry.action, row.entry.subject) == ("token", "shelter.say", SCHOOL)
    assert f"{SCHOOL} is full, 151 people" in row.entry.details["said"]
    assert "当直" in row.entry.details["said"]


FORM = [
    ([school()], "an object"),
    ({}, "'shelters' is missing"),
    ({"shelters": []}, "1 to 500"),
    ({"shelters": [school()] * 501}, "1 to 500"),
    ({"shelters": [school()], "who": "me"}, "unknown member 'who'"),
    ({"shelters": [school()], "by": ""}, "'by'"),
    ({"shelters": [school()], "dry_run": 1}, "'dry_run'"),
    ({"shelters": [SCHOOL]}, "shelters[0]: it is an object"),
    ({"shelters": [{"status": "open"}]}, "'id' is missing"),
    ({"shelters": [{"id": SCHOOL}]}, "'status' is missing"),
    ({"shelters": [school("開設")]}, "open, full, closed"),
    ({"shelters": [school(["open"])]}, "open, full, closed"),
    ({"shelters": [school(people="12")]}, "'people'"),
    ({"shelters": [school(people=12.0)]}, "'people'"),
    ({"shelters": [school(people=True)]}, "'people'"),
    ({"shelters": [school(note_ja="あ" * 201)]}, "'note_ja'"),
    ({"shelters": [school(at="3 a.m.")]}, "RFC 3339"),
    ({"shelters": [school(at="2026-01-01T03:00:00")]}, "RFC 3339"),
    ({"shelters": [school(), school()]}, "more than once"),
    ({"shelters": [school(by="me")]}, "unknown member 'by'"),
]


@pytest.fixture(scope="session")
def manned(town_served):
    """One served town with staff, for the tests that change nothing there."""
    client = town_served("sheltered", staff_token=TOKEN)
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    return client


@pytest.mark.parametrize(("body", "words"), FORM)
def test_a_body_of_another_form_is_refused_by_name(manned, body, words):
    answer = manned.post(PATH, json=body)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (school(people=-1), "people is -1"),
        (school(people=100_001), "0 to 100000"),
        (school(capacity=10**9), "capacity"),
        (school(note_ja="一行目\n二行目"), "note_ja is at most 200 printable"),
        (school(at="2199-01-01T00:00:00Z"), "future"),
        (school(at="2020-01-01T00:00:00Z"), "30 days back"),
        ({"id": "E0621200001112", "status": "open"}, f"Near it: {SCHOOL} 中央小学校"),
        ({"id": "中央小学", "status": "open"}, f"Near it: {SCHOOL} 中央小学校"),
        ({"id": "zzz", "status": "open"}, "lists those there are"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_of_it_is_said(manned, entry, words):
    answer = manned.post(PATH, json={"shelters": [entry]})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert public(manned)["properties"]["state"] is None


def test_of_a_body_with_one_mistake_nothing_is_said(manned):
    answer = manned.post(PATH, json={"shelters": [school(), {"id": "nobody", "status": "open"}]})
    assert answer.status_code == 422
    assert "shelters[1]" in answer.json()["detail"]
    assert public(manned)["properties"]["state"] is None


def test_limits_are_inside(say):
    assert say(school(people=0, capacity=100_000, note_ja="あ" * 200)).status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [(b"{", "application/json", 400), (b"[1, NaN]", "application/json", 400), (b"id=1", "text/plain", 415)],
)
def test_what_is_no_json_is_refused(manned, content, kind, status):
    answer = manned.post(PATH, content=content, headers={"Content-Type": kind})
    assert answer.status_code == status


def test_it_is_for_staff_alone(manned, quiet):
    for method, path in (("GET", PATH), ("POST", PATH), ("GET", f"{PATH}/{SCHOOL}")):
        assert quiet.request(method, path, json={}).status_code == 401
        assert manned.request(method, path, json={}, headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_pages_of_others_cannot_say_anything(manned):
    answer = manned.post(PATH, json={"shelters": [school()]}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_a_shelter_nobody_knows_has_no_history(manned):
    assert manned.get(f"{PATH}/nobody").status_code == 404


def test_a_damaged_layer_is_told_not_hidden(serve, public_folder):
    (public_folder / "layers" / "shelters.geojson").write_text("{")
    answer = serve().get("/api/shelters")
    assert answer.status_code == 503
    assert "Traceback" not in answer.text


def test_without_layers_there_are_no_shelters(serve, public_folder):
    shutil.rmtree(public_folder / "layers")
    assert serve().get("/api/shelters").json()["features"] == []


def test_an_unchanged_answer_need_not_be_sent_again(quiet):
    tag = quiet.get("/api/shelters").headers["etag"]
    assert quiet.get("/api/shelters", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_answers_to_staff_are_as_described(manned, method):
    description = schemathesis.openapi.from_dict(manned.app.openapi())

    @settings(
        max_examples=examples(15),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=description[PATH][method].as_strategy())
    def ask(case):
        if case.body.__class__ is dict:
            case.body["dry_run"] = True
        case.call_and_validate(base_url=str(manned.base_url), checks=KEPT, headers=dict(manned.headers))

    ask()


def test_an_answer_with_a_state_is_as_described(staff, say):
    description = schemathesis.openapi.from_dict(staff.app.openapi())
    say(school(people=1))
    for path, template in (("/api/shelters", "/api/shelters"), (PATH, PATH), (f"{PATH}/{SCHOOL}", PATH + "/{shelter}")):
        answer = staff.get(path)
        json.loads(answer.text)
        description[template]["GET"].validate_response(answer)
