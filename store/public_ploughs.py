"""What the public may know of ploughs and roads. Pages and interfaces for everyone read ploughs here and nowhere else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from core.ploughs import Evidence
from core.public_ploughs import PublicFix, PublicOrder, PublicRoad, PublicRoads, TaskGroup
from core.times import format_rfc3339, parse_rfc3339
from store import statements
from store.append import storable
from store.part import Part

_SQL = statements.load("public_ploughs")
_ROAD_COLUMNS = ("clear_since", "cleared_at", "deadline", "late", "snow_cm", "second_pass", "withheld", "share")


class PublicPloughs(Part):
    """The public tables. ``site`` is the store's number of the site."""

    def newest(self, site: int, since: datetime) -> list[PublicFix]:
        """Of each pseudonym the newest place after ``since``, in the order of pseudonyms, which is no order of vehicles."""
        with self._transaction("read where ploughs were") as connection:
            rows = connection.execute(_SQL["newest"], {"site": site, "since": since}).fetchall()
        return [_fix(row) for row in rows]

    def publish(self, site: int, fixes: Collection[PublicFix]) -> int:
        """Tell these places, all or nothing; how many were new. What was told before stays as it was told."""
        if not fixes:
            return 0
        with self._transaction("publish where ploughs were") as connection:
            return connection.execute(_SQL["publish"], _columns(fixes) | {"site": site}).rowcount

    def forget(self, site: int, before: datetime, now: datetime) -> int:
        """Take back what was told of before an instant, or of after ``now``, by a clock that was ahead; how many places."""
        with self._transaction("take back where ploughs were") as connection:
            return connection.execute(_SQL["forget"], {"site": site, "before": before, "now": now}).rowcount

    def as_of(self, site: int) -> datetime | None:
        """What the roads are published as of; None before the first time."""
        with self._transaction("read what is published of roads") as connection:
            row = connection.execute(_SQL["round"], {"site": site}).fetchone()
        return None if row is None else row[0]

    def roads(self, site: int) -> PublicRoads | None:
        """All roads as published last, by id; None before the first time."""
        with self._transaction("read the published roads") as connection:
            # One statement after the other: a step published in between must not mix with the one before.
            connection.execute("set transaction isolation level repeatable read, read only")
            row = connection.execute(_SQL["round"], {"site": site}).fetchone()
            rows = connection.execute(_SQL["roads"], {"site": site}).fetchall()
        if row is None:
            return None
        return PublicRoads(as_of=row[0], roads={each[0]: _road(each) for each in rows}, order=_order(row[1], row[2]))

    def publish_roads(self, site: int, roads: PublicRoads, now: datetime) -> bool:
        """Replace what is told of all roads at once; whether it was done: an older step than is told changes nothing.

        A step that lies ahead of ``now`` was told by a clock that was set back since, and gives way to any.
        """
        with self._transaction("publish the roads") as connection:
            if (
                connection.execute(_SQL["begin_round"], _round_values(roads) | {"site": site, "now": now}).fetchone()
                is None
            ):
                return False
            connection.execute(_SQL["clear_roads"], {"site": site})
            connection.execute(_SQL["add_roads"], _road_values(roads.roads.values()) | {"site": site})
        return True


def _fix(row: Any) -> PublicFix:
    day, name, at, lon, lat, heading_deg, group = row
    return PublicFix(day=day, name=name, at=at, lon=lon, lat=lat, heading_deg=heading_deg, group=TaskGroup(group))


def _columns(fixes: Collection[PublicFix]) -> dict[str, list[Any]]:
    plain = ("day", "name", "at", "lon", "lat", "heading_deg")
    return {name: [getattr(fix, name) for fix in fixes] for name in plain} | {
        "task_group": [fix.group.value for fix in fixes]
    }


def _road(row: Any) -> PublicRoad:
    road, withheld, share, clear_since, cleared_at, evidence, deadline, late, snow_cm, second_pass = row
    return PublicRoad(
        road=road,
        withheld=withheld,
        share=round(share, 3),
        clear_since=clear_since,
        cleared_at=cleared_at,
        evidence=Evidence(evidence) if evidence else None,
        deadline=deadline,
        late=late,
        snow_cm=None if snow_cm is None else round(snow_cm, 1),
        second_pass=second_pass,
    )


def _road_values(roads: Collection[PublicRoad]) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {name: [getattr(road, name) for road in roads] for name in _ROAD_COLUMNS}
    values["road"] = [storable(road.road) for road in roads]
    values["evidence"] = [road.evidence.value if road.evidence else None for road in roads]
    return values


def _round_values(roads: PublicRoads) -> dict[str, Any]:
    order = roads.order
    deadlines = {code: format_rfc3339(at) if at else None for code, at in order.deadlines.items()} if order else {}
    return {"as_of": roads.as_of, "ordered_at": order.at if order else None, "deadlines": Jsonb(deadlines)}


def _order(at: datetime | None, deadlines: dict[str, str | None]) -> PublicOrder | None:
    if at is None:
        return None
    return PublicOrder(
        at=at, deadlines={code: parse_rfc3339(text) if text else None for code, text in deadlines.items()}
    )
