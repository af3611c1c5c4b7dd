"""KML read as places and nothing else: links, pictures, styles and HTML stay behind, and nothing is fetched.

KML knows one system only: WGS 84, longitude first (OGC 12-007r2, 7.1).
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

from gis.intake import limits
from gis.intake.cut import Cut, box_of_geometry, cut_of
from gis.intake.encodings import Encoding, require_sound
from gis.intake.names import safe_names
from gis.intake.refused import Refused
from gis.intake.source import Source, Task, compact, feature_line, named_crs
from gis.intake.xml_text import plain_xml

_LEFT_BEHIND = {
    "NetworkLink": "network links were not followed",
    "GroundOverlay": "pictures laid on the ground were left out",
    "ScreenOverlay": "pictures on the screen were left out",
    "PhotoOverlay": "photographs were left out",
    "Model": "3-D models were left out",
    "Track": "tracks were left out",
    "MultiTrack": "tracks were left out",
    "Icon": "addresses of icons were left out",
}
_SIMPLE = ("Point", "LineString", "LinearRing", "Polygon")
_GEOMETRIES = (*_SIMPLE, "MultiGeometry")
_ANEW = "export the layer anew from a GIS desktop"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def read_kml(content: bytes, task: Task) -> Source:
    """The placemarks of a KML document; raises Refused where it cannot be read."""
    plain, codec = plain_xml(content)
    found: Counter[str] = Counter()
    cut = cut_of(task, named_crs("EPSG:4326"))
    places = list(_places(plain, task, found, cut))
    source = Source(
        format="KML",
        driver="own reader",
        lines=(),
        crs=named_crs("EPSG:4326"),
        crs_from="KML is always WGS 84",
        encoding=codec,
        encoding_from="the XML declaration",
    )
    if cut is not None:
        cut.require_any()
        source.left_out = cut.left_out
    source.warnings += [f"{_LEFT_BEHIND.get(name, name)} ({number})" for name, number in sorted(found.items())]
    names = list(dict.fromkeys(name for properties, _ in places for name in properties))
    values = (value for properties, _ in places for value in properties.values())
    require_sound(names, values, Encoding(codec, source.encoding_from))
    source.names = safe_names(names, source.warnings)
    safe = dict(zip(names, source.names, strict=True))
    source.lines = (
        feature_line({safe[name]: value for name, value in properties.items()}, compact(geometry))
        for properties, geometry in places
    )
    return source


def _places(plain: bytes, task: Task, found: Counter[str], cut: Cut | None) -> Iterator[tuple[dict[str, str], Any]]:
    number = kept = vertices = 0
    for _event, element in ET.iterparse(io.BytesIO(plain), events=("end",)):  # noqa: S314 - `plain_xml` has refused DTDs
        name = _local(element)
        if name in _LEFT_BEHIND:
            found[name] += 1
        if name != "Placemark":
            continue
        number += 1
        geometry, size = _geometry_of(element, number)
        if cut is not None and not cut.keeps(box_of_geometry(geometry)):
            element.clear()
            continue
        kept += 1
        vertices += size
        if kept > task.max_features or vertices > task.max_vertices:
            raise Refused(
                f"holds more than {task.max_features:,} placemarks or {task.max_vertices:,} vertices",
                hint="cut it to the municipality (--cut)",
            )
        yield _properties(element, found), geometry
        element.clear()


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _child(element: ET.Element, name: str) -> ET.Element | None:
    return next((child for child in element if _local(child) == name), None)


def _text(element: ET.Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _properties(placemark: ET.Element, found: Counter[str]) -> dict[str, str]:
    properties = {}
    for child in placemark:
        match _local(child):
            case "name":
                properties["name"] = _text(child)
            case "description":
                properties["description"] = _without_html("".join(child.itertext()), found)
            case "ExtendedData":
                properties |= dict(_extended(child))
    return properties


def _extended(element: ET.Element) -> Iterator[tuple[str, str]]:
    for entry in element.iter():
        if _local(entry) == "Data":
            yield entry.get("name", ""), _text(_child(entry, "value"))
        elif _local(entry) == "SimpleData":
            yield entry.get("name", ""), _text(entry)


class _Words(HTMLParser):
    """Collects the text between tags, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags = 0
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - never read
        self.tags += 1
        self._silent += tag in {"script", "style"}
        self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"} and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def _without_html(text: str, found: Counter[str]) -> str:
    if len(text) > limits.DESCRIPTION:
        found[f"descriptions were cut to {limits.DESCRIPTION:,} characters"] += 1
    words = _Words()
    words.feed(text[: limits.DESCRIPTION])
    words.close()
    if words.tags:
        found["HTML of descriptions was reduced to its words"] += 1
    return " ".join("".join(words.words).split())


def _geometry_of(placemark: ET.Element, number: int) -> tuple[Any, int]:
    element = next((child for child in placemark if _local(child) in _GEOMETRIES), None)
    if element is None:
        return None, 0
    parts = list(_parts(element, number))
    size = sum(len(ring) for _, rings in parts for ring in rings)
    if not parts:
        return None, 0
    kinds = {kind for kind, _ in parts}
    if len(kinds) > 1:
        members = [{"type": kind, "coordinates": _coordinates(kind, rings)} for kind, rings in parts]
        return {"type": "GeometryCollection", "geometries": members}, size
    kind = kinds.pop()
    if len(parts) == 1:
        return {"type": kind, "coordinates": _coordinates(kind, parts[0][1])}, size
    return {"type": f"Multi{kind}", "coordinates": [_coordinates(kind, rings) for _, rings in parts]}, size


Rings = list[list[list[float]]]


def _coordinates(kind: str, rings: Rings) -> Any:
    match kind:
        case "Point":
            return rings[0][0] if rings[0] else []
        case "LineString":
            return rings[0]
        case _:
            return rings


def _parts(element: ET.Element, number: int) -> Iterator[tuple[str, Rings]]:
    match _local(element):
        case "MultiGeometry":
            for child in element:
                yield from _parts(child, number)
        case "Polygon":
            outer = [_positions(ring, number) for ring in _rings(element, "outerBoundaryIs")]
            yield "Polygon", outer + [_positions(ring, number) for ring in _rings(element, "innerBoundaryIs")]
        case "Point":
            yield "Point", [_positions(element, number)]
        case "LineString" | "LinearRing":
            yield "LineString", [_positions(element, number)]


def _rings(polygon: ET.Element, boundary: str) -> Iterator[ET.Element]:
    for child in polygon:
        if _local(child) == boundary:
            yield from (ring for ring in child if _local(ring) == "LinearRing")


def _positions(element: ET.Element, number: int) -> list[list[float]]:
    return [_position(words, number) for words in _text(_child(element, "coordinates")).split()]


def _position(words: str, number: int) -> list[float]:
    values = words.split(",")
    if len(values) not in {2, 3} or not all(_NUMBER.fullmatch(value) for value in values):
        raise Refused(f"placemark {number}: {words[:40]!r} is no longitude and latitude", hint=_ANEW)
    return [float(value) for value in values]
