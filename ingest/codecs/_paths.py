"""Paths into a parsed body: ``data.depth``, ``readings[0].v``, ``["snow depth"].value``, ``$.station.id``.

Steps are names with dots between them, ``[0]`` for an element of an array (``[-1]`` the last), ``["…"]`` for names
with other signs in them. ``$.`` in front means "from the top of the message", also where a record of it is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import DecodeError
from ingest.codecs._settings import Settings, shown

_STEP = re.compile(
    r'(?:^|\.)(?P<name>[^.\[\]"\s$][^.\[\]"]*)|\[(?P<index>-?\d{1,4})\]|(?:^|\.)?\["(?P<quoted>[^"]+)"\]', re.ASCII
)
_STEPS = 16
_HOW = 'a path, as in data.depth, readings[0].v or ["snow depth"]'

ABSENT = object()
"""What ``Path.find`` gives where the path leads nowhere; null is something."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path as the settings write it; ``top`` starts at the message, not at the record."""

    written: str
    steps: tuple[str | int, ...]
    top: bool

    def find(self, record: Any, message: Any) -> Any:
        """What stands there, ``ABSENT`` where the path leads nowhere."""
        node = message if self.top else record
        for step in self.steps:
            if isinstance(step, str):
                node = node.get(step, ABSENT) if isinstance(node, dict) else ABSENT
            else:
                node = node[step] if isinstance(node, list) and -len(node) <= step < len(node) else ABSENT
            if node is ABSENT:
                return ABSENT
        return node

    def need(self, record: Any, message: Any) -> Any:
        """What stands there; raises DecodeError ``bad-shape`` where nothing does."""
        found = self.find(record, message)
        if found is ABSENT:
            raise DecodeError("bad-shape", f"nothing at {self.written[:60]}")
        return found


def read_path(settings: Settings, key: str, found: object) -> Path:
    """The path a setting writes; raises ValueError naming the key."""
    if not isinstance(found, str) or not found:
        settings.wrong(key, f"{shown(found)} is not possible; write {_HOW}")
    if re.match(r"\$[^.\[]", found):
        settings.wrong(
            key, f'{shown(found)}: $ stands for the message; for a name that begins with it write ["{found}"]'
        )
    rest, steps, at = found.removeprefix("$"), [], 0
    rest = rest.removeprefix(".") if rest != found else rest
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None:
            settings.wrong(key, f"{shown(found)} is no path from sign {at + 1 + len(found) - len(rest)}; write {_HOW}")
        steps.append(_step(match))
        at = match.end()
    if not steps and found != "$":
        settings.wrong(key, f"{shown(found)} is no path; write {_HOW}")
    if len(steps) > _STEPS:
        settings.wrong(key, f"{len(steps)} steps are more than {_STEPS}")
    return Path(found, tuple(steps), found.startswith("$"))


def may_path(settings: Settings, key: str) -> Path | None:
    """The path under a key, None where it is left out; raises ValueError naming the key."""
    found = settings.found(key)
    return None if found is None else read_path(settings, key, found)


def need_path(settings: Settings, key: str) -> Path:
    """The path under a key; raises ValueError naming the key."""
    return read_path(settings, key, settings.need(key, _HOW))


def read_where(settings: Settings) -> tuple[tuple[Path, Any], ...]:
    """The setting ``where``: what must stand at some paths of a record; raises ValueError naming the key."""
    what = 'a table, as in { name = "snow" }'
    return tuple(
        (read_path(settings, f"where.{path}", path), _plain(settings, f"where.{path}", wanted))
        for path, wanted in settings.named("where", what).items()
    )


def fits(where: tuple[tuple[Path, Any], ...], record: Any, message: Any) -> bool:
    """Whether a record holds what ``where`` asks for; ``1`` and ``true`` are not the same."""
    for path, wanted in where:
        found = path.find(record, message)
        if isinstance(found, bool) is not isinstance(wanted, bool) or found != wanted:
            return False
    return True


def _step(match: re.Match[str]) -> str | int:
    if match["index"] is not None:
        return int(match["index"])
    return str(match["name"] or match["quoted"])


def _plain(settings: Settings, key: str, wanted: Any) -> Any:
    if isinstance(wanted, Mapping):
        settings.wrong(key, f'{shown(wanted)} is a table; put a path with dots in quotes, as in "sensor.name"')
    if not isinstance(wanted, (str, int, float)):
        settings.wrong(key, f"{shown(wanted)} is not possible; write a text, a number, true or false")
    return wanted
