"""What the published hazard layers say of one point: every class there, the gravest first, and graver ones close by.

Where no area covers the point, that layer has not assessed it; this module has no word for "safe".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import PublishedLayer
from gis.metres import in_metres, to_metres

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

NEAR_M = 30.0
"""How far around the point graver areas are looked for; boundaries of hazard areas are not exact to the metre."""

# A degree of latitude is nowhere shorter than 110.5 km; the box must be wider than NEAR_M on every side.
_METRES_PER_DEGREE = 110_500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An area of a hazard layer: its class (``rank`` 0: the source's code is unknown) and all its published properties."""

    hazard: str
    code: str
    rank: int
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """An area graver than what holds at the point, ``distance_m`` metres of the plane zone away."""

    found: Found
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerHere:
    """One layer and one of its hazards at the point.

    ``found`` is what covers the point, gravest first; empty means "not assessed". ``nearby`` has the nearest area of
    each graver class within NEAR_M, nearest first.
    """

    layer: PublishedLayer
    hazard: str
    found: tuple[Found, ...]
    nearby: tuple[Nearby, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardsHere:
    """All hazard layers at one point (degrees); ``inside`` the municipality is None where its boundary is not published."""

    lon: float
    lat: float
    inside: bool | None
    layers: tuple[LayerHere, ...]


class HazardIndex:
    """Answers what holds at a point; built once from the published frames (EPSG:6668), then only read.

    ``layers`` are the hazard layers in drawing order, ``boundary`` the municipality, ``plane_epsg`` the zone metres are
    reckoned in; raises ValueError for a code that is no plane zone.
    """

    def __init__(
        self,
        layers: Iterable[tuple[PublishedLayer, GeoDataFrame]],
        boundary: GeoDataFrame | None,
        plane_epsg: int,
    ) -> None:
        to_metres(plane_epsg)
        self._layers = [_Areas(layer, frame, plane_epsg) for layer, frame in layers]
        self._boundary = None if boundary is None or boundary.empty else boundary.geometry.union_all()
        if self._boundary is not None:
            shapely.prepare(self._boundary)

    @property
    def hazards(self) -> tuple[str, ...]:
        """The hazards any of the layers tells of, in the layers' order."""
        return tuple(dict.fromkeys(hazard for areas in self._layers for hazard in areas.layer.hazards))

    def at(self, lon: float, lat: float) -> HazardsHere:
        """What holds at a point in degrees; a point on the edge of an area is in it."""
        point = shapely.Point(lon, lat)
        inside = None if self._boundary is None else bool(shapely.intersects(self._boundary, point))
        here = [areas.here(point, hazard) for areas in self._layers for hazard in areas.layer.hazards]
        return HazardsHere(lon=lon, lat=lat, inside=inside, layers=tuple(here))

    def gravest(self, lon: float, lat: float, hazard: str) -> tuple[PublishedLayer, Found] | None:
        """The gravest area of one hazard that covers a point, and its layer; None where none does."""
        point = shapely.Point(lon, lat)
        covering = [
            (areas.layer, found)
            for areas in self._layers
            if hazard in areas.layer.hazards
            for found in areas.covering(point, hazard)
        ]
        return max(covering, key=lambda pair: pair[1].rank, default=None)


class _Areas:
    """The features of one layer in a tree of boxes."""

    def __init__(self, layer: PublishedLayer, frame: GeoDataFrame, plane_epsg: int) -> None:
        self.layer = layer
        self._plane_epsg = plane_epsg
        self._shapes = frame.geometry.to_numpy()
        self._tree = shapely.STRtree(self._shapes)
        self._found = [_found(layer, row) for row in frame.drop(columns=frame.geometry.name).to_dict("records")]

    def here(self, point: shapely.Point, hazard: str) -> LayerHere:
        covering = self.covering(point, hazard)
        least = covering[0].rank if covering else -1
        return LayerHere(layer=self.layer, hazard=hazard, found=covering, nearby=self._nearby(point, hazard, least))

    def covering(self, point: shapely.Point, hazard: str) -> tuple[Found, ...]:
        """The areas over the point, gravest first; lines and points cover nothing."""
        hits = self._tree.query(point, predicate="intersects")
        areas = hits[shapely.get_dimensions(self._shapes[hits]) == 2]
        found = [self._found[index] for index in sorted(areas) if self._found[index].hazard == hazard]
        return tuple(sorted(found, key=lambda area: -area.rank))

    def _nearby(self, point: shapely.Point, hazard: str, least: int) -> tuple[Nearby, ...]:
        box = _box_around(point)
        hits = self._tree.query(box)
        graver = [index for index in hits if self._found[index].hazard == hazard and self._found[index].rank > least]
        nearest: dict[str, Nearby] = {}
        for index, distance in zip(graver, self._distances(point, self._shapes[graver], box), strict=True):
            found = self._found[index]
            known = nearest.get(found.code)
            if distance <= NEAR_M and (known is None or distance < known.distance_m):
                nearest[found.code] = Nearby(found=found, distance_m=float(distance))
        return tuple(sorted(nearest.values(), key=lambda near: (near.distance_m, -near.found.rank)))

    def _distances(
        self, point: shapely.Point, shapes: NDArray[np.object_], box: shapely.Polygon
    ) -> NDArray[np.float64]:
        """Metres from the point; NaN beyond the box. Only what lies in the box is turned into metres."""
        if not len(shapes):
            return np.empty(0)
        pieces = shapely.clip_by_rect(shapes, *box.bounds)
        return np.asarray(shapely.distance(in_metres(pieces, self._plane_epsg), in_metres(point, self._plane_epsg)))


def _box_around(point: shapely.Point) -> shapely.Polygon:
    reach = 1.2 * NEAR_M / _METRES_PER_DEGREE
    wide = reach / math.cos(math.radians(point.y))
    return shapely.box(point.x - wide, point.y - reach, point.x + wide, point.y + reach)


def _found(layer: PublishedLayer, row: Mapping[Any, Any]) -> Found:
    properties = {str(name): plain(value) for name, value in row.items()}
    return Found(
        hazard=str(properties.get("hazard") or layer.hazards[0]),
        code=str(properties["code"]),
        rank=int(properties.get("rank") or 0),
        properties=properties,
    )


def plain(value: Any) -> Any:
    """A cell of a frame as a plain Python value; None for what a feature does not have."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
