"""A night in one answer: ways of ploughs, ages of roads, values, alerts and orders, as columns of small numbers.

All times are whole seconds after ``from``; columns named ``t``, ``x``, ``y`` and ``v`` begin with their first number and go on with
differences. What arrived late is told beside what it belongs to, so that the page can show what was known at the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from config.model import Site
from config.plough_plan import PloughPlan
from core.levels import judge
from core.model import Datastream, Quality
from core.ploughs import Gap, Order, Passage, Stop
from core.quantities import QUANTITIES
from core.times import format_rfc3339
from gis.ploughs.network import Network
from gis.ploughs.playback_late import known_passages
from gis.ploughs.playback_roads import Change, KnownPassage, road_changes
from gis.ploughs.playback_tracks import DEGREE_PARTS, Drive, Way, differences, late_spans, way_of
from store.alert_rows import EpisodeRow, TransitionRow
from store.rows import Sample
from store.tracks import StoredDrive
from web.features import Shapes

Json = dict[str, Any]

LEFT_OUT = frozenset({"battery"})
"""Quantities that say nothing of a night."""

TOLERANCES_M = (5.0, 8.0, 12.0, 20.0, 30.0)
MOST_PLACES = 70_000
"""So many places of all ploughs together are less than 700 kB; where it would be more, the next tolerance is taken."""

_USABLE = (Quality.GOOD, Quality.NOT_EVALUATED, Quality.SUSPECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What is stored of the time from ``since`` to ``until``; ``passages`` reach back to where each road was cleared before it."""

    since: datetime
    until: datetime
    drives: Sequence[StoredDrive] = ()
    gaps: Sequence[Gap] = ()
    stops: Sequence[Stop] = ()
    passages: Sequence[Passage] = ()
    samples: Mapping[str, Sequence[Sample]]
    episodes: Sequence[EpisodeRow] = ()
    transitions: Sequence[TransitionRow] = ()
    orders: Sequence[Order] = ()


def playback_document(site: Site, network: Network | None, shapes: Shapes, night: Night) -> Json:
    """The answer of ``/api/staff/playback``; ``network`` None where the site has no ploughs: then no roads are told of."""
    tolerance, vehicles = _vehicles(site, night)
    return {
        "from": format_rfc3339(night.since),
        "to": format_rfc3339(night.until),
        "tolerance_m": tolerance,
        "degree_parts": DEGREE_PARTS,
        "roads": _roads(site.ploughs, network, night),
        "vehicles": vehicles,
        "stations": [_station(site, stream, night) for stream in site.datastreams if stream.quantity not in LEFT_OUT],
        "episodes": _episodes(shapes, night),
        "orders": [_order(order, night) for order in night.orders],
    }


def _roads(plan: PloughPlan | None, network: Network | None, night: Night) -> Json:
    """``known``: the changes of each road as is known now; ``then``: of those of which something came late, empty where all of it did."""
    if plan is None or network is None:
        return {"known": {}, "then": {}}
    arrivals = {drive.number: (drive.fixes.at_us, drive.received_us) for drive in night.drives}
    passages = known_passages(night.passages, arrivals)
    late = {known.passage.road for known in passages if known.known_at > known.passage.ended_at}
    then = _changes(network, plan, (one for one in passages if one.passage.road in late), night, then=True)
    return {
        "known": _changes(network, plan, passages, night, then=False),
        "then": {road: then.get(road, []) for road in sorted(late & network.roads.keys())},
    }


def _changes(
    network: Network, plan: PloughPlan, passages: Iterable[KnownPassage], night: Night, *, then: bool
) -> dict[str, list[int | None]]:
    found = road_changes(network, plan, passages, since=night.since, until=night.until, as_known_then=then)
    return {
        road: [number for change in changes for number in _change(change, night)] for road, changes in found.items()
    }


def _change(change: Change, night: Night) -> tuple[int, int | None]:
    return _after(night, change.at), None if change.clear_since is None else _after(night, change.clear_since)


def _vehicles(site: Site, night: Night) -> tuple[float, list[Json]]:
    """The ways of all ploughs, and the tolerance they had to be thinned with."""
    ways = [_way(drive, night) for drive in night.drives]
    fitting = (tolerance for tolerance in TOLERANCES_M if sum(way.count(tolerance) for way in ways) <= MOST_PLACES)
    tolerance = next(fitting, TOLERANCES_M[-1])
    return tolerance, [_vehicle(site, *each, night, tolerance) for each in zip(night.drives, ways, strict=True)]


def _way(drive: StoredDrive, night: Night) -> Way:
    gaps = [gap for gap in night.gaps if gap.vehicle == drive.number]
    own = Drive(vehicle=drive.vehicle, fixes=drive.fixes, received_us=drive.received_us, gaps=gaps)
    return way_of(own, since=night.since, least_m=TOLERANCES_M[0])


def _vehicle(site: Site, drive: StoredDrive, way: Way, night: Night, tolerance_m: float) -> Json:
    about = next((vehicle for vehicle in site.vehicles if vehicle.id == drive.vehicle), None)
    stops = [stop for stop in night.stops if stop.vehicle == drive.number]
    return way.columns(tolerance_m) | {
        "name": about.name_ja if about else drive.vehicle,
        "name_en": about.name_en if about else drive.vehicle,
        "stops": [[_after(night, stop.began_at), _after(night, stop.ended_at)] for stop in stops],
    }


def _station(site: Site, stream: Datastream, night: Night) -> Json:
    """One datastream: values as whole numbers of its last decimal, None where one is not usable; ``levels`` and ``doubtful`` by index."""
    about = next(station for station in site.stations if station.id == stream.station)
    samples = night.samples.get(stream.key, ())
    scale = 10 ** QUANTITIES[stream.quantity].decimals
    usable = [sample.value is not None and sample.quality in _USABLE for sample in samples]
    levels = [judge(sample.value, sample.quality, stream.thresholds) for sample in samples]
    start_us = round(night.since.timestamp() * 1_000_000)
    return {
        "id": stream.station,
        "name": about.name_ja,
        "name_en": about.name_en,
        "kind": about.kind.value,
        "lon": about.position.lon,
        "lat": about.position.lat,
        "quantity": stream.quantity,
        "stale_after_s": int(stream.stale_after.total_seconds()),
        "t": differences(np.array([_after(night, sample.at) for sample in samples], dtype=np.int64)),
        "v": [
            round((sample.value or 0.0) * scale) if fit else None for sample, fit in zip(samples, usable, strict=True)
        ],
        "levels": _runs(["unjudged" if level is None else level.slug for level in levels]),
        "doubtful": _runs([sample.quality is Quality.SUSPECT for sample in samples]),
        "late": late_spans(
            [_us(sample.at) for sample in samples], [_us(sample.received_at) for sample in samples], start_us
        ),
    }


def _runs(words: Sequence[Any]) -> list[list[Any]]:
    """Where a column changes, as [index, word]."""
    return [[index, word] for index, word in enumerate(words) if index == 0 or words[index - 1] != word]


def _episodes(shapes: Shapes, night: Night) -> list[Json]:
    steps: dict[Any, list[TransitionRow]] = {}
    for step in night.transitions:
        steps.setdefault(step.episode, []).append(step)
    rows = [
        row for row in night.episodes if row.opened_at < night.until and (row.closed_at or night.until) >= night.since
    ]
    rows.sort(key=lambda row: (row.opened_at, str(row.id)))
    return [_episode(shapes, row, steps.get(row.id, ()), night) for row in rows]


def _episode(shapes: Shapes, row: EpisodeRow, steps: Sequence[TransitionRow], night: Night) -> Json:
    """``steps`` as [at, level or null at the end, detected]."""
    facts = shapes.episode(row)
    place = shapes.place(facts["station"]) or {}
    told = [
        [_after(night, step.at), None if step.to_level is None else step.to_level.slug, _after(night, step.detected_at)]
        for step in steps
    ]
    opened = [_after(night, row.opened_at), row.level.slug, _after(night, row.detected_at)]
    return {
        **{name: facts[name] for name in ("id", "station", "quantity", "title_ja", "title_en")},
        "name": place.get("name", facts["station"]),
        "name_en": place.get("name_en", facts["station"]),
        "ended": None if row.closed_at is None else _after(night, row.closed_at),
        "steps": told or [opened],
    }


def _order(order: Order, night: Night) -> Json:
    return {
        "id": order.id,
        "at": _after(night, order.at),
        "ended": None if order.ended_at is None else _after(night, order.ended_at),
        "classes": list(order.classes),
        "by": order.by,
        "note": order.note,
        "measured": order.measured,
    }


def _after(night: Night, at: datetime) -> int:
    return round((at - night.since).total_seconds())


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
