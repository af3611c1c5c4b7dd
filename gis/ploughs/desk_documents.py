"""What staff asks of ploughs and roads, as JSON: coverage, who is behind, second passes, checks, orders, passages, changes.

The same for the interface and for the command line. Times are RFC 3339, lengths metres, snow centimetres; null is not known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from core.model import Vehicle
from core.ploughs import Order, Passage
from gis.ploughs.coverage import clears
from gis.ploughs.overview import Json, instant, overview, promise_facts, road_facts, snow_facts
from gis.ploughs.promise import behind, late_roads
from gis.ploughs.proposals import Proposal
from gis.ploughs.situation import Situation
from gis.ploughs.snow_since import Need, second_passes
from gis.ploughs.storm import Storm
from gis.ploughs.totals import By, Total, totals
from store.tracks import KnownState, RoadChange


def coverage_document(found: Situation, by: By) -> Json:
    """Every road, and the totals of all of them by one word."""
    return {
        **_of_when(found),
        "totals": [total_facts(each) for each in totals_of(found, by)],
        "roads": overview(found.network, found.plan, found.states, found.now, promises=found.promises, snow=found.snow),
    }


def behind_document(found: Situation) -> Json:
    """The roads that are late, will be late, or of which nobody can say, with what that rests on."""
    listed = [
        {**road_facts(found.network.roads[each.road]), "share": each.share, **promise_facts(each)}
        for each in behind(found.promises)
    ]
    return {**_of_when(found), "behind": listed}


def second_pass_document(found: Situation) -> Json:
    """The roads that need another pass, and how many of the others do not or are not known."""
    counted = {need.value: sum(each.need is need for each in found.snow.values()) for need in Need}
    listed = [
        {
            **road_facts(found.network.roads[each.road]),
            "clear_since": instant(each.since),
            **snow_facts(each),
        }
        for each in second_passes(found.snow)
    ]
    return {**_of_when(found), "counts": counted, "second_pass": listed}


def totals_of(found: Situation, by: By) -> list[Total]:
    """The totals of a situation."""
    return totals(found.network, found.states, since=found.since, by=by, late=late_roads(found.promises))


def total_facts(total: Total) -> Json:
    """A total as it is."""
    return {name: getattr(total, name) for name in Total.__slots__}


def storm_facts(storm: Storm | None) -> Json | None:
    """A snowfall; null where no gauge saw one."""
    if storm is None:
        return None
    return {
        "began_at": instant(storm.began_at),
        "last_at": instant(storm.last_at),
        "stations": list(storm.stations),
        "going_on": storm.going_on,
        "certain": storm.certain,
    }


def order_facts(order: Order, now: datetime) -> Json:
    """An order, and whether it stands."""
    return {
        "id": order.id,
        "at": instant(order.at),
        "classes": list(order.classes),
        "by": order.by,
        "note": order.note,
        "measured": order.measured,
        "ended_at": instant(order.ended_at),
        "ended_by": order.ended_by,
        "standing": order.at <= now and (order.ended_at is None or order.ended_at > now),
    }


def proposal_facts(check: Proposal) -> Json:
    """What a check came to, gauge by gauge."""
    return {
        "class": check.code,
        "checked_at": instant(check.checked_at),
        "result": check.result.value,
        "threshold_cm": check.threshold_cm,
        "measured_cm": check.measured_cm,
        "since": instant(check.since),
        "order": check.order or None,
        "gauges": [
            {"station": each.station, "snow_cm": each.fallen_cm, "why": None if each.why is None else each.why.value}
            for each in check.gauges
        ],
    }


def passage_facts(passage: Passage, vehicles: Mapping[int, Vehicle]) -> Json:
    """A passage as evidence; ``counts`` tells whether it is taken for clearing."""
    vehicle = vehicles.get(passage.vehicle)
    return {
        "vehicle": None if vehicle is None else vehicle.id,
        "vehicle_name": None if vehicle is None else vehicle.name_ja,
        "contractor": None if vehicle is None else vehicle.contractor,
        "road": passage.road,
        "direction": passage.direction.value,
        "from_m": passage.from_m,
        "to_m": passage.to_m,
        "began_at": instant(passage.began_at),
        "ended_at": instant(passage.ended_at),
        "task": None if passage.task is None else passage.task.value,
        "evidence": None if passage.evidence is None else passage.evidence.value,
        "fixes": passage.fixes,
        "derived": passage.derived,
        "counts": clears(passage),
    }


def change_facts(change: RoadChange, names: Mapping[str, str]) -> Json:
    """What was said of a road before, what is said now, and what made the difference."""
    return {
        "id": change.id,
        "road": change.road,
        "name": names.get(change.road),
        "changed_at": instant(change.changed_at),
        "cause": change.cause,
        "earliest": instant(change.earliest),
        "was": _known(change.was),
        "now": _known(change.now),
    }


def orders_document(orders: Sequence[Order], now: datetime) -> Json:
    """Orders, the newest first."""
    return {"now": instant(now), "orders": [order_facts(each, now) for each in orders]}


def proposals_document(found: Collection[Proposal], storm: Storm | None, now: datetime) -> Json:
    """What the newest checks came to."""
    return {"now": instant(now), "storm": storm_facts(storm), "checks": [proposal_facts(each) for each in found]}


def _of_when(found: Situation) -> Json:
    return {
        "now": instant(found.now),
        "since": instant(found.since),
        "network": found.network.version,
        "storm": storm_facts(found.storm),
        "orders": [order_facts(each, found.now) for each in found.orders],
    }


def _known(state: KnownState | None) -> Json | None:
    if state is None:
        return None
    return {
        "share": state.share,
        "clear_since": instant(state.clear_since),
        "cleared_at": instant(state.cleared_at),
        "last_worked_at": instant(state.last_worked_at),
        "evidence": None if state.evidence is None else state.evidence.value,
    }
