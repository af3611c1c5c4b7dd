"""What lies near the site is taken out of a file of a whole prefecture, in the file's own system of coordinates.

A feature stays where its box meets the site's box and some kilometres around, and stays whole. A file of which nothing
stays is refused: a wrong system must not come out as an empty or a small layer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gis.intake.crs_text import nothing_says
from gis.intake.refused import Refused
from gis.intake.source import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pyproj import CRS

Box = tuple[float, float, float, float]

UNSOUND: Box = (math.nan, math.nan, math.nan, math.nan)
"""In place of the box of what is no sound geometry: it is kept, so that the strict reader says which feature it is."""

_CODE = re.compile(r"(?:EPSG:+|EPSG:[\d.]*:|EPSG/[\d.]+/)(\d{4,6})", re.ASCII | re.IGNORECASE)
_TOKYO = 4301
_PLANES = ((6669, 19), (2443, 19), (30161, 19))
"""The 19 plane zones of JGD2011, JGD2000 and Tokyo Datum: the EPSG code of zone I, and how many follow one another."""
_SIDE_POINTS = 33


def cut_of(task: Task, crs: object, *, standard: str | None = None) -> Cut | None:
    """The cut ``task`` asks for, None where it asks for none. ``crs`` is the ``crs`` member of the file.

    Where that is None the system stated for the layer counts, then ``standard``; raises Refused where none is known.
    """
    if task.near is None:
        return None
    code = task.crs or task.settings_crs or standard if crs is None else _code_of(crs)
    if code is None:
        raise nothing_says()
    return Cut(code, task.near)


class Cut:
    """Keeps features by their boxes and counts them: ``read`` were asked about, ``left_out`` were not near.

    ``box`` is the site's box and its surroundings in the file's system, axes in the order of its coordinates.
    """

    def __init__(self, code: str, degrees: Box) -> None:
        self._code, self._degrees = code, degrees
        self.box = _box_in(code, degrees)
        self.read = self.left_out = 0
        self._seen = (math.inf, math.inf, -math.inf, -math.inf)

    def keeps(self, box: Box | None) -> bool:
        """Whether the feature with that box stays; without a position (None) it does not, with a broken one it does."""
        self.read += 1
        if box is None:
            self.left_out += 1
            return False
        if not all(map(math.isfinite, box)):
            return True
        self.saw(box)
        near = _meet(box, self.box)
        self.left_out += not near
        return near

    def saw(self, box: Box) -> None:
        """Notes that the file reaches so far."""
        west, south, east, north = self._seen
        self._seen = (min(west, box[0]), min(south, box[1]), max(east, box[2]), max(north, box[3]))

    def require_any(self) -> None:
        """Raises Refused, with the bounds of the file and of the site and what may be wrong, where nothing stays."""
        if self.left_out < self.read:
            return
        if not math.isfinite(self._seen[0]):
            raise Refused("no feature has a position, none is left with --cut", hint="check the export")
        raise Refused(
            f"none of its {self.read:,} features lies near the site: the file reaches over {_shown(self._seen)}, the "
            f"site with its surroundings over {_shown(self.box)} in {self._code}",
            hint=self._hint(),
        )

    def _hint(self) -> str:
        west, south, east, north = self._seen
        if self._plane is None and max(map(abs, self._seen)) > 360:
            return "these are metres, no degrees: state the plane zone, such as --crs EPSG:6678"
        if _meet((south, west, north, east), self.box):
            return "the two axes look swapped, north where east should be: export it anew"
        if others := self._others():
            return f"in {' or '.join(others)} it would reach the site: ask its publisher for the system"
        return "it may be of another prefecture, or its coordinate system wrong: ask its publisher"

    @cached_property
    def _plane(self) -> int | None:
        """How many codes its zone lies behind zone I; None for a system that is no plane zone."""
        number = int(self._code.rpartition(":")[2]) if self._code.rpartition(":")[2].isdigit() else 0
        return next((number - first for first, zones in _PLANES if 0 <= number - first < zones), None)

    def _others(self) -> list[str]:
        if self._plane is None:
            return []
        first = int(self._code.rpartition(":")[2]) - self._plane
        codes = [f"EPSG:{first + zone}" for zone in range(19) if zone != self._plane]
        return [code for code in codes if _meet(self._seen, _box_in(code, self._degrees))][:3]


def box_of_geometry(geometry: object) -> Box | None:
    """The box of a GeoJSON geometry; None where it has no position, UNSOUND where it is no sound geometry."""
    if geometry is None:
        return None
    try:
        found = list(_positions(geometry))
        if not found:
            return None
        east, north = zip(*found, strict=True)
        return (float(min(east)), float(min(north)), float(max(east)), float(max(north)))
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError, OverflowError):
        return UNSOUND


def _positions(geometry: Any) -> Iterator[tuple[float, float]]:
    if geometry.get("type") == "GeometryCollection":
        for member in geometry["geometries"]:
            yield from _positions(member)
    else:
        yield from _leaves(geometry["coordinates"])


def _leaves(coordinates: Any) -> Iterator[tuple[float, float]]:
    if coordinates and not isinstance(coordinates[0], list):
        east, north = coordinates[:2]
        yield 1.0 * east, 1.0 * north  # a text raises
    else:
        for part in coordinates:
            yield from _leaves(part)


def _meet(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


def _shown(box: Box) -> str:
    return "({:.6g}, {:.6g} to {:.6g}, {:.6g})".format(*box)


def _code_of(member: object) -> str:
    match member:
        case {"type": "name", "properties": {"name": str(name)}}:
            if name.strip().upper().endswith("CRS84"):
                return "EPSG:4326"
            if code := _CODE.search(name):
                return f"EPSG:{code[1]}"
        case {"type": "EPSG", "properties": {"code": int(number)}}:
            return f"EPSG:{number}"
    raise Refused(
        "its crs member names no known system", hint="replace it by a name such as urn:ogc:def:crs:EPSG::6668"
    )


def _box_in(code: str, degrees: Box) -> Box:
    """The box of JGD2011 degrees in a system: its sides are curves there, so points along them are moved."""
    import numpy as np  # noqa: PLC0415 - only where something is cut
    from pyproj import CRS, Transformer  # noqa: PLC0415
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    try:
        crs = CRS.from_user_input(code)
    except CRSError as error:
        raise Refused(f"{code} is no known coordinate system", hint="use an EPSG code, such as EPSG:6668") from error
    points = _moved_to_datum(_outline(degrees), crs)
    if crs.is_projected:
        to_metres = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
        points = np.column_stack(to_metres.transform(points[:, 0], points[:, 1]))
    if not np.isfinite(points).all():
        raise Refused(f"the site lies where {code} does not reach", hint="is that the system of the file?")
    west, south, east, north = (float(value) for value in (*points.min(axis=0), *points.max(axis=0)))
    return (west, south, east, north)


def _outline(box: Box) -> NDArray[np.float64]:
    import numpy as np  # noqa: PLC0415

    lon, lat = np.linspace(box[0], box[2], _SIDE_POINTS), np.linspace(box[1], box[3], _SIDE_POINTS)
    level, upright = np.ones_like(lon), np.ones_like(lat)
    sides = [(lon, level * box[1]), (lon, level * box[3]), (upright * box[0], lat), (upright * box[2], lat)]
    return np.concatenate([np.column_stack(side) for side in sides])


def _moved_to_datum(points: NDArray[np.float64], crs: CRS) -> NDArray[np.float64]:
    from gis.datum import jgd_to_tokyo  # noqa: PLC0415

    geodetic = crs.geodetic_crs
    tokyo = geodetic is not None and geodetic.to_2d().to_epsg() == _TOKYO
    return jgd_to_tokyo(points) if tokyo else points
