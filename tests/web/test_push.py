"""Browsers ask to be told and no more: only at push services, only for channels of residents, nothing of them is shown."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from alerts.channels.webpush import make_keys
from config.model import ChannelConfig
from config.people_plan import Audience
from core.levels import Level

_, PUBLIC = make_keys()
POINT = base64.urlsafe_b64encode(b"\x04" + bytes(64)).decode()
AUTH = base64.urlsafe_b64encode(bytes(16)).decode().rstrip("=")
WISH = {
    "channel": "browsers",
    "endpoint": "https://fcm.googleapis.com/fcm/send/abc",
    "keys": {"p256dh": POINT, "auth": AUTH},
    "language": "easy",
}


def _channel(id_, **changes):
    settings = {"public_key": PUBLIC, "private_key_env": "PUSH_KEY", "contact": "mailto:a@town.example"}
    return ChannelConfig(id=id_, kind="webpush", min_level=Level.CAUTION, settings=settings, **changes)


@pytest.fixture
def asked(serve, town):
    audiences = (
        Audience(id="all", name_ja="町民", name_en="Residents", channels=("browsers",), residents=True, health=False),
        Audience(id="duty", name_ja="当直", name_en="Duty", channels=("staff",)),
    )
    people = replace(town.people, audiences=audiences)
    return serve(site=replace(town, channels=(_channel("browsers"), _channel("staff")), people=people))


def test_only_channels_of_residents_are_offered(asked):
    (shown,) = asked.get("/api/push").json()["channels"]
    assert shown == {"channel": "browsers", "name_ja": "町民", "name_en": "Residents", "public_key": PUBLIC}


def test_a_browser_asks_asks_again_and_leaves(asked, store, registry):
    for _ in range(2):
        assert asked.post("/api/push/subscriptions", json=WISH).status_code == 204
    (kept,) = store.subscriptions.of_channel(registry.site, "browsers")
    assert (kept.endpoint, kept.language, len(kept.p256dh)) == (WISH["endpoint"], "easy", 65)
    assert WISH["endpoint"] not in repr(kept)
    gone = {"channel": "browsers", "endpoint": WISH["endpoint"]}
    assert asked.request("DELETE", "/api/push/subscriptions", json=gone).status_code == 204
    assert store.subscriptions.count(registry.site, "browsers") == 0


REFUSED = (
    ({"endpoint": "https://169.254.169.254/latest"}, 422),
    ({"endpoint": "https://localhost/x"}, 422),
    ({"endpoint": 5}, 400),
    ({"endpoint": "https://fcm.googleapis.com/" + "a" * 3000}, 400),
    ({"channel": "staff"}, 422),
    ({"channel": ["browsers"]}, 422),
    ({"keys": {"p256dh": POINT}}, 400),
    ({"keys": {"p256dh": "AAAA", "auth": AUTH}}, 400),
    ({"keys": {"p256dh": POINT, "auth": "é"}}, 400),
)


def test_what_cannot_be_meant_is_refused_and_who_asks_all_the_time_has_to_wait(asked, store, registry):
    said = [asked.post("/api/push/subscriptions", json=WISH | change).status_code for change, _ in REFUSED]
    assert said == [status for _, status in REFUSED]
    statuses = [asked.post("/api/push/subscriptions", json=WISH).status_code for _ in range(5)]
    assert statuses[-1] == 429
    assert store.subscriptions.count(registry.site, "browsers") <= 1


def test_what_nobody_knows_is_refused(asked, store, registry):
    for change in ({"language": "fr"}, {"name": "佐藤"}):
        assert asked.post("/api/push/subscriptions", json=WISH | change).status_code == 400
    answer = asked.post("/api/push/subscriptions", json=WISH, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert store.subscriptions.count(registry.site, "browsers") == 0


def test_the_page_and_its_worker_are_there(asked):
    assert "お知らせの受け取り" in asked.get("/notify").text
    assert asked.get("/en/notify").status_code == 200
    assert asked.get("/notify-worker.js").headers["content-type"].startswith("text/javascript")
