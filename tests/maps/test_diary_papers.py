"""The papers of a work diary: what stands on them, that nothing in them runs, and that the same diary is the same bytes."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.diary import Seal, seal_digest
from maps import diary_pdf
from maps.diary_content import diary_content
from maps.diary_papers import PAPERS, file_name

DOCUMENT = {
    "form": 1, "site": "t", "vehicle": "plough-01", "name_ja": "除雪車 1号", "name_en": "Plough 1",
    "contractor": "=cmd|' /C calc'!A0", "day": "2026-01-15", "since": "2026-01-15T03:00:00Z",
    "until": "2026-01-16T03:00:00Z", "first_at": "2026-01-15T16:00:00Z", "last_at": "2026-01-15T22:30:00Z",
    "times": [
        {"task": "plough", "evidence": "signal", "seconds": 3661, "stopped_s": 300},
        {"task": "unsaid", "evidence": "inferred", "seconds": 59, "stopped_s": 0},
        {"task": "travel", "evidence": "", "seconds": 1800, "stopped_s": 0},
    ],
    "classes": [
        {"code": "1", "class": "第1種", "roads": 1, "worked_m": 1260.0, "distinct_m": 860.0, "signal_m": 800.0,
         "inferred_m": 460.0},
    ],
    "roads": [
        {"road": "R001", "name": "市道<b>&中央線", "code": "1", "class": "第1種", "contractor": "", "official_length_m": None,
         "passes": 2, "worked_m": 1260.0, "distinct_m": 860.0, "signal_m": 800.0, "inferred_m": 460.0,
         "first_at": "2026-01-15T16:00:00Z", "last_at": "2026-01-15T16:07:00Z"},
    ],
    "stops": [
        {"began_at": "2026-01-15T17:00:00Z", "ended_at": "2026-01-15T17:07:00Z", "lon": 140.4, "lat": 38.6, "road": "R001",
         "depot": ""},
        {"began_at": "2026-01-15T18:00:00Z", "ended_at": "2026-01-15T18:05:00Z", "lon": 140.4, "lat": 38.6, "road": "",
         "depot": ""},
    ],
    "quality": {"fixes": 1234, "flags": {"coarse": 3}, "gaps": 1, "unknown_s": 300, "driven_m": 2000.5, "matched_m": 1900.0},
    "fictitious": True,
}  # fmt: skip
MADE = datetime(2026, 1, 16, 4, 0, tzinfo=UTC)


@pytest.fixture
def seal():
    document = json.dumps(DOCUMENT).encode()
    return Seal(
        vehicle="plough-01", day=date(2026, 1, 15), revision=2, document=document, previous="ab" * 32,
        digest=seal_digest("ab" * 32, document), made_at=MADE, made_by="班長",
    )  # fmt: skip


@pytest.fixture
def content(seal):
    return diary_content(seal, "ja", town="尾花沢市", time_zone="Asia/Tokyo")


def _lines(content):
    text = PAPERS["csv"].write(content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_a_csv_tells_all_of_it_in_the_town_s_time(content, seal):
    lines = _lines(content)
    assert lines[0] == ["除雪作業日報", "架空・訓練のデータです"]
    assert ["作業日", "2026年1月15日 12:00 から 2026年1月16日 12:00 まで"] in lines
    assert ["作業延長（延べ）", "1.26 km"] in lines
    assert ["作業時間", "1:02"] in lines
    assert ["新雪除雪", "作業信号", "1:01:01", "0:05:00"] in lines
    assert ["除雪（推定）", "走行から推定", "0:00:59", "0:00:00"] in lines
    assert ["計", "1", "1260.0", "860.0", "800.0", "460.0"] in lines
    road = ["第1種", "R001", "市道<b>&中央線", "", "2", "1260.0", "860.0", "800.0", "460.0"]
    assert [*road, "2026-01-16 01:00:00", "2026-01-16 01:07:00"] in lines
    assert ["2026-01-16 02:00:00", "2026-01-16 02:07:00", "0:07:00", "路線 R001"] in lines
    assert ["作業延長のうち作業信号によるもの %", "63.5"] in lines
    assert ["検証用ハッシュ（SHA-256）", seal.digest] in lines


def test_nothing_in_a_table_runs_as_a_formula(content):
    assert all(not cell.startswith(("=", "+", "@")) for line in _lines(content) for cell in line)
    with zipfile.ZipFile(io.BytesIO(PAPERS["xlsx"].write(content))) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")]
        strings = book.read("xl/sharedStrings.xml").decode()
    assert len(sheets) == 6
    assert not any(re.search(r"<f[ >]|<hyperlink", sheet) for sheet in sheets)
    assert "=cmd|" in strings


def test_numbers_and_times_in_the_workbook_are_numbers(content):
    with zipfile.ZipFile(io.BytesIO(PAPERS["xlsx"].write(content))) as book:
        times, classes = (book.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (2, 3))
    assert f"<v>{3661 / 86400:.16G}</v>" in times
    assert "<v>1260</v>" in classes


def test_the_pdf_embeds_its_letters_and_names_its_seal(content, seal):
    written = PAPERS["pdf"].write(content)
    assert written.startswith(b"%PDF-1.")
    assert b"/FontFile2" in written
    assert b"BIZUDPGothic" in written
    assert seal.digest.encode() in written


@pytest.mark.parametrize("form", PAPERS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_same_diary_is_the_same_bytes(seal, form, language):
    first, second = (
        PAPERS[form].write(diary_content(seal, language, town="Town", time_zone="Asia/Tokyo")) for _ in range(2)
    )
    assert first == second


def test_what_is_not_sealed_says_so(seal):
    unsealed = Seal(
        vehicle=seal.vehicle, day=seal.day, revision=0, document=seal.document, previous="", digest="", made_at=MADE,
        made_by="",
    )  # fmt: skip
    content = diary_content(unsealed, "ja", town="尾花沢市", time_zone="Asia/Tokyo")
    assert "暫定版" in content.warning
    assert content.seal == (("版", "未確定"),)
    assert file_name("pdf", unsealed, "ja") == "nippo-2026-01-15-plough-01-provisional.pdf"
    assert file_name("pdf", seal, "en") == "nippo-2026-01-15-plough-01-r2-en.pdf"


def test_an_empty_day_does_not_claim_that_nothing_was_done(seal):
    empty = DOCUMENT | {"first_at": None, "last_at": None, "times": [], "classes": [], "roads": [], "stops": []}
    nothing = Seal(
        vehicle=seal.vehicle, day=seal.day, revision=1, document=json.dumps(empty).encode(), previous="", digest="0" * 64,
        made_at=MADE, made_by="x",
    )  # fmt: skip
    content = diary_content(nothing, "ja", town="尾花沢市", time_zone="Asia/Tokyo")
    assert any("作業がなかったとは限りません" in value for _, value in content.facts)
    assert PAPERS["pdf"].write(content).startswith(b"%PDF")
    assert ["停止の記録はありません"] in _lines(content)


def test_standing_in_depots_is_told_apart_and_stops_are_added_up(seal):
    depot = DOCUMENT["stops"][0] | {"depot": "本庁基地", "ended_at": "2026-01-15T19:00:30Z"}
    document = json.dumps(DOCUMENT | {"stops": [depot, DOCUMENT["stops"][1]]}).encode()
    content = diary_content(replace(seal, document=document), "ja", town="尾花沢市", time_zone="Asia/Tokyo")
    assert ["車両基地での停車", "2:00"] in _lines(content)
    assert ["計", "", "2:05:30", ""] in _lines(content)


def test_a_road_that_is_gone_from_the_map_says_so(seal):
    gone = {"code": "", "class": ""}
    parts = {part: [DOCUMENT[part][0] | gone] for part in ("classes", "roads")}
    content = diary_content(
        replace(seal, document=json.dumps(DOCUMENT | parts).encode()), "ja", town="", time_zone="Asia/Tokyo"
    )
    assert [line[0] for line in _lines(content) if line].count("（今の路線図にない路線）") == 2


@pytest.mark.parametrize(
    "name", ["長" * 40_000, "x" * 5_000, "</para><font size=900>", "a\x00\x1b[31m\ufffe", "a\n=1+1"]
)
def test_no_name_keeps_a_paper_from_being_written(seal, name):
    roads = [DOCUMENT["roads"][0] | {"name": name, "class": name}]
    document = json.dumps(DOCUMENT | {"roads": roads, "contractor": name, "name_ja": name}).encode()
    content = diary_content(replace(seal, document=document), "ja", town="尾花沢市", time_zone="Asia/Tokyo")
    for form in PAPERS.values():
        assert form.write(content)


def test_the_paper_names_the_command_that_there_is(content):
    assert any("yukimori ploughs verify " in note for note in content.notes)


def test_missing_letters_are_told_with_the_remedy(content, monkeypatch, tmp_path):
    monkeypatch.setattr(diary_pdf, "FONTS", tmp_path)
    diary_pdf._letters.cache_clear()
    with pytest.raises(diary_pdf.StartError, match="letters") as caught:
        PAPERS["pdf"].write(content)
    assert "make" in caught.value.hint
