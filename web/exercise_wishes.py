"""What staff wants of an exercise, read strictly from the body of a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from config.exercise_plan import Scenario
from config.model import Site
from web.json_body import members_of
from web.problems import Problem

BODY_BYTES = 4_096
LONGEST = timedelta(hours=12)
_AFTER_THE_END = timedelta(minutes=30)
_MOST_SPEED = 600.0
_MEMBERS = ("scenario", "speed", "minutes")


@dataclass(frozen=True, slots=True)
class ExerciseWish:
    """Which scenario, how much faster than life, and after how long it ends by itself."""

    scenario: Scenario
    speed: float
    lasts: timedelta


def exercise_wish(body: bytes, site: Site) -> ExerciseWish:
    """The wish of a body; 400 names the member that is wrong, 422 a scenario the site has not."""
    members = members_of(body, BODY_BYTES)
    for name in members:
        if name not in _MEMBERS:
            raise Problem(400, f"Unknown member {name[:40]!r}. Known here: {', '.join(_MEMBERS)}.")
    wanted = members.get("scenario")
    if not isinstance(wanted, str):
        raise Problem(400, "Member 'scenario' is the id of a scenario.")
    scenario = next((known for known in site.exercises if known.id == wanted), None)
    if scenario is None:
        raise Problem(422, "There is no such scenario in the folder exercises/ of the site.")
    speed = _number(members.get("speed"), "speed", scenario.speed, 0.1, _MOST_SPEED)
    own = min(LONGEST, timedelta(minutes=scenario.minutes) / speed + _AFTER_THE_END)
    minutes = _number(members.get("minutes"), "minutes", own / timedelta(minutes=1), 1, LONGEST / timedelta(minutes=1))
    return ExerciseWish(scenario, speed, timedelta(minutes=minutes))


def _number(value: object, name: str, usual: float, low: float, high: float) -> float:
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise Problem(400, f"Member {name!r} is a number from {low:g} to {high:g}.")
    return float(value)
