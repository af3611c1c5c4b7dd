"""``/alerts/<id>.cap.xml``, found as a feed reader finds it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urljoin

import feedparser
import httpx

from alerts.cap import mistakes_of, read_cap
from alerts.cap.model import MsgType, Status
from core.levels import Level
from store.alert_rows import Evaluation, TellingRow, TransitionRow


def step(episode, seq, kind, level, minutes, value=3.2):
    at = episode.opened_at + timedelta(minutes=minutes)
    return TransitionRow(episode.id, seq, kind, Level.NORMAL, level, at, at, value, "reached", "1")


def risen(send, store, registry, *more, name="one", **changes):
    episode = send.episode(name, level=Level.DANGER, **changes)
    steps = [step(episode, 0, "fired", Level.WARNING, 0), step(episode, 1, "raised", Level.DANGER, 20, 3.6), *more]
    store.save_evaluation(registry.site, Evaluation(episodes=[episode], transitions=steps))
    return episode


def test_a_reader_opens_the_feed_and_follows_it_to_the_message(client, send, renewed, store, registry, town):
    episode = risen(send, store, registry)
    renewed()
    feed = feedparser.parse(str(client.base_url.join("/alerts/feed.atom")))
    assert not feed.bozo
    assert b"<ns0:" not in client.get("/alerts/feed.atom").content
    (entry,) = feed.entries
    client.get(f"/alerts/{episode.id}.cap.xml")
    assert "<entry>" in client.get("/alerts/feed.atom").text, "one kind of document leaves the other as it is"
    (link,) = [link for link in entry.links if link.type == "application/cap+xml"]
    answer = httpx.get(urljoin(str(client.base_url.join("/alerts/feed.atom")), link.href))
    assert answer.headers["content-type"].startswith("application/cap+xml")
    assert answer.headers["access-control-allow-origin"] == "*"
    message = read_cap(answer.content)
    assert mistakes_of(message, town.bounds) == []
    assert message.msg_type is MsgType.UPDATE
    assert message.status is Status.ACTUAL
    assert message.incidents == str(episode.id)
    again = client.get(f"/alerts/{episode.id}.cap.xml", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_an_unconfirmed_alert_says_so_in_the_feed_and_to_machines(client, send, renewed, store, registry):
    episode = risen(send, store, registry)
    level = Level.DANGER
    told = TellingRow(
        episode.id, 1, episode.rule, episode.target, "raised", level, level, episode.opened_at, episode.opened_at, {},
        unconfirmed=True,
    )  # fmt: skip
    store.save_evaluation(registry.site, Evaluation(episodes=[episode], tellings=[told]))
    renewed()
    (row,) = client.get("/api/alerts").json()["open"]
    assert (row["unconfirmed"], row["stations"]) == (True, [row["station"]])
    (entry,) = feedparser.parse(client.get("/alerts/feed.atom").content).entries
    assert entry.title.endswith("（未確認）")
    message = read_cap(client.get(f"/alerts/{episode.id}.cap.xml").content)
    assert message.infos[0].certainty == "Possible"


def test_an_end_is_a_cancel_and_an_open_one_is_renewed(client, send, renewed, store, registry, clock):
    risen(send, store, registry, name="open")
    ended = send.episode("ended", level=Level.DANGER, closed_at=clock.now, outcome="resolved")
    told = [step(ended, 0, "fired", Level.DANGER, 0), step(ended, 1, "resolved", Level.NORMAL, 30, 1.0)]
    store.save_evaluation(registry.site, Evaluation(transitions=told))
    renewed()
    assert read_cap(client.get(f"/alerts/{ended.id}.cap.xml").content).msg_type is MsgType.CANCEL
    open_id = next(
        entry.id
        for entry in feedparser.parse(client.get("/alerts/feed.atom").content).entries
        if str(ended.id) not in entry.id
    )
    path = f"/alerts/{open_id.removeprefix('urn:uuid:')}.cap.xml"
    first = client.get(path)
    clock.advance(minutes=70)
    renewed()
    second = client.get(path)
    assert read_cap(second.content).identifier != read_cap(first.content).identifier
    assert read_cap(first.content).reference in read_cap(second.content).references


def test_what_is_not_told_as_cap_is_not_there(client, send, renewed):
    orphan = send.episode("orphan", rule="gone")
    renewed()
    (entry,) = feedparser.parse(client.get("/alerts/feed.atom").content).entries
    assert [link.type for link in entry.links if "cap" in link.type] == []
    for name in (
        orphan.id,
        "nonsense",
        "../x",
        str(orphan.id).upper(),
        "0" * 36,
        "6f1d7c5e-6f0b-4b0e-9a53-2f7c1f1b8d1",
    ):
        assert client.get(f"/alerts/{name}.cap.xml").status_code == 404
