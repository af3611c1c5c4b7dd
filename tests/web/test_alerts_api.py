from datetime import timedelta

from core.levels import Level


def test_open_and_recent_episodes(client, send, renewed, clock):
    running = send.episode("running", stale=True)
    ended = send.episode("ended", closed_at=clock.now - timedelta(hours=2), outcome="resolved")
    send.episode("long ago", closed_at=clock.now - timedelta(days=3), outcome="resolved")
    renewed()
    body = client.get("/api/alerts").json()
    opened_at = running.opened_at.isoformat().replace("+00:00", "Z")
    assert body["open"] == [
        {
            "id": str(running.id),
            "rule": "river-high",
            "station": "bridge",
            "stations": ["bridge"],
            "quantity": "water_level",
            "level": "danger",
            "title_ja": "水位上昇",
            "title_en": "River is high",
            "value": 3.2,
            "unit": "m",
            "kind": "level",
            "opened_at": opened_at,
            "stale": True,
            "recovering": False,
            "unconfirmed": False,
        }
    ]
    assert [row["id"] for row in body["recent"]] == [str(ended.id)]
    assert body["recent"][0]["outcome"] == "resolved"
    assert body["recent"][0]["closed_at"] == (clock.now - timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    assert set(body) == {"open", "recent", "generated_at", "stale"}


def test_worst_first(client, send, renewed, clock):
    send.episode("mild", level=Level.CAUTION, target="bridge/air_temperature")
    send.episode("bad", level=Level.DANGER, target="field/snow_depth", opened_at=clock.now - timedelta(hours=9))
    send.episode("bad and new", level=Level.DANGER)
    renewed()
    opened = client.get("/api/alerts").json()["open"]
    assert [row["level"] for row in opened] == ["danger", "danger", "caution"]
    assert opened[0]["opened_at"] > opened[1]["opened_at"]


def test_episode_of_a_rule_that_was_removed(client, send, renewed):
    send.episode("orphan", rule="gone", target="nowhere/nothing")
    renewed()
    row = client.get("/api/alerts").json()["open"][0]
    assert (row["title_ja"], row["station"], row["unit"]) == ("gone", "nowhere", "")


def test_episode_that_ends_moves(client, send, renewed, clock):
    send.episode("one")
    renewed()
    assert len(client.get("/api/alerts").json()["open"]) == 1
    send.episode("one", closed_at=clock.now, outcome="resolved")
    renewed()
    body = client.get("/api/alerts").json()
    assert (body["open"], len(body["recent"])) == ([], 1)


def test_recent_episode_ages_out(client, send, renewed, clock):
    send.episode("one", closed_at=clock.now, outcome="resolved")
    renewed()
    clock.advance(hours=49)
    renewed()
    assert client.get("/api/alerts").json()["recent"] == []
