"""Texts fit for a message: one line, no hidden characters, times as people write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from core.times import JST

_ISSUED_LEVEL = re.compile(r"警\W*戒\W*(?:レ\W*ベ\W*ル|ﾚ\W*ﾍ\W*ﾞ\W*ﾙ)")


def without_issued_level(text: str) -> str:
    """The text with every 警戒レベル, in whatever width or spacing, replaced by 段階."""
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
