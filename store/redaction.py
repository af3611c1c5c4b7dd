"""What stands between the ploughs and the public: pseudonyms of a day, displaced zones, times of arrival. Secret, all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from core.public_ploughs import Alias
from store import statements
from store.part import Part

_SQL = statements.load("redaction")

Offset = tuple[float, float]
"""Metres east and north."""


class Redaction(Part):
    """Read by the round that publishes ploughs and by nobody else. ``site`` is the store's number of the site."""

    def aliases(self, site: int, day: date) -> dict[int, Alias]:
        """The pseudonyms of a day of work, by vehicle."""
        with self._transaction("read the pseudonyms of a day") as connection:
            rows = connection.execute(_SQL["aliases"], {"site": site, "day": day}).fetchall()
        return {row[0]: Alias(name=row[1], salt=bytes(row[2])) for row in rows}

    def add_aliases(self, site: int, day: date, aliases: Mapping[int, Alias]) -> dict[int, Alias]:
        """Note pseudonyms of vehicles that have none yet that day; all that stand then, by vehicle."""
        values = {
            "site": site,
            "day": day,
            "vehicle": list(aliases),
            "name": [alias.name for alias in aliases.values()],
            "salt": [alias.salt for alias in aliases.values()],
        }
        with self._transaction("note the pseudonyms of a day") as connection:
            connection.execute(_SQL["add_aliases"], values)
        return self.aliases(site, day)

    def forget_aliases(self, site: int, before: date) -> int:
        """Forget for good who was who on the days before; how many names."""
        with self._transaction("forget pseudonyms") as connection:
            return connection.execute(_SQL["forget_aliases"], {"site": site, "day": before}).rowcount

    def offsets(self, site: int, places: Sequence[str], draw: Callable[[], Offset]) -> dict[str, Offset]:
        """By how much the zone of each place is displaced; drawn where the place is new, the same ever after."""
        with self._transaction("read the zones of ploughs") as connection:
            known = {row[0]: (row[1], row[2]) for row in connection.execute(_SQL["offsets"], {"site": site})}
            new = {place: draw() for place in places if place not in known}
            if new:
                east, north = [each[0] for each in new.values()], [each[1] for each in new.values()]
                values = {"site": site, "place": list(new), "east_m": east, "north_m": north}
                connection.execute(_SQL["add_offsets"], values)
                known = {row[0]: (row[1], row[2]) for row in connection.execute(_SQL["offsets"], {"site": site})}
        return {place: known[place] for place in places}

    def arrivals(
        self, site: int, since: datetime, until: datetime, tick: timedelta
    ) -> dict[int, list[tuple[datetime, datetime]]]:
        """Per vehicle with usable fixes in (since, until]: the ticks that have any, each with the latest arrival among them."""
        values = {"site": site, "since": since, "until": until, "tick": tick}
        found: dict[int, list[tuple[datetime, datetime]]] = {}
        with self._transaction("read when fixes arrived") as connection:
            for vehicle, tick_at, received_at in connection.execute(_SQL["arrivals"], values):
                found.setdefault(vehicle, []).append((tick_at, received_at))
        return found

    def latecomers(
        self, site: int, since: datetime, until: datetime, after: datetime, tick: timedelta
    ) -> dict[int, list[datetime]]:
        """Per vehicle the ticks in (since, until] with usable fixes that reached us later than ``after``."""
        values = {"site": site, "since": since, "until": until, "after": after, "tick": tick}
        found: dict[int, list[datetime]] = {}
        with self._transaction("read which fixes arrived late") as connection:
            for vehicle, tick_at in connection.execute(_SQL["latecomers"], values):
                found.setdefault(vehicle, []).append(tick_at)
        return found
