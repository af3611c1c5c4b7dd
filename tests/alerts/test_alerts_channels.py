"""Channels: their settings, the webhook's addresses and body, the mail's letter and its errors."""

import ipaddress
import re
import socket
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from alerts import CHANNEL_KINDS, channel_settings
from alerts.addresses import checked_addresses, is_public
from alerts.channel import recipient_digest
from alerts.channels import discover, smtp, webhook
from alerts.outgoing import Answer
from core.errors import ConfigError, NotifyError
from core.levels import Level
from store.alert_rows import NotificationRow

MAIL = {"host": "mail.example", "sender": "a@town.example", "recipients": ["b@town.example"]}
HOOK = {"url": "https://receiver.example/hook"}


@pytest.fixture
def notification(t0):
    def make(**body):
        facts = {
            "kind": "fired",
            "status": "firing",
            "level": "caution",
            "opened_at": "2026-01-10T03:00:00Z",
            "closed_at": None,
            "subject_ja": "【注意】原目（荒川） 河川水位 1.60 m、氾濫注意水位に到達",
            "subject_en": "[Caution] Harame",
            "text_ja": "観測所: 原目\n値: 1.60 m",
            "text_en": "Station: Harame",
            "site": {"id": "town"},
            "rule": {"id": "river"},
            "station": {"id": "harame"},
            "quantity": {"id": "water_level"},
        }
        return NotificationRow(
            id=UUID(int=1),
            episode=UUID(int=2),
            seq=1,
            channel="x",
            level=Level.CAUTION,
            body=facts | body,
            queued_at=t0,
            deadline_at=t0 + timedelta(hours=6),
        )

    return make


def test_every_module_of_the_folder_is_a_kind():
    assert {"console", "line", "mqtt", "smtp", "webhook", "webpush"} == CHANNEL_KINDS == set(discover())


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("pigeon", {}, "no channel is called 'pigeon'"),
        ("webhook", {}, "exactly one of url and url_env"),
        ("webhook", {**HOOK, "url_env": "X"}, "exactly one of url and url_env"),
        ("webhook", {**HOOK, "retries": 3}, "retries: Extra inputs are not permitted"),
        ("webhook", {"url": "http://receiver.example/"}, "plain http"),
        ("webhook", {"url": "file:///etc/passwd"}, "https://"),
        ("webhook", {"url": "gopher://receiver.example/"}, "https://"),
        ("webhook", {"url": "https://user:secret@receiver.example/"}, "must not hold a password"),
        ("webhook", {"url": "https://receiver.example:port/"}, "url"),
        ("webhook", {**HOOK, "timeout_s": 0}, "timeout_s"),
        ("webhook", {**HOOK, "timeout_s": 300}, "timeout_s"),
        ("smtp", {}, "host: Field required"),
        ("smtp", {**MAIL, "recipients": []}, "recipients"),
        ("smtp", {**MAIL, "recipients": ["b@town.example\r\nBcc: c@evil.example"]}, "is not a mail address"),
        ("smtp", {**MAIL, "sender": "Town <a@town.example>"}, "is not a mail address"),
        ("smtp", {**MAIL, "host": "mail.example\r\nEHLO x"}, "host"),
        ("smtp", {**MAIL, "port": 0}, "port"),
        ("smtp", {**MAIL, "security": "ssl"}, "security"),
        ("smtp", {**MAIL, "username": "a"}, "belong together"),
        (
            "smtp",
            {**MAIL, "username": "a", "password_env": "P", "security": "none"},
            "a password is not sent in plain text",
        ),
        ("smtp", {**MAIL, "password": "canary"}, "password"),
    ],
)
def test_settings_with_a_mistake(kind, settings, said):
    with pytest.raises(ConfigError) as caught:
        channel_settings(kind, settings)
    assert said in str(caught.value)
    assert "canary" not in str(caught.value)
    assert "secret@" not in str(caught.value)


def test_all_mistakes_at_once():
    with pytest.raises(ConfigError) as caught:
        channel_settings("smtp", {"port": "x", "colour": "red"})
    assert {line.partition(":")[0] for line in str(caught.value).splitlines()} == {
        "host", "port", "sender", "recipients", "colour",
    }  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:a00:1::",
        "::127.0.0.1", "::10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1", "192.0.0.192", "192.88.99.1",
    ],
)  # fmt: skip
def test_addresses_inside_are_refused(address):
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(NotifyError) as caught:
        checked_addresses("name.example", 443, allow_private=False, resolver=lambda *_: ["93.184.216.34", address])
    assert not caught.value.retryable
    checked = checked_addresses("name.example", 443, allow_private=True, resolver=lambda *_: [address])
    assert checked == [ipaddress.ip_address(address)]


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost"])
def test_every_spelling_of_an_inside_address_is_refused(notification, http_listener, host):
    settings = channel_settings("webhook", {"url": f"https://{host}:{http_listener.port}/"})
    with pytest.raises(NotifyError, match="not a public address"):
        webhook.send(notification(), settings, {})
    assert http_listener.requests == []


def test_a_public_address_goes_through():
    assert is_public(ipaddress.ip_address("2606:2800:220:1::1"))
    found = checked_addresses("a", 1, allow_private=False, resolver=lambda *_: ["93.184.216.34"])
    assert found == [ipaddress.ip_address("93.184.216.34")]


def test_the_address_that_was_checked_is_the_one_that_is_used(notification, http_listener):
    """The name is asked for once; what it means a moment later is of no importance (DNS rebinding)."""
    answers = [["127.0.0.1"], ["192.0.2.1"]]
    url = f"http://receiver.example:{http_listener.port}/path?key=1"
    settings = channel_settings("webhook", {"url": url, "allow_private": True})
    assert webhook.send(notification(), settings, {}, resolver=lambda *_: answers.pop(0)) == "HTTP 200"
    ((path, headers, _),) = http_listener.requests
    assert path == "/path?key=1"
    assert headers["Host"] == f"receiver.example:{http_listener.port}"


def test_a_proxy_of_the_environment_is_not_asked(notification, http_listener, monkeypatch):
    """It would look up the name itself, and connect to an address nobody checked."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    settings = channel_settings("webhook", {"url": http_listener.url, "allow_private": True})
    assert webhook.send(notification(), settings, {}) == "HTTP 200"


@pytest.mark.parametrize("error", [OSError("no such name"), UnicodeError("label too long")])
def test_a_name_that_cannot_be_resolved_may_be_later(notification, error):
    def fails(*_):
        raise error

    with pytest.raises(NotifyError) as caught:
        webhook.send(notification(), channel_settings("webhook", HOOK), {}, resolver=fails)
    assert caught.value.retryable


def test_secrets_come_from_the_environment_and_stay_out_of_errors(notification, http_listener):
    settings = channel_settings("webhook", {"url_env": "HOOK_URL", "bearer_env": "HOOK_TOKEN", "allow_private": True})
    assert set(settings.secret_names) == {"HOOK_URL", "HOOK_TOKEN"}
    environment = {"HOOK_URL": f"{http_listener.url}/canary-path", "HOOK_TOKEN": "canary-token"}
    http_listener.answers = [(200, {}), (500, {})]
    webhook.send(notification(), settings, environment)
    assert http_listener.requests[0][1]["Authorization"] == "Bearer canary-token"
    with pytest.raises(NotifyError) as caught:
        webhook.send(notification(), settings, environment)
    assert "canary" not in str(caught.value)
    with pytest.raises(NotifyError, match="HOOK_URL is not set") as caught:
        webhook.send(notification(), settings, {})
    assert caught.value.retryable


@pytest.mark.parametrize("token", ["canary\nX-Other: 1", "canary\0", "canaryあ"])
def test_a_secret_no_header_can_carry_is_refused_and_never_shown(notification, http_listener, token):
    settings = channel_settings(
        "webhook", {"url": http_listener.url, "bearer_env": "HOOK_TOKEN", "allow_private": True}
    )
    with pytest.raises(NotifyError, match="Authorization") as caught:
        webhook.send(notification(), settings, {"HOOK_TOKEN": token})
    assert not caught.value.retryable
    assert "canary" not in str(caught.value)
    assert http_listener.requests == []


def test_a_secret_read_from_a_file_may_end_in_a_line_break(notification, http_listener):
    settings = channel_settings(
        "webhook", {"url": http_listener.url, "bearer_env": "HOOK_TOKEN", "allow_private": True}
    )
    webhook.send(notification(), settings, {"HOOK_TOKEN": "canary-token\n"})
    assert http_listener.requests[0][1]["Authorization"] == "Bearer canary-token"


@pytest.mark.parametrize("text", ["Fri, 1 Dec 2026 1:1:1 +99999999999999", "٣", "soon", "-5"])
def test_a_wait_that_cannot_be_meant_is_none(text):
    assert Answer(429, {"retry-after": text, "date": "Fri, 1 Dec 2026 01:01:01 GMT"}, b"").retry_after_s is None


def test_body_has_the_shape_receivers_know(notification):
    body = webhook.body(notification(status="resolved", closed_at="2026-01-10T04:00:00Z"))
    assert body["version"] == "4"
    assert set(body) == {
        "version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels",
        "commonAnnotations", "externalURL", "alerts", "yukimori",
    }  # fmt: skip
    (alert,) = body["alerts"]
    assert (alert["status"], alert["endsAt"]) == ("resolved", "2026-01-10T04:00:00Z")
    assert alert["fingerprint"] == webhook.body(notification(level="danger"))["alerts"][0]["fingerprint"]
    assert webhook.body(notification())["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"


def test_a_group_keeps_its_key_however_many_alerts_it_has(notification):
    """A receiver takes the second message of a group for news of the first."""
    group = {"key": "river|荒川", "hazard": "river", "area": "荒川"}
    one = notification(group=group, truncated=0)
    alone = webhook.body(one)
    two = webhook.body(notification(group=group, truncated=0, alerts=[one.body, one.body]))
    assert (alone["groupKey"], two["groupKey"]) == ("river|荒川", "river|荒川")
    assert (len(alone["alerts"]), len(two["alerts"])) == (1, 2)


def test_a_group_is_firing_while_any_of_it_is_though_that_one_was_cut(notification):
    over = notification(status="resolved", closed_at="2026-01-10T04:00:00Z").body
    letter = {"group": {"key": "snow|"}, "truncated": 1, "alerts": [over, over]}
    assert webhook.body(notification(**over, **letter, standing=None))["status"] == "resolved"
    assert webhook.body(notification(**over, **letter, standing=notification().body))["status"] == "firing"


def test_two_pairs_that_begin_with_one_station_are_two_alerts(notification):
    pairs = [notification(target=f"harame+{down}/water_level").body for down in ("asahi", "hino")]
    body = webhook.body(notification(**pairs[0], group={"key": "channel|"}, truncated=0, alerts=pairs))
    assert len({each["fingerprint"] for each in body["alerts"]}) == 2
    assert [each["labels"]["target"] for each in body["alerts"]] == [each["target"] for each in pairs]
    assert "target" not in body["commonLabels"]
    plain, named = notification().body, notification(target="harame/water_level").body
    alone = webhook.body(notification(**plain, group={"key": "x|"}, truncated=0, alerts=[plain, named, pairs[0]]))[
        "alerts"
    ]
    assert alone[0]["fingerprint"] == alone[1]["fingerprint"] != alone[2]["fingerprint"]


@pytest.mark.parametrize("thread", ["river|荒川", "a b> <c@d", "x\r\nBcc: evil@example.com"])
def test_a_mail_of_a_thread_refers_to_a_message_id(notification, thread):
    settings = channel_settings("smtp", MAIL)
    mail = smtp.message(replace(notification(), episode=None, thread=thread), settings)
    other = smtp.message(replace(notification(), episode=None, thread="another"), settings)
    assert re.fullmatch(r"<[a-z0-9-]+@[a-z.]+>", mail["References"])
    assert mail["References"] != other["References"]


def test_mail_arrives_in_both_languages(notification, mail_listener):
    settings = channel_settings("smtp", mail_listener.settings(recipients=["a@town.example", "b@town.example"]))
    provider = smtp.send(notification(), settings, {}).provider
    ((envelope, mail),) = mail_listener.mails
    assert envelope.rcpt_tos == ["a@town.example", "b@town.example"]
    assert provider == mail["Message-ID"] == f"<{UUID(int=1)}@town.example>"
    assert mail["Subject"] == notification().body["subject_ja"]
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert "観測所: 原目" in text
    assert "Station: Harame" in text


def test_a_repeated_mail_is_the_same_to_the_letter(notification, mail_listener):
    settings = channel_settings("smtp", mail_listener.settings())
    smtp.send(notification(), settings, {})
    smtp.send(notification(), settings, {})
    first, second = (envelope.content for envelope, _ in mail_listener.mails)
    assert first == second


@pytest.mark.parametrize("name", ["原目\r\nBcc: evil@example.com", "原目\nX: y", "a\x00b", "長い名前" * 80])
def test_no_header_can_be_slipped_in(notification, mail_listener, name):
    settings = channel_settings("smtp", mail_listener.settings())
    smtp.send(notification(subject_ja=f"【注意】{name}"), settings, {})
    ((envelope, mail),) = mail_listener.mails
    assert envelope.rcpt_tos == ["bousai@town.example"]
    assert "Bcc" not in mail
    assert "X" not in mail
    assert max(len(line) for line in envelope.content.splitlines()) <= 78


@pytest.mark.parametrize(
    ("answers", "retryable"), [("451 try later", True), ("550 no such user", False), ("421 going away", True)]
)
def test_what_the_mail_server_answers_decides(notification, mail_listener, answers, retryable):
    settings = channel_settings("smtp", mail_listener.settings())
    for queue in (mail_listener.data_answers, mail_listener.rcpt_answers):
        queue.append(answers)
        with pytest.raises(NotifyError) as caught:
            smtp.send(notification(), settings, {})
        assert caught.value.retryable is retryable


def test_a_mail_that_somebody_gets_is_sent(notification, mail_listener):
    settings = channel_settings("smtp", mail_listener.settings(recipients=["a@town.example", "b@town.example"]))
    mail_listener.rcpt_answers = ["550 gone", "250 OK"]
    sent = smtp.send(notification(), settings, {})
    assert mail_listener.mails[0][0].rcpt_tos == ["b@town.example"]
    assert sent.remark == "refused for 1 of 2 recipients"


def test_who_was_refused_for_the_time_being_is_tried_again_alone(notification, mail_listener):
    people = ["a@town.example", "b@town.example", "c@town.example"]
    settings = channel_settings("smtp", mail_listener.settings(recipients=people))
    mail_listener.rcpt_answers = ["450 greylisted", "250 OK", "550 gone"]
    with pytest.raises(NotifyError, match="refused 1 of 3 recipients for the time being") as caught:
        smtp.send(notification(), settings, {})
    assert caught.value.retryable
    assert not any(each in digest for each in people for digest in caught.value.served), "no address is remembered"
    sent = smtp.send_rest(notification(), settings, {}, caught.value.served)
    assert [envelope.rcpt_tos for envelope, _ in mail_listener.mails] == [["b@town.example"], ["a@town.example"]]
    assert len({mail["Message-ID"] for _, mail in mail_listener.mails}) == 1
    assert sent == smtp.send_rest(notification(), settings, {}, smtp_everyone(notification(), people))
    assert len(mail_listener.mails) == 2, "when everybody has it, nobody is asked"


def smtp_everyone(message, people):
    return frozenset(recipient_digest(message, each) for each in people)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_nothing_is_sent_in_plain_text_where_protection_is_asked_for(notification, mail_listener, security):
    """F24: the server does not speak TLS."""
    settings = channel_settings("smtp", mail_listener.settings(security=security))
    with pytest.raises(NotifyError):
        smtp.send(notification(), settings, {})
    assert mail_listener.mails == []


def test_no_mail_server(notification):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings = channel_settings("smtp", MAIL | {"host": "127.0.0.1", "port": port, "security": "none"})
    with pytest.raises(NotifyError) as caught:
        smtp.send(notification(), settings, {})
    assert caught.value.retryable


def _tls_hook(listener, host):
    return channel_settings("webhook", {"url": f"https://{host}:{listener.port}/", "allow_private": True})


def test_webhook_over_tls(notification, listeners, certificate, monkeypatch):
    """F24: a certificate of a known authority and the right name goes through; nothing else does."""
    file, context = certificate
    listener = listeners("http", tls=context)
    here = {"resolver": lambda *_: ["127.0.0.1"]}
    with pytest.raises(NotifyError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        webhook.send(notification(), _tls_hook(listener, "localhost"), {}, **here)
    assert caught.value.retryable
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(NotifyError, match="CERTIFICATE_VERIFY_FAILED"):
        webhook.send(notification(), _tls_hook(listener, "receiver.example"), {}, **here)
    assert listener.requests == []
    assert webhook.send(notification(), _tls_hook(listener, "localhost"), {}, **here) == "HTTP 200"


@pytest.mark.parametrize(("security", "option"), [("tls", "ssl_context"), ("starttls", "tls_context")])
def test_mail_over_tls(notification, listeners, certificate, monkeypatch, security, option):
    file, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    listener = listeners("mail", **{option: context})
    right = channel_settings("smtp", listener.settings(security=security, host="localhost"))
    wrong = channel_settings("smtp", listener.settings(security=security))
    with pytest.raises(NotifyError, match="CERTIFICATE_VERIFY_FAILED"):
        smtp.send(notification(), wrong, {})
    assert listener.mails == []
    smtp.send(notification(), right, {})
    assert len(listener.mails) == 1


def test_the_next_address_is_tried_where_the_first_is_dead(notification, http_listener):
    settings = channel_settings("webhook", {"url": http_listener.url, "allow_private": True})
    assert webhook.send(notification(), settings, {}, resolver=lambda *_: ["::1", "127.0.0.1"]) == "HTTP 200"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120.0), ("Sat, 10 Jan 2026 03:02:00 GMT", 120.0), ("soon", None), ("-5", None), ("９", None), ("", None)],
)
def test_retry_after(text, seconds):
    headers = httpx.Headers({"Retry-After": text.encode(), "Date": "Sat, 10 Jan 2026 03:00:00 GMT"})
    assert Answer(503, headers, b"").retry_after_s == seconds
