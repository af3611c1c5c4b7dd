"""What a reader hands on: features as lines of GeoJSON, coordinates as the file has them, and what it found out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the confined process is asked to do.

    ``layer``, ``crs`` and ``encoding`` are statements of the person, None where there are none. ``plane_box`` is the
    site's box in metres (west, south, east, north of the stated plane system). ``near`` is the box features must meet
    to be kept, in JGD2011 degrees (west, south, east, north), None where all are; ``settings_crs`` is the system the
    layer's settings state so far. The rest are limits.
    """

    source: Path
    work: Path
    name: str
    layer: str | None
    crs: str | None
    encoding: str | None
    plane_box: tuple[float, float, float, float] | None
    max_features: int
    max_vertices: int
    max_bytes: int
    near: tuple[float, float, float, float] | None = None
    settings_crs: str | None = None


@dataclass(slots=True, kw_only=True)
class Source:
    """A file that was read. ``crs`` is a ``crs`` member's value, or None where the file says nothing.

    ``lines`` are features, one JSON object each, made while they are written; ``names`` are their properties'.
    ``left_out`` features were cut away, being far from the site or without a position.
    """

    format: str
    driver: str
    lines: Iterable[str]
    crs: object = None
    crs_from: str = ""
    encoding: str = "UTF-8"
    encoding_from: str = ""
    layer: str = ""
    names: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    left_out: int = 0


def named_crs(code: str) -> dict[str, Any]:
    """The ``crs`` member (GeoJSON of 2008) that names an EPSG code."""
    return {"type": "name", "properties": {"name": code}}


def compact(value: object) -> str:
    """JSON on one line. NaN and infinity stay as they are: who reads the file strictly tells which feature has them."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def feature_line(properties: object, geometry: str) -> str:
    """A feature on one line, from its properties and its geometry as JSON text."""
    return f'{{"type":"Feature","properties":{compact(properties)},"geometry":{geometry}}}'
