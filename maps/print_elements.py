"""SVG as text: elements with their attributes escaped. No element has a style attribute, which the content policy forbids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """One element; ``stroke_width`` becomes ``stroke-width``, ``class_`` ``class``; None and empty ones are left out.

    ``content`` is markup made here before; texts of others go through ``text``.
    """
    written = "".join(
        f' {_name(key)}="{escape(_value(value))}"' for key, value in attributes.items() if value not in (None, "")
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def text(words: str, /, **attributes: object) -> str:
    """A line of text of anybody."""
    return element("text", escape(words), **attributes)


def path(rings: Iterable[Iterable[Sequence[int]]], *, closed: bool) -> str:
    """Path data of rings or lines in whole units, in steps from point to point."""
    return "".join(_ring(ring, closed=closed) for ring in rings)


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """Path data of one line."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _ring(points: Iterable[Sequence[int]], *, closed: bool) -> str:
    rows = [(int(x), int(y)) for x, y in points]
    steps = " ".join(f"{x - before_x} {y - before_y}" for (before_x, before_y), (x, y) in pairwise(rows))
    return f"M{rows[0][0]} {rows[0][1]}l{steps.replace(' -', '-')}{'z' if closed else ''}"


def _name(key: str) -> str:
    kept = ("viewBox", "patternUnits", "patternTransform")
    return key if key in kept else key.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
