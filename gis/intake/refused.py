"""How a reader in the confined process says no."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - a verdict about a file, not an error of ours
    """The file is not taken; ``str()`` says why, ``hint`` says what the person can do."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint
