"""In which system a file's coordinates are: stated, checked, never guessed.

A plane system is turned back into its own degrees, which is exact. WGS 84 and JGD2011 degrees are the same for our
purpose. JGD2000 differs by metres in Tohoku since 2011 and the grid that would correct it is not at hand, so it is
taken unshifted with a warning. Tokyo Datum lies some 450 m off; it is shifted by three parameters for all Japan, since
the grid of the finer way is not at hand either, and the warning says how far off that leaves it. A system on any other
datum is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from config.model import LayerConfig
from core.errors import LayerError
from gis.datum import TOKYO_ACCURACY_M, TOKYO_TO_JGD, tokyo_to_jgd
from gis.faults import refusal
from gis.geojson import GeoJsonFile
from gis.report import Notes

LON_LAT = "EPSG:6668"
"""JGD2011 degrees: the system of every loaded frame, longitude first."""

FROM_FILE = "crs member of the file"
FROM_SETTINGS = "layer settings"
FROM_STANDARD = "RFC 7946 (no crs member)"

# Geodetic systems by EPSG code of their two-dimensional degrees.
_EXACT = {4326: "WGS 84", 6668: "JGD2011"}
_JGD2000 = 4612
_TOKYO = 4301
_KNOWN = {*_EXACT, _JGD2000, _TOKYO}

_WARNINGS = {
    _JGD2000: "JGD2000 taken as JGD2011 without a shift: up to some metres off in Tohoku",
    _TOKYO: f"Tokyo Datum shifted to JGD2011 by three parameters for all Japan (EPSG:{TOKYO_TO_JGD}): "
    f"good to some {TOKYO_ACCURACY_M} m, not to the metre",
}

# The ways an authority's code is written; names and parameter lists are ambiguous and not read.
_CODE = re.compile(
    r"(?:EPSG:|urn:(?:x-)?ogc:def:crs:EPSG:[\d.]*:|https?://www\.opengis\.net/def/crs/EPSG/[\d.]+/)(?P<epsg>\d{4,6})"
    r"|(?:OGC:|urn:ogc:def:crs:OGC:[\d.]*:|https?://www\.opengis\.net/def/crs/OGC/[\d.]+/)CRS84",
    re.ASCII | re.IGNORECASE,
)

Coordinates = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SourceCrs:
    """The system of a file: its name, where that is written, and the way to degrees."""

    name: str
    stated_by: str
    projected: bool
    to_degrees: Callable[[Coordinates], Coordinates]


def source_crs(layer: LayerConfig, file: GeoJsonFile, notes: Notes) -> SourceCrs:
    """The system of ``file``: its ``crs`` member, else the layer's settings, else WGS 84 (RFC 7946).

    Raises LayerError where none can be known, two statements differ, or the datum is not one of WGS 84, JGD2011,
    JGD2000 and Tokyo (the last two with a warning).
    """
    member = _member(layer, file)
    setting = None if layer.crs is None else _named(layer, layer.crs, "`crs` of the layer")
    if member and setting and not member.equals(setting, ignore_axis_order=True) and not _same_degrees(member, setting):
        raise refusal(
            layer,
            f"its crs member says {_label(member)}, the layer's settings say {_label(setting)}",
            hint="find out which is right; remove `crs` from the settings if the file is",
        )
    if member:
        return _checked(layer, member, FROM_FILE, notes)
    if setting:
        return _checked(layer, setting, FROM_SETTINGS, notes)
    if file.has_crs:
        raise refusal(
            layer,
            "its crs member is null: the coordinates are in no known system",
            hint='ask the publisher, then state `crs = "EPSG:…"` in the layer\'s settings',
        )
    return _checked(layer, CRS.from_epsg(4326), FROM_STANDARD, notes)


def _member(layer: LayerConfig, file: GeoJsonFile) -> CRS | None:
    match file.crs:
        case None:
            return None
        case {"type": "name", "properties": {"name": str(name)}}:
            return _named(layer, name, "crs member")
        case {"type": "EPSG", "properties": {"code": int(code)}}:
            return _named(layer, f"EPSG:{code}", "crs member")
        case _:
            raise refusal(
                layer, "its crs member names no system", hint="replace it by a name such as urn:ogc:def:crs:EPSG::6668"
            )


def _named(layer: LayerConfig, name: str, where: str) -> CRS:
    code = _CODE.fullmatch(name.strip())
    if code is None:
        raise _unknown(layer, name, where)
    try:
        return CRS.from_authority("OGC", "CRS84") if code["epsg"] is None else CRS.from_epsg(int(code["epsg"]))
    except CRSError as error:
        raise _unknown(layer, name, where) from error


def _unknown(layer: LayerConfig, name: str, where: str) -> LayerError:
    return refusal(
        layer,
        f"{where}: {name!r} is no known coordinate system",
        hint="use an EPSG code: EPSG:6668 for JGD2011 degrees, EPSG:6678 for plane zone X",
    )


def _label(crs: CRS) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name


def _geodetic_code(crs: CRS) -> int | None:
    geodetic = crs.geodetic_crs
    if geodetic is None:
        return None
    if geodetic.to_authority() == ("OGC", "CRS84"):
        return 4326
    return geodetic.to_2d().to_epsg()


def _same_degrees(one: CRS, other: CRS) -> bool:
    return one.is_geographic and other.is_geographic and {_geodetic_code(one), _geodetic_code(other)} <= set(_EXACT)


def _checked(layer: LayerConfig, crs: CRS, stated_by: str, notes: Notes) -> SourceCrs:
    code = _geodetic_code(crs)
    if not (crs.is_geographic or crs.is_projected) or code not in _KNOWN:
        raise _unsuitable(layer, crs)
    if code in _WARNINGS:
        notes.warn(_WARNINGS[code])
    own_degrees = _inverse(crs) if crs.is_projected else _unchanged
    convert = (lambda coordinates: tokyo_to_jgd(own_degrees(coordinates))) if code == _TOKYO else own_degrees
    return SourceCrs(_label(crs), stated_by, crs.is_projected, convert)


def _unsuitable(layer: LayerConfig, crs: CRS) -> LayerError:
    return refusal(
        layer,
        f"{_label(crs)} ({crs.name}) is not on WGS 84, JGD2011, JGD2000 or Tokyo Datum",
        hint="convert it to JGD2011 first, with the software it comes from",
    )


def _unchanged(coordinates: Coordinates) -> Coordinates:
    return coordinates


def _inverse(crs: CRS) -> Callable[[Coordinates], Coordinates]:
    transformer = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)

    def convert(coordinates: Coordinates) -> Coordinates:
        lon, lat = transformer.transform(coordinates[:, 0], coordinates[:, 1])
        return np.column_stack([lon, lat])

    return convert


def to_lon_lat(crs: SourceCrs, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """The geometries as longitude and latitude; infinite where the source system does not reach."""
    return geometries if crs.to_degrees is _unchanged else shapely.transform(geometries, crs.to_degrees)
