"""What is said of a shelter, in words: the same rules as static/js/shelter_state.js, for pages without scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.times import parse_rfc3339
from maps.facts import Wording

OLD_AFTER_S = 86_400
"""A word older than a day is told to be old: a night has passed, and people have moved."""
AGE_IN_HOURS_S = 72 * 3_600
"""Up to here the age of an old word is told in hours."""

_FACILITY = slice(0, 11)
_PURPOSE = slice(11, 12)
_TO_FLEE, _TO_STAY = "2", "1"

Row = dict[str, Any]
Table = tuple[str, list[Row]]


def shelter_tables(
    shelters: Sequence[tuple[str, Mapping[str, Any]]], facts: Mapping[str, Any], say: Wording
) -> list[Table]:
    """Titles, and a row for each shelter: its published properties, and ``told`` as ``shelter_told`` gives it.

    ``facts`` is a snapshot as the stream sends it, ``shelters`` titles and FeatureCollections.
    """
    states, now = _states(facts), parse_rfc3339(facts["now"])
    return [
        (
            title,
            [
                {**place["properties"], "told": _told(str(place["properties"].get("id")), states, now, say)}
                for place in places["features"]
            ],
        )
        for title, places in shelters
    ]


def stay_of(id_: str, states: Mapping[str, Any]) -> Any:
    """What is said of the 指定避難所 of the facility whose 指定緊急避難場所 this is; None where nothing is, and for others.

    A 共通ID is the facility's eleven characters and three digits that tell its purpose (GSI's lists: 2xx to flee to,
    1xx to stay at). ``states`` are known by 共通ID; of two the later one in the order of ids.
    """
    if id_[_PURPOSE] != _TO_FLEE:
        return None
    same = [other for other in states if other[_FACILITY] == id_[_FACILITY] and other[_PURPOSE] == _TO_STAY]
    return states[max(same)] if same else None


def _told(id_: str, states: Mapping[str, Mapping[str, Any]], now: datetime, say: Wording) -> Row:
    stay = stay_of(id_, states)
    facility = "" if stay is None else _facility(shelter_told(stay, now, say), say)
    return {**shelter_told(states.get(id_), now, say), "facility": facility}


def _facility(told: Row, say: Wording) -> str:
    return say.say("shelter_facility", state=told["word"], age=told["age"])


def shelter_told(state: Mapping[str, Any] | None, now: datetime, say: Wording) -> Row:
    """Status (``unknown`` where nobody ever said), word, people, age with its exact time, whether it is old, remark."""
    if state is None:
        word = say.words["shelter_unknown"]
        return {
            "status": "unknown",
            "word": word,
            "people": "",
            "age": "",
            "at": "",
            "exact": "",
            "old": False,
            "note": "",
        }
    at = parse_rfc3339(state["at"])
    age_s = max(0.0, (now - at).total_seconds())
    note = state["note_ja"] if say.language == "ja" else state["note_en"] or state["note_ja"]
    return {
        "status": state["status"],
        "word": say.words[f"shelter_{state['status']}"],
        "people": _people(state, say),
        "age": _age(age_s, say),
        "at": state["at"],
        "exact": say.exact(at),
        "old": age_s > OLD_AFTER_S,
        "note": note,
    }


def shelter_summary(facts: Mapping[str, Any], say: Wording) -> str:
    """How many shelters are open and full; that none is reported open, or nothing reported, where so."""
    states = [state["status"] for state in _states(facts).values()]
    if not states:
        return say.words["shelters_none_said"]
    counted = {"open": states.count("open"), "full": states.count("full")}
    return say.say("shelters_counted", **counted) if any(counted.values()) else say.words["shelters_none_open"]


def _states(facts: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {state["id"]: state for state in facts.get("shelters", [])}


def _people(state: Mapping[str, Any], say: Wording) -> str:
    count, capacity = state["people"], state["capacity"]
    if count is None:
        return "" if capacity is None else say.say("shelter_capacity", capacity=capacity)
    if capacity is None:
        return say.say("shelter_people", count=count)
    return say.say("shelter_people_of", count=count, capacity=capacity)


def _age(age_s: float, say: Wording) -> str:
    if age_s <= OLD_AFTER_S:
        return say.age(age_s)
    hours = say.say("age_hours", count=int(age_s // 3600))
    return say.say("shelter_old", age=hours if age_s < AGE_IN_HOURS_S else say.age(age_s))
