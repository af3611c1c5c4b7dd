"""What is told of cleared roads, as words in rows: the same rules the live pages follow in ``static/js/road_detail.js``.

``told`` is the content of ``/api/roads/state`` (``live/roads.json`` of the static site); ``lines`` the published layer of roads as
GeoJSON, which names them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from core.times import parse_rfc3339
from gis.ploughs.age_classes import age_class
from maps.facts import Wording
from maps.road_looks import WITHHELD, age_looks

CLASSES = ("emergency", "1", "2", "3", "unknown")
EARTH_RADIUS_M = 6_371_000.0
"""As Leaflet reckons with, so that script and server add up the same lengths."""

NONE = "none"
_DASH = "–"
_OLDEST_FIRST = ("none", "over_24h", "12_24h", "6_12h", "3_6h", "1_3h", "under_1h", WITHHELD)

Told = Mapping[str, Any]
Look = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadRow:
    """One road in words. ``age_id`` is its class of ages, or withheld; ``look`` how that is drawn and said."""

    id: str
    name: str
    code: str
    class_word: str
    district: str
    owner: str
    length_m: float
    age_id: str
    look: Look
    age: str
    at: str
    exact: str
    cleared_at: str
    share: str
    evidence: str
    deadline: str
    late: bool
    snow: str
    second_pass: bool
    easy: str

    @property
    def searched(self) -> str:
        """What a search looks through."""
        return f"{self.id} {self.name} {self.district} {self.owner} {self.class_word}".casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """What is clear of a class of roads; what nothing is told of is not counted, but said in ``withheld``."""

    word: str
    roads: int
    cleared: int
    percent: int | None
    late: int
    second_pass: int
    withheld: int


def road_rows(told: Told | None, lines: Mapping[str, Any], say: Wording) -> list[RoadRow]:
    """One row for each road of the layer: late ones first, then those without record, then those cleared longest ago."""
    looks = {look["id"]: look for look in age_looks(say.language)}
    now = parse_rfc3339(told["now"]) if told else None
    states = told["roads"] if told else {}
    rows = [
        _row(feature, states.get(str(feature["properties"]["id"]), {}), now, looks, say)
        for feature in lines["features"]
    ]
    return sorted(rows, key=lambda row: (not row.late, _OLDEST_FIRST.index(row.age_id), row.at, row.name, row.id))


def class_rows(rows: Sequence[RoadRow], told: Told | None, say: Wording) -> list[ClassRow]:
    """What is clear by class, gravest first; classes without roads are left out."""
    since = _counted_since(told)
    return [
        _class_row(code, found, since, say)
        for code in CLASSES
        if (found := [row for row in rows if _code(row) == code])
    ]


def summary(told: Told | None, classes: Sequence[ClassRow], say: Wording) -> list[str]:
    """What the map's sheet says of all roads, as sentences; the first alone tells the main thing."""
    if told is None:
        return [say.words["roads_unreachable"]]
    if not told["as_of"]:
        return [say.words["roads_none_yet"]]
    parts = [
        say.say("roads_summary_part", label=row.word, percent=row.percent) for row in classes if row.percent is not None
    ]
    as_of = say.moment(parse_rfc3339(told["as_of"]))
    counts = (
        ("roads_late_count", sum(row.late for row in classes)),
        ("roads_second_count", sum(row.second_pass for row in classes)),
        ("roads_withheld_count", told["withheld"]),
    )
    remarks = " ・ ".join(say.say(key, count=count) for key, count in counts if count)
    stale = say.say("roads_stale", time=as_of) if told["stale"] else ""
    sentences = (
        say.say("roads_summary", parts=say.words["roads_comma"].join(parts))
        if parts
        else say.words["roads_summary_empty"],
        f"{_begin(told, say)} ・ {say.say('roads_as_of', time=as_of)}",
        remarks,
        stale,
    )
    return [sentence for sentence in sentences if sentence]


def notes_of(told: Told | None, say: Wording) -> list[str]:
    """What readers must know: as the answer has it, in general words where it has none."""
    said = list(told["notes"].get(say.language, ())) if told else []
    return said or [say.words["road_note_inexact"], say.words["road_note_owners"]]


def drawn_length_m(geometry: Mapping[str, Any]) -> float:
    """The length of a line (GeoJSON, degrees) on the sphere, in metres."""
    lines = geometry["coordinates"] if geometry["type"] == "MultiLineString" else [geometry["coordinates"]]
    return sum(_between(a, b) for line in lines for a, b in pairwise(line))


def _between(a: Sequence[float], b: Sequence[float]) -> float:
    lat1, lat2 = math.radians(a[1]), math.radians(b[1])
    sides = math.sin((lat2 - lat1) / 2) ** 2
    sides += math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(b[0] - a[0]) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.atan2(math.sqrt(sides), math.sqrt(1 - sides))


def _row(
    feature: Mapping[str, Any], state: Mapping[str, Any], now: datetime | None, looks: Mapping[str, Look], say: Wording
) -> RoadRow:
    properties = feature["properties"]
    since = parse_rfc3339(state["clear_since"]) if state.get("clear_since") else None
    age = None if since is None or now is None else max(now - since, now - now)
    age_id = WITHHELD if state.get("withheld") else age_class(age).id
    code = str(properties.get("code") or "unknown")
    second = bool(state.get("second_pass"))
    name = properties.get("name") or say.words["no_name"]
    age_words = "" if age is None else say.age(age.total_seconds())
    return RoadRow(
        id=str(properties["id"]),
        name=name,
        code=code,
        class_word=say.words[f"road_class_{code if code in CLASSES else 'unknown'}"],
        district=properties.get("district") or "",
        owner=properties.get("owner") or "",
        length_m=properties.get("official_length_m") or drawn_length_m(feature["geometry"]),
        age_id=age_id,
        look=looks[age_id],
        age=age_words,
        at=state.get("clear_since") or "",
        exact=say.exact(since) if since else "",
        cleared_at=_moment(state.get("cleared_at"), say),
        share=share_words(state.get("share") or 0.0, say),
        evidence=say.words[f"road_evidence_{state['evidence']}"] if state.get("evidence") else _DASH,
        deadline=_deadline(state, say),
        late=bool(state.get("late")),
        snow=_snow(state),
        second_pass=second,
        easy=_easy(name, state, since, age_words, say),
    )


def share_words(share: float, say: Wording) -> str:
    """How much of a road was worked over; told in fifths, rounded down, 1 stands for 95 % and more."""
    if not share:
        return say.words["road_share_none"]
    return say.words["road_share_all"] if share >= 1 else say.say("road_share_of", percent=round(share * 100))


def _moment(text: str | None, say: Wording) -> str:
    return say.moment(parse_rfc3339(text)) if text else _DASH


def _deadline(state: Mapping[str, Any], say: Wording) -> str:
    return say.say("road_deadline_by", time=_moment(state["deadline"], say)) if state.get("deadline") else _DASH


def _snow(state: Mapping[str, Any]) -> str:
    return _DASH if state.get("snow_cm") is None else f"{state['snow_cm']:g} cm"


def _easy(name: str, state: Mapping[str, Any], since: datetime | None, age: str, say: Wording) -> str:
    """The state of a road in plain words for those who ask for their street."""
    if state.get("withheld"):
        return say.say("road_easy_withheld", name=name)
    if since is None:
        return say.say("road_easy_none", name=name)
    parts = [say.say("road_easy_cleared", name=name, time=say.moment(since), age=age)]
    if state.get("snow_cm"):
        parts.append(say.say("road_easy_snow", cm=f"{state['snow_cm']:g}"))
    if state.get("second_pass"):
        parts.append(say.words["road_easy_second"])
    if state.get("late"):
        parts.append(say.say("road_easy_late", time=_moment(state["deadline"], say)))
    return (" " if say.language == "en" else "").join(parts)


def _code(row: RoadRow) -> str:
    return row.code if row.code in CLASSES else "unknown"


def _class_row(code: str, rows: Sequence[RoadRow], since: datetime | None, say: Wording) -> ClassRow:
    told = [row for row in rows if row.age_id != WITHHELD]
    cleared = [row for row in told if row.at and (since is None or parse_rfc3339(row.at) >= since)]
    length = sum(row.length_m for row in told)
    return ClassRow(
        word=say.words[f"road_class_{code}"],
        roads=len(told),
        cleared=len(cleared),
        percent=math.floor(100 * sum(row.length_m for row in cleared) / length) if length else None,
        late=sum(row.late for row in told),
        second_pass=sum(row.second_pass for row in told),
        withheld=len(rows) - len(told),
    )


def _counted_since(told: Told | None) -> datetime | None:
    """From when on a clearing counts: since the order, else within the window; what is older is told as an age only."""
    if told is None or not told["as_of"]:
        return None
    order = told.get("order")
    if order:
        return parse_rfc3339(order["at"])
    return parse_rfc3339(told["as_of"]) - timedelta(seconds=told["window_s"])


def _begin(told: Told, say: Wording) -> str:
    if told["order"]:
        return say.say("roads_since_order", time=say.moment(parse_rfc3339(told["order"]["at"])))
    return say.say("roads_within", hours=round(told["window_s"] / 3600))
