"""The commands a person or a script runs to look at a site and a machine: what they say, how they end."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest

from config import load_site
from core.times import format_rfc3339, utc_now
from store import open_store

BAD = Path(__file__).resolve().parents[1] / "config" / "bad"


@pytest.fixture
def example_copy(root, tmp_path) -> Path:
    folder = tmp_path / "town"
    shutil.copytree(root / "config" / "example", folder)
    return folder


@pytest.fixture
def listening() -> str:
    with socket.socket() as broker:
        broker.bind(("127.0.0.1", 0))
        broker.listen()
        yield f"mqtt://127.0.0.1:{broker.getsockname()[1]}"


@pytest.fixture
def nobody() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def snow(value: float) -> str:
    return json.dumps({"at": format_rfc3339(utc_now()), "quantity": "snow_depth", "value": value, "unit": "cm"})


@pytest.mark.parametrize("site", ["example", "fukui", "nishiyama"])
def test_a_shipped_site_is_sound(yukimori, root, site):
    answer = yukimori("check", "--site", root / "config" / site, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert json.loads(answer.out)["mistakes"] == []


def test_a_sound_site_is_said_to_be_sound(yukimori, root):
    assert yukimori("check", "--site", root / "config" / "fukui").out.endswith("sound, 0 warnings\n")


def test_roads_not_as_long_as_their_register_says_are_told(yukimori, root):
    lines = yukimori("check", "--site", root / "config" / "example").out.splitlines()
    assert "6 of 158 roads are drawn more than 5 % longer or shorter than their official length" in lines[0]
    assert lines[-1].endswith("sound, 6 warnings")


def test_every_mistake_is_listed_for_people_and_for_scripts(yukimori):
    wrong = ("check", "--site", BAD / "everything-at-once")
    people, script = yukimori(*wrong), yukimori(*wrong, "--json")
    assert (people.code, script.code) == (1, 1)
    mistakes = json.loads(script.out)["mistakes"]
    assert len(mistakes) > 5
    assert all(set(mistake) == {"file", "where", "message", "hint"} for mistake in mistakes)
    assert all(mistake["message"] in people.out for mistake in mistakes)


def test_settings_of_a_channel_are_checked_too(yukimori, example_copy):
    site = example_copy / "site.toml"
    channel = '[[channels]]\nid = "duty"\nkind = "webhook"\nsettings = { url = "http://10.0.0.1/x", colour = "red" }\n'
    site.write_text(site.read_text(encoding="utf-8").replace("[demo]\n", f"{channel}\n[demo]\n", 1), encoding="utf-8")
    answer = yukimori("check", "--site", example_copy, "--json")
    (mistake,) = json.loads(answer.out)["mistakes"]
    assert (answer.code, mistake["file"], mistake["where"]) == (1, "site.toml", "channels.duty")
    assert "colour" in mistake["message"]


def test_a_layer_file_is_opened_and_its_fault_named(yukimori, example_copy):
    (example_copy / "layers" / "data" / "roads.geojson").write_text("{", encoding="utf-8")
    answer = yukimori("check", "--site", example_copy, "--json")
    (mistake,) = json.loads(answer.out)["mistakes"]
    assert (answer.code, mistake["file"]) == (1, "layers/roads.toml")
    listed = [
        json.loads(line) for line in yukimori("layers", "list", "--site", example_copy, "--json").out.splitlines()
    ]
    assert [layer["id"] for layer in listed if layer["error"]] == ["roads"]


def test_layers_are_listed_and_built(yukimori, root, tmp_path):
    listed = [json.loads(line) for line in yukimori("layers", "list", "--json").out.splitlines()]
    files = {path.stem for path in (root / "config" / "example" / "layers").glob("*.toml")}
    assert {layer["id"] for layer in listed} == files
    assert all(layer["features"] > 0 and layer["error"] is None for layer in listed)
    assert len(yukimori("layers", "list").out.splitlines()) == len(files)

    built = yukimori("layers", "build", "--data", tmp_path / "built")
    assert built.code == 0
    public = {layer.id for layer in load_site(root / "config" / "example").layers if layer.public}
    assert {line.split()[0] for line in built.out.splitlines()} == public | {"basemap"}
    assert (tmp_path / "built" / "public" / "layers" / "layers.json").is_file()


def test_a_payload_is_decoded_without_being_stored(yukimori, tmp_path):
    payload = tmp_path / "payload.json"
    payload.write_text('{"at":"2026-01-15T03:00:00+09:00","quantity":"snow_depth","value":1.2,"unit":"m"}')
    topic = "yukimori/obanazawa/snow-01/reading"
    answer = yukimori("decode", "--codec", "yukimori", "--topic", topic, payload)
    assert answer.code == 0
    assert json.loads(answer.out) == {
        "kind": "reading",
        "device": "snow-01",
        "at": "2026-01-14T18:00:00Z",
        "quantity": "snow_depth",
        "value": 1.2,
        "unit": "m",
    }


@pytest.mark.parametrize(
    ("codec", "payload", "reason"),
    [
        ("yukimori", "{", "bad-json"),
        ("yukimori", "[{}]", "bad-shape"),
        ("ttn", "{}", "bad-topic"),
        ("no", "{}", "no-codec"),
    ],
)
def test_a_payload_that_is_refused_says_the_reason(yukimori, tmp_path, codec, payload, reason):
    file = tmp_path / "payload"
    file.write_text(payload)
    answer = yukimori("decode", "--codec", codec, "--topic", "yukimori/obanazawa/snow-01/reading", file)
    refused = json.loads(answer.out)
    assert (answer.code, refused["kind"], refused["reason"]) == (1, "refused", reason)


@pytest.mark.db
def test_quarantine_is_listed_and_shown_with_its_bytes(yukimori, dsn, arrive):
    arrive(("yukimori/obanazawa/snow-01/reading", "{"), ("yukimori/obanazawa/stranger/reading", snow(1)))
    environment = {"DATABASE_URL": dsn}
    rows = [
        json.loads(line) for line in yukimori("quarantine", "list", "--json", environment=environment).out.splitlines()
    ]
    assert [row["reason"] for row in rows] == ["unknown-device", "bad-json"]
    wanted = ("quarantine", "list", "--json", "--reason", "bad-json")
    (row,) = (json.loads(line) for line in yukimori(*wanted, environment=environment).out.splitlines())
    shown = json.loads(yukimori("quarantine", "show", row["number"], environment=environment).out)
    assert shown == row
    assert (shown["payload_hex"], shown["topic"]) == ("7b", "yukimori/obanazawa/snow-01/reading")
    table = yukimori("quarantine", "list", "--limit", "1", environment=environment).out
    assert "stranger" in table
    assert "bad-json" not in table


@pytest.mark.db
def test_a_message_that_is_not_there_is_said_in_one_line(yukimori, dsn):
    answer = yukimori("quarantine", "show", "4711", environment={"DATABASE_URL": dsn})
    assert answer.code == 3
    assert answer.err.splitlines()[0] == "yukimori: there is no message 4711 in quarantine"


@pytest.mark.db
def test_what_strangers_send_cannot_steer_the_terminal(yukimori, dsn, arrive):
    arrive(("yukimori/obanazawa/[/red]\x1b[2J/reading", "{"))
    answer = yukimori("quarantine", "list", environment={"DATABASE_URL": dsn})
    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert "[/red]\\x1b[2J" in answer.out


@pytest.mark.db
def test_counters_balance(yukimori, dsn, arrive):
    arrive(("yukimori/obanazawa/snow-01/reading", snow(120)), ("yukimori/obanazawa/snow-01/reading", "{"))
    counted = json.loads(yukimori("counters", environment={"DATABASE_URL": dsn}).out)
    assert counted["messages_received"] == counted["messages_accepted"] + counted["messages_quarantined"] == 2
    assert counted["rows_received"] == counted["stored"] == 1


def test_without_a_database_looking_says_what_to_do(yukimori):
    answer = yukimori("counters")
    assert answer.code == 3
    assert "DATABASE_URL" in answer.err


@pytest.mark.db
def test_looking_finds_the_database_of_a_running_town(yukimori, dsn, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr("app.inspect_commands.running_dsn", lambda folder: asked.append(folder) or dsn)
    assert yukimori("counters", "--data", tmp_path).code == 0
    assert asked == [tmp_path / "postgres"]


@pytest.mark.db
def test_migrate_brings_the_schema_once(yukimori, empty_dsn, root):
    environment = {"DATABASE_URL": empty_dsn}
    numbers = {path.name.split("_")[0] for path in (root / "store" / "migrations").glob("*.sql")}
    applied = yukimori("migrate", environment=environment)
    assert applied.code == 0
    assert {line.split("_")[0] for line in applied.out.splitlines()} == numbers
    assert yukimori("migrate", environment=environment).out == "the schema is up to date\n"


@pytest.mark.db
def test_doctor_is_green_where_all_is_well(yukimori, dsn, listening):
    answer = yukimori("doctor", environment={"DATABASE_URL": dsn, "MQTT_URL": listening})
    lines = answer.out.splitlines()
    assert [line[0] for line in lines] == ["✓"] * 7
    assert "✓ cleared roads: 158 cleared roads can be read; 6 of them are drawn more than 5 %" in answer.out
    assert answer.code == 0


@pytest.mark.db
def test_doctor_says_how_far_behind_the_matching_of_ploughs_is(yukimori, dsn, listening, root, tmp_path):
    environment = {"DATABASE_URL": dsn, "MQTT_URL": listening, "YUKIMORI_DATA": str(tmp_path)}
    site = load_site(root / "config" / "example")
    with open_store(dsn) as store:
        number = store.register(site).site
        store.watching.beat(number, "match", "1", utc_now(), {"behind_s": 90, "days_waiting": 3})
        answer = yukimori("doctor", environment=environment)
        assert answer.code == 0
        assert "✓ match: went round" in answer.out
        assert "90 s behind, 3 days to be matched again" in answer.out
        store.watching.beat(number, "match", "1", utc_now() - timedelta(hours=1))
    answer = yukimori("doctor", environment=environment)
    assert answer.code == 1
    assert "✗ match: went round 3" in answer.out


def test_doctor_says_when_the_cleared_roads_cannot_be_read(yukimori, example_copy, tmp_path):
    (roads,) = (layer.file for layer in load_site(example_copy).layers if layer.kind == "roads")
    roads.write_text("{}")
    answer = yukimori(
        "doctor", environment={"YUKIMORI_SITE": str(example_copy), "YUKIMORI_DATA": str(tmp_path / "data")}
    )
    assert answer.code == 1
    assert "✗ cleared roads:" in answer.out
    beat = tmp_path / "data" / "alive" / "match"
    beat.parent.mkdir(parents=True)
    beat.touch()
    answer = yukimori(
        "doctor", environment={"YUKIMORI_SITE": str(example_copy), "YUKIMORI_DATA": str(tmp_path / "data")}
    )
    assert "✓ match: went round" in answer.out


def test_doctor_says_of_each_red_line_what_to_do(yukimori, nobody, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    environment = {
        "YUKIMORI_SITE": str(tmp_path / "nowhere"),
        "YUKIMORI_DATA": str(tmp_path / "file" / "data"),
        "DATABASE_URL": f"postgresql://nobody@{nobody}/nothing",
        "MQTT_URL": f"mqtt://{nobody}",
    }
    answer = yukimori("doctor", environment=environment)
    red = {line[2:].split(":")[0]: line for line in answer.out.splitlines() if line.startswith("✗")}
    assert answer.code == 1
    assert set(red) == {"site folder", "data folder", "database", "broker"}
    assert answer.out.count("  → ") == len(red)


def test_doctor_survives_an_address_that_is_none(yukimori):
    answer = yukimori("doctor", environment={"MQTT_URL": "http://127.0.0.1"})
    assert answer.code == 1
    assert "✗ broker:" in answer.out


def test_alive_tells_the_age_of_the_last_round(yukimori, tmp_path):
    beat = tmp_path / "data" / "alive" / "collect"
    assert "has never run" in yukimori("alive", "collect").err
    beat.parent.mkdir(parents=True)
    beat.touch()
    assert yukimori("alive", "collect").code == 0
    os.utime(beat, (time.time() - 120, time.time() - 120))
    late = yukimori("alive", "collect")
    assert late.code == 3
    assert "was last seen 12" in late.err


def test_wrong_usage_is_another_exit_code(yukimori):
    assert yukimori("check", "--no-such-option").code == 2
    assert yukimori("no-such-command").code == 2


def test_a_site_with_mistakes_ends_a_command_with_one(yukimori, dsn):
    answer = yukimori("counters", "--site", BAD / "site-name-missing", environment={"DATABASE_URL": dsn})
    assert answer.code == 1
    assert "name_ja" in answer.err or "name_en" in answer.err


def test_doctor_tells_what_the_collector_last_said(yukimori, dsn, listening, tmp_path):
    environment = {"DATABASE_URL": dsn, "MQTT_URL": listening, "YUKIMORI_DATA": str(tmp_path)}
    said = {"mode": "spooling", "spool_messages": 12, "incidents": {"database-away": "2026-01-10T03:00:00+00:00"}}
    (tmp_path / "collect.state.json").write_text(json.dumps(said))
    answer = yukimori("doctor", environment=environment)
    assert answer.code == 1
    assert "collector: spooling, 12 messages in its spool; database-away" in answer.out + answer.err
    (tmp_path / "collect.state.json").write_text(json.dumps({"mode": "direct", "spool_messages": 0, "incidents": {}}))
    assert yukimori("doctor", environment=environment).code == 0
    long_ago = time.time() - 3_600
    os.utime(tmp_path / "collect.state.json", (long_ago, long_ago))
    answer = yukimori("doctor", environment=environment)
    assert answer.code == 1
    assert "it ended without a word" in answer.out + answer.err
    (tmp_path / "collect.state.json").write_text(json.dumps({"mode": "stopped", "spool_messages": 0, "incidents": {}}))
    os.utime(tmp_path / "collect.state.json", (long_ago, long_ago))
    assert yukimori("doctor", environment=environment).code == 0


def test_a_spool_size_that_is_no_number_is_refused(yukimori, dsn, listening, tmp_path):
    environment = {"DATABASE_URL": dsn, "MQTT_URL": listening, "YUKIMORI_SPOOL_MB": "1 GB"}
    answer = yukimori("collect", "--data", str(tmp_path), environment=environment)
    assert answer.code == 3
    assert "YUKIMORI_SPOOL_MB" in answer.out + answer.err
