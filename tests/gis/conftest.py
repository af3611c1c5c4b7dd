import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.model import LayerConfig, Limits, Privacy, Site
from core.model import Access, Bounds

MakeLayer = Callable[..., LayerConfig]


@pytest.fixture
def data() -> Path:
    return Path(__file__).parent / "data"


@pytest.fixture
def town() -> Bounds:
    """The box of 尾花沢市."""
    return Bounds(140.3127, 38.4365, 140.6200, 38.7217)


@pytest.fixture
def make_layer() -> MakeLayer:
    def make(kind: str, file: Path, **changes: Any) -> LayerConfig:
        settings: dict[str, Any] = {
            "id": kind,
            "kind": kind,
            "title_ja": f"{kind}の層",
            "title_en": f"{kind} layer",
            "file": file,
            "crs": None,
            "licence": "CC BY 4.0",
            "credit": "出典：試験用データ",
            "source_url": "https://example.jp/data",
            "date": "2026-01-15",
            "access": Access.PUBLIC,
            "shown": True,
            "fictitious": True,
        }
        return LayerConfig(**(settings | changes))

    return make


@pytest.fixture
def make_site(town: Bounds) -> Callable[..., Site]:
    def make(folder: Path, *layers: LayerConfig, **changes: Any) -> Site:
        settings: dict[str, Any] = {
            "folder": folder,
            "id": "test",
            "code": "062120",
            "name_ja": "尾花沢市",
            "name_en": "Obanazawa",
            "time_zone": "Asia/Tokyo",
            "bounds": town,
            "plane_epsg": 6678,
            "zoom": 11,
            "notice_ja": "",
            "notice_en": "",
            "contact_ja": "",
            "contact_en": "",
            "sources": (),
            "limits": Limits(),
            "privacy": Privacy(),
            "stations": (),
            "datastreams": (),
            "vehicles": (),
            "layers": layers,
        }
        return Site(**(settings | changes))

    return make


def feature(geometry: Any, properties: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties or {}, "geometry": geometry, **members}


def point(lon: Any, lat: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def square(west: float, south: float, size: float) -> dict[str, Any]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


class Shapes:
    """Short ways to write features; handed to tests as the fixture ``shapes``."""

    feature = staticmethod(feature)
    point = staticmethod(point)
    square = staticmethod(square)


@pytest.fixture
def shapes() -> type[Shapes]:
    return Shapes


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a FeatureCollection of features, with further members, and gives its path."""

    def write_collection(*features: dict[str, Any], name: str = "layer.geojson", **members: Any) -> Path:
        path = tmp_path / name
        collection = {"type": "FeatureCollection", **members, "features": list(features)}
        path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
        return path

    return write_collection
