"""What people read: one subject and one text for each notification, in Japanese and in English.

Levels are called 待機・注意・警戒・危険. 警戒レベル is the word for what the municipality issues; for anything
but a river it cannot be printed at all, whatever a rule or a station is called.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from alerts.ladder import Rung
from alerts.machine import Kind
from alerts.targets import Target
from alerts.telling import Cause, Transition
from core.levels import Level
from core.model import Station, StationKind
from core.times import JST

__all__ = [
    "Target",
    "Texts",
    "compose",
    "height_en",
    "height_ja",
    "jst",
    "one_line",
    "threshold",
    "threshold_source",
    "without_issued_level",
]

# The official names of the heights at a river gauge (国土交通省 水害・土砂災害の防災情報に関する用語).
_RIVER_HEIGHTS = {
    Level.STANDBY: ("水防団待機水位", "flood-fighter standby level"),
    Level.CAUTION: ("氾濫注意水位", "flood caution level"),
    Level.WARNING: ("避難判断水位", "evacuation judgement level"),
    Level.DANGER: ("氾濫危険水位", "flood danger level"),
}
_UNITS_JA = {"degC": "℃"}
_UNITS_EN = {"degC": "°C"}
_ISSUED_LEVEL = re.compile(r"警\W*戒\W*(?:レ\W*ベ\W*ル|ﾚ\W*ﾍ\W*ﾞ\W*ﾙ)")


@dataclass(frozen=True, slots=True)
class Texts:
    """Subject (one line) and text (several) in both languages."""

    subject_ja: str
    subject_en: str
    text_ja: str
    text_en: str


def compose(target: Target, head: Transition, *, detected_at: datetime | None) -> Texts:
    """The texts for what has happened; ``detected_at`` is given where that was well after it happened."""
    texts = (
        _subject_ja(target, head),
        _subject_en(target, head),
        "\n".join(_lines_ja(target, head, detected_at)),
        "\n".join(_lines_en(target, head, detected_at)),
    )
    if target.station.kind == StationKind.RIVER:
        return Texts(*texts)
    return Texts(*(without_issued_level(text) for text in texts))


def without_issued_level(text: str) -> str:
    """The text with every 警戒レベル, in whatever width or spacing, replaced by 段階."""
    return _ISSUED_LEVEL.sub("段階", text)


def threshold(target: Target, head: Transition) -> tuple[Rung | None, str, str]:
    """The rung a transition is about and what its height is called, in Japanese and in English."""
    level = max(head.from_level, head.to_level or Level.NORMAL)
    rung = target.ladder.rung(level)
    if rung is not None and rung.own and target.stream.quantity == "water_level" and level in _RIVER_HEIGHTS:
        return rung, *_RIVER_HEIGHTS[level]
    return rung, f"「{level.label_ja}」の基準", f"threshold of “{level.slug}”"


def threshold_source(target: Target, rung: Rung | None) -> str:
    """Where the height comes from: the station's own source, or the rule that states it."""
    if rung is not None and rung.own:
        return one_line(target.stream.threshold_source) or target.stream.key
    return target.rule.id


def one_line(text: str) -> str:
    """The text without line breaks and other control characters, which have no place in a name."""
    kept = (
        "" if unicodedata.category(char) == "Cf" else " " if unicodedata.category(char) == "Cc" else char
        for char in text
    )
    return "".join(kept).strip()


def jst(at: datetime) -> str:
    """The instant as people in Japan write it, to the minute."""
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M JST")


def height_ja(target: Target, value: float | None) -> str:
    """A height with its unit in Japanese; 「不明」 where there is none."""
    unit = _UNITS_JA.get(target.quantity.unit, target.quantity.unit)
    return "不明" if value is None else f"{value:.{target.quantity.decimals}f} {unit}"


def height_en(target: Target, value: float | None) -> str:
    """A height with its unit in English; “unknown” where there is none."""
    unit = _UNITS_EN.get(target.quantity.unit, target.quantity.unit)
    return "unknown" if value is None else f"{value:.{target.quantity.decimals}f} {unit}"


def _name_ja(station: Station) -> str:
    name, river = one_line(station.name_ja), one_line(station.river)
    place = f"{name}（{river}）" if river and river not in name else name
    return f"{place}{'【架空】' if station.fictitious else ''}"


def _name_en(station: Station) -> str:
    return f"{one_line(station.name_en or station.name_ja)}{' (fictitious)' if station.fictitious else ''}"


def _subject_ja(target: Target, head: Transition) -> str:
    return f"【{_tag_ja(head)}】{_name_ja(target.station)} {target.quantity.label_ja} {_event_ja(target, head)}"


def _subject_en(target: Target, head: Transition) -> str:
    return f"[{_tag_en(head)}] {_name_en(target.station)}: {target.quantity.label_en}, {_event_en(target, head)}"


def _tag_ja(head: Transition) -> str:
    if head.kind == Kind.RESOLVED:
        return "解消"
    if head.kind == Kind.CLOSED:
        return "監視終了"
    return (head.to_level or head.from_level).label_ja


def _tag_en(head: Transition) -> str:
    if head.kind in (Kind.RESOLVED, Kind.CLOSED):
        return head.kind.value.capitalize()
    return (head.to_level or head.from_level).slug.capitalize()


def _event_ja(target: Target, head: Transition) -> str:
    _, name, _ = threshold(target, head)
    value = height_ja(target, head.value)
    after = (head.to_level or Level.NORMAL).label_ja
    events = {
        Kind.FIRED: f"{value}、{name} に到達",
        Kind.RAISED: f"{value}、{name} に到達",
        Kind.LOWERED: f"{value}、{head.from_level.label_ja} から {after} に下がりました",
        Kind.RESOLVED: f"{value}、基準を離れました",
        Kind.CLOSED: _closed_ja(head.cause),
        Kind.DATA_LOST: "データが届いていません（解消ではありません）",
        Kind.DATA_BACK: f"{value}、データの受信が再開しました（解消ではありません）",
    }
    return events[head.kind]


def _event_en(target: Target, head: Transition) -> str:
    _, _, name = threshold(target, head)
    value = height_en(target, head.value)
    after = (head.to_level or Level.NORMAL).slug
    events = {
        Kind.FIRED: f"{value}, reached the {name}",
        Kind.RAISED: f"{value}, reached the {name}",
        Kind.LOWERED: f"{value}, down from {head.from_level.slug} to {after}",
        Kind.RESOLVED: f"{value}, back on the safe side",
        Kind.CLOSED: _closed_en(head.cause),
        Kind.DATA_LOST: "no data are arriving (this is not an all-clear)",
        Kind.DATA_BACK: f"{value}, data are arriving again (this is not an all-clear)",
    }
    return events[head.kind]


def _closed_ja(cause: Cause) -> str:
    why = {
        Cause.RULE_CHANGED: "基準の変更により終了",
        Cause.RULE_REMOVED: "監視対象から外れたため終了",
        Cause.CORRECTED: "遅れて届いたデータにより訂正",
    }
    return f"{why.get(cause, '終了')}（値が下がったことを示すものではありません）"


def _closed_en(cause: Cause) -> str:
    why = {
        Cause.RULE_CHANGED: "closed because the thresholds were changed",
        Cause.RULE_REMOVED: "closed because it is no longer watched",
        Cause.CORRECTED: "corrected by data that arrived late",
    }
    return f"{why.get(cause, 'closed')} (this does not say that the value has fallen)"


def _lines_ja(target: Target, head: Transition, detected_at: datetime | None) -> list[str]:
    rung, name, _ = threshold(target, head)
    side = "以下" if target.ladder.sign < 0 else "以上"
    lines = [
        _subject_ja(target, head),
        f"観測所: {_name_ja(target.station)} {one_line(target.station.place)}".rstrip(),
        f"値: {target.quantity.label_ja} {height_ja(target, head.value)}",
        f"時刻: {jst(head.at)}（現象の発生時刻）",
        f"開始: {jst(head.episode.opened_at)}",
    ]
    if rung is not None:
        height = f"{height_ja(target, rung.raise_at)} {side}"
        lines.insert(3, f"基準: {name} {height}（出典: {threshold_source(target, rung)}）")
    if head.doubted:
        lines.append("未確認: この値は品質の検査で疑わしいとされました。現地や近くの観測所で確かめてください。")
    if detected_at is not None:
        lines.append(f"検出が遅れました: 検出 {jst(detected_at)}")
    if head.episode.stale and head.kind != Kind.DATA_LOST:
        lines.append("その後、データが届いていません。")
    return [*lines, f"監視: {one_line(target.rule.title_ja)}", *_footer_ja(target)]


def _lines_en(target: Target, head: Transition, detected_at: datetime | None) -> list[str]:
    rung, _, name = threshold(target, head)
    side = "or less" if target.ladder.sign < 0 else "or more"
    lines = [
        _subject_en(target, head),
        f"Station: {_name_en(target.station)}",
        f"Value: {target.quantity.label_en} {height_en(target, head.value)}",
        f"Time: {jst(head.at)} (when it happened)",
        f"Since: {jst(head.episode.opened_at)}",
    ]
    if rung is not None:
        height = f"{height_en(target, rung.raise_at)} {side}"
        lines.insert(3, f"Threshold: {name}, {height} (source: {threshold_source(target, rung)})")
    if head.doubted:
        lines.append("Unconfirmed: the quality tests doubt this value. Check on site or at gauges nearby.")
    if detected_at is not None:
        lines.append(f"Detected late: {jst(detected_at)}")
    if head.episode.stale and head.kind != Kind.DATA_LOST:
        lines.append("No data have arrived since.")
    return [*lines, f"Rule: {one_line(target.rule.title_en)}", *_footer_en(target)]


def _footer_ja(target: Target) -> list[str]:
    site = target.site
    made_up = ["※ この観測所は架空です。実際の災害情報ではありません。"] if target.station.fictitious else []
    return [*made_up, " ".join(text for text in (one_line(site.name_ja), one_line(site.notice_ja)) if text)]


def _footer_en(target: Target) -> list[str]:
    site = target.site
    made_up = ["This station is fictitious; this is no real disaster information."] if target.station.fictitious else []
    return [*made_up, " ".join(text for text in (one_line(site.name_en), one_line(site.notice_en)) if text)]
