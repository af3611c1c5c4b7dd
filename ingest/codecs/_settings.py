"""The settings of a source, read key by key; every mistake is a ValueError of one line that names the key."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

_SHOWN = 60


class Settings:
    """A table of settings; ``place`` is where it stands in them, empty for the whole."""

    def __init__(self, given: object, place: str = "") -> None:
        if not isinstance(given, Mapping):
            what = f"{place or 'settings'}: {shown(given)} is no table; write key = value lines"
            raise ValueError(what)  # noqa: TRY004 - every mistake of a settings file is a ValueError
        self._given: Mapping[str, Any] = given
        self._place = place
        self._asked: set[str] = set()

    def name(self, key: str) -> str:
        """The key as the town would look for it: ``values[0].path``."""
        return f"{self._place}.{key}" if self._place else key

    def wrong(self, key: str, what: str) -> NoReturn:
        """Raises the ValueError that says what is wrong with ``key``, and what to write instead."""
        raise ValueError(f"{self.name(key)}: {what}")

    def found(self, key: str) -> Any:
        """What is written under the key, None where it is left out."""
        self._asked.add(key)
        return self._given.get(key)

    def need(self, key: str, what: str) -> Any:
        """What is written under the key; ``what`` is said where it is left out."""
        found = self.found(key)
        if found is None:
            self.wrong(key, f"is missing; write {what}")
        return found

    def text(self, key: str, default: str | None = None, *, what: str = "a text in quotes") -> str:
        """A text that is not empty; needed where there is no default."""
        found = self.need(key, what) if default is None else self.found(key)
        if found is None:
            return default or ""
        if not isinstance(found, str) or not found:
            self.wrong(key, f"{shown(found)} is not possible; write {what}")
        return found

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        """One of some words."""
        found = self.text(key, default)
        if found not in choices:
            self.wrong(key, f"{shown(found)} is none of {', '.join(choices)}{nearest(found, choices)}")
        return found

    def flag(self, key: str) -> bool:
        """True or false; false where it is left out."""
        found = self.found(key)
        if found is not None and not isinstance(found, bool):
            self.wrong(key, f"{shown(found)} is not possible; write true or false without quotes")
        return bool(found)

    def entries(self, key: str, what: str) -> list[Any]:
        """A list, empty where it is left out."""
        found = self.found(key)
        if found is not None and not isinstance(found, list):
            self.wrong(key, f"{shown(found)} is no list; write {what}")
        return found or []

    def named(self, key: str, what: str) -> dict[str, Any]:
        """A table whose keys are the town's own words; empty where it is left out."""
        found = self.found(key)
        if found is not None and not isinstance(found, Mapping):
            self.wrong(key, f"{shown(found)} is no table; write {what}")
        return dict(found or {})

    def table(self, key: str) -> Settings | None:
        """The table under a key, None where it is left out."""
        found = self.found(key)
        return None if found is None else Settings(found, self.name(key))

    def tables(self, key: str, what: str) -> Iterator[Settings]:
        """The tables of a list ``[[key]]``."""
        for number, entry in enumerate(self.entries(key, what)):
            yield Settings(entry, self.name(f"{key}[{number}]"))

    def finish(self) -> None:
        """Raises ValueError for a key nobody asked for, with the nearest one that exists."""
        for key in self._given:
            if key not in self._asked:
                known = sorted(self._asked)
                self.wrong(str(key), f"is no setting here{nearest(str(key), known)}; there are {', '.join(known)}")


def shown(found: object) -> str:
    """What is written, for a message: short, on one line."""
    if isinstance(found, bool):
        return "true" if found else "false"
    text = repr(found)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def nearest(word: str, known: Sequence[str]) -> str:
    """`` (did you mean …?)`` where a known word is near, else nothing."""
    near = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
