"""The LINE channel against a server on a socket that speaks the Messaging API: retry keys, quota, validation."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID, uuid5

import pytest

from alerts.channel import recipient_digest
from alerts.channels import line
from alerts.settings import channel_settings
from core.errors import ConfigError, NotifyError
from core.levels import Level
from store.alert_rows import NotificationRow

NUMBER = UUID("6f0b8a3e-53c9-5d0f-9f3a-2c7a1b9d4e10")
PERSON, OTHER, GROUP = "U" + "a" * 32, "U" + "b" * 32, "C" + "c" * 32
TOKEN = "canary-token"


class Line:
    """Answers as LINE does: a retry key that was accepted answers 409; ``answers`` come first, in order."""

    def __init__(self):
        self.delivered, self.requests, self.accepted = [], [], {}
        self.answers, self.quota, self.used = [], {"type": "limited", "value": 200}, {"totalUsage": 20}
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                api.requests.append((self.path, dict(self.headers), None))
                known = {
                    "/v2/bot/message/quota": api.quota,
                    "/v2/bot/message/quota/consumption": api.used,
                    "/v2/bot/insight/followers": {"status": "ready", "targetedReaches": 1284},
                }
                self.answer(200, known[self.path])

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                api.requests.append((self.path, dict(self.headers), body))
                self.answer(*api.take(self.path, self.headers, body))

            def answer(self, status, document, **headers):
                content = json.dumps(document).encode()
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def take(self, path, headers, body):
        if "/validate/" in path:
            long = any(len(message["text"]) > 5000 for message in body["messages"])
            return (400, {"message": "The request body has 1 error(s)"}) if long else (200, {})
        key = headers["X-Line-Retry-Key"]
        if key in self.accepted:
            return 409, {"message": "The retry key is already accepted"}
        status, document = self.answers.pop(0) if self.answers else (200, {})
        if status == 200 or document.pop("accepts", False):
            self.accepted[key] = body
            self.delivered.append((path, body))
        return status, document

    def settings(self, **changes):
        base = f"http://127.0.0.1:{self.server.server_port}"
        return channel_settings(
            "line", {"token_env": "LINE_TOKEN", "base_url": base, "allow_private": True, "to": [PERSON]} | changes
        )

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def api():
    server = Line()
    yield server
    server.close()


@pytest.fixture
def notification(t0):
    def make(text="危険です。", number=NUMBER):
        return NotificationRow(
            id=number,
            episode=number,
            seq=1,
            channel="line",
            level=Level.DANGER,
            body={"text_ja": text, "text_en": "Danger.", "subject_ja": "危険", "subject_en": "Danger"},
            queued_at=t0,
            deadline_at=t0 + timedelta(minutes=30),
        )

    return make


ENVIRONMENT = {"LINE_TOKEN": TOKEN}


def test_the_retry_key_is_the_notifications_id_from_the_first_attempt_on(api, notification):
    line.send(notification(), api.settings(), ENVIRONMENT)
    path, headers, body = api.requests[0]
    assert path == "/v2/bot/message/push"
    assert headers["X-Line-Retry-Key"] == str(NUMBER)
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert body["to"] == PERSON
    assert body["messages"][0]["text"] == "危険です。\n\n---\nDanger."


def test_b13_500_after_accepting_is_one_delivery(api, notification):
    api.answers = [(500, {"accepts": True})]
    with pytest.raises(NotifyError) as failed:
        line.send(notification(), api.settings(), ENVIRONMENT)
    assert failed.value.retryable
    line.send(notification(), api.settings(), ENVIRONMENT)
    assert len(api.delivered) == 1


def test_b14_a_used_up_quota_is_final(api, notification):
    api.answers, api.used = [(429, {"message": "You have reached your monthly limit."})], {"totalUsage": 200}
    with pytest.raises(NotifyError, match="quota of this month is used up") as failed:
        line.send(notification(), api.settings(), ENVIRONMENT)
    assert not failed.value.retryable


@pytest.mark.parametrize("quota", [{"type": "none"}, {"type": "limited", "value": 200}, {"type": "limited"}, []])
def test_a_rate_that_is_too_high_passes(api, notification, quota):
    api.answers, api.quota = [(429, {"message": "too many"})], quota
    with pytest.raises(NotifyError) as failed:
        line.send(notification(), api.settings(), ENVIRONMENT)
    assert failed.value.retryable


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_what_line_refuses_is_final_and_tells_its_words_on_one_line(api, notification, status):
    api.answers = [(status, {"message": "not\nso\tgood" * 100})]
    with pytest.raises(NotifyError, match=f"HTTP {status}: not so good") as failed:
        line.send(notification(), api.settings(), ENVIRONMENT)
    assert not failed.value.retryable
    assert TOKEN not in str(failed.value)
    assert "\n" not in str(failed.value)


def test_many_people_are_told_in_parts_each_with_a_key_of_its_own(api, notification):
    people = [f"U{number:032x}" for number in range(501)]
    settings = api.settings(to=[*people, GROUP])
    api.answers = [(200, {}), (503, {})]
    with pytest.raises(NotifyError):
        line.send(notification(), settings, ENVIRONMENT)
    line.send(notification(), settings, ENVIRONMENT)
    assert [(path.rpartition("/")[2], len(body["to"])) for path, body in api.delivered] == [
        ("multicast", 500),
        ("multicast", 1),
        ("push", 33),
    ]
    told = [each for path, body in api.delivered if "multicast" in path for each in body["to"]]
    assert sorted(told) == people
    assert str(uuid5(NUMBER, "multicast 500")) in api.accepted


@pytest.mark.parametrize("refusal", [400, 503])
def test_where_line_takes_the_first_part_only_it_is_known_who_has_it(api, notification, refusal):
    people = [f"U{number:032x}" for number in range(501)]
    api.answers = [(200, {}), (refusal, {"message": "no"})]
    with pytest.raises(NotifyError) as failed:
        line.send(notification(), api.settings(to=people), ENVIRONMENT)
    assert failed.value.served == {recipient_digest(notification(), each) for each in people[:500]}
    api.answers = [(refusal, {"message": "no"})]
    with pytest.raises(NotifyError) as failed:
        line.send(notification(), api.settings(), ENVIRONMENT)
    assert not failed.value.served


def test_everybody_who_follows_is_told_and_counted(api, notification):
    settings = api.settings(to=[], broadcast=True)
    line.send(notification(), settings, ENVIRONMENT)
    assert api.delivered[0][0] == "/v2/bot/message/broadcast"
    assert line.count(settings, ENVIRONMENT) == 1284
    assert line.count(api.settings(to=[PERSON, OTHER]), ENVIRONMENT) == 2


def test_a_message_is_tried_before_it_is_sent(api, notification):
    assert line.validate(notification(), api.settings(), ENVIRONMENT) is None
    assert api.delivered == []
    assert "X-Line-Retry-Key" not in api.requests[0][1]


def test_a_long_text_is_cut_visibly_by_lines_own_measure(notification):
    text = line.text_of(notification("𠮷" * 4000))  # two UTF-16 units each
    assert len(text.encode("utf-16-le")) // 2 <= 5000
    assert text.endswith("…")


def test_who_counts_followers_when_line_is_away_gets_no_number(notification):
    settings = channel_settings(
        "line", {"token_env": "LINE_TOKEN", "broadcast": True, "base_url": "http://127.0.0.1:9", "allow_private": True}
    )
    assert line.count(settings, ENVIRONMENT) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "exactly one of"),
        ({"to": [PERSON], "broadcast": True}, "exactly one of"),
        ({"to": ["Uabc"]}, "is not a LINE id"),
        ({"to": [PERSON, PERSON]}, "twice"),
        ({"to": [PERSON], "base_url": "https://line.example"}, "allow_private"),
        ({"to": [PERSON], "token": "x"}, "Extra inputs"),
    ],
)
def test_settings_that_are_wrong_are_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        channel_settings("line", {"token_env": "LINE_TOKEN"} | changes)
