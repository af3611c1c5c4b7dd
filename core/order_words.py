"""What may be said in a dispatch order, by whichever way it is given: its name, its words, its times."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from core.ploughs import Order

LONGEST_ID = 80
LONGEST_NAME = 100
LONGEST_NOTE = 200
OLDEST = timedelta(days=7)
"""An order is written down when it was given by telephone; one about a time longer ago is a slip of the hand."""

_ID = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST_ID}}}", re.ASCII)


def order_id(at: datetime, classes: Collection[str]) -> str:
    """The name of an order nobody named: of its instant (UTC) and classes, so that the same order has the same name."""
    return "-".join([f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}", *sorted(set(classes))])


def refusal_of(order: Order, known: Collection[str], now: datetime, ahead: timedelta) -> str | None:
    """Why this cannot be ordered, as the end of a sentence; None where it can.

    ``known`` are the classes the town has; ``ahead`` is how far the clock of who gives it may run before ours.
    """
    if not _ID.fullmatch(order.id):
        return f"its id is 1 to {LONGEST_ID} letters, digits, dots, hyphens and underscores"
    if not order.classes:
        return "it names no class of roads"
    strange = [code for code in order.classes if code not in known]
    if strange:
        return f"there is no class {strange[0][:40]!r}; this town has {', '.join(sorted(known))}"
    return _in_words(order) or end_refusal(order.at, order.by, now, ahead)


def end_refusal(at: datetime, by: str, now: datetime, ahead: timedelta) -> str | None:
    """Why an order cannot begin or end at ``at`` by the word of ``by``; None where it can."""
    if not by or len(by) > LONGEST_NAME or not by.isprintable():
        return f"who says it (by) is 1 to {LONGEST_NAME} printable characters"
    if at > now + ahead:
        return "its time (at) lies in the future"
    if at < now - OLDEST:
        return f"its time (at) lies more than {OLDEST.days} days back"
    return None


def _in_words(order: Order) -> str | None:
    for name, text in (("note", order.note), ("measured", order.measured)):
        if len(text) > LONGEST_NOTE or not (text == "" or text.isprintable()):
            return f"{name} is at most {LONGEST_NOTE} printable characters"
    return None
