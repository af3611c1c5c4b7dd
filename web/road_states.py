"""The public form of how clear roads are; the shape is described in ``web.roads``. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.model import Site
from config.plough_plan import PloughPlan
from core.public_ploughs import PublicOrder, PublicRoad, PublicRoads
from core.times import format_rfc3339
from gis.ploughs.age_classes import AgeClass, age_class

Json = dict[str, Any]

STALE_STEPS = 3
"""So many steps without a new one, and nobody should take the last for now."""

NOTES: Mapping[str, tuple[str, ...]] = {
    "ja": (
        "除雪車の位置情報から自動で求めた目安です。測位の誤差により、実際と異なることがあります。",
        "記録のない道路も、除雪されていないとは限りません。",
        "公表しない区間があります。国道・県道など、ほかの管理者の道路は含まないことがあります。",
    ),
    "en": (
        "Reckoned automatically from positions of ploughs; positioning errors can make it differ from what was done.",
        "A road without a record may have been cleared all the same.",
        "Some roads are not published. Roads of other owners, such as national and prefectural roads, may be missing.",
    ),
}


def roads_state(site: Site, plan: PloughPlan, roads: PublicRoads | None, now: datetime, *, stale: bool) -> Json:
    """Everything the public may know of the roads at ``now``, as plain data; ``roads`` None: nothing was published yet."""
    told = {} if roads is None else roads.roads
    return {
        "now": format_rfc3339(now),
        "as_of": None if roads is None else format_rfc3339(roads.as_of),
        "step_s": int(plan.public_step.total_seconds()),
        "window_s": int(plan.window.total_seconds()),
        "remember_s": int(plan.remember.total_seconds()),
        "delay_s": int(site.privacy.vehicle_delay.total_seconds()),
        "stale": stale,
        "order": None if roads is None or roads.order is None else _order(roads.order),
        "notes": {language: list(sentences) for language, sentences in NOTES.items()},
        "withheld": sum(road.withheld for road in told.values()),
        "roads": {id_: road_state(road, now) for id_, road in told.items()},
    }


def road_state(road: PublicRoad, now: datetime) -> Json:
    """One road; of a withheld one nothing but that."""
    if road.withheld:
        return {"withheld": True}
    return {
        "age_class": class_of(road, now).id,
        "clear_since": _time(road.clear_since),
        "cleared_at": _time(road.cleared_at),
        "age_s": None if road.clear_since is None else max(0, int((now - road.clear_since).total_seconds())),
        "share": round(road.share, 1),
        "evidence": None if road.evidence is None else road.evidence.value,
        "deadline": _time(road.deadline),
        "late": road.late,
        "snow_cm": road.snow_cm,
        "second_pass": road.second_pass,
        "withheld": False,
    }


def class_of(road: PublicRoad, now: datetime) -> AgeClass:
    """The class of a road's age, reckoned from the oldest work that is needed to cover it."""
    return age_class(None if road.clear_since is None else now - road.clear_since)


def standing_still(site: Site, plan: PloughPlan, roads: PublicRoads | None, now: datetime) -> bool:
    """Whether steps stay away that should have come, or were told by a clock ahead of ours; what was never published does not stand still."""
    if roads is None:
        return False
    age = now - roads.as_of
    return age > site.privacy.vehicle_delay + STALE_STEPS * plan.public_step or age < -plan.public_step


def _order(order: PublicOrder) -> Json:
    classes = [{"class": code, "deadline": _time(order.deadlines[code])} for code in sorted(order.deadlines)]
    return {"at": format_rfc3339(order.at), "classes": classes}


def _time(at: datetime | None) -> str | None:
    return None if at is None else format_rfc3339(at)
