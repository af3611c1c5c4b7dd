"""`yukimori shelters`: the state of shelters by command, by table, and by a file that is watched."""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app import shelter_watch
from app.demo_shelters import SCENES, play_shelters
from app.shelter_file import LARGEST_FILE, MOST_MISTAKES, Saying, read_shelter_file
from app.shelter_watch import FILE_NAME, INCIDENT, ShelterFileWatch
from config import load_site
from core.errors import StoreError
from core.shelters import ShelterStatus
from gis import publish_layers
from gis.shelter_sites import ShelterSite
from store import open_store

NOW = datetime(2026, 1, 15, 18, 10, tzinfo=UTC)
SCHOOL, SCHOOL_FLIGHT, HALL = "E0621200001111", "E0621200001201", "E0621200002111"
NAMES = {SCHOOL: "中央小学校", SCHOOL_FLIGHT: "中央小学校", HALL: "北公民館"}


def site(identity):
    flight = identity[11:13] == "20"
    return ShelterSite(
        id=identity,
        name=NAMES[identity],
        kind_ja="指定緊急避難場所" if flight else "指定避難所",
        kind_en="",
        layer="emergency" if flight else "shelters",
        feature={},
    )


SITES = [site(identity) for identity in NAMES]
SAYING = Saying(by="当直", at=NOW, now=NOW, ahead=timedelta(minutes=5), zone=ZoneInfo("Asia/Tokyo"))


def read(text, encoding="utf-8"):
    return read_shelter_file(text if isinstance(text, bytes) else text.encode(encoding), SITES, SAYING)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_table_as_a_spreadsheet_saves_it(encoding):
    text = (
        "共通ID,名称,状態,人数,定員,備考\r\n"
        f"{SCHOOL},中央小学校,開設,12,150,毛布あり\r\n"
        "\r\n"
        f'{HALL},北公民館,満員,８０,80,"受付は, 南口"\r\n'
    )
    found = read(text, encoding)
    assert found.mistakes == []
    school, hall = found.states
    assert (school.shelter, school.status, school.people, school.capacity) == (SCHOOL, ShelterStatus.OPEN, 12, 150)
    assert (school.note_ja, school.at, school.by) == ("毛布あり", NOW, "当直")
    assert (hall.status, hall.people, hall.note_ja) == (ShelterStatus.FULL, 80, "受付は, 南口")


def test_english_words_names_notes_and_times_of_their_own():
    found = read("name,status,at,note_en\n北公民館,closed,2026/1/16 3:05,'=blankets\n")
    (state,) = found.states
    assert (state.shelter, state.status, state.people) == (HALL, ShelterStatus.CLOSED, None)
    assert state.at == NOW - timedelta(minutes=5)
    assert state.note_en == "=blankets"


def test_a_row_without_a_state_says_nothing():
    found = read(f"id,種別,状態,人数,備考\n{SCHOOL},指定避難所,,,去年の備考\n{HALL},指定避難所,開設,,\n")
    assert [state.shelter for state in found.states] == [HALL]


MISTAKES = [
    ("", "line 1: the heading needs"),
    ("id,people\n", "line 1: the heading needs"),
    ("status\nopen\n", "line 1: the heading needs"),
    ("id,status,colour\n", "line 1: there is no column 'colour'"),
    ("id,共通ID,status\n", "line 1: column id is there twice"),
    ("id,status\n", "no row has a state"),
    (f"id,status\n{SCHOOL}\n", "line 2: it has 1 cells, the heading 2"),
    (f"id,status\n{SCHOOL},opened\n", "line 2: state 'opened' is none of 開設, 満員, 閉鎖"),
    (f"id,status\n{SCHOOL},open\n{SCHOOL},closed\n", f"line 3: {SCHOOL} is named a second time"),
    (
        "id,status\nE0621200001112,open\n",
        f"line 2: there is no shelter 'E0621200001112'; near it: {HALL} 北公民館, {SCHOOL} 中央小学校",
    ),
    (f"id,name,status\n{SCHOOL},北公民館,open\n", f"line 2: {SCHOOL} is 中央小学校, the row says '北公民館'"),
    ("name,status\n中央小学校,open\n", f"line 2: 中央小学校 is 2 shelters, give the id: {SCHOOL} 指定避難所"),
    ("name,status\n中央小学,open\n", "line 2: there is no shelter '中央小学'; near it:"),
    ("name,status\n,open\n", "line 2: it names no shelter"),
    (f"id,status,people\n{SCHOOL},open,about 12\n", "line 2: people 'about 12' is no whole number"),
    (f"id,status,people\n{SCHOOL},open,-1\n", "line 2: people '-1' is no whole number"),
    (f"id,status,people\n{SCHOOL},open,100001\n", "line 2: people is 100001; it is a whole number from 0 to 100000"),
    (f"id,status,people\n{SCHOOL},,12\n", "line 2: it has no state"),
    (f"id,status,note\n{SCHOOL},open,{'あ' * 201}\n", "line 2: note_ja is at most 200"),
    (f"id,status,at\n{SCHOOL},open,3 時\n", "line 2: its time '3 時' is none"),
    (f"id,status,at\n{SCHOOL},open,2026-02-30 03:00\n", "line 2: its time"),
    (f"id,status,at\n{SCHOOL},open,2026-01-16T18:10:00Z\n", "line 2: its time (at) lies in the future"),
    (f"id,status,at\n{SCHOOL},open,2025-01-16T18:10:00Z\n", "line 2: its time (at) lies more than 30 days back"),
    (f'id,status\n{SCHOOL},"open\n', "the table cannot be read as CSV"),
    (b"\xff\xfei\x00d\x00", "line 1: the file is UTF-16"),
    (b"id,status\n\x81\x20,open\n", "line 1: the file is neither UTF-8 nor Shift_JIS"),
    (b"x" * (LARGEST_FILE + 1), "line 1: the file has more than 1000000 bytes"),
    (b"PK\x03\x04" + bytes(200), "line 1: there is no column"),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_table_with_a_mistake_says_nothing_and_names_its_line(text, words):
    found = read(text)
    assert found.states == []
    assert any(words in mistake for mistake in found.mistakes), found.mistakes


@pytest.mark.parametrize(
    "text", ['"id,status\n', "id," + "x" * 200_000 + "\n", 'id,status\n"E', "id,status,note\nE,open," + "x" * 200_000]
)
def test_a_table_that_is_no_csv_is_a_mistake_wherever_it_breaks(text):
    found = read(text)
    assert found.states == []
    assert "cannot be read as CSV" in found.mistakes[0]


def test_of_a_table_full_of_mistakes_only_the_first_are_looked_into():
    found = read("id,status\n" + "nobody,open\n" * 80_000)
    assert len(found.mistakes) == MOST_MISTAKES + 1
    assert "the rest was not read" in found.mistakes[-1]


def test_every_mistake_is_named_at_once():
    found = read(f"id,status\n{SCHOOL},open\nnobody,open\n{HALL},perhaps\n")
    assert found.states == []
    assert [mistake.split(":")[0] for mistake in found.mistakes] == ["line 3", "line 4"]


# The commands, on a database


@pytest.fixture(scope="session")
def layers(tmp_path_factory) -> Path:
    """A published folder with the shelters of the tests and nothing else."""
    folder = tmp_path_factory.mktemp("sheltered")
    source = Path(__file__).resolve().parents[2] / "config" / "example"
    example = load_site(source)
    kept = tuple(layer for layer in example.layers if layer.kind == "shelters")
    publish_layers(replace(example, layers=kept), folder / "layers")
    return folder / "layers"


@pytest.fixture
def data(tmp_path, layers) -> Path:
    folder = tmp_path / "data"
    (folder / "public").mkdir(parents=True)
    (folder / "public" / "layers").symlink_to(layers)
    return folder


@pytest.fixture
def shelters(yukimori, dsn, data):
    return lambda *arguments: yukimori(
        "shelters", *arguments, "--data", data, environment={"DATABASE_URL": dsn, "COLUMNS": "300"}
    )


@pytest.fixture
def listed(shelters):
    def run():
        return {row["id"]: row for row in map(json.loads, shelters("list", "--json").out.splitlines())}

    return run


@pytest.mark.db
def test_one_shelter_is_set_and_listed(shelters, listed):
    said = shelters("set", SCHOOL, "開設", "--people", 12, "--capacity", 150, "--note", "毛布あり", "--by", "当直")
    assert (said.code, said.err) == (0, "")
    assert "1 said" in said.out
    state = listed()[SCHOOL]["state"]
    assert (state["status"], state["people"], state["note_ja"], state["by"]) == ("open", 12, "毛布あり", "当直")
    people = shelters("list").out
    assert "1 open, 0 full, 0 closed, of 68 shelters" in people
    assert "not known" in people


@pytest.mark.db
def test_an_older_word_is_kept_and_told_to_be_overruled(shelters, listed):
    shelters("set", SCHOOL, "full")
    earlier = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert "later word: full" in shelters("set", SCHOOL, "open", "--at", earlier).out
    assert listed()[SCHOOL]["state"]["status"] == "full"


@pytest.mark.db
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody", "open"), "there is no shelter 'nobody'"),
        (("尾花沢中学校", "open"), "is 2 shelters, give the id"),
        ((SCHOOL, "ajar"), "none of open, full, closed"),
        ((SCHOOL, "open", "--people", "100001"), "from 0 to 100000"),
        ((SCHOOL, "open", "--at", "3 a.m."), "no RFC 3339 time"),
        ((SCHOOL, "open", "--by", ""), "who says it"),
    ],
)
def test_what_cannot_be_set_is_wrong_usage(shelters, listed, arguments, words):
    said = shelters("set", *arguments)
    assert said.code == 2
    assert words in " ".join(said.err.replace("│", " ").split())
    assert all(row["state"] is None for row in listed().values())


@pytest.mark.db
def test_the_table_goes_out_is_filled_in_and_comes_back(shelters, listed, tmp_path):
    table = tmp_path / "避難所.csv"
    lines = shelters("list", "--csv").out.splitlines()
    assert lines[0] == "\ufeffid,名称,種別,状態,人数,定員,備考"
    filled = [line.replace(",,,,", ",満員,80,80,=1+1") if line.startswith(SCHOOL) else line for line in lines]
    table.write_text("\r\n".join(filled), encoding="utf-8")
    look = shelters("load", table, "--dry-run")
    assert "1 would be said, nothing was" in look.out
    assert listed()[SCHOOL]["state"] is None
    assert "1 said" in shelters("load", table).out
    assert listed()[SCHOOL]["state"]["people"] == 80
    assert ",満員,80,80,'=1+1" in shelters("list", "--csv").out


@pytest.mark.db
def test_a_table_with_mistakes_changes_nothing(shelters, listed, tmp_path):
    table = tmp_path / "bad.csv"
    table.write_text(f"id,status\n{SCHOOL},open\nnobody,open\n")
    said = shelters("load", table)
    assert said.code == 1
    assert "1 mistakes, nothing was said" in said.err
    assert "line 3: there is no shelter 'nobody'" in said.err
    assert listed()[SCHOOL]["state"] is None


@pytest.mark.db
def test_without_published_shelters_nothing_can_be_said(yukimori, dsn, tmp_path):
    said = yukimori("shelters", "list", "--data", tmp_path / "empty", environment={"DATABASE_URL": dsn})
    assert said.code == 3
    assert "none are published" in said.err


# The file that is watched


class Folder:
    """A data folder, a watch on it, and what is said after each change."""

    def __init__(self, store, site, site_no, data):
        self.store, self.site_no = store, site_no
        self.now = datetime.now(UTC)
        layers = data / "public" / "layers"
        self.watch = ShelterFileWatch(site, store, site_no, data=data, layers=layers, clock=lambda: self.now)
        self.file, self.report = self.watch.file, self.watch.report

    def write(self, text, at=None):
        self.file.write_text(text, encoding="utf-8")
        moment = (at or self.now).timestamp()
        os.utime(self.file, (moment, moment))

    def look(self, times=2):
        for _ in range(times):
            self.watch.take_in_shelter_file()
        return self.store.shelters.latest(self.site_no)

    def incidents(self):
        return [(one.kind, one.subject) for one in self.store.watching.incidents(self.site_no)]


@pytest.fixture
def folder(dsn, root, data):
    site = load_site(root / "config" / "example")
    with open_store(dsn) as store:
        yield Folder(store, site, store.register(site).site, data)


GOOD = f"id,status,people\n{SCHOOL},open,12\n"


@pytest.mark.db
def test_a_file_is_taken_in_once_it_is_no_longer_written(folder):
    assert folder.look() == {}
    folder.write(GOOD)
    assert folder.look(1) == {}
    state = folder.look(1)[SCHOOL]
    assert (state.people, state.by) == (12, f"file {FILE_NAME}")
    assert abs(state.at - folder.now) < timedelta(milliseconds=1)
    folder.look()
    assert len(folder.store.shelters.history(folder.site_no, SCHOOL)) == 1


@pytest.mark.db
def test_a_bad_file_is_refused_whole_told_once_and_healed_by_a_good_one(folder, caplog):
    folder.write(GOOD)
    folder.look()
    with caplog.at_level(logging.WARNING):
        folder.write(f"id,status\n{SCHOOL},closed\nnobody,open\n", folder.now + timedelta(seconds=1))
        assert folder.look(5)[SCHOOL].status is ShelterStatus.OPEN
    assert len([record for record in caplog.records if "is refused" in record.getMessage()]) == 1
    assert folder.incidents() == [(INCIDENT, FILE_NAME)]
    assert "line 3: there is no shelter 'nobody'" in folder.report.read_text(encoding="utf-8-sig")
    folder.now += timedelta(minutes=1)
    folder.write(f"id,status\n{SCHOOL},closed\n")
    assert folder.look()[SCHOOL].status is ShelterStatus.CLOSED
    assert folder.incidents() == []
    assert not folder.report.exists()


@pytest.mark.db
def test_a_file_read_again_after_a_restart_does_not_overrule_what_was_said_since(folder, root):
    folder.write(GOOD)
    said = folder.look()[SCHOOL]
    later = replace(said, status=ShelterStatus.CLOSED, at=said.at + timedelta(minutes=5), by="staff")
    folder.store.shelters.say(folder.site_no, [later], folder.now)
    again = ShelterFileWatch(
        load_site(root / "config" / "example"),
        folder.store,
        folder.site_no,
        data=folder.file.parent,
        layers=folder.file.parent / "public" / "layers",
        clock=lambda: folder.now,
    )
    again.take_in_shelter_file()
    again.take_in_shelter_file()
    assert folder.look(0) == {SCHOOL: later}
    assert len(folder.store.shelters.history(folder.site_no, SCHOOL)) == 2


@pytest.mark.db
def test_a_file_of_last_winter_is_left_alone(folder):
    folder.write(GOOD, folder.now - timedelta(days=31))
    assert folder.look() == {}
    assert folder.incidents() == []


@pytest.mark.db
def test_a_file_from_a_clock_that_is_ahead_is_of_now(folder):
    folder.write(GOOD, folder.now + timedelta(days=3))
    assert folder.look()[SCHOOL].at == folder.now


@pytest.mark.db
def test_while_the_database_is_away_the_file_waits(folder, monkeypatch, caplog):
    def away(*_):
        raise StoreError("away", retryable=True)

    folder.write(GOOD)
    with monkeypatch.context() as patched, caplog.at_level(logging.WARNING):
        patched.setattr(folder.store.shelters, "say", away)
        assert folder.look(4) == {}
    assert len([record for record in caplog.records if "tried again" in record.getMessage()]) == 1
    assert SCHOOL in folder.look(1)


@pytest.mark.db
def test_what_is_no_file_is_passed_over(folder):
    folder.file.mkdir()
    assert folder.look() == {}


@pytest.mark.db
def test_what_becomes_a_pipe_between_two_looks_does_not_hold_the_watch(folder, monkeypatch):
    folder.write(GOOD)
    folder.look(1)
    signature = shelter_watch._signature(folder.file)
    folder.file.unlink()
    os.mkfifo(folder.file)
    monkeypatch.setattr(shelter_watch, "_signature", lambda _file: signature)
    assert folder.look(1) == {}
    assert "not a regular file" in folder.report.read_text(encoding="utf-8-sig")


@pytest.mark.db
def test_the_report_is_not_written_through_a_link(folder, tmp_path):
    canary = tmp_path / "canary"
    canary.write_text("untouched")
    folder.report.symlink_to(canary)
    folder.write("id,status\nnobody,open\n")
    folder.look()
    assert canary.read_text() == "untouched"
    assert "nobody" in folder.report.read_text(encoding="utf-8-sig")


@pytest.mark.db
def test_a_file_dated_beyond_all_calendars_is_of_now(folder, monkeypatch):
    folder.write(GOOD)
    monkeypatch.setattr(shelter_watch, "_signature", lambda _file: (10**30, 1, 1))
    assert folder.look()[SCHOOL].at == folder.now


@pytest.mark.db
def test_the_demonstration_opens_two_and_fills_one(folder, layers):
    scenes = [replace(scene, after_s=0) for scene in SCENES]
    play_shelters(folder.store, folder.site_no, layers, clock=lambda: folder.now, stop=threading.Event(), scenes=scenes)
    states = list(folder.store.shelters.latest(folder.site_no).values())
    assert sorted((state.status.value, state.people) for state in states) == [("full", 60), ("open", 17)]
    assert {state.note_ja for state in states} == {"架空の状況です（見本）"}


@pytest.mark.db
def test_the_demonstration_ends_when_told_to(folder, tmp_path):
    stop = threading.Event()
    stop.set()
    play_shelters(folder.store, folder.site_no, tmp_path, clock=lambda: folder.now, stop=stop)
    assert folder.look(0) == {}
