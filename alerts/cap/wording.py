"""What a CAP message says, in Japanese and in English; written twice, never the one under the other's name.

A message tells what a gauge measured. 警戒レベル is the municipality's word and cannot be printed here, whatever a rule, a station or
the site is called; nothing here is an evacuation order, and nothing is an all-clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.cap.subject import Subject
from alerts.measures import Said as Words
from alerts.measures import measured, name_of
from alerts.messages import jst, one_line, without_issued_level
from config.model import Site
from config.rule_plan import RuleKind
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
_ENDS_OF_PAIR = (("（上流側）", " (upstream)"), ("（下流側）", " (downstream)"))
_MOST_NAMED = 3
"""A headline names so many stations at most; the description names all of them."""

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
    """What is to be told of an episode at one moment. ``ended`` is ``resolved``, ``closed``, ``corrected`` or empty.

    ``unconfirmed``: the value that did it is in doubt.
    """

    level: Level
    value: float | None
    at: datetime
    opened_at: datetime
    stale: bool
    ended: str
    unconfirmed: bool = False


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


def text_ja(site: Site, about: Subject, said: Said) -> Text:
    """The Japanese texts."""
    measured_ja, value = _name(about).ja, _found(about, said).ja
    places = _joined([_place_ja(station) for station in about.stations], " ほか{count}か所", "・")
    state = {
        "resolved": f"基準を離れました（{value}）。被害の有無や安全を示すものではありません。",
        "closed": "監視を終えました。値が下がったことを示すものではありません。",
        "corrected": "遅れて届いた観測データにより、先の情報を訂正して取り消します。",
        "": f"{value}（{jst(said.at)} 現在）。「{said.level.label_ja}」の基準に達しています。",
    }[said.ended]
    head = {"resolved": "解消", "closed": "監視終了", "corrected": "訂正"}.get(said.ended, said.level.label_ja)
    lines = [f"{places} {measured_ja}: {state}", f"開始: {jst(said.opened_at)}", *_together(about)[0]]
    if said.unconfirmed and not said.ended:
        lines.append("未確認: この値は品質の検査で疑わしいとされ、まだ確かめられていません。")
    if said.stale and not said.ended:
        lines.append("その後の観測データが届いていません。現在の状況は不明です（解消ではありません）。")
    lines += [
        "観測値による自動の情報です。避難情報は市町村が発令します。",
        *_marks(site.notice_ja, _made_up(about)[0]),
    ]
    near = _joined(_each(station.place or station.name_ja for station in about.stations), " ほか{count}か所", "・")
    return Text(
        event=plain(about.rule.title_ja),
        headline=plain(f"{_drill(site)[0]}【{head}】{places} {measured_ja} {value}"),
        description="\n".join(plain(line) for line in lines),
        instruction="" if said.ended else _DO_JA.get(about.first.kind, _ELSE_JA),
        contact=plain(site.contact_ja),
        sender_name=plain(site.name_ja),
        place=plain(f"{site.name_ja} {near} 付近"),
    )


def text_en(site: Site, about: Subject, said: Said) -> Text:
    """The English texts."""
    measured_en, value = _name(about).en, _found(about, said).en
    places = _joined([_place_en(station) for station in about.stations], " and {count} more", ", ")
    level = _LEVELS_EN[said.level]
    state = {
        "resolved": f"back on the safe side of the threshold ({value}). This does not say that it is safe.",
        "closed": "no longer watched. This does not say that the value has fallen.",
        "corrected": "data that arrived late correct the earlier message, which is withdrawn.",
        "": f"{value} as of {jst(said.at)}, at or beyond the threshold of “{level}”.",
    }[said.ended]
    head = {"resolved": "Ended", "closed": "No longer watched", "corrected": "Corrected"}.get(said.ended, level)
    lines = [f"{places}, {measured_en}: {state}", f"Since: {jst(said.opened_at)}", *_together(about)[1]]
    if said.unconfirmed and not said.ended:
        lines.append("Unconfirmed: the quality tests doubt this value, and nothing has confirmed it yet.")
    if said.stale and not said.ended:
        lines.append("No data have arrived since: the situation is unknown (this is not an all-clear).")
    lines += [
        "Written automatically from measurements. Evacuation orders are issued by the municipality.",
        *_marks(site.notice_en, _made_up(about)[1]),
    ]
    near = _joined(_each(station.name_en or station.name_ja for station in about.stations), " and {count} more", ", ")
    return Text(
        event=plain(about.rule.title_en or about.rule.title_ja),
        headline=plain(f"{_drill(site)[1]}[{head}] {places}: {measured_en} {value}"),
        description="\n".join(plain(line) for line in lines),
        instruction="" if said.ended else _DO_EN.get(about.first.kind, _ELSE_EN),
        contact=plain(site.contact_en or site.contact_ja),
        sender_name=plain(site.name_en or site.name_ja),
        place=plain(f"around {near}, {site.name_en or site.name_ja}"),
    )


def _place_ja(station: Station) -> str:
    place = plain(station.name_ja) + (f"（{plain(station.river)}）" if station.river else "")
    return place + ("【架空】" if station.fictitious and "架空" not in place else "")


def _place_en(station: Station) -> str:
    place = plain(station.name_en or station.name_ja)
    return place + (" (fictitious)" if station.fictitious and "fictitious" not in place else "")


def _each(names: Iterable[str]) -> list[str]:
    """Every name once: gauges of a pair often stand in one place."""
    return list(dict.fromkeys(names))


def _joined(names: Sequence[str], rest: str, between: str) -> str:
    """The names beside each other; where there are many the first ones, and how many more."""
    shown = names if len(names) <= _MOST_NAMED else names[: _MOST_NAMED - 1]
    more = len(names) - len(shown)
    return between.join(shown) + (rest.format(count=more) if more else "")


def _together(about: Subject) -> tuple[list[str], list[str]]:
    """What has to be known of gauges that are judged together: all their names, and whose scale the value is on."""
    if len(about.stations) == 1:
        return [], []
    ends = _ENDS_OF_PAIR if about.rule.kind is RuleKind.BLOCKAGE else [("", "")] * len(about.stations)
    named = list(zip(about.stations, ends, strict=False))
    ja = [f"観測所: {'、'.join(_place_ja(station) + end[0] for station, end in named)}"]
    en = [f"Stations: {', '.join(_place_en(station) + end[1] for station, end in named)}"]
    confirmation = about.rule.confirmation
    if about.waits and confirmation is not None:
        first = about.first
        ja.append(
            f"{confirmation.needed}か所以上の観測所で確認した情報です。値は最も高い所のもので、{plain(first.name_ja)}の基準に置きかえてあります。"
        )
        en.append(
            f"Confirmed by at least {confirmation.needed} stations. The value is the highest of them, on the scale of"
            f" {plain(first.name_en or first.name_ja)}."
        )
    return ja, en


def _name(about: Subject) -> Words:
    return name_of(about.rule, QUANTITIES[about.quantity])


def _found(about: Subject, said: Said) -> Words:
    return measured(about.rule, QUANTITIES[about.quantity], said.value)


def plain(text: str) -> str:
    """Text on one line that holds nothing HTML could be made of, and never 警戒レベル."""
    kept = one_line(text).replace("<", "＜").replace(">", "＞").replace("&", "＆")
    return without_issued_level(kept)


def value_text(about: Subject, value: float | None) -> str:
    """The value with its unit, empty where there is none."""
    return "" if value is None else measured(about.rule, QUANTITIES[about.quantity], value).en


def _drill(site: Site) -> tuple[str, str]:
    return ("【訓練】", "[EXERCISE] ") if site.exercise else ("", "")


def _made_up(about: Subject) -> tuple[str, str]:
    if not about.fictitious:
        return "", ""
    return (
        "この観測所は架空です。実際の災害情報ではありません。",
        "This station is fictitious; this is no real disaster information.",
    )


def _marks(*texts: str) -> list[str]:
    return [text for text in texts if text]
