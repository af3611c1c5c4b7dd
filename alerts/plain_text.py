"""Texts fit for a message: one line, no hidden characters, times as people write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from core.times import JST

_GAP = r"(?:[\W\uff9e\u115f\u1160\u3164\uffa0]|[(（][ぁ-んァ-ヶー・]+[)）])*"
"""What may stand between two signs of a word and leave it readable: what is no letter, the half-width voicing mark and
blanks that count as letters, and readings in brackets.
"""

_ISSUED_LEVEL = re.compile(_GAP.join(["警", "戒", "(?:[レﾚれ]", "[ベべヘへﾍ]", "[ルﾙる]|(?i:level|lv(?![a-z])))"]))
"""ベ and べ look alike, and where a file was written on a Macintosh, ベ is two signs: ヘ and a mark, which is no letter."""


def without_issued_level(text: str) -> str:
    """The text with every 警戒レベル, in whatever width, script or spacing, replaced by 段階."""
    return _ISSUED_LEVEL.sub("段階", text)


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
