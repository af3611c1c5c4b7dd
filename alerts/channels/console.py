"""The console itself: the message stands in the outbox, and the console's page shows it and sounds.

Nothing leaves the house, so nothing can fail: what is queued for it has arrived.
"""

from __future__ import annotations

from alerts.channel import Channel, ChannelSettings, Environment
from store.alert_rows import NotificationRow


class ConsoleSettings(ChannelSettings):
    """There is nothing to set."""


def send(notification: NotificationRow, settings: ConsoleSettings, environment: Environment) -> str:  # noqa: ARG001
    """A word that it is there to be read."""
    return "shown on the console"


CHANNEL = Channel(settings=ConsoleSettings, send=send, recognises_repeats=True)
