"""The roads a town clears, in metres of its plane zone: what fixes are matched to.

Lengths along a road are metres from the first point of its line as drawn. A line of several parts is taken part after part;
from the end of one to the beginning of the next there is no length.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from config.model import LayerConfig, Site
from core.errors import LayerError
from gis.kinds.roads import with_all_told
from gis.load import at_site, load_layer
from gis.metres import in_metres
from gis.ploughs.junctions import Junctions, junctions_of
from gis.ploughs.lines import Edge, Line, edge_grid, line_of
from gis.ploughs.sharing import SharedStretch, shared_stretches
from gis.road_lengths import LengthDifference, length_differences

ALGORITHM = 2
"""Raised whenever the same fixes on the same lines give other passages than before."""

_LIST = re.compile(r"[\s,;、]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """One line of the layer of cleared roads.

    ``code`` is the class as in ``ploughs.toml`` (``1``, ``2``, ``3``, ``emergency``), ``class_name`` the word the town writes.
    ``official_length_m`` is the length in the town's register, ``length_m`` that of the ``line`` as drawn, in metres of the plane zone.
    ``vehicles`` are the ids of those that usually clear it, ``deadline`` the time of day in the site's zone by which it is to be
    clear where it has one of its own. None and empty: the layer does not say.
    """

    id: str
    name: str
    code: str
    class_name: str = ""
    owner: str = ""
    contractor: str = ""
    district: str = ""
    vehicles: tuple[str, ...] = ()
    official_length_m: float | None = None
    length_m: float
    deadline: time | None = None
    elevation_m: float | None = None
    line: shapely.LineString | shapely.MultiLineString


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The cleared roads by id, in the order of the layer.

    ``version`` is a digest of all that matching depends on: ids, lines and zone, and the way of matching. ``shared`` are the
    stretches where two lines lie on each other; ``lines``, ``edges`` and ``junctions`` serve the matching.
    """

    roads: Mapping[str, Road]
    version: str
    epsg: int
    shared: tuple[SharedStretch, ...] = ()
    lines: tuple[Line, ...] = field(repr=False)
    edges: Mapping[tuple[int, int], tuple[Edge, ...]] = field(repr=False)
    junctions: Junctions = field(repr=False)


def read_network(site: Site) -> Network:
    """The network of the site's layer of cleared roads, in metres of ``site.plane_epsg``.

    Raises LayerError where the site has no ploughs.toml, no such layer, or the layer cannot be read.
    """
    layer = _road_layer(site)
    frame = load_layer(with_all_told(layer), site.bounds).frame
    lines = in_metres(frame.geometry.to_numpy(), site.plane_epsg)
    columns = [name for name in frame.columns if name != frame.geometry.name]
    rows = frame[columns].to_dict("records")
    return _network(zip(rows, lines, strict=True), site.plane_epsg, layer.id)


def network_of(features: Iterable[Mapping[str, Any]], epsg: int) -> Network:
    """The network of GeoJSON features in JGD2011 degrees with the properties of the published layer.

    ``epsg`` is the plane zone. Raises LayerError for an id that two features have.
    """
    found = list(features)
    lines = in_metres(np.array([shape(each["geometry"]) for each in found], dtype=np.object_), epsg)
    return _network(zip((each["properties"] for each in found), lines, strict=True), epsg, "roads")


def length_report(network: Network) -> tuple[LengthDifference, ...]:
    """The roads whose drawn length differs by more than 5 % from the official one, in the order of the network.

    A road without an official length is not among them.
    """
    return length_differences(
        (road.id, road.name, road.official_length_m, road.length_m) for road in network.roads.values()
    )


def _road_layer(site: Site) -> LayerConfig:
    if site.ploughs is None:
        raise LayerError("roads", f"site {site.id} names no layer of cleared roads", hint="write a ploughs.toml")
    wanted = site.ploughs.roads
    layer = next((each for each in site.layers if each.id == wanted), None)
    if layer is None:
        raise LayerError(
            wanted, f"site {site.id} has no such layer", hint="`roads` in ploughs.toml names a file of layers/"
        )
    return with_all_told(at_site(site, layer))


def _network(rows: Iterable[tuple[Mapping[str, Any], Any]], epsg: int, layer: str) -> Network:
    roads: dict[str, Road] = {}
    for row, drawn in rows:
        road = _road(row, drawn)
        if road.id in roads:
            raise LayerError(layer, f"two roads have the id {road.id!r}", hint="give every road an id of its own")
        roads[road.id] = road
    shapes = {road.id: road.line for road in roads.values()}
    lines = {name: line_of(number, name, line) for number, (name, line) in enumerate(shapes.items())}
    return Network(
        roads=roads,
        version=_version(roads.values(), epsg),
        epsg=epsg,
        shared=shared_stretches(lines, shapes),
        lines=tuple(lines.values()),
        edges=edge_grid(lines.values()),
        junctions=junctions_of(lines, shapes),
    )


def _road(row: Mapping[str, Any], drawn: Any) -> Road:
    return Road(
        id=str(row["id"]),
        name=_text(row, "name"),
        code=_text(row, "code"),
        class_name=_text(row, "class"),
        owner=_text(row, "owner"),
        contractor=_text(row, "contractor"),
        district=_text(row, "district"),
        vehicles=tuple(part for part in _LIST.split(_text(row, "vehicles")) if part),
        official_length_m=_number(row, "official_length_m"),
        length_m=float(shapely.length(drawn)),
        deadline=_time_of_day(_text(row, "deadline")),
        elevation_m=_number(row, "elevation_m"),
        line=drawn,
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _number(row: Mapping[str, Any], name: str) -> float | None:
    """The number, None where there is none; a frame writes NaN where one row has none."""
    value = row.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)


def _time_of_day(written: str) -> time | None:
    return time.fromisoformat(written) if written else None


def _version(roads: Iterable[Road], epsg: int) -> str:
    digest = hashlib.sha256(f"{ALGORITHM} {epsg}".encode())
    for road in roads:
        digest.update(f"\n{road.id}\n".encode())
        digest.update(shapely.to_wkb(shapely.set_precision(road.line, 0.001, mode="pointwise"), byte_order=1))
    return digest.hexdigest()[:16]
