"""What silences (連絡の一時停止) hold back, and what is said of them when they begin and end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.dispatch_matters import Matter
from alerts.messages import Texts, jst, one_line, without_issued_level
from alerts.system_messages import system_body
from config.model import Site
from core.levels import Level
from core.model import StationKind
from store.silences import Silence

_KINDS_JA = {
    StationKind.SNOW: "積雪",
    StationKind.RIVER: "河川",
    StationKind.CHANNEL: "流雪溝",
    StationKind.WEATHER: "気象",
    StationKind.CAMERA: "カメラ",
}
ASKED, MADE, OVER = "asked", "made", "over"


@dataclass(frozen=True, slots=True)
class Word:
    """What has to be announced of a silence: that it was ``asked`` for and waits, is ``made``, or is ``over``."""

    silence: Silence
    word: str


def covers(silence: Silence, matter: Matter) -> bool:
    """Whether a silence is about a matter as it stands; nothing is without a limit, and danger only where it is named."""
    if matter.level not in silence.levels or not (silence.rules or silence.stations or silence.kinds):
        return False
    station = matter.station
    if silence.rules and matter.rule not in silence.rules:
        return False
    if silence.stations and (station is None or str(station.id) not in silence.stations):
        return False
    return not silence.kinds or (station is not None and station.kind.value in silence.kinds)


def silenced(silences: Iterable[Silence], matters: Sequence[Matter], now: datetime) -> dict[UUID, UUID]:
    """The matters held back at ``now``, with the silence that holds each."""
    active = [silence for silence in silences if silence.in_force(now)]
    return {
        matter.id: silence.id
        for matter in matters
        for silence in sorted(active, key=lambda each: each.created_at, reverse=True)
        if covers(silence, matter)
    }


def words(silences: Iterable[Silence], announced: frozenset[tuple[UUID, str]], now: datetime) -> list[Word]:
    """What has to be announced at ``now`` and was not yet, in the order it was wished."""
    found = []
    for silence in sorted(silences, key=lambda each: (each.created_at, each.id)):
        state = silence.state(now)
        if state == "over":
            word = OVER if (silence.id, MADE) in announced else ""
        else:
            word = ASKED if state == "waiting" else MADE
        if word and (silence.id, word) not in announced:
            found.append(Word(silence, word))
    return found


def next_edge(silences: Iterable[Silence], now: datetime) -> datetime | None:
    """When the next silence begins or ends after ``now``, None where none does."""
    edges = (edge for each in silences for edge in (each.starts_at, each.over_at) if edge > now)
    return min(edges, default=None)


def announcement(site: Site, word: Word, still: Sequence[Matter], now: datetime) -> dict[str, Any]:
    """The message that announces it; ``still`` are the alerts it held back that go on."""
    silence = word.silence
    level = max(silence.levels)
    details = {"silence": str(silence.id), "word": word.word, "author": silence.author, "reason": silence.reason}
    body = system_body(site, "silence", level, _texts(site, word, still), now, details=details)
    return body | {"status": "resolved" if word.word == OVER else "firing", "episodes": []}


def _texts(site: Site, word: Word, still: Sequence[Matter]) -> Texts:
    silence = word.silence
    heads = {
        ASKED: ("連絡の一時停止の申請（承認待ち、まだ止まっていません）", "silence asked for; it waits for approval"),
        MADE: ("連絡を一時停止します", "notifications are silenced"),
        OVER: ("連絡の一時停止が終わりました", "the silence has ended"),
    }
    about_ja, about_en = _about(site, silence)
    subject_ja = f"【一時停止】{heads[word.word][0]}: {about_ja}"
    subject_en = f"[Silence] {heads[word.word][1]}: {about_en}"
    ja = [subject_ja, f"期間: {jst(silence.starts_at)} 〜 {jst(silence.over_at)}"]
    en = [subject_en, f"From {jst(silence.starts_at)} to {jst(silence.over_at)}"]
    ja.append(f"対象の段階: {'・'.join(level.label_ja for level in sorted(silence.levels))}")
    en.append(f"Levels: {', '.join(level.slug for level in sorted(silence.levels))}")
    ja.append(f"理由: {one_line(silence.reason)}（{one_line(silence.author)}）")
    en.append(f"Reason: {one_line(silence.reason)} ({one_line(silence.author)})")
    if silence.approved_by is not None:
        ja.append(f"承認: {one_line(silence.approved_by)}")
        en.append(f"Approved by {one_line(silence.approved_by)}")
    if silence.ended_by is not None:
        ja.append(f"期限前に終了: {one_line(silence.ended_by)} {one_line(silence.end_reason)}".rstrip())
        en.append(f"Ended early by {one_line(silence.ended_by)} {one_line(silence.end_reason)}".rstrip())
    if word.word == OVER:
        ja.append(f"続いている警報: {len(still)} 件（改めてお知らせします）" if still else "続いている警報: なし")
        en.append(f"Still going on: {len(still)}; they are told again" if still else "Nothing it held back goes on")
    else:
        ja.append("監視と記録は続いています。止まるのは連絡だけです。")
        en.append("Everything is still watched and recorded; only notifications stop.")
    ja.append(" ".join(text for text in (one_line(site.name_ja), one_line(site.notice_ja)) if text))
    en.append(" ".join(text for text in (one_line(site.name_en), one_line(site.notice_en)) if text))
    return Texts(*map(without_issued_level, (subject_ja, subject_en, "\n".join(ja), "\n".join(en))))


def _about(site: Site, silence: Silence) -> tuple[str, str]:
    """What it is about in a line, in both languages."""
    stations = {str(station.id): station for station in site.stations}
    rules = {rule.id: rule for rule in site.rules}
    ja, en = [], []
    for id_ in sorted(silence.rules):
        rule = rules.get(id_)
        ja.append(id_ if rule is None else one_line(rule.title_ja))
        en.append(id_ if rule is None else one_line(rule.title_en))
    for id_ in sorted(silence.stations):
        station = stations.get(id_)
        ja.append(id_ if station is None else one_line(station.name_ja))
        en.append(id_ if station is None else one_line(station.name_en or station.name_ja))
    for kind in sorted(silence.kinds):
        ja.append(_KINDS_JA[StationKind(kind)] if kind in set(StationKind) else kind)
        en.append(kind)
    return "、".join(ja), ", ".join(en)


def highest(silence: Silence) -> Level:
    """The highest level it holds back: who is told of that is told of the silence."""
    return max(silence.levels)
