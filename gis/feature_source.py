"""Features of a published layer on demand: by box, by property, by number; as the very text that was published.

The file stays on disk (mapped), in memory are only geometries with their tree and where each feature's text lies. So a
layer of 50 000 polygons answers a box in milliseconds, and asking for it costs no parsing.
"""

from __future__ import annotations

import json
import mmap
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from core.errors import LayerError
from gis.axes import Axes, moved
from gis.catalogue import PublishedLayer

KEPT_FEATURES = 400_000
"""How many features of all layers together are kept indexed; the layer asked for longest ago goes first."""

_START = b'{"type":"Feature",'
_PROPERTIES = b'"properties":'
_GEOMETRY = b',"geometry":'

Value = str | float | bool | None
Positions = NDArray[np.int64]


class FeatureSource:
    """The features of one published file. Safe to share between threads."""

    def __init__(self, layer: str, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._data: mmap.mmap | bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._spans = _spans(self._data)
            self._shapes = _shapes(self._data, self._spans)
            first = self.properties(0) if self._spans else {}
        except (OSError, ValueError, TypeError, shapely.errors.ShapelyError) as error:
            raise LayerError(
                layer,
                f"reading the published {path.name}: {error}",
                hint="publish the layers anew: yukimori layers build",
            ) from error
        self._tree = shapely.STRtree(self._shapes)
        self._columns: dict[str, list[Value]] = {}
        self._lock = Lock()
        self._names = tuple(first)

    def __len__(self) -> int:
        return len(self._spans)

    @property
    def names(self) -> tuple[str, ...]:
        """The properties features have, as the first one has them."""
        return self._names

    @property
    def shapes(self) -> NDArray[np.object_]:
        """The geometries in published order, degrees, longitude first. Not to be changed."""
        return self._shapes

    def type_of(self, name: str) -> str:
        """``string``, ``number`` or ``boolean``: what the property's values are, a text where they are mixed or none."""
        kinds = {_type(value) for value in self._column(name) if value is not None}
        return kinds.pop() if len(kinds) == 1 else "string"

    def matching(self, area: shapely.Geometry | None, equal: Mapping[str, str]) -> Positions:
        """Where the features are, in published order, that touch ``area`` (degrees) and have these property values."""
        found = np.arange(len(self)) if area is None else np.sort(self._tree.query(area, predicate="intersects"))
        for name, text in equal.items():
            column = self._column(name)
            found = np.array([at for at in found if _same(column[at], text)], dtype=np.int64)
        return found

    def texts(self, positions: Sequence[int] | Positions, axes: Axes | None = None) -> list[bytes]:
        """The features as GeoJSON; as published, or in another system of coordinates."""
        if axes is None:
            return [self._text(int(at)) for at in positions]
        shapes = shapely.to_geojson(moved(self._shapes[np.asarray(positions, dtype=np.int64)], axes))
        return [self._with_shape(int(at), shape) for at, shape in zip(positions, shapes, strict=True)]

    def position(self, number: str) -> int | None:
        """Where the feature with this ``id`` is; the publisher numbers them from 1."""
        if not (number.isascii() and number.isdigit() and len(number) <= 9 and not number.startswith("0")):
            return None
        return int(number) - 1 if int(number) <= len(self) else None

    def properties(self, position: int) -> dict[str, Any]:
        """The properties of a feature."""
        text = self._text(position)
        head, _, rest = text.partition(_PROPERTIES)
        if len(head) > 80:  # not in the order we write: read it whole
            return dict(json.loads(text)["properties"])
        found, _ = json.JSONDecoder().raw_decode(rest.rpartition(_GEOMETRY)[0].decode())
        return dict(found)

    def values(self, name: str) -> Sequence[Value]:
        """What every feature has for a property, in published order; None where it has none."""
        return self._column(name)

    def _text(self, position: int) -> bytes:
        start, end = self._spans[position]
        return bytes(self._data[start:end])

    def _with_shape(self, position: int, shape: str) -> bytes:
        head = self._text(position).rpartition(_GEOMETRY)[0]
        return head + _GEOMETRY + shape.encode() + b"}"

    def _column(self, name: str) -> list[Value]:
        with self._lock:
            if name not in self._columns:
                self._columns[name] = [self.properties(at).get(name) for at in range(len(self))]
            return self._columns[name]


class FeatureSources:
    """The sources of a folder of published layers, opened when first asked for, anew when published anew."""

    def __init__(self, folder: Path, most_features: int = KEPT_FEATURES) -> None:
        self._folder = folder
        self._most = most_features
        self._kept: OrderedDict[str, tuple[str, FeatureSource]] = OrderedDict()
        self._lock = Lock()

    def of(self, layer: PublishedLayer) -> FeatureSource:
        """The features of the layer as the catalogue describes it. Raises LayerError where its file is gone or damaged."""
        name = Path(layer.geojson_url).name
        edition = layer.files[name]
        with self._lock:
            kept = self._kept.get(layer.id)
            if kept is None or kept[0] != edition:
                kept = self._kept[layer.id] = (edition, FeatureSource(layer.id, self._folder / name))
            self._kept.move_to_end(layer.id)
            self._make_room()
            return kept[1]

    def _make_room(self) -> None:
        while len(self._kept) > 1 and sum(len(source) for _, source in self._kept.values()) > self._most:
            self._kept.popitem(last=False)


def edition_of(layer: PublishedLayer) -> str:
    """What changes when the features of the layer do."""
    return layer.files[Path(layer.geojson_url).name][:16]


def _spans(data: mmap.mmap | bytes) -> list[tuple[int, int]]:
    """From where to where each feature's text goes: one a line, behind the line that opens the list."""
    spans = []
    start = data.find(b"\n") + 1
    while (end := data.find(b"\n", start)) >= 0 and data[start : start + len(_START)] == _START:
        spans.append((start, end - 1 if data[end - 1 : end] == b"," else end))
        start = end + 1
    if data[start : start + 2] != b"]}":
        raise ValueError("it is not in the form it was published in, one feature a line")
    return spans


def _shapes(data: mmap.mmap | bytes, spans: Sequence[tuple[int, int]]) -> NDArray[np.object_]:
    texts = [bytes(data[start:end]).rpartition(_GEOMETRY)[2][:-1] for start, end in spans]
    found: NDArray[np.object_] = shapely.from_geojson(np.array(texts, dtype=object))
    return found


def _type(value: Value) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "string"


def _same(value: Value, text: str) -> bool:
    """Whether a value is what a parameter says; ``text`` was checked to fit the property's type."""
    if isinstance(value, bool):
        return text == ("true" if value else "false")
    if isinstance(value, int | float):
        return value == float(text)
    return value is not None and str(value) == text
