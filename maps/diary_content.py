"""What stands in a work diary (除雪日報), for every paper it is written on: facts, tables, notes, seal.

Papers differ in their looks only: CSV (``maps.diary_csv``), Excel (``maps.diary_sheet``), PDF (``maps.diary_pdf``) are written from
this, and the same sealed document gives the same bytes again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.diary import Seal
from core.times import parse_rfc3339
from maps.diary_form import Column, DiaryContent, Form, Row, Table
from maps.words import Language, words
from maps.words_diary import diary_words


@dataclass(frozen=True, slots=True)
class _Writer:
    document: Mapping[str, Any]
    language: Language
    zone: ZoneInfo
    w: Mapping[str, str]
    page_words: Mapping[str, str]

    def instant(self, text: str | None) -> datetime | None:
        return None if text is None else parse_rfc3339(text).astimezone(self.zone)

    def moment(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        if self.language == "ja":
            return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
        return f"{local:%Y-%m-%d %H:%M}"


def diary_content(seal: Seal, language: Language, *, town: str, time_zone: str) -> DiaryContent:
    """The content of a diary in one language; revision 0 is one that is not sealed yet. ``town`` is the municipality's name in it, times in ``time_zone``."""
    document = json.loads(seal.document)
    writer = _Writer(document, language, ZoneInfo(time_zone), diary_words(language), words(language))
    w = writer.w
    return DiaryContent(
        title=w["title"],
        warning=_warning(writer, seal),
        facts=_facts(writer, town),
        tables=tuple(make(writer) for make in _TABLES),
        notes=(
            w["note_length"],
            w["note_inferred"],
            w["note_gap"],
            w["note_whole"],
            *((w["verify"],) if seal.revision else ()),
        ),
        seal=_seal(writer, seal),
        signatures=(w["sign_contractor"], w["sign_town"]),
        page=w["page"],
        digest=seal.digest,
        made_at=seal.made_at,
    )


def _warning(writer: _Writer, seal: Seal) -> str:
    said = ("provisional" if not seal.revision else "", "fictitious" if writer.document["fictitious"] else "")
    return "　".join(writer.w[key] for key in said if key)


def _facts(writer: _Writer, town: str) -> tuple[tuple[str, str], ...]:
    document, w = writer.document, writer.w
    name = document["name_ja"] if writer.language == "ja" else document["name_en"] or document["name_ja"]
    since, until = (writer.moment(parse_rfc3339(document[key])) for key in ("since", "until"))
    return (
        (w["town"], town),
        (w["day"], w["span"].format(since=since, until=until)),
        (
            w["vehicle"],
            f"{name}（{document['vehicle']}）" if writer.language == "ja" else f"{name} ({document['vehicle']})",
        ),
        (w["contractor"], document["contractor"] or w["contractor_none"]),
        (w["first_last"], _first_last(writer)),
        (w["worked"], f"{sum(one['worked_m'] for one in document['classes']) / 1000:,.2f} km"),
        (w["hours"], span_text(_worked_s(document))),
        (w["waited"], span_text(_stood(one for one in document["stops"] if one["depot"]))),
    )


def _first_last(writer: _Writer) -> str:
    first, last = (writer.document[key] for key in ("first_at", "last_at"))
    if first is None:
        return writer.w["nothing"]
    since, until = (writer.moment(parse_rfc3339(text)) for text in (first, last))
    return writer.w["span"].format(since=since, until=until)


def _worked_s(document: Mapping[str, Any]) -> timedelta:
    return timedelta(seconds=sum(one["seconds"] for one in document["times"] if one["evidence"]))


def _stood(stops: Iterable[Mapping[str, Any]]) -> timedelta:
    return sum((parse_rfc3339(one["ended_at"]) - parse_rfc3339(one["began_at"]) for one in stops), timedelta())


def span_text(span: timedelta) -> str:
    """Hours and minutes, rounded down to the minute: ``7:05``; below a minute ``0:00``."""
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02d}"


def _times(writer: _Writer) -> Table:
    w = writer.w
    rows = tuple(
        (
            _task(writer, one),
            w[f"evidence_{one['evidence']}"],
            timedelta(seconds=one["seconds"]),
            timedelta(seconds=one["stopped_s"]),
        )
        for one in writer.document["times"]
    )
    return Table(
        title=w["times"],
        columns=(
            Column(label=w["task"], share=3),
            Column(label=w["evidence"], share=2),
            Column(label=w["time"], form=Form.SPAN),
            Column(label=w["stopped"], form=Form.SPAN),
        ),
        rows=rows,
        empty=w["times_none"],
    )


def _task(writer: _Writer, one: Mapping[str, Any]) -> str:
    if one["task"] == "unsaid":
        return writer.w["task_unsaid_inferred" if one["evidence"] else "task_unsaid"]
    return writer.page_words.get(f"task_{one['task']}", one["task"])


_LENGTHS = ("worked_m", "distinct_m", "signal_m", "inferred_m")


def _classes(writer: _Writer) -> Table:
    w, found = writer.w, writer.document["classes"]
    lengths = tuple(Column(label=w[key], form=Form.METRES, share=1.3) for key in _LENGTHS)
    total: Row = (
        w["all"],
        sum(one["roads"] for one in found),
        *(round(sum(one[key] for one in found), 1) for key in _LENGTHS),
    )
    return Table(
        title=w["classes"],
        columns=(Column(label=w["class"], share=2), Column(label=w["roads_count"], form=Form.NUMBER), *lengths),
        rows=tuple((_class(w, one), one["roads"], *(one[key] for key in _LENGTHS)) for one in found),
        empty=w["classes_none"],
        total=total if found else None,
    )


def _class(w: Mapping[str, str], one: Mapping[str, Any]) -> str:
    return one["class"] or one["code"] or w["class_gone"]


def _roads(writer: _Writer) -> Table:
    w = writer.w
    columns = (
        Column(label=w["class"], share=1.1),
        Column(label=w["road"], share=0.9),
        Column(label=w["name"], share=2.3),
        Column(label=w["official_m"], form=Form.METRES),
        Column(label=w["passes"], form=Form.NUMBER, share=0.8),
        *(Column(label=w[key], form=Form.METRES) for key in _LENGTHS),
        Column(label=w["first"], form=Form.CLOCK, share=1.5),
        Column(label=w["last"], form=Form.CLOCK, share=1.5),
    )
    return Table(
        title=w["roads"],
        columns=columns,
        rows=tuple(_road(writer, one) for one in writer.document["roads"]),
        empty=w["roads_none"],
    )


def _road(writer: _Writer, one: Mapping[str, Any]) -> Row:
    return (
        _class(writer.w, one),
        one["road"],
        one["name"],
        one["official_length_m"],
        one["passes"],
        *(one[key] for key in _LENGTHS),
        writer.instant(one["first_at"]),
        writer.instant(one["last_at"]),
    )


def _stops(writer: _Writer) -> Table:
    w, found = writer.w, writer.document["stops"]
    return Table(
        title=w["stops"],
        columns=(
            Column(label=w["from"], form=Form.CLOCK),
            Column(label=w["to"], form=Form.CLOCK),
            Column(label=w["length"], form=Form.SPAN),
            Column(label=w["place"], share=3),
        ),
        rows=tuple(_stop(writer, one) for one in found),
        empty=w["stops_none"],
        total=(w["all"], None, _stood(found), "") if found else None,
    )


def _stop(writer: _Writer, one: Mapping[str, Any]) -> Row:
    began, ended = (parse_rfc3339(one[key]).astimezone(writer.zone) for key in ("began_at", "ended_at"))
    return began, ended, ended - began, _place(writer.w, one)


def _place(w: Mapping[str, str], one: Mapping[str, Any]) -> str:
    if one["depot"]:
        return w["in_depot"].format(depot=one["depot"])
    if one["road"]:
        return w["on_road"].format(road=one["road"])
    return w["off_road"].format(lat=one["lat"], lon=one["lon"])


def _quality(writer: _Writer) -> Table:
    w, quality, found = writer.w, writer.document["quality"], writer.document["classes"]
    worked = sum(one["worked_m"] for one in found)
    signal = round(100 * sum(one["signal_m"] for one in found) / worked, 1) if worked else None
    rows: list[Row] = [
        (w["fixes"], quality["fixes"]),
        (w["driven"], quality["driven_m"]),
        (w["matched"], quality["matched_m"]),
        (w["by_signal"], signal),
        (w["gaps"], quality["gaps"]),
        (w["unknown"], span_text(timedelta(seconds=quality["unknown_s"]))),
        *((w.get(f"flag_{name}", name), count) for name, count in quality["flags"].items()),
    ]
    return Table(
        title=w["quality"],
        columns=(Column(label=w["item"], share=3), Column(label=w["value"], form=Form.NUMBER)),
        rows=tuple(rows),
        empty="",
    )


def _seal(writer: _Writer, seal: Seal) -> tuple[tuple[str, str], ...]:
    w = writer.w
    made = writer.moment(seal.made_at)
    if not seal.revision:
        return ((w["revision"], w["unsealed"]),)
    return (
        (w["revision"], w["revision_of"].format(number=seal.revision, made=made, by=seal.made_by)),
        (w["digest"], seal.digest),
        (w["previous"], seal.previous or w["previous_none"]),
    )


_TABLES: Sequence[Callable[[_Writer], Table]] = (_times, _classes, _roads, _stops, _quality)
