"""Every error Yukimori raises on purpose.

YukimoriError            says what was being done, to what; ``hint`` says what to do next
├── ConfigError          a site folder has mistakes (all of them, see ``config.mistakes``)
├── DecodeError          a message cannot become readings (``reason`` is a quarantine code)
├── StoreError           the database refused or is away (``retryable``)
├── LayerError           a layer file cannot be read, trusted or drawn (``layer``)
├── NotifyError          a channel did not take a message (``retryable``)
├── SealError            a secret of an account cannot be sealed or opened: its key is not here
└── StartError           a process cannot start: port, folder, broker or database
"""

from __future__ import annotations


class YukimoriError(Exception):
    """The base of all intended errors; ``str()`` is one line, ``hint`` is the remedy or None."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(YukimoriError):
    """A site folder cannot be used; the message lists every mistake, one a line."""


class DecodeError(YukimoriError):
    """A message cannot be turned into readings.

    ``reason`` is the code it is quarantined under (``core.reasons``), the message is the detail.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class StoreError(YukimoriError):
    """The database refused or could not be reached; ``retryable`` says whether time may heal it.

    ``sqlstate`` is the five-character code of the server, None where there was no server to ask.
    """

    def __init__(self, message: str, *, retryable: bool, sqlstate: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable
        self.sqlstate = sqlstate


class LayerError(YukimoriError):
    """A layer cannot be read, trusted or drawn; ``layer`` is its id."""

    def __init__(self, layer: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"layer {layer}: {message}", hint=hint)
        self.layer = layer


class NotifyError(YukimoriError):
    """A channel did not take a notification; ``retryable`` says whether to try again.

    ``retry_after`` is the wait in seconds the receiver asked for, None where it did not. ``served`` are digests of the
    recipients that took it all the same, ``uncertain`` says that it may have been taken nevertheless. ``used_up``: the
    channel takes nothing more for a long time, whatever the message (a monthly quota).
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool,
        retry_after: float | None = None,
        served: frozenset[str] = frozenset(),
        uncertain: bool = False,
        used_up: bool = False,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable
        self.retry_after = retry_after
        self.served = served
        self.uncertain = uncertain
        self.used_up = used_up


class SealError(YukimoriError):
    """A secret of an account cannot be sealed or opened: its key is not here, or it was changed. Nobody is let in by it."""


class StartError(YukimoriError):
    """A process cannot start; the hint says what the operator does about it."""
