"""``/alerts/feed.atom``: read as a feed reader reads it."""

from __future__ import annotations

from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

from core.levels import Level
from store.alert_rows import Evaluation, TransitionRow

ATOM = "{http://www.w3.org/2005/Atom}"


def entries(client) -> list[ET.Element]:
    return parsed(client).findall(f"{ATOM}entry")


def parsed(client) -> ET.Element:
    answer = client.get("/alerts/feed.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    return ET.fromstring(answer.content)


def text(element: ET.Element, name: str) -> str:
    found = element.findtext(f"{ATOM}{name}")
    assert found, name
    return found


def step(episode, seq: int, kind: str, level: Level, minutes: float, value: float | None = 3.2) -> TransitionRow:
    at = episode.opened_at + timedelta(minutes=minutes)
    return TransitionRow(episode.id, seq, kind, Level.NORMAL, level, at, at, value, "test", "1")


def test_an_episode_is_one_entry_that_tells_its_steps(client, send, renewed, store, registry):
    episode = send.episode("one", level=Level.DANGER)
    steps = [
        step(episode, 1, "fired", Level.WARNING, 0),
        step(episode, 2, "raised", Level.DANGER, 20, 3.6),
        step(episode, 3, "data_lost", Level.DANGER, 40, None),
    ]
    store.save_evaluation(registry.site, Evaluation(episodes=[episode], transitions=steps))
    renewed()
    (entry,) = entries(client)
    assert text(entry, "id") == f"urn:uuid:{episode.id}"
    assert text(entry, "title") == "【危険】大橋 水位上昇"
    assert datetime.fromisoformat(text(entry, "updated")) == steps[-1].detected_at
    assert datetime.fromisoformat(text(entry, "published")) == steps[0].detected_at
    lines = text(entry, "content").splitlines()
    assert [line[20:] for line in lines[:3]] == [
        "「警戒」の基準に達しました（3.20 m）",
        "「危険」に上がりました（3.60 m）",
        "観測データが届かなくなりました（状況は不明です）",
    ]
    assert "市町村の発表ではありません" in lines[-1]
    assert entry.find(f"{ATOM}link").attrib["href"] == "/station/bridge"


def test_newest_first_and_ended_ones_say_so(client, send, renewed, clock):
    send.episode("old", target="field/snow_depth")
    send.episode("ended", closed_at=clock.now - timedelta(minutes=5), outcome="resolved")
    renewed()
    titles = [text(entry, "title") for entry in entries(client)]
    assert titles[0] == "【終了】大橋 水位上昇"
    assert titles[1].startswith("【危険】=cmd|")
    assert titles[1].endswith("（架空）")


def test_an_orphan_and_signs_xml_cannot_carry(client, send, renewed):
    send.episode("orphan", rule="gone\x01<&", target="nowhere/nothing")
    renewed()
    (entry,) = entries(client)
    assert text(entry, "title") == "【危険】nowhere gone\ufffd<&"
    assert entry.find(f"{ATOM}link") is None


def test_a_feed_with_nothing_in_it_is_whole_and_keeps_its_tag(client):
    feed = parsed(client)
    for name in ("id", "title", "subtitle", "updated"):
        text(feed, name)
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    assert {link.attrib["rel"] for link in feed.findall(f"{ATOM}link")} == {"self", "alternate"}
    assert feed.findall(f"{ATOM}entry") == []
    tag = client.get("/alerts/feed.atom").headers["etag"]
    assert client.get("/alerts/feed.atom", headers={"If-None-Match": tag}).status_code == 304


def test_pages_name_the_feed(client):
    for path in ("/", "/en/list"):
        assert '<link rel="alternate" type="application/atom+xml" href="/alerts/feed.atom"' in client.get(path).text
