"""What is wrong with a site folder, in words a town official can act on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake (or warning): ``file`` within the site folder, ``where`` in it, what, and what to do.

    ``where`` is a line number as text in a CSV file (and for TOML syntax), the dotted key in a TOML file,
    empty where the file as a whole is meant.
    """

    file: str
    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """``file:line: message (hint)`` or ``file: key: message (hint)``, on one line."""
        place = f"{self.file}:{self.where}" if self.where.isdigit() else f"{self.file}: {self.where}"
        place = place if self.where else self.file
        return f"{place}: {self.message}" + (f" — {self.hint}" if self.hint else "")


class WrongValueError(ValueError):
    """A value is not what is expected there; ``hint`` says what to write. Never leaves this package."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(slots=True)
class Notes:
    """Collects mistakes and warnings while a folder is read; in the order they were found."""

    mistakes: list[Mistake] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)
    incomplete: set[str] = field(default_factory=set)
    """Files of which a row or an id was lost: what refers to it cannot be judged."""

    def mistake(self, file: str, where: str, message: str, hint: str = "") -> None:
        """Note something that must be put right before the site can be used."""
        self.mistakes.append(Mistake(file, where, message, hint))

    def warn(self, file: str, where: str, message: str, hint: str = "") -> None:
        """Note something that works but is probably not meant."""
        self.warnings.append(Mistake(file, where, message, hint))


def shown(value: object) -> str:
    """The value as it is quoted in a message: at most 40 characters, control characters made visible."""
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def suggest(name: str, possible: Iterable[str]) -> str:
    """A hint for a name that is not one of the possible ones: the nearest, or all where they are few."""
    names = sorted(possible)
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    if near:
        return f"did you mean “{near[0]}”?"
    if not names:
        return ""
    listed = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return f"possible: {listed}"
