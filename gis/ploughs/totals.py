"""How much of the network is clear, added up by class, contractor or district."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from core.ploughs import RoadState
from gis.ploughs.coverage import is_clear

if TYPE_CHECKING:
    from gis.ploughs.network import Network, Road


class By(StrEnum):
    """What roads are put together by."""

    ALL = "all"
    CLASS = "class"
    CONTRACTOR = "contractor"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What is clear of the roads with one ``key`` (empty where the town names none).

    Lengths are metres of the official field; of ``drawn_lengths`` roads that have none the drawn length was taken. A road
    counts in ``cleared_m`` with all of its length or not at all; ``worked_m`` counts what was worked over of each. Cleared is what ``is_clear``
    says: what was cleared earlier, and is only remembered, is neither cleared nor without record.
    ``percent`` is ``cleared_m`` of ``length_m``, None where there is no length. Of ``no_record`` roads no work is known, which is not the same as not cleared.
    """

    key: str
    roads: int
    cleared: int
    no_record: int
    late: int
    length_m: float
    cleared_m: float
    worked_m: float
    percent: float | None
    drawn_lengths: int


def totals(
    network: Network,
    states: Mapping[str, RoadState],
    *,
    since: datetime,
    by: By = By.ALL,
    late: Collection[str] = (),
) -> list[Total]:
    """The totals of work since ``since`` in the order of their keys; ``late`` are the roads behind their deadline."""
    together: dict[str, list[Road]] = {}
    for road in network.roads.values():
        together.setdefault(_key(road, by), []).append(road)
    return [_total(key, together[key], states, since, late) for key in sorted(together)]


def length_of(road: Road) -> float:
    """The metres a road counts with: its official length, the drawn one where the town names none."""
    return road.length_m if road.official_length_m is None else road.official_length_m


def _key(road: Road, by: By) -> str:
    keys = {By.ALL: "all", By.CLASS: road.code, By.CONTRACTOR: road.contractor, By.DISTRICT: road.district}
    return keys[by]


def _total(
    key: str, roads: list[Road], states: Mapping[str, RoadState], since: datetime, late: Collection[str]
) -> Total:
    known = [(road, state) for road in roads if (state := states.get(road.id)) is not None]
    cleared = [road for road, state in known if is_clear(state, since)]
    length, clear = sum(map(length_of, roads)), sum(map(length_of, cleared))
    return Total(
        key=key,
        roads=len(roads),
        cleared=len(cleared),
        no_record=len(roads) - sum(state.last_worked_at is not None for _, state in known),
        late=sum(road.id in late for road in roads),
        length_m=round(length, 1),
        cleared_m=round(clear, 1),
        worked_m=round(sum(length_of(road) * state.share for road, state in known), 1),
        percent=round(100 * clear / length, 1) if length > 0 else None,
        drawn_lengths=sum(road.official_length_m is None for road in roads),
    )
