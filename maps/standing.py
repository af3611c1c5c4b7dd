"""Whether a page without scripts may speak of now: the same rules the live pages follow in ``static/js/banner.js``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.times import parse_rfc3339
from maps.facts import State, Wording, age_of, state_of
from maps.symbols import SYMBOLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the freshness bar (``state``, ``text``) and the banner (``level``, ``sentence``) say when written."""

    state: str
    text: str
    level: str
    sentence: str


def standing_of(now: datetime, say: Wording, *, stale: bool, read_at: str | None, written: bool = False) -> Standing:
    """The time of the page; where the data stand still, that they do and since ``read_at`` (RFC 3339).

    A ``written`` page may be read at any time later: it says when it was written, and that it speaks of then.
    """
    if written and not stale:
        time = say.exact(now)
        return Standing(
            state="static",
            text=say.say("copied_at", time=time),
            level="loading",
            sentence=say.say("written_note", time=time),
        )
    if not stale:
        text = say.say("as_of", time=say.exact(now))
        return Standing(state="static", text=text, level="loading", sentence=text)
    if read_at is None:
        never = say.words["lost_never"]
        return Standing(state="halted", text=never, level="unknown", sentence=never)
    time = say.exact(parse_rfc3339(read_at))
    sentence = say.say("banner_halted", time=time)
    return Standing(state="halted", text=say.say("halted", time=time), level="unknown", sentence=sentence)


def no_alerts_text(facts: Mapping[str, Any], say: Wording) -> str:
    """What an empty table of alerts says: that nothing is reached only where every place that can be judged is known."""
    states = _judged(facts, say)
    if facts.get("stale"):
        return say.words["unknown_yet"]
    if any(SYMBOLS[state.symbol].rank >= SYMBOLS["caution"].rank for state in states):
        return say.words["reached_only"]
    if not states or not all(state.known for state in states):
        return say.words["unknown_yet"]
    standby = any(state.symbol == "standby" for state in states)
    return say.words["reached_only" if standby else "no_alerts"]


def _judged(facts: Mapping[str, Any], say: Wording) -> list[State]:
    """The states of all values that have a threshold; the others can never be judged and say nothing about calm."""
    now = parse_rfc3339(facts["now"])
    return [
        state_of(quantity, age_of(quantity, now), say)
        for feature in facts["stations"]["features"]
        for quantity in feature["properties"]["quantities"].values()
        if any(height is not None for height in quantity["thresholds"].values())
    ]
