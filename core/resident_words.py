"""What may stand in a message to residents, whoever wrote it: templates and typed text are read by the same rules.

Names of the evacuation orders and their 警戒レベル: 内閣府「避難情報に関するガイドライン」(2021-05; 避難勧告 was abolished on
2021-05-20). What counts as a left-over was taken from real false alerts: a mark of a test, a gap nobody filled.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import urlsplit

from core.resident_messages import Mode

SUBJECT_LONGEST = 60
"""Characters of a subject: it is also the line a sign shows and the title of a web push."""
TEXT_LONGEST = 1_500
"""Characters of a text in one language: three of them with their headings fit into one message of LINE (5,000)."""
VALUE_LONGEST = 400

VARIABLE_NAMES_JA = {
    "town": "町の名前",
    "station": "観測所",
    "river": "川",
    "value": "値",
    "unit": "単位",
    "time": "時刻",
    "threshold": "基準",
    "source": "基準の出典",
    "area": "対象の地区",
    "shelters": "避難所",
    "phone": "問い合わせ電話",
    "issuer": "発令者・発令時刻",
    "reason": "理由・状況",
    "right": "正しい内容",
    "reference": "元のお知らせ",
    "reference_time": "元のお知らせの時刻",
}
"""What each variable of a template is called where people fill it in."""
LINE_LONGEST = 5_000
"""LINE Messaging API: the most UTF-16 code units of a text message."""

ORDERS = {3: "高齢者等避難", 4: "避難指示", 5: "緊急安全確保"}
"""What the municipality issues at each 警戒レベル; 1 and 2 are the weather service's."""
ABOLISHED = ("避難勧告", "避難準備情報", "避難準備・高齢者等避難開始")
_TOWN_HOSTS = (".lg.jp", ".go.jp")
"""Only local and national bodies can have names below these."""

_RUBY = re.compile(r"[(（][ぁ-んァ-ヶー・\s]+[)）]")
_LEVEL_WORD = r"(?:警\W*戒|け\W*い\W*か\W*い)\W*(?:れ\W*へ\W*る|level|lv(?![a-z]))"
"""As ``_alike`` writes it: katakana is hiragana there (ベ and べ look alike), without voicing marks."""
_LEVEL_JA = re.compile(_LEVEL_WORD)
_LEVEL_NUMBER = re.compile(_LEVEL_WORD + r"\W{0,3}([0-9一二三四五])")
_LEVEL_EN = re.compile(r"\b(?:alert|warning|evacuation|disaster)\s+level\b", re.IGNORECASE)
_LEVEL_NUMBER_EN = re.compile(r"\b(?:alert|warning|evacuation|disaster)\s+level\W{0,3}([0-9])", re.IGNORECASE)
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_NO_TEST = re.compile(
    r"(?:訓練|テスト|試験)では(?:ありません|ない|なく)|(?:not|no)\s+(?:a\s+)?(?:drill|test)\b", re.IGNORECASE
)
_TEST = re.compile(
    r"訓練|テスト|試験|くんれん|\bdrills?\b|\btest(?:s|ing)?\b|\[exercise\]|\bthis is an exercise\b", re.IGNORECASE
)
_GAP = re.compile(r"[○〇●◯◎△▲×✕xX*]{2,}|_{3,}|\bTBD\b|ダミー|サンプル|未定稿|\bdummy\b|\blorem\b", re.IGNORECASE)
_BLANKS = "\u115f\u1160"
"""Fillers of Hangul: letters by their kind, and nothing to be seen (NFKC makes all four of them these two)."""
_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_MARKS = re.compile(r"[{}]")
_LINK = re.compile(
    r"[a-z][a-z0-9+.-]{1,15}://[^\s「」『』（）()<>、。]+|\bwww\.[^\s「」『』（）()<>、。]+", re.IGNORECASE
)


class Finding(NamedTuple):
    """What is wrong with a text: a code, and in words what to do."""

    code: str
    ja: str
    en: str


def plain(text: str, *, lines: bool) -> str:
    """The text without control and invisible formatting characters; blanks at the ends of lines go as well.

    Line breaks stay where ``lines``, else they become blanks. Characters that only change direction or hide are left out.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    kept = "".join(map(_kept, text if lines else text.replace("\n", " ")))
    return "\n".join(line.rstrip() for line in kept.split("\n")).strip()


def _kept(char: str) -> str:
    if char == "\n":
        return char
    if char == "\t":
        return " "
    return "" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") else char


def names_level(text: str) -> bool:
    """Whether the text speaks of a 警戒レベル, in whatever width, spacing or reading, or of an alert level in English."""
    return bool(_LEVEL_JA.search(_alike(text)) or _LEVEL_EN.search(unicodedata.normalize("NFKC", text)))


def findings(
    text: str, *, may_name_levels: bool, mode: Mode, hosts: frozenset[str] = frozenset(), names: tuple[str, ...] = ()
) -> list[Finding]:
    """Everything that forbids sending a text in this mode; ``hosts`` may be linked to besides those of public bodies.

    ``names`` are the town's own: what looks like the mark of a test within them is none.
    """
    found = [*_levels(text, may_name=may_name_levels), *_links(text, hosts)]
    folded = _folded(text)
    found += [
        Finding("abolished", f"「{word}」は廃止された用語です。", f"“{word}” is no longer a term: it was abolished.")
        for word in ABOLISHED
        if word in folded
    ]
    if mode is Mode.LIVE and _TEST.search(_NO_TEST.sub("", _without(folded, names))):
        found.append(
            Finding(
                "test_mark",
                "訓練・テストを示す言葉があります。本番では送れません。",
                "There is a mark of a drill or test in it: that is not sent when it is meant.",
            )
        )
    if _GAP.search(folded):
        found.append(Finding("gap", "埋めていない箇所（○○など）があります。", "A gap was left open (○○, XX …)."))
    if _MARKS.search(text):
        found.append(
            Finding("braces", "波かっこ { } は使えません。", "Braces { } have no place in a text: a variable was left.")
        )
    return found


def _without(text: str, names: tuple[str, ...]) -> str:
    for name in names:
        text = text.replace(_folded(name), "") if name else text
    return text


def _levels(text: str, *, may_name: bool) -> list[Finding]:
    if not names_level(text):
        return []
    if not may_name:
        return [
            Finding(
                "level_word",
                "警戒レベルは、川と土砂災害のお知らせにだけ書けます。",
                "A 警戒レベル (alert level) may stand in messages about rivers and landslides only.",
            )
        ]
    folded = _folded(text)
    numbers = {_NUMERALS.get(sign) or int(sign) for sign in _LEVEL_NUMBER.findall(_alike(text))}
    numbers |= {int(sign) for sign in _LEVEL_NUMBER_EN.findall(folded)}
    if not numbers or not numbers <= set(ORDERS):
        return [
            Finding(
                "level_number",
                "警戒レベルには、町が発令した3・4・5のいずれかを書いてください。",
                "Say which 警戒レベル the municipality has issued: 3, 4 or 5.",
            )
        ]
    named = {number for number, name in ORDERS.items() if name in folded}
    if named and named != numbers:
        return [
            Finding(
                "level_name",
                "警戒レベルの数字と避難情報の名前が合いません（3 高齢者等避難、4 避難指示、5 緊急安全確保）。",
                "The number of the 警戒レベル does not fit the name (3 高齢者等避難, 4 避難指示, 5 緊急安全確保).",
            )
        ]
    return []


def _links(text: str, hosts: frozenset[str]) -> list[Finding]:
    wrong = [link for link in _LINK.findall(text) if not _may_link(link, hosts)]
    return [
        Finding(
            "link",
            f"このリンクは使えません：{link[:60]}（https の .lg.jp・.go.jp、またはひな形にあるものだけ）",
            f"This link may not be sent: {link[:60]} (https only, to .lg.jp, .go.jp or a host of the template).",
        )
        for link in wrong[:1]
    ]


def _may_link(link: str, hosts: frozenset[str]) -> bool:
    try:
        parts = urlsplit(link)
        host, port = _host(link), parts.port
    except ValueError:
        return False
    own = host in hosts or (host.isascii() and host.endswith(_TOWN_HOSTS))
    return own and parts.scheme == "https" and port is None and "@" not in parts.netloc


def hosts_of(text: str) -> frozenset[str]:
    """The hosts a text links to."""
    return frozenset(_host(link) for link in _LINK.findall(text))


def _host(link: str) -> str:
    """The host of a link, empty where it has none that can be read."""
    try:
        return (urlsplit(link).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _folded(text: str) -> str:
    """The text in one width, without readings in brackets and without what cannot be seen."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Mn") and char not in _BLANKS)
    return _RUBY.sub("", text)


def _alike(text: str) -> str:
    """What looks alike written alike: one width, hiragana for katakana, no voicing marks, small letters."""
    text = "".join(char for char in unicodedata.normalize("NFD", _folded(text)) if unicodedata.category(char) != "Mn")
    return text.translate(_HIRAGANA).casefold()
