"""What the rules of resident messages refuse, in words for whoever asked."""

from __future__ import annotations

from core.errors import YukimoriError
from core.resident_messages import MessageState

STATES_JA = {
    MessageState.DRAFT: "下書き",
    MessageState.SUBMITTED: "承認待ち",
    MessageState.APPROVED: "承認済み",
    MessageState.QUEUED: "送信開始",
    MessageState.CANCELLED: "取りやめ",
    MessageState.EXPIRED: "期限切れ",
}
"""How far a message has come, in words."""


class RefusedError(YukimoriError):
    """An act on a message that its state, its text or its people forbid; nothing has changed.

    ``code`` names the rule, ``ja`` says it in Japanese, ``str()`` in English.
    """

    def __init__(self, code: str, ja: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.ja = ja
