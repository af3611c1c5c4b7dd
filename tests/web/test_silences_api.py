"""Silences and alerts of other systems over HTTP: who may, what is refused, and what is written down."""

import json
from datetime import timedelta

import pytest

from core.accounts import Role
from core.times import format_rfc3339
from store.external_alerts import MOST_OPEN
from web.external_alerts import AS_ALERTMANAGER, PATH

pytestmark = pytest.mark.db

SILENCES = "/api/console/silences"
TOKEN = "staff-token-of-thirty-two-letters"
MACHINE = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def served(town_served, sign_in_as):
    client = town_served("silences", staff_token=TOKEN)
    client.people = {role.slug: sign_in_as(client, role) for role in Role}
    return client


@pytest.fixture
def wish(served):
    def make(hours=2, **changes):
        ends_at = format_rfc3339(served.app.state.parts.clock() + timedelta(hours=hours))
        return {"rules": ["river-high"], "ends_at": ends_at, "reason": "橋の工事"} | changes

    return make


def ask(served, who, wanted, path=SILENCES):
    return served.people[who].post(path, json=wanted)


def test_an_operator_asks_and_everybody_on_duty_sees_it(served, wish):
    asked = ask(served, "operator", wish(stations=["bridge"]))
    assert asked.status_code == 200, asked.text
    made = asked.json()
    assert (made["state"], made["levels"], made["author"]) == ("active", ["standby", "caution", "warning"], "operator")
    assert made["needs_approval"] is False
    listed = served.people["viewer"].get(SILENCES).json()["silences"]
    assert made in listed
    ended = ask(served, "operator", {"reason": "済んだ"}, f"{SILENCES}/{made['id']}/end")
    assert (ended.json()["state"], ended.json()["end_reason"]) == ("over", "済んだ")
    assert ask(served, "operator", {}, f"{SILENCES}/{made['id']}/end").status_code == 409


def test_danger_is_hidden_by_two_people_only(served, wish):
    made = ask(served, "approver", wish(levels=["danger"])).json()
    assert made["state"] == "waiting"
    path = f"{SILENCES}/{made['id']}/approve"
    assert ask(served, "operator", {}, path).status_code == 403
    own = ask(served, "approver", {}, path)
    assert own.status_code == 403
    assert "another person" in own.json()["detail"]
    approved = ask(served, "admin", {}, path)
    assert (approved.json()["state"], approved.json()["approved_by"]) == ("active", "admin")
    assert ask(served, "admin", {}, path).status_code == 409
    plain = ask(served, "operator", wish()).json()
    assert ask(served, "approver", {}, f"{SILENCES}/{plain['id']}/approve").status_code == 409
    audit = served.people["admin"].get("/api/console/audit").json()
    assert {"silence.create", "silence.approve", "silence.approve-refused"} <= set(_actions(audit))


def _actions(value):
    """Every ``action`` anywhere in the answer."""
    if isinstance(value, dict):
        return (
            [value["action"], *[]]
            if "action" in value
            else [each for part in value.values() for each in _actions(part)]
        )
    return [each for part in value for each in _actions(part)] if isinstance(value, list) else []


def test_a_machine_has_no_silences(served, wish):
    assert served.post(SILENCES, json=wish(), headers=MACHINE).status_code == 403


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rules": []}, "never about everything"),
        ({"rules": [], "kinds": ["river", "snow", "camera"]}, "never about everything"),
        ({"rules": [], "stations": ["bridge", "field", "eyes"]}, "never about everything"),
        ({"rules": [], "levels": ["caution"]}, "never about everything"),
        ({"rules": ["no-such"]}, "There is no rule"),
        ({"stations": ["no-such"]}, "There is no station"),
        ({"kinds": ["sea"]}, "'kinds'"),
        ({"levels": []}, "'levels'"),
        ({"levels": ["normal"]}, "'levels'"),
        ({"levels": "danger"}, "'levels'"),
        ({"rules": [1]}, "'rules'"),
        ({"rules": ["x"] * 101}, "'rules'"),
        ({"reason": "  "}, "'reason'"),
        ({"reason": "a\nb"}, "'reason'"),
        ({"reason": "x" * 201}, "'reason'"),
        ({"ends_at": "tomorrow"}, "'ends_at'"),
        ({"ends_at": "2026-01-10T10:00:00"}, "'ends_at'"),
        ({"ends_at": "2020-01-10T10:00:00Z"}, "not after its beginning"),
        ({"starts_at": "2020-01-10T10:00:00Z"}, "in the past"),
        ({"starts_at": "2099-01-10T10:00:00Z", "ends_at": "2099-01-11T10:00:00Z"}, "days ahead"),
        ({"author": "somebody else"}, "Unknown member"),
        ({"approved_by": "me"}, "Unknown member"),
    ],
)
def test_what_no_silence_may_be(served, wish, changes, words):
    """50: without an end, about everything; and everything else that is wrong."""
    refused = ask(served, "operator", wish(**changes))
    assert refused.status_code == 400, refused.text
    assert words in refused.json()["detail"]


def test_a_silence_has_an_end_and_not_a_far_one(served, wish):
    for missing in ("ends_at", "reason"):
        wanted = wish()
        del wanted[missing]
        assert f"'{missing}' is missing" in ask(served, "operator", wanted).json()["detail"]
    assert "at most 72 hours" in ask(served, "operator", wish(73)).json()["detail"]
    assert ask(served, "operator", wish(72)).status_code == 200


@pytest.mark.parametrize("id_", ["7", "00000000-0000-0000-0000-000000000000", "%00", "x" * 300])
def test_what_is_no_silence_of_this_town_is_not_found(served, id_):
    for act in ("approve", "end"):
        assert ask(served, "admin", {}, f"{SILENCES}/{id_}/{act}").status_code == 404


def report(served, alerts, path=PATH, headers=MACHINE):
    return served.post(path, json=alerts, headers=headers)


def test_another_system_reports_with_the_token(served):
    now = served.app.state.parts.clock()
    alert = {
        "labels": {"alertname": "PumpDown", "severity": "danger", "class": "measurement", "station": "bridge"},
        "annotations": {"summary": "ポンプ停止"},
        "startsAt": format_rfc3339(now),
        "generatorURL": "http://prometheus.example/graph",
    }
    assert report(served, [alert]).json() == {"taken": 1}
    assert report(served, [alert], AS_ALERTMANAGER).json() == {"taken": 1}
    assert report(served, [alert], headers={}).status_code == 401
    (listed,) = [
        each for each in served.people["viewer"].get(PATH).json()["alerts"] if each["rule"] == "external/PumpDown"
    ]
    assert (listed["level"], listed["class"], listed["station"]) == ("danger", "measurement", "bridge")
    over = {**alert, "endsAt": format_rfc3339(now)}
    assert report(served, [over]).status_code == 200
    (ended,) = [each for each in served.people["viewer"].get(PATH).json()["alerts"] if each["ends_at"]]
    assert ended["ends_at"] == format_rfc3339(now)


def test_health_is_never_danger_and_unknown_words_are_caution(served):
    for name, labels in (("a", {"severity": "critical"}), ("b", {"severity": "page", "class": "?"}), ("c", {})):
        assert report(served, [{"labels": {"alertname": name, **labels}}]).status_code == 200
    levels = {each["rule"]: each["level"] for each in served.people["viewer"].get(PATH).json()["alerts"]}
    assert [levels[f"external/{name}"] for name in "abc"] == ["warning", "caution", "caution"]


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        (1, "an alert is an object"),
        ({}, "alertname is missing"),
        ({"labels": {"alertname": ""}}, "alertname is missing"),
        ({"labels": [1]}, "labels is an object"),
        ({"labels": {"alertname": "x" * 257}}, "at most 256"),
        ({"labels": {"alertname": "x", "a b": "y"}}, "is no name"),
        ({"labels": {"alertname": "x", "n": 1}}, "n is a text"),
        ({"labels": {"alertname": "x", **{f"l{n}": "y" for n in range(40)}}}, "at most 40"),
        ({"labels": {"alertname": "x"}, "annotations": {"a": "x" * 2001}}, "at most 2000"),
        ({"labels": {"alertname": "x"}, "startsAt": "yesterday"}, "startsAt"),
        ({"labels": {"alertname": "x"}, "startsAt": 5}, "startsAt"),
        ({"labels": {"alertname": "x"}, "startsAt": "2099-01-01T00:00:00Z"}, "too far"),
        ({"labels": {"alertname": "x"}, "endsAt": "1999-01-01T00:00:00Z"}, "too far"),
        ({"labels": {"alertname": "x"}, "status": "firing"}, "unknown member"),
    ],
)
def test_one_alert_that_cannot_be_read_loses_no_other(served, alert, words):
    good = f"good {words}"[:200]
    refused = report(served, [alert, {"labels": {"alertname": good}}])
    assert refused.status_code == 400
    assert words in refused.json()["detail"]
    rules = [each["rule"] for each in served.people["viewer"].get(PATH).json()["alerts"]]
    assert f"external/{good}" in rules


def test_a_flood_of_labels_is_not_read(served):
    """58."""
    huge = json.dumps([{"labels": {"alertname": "x", "l": "y" * 10_000_000}}])
    headers = {**MACHINE, "Content-Type": "application/json"}
    assert served.post(PATH, content=huge, headers=headers).status_code == 413
    assert report(served, [{"labels": {"alertname": str(n)}} for n in range(201)]).status_code == 400
    assert report(served, {"alerts": []}).status_code == 400
    assert report(served, []).json() == {"taken": 0}


def test_too_many_open_alerts_are_refused_and_the_sender_is_told(served, monkeypatch):
    monkeypatch.setattr("store.external_alerts.MOST_OPEN", 0)
    full = report(served, [{"labels": {"alertname": "one more"}}])
    assert (full.status_code, full.headers["Retry-After"]) == (503, "60")
    assert MOST_OPEN == 1_000
