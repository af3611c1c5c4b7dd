"""What a rule test says: made-up stations, what they measure, and what has to be told of it when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.series_notation import Entry
from config.mistakes import Mistake
from core.levels import Level
from core.model import Datastream, Station

STATES = ("ok", "pending", "firing", "recovering", "nodata", "error")
"""How an instance can stand. ``recovering`` is firing on its way out; ``ok`` never has to be listed."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An instance as it has to stand; what is None is not looked at. ``stream`` is ``station/quantity``."""

    rule: str
    stream: str
    state: str
    level: Level | None
    since: timedelta | None
    stale: bool
    subject_ja: str | None
    text_ja: str | None


@dataclass(frozen=True, slots=True)
class ExpectedStep:
    """A transition that has to have been told; ``level`` is None where there is none (``closed``), or any will do."""

    rule: str
    stream: str
    kind: str
    level: Level | None
    at: timedelta | None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What holds ``at`` so long after the start: exactly these instances are not ``ok``.

    ``steps`` and ``messages`` are all that was told since the expectation before, in order; None where nobody asks.
    ``where`` is the place in the file.
    """

    where: str
    at: timedelta
    instances: tuple[Expected, ...]
    steps: tuple[ExpectedStep, ...] | None
    messages: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One test of a file: ``file`` within the site folder, ``where`` in it (``tests[1]``).

    ``rules`` are the rules that are evaluated, the one the file is named for first. ``rounds`` is how often the evaluator
    looks; None: whenever something arrives or falls silent. ``made_up`` stations belong to this test alone.
    """

    file: str
    where: str
    title: str
    rules: tuple[str, ...]
    interval: timedelta
    start: datetime
    rounds: timedelta | None
    made_up: tuple[tuple[Station, Datastream], ...]
    series: Mapping[str, tuple[Entry | None, ...]]
    expectations: tuple[Expectation, ...]

    @property
    def length(self) -> timedelta:
        """From the start to the end of the longest series."""
        return self.interval * max((len(entries) for entries in self.series.values()), default=0)


@dataclass(frozen=True, slots=True)
class RuleTestFiles:
    """The tests of a site folder, and what is wrong with the files; ``untested`` rules have no file beside them."""

    tests: tuple[RuleTest, ...]
    mistakes: tuple[Mistake, ...]
    untested: tuple[str, ...]


def length_text(length: timedelta) -> str:
    """A length of time as test files write it: ``90s``, ``10m``, ``2h``, ``3d``."""
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
