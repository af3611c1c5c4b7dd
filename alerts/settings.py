"""Checks the settings of channels: used before anything runs, and where channels are put to work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from alerts.channel import ChannelSettings
from alerts.channels import discover
from core.errors import ConfigError

CHANNEL_KINDS: frozenset[str] = frozenset(discover())
"""The kinds a channel of a site can be of."""


def channel_settings(kind: str, settings: Mapping[str, Any]) -> ChannelSettings:
    """The checked settings of a channel of that kind.

    Raises ConfigError naming every mistake, one a line, as ``key: what is wrong``.
    """
    channel = discover().get(kind)
    if channel is None:
        raise ConfigError(f"kind: no channel is called {kind!r}", hint=f"one of {', '.join(sorted(CHANNEL_KINDS))}")
    try:
        checked: ChannelSettings = channel.settings.model_validate(dict(settings))
    except ValidationError as error:
        raise ConfigError("\n".join(_mistake(item) for item in error.errors(include_input=False))) from error
    return checked


def _mistake(item: Any) -> str:
    where = ".".join(str(part) for part in item["loc"])
    said = str(item["msg"]).removeprefix("Value error, ")
    return f"{where}: {said}" if where else said
