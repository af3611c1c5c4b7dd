"""What the rules of resident messages refuse, in words for whoever asked."""

from __future__ import annotations

from core.errors import YukimoriError


class RefusedError(YukimoriError):
    """An act on a message that its state, its text or its people forbid; nothing has changed.

    ``code`` names the rule, ``ja`` says it in Japanese, ``str()`` in English.
    """

    def __init__(self, code: str, ja: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.ja = ja
