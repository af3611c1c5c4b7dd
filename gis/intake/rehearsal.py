"""The repair of areas tried out where time and memory are limited: a ring that crosses itself everywhere has no end.

What repairing costs grows with the square of the crossings, so a file of a few kilobytes can keep a machine busy for
hours. Nothing is kept of the trial: the layer is repaired, and told of, when it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gis.intake.refused import Refused

_AREAS = ('"Polygon"', '"MultiPolygon"', '"GeometryCollection"')
_AT_ONCE = 256


def rehearsed(lines: Iterable[str]) -> Iterator[str]:
    """The features' lines as they are, tried 256 at a time; raises Refused where areas cannot be repaired at all."""
    waiting: list[str] = []
    for line in lines:
        if any(word in line for word in _AREAS):
            waiting.append(line.encode("utf-8", "replace").decode())
        if len(waiting) == _AT_ONCE:
            _repair(waiting)
            waiting.clear()
        yield line
    _repair(waiting)


def _repair(lines: list[str]) -> None:
    if not lines:
        return
    import shapely  # noqa: PLC0415 - files of points do without

    try:
        # What is no geometry is left to the strict reader, which names the feature.
        shapes = shapely.from_geojson(lines, on_invalid="ignore")
        shapely.make_valid(shapes[~(shapely.is_valid(shapes) | shapely.is_missing(shapes))])
    except shapely.errors.ShapelyError as error:
        raise Refused(
            f"holds areas that cannot be repaired ({str(error)[:100]})", hint="repair them in a GIS desktop first"
        ) from error
