"""The commands about what was set aside: filters, replays with and without a terminal, claims."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from core.times import format_rfc3339, utc_now

pytestmark = pytest.mark.db

NEW_STATION = "snow-09,snow,新町,,140.41,38.6,,,,,\n"
NEW_STREAM = "snow-09,snow_depth,snow-09,,10m,,,,,,,,,,,,\n"


def snow(value: float) -> str:
    at = utc_now() - timedelta(minutes=value)
    return json.dumps({"at": format_rfc3339(at), "quantity": "snow_depth", "value": value, "unit": "cm"})


@pytest.fixture
def ask(yukimori, dsn):
    """Runs a command on the database of the test; the JSON lines it prints."""

    def run(*arguments: object) -> list[dict]:
        answer = yukimori(*arguments, "--json", environment={"DATABASE_URL": dsn})
        assert answer.code == 0, answer.err
        return [json.loads(line) for line in answer.out.splitlines()]

    return run


@pytest.fixture
def fixed_town(root, tmp_path) -> Path:
    """The example town after its official has added the sensor."""
    folder = Path(shutil.copytree(root / "config" / "example", tmp_path / "town"))
    for file, line in (("stations.csv", NEW_STATION), ("datastreams.csv", NEW_STREAM)):
        with (folder / file).open("a", encoding="utf-8") as written:
            written.write(line)
    return folder


@pytest.fixture
def waiting(arrive) -> None:
    arrive(
        ("yukimori/obanazawa/snow-09/reading", snow(80)),
        ("yukimori/obanazawa/snow-09/reading", snow(90)),
        ("yukimori/obanazawa/stranger/reading", snow(1)),
        ("yukimori/obanazawa/snow-01/reading", "{"),
    )


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ((), 4),
        (("--reason", "bad-json"), 1),
        (("--device", "snow-09"), 2),
        (("--since", "1h"), 4),
        (("--since", "2999-01-01T00:00:00Z"), 0),
        (("--limit", 3), 3),
    ],
)
def test_the_list_has_filters(ask, waiting, options, count):
    assert len(ask("quarantine", "list", *options)) == count


def test_a_narrow_terminal_still_shows_whole_reasons(yukimori, dsn, waiting):
    words = yukimori("quarantine", "list", environment={"DATABASE_URL": dsn, "COLUMNS": "80"}).out
    assert words.count("unknown-device") == 3
    assert max(map(len, words.splitlines())) <= 80


@pytest.mark.parametrize("wrong", ["yesterday", "2026-01-01T00:00:00", "5", "1w"])
def test_a_since_that_is_none_is_wrong_usage(yukimori, dsn, wrong):
    answer = yukimori("quarantine", "list", "--since", wrong, environment={"DATABASE_URL": dsn})
    assert answer.code == 2


def test_a_replay_settles_what_the_folder_knows_by_now(ask, waiting, fixed_town):
    *tried, result = ask("quarantine", "replay", "--all", "--site", fixed_town)
    assert [one["settled"] for one in tried] == [True, True, False, False]
    assert (result["tried"], result["settled"], result["refused"], result["stored"]) == (4, 2, 2, 2)
    assert {row["device"] for row in ask("quarantine", "list", "--open", "--site", fixed_town)} == {"stranger", ""}
    assert len(ask("quarantine", "list", "--all", "--site", fixed_town)) == 4
    shown = ask("quarantine", "list", "--all", "--device", "snow-09", "--site", fixed_town)[0]
    assert (shown["outcome"], shown["attempts"]) == ("stored 1", 1)
    assert shown["settled_at"] is not None


def test_a_replay_in_words(yukimori, dsn, waiting, fixed_town):
    def replay(*options: object) -> str:
        words = ("quarantine", "replay", *options, "--site", fixed_town)
        return yukimori(*words, environment={"DATABASE_URL": dsn}).out

    assert replay("--device", "snow-09", "--dry-run") == (
        "2 messages: 2 would be settled, 0 still refused; 2 rows would go to the store. Nothing was written.\n"
    )
    assert replay("--device", "snow-09") == (
        "2 messages: 2 settled, 0 still refused; rows: 2 stored, 0 there already, 0 in conflict\n"
    )
    assert replay("--device", "snow-09").startswith("0 messages")
    table = yukimori("quarantine", "list", "--all", "--site", fixed_town, environment={"DATABASE_URL": dsn}).out
    assert "stored 1" in table


def test_a_replay_by_number(ask, waiting, fixed_town):
    numbers = [row["number"] for row in ask("quarantine", "list", "--device", "snow-09")]
    *tried, _ = ask("quarantine", "replay", *numbers, "--site", fixed_town)
    assert [one["number"] for one in tried] == sorted(numbers)


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay", "0"),
        ("replay", str(2**63)),
        ("replay", "--device", "\udcff"),
        ("list", "--reason", "\udcff"),
    ],
)
def test_what_no_message_can_have_is_wrong_usage(yukimori, dsn, arguments):
    answer = yukimori("quarantine", *arguments, environment={"DATABASE_URL": dsn})
    assert (answer.code, "Traceback" in answer.err) == (2, False)


def test_a_number_nobody_has_is_said(yukimori, dsn):
    for number in (str(2**70), "7"):
        answer = yukimori("quarantine", "show", number, environment={"DATABASE_URL": dsn})
        assert answer.err == (
            f"yukimori: there is no message {number} in quarantine\n  → numbers: yukimori quarantine list\n"
        )


def test_a_replay_of_nothing_in_particular_is_wrong_usage(yukimori, dsn, waiting):
    answer = yukimori("quarantine", "replay", environment={"DATABASE_URL": dsn})
    assert answer.code == 2
    assert "--all" in answer.err


def test_a_replay_shows_how_far_it_is(yukimori, dsn, waiting, fixed_town, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    words = ("quarantine", "replay", "--all", "--site", fixed_town)
    answer = yukimori(*words, environment={"DATABASE_URL": dsn})
    assert "replaying" in answer.err
    assert "4/4" in answer.err


def test_claims_name_the_sensor_and_its_lines(ask, waiting):
    (answer,) = ask("claims")
    first, second = answer["claims"]
    assert (first["device"], first["messages"], second["device"], answer["more"]) == ("snow-09", 2, "stranger", 0)
    assert [line["file"] for line in first["lines"]] == ["stations.csv", "datastreams.csv"]
    assert first["lines"][1]["text"] == NEW_STREAM.strip()


def test_claims_in_words_can_be_pasted(yukimori, dsn, waiting, fixed_town):
    words = yukimori("claims", environment={"DATABASE_URL": dsn}).out
    assert "add to stations.csv, and fill in name_ja, lon, lat:" in words
    assert f"    {NEW_STREAM.strip()}\n" in words
    after = yukimori("claims", "--site", fixed_town, environment={"DATABASE_URL": dsn}).out
    assert "yukimori quarantine replay --device snow-09" in after


def test_what_strangers_send_cannot_steer_the_terminal(yukimori, dsn, arrive):
    body = {"at": format_rfc3339(utc_now()), "quantity": "\x1b[2J[red]", "value": 1, "unit": "\x1b[0m"}
    arrive(("yukimori/obanazawa/[bold]=cmd()/reading", json.dumps(body)))
    words = yukimori("claims", environment={"DATABASE_URL": dsn}).out
    assert "\x1b" not in words
    assert "[bold]=cmd()" in words
    assert "\\x1b[2J[red]" in words
    assert "add to" not in words


def test_neither_can_a_message_that_is_shown(yukimori, dsn, arrive):
    payload = "{\x9b2J\x7f\u202e 積雪"
    arrive(("yukimori/obanazawa/\x9b/reading", payload))
    environment = {"DATABASE_URL": dsn}
    listed = yukimori("quarantine", "list", environment=environment).out
    as_json = yukimori("quarantine", "list", "--json", environment=environment).out
    number = json.loads(as_json)["number"]
    shown = yukimori("quarantine", "show", number, environment=environment).out
    for words in (listed, as_json, shown):
        assert not {"\x9b", "\x7f", "\u202e"} & set(words)
    assert json.loads(shown)["payload_text"] == payload, "a script reads what was sent"
    assert "積雪" in shown


def test_nothing_to_claim_is_said(yukimori, dsn):
    answer = yukimori("claims", environment={"DATABASE_URL": dsn})
    assert answer.out == "every device that sends is in the site folder\n"
