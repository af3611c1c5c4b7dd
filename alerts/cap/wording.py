"""What a CAP message says, in Japanese and in English; written twice, never the one under the other's name.

A message tells what a gauge measured. 警戒レベル is the municipality's word and cannot be printed here, whatever a rule, a station or
the site is called; nothing here is an evacuation order, and nothing is an all-clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.messages import jst, one_line, without_issued_level
from config.model import Site
from config.rule_plan import Rule
from core.levels import Level
from core.model import Station, StationKind
from core.quantities import QUANTITIES

_LEVELS_EN = {
    Level.NORMAL: "Normal",
    Level.STANDBY: "Standby",
    Level.CAUTION: "Caution",
    Level.WARNING: "Warning",
    Level.DANGER: "Danger",
}
_UNITS = {"degC": ("℃", "°C")}

_DO_JA = {
    StationKind.RIVER: "川や水路に近づかないでください。避難情報は市町村の発表を確認してください。",
    StationKind.SNOW: "外出や除雪作業に注意してください。道路の情報は市町村の発表を確認してください。",
    StationKind.CHANNEL: "流雪溝に雪を入れず、溝に近づかないでください。市町村の案内を確認してください。",
}
_DO_EN = {
    StationKind.RIVER: "Keep away from rivers and channels. See the municipality's announcements on evacuation.",
    StationKind.SNOW: "Take care outdoors and when clearing snow. See the municipality's announcements on roads.",
    StationKind.CHANNEL: "Put no snow into the snow-flushing channel and keep away from it. See the municipality's advice.",
}
_ELSE_JA, _ELSE_EN = "市町村の発表を確認してください。", "See the municipality's announcements."


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is to be told of an episode at one moment. ``ended`` is ``resolved``, ``closed``, ``corrected`` or empty."""

    level: Level
    value: float | None
    at: datetime
    opened_at: datetime
    stale: bool
    ended: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The texts of one info block."""

    event: str
    headline: str
    description: str
    instruction: str
    contact: str
    sender_name: str
    place: str


def text_ja(site: Site, rule: Rule, station: Station, quantity: str, said: Said) -> Text:
    """The Japanese texts."""
    place = plain(station.name_ja) + (f"（{plain(station.river)}）" if station.river else "")
    place += "【架空】" if station.fictitious and "架空" not in place else ""
    measured, value = QUANTITIES[quantity].label_ja, _height(quantity, said.value, 0) or "不明"
    state = {
        "resolved": f"基準を離れました（{value}）。被害の有無や安全を示すものではありません。",
        "closed": "監視を終えました。値が下がったことを示すものではありません。",
        "corrected": "遅れて届いた観測データにより、先の情報を訂正して取り消します。",
        "": f"{value}（{jst(said.at)} 現在）。「{said.level.label_ja}」の基準に達しています。",
    }[said.ended]
    head = {"resolved": "解消", "closed": "監視終了", "corrected": "訂正"}.get(said.ended, said.level.label_ja)
    lines = [f"{place} {measured}: {state}", f"開始: {jst(said.opened_at)}"]
    if said.stale and not said.ended:
        lines.append("その後の観測データが届いていません。現在の状況は不明です（解消ではありません）。")
    lines += [
        "観測値による自動の情報です。避難情報は市町村が発令します。",
        *_marks(site.notice_ja, _made_up(station)[0]),
    ]
    return Text(
        event=plain(rule.title_ja),
        headline=plain(f"{_drill(site)[0]}【{head}】{place} {measured} {value}"),
        description="\n".join(plain(line) for line in lines),
        instruction="" if said.ended else _DO_JA.get(station.kind, _ELSE_JA),
        contact=plain(site.contact_ja),
        sender_name=plain(site.name_ja),
        place=plain(f"{site.name_ja} {station.place or station.name_ja} 付近"),
    )


def text_en(site: Site, rule: Rule, station: Station, quantity: str, said: Said) -> Text:
    """The English texts."""
    place = plain(station.name_en or station.name_ja)
    place += " (fictitious)" if station.fictitious and "fictitious" not in place else ""
    measured, value = QUANTITIES[quantity].label_en, _height(quantity, said.value, 1) or "unknown"
    level = _LEVELS_EN[said.level]
    state = {
        "resolved": f"back on the safe side of the threshold ({value}). This does not say that it is safe.",
        "closed": "no longer watched. This does not say that the value has fallen.",
        "corrected": "data that arrived late correct the earlier message, which is withdrawn.",
        "": f"{value} as of {jst(said.at)}, at or beyond the threshold of “{level}”.",
    }[said.ended]
    head = {"resolved": "Ended", "closed": "No longer watched", "corrected": "Corrected"}.get(said.ended, level)
    lines = [f"{place}, {measured}: {state}", f"Since: {jst(said.opened_at)}"]
    if said.stale and not said.ended:
        lines.append("No data have arrived since: the situation is unknown (this is not an all-clear).")
    lines += [
        "Written automatically from measurements. Evacuation orders are issued by the municipality.",
        *_marks(site.notice_en, _made_up(station)[1]),
    ]
    return Text(
        event=plain(rule.title_en or rule.title_ja),
        headline=plain(f"{_drill(site)[1]}[{head}] {place}: {measured} {value}"),
        description="\n".join(plain(line) for line in lines),
        instruction="" if said.ended else _DO_EN.get(station.kind, _ELSE_EN),
        contact=plain(site.contact_en or site.contact_ja),
        sender_name=plain(site.name_en or site.name_ja),
        place=plain(f"around {station.name_en or station.name_ja}, {site.name_en or site.name_ja}"),
    )


def plain(text: str) -> str:
    """Text on one line that holds nothing HTML could be made of, and never 警戒レベル."""
    kept = one_line(text).replace("<", "＜").replace(">", "＞").replace("&", "＆")
    return without_issued_level(kept)


def value_text(quantity: str, value: float | None) -> str:
    """The value with its unit, empty where there is none."""
    return _height(quantity, value, 1)


def _height(quantity: str, value: float | None, language: int) -> str:
    row = QUANTITIES[quantity]
    unit = _UNITS.get(row.unit, (row.unit, row.unit))[language]
    return "" if value is None else f"{value:.{row.decimals}f} {unit}"


def _drill(site: Site) -> tuple[str, str]:
    return ("【訓練】", "[EXERCISE] ") if site.exercise else ("", "")


def _made_up(station: Station) -> tuple[str, str]:
    if not station.fictitious:
        return "", ""
    return (
        "この観測所は架空です。実際の災害情報ではありません。",
        "This station is fictitious; this is no real disaster information.",
    )


def _marks(*texts: str) -> list[str]:
    return [text for text in texts if text]
