"""What may be said of a shelter, by whichever way it is said: the words for its state, and the limits."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from core.shelters import ShelterState, ShelterStatus

MOST_PEOPLE = 100_000
"""More people than any single place holds; a greater number is a slip of the hand."""
LONGEST_NOTE = 200
LONGEST_NAME = 100
OLDEST = timedelta(days=30)
"""A word about a time longer ago than this is a slip of the hand too."""

STATUS_WORDS = {
    ShelterStatus.OPEN: ("開設", "開設中"),
    ShelterStatus.FULL: ("満員", "満員です"),
    ShelterStatus.CLOSED: ("閉鎖", "閉鎖中"),
}
"""What staff writes for each state, besides its English word; the first is what we write ourselves."""

_STATUS = {word: status for status, words in STATUS_WORDS.items() for word in (*words, status.value)}


def status_of(text: str) -> ShelterStatus | None:
    """The state a word stands for, in full or half width, large or small; None where it stands for none."""
    return _STATUS.get(unicodedata.normalize("NFKC", text).strip().lower())


def refusal_of(state: ShelterState, now: datetime, ahead: timedelta) -> str | None:
    """Why this cannot be said, as the end of a sentence; None where it can.

    ``ahead`` is how far the clock of who says it may run before ours.
    """
    for name, number in (("people", state.people), ("capacity", state.capacity)):
        if number is not None and not 0 <= number <= MOST_PEOPLE:
            return f"{name} is {number}; it is a whole number from 0 to {MOST_PEOPLE}"
    for name, text in (("note_ja", state.note_ja), ("note_en", state.note_en)):
        if len(text) > LONGEST_NOTE or not (text == "" or text.isprintable()):
            return f"{name} is at most {LONGEST_NOTE} printable characters"
    if not state.by or len(state.by) > LONGEST_NAME or not state.by.isprintable():
        return f"who says it (by) is 1 to {LONGEST_NAME} printable characters"
    if state.at > now + ahead:
        return "its time (at) lies in the future"
    if state.at < now - OLDEST:
        return f"its time (at) lies more than {OLDEST.days} days back"
    return None
