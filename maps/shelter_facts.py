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
                {**place["properties"], "told": shelter_told(states.get(place["properties"].get("id")), now, say)}
                for place in places["features"]
            ],
        )
        for title, places in shelters
    ]


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
