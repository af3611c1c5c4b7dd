"""The compact notation rule tests write their measurements in.

A series is a text of items with blanks between them, one item a sample or a run of samples:

- ``1.5`` one value; ``1.5x3`` the value, then three more of it (four samples);
- ``1.5+0.1x4`` the value, then four more, each 0.1 higher; ``1.5-0.1x4`` lower;
- ``_`` nothing came, ``_x6`` six times;
- ``missing`` the gauge itself said that it has no value; ``bad`` it sent one nobody can use.

A value may carry words behind colons: ``2.1:suspect``, ``2.1:bad`` its quality, ``2.1:late(90s)`` it arrived so much
later, ``2.1:dup`` it came twice, ``2.1:dup(1.7)`` it came a second time with another value. Behind a run they belong to
each of its samples. Values are reckoned in decimals, so that ``0.1+0.1x2`` ends in exactly 0.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from core.model import Quality

MOST_SAMPLES = 200_000
"""More samples than this in one series are refused: a slip of the finger, not a test."""

_NUMBER = r"[+-]?(?:\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})"
_VALUE = re.compile(
    rf"(?P<first>{_NUMBER})(?:(?P<step>[+-](?:\d{{1,9}}(?:\.\d{{1,9}})?|\.\d{{1,9}})))?(?:x(?P<more>\d{{1,9}}))?",
    re.ASCII,
)
_NOTHING = re.compile(r"_(?:x(?P<times>\d{1,9}))?", re.ASCII)
_LATE = re.compile(r"late\(\+?(?P<number>\d{1,6})(?P<unit>[smhd])\)", re.ASCII)
_AGAIN = re.compile(rf"dup(?:\((?P<value>{_NUMBER})\))?", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_QUALITIES = {"bad": Quality.FAIL, "suspect": Quality.SUSPECT}
_WITHOUT_VALUE = {"missing": Quality.MISSING, "bad": Quality.FAIL}


class SeriesError(ValueError):
    """A series cannot be read; ``column`` is where in the text, counted from 1, ``hint`` what to write."""

    def __init__(self, column: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.column = column
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Entry:
    """What came at one interval: ``late`` after its time, and ``again`` as a second copy, where that is not None."""

    value: float | None
    quality: Quality = Quality.GOOD
    late: timedelta = timedelta(0)
    again: float | None = None


def parse_series(text: str) -> tuple[Entry | None, ...]:
    """An entry for each interval, None where nothing came. Raises SeriesError with the column of the first mistake."""
    found: list[Entry | None] = []
    for item in re.finditer(r"\S+", text):
        column = item.start() + 1
        found.extend(_limited(_item(item[0], column), column, MOST_SAMPLES - len(found)))
    if not found:
        raise SeriesError(1, "the series is empty", "write values with blanks between them: 1.0 1.2 1.5")
    return tuple(found)


def _limited(entries: Iterator[Entry | None], column: int, room: int) -> list[Entry | None]:
    taken: list[Entry | None] = []
    for entry in entries:
        if len(taken) >= room:
            message = f"the series is longer than {MOST_SAMPLES} samples"
            raise SeriesError(column, message, "is the number behind x right?")
        taken.append(entry)
    return taken


def _item(item: str, column: int) -> Iterator[Entry | None]:
    body, *words = item.split(":")
    nothing = _NOTHING.fullmatch(body)
    if nothing is not None and not words:
        yield from (None for _ in range(_times(nothing["times"], column)))
        return
    entries = _entries(body, column)
    place = column + len(body)
    marks: set[str] = set()
    for word in words:
        entries = _marked(entries, word, place + 1, marks)
        place += 1 + len(word)
    yield from entries


def _times(text: str | None, column: int) -> int:
    if text is not None and int(text) == 0:
        raise SeriesError(column, "“x0” is no time at all", "leave the item out")
    return 1 if text is None else min(int(text), MOST_SAMPLES + 1)


def _entries(body: str, column: int) -> Iterator[Entry]:
    if body in _WITHOUT_VALUE:
        return iter((Entry(None, _WITHOUT_VALUE[body]),))
    match = _VALUE.fullmatch(body)
    if match is None or (match["step"] and match["more"] is None):
        raise SeriesError(column, f"“{body[:40]}” is not a sample", _hint(body))
    if int(match["more"] or 0) >= MOST_SAMPLES:
        raise SeriesError(column, f"the run is longer than {MOST_SAMPLES} samples", "is the number behind x right?")
    first, step = Decimal(match["first"]), Decimal(match["step"] or 0)
    return (Entry(float(first + step * number)) for number in range(int(match["more"] or 0) + 1))


def _hint(body: str) -> str:
    if any(sign.isdigit() and not sign.isascii() for sign in body):
        return "use half-width digits (0-9)"
    if "," in body:
        return "put blanks, not commas, between the samples"
    if "_" in body:
        return "_ stands alone, with blanks around it; _x3 is three times nothing"
    if re.fullmatch(rf"{_NUMBER}[+-].*", body):
        return "a step needs its number: 1.0+0.1x5 is 1.0 and five more"
    return "write 1.5, 1.5x3, 1.0+0.1x5, _, _x3, bad or missing"


def _marked(entries: Iterator[Entry], word: str, column: int, marks: set[str]) -> Iterator[Entry]:
    """The entries with one more word of theirs; each kind of word may stand there once."""
    late, again = _LATE.fullmatch(word), _AGAIN.fullmatch(word)
    kind = "quality" if word in _QUALITIES else "late" if late else "dup" if again else ""
    if not kind:
        hint = "the words are bad, suspect, late(90s), dup and dup(1.7)"
        raise SeriesError(column, f"“{word[:40]}” is not a word a sample may carry", hint)
    if kind in marks:
        raise SeriesError(column, f"“{word[:40]}” says the same thing a second time", "leave one of them out")
    marks.add(kind)
    taken = list(entries)
    if any(entry.value is None for entry in taken) and kind != "late":
        raise SeriesError(column, f"a sample without a value cannot be “{word[:40]}”", "give it a value")
    if late:
        delay = timedelta(seconds=int(late["number"]) * _SECONDS[late["unit"]])
        return (replace(entry, late=delay) for entry in taken)
    if again:
        other = None if again["value"] is None else float(again["value"])
        return (replace(entry, again=entry.value if other is None else other) for entry in taken)
    return (replace(entry, quality=_QUALITIES[word]) for entry in taken)
