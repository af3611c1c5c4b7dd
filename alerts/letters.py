"""What a message for a group of alerts says: the gravest at its head, the others listed, what does not fit counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.dispatch_matters import Matter
from config.exercise import PREFIX_EN, PREFIX_JA
from config.model import Site

MOST_LISTED = 20
"""So many alerts a message lists; the others are a number (他 N 件)."""

ALERT, REPEAT = "alert", "repeat"
_RELEASED = {
    "silence": ("連絡の一時停止が終わりました。この警報は続いています。", "The silence has ended; this goes on."),
    "inhibit": (
        "これを含めて知らせていた別の警報が終わったか、段階が下がりました。この警報は続いています。",
        "The alert that stood for this one has ended or is less grave now; this goes on.",
    ),
    "schedule": (
        "知らせる時間帯に入りました。この警報は続いています。",
        "It is now within the hours of this rule; this goes on.",
    ),
}
_EXERCISE = (
    f"{PREFIX_JA}これは訓練です。実際の災害情報ではありません。",
    f"{PREFIX_EN} This is an exercise, no real disaster information.",
)
_REPEATED = (
    "再連絡: まだ誰も対応していません。対応画面で「対応する」を押すと、再連絡は止まります。",
    "Repeated: nobody has acknowledged this yet. It stops once somebody does.",
)
_COMPACT = (
    *("kind", "status", "level", "from_level", "highest", "value", "threshold"),
    *("at", "opened_at", "closed_at", "late", "retroactive", "stale", "cause"),
    *("episode", "seq", "rule", "target", "station", "quantity", "subject_ja", "subject_en"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An alert of a group. ``fresh``: it is news; ``released`` is why it was held back until now (empty: it was not)."""

    matter: Matter
    fresh: bool
    released: str = ""


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """News first, then the gravest, what lasts before what is over, the newest first."""
    return sorted(
        entries,
        key=lambda each: (
            not each.fresh,
            not each.matter.firing,
            -each.matter.level,
            -each.matter.at.timestamp(),
            str(each.matter.id),
        ),
    )


def letter(site: Site, group: str, purpose: str, entries: Sequence[Entry]) -> dict[str, Any]:
    """The body of a message: the head's facts, as if it were alone, and ``alerts`` with every one that is listed.

    ``entries`` are in order. ``truncated`` is how many are not listed, ``episodes`` names all that are news or go on,
    ``standing`` is the gravest of those that go on (None: all is over), for whoever shows but one.
    """
    head, others = entries[0], entries[1:]
    hazard, _, area = group.partition("|")
    shown = entries[:MOST_LISTED]
    body = dict(head.matter.body)
    lines_ja, lines_en = _before(site, head, purpose)
    more_ja, more_en = _after(others)
    body |= {
        "subject_ja": _subject(site, str(body["subject_ja"]), purpose, len(others), japanese=True),
        "subject_en": _subject(site, str(body["subject_en"]), purpose, len(others), japanese=False),
        "text_ja": "\n".join([*lines_ja, str(body["text_ja"]), *more_ja]),
        "text_en": "\n".join([*lines_en, str(body["text_en"]), *more_en]),
        "alerts": [_compact(entry) for entry in shown],
        "episodes": [str(entry.matter.id) for entry in entries],
        "standing": _gravest(entries),
        "truncated": len(entries) - len(shown),
        "group": {"key": group, "hazard": hazard, "area": area},
        "purpose": purpose,
        "exercise": site.exercise,
    }
    return body


def _subject(site: Site, head: str, purpose: str, others: int, *, japanese: bool) -> str:
    prefix = PREFIX_JA if japanese else f"{PREFIX_EN} "
    marked = prefix if site.exercise and not head.startswith(prefix.strip()) else ""
    if japanese:
        return f"{marked}{'【再連絡】' if purpose == REPEAT else ''}{head}{f'（ほか {others} 件）' if others else ''}"
    return f"{marked}{'[Repeated] ' if purpose == REPEAT else ''}{head}{f' (and {others} more)' if others else ''}"


def _before(site: Site, head: Entry, purpose: str) -> tuple[list[str], list[str]]:
    """What stands above all else: that it is an exercise, and why it is told although nothing changed."""
    told = _REPEATED if purpose == REPEAT else _RELEASED.get(head.released)
    lines = [each for each in (_EXERCISE if site.exercise else None, told) if each]
    return [each[0] for each in lines], [each[1] for each in lines]


def _after(others: Sequence[Entry]) -> tuple[list[str], list[str]]:
    """The other alerts, a line each: what is news, then what goes on."""
    if not others:
        return [], []
    listed = others[: MOST_LISTED - 1]
    ja, en = list[str](), list[str]()
    for fresh, title_ja, title_en in (
        (True, "ほかの新しい知らせ:", "Also new:"),
        (False, "続いている警報:", "Going on:"),
    ):
        part = [entry for entry in listed if entry.fresh is fresh]
        if part:
            ja += ["", title_ja, *(f"・{entry.matter.body['subject_ja']}" for entry in part)]
            en += ["", title_en, *(f"- {entry.matter.body['subject_en']}" for entry in part)]
    hidden = len(others) - len(listed)
    return ([*ja, f"他 {hidden} 件"], [*en, f"and {hidden} more"]) if hidden else (ja, en)


def _gravest(entries: Sequence[Entry]) -> Mapping[str, Any] | None:
    going_on = [entry for entry in entries if entry.matter.firing]
    return _compact(max(going_on, key=lambda entry: entry.matter.level)) if going_on else None


def compact(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a gathered message says of each of its alerts, from every fact of it."""
    return {name: facts.get(name) for name in _COMPACT}


def _compact(entry: Entry) -> Mapping[str, Any]:
    return compact(entry.matter.body) | {"id": str(entry.matter.id), "fresh": entry.fresh, "released": entry.released}
