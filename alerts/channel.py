"""What a channel is: settings that check themselves, and one function that sends."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from core.errors import NotifyError
from store import Store
from store.alert_rows import NotificationRow
from store.subscriptions import Subscription

Environment = Mapping[str, str]
"""Where secrets come from: settings name a variable, never its content."""


class ChannelSettings(BaseModel):
    """The base of a channel's settings: unknown keys are mistakes, nothing changes after the check."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The environment variables that have to be set before anything can be sent."""
        return tuple(
            value for key, value in self.model_dump().items() if key.endswith("_env") and isinstance(value, str)
        )


S = TypeVar("S", bound=ChannelSettings)


class Book(Protocol):
    """Who asked to be told by a channel; kept in the store."""

    def of(self, channel: str) -> Sequence[Subscription]:
        """Those who asked, oldest first."""

    def gone(self, numbers: Collection[int]) -> None:
        """Forget those that are gone."""


@dataclass(frozen=True, slots=True)
class StoredBook:
    """The book of one site. ``site_no`` is the store's number of it."""

    store: Store
    site_no: int

    def of(self, channel: str) -> Sequence[Subscription]:
        """Those who asked, oldest first."""
        return self.store.subscriptions.of_channel(self.site_no, channel)

    def gone(self, numbers: Collection[int]) -> None:
        """Forget those that are gone."""
        if numbers:
            self.store.subscriptions.drop(self.site_no, numbers)


@dataclass(frozen=True, slots=True)
class Sent:
    """What the provider calls a message it took, and a remark on how it took it (recipients it refused for good)."""

    provider: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Channel(Generic[S]):
    """A kind of channel.

    ``send`` returns what the provider calls the message, or a word on how it answered; it raises NotifyError with
    ``retryable`` where it was not taken. It may be called again for the same notification: it has to hand on its id, so
    that the receiver can tell. ``recognises_repeats`` says that the receiver does, and shows a repeat to nobody; where it is
    False, a message to residents of which nobody knows whether it was taken waits for a person instead of going out again.
    ``send_rest`` is for channels that name their recipients one by one: it leaves out those ``served`` already, given
    as ``recipient_digest`` names them. ``send_by_book`` is for channels whose recipients stand in the store; it takes
    the place of both. ``count`` and ``count_by_book`` say how many people a message reaches, None where nobody knows.
    """

    settings: type[S]
    send: Callable[[NotificationRow, S, Environment], str | Sent]
    recognises_repeats: bool = False
    send_rest: Callable[[NotificationRow, S, Environment, frozenset[str]], str | Sent] | None = None
    send_by_book: Callable[[NotificationRow, S, Environment, frozenset[str], Book], str | Sent] | None = None
    count: Callable[[S, Environment], int | None] | None = None
    count_by_book: Callable[[S, Environment, str, Book], int | None] | None = None


def recipient_digest(notification: NotificationRow, recipient: str) -> str:
    """What a recipient is remembered by while others of the same message wait: no address, and another one a message."""
    return hashlib.sha256(f"{notification.id}|{recipient}".encode()).hexdigest()[:24]


def secret(environment: Environment, name: str) -> str:
    """The content of an environment variable without line breaks at its ends, as files of secrets have them.

    Raises a retryable NotifyError where it is not set.
    """
    found = environment.get(name, "").strip("\r\n")
    if not found:
        raise NotifyError(f"the environment variable {name} is not set", retryable=True, hint=f"set {name} and restart")
    return found
