"""What the map says, as words in rows: the same rules the live layer follows in ``static/js/state.js``.

``facts`` is the content of a snapshot event: ``now``, ``stations`` and ``vehicles`` as FeatureCollections, ``alerts``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.model import StationKind
from core.quantities import QUANTITIES
from core.times import parse_rfc3339
from maps.shell import unit_sign
from maps.symbols import SYMBOLS
from maps.unconfirmed import RAISED, Pairs, unconfirmed_at
from maps.words import Language, words

KIND_ORDER = tuple(StationKind)
_FICTITIOUS = re.compile(r"\s*[（(](架空|fictitious)[）)]$", re.IGNORECASE)
RUNGS = ("danger", "warning", "caution", "standby", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a value is shown: the symbol's state, the word beside it, and whether it is stale, ageing or doubtful.

    ``known`` is whether the value may count for calm: judged, fresh and not doubtful.
    """

    symbol: str
    word: str
    rank: int
    stale: bool
    ageing: bool
    suspect: bool
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """One quantity of one station, in words.

    ``note`` says what explains the age: a gauge that rests at low water, a device that is offline. ``unconfirmed``: its level is
    that of an alert nobody has confirmed yet.
    """

    station: str
    name: str
    kind: str
    kind_word: str
    place: str
    fictitious: bool
    quantity: str
    label: str
    value: str
    unit: str
    state: State
    age: str
    at: str
    exact: str
    note: str
    quality: str
    thresholds: str
    threshold_source: str
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Turns numbers and codes into the words of one language and time zone."""

    language: Language
    zone: ZoneInfo

    @property
    def words(self) -> dict[str, str]:
        """The page's words by key."""
        return words(self.language)

    def say(self, key: str, **values: object) -> str:
        """The word for ``key`` with its places filled in."""
        return self.words[key].format(**values)

    def clock(self, at: datetime) -> str:
        """Hours and minutes at the site."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def exact(self, at: datetime) -> str:
        """Date and time at the site, to the second."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def moment(self, at: datetime) -> str:
        """Day, hours and minutes at the site."""
        return f"{at.astimezone(self.zone):%m-%d %H:%M}"

    def age(self, seconds: float | None) -> str:
        """How long ago, in the largest unit that fits: under 5 s, s, min, h, d."""
        if seconds is None:
            return self.words["age_none"]
        if seconds < 5:
            return self.words["age_now"]
        for key, span, limit in (("age_seconds", 1, 60), ("age_minutes", 60, 3600), ("age_hours", 3600, 86400)):
            if seconds < limit:
                return self.say(key, count=int(seconds // span))
        return self.say("age_days", count=int(seconds // 86400))


def wording(language: Language, time_zone: str) -> Wording:
    """The words and clock of one page."""
    return Wording(language=language, zone=ZoneInfo(time_zone))


def age_of(quantity: Mapping[str, Any], now: datetime) -> float | None:
    """Seconds since the value was measured, None where there is none."""
    return max(0.0, (now - parse_rfc3339(quantity["at"])).total_seconds()) if quantity["at"] else None


def state_of(quantity: Mapping[str, Any], age_s: float | None, say: Wording) -> State:
    """How one value is shown.

    A stale value keeps the shape of its last level but not its colour, and says both: silence is not calm.
    """
    level = str(quantity["level"])
    stale = age_s is not None and age_s > quantity["stale_after_s"]
    symbol = "no_data" if age_s is None else level
    return State(
        symbol=symbol,
        word=_state_word(quantity, symbol, say, stale=stale),
        rank=0 if stale else SYMBOLS[symbol].rank,
        stale=stale,
        ageing=not stale and age_s is not None and age_s > usual_age_s(quantity),
        suspect=quantity["quality"] == "suspect",
        known=not stale
        and symbol not in ("no_data", "unjudged")
        and quantity["quality"] not in ("suspect", "fail", "missing")
        # A resting gauge that is offline could not report a flood: its silence says nothing.
        and not (quantity.get("offline_since") and quantity.get("report_due_at")),
    )


def usual_age_s(quantity: Mapping[str, Any]) -> float:
    """The greatest age in seconds of a value whose next one is not overdue."""
    at, due_at = quantity["at"], quantity.get("report_due_at")
    if not at or not due_at:
        return float(quantity["expected_interval_s"])
    return (parse_rfc3339(due_at) - parse_rfc3339(at)).total_seconds()


def age_note(quantity: Mapping[str, Any], say: Wording) -> str:
    """What explains the age of a value; empty where nothing has to be explained."""
    since, due_at = quantity.get("offline_since"), quantity.get("report_due_at")
    if since:
        return say.say("offline_since", time=say.moment(parse_rfc3339(since)))
    return say.say("report_due", time=say.moment(parse_rfc3339(due_at))) if due_at else ""


def _state_word(quantity: Mapping[str, Any], symbol: str, say: Wording, *, stale: bool) -> str:
    if stale:
        if SYMBOLS[symbol].rank < SYMBOLS["standby"].rank:
            return say.words["level_stale"]
        last = say.say("was_level", level=say.words[f"level_{symbol}"])
        return (
            f"{say.words['level_stale']}（{last}）" if say.language == "ja" else f"{say.words['level_stale']} ({last})"
        )
    if symbol == "unjudged" and quantity["quality"] in ("fail", "missing"):
        return say.words["level_unusable"]
    return say.words[f"level_{symbol}"]


def value_text(quantity: str, value: float | None) -> str:
    """The value with the decimals of its quantity, an en dash where there is none."""
    if value is None:
        return "–"
    known = QUANTITIES.get(quantity)  # an alert may be of a quantity this version no longer knows
    return f"{value:.{known.decimals if known else 2}f}"


def threshold_name(kind: str, rung: str, say: Wording) -> str:
    """The official word for a rung: gauges have names of their own, the rest uses the level's word."""
    if kind == "river" and rung != "low":
        return say.words[f"river_{rung}"]
    return say.words["low"] if rung == "low" else say.words[f"level_{rung}"]


def threshold_text(kind: str, quantity: str, thresholds: Mapping[str, float | None], say: Wording) -> str:
    """Every threshold that is set, highest first; the word for none where none is set."""
    parts = [
        f"{threshold_name(kind, rung, say)} {value_text(quantity, thresholds[rung])}"
        for rung in RUNGS
        if thresholds.get(rung) is not None
    ]
    return "、".join(parts) if say.language == "ja" and parts else ", ".join(parts) or "–"


def value_rows(facts: Mapping[str, Any], say: Wording) -> list[ValueRow]:
    """One row per station and quantity: kinds in their fixed order, stations by id, quantities as given."""
    now = parse_rfc3339(facts["now"])
    doubts = unconfirmed_at(facts)
    features = sorted(
        facts["stations"]["features"],
        key=lambda feature: (KIND_ORDER.index(feature["properties"]["kind"]), feature["properties"]["id"]),
    )
    return [
        value_row(feature["properties"], slug, now, say, doubts)
        for feature in features
        for slug in feature["properties"]["quantities"]
    ]


def value_row(
    station: Mapping[str, Any],
    slug: str,
    now: datetime,
    say: Wording,
    unconfirmed: Pairs = frozenset(),
) -> ValueRow:
    """One quantity of one station in words, as of ``now``; ``unconfirmed`` as ``unconfirmed_at`` finds them."""
    quantity = station["quantities"][slug]
    at = parse_rfc3339(quantity["at"]) if quantity["at"] else None
    age_s = age_of(quantity, now)
    row = QUANTITIES[slug]
    return ValueRow(
        station=station["id"],
        name=station_name(station, say.language),
        kind=station["kind"],
        kind_word=say.words[f"kind_{station['kind']}"],
        place=" ".join(part for part in (station.get("river"), station.get("place")) if part),
        fictitious=bool(station.get("fictitious")),
        quantity=slug,
        label=row.label_ja if say.language == "ja" else row.label_en,
        value=value_text(slug, quantity["value"]),
        unit=unit_sign(row.unit),
        state=state_of(quantity, age_s, say),
        age=say.age(age_s),
        at=quantity["at"] or "",
        exact=say.exact(at) if at else "",
        note=age_note(quantity, say),
        quality=say.words[f"quality_{quantity['quality']}"],
        thresholds=threshold_text(station["kind"], slug, quantity["thresholds"], say),
        threshold_source=quantity.get("threshold_source", ""),
        unconfirmed=quantity["level"] in RAISED and (station["id"], slug) in unconfirmed,
    )


def station_name(station: Mapping[str, Any], language: Language) -> str:
    """The station's (or vehicle's) name in the page's language, the Japanese one where no other is known.

    Made-up ones are marked beside their name, so the remark in the name itself is left out.
    """
    name = str(station.get("name_en") or station["name"]) if language == "en" else str(station["name"])
    return _FICTITIOUS.sub("", name) if station.get("fictitious") else name


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleRow:
    """One plough in words."""

    id: str
    name: str
    task: str
    heading: str
    age: str
    at: str
    exact: str
    fictitious: bool


def vehicle_rows(facts: Mapping[str, Any], say: Wording) -> list[VehicleRow]:
    """One row per plough whose position is public, by name."""
    now = parse_rfc3339(facts["now"])
    features = facts["vehicles"]["features"]
    rows = [_vehicle_row(feature["properties"], now, say) for feature in features]
    return sorted(rows, key=lambda row: row.name)


def _vehicle_row(vehicle: Mapping[str, Any], now: datetime, say: Wording) -> VehicleRow:
    at = parse_rfc3339(vehicle["at"])
    return VehicleRow(
        id=vehicle["id"],
        name=station_name(vehicle, say.language),
        task=say.words[f"task_{vehicle['task'] or 'none'}"],
        heading=compass(vehicle["heading_deg"], say.language),
        age=say.age(max(0.0, (now - at).total_seconds())),
        at=vehicle["at"],
        exact=say.exact(at),
        fictitious=bool(vehicle.get("fictitious")),
    )


def compass(degrees: float | None, language: Language) -> str:
    """The nearest of eight directions, an en dash where the heading is not known."""
    if degrees is None:
        return "–"
    names = ("北 北東 東 南東 南 南西 西 北西" if language == "ja" else "N NE E SE S SW W NW").split()
    return names[round(degrees / 45) % 8]
