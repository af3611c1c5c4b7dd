"""What people read: one subject and one text for each notification, in Japanese and in English.

Levels are called 待機・注意・警戒・危険. 警戒レベル is the word for what the municipality issues; for anything
but a river it cannot be printed at all, whatever a rule or a station is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.events import event, height_name
from alerts.ladder import Rung
from alerts.machine import Kind
from alerts.measures import aim, aim_height, measure, name, rung_height
from alerts.plain_text import jst, one_line, without_issued_level
from alerts.proposals import proposal_of
from alerts.targets import Target
from alerts.telling import Transition
from config.rule_plan import RuleClass, RuleKind
from core.levels import Level
from core.model import Station, StationKind

__all__ = [
    "Target",
    "Texts",
    "compose",
    "jst",
    "one_line",
    "threshold",
    "threshold_source",
    "without_issued_level",
]


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


def threshold(target: Target, head: Transition) -> tuple[Rung | None, str, str]:
    """The rung a transition is about and what its height is called, in Japanese and in English."""
    named = height_name(target, head)
    return target.ladder.rung(max(head.from_level, head.to_level or Level.NORMAL)), named.ja, named.en


def threshold_source(target: Target, rung: Rung | None) -> str:
    """Where the height comes from: the station's own source, or the rule that states it."""
    if rung is not None and rung.own:
        return one_line(target.stream.threshold_source) or target.stream.key
    return target.rule.id


def _name_ja(station: Station) -> str:
    name, river = one_line(station.name_ja), one_line(station.river)
    place = f"{name}（{river}）" if river and river not in name else name
    return f"{place}{'【架空】' if station.fictitious and '架空' not in place else ''}"


def _name_en(station: Station) -> str:
    name = one_line(station.name_en or station.name_ja)
    return f"{name}{' (fictitious)' if station.fictitious and 'fictitious' not in name else ''}"


def _subject_ja(target: Target, head: Transition) -> str:
    return f"【{_tag_ja(target, head)}】{_name_ja(target.station)} {name(target).ja} {event(target, head).ja}"


def _subject_en(target: Target, head: Transition) -> str:
    return f"[{_tag_en(target, head)}] {_name_en(target.station)}: {name(target).en}, {event(target, head).en}"


def _tag_ja(target: Target, head: Transition) -> str:
    if head.kind == Kind.RESOLVED:
        tag = "解消"
    elif head.kind == Kind.CLOSED:
        tag = "監視終了"
    else:
        tag = (head.to_level or head.from_level).label_ja
    if target.rule.kind is RuleKind.FORECAST:
        return f"予測・{tag}"
    return f"機器・{tag}" if target.rule.rule_class is RuleClass.HEALTH else tag


def _tag_en(target: Target, head: Transition) -> str:
    if head.kind in (Kind.RESOLVED, Kind.CLOSED):
        tag = head.kind.value.capitalize()
    else:
        tag = (head.to_level or head.from_level).slug.capitalize()
    if target.rule.kind is RuleKind.FORECAST:
        return f"Forecast: {tag}"
    return f"System: {tag}" if target.rule.rule_class is RuleClass.HEALTH else tag


def _lines_ja(target: Target, head: Transition, detected_at: datetime | None) -> list[str]:
    rung, called, _ = threshold(target, head)
    lines = [_subject_ja(target, head), f"観測所: {_name_ja(target.station)} {one_line(target.station.place)}".rstrip()]
    others = _others(target)
    if others:
        lines.append(f"ほかの観測所: {'、'.join(_name_ja(station) for station in others)}")
    lines.append(f"値: {name(target).ja} {measure(target, head.value).ja}")
    if rung is not None:
        lines.append(f"基準: {called} {rung_height(target, rung).ja}（出典: {threshold_source(target, rung)}）")
    lines += [f"時刻: {jst(head.at)}（現象の発生時刻）", f"開始: {jst(head.episode.opened_at)}"]
    if target.rule.kind is RuleKind.FORECAST:
        lines.append(
            f"これは予測です。{aim(target).ja}（{aim_height(target).ja}）に実際に達したことを示すものではありません。"
        )
    if head.doubted:
        lines.append(f"未確認: {_doubt_ja(target)}現地や近くの観測所で確かめてください。")
    if detected_at is not None:
        lines.append(f"検出が遅れました: 検出 {jst(detected_at)}")
    if head.episode.stale and head.kind != Kind.DATA_LOST:
        lines.append("その後、データが届いていません。")
    proposal = proposal_of(target, head)
    if proposal is not None:
        lines.append(proposal.lines(one_line(target.site.name_ja)).ja)
    return [*lines, f"監視: {one_line(target.rule.title_ja)}", *_footer_ja(target)]


def _lines_en(target: Target, head: Transition, detected_at: datetime | None) -> list[str]:
    rung, _, called = threshold(target, head)
    lines = [_subject_en(target, head), f"Station: {_name_en(target.station)}"]
    others = _others(target)
    if others:
        lines.append(f"Other stations: {', '.join(_name_en(station) for station in others)}")
    lines.append(f"Value: {name(target).en} {measure(target, head.value).en}")
    if rung is not None:
        lines.append(f"Threshold: {called}, {rung_height(target, rung).en} (source: {threshold_source(target, rung)})")
    lines += [f"Time: {jst(head.at)} (when it happened)", f"Since: {jst(head.episode.opened_at)}"]
    if target.rule.kind is RuleKind.FORECAST:
        lines.append(f"This is a forecast: the {aim(target).en} ({aim_height(target).en}) has not been reached.")
    if head.doubted:
        lines.append(f"Unconfirmed: {_doubt_en(target)} Check on site or at gauges nearby.")
    if detected_at is not None:
        lines.append(f"Detected late: {jst(detected_at)}")
    if head.episode.stale and head.kind != Kind.DATA_LOST:
        lines.append("No data have arrived since.")
    proposal = proposal_of(target, head)
    if proposal is not None:
        lines.append(proposal.lines(one_line(target.site.name_ja)).en)
    return [*lines, f"Rule: {one_line(target.rule.title_en)}", *_footer_en(target)]


def _doubt_ja(target: Target) -> str:
    if target.rule.confirmation is None:
        return "この値は品質の検査で疑わしいとされました。"
    return f"{target.rule.confirmation.needed} か所の観測所での確認が取れていません。"


def _doubt_en(target: Target) -> str:
    if target.rule.confirmation is None:
        return "the quality tests doubt this value."
    return f"fewer than {target.rule.confirmation.needed} gauges agree."


def _others(target: Target) -> list[Station]:
    """The stations of the other datastreams, each once."""
    ids = {stream.station for stream in target.also} - {target.station.id}
    return [station for station in target.site.stations if station.id in ids]


def _footer_ja(target: Target) -> list[str]:
    site = target.site
    made_up = ["※ この観測所は架空です。実際の災害情報ではありません。"] if target.station.fictitious else []
    return [*made_up, " ".join(text for text in (one_line(site.name_ja), one_line(site.notice_ja)) if text)]


def _footer_en(target: Target) -> list[str]:
    site = target.site
    made_up = ["This station is fictitious; this is no real disaster information."] if target.station.fictitious else []
    return [*made_up, " ".join(text for text in (one_line(site.name_en), one_line(site.notice_en)) if text)]
