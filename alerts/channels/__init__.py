"""Ways to reach people. One module is one channel: it has exactly one ``CHANNEL``; adding a file adds a kind."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from alerts.channel import Channel


@cache
def discover() -> dict[str, Channel[Any]]:
    """Every channel of this folder by its kind, which is its module's name.

    Raises TypeError with the file's name where a module has no ``CHANNEL`` or more than one.
    """
    return {module.name: _channel_of(module.name) for module in iter_modules(__path__)}


def _channel_of(name: str) -> Channel[Any]:
    module = import_module(f"{__name__}.{name}")
    found = [key for key, value in vars(module).items() if isinstance(value, Channel)]
    if found != ["CHANNEL"]:
        raise TypeError(f"{module.__file__}: wants exactly one Channel named CHANNEL, found {found or 'none'}")
    channel: Channel[Any] = module.CHANNEL
    return channel
