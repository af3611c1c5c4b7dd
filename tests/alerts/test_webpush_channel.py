"""The Web Push channel against a push service on a socket; what it got is opened with the browser's own keys."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from alerts.channels import webpush
from alerts.settings import channel_settings
from core.errors import ConfigError, NotifyError
from core.levels import Level
from store.alert_rows import NotificationRow
from store.subscriptions import Subscription

NUMBER = UUID("6f0b8a3e-53c9-5d0f-9f3a-2c7a1b9d4e10")
AUTH = b"0123456789abcdef"


class Service:
    """A push service: keeps what it is handed, answers a path what ``answers`` says for it (201 otherwise)."""

    def __init__(self):
        self.got, self.answers = [], {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.got.append((self.path, dict(self.headers), body))
                self.send_response(service.answers.get(self.path, 201))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def address(self, name):
        return f"http://127.0.0.1:{self.server.server_port}/{name}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class ByHand:
    """A book kept in a list."""

    def __init__(self, *subscriptions):
        self.subscriptions, self.dropped = list(subscriptions), []

    def of(self, channel):
        assert channel == "browsers"
        return self.subscriptions

    def gone(self, numbers):
        self.dropped += numbers


@pytest.fixture
def service():
    running = Service()
    yield running
    running.close()


@pytest.fixture
def browser():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def subscribed(service, browser):
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return lambda number, language="ja": Subscription(number, service.address(str(number)), point, AUTH, language)


PRIVATE, PUBLIC = webpush.make_keys()


@pytest.fixture
def settings():
    given = {"public_key": PUBLIC, "private_key_env": "PUSH_KEY", "contact": "mailto:bousai@town.example"}
    return channel_settings("webpush", given | {"allow_private": True})


ENVIRONMENT = {"PUSH_KEY": PRIVATE}


@pytest.fixture
def notification(t0):
    facts = {"subject_ja": "危険", "subject_en": "Danger", "text_ja": "川", "text_en": "River", "text_easy": "かわ"}
    return NotificationRow(
        id=NUMBER,
        episode=NUMBER,
        seq=1,
        channel="browsers",
        level=Level.DANGER,
        body=facts,
        queued_at=t0,
        deadline_at=t0 + timedelta(minutes=30),
        audience="residents",
        thread="river",
        resident=True,
    )


def opened(browser, body):
    return json.loads(http_ece.decrypt(body, private_key=browser, auth_secret=AUTH, version="aes128gcm"))


def test_only_the_browser_can_read_it(service, browser, subscribed, settings, notification):
    sent = webpush.send_by_book(
        notification, settings, ENVIRONMENT, frozenset(), ByHand(subscribed(1), subscribed(2, "easy"))
    )
    assert sent.provider == "2 browsers"
    told = {path: opened(browser, body) for path, _, body in service.got}
    assert (told["/1"]["title"], told["/1"]["text"], told["/2"]["text"]) == ("危険", "川", "かわ")
    assert told["/1"]["id"] == str(NUMBER)
    for _, headers, body in service.got:
        assert "危険".encode() not in body
        assert (headers["TTL"], headers["Urgency"], headers["Content-Encoding"]) == ("3600", "high", "aes128gcm")
        assert len(headers["Topic"]) <= 32


def test_who_we_are_is_signed_for_that_service_alone(service, subscribed, settings, notification):
    webpush.send_by_book(notification, settings, ENVIRONMENT, frozenset(), ByHand(subscribed(1)))
    scheme, _, rest = service.got[0][1]["Authorization"].partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(","))
    claims = json.loads(base64.urlsafe_b64decode(parts["t"].split(".")[1] + "=="))
    assert scheme == "vapid"
    assert parts["k"] == PUBLIC
    assert claims["aud"] == service.address("").rstrip("/")
    assert claims["sub"] == "mailto:bousai@town.example"
    assert Vapid02.verify(f"{scheme} {rest}")


def test_browsers_that_are_gone_are_forgotten(service, subscribed, settings, notification):
    service.answers = {"/1": 410, "/2": 404}
    book = ByHand(*(subscribed(number) for number in (1, 2, 3)))
    webpush.send_by_book(notification, settings, ENVIRONMENT, frozenset(), book)
    assert sorted(book.dropped) == [1, 2]


def test_only_those_are_tried_again_that_were_not_told(service, subscribed, settings, notification):
    service.answers = {"/2": 503}
    book = ByHand(subscribed(1), subscribed(2))
    with pytest.raises(NotifyError) as failed:
        webpush.send_by_book(notification, settings, ENVIRONMENT, frozenset(), book)
    assert failed.value.retryable
    service.answers = {}
    webpush.send_by_book(notification, settings, ENVIRONMENT, failed.value.served, book)
    assert sorted(path for path, *_ in service.got) == ["/1", "/2", "/2"]


def test_what_is_refused_for_good_holds_up_nobody(service, subscribed, settings, notification):
    service.answers = {"/1": 400}
    sent = webpush.send_by_book(notification, settings, ENVIRONMENT, frozenset(), ByHand(subscribed(1), subscribed(2)))
    assert "1 refused for good" in sent.remark


def test_what_every_service_refuses_goes_another_way(service, subscribed, settings, notification):
    """A key the services do not know any more, say: nobody was told, so it is not delivered."""
    service.answers = {"/1": 403, "/2": 403, "/3": 410}
    book = ByHand(*(subscribed(number) for number in (1, 2, 3)))
    with pytest.raises(NotifyError, match="all of 2 browsers") as failed:
        webpush.send_by_book(notification, settings, ENVIRONMENT, frozenset(), book)
    assert not failed.value.retryable
    assert book.dropped == [3]


def test_a_browser_that_is_gone_was_not_told(service, subscribed, settings, notification):
    service.answers = {"/1": 410}
    sent = webpush.send_by_book(notification, settings, ENVIRONMENT, frozenset(), ByHand(subscribed(1), subscribed(2)))
    assert sent.provider == "1 browsers"


def test_a_long_text_is_cut_to_what_a_service_takes(notification):
    long = replace(notification, body={**notification.body, "text_ja": "雪" * 5000, "subject_ja": "題" * 900})
    content = webpush.message(long, "ja")
    assert len(content) <= webpush.MOST_BYTES
    assert json.loads(content)["text"].endswith("…")


def test_a_key_that_is_not_the_other_half_is_final(subscribed, settings, notification):
    for key in (webpush.make_keys()[0], "nonsense", ""):
        with pytest.raises(NotifyError):
            webpush.send_by_book(notification, settings, {"PUSH_KEY": key}, frozenset(), ByHand(subscribed(1)))


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://web.push.apple.com/x", True),
        ("https://evilpush.apple.com.example/x", False),
        ("https://notpush.apple.com/x", False),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com@10.0.0.1/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://[::1]/x", False),
        ("https://169.254.169.254/x", False),
        ("https://[", False),
    ],
)
def test_only_push_services_are_asked(endpoint, known):
    assert webpush.names_a_service(endpoint, webpush.SERVICES) is known


@pytest.mark.parametrize(
    "key", ["", "abc", "!!", PUBLIC[:-4], PRIVATE], ids=["none", "short", "signs", "cut", "private"]
)
def test_a_public_key_that_is_none_is_refused(key):
    with pytest.raises(ConfigError):
        channel_settings("webpush", {"public_key": key, "private_key_env": "K", "contact": "mailto:a@b.example"})
