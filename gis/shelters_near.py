"""The evacuation sites nearest to a point that are designated for one hazard.

Shelters for people who need care (指定福祉避難所 and other lists with limited admission) are never among them: they are
not open to everyone. A 指定避難所 without a flag for the hazard is a place to stay, not to flee to, and is left out too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.model import Hazard
from core.shelters import ShelterStatus
from gis.at_point import plain
from gis.metres import to_metres

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

NOT_FOR_ALL = "welfare"
"""The code of shelters with limited admission."""

StatusOf = Callable[[str], ShelterStatus | None]
"""What is said of a shelter now, by its 共通ID; None where nobody said anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelter:
    """A site as published: ``hazards`` are those it is designated for, ``elevation_m`` None where it is not known."""

    id: str
    name: str
    address: str
    code: str
    lon: float
    lat: float
    hazards: frozenset[str]
    elevation_m: float | None
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearShelter:
    """A site, its straight-line distance in metres of the plane zone and its direction in degrees from north."""

    shelter: Shelter
    distance_m: float
    direction_deg: float
    usable: bool


class ShelterIndex:
    """The shelters of all public lists; built once from the published frames (EPSG:6668), then only read."""

    def __init__(self, frames: Iterable[GeoDataFrame], plane_epsg: int) -> None:
        self._to_metres = to_metres(plane_epsg)
        self.shelters = _one_per_id([_shelter(row) for frame in frames for row in frame.to_dict("records")])
        places = np.array([(shelter.lon, shelter.lat) for shelter in self.shelters], dtype=float).reshape(-1, 2)
        self._east, self._north = self._to_metres.transform(places[:, 0], places[:, 1])

    def near(self, lon: float, lat: float, hazard: str, status_of: StatusOf, most: int = 3) -> list[NearShelter]:
        """The ``most`` nearest sites designated for ``hazard`` that are not said to be closed or full, nearest first.

        Behind them stand the closed and full ones that are no farther: a person who knows them must learn that they
        are not to be counted on.
        """
        east, north = self._to_metres.transform(lon, lat)
        across, up = self._east - east, self._north - north
        sites = [
            NearShelter(
                shelter=shelter,
                distance_m=math.hypot(across[index], up[index]),
                direction_deg=math.degrees(math.atan2(across[index], up[index])) % 360,
                usable=status_of(shelter.id) not in (ShelterStatus.CLOSED, ShelterStatus.FULL),
            )
            for index, shelter in enumerate(self.shelters)
            if hazard in shelter.hazards and shelter.code != NOT_FOR_ALL
        ]
        sites.sort(key=lambda site: (site.distance_m, site.shelter.id))
        usable = [site for site in sites if site.usable][:most]
        reach = usable[-1].distance_m if len(usable) == most else math.inf
        return usable + [site for site in sites if not site.usable and site.distance_m <= reach][:most]


def _one_per_id(shelters: list[Shelter]) -> list[Shelter]:
    """Two lists may name one site under one id at one place: it is offered once."""
    return list({(shelter.id, shelter.lon, shelter.lat): shelter for shelter in reversed(shelters)}.values())[::-1]


def _shelter(row: Mapping[Any, Any]) -> Shelter:
    properties = {str(name): plain(value) for name, value in row.items() if name != "geometry"}
    point = row["geometry"]
    return Shelter(
        id=str(properties.get("id") or ""),
        name=str(properties.get("name") or ""),
        address=str(properties.get("address") or ""),
        code=str(properties.get("code") or ""),
        lon=point.x,
        lat=point.y,
        hazards=frozenset(hazard.value for hazard in Hazard if properties.get(hazard.value) is True),
        elevation_m=_number(properties.get("elevation_m")),
        properties=properties,
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def straight_line(lon: float, lat: float, to_lon: float, to_lat: float, plane_epsg: int) -> tuple[float, float]:
    """Metres of the plane zone from the first point to the second, and the direction in degrees from north."""
    east, north = to_metres(plane_epsg).transform([lon, to_lon], [lat, to_lat])
    across, up = east[1] - east[0], north[1] - north[0]
    return math.hypot(across, up), math.degrees(math.atan2(across, up)) % 360
