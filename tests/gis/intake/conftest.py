"""Files to bring in, made by code, and a place that notices when anything it should not touch is touched."""

from __future__ import annotations

import ctypes
import io
import json
import os
import socket
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from core.model import Bounds
from gis.intake.importing import ImportOutcome, ImportRequest, import_file
from gis.intake.statement import Statement

NOW = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)
_IN_OPEN, _IN_ACCESS, _IN_MODIFY = 0x20, 0x1, 0x2
SAID = Statement(
    kind="points",
    title_ja="公民館",
    title_en="Halls",
    licence="CC BY 4.0",
    credit="試験用",
    date="2026-01-15",
    access="public",
)


def zip_of(members: dict[str, bytes], **changes: Any) -> bytes:
    """An archive of these members; ``changes`` are set on each member's entry."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            for key, value in changes.items():
                setattr(entry, key, value)
            archive.writestr(entry, data)
    return content.getvalue()


def zip_with_raw_name(name: bytes, data: bytes) -> bytes:
    """An archive whose one member's name is these very bytes, without the UTF-8 flag."""
    stand_in = "n" * len(name)
    return zip_of({stand_in: data}).replace(stand_in.encode(), name)


def collection(*features: dict[str, Any], **members: Any) -> bytes:
    """A GeoJSON text."""
    return json.dumps({"type": "FeatureCollection", **members, "features": list(features)}).encode()


@dataclass
class Town:
    """A site in a folder of its own, and a way to import into it."""

    site: Any
    folder: Path
    inbox: Path

    def bring(self, content: bytes, name: str = "halls.geojson", **asked: Any) -> ImportOutcome:
        """Imports a file of this content; ``asked`` are fields of the request or of the statement."""
        path = self.inbox / name
        path.write_bytes(content)
        return self.bring_path(path, **asked)

    def bring_path(self, path: Path, *, dry_run: bool = False, **asked: Any) -> ImportOutcome:
        words = {key: asked.pop(key) for key in list(asked) if key in Statement.__dataclass_fields__}
        request = ImportRequest(**{"file": path, "id": "halls", "statement": replace(SAID, **words), **asked})
        return import_file(self.site, request, now=NOW, program="yukimori test", dry_run=dry_run)

    def features(self, layer: str = "halls") -> list[dict[str, Any]]:
        """The features that were put in place."""
        text = (self.folder / "layers" / "data" / f"{layer}.geojson").read_text(encoding="utf-8")
        return json.loads(text)["features"]

    def everything(self) -> dict[str, bytes]:
        """Every file of the site folder with its content."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()
        }


@pytest.fixture
def town_at(tmp_path: Path, make_site: Callable[..., Any]) -> Town:
    folder, inbox = tmp_path / "site", tmp_path / "inbox"
    folder.mkdir()
    inbox.mkdir()
    return Town(make_site(folder), folder, inbox)


@dataclass
class Outside:
    """What no import may touch: a file elsewhere, and a port somebody listens on."""

    canary: Path
    address: str


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    """Fails the test where the canary is opened or the port is called."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    canary = folder / "canary.geojson"
    point = {"type": "Point", "coordinates": [140.4, 38.6]}
    canary.write_bytes(collection({"type": "Feature", "properties": {"secret": "canary"}, "geometry": point}))
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(watch, os.fsencode(folder), _IN_OPEN | _IN_ACCESS | _IN_MODIFY) >= 0
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Outside(canary, f"http://127.0.0.1:{server.getsockname()[1]}/x.geojson")
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    with pytest.raises(BlockingIOError):
        os.read(watch, 4096)
    os.close(watch)


@pytest.fixture(scope="session")
def halls() -> geopandas.GeoDataFrame:
    """Two points with Japanese names, in degrees of JGD2011."""
    points = [shapely.Point(140.40625, 38.609375), shapely.Point(140.4375, 38.59375)]
    return geopandas.GeoDataFrame({"名称": ["中央公民館", "表町会館"], "人数": [120, 45]}, geometry=points, crs=6668)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, bytes]]:
    """The files GDAL writes for a frame, by ending."""

    def write(frame: geopandas.GeoDataFrame, driver: str, ending: str, **options: Any) -> dict[str, bytes]:
        folder = tmp_path_factory.mktemp("written")
        frame.to_file(folder / f"halls{ending}", driver=driver, engine="pyogrio", **options)
        return {path.suffix: path.read_bytes() for path in folder.iterdir()}

    return write


@pytest.fixture(scope="session")
def shp(halls: geopandas.GeoDataFrame, written: Callable[..., dict[str, bytes]]) -> dict[str, bytes]:
    """The parts of a Shapefile with CP932 letters and no .cpg."""
    parts = written(halls, "ESRI Shapefile", ".shp", encoding="cp932")
    parts.pop(".cpg")
    return parts


class Files:
    """Ways to make files, handed to tests as one fixture."""

    zip_of = staticmethod(zip_of)
    zip_with_raw_name = staticmethod(zip_with_raw_name)
    collection = staticmethod(collection)

    @staticmethod
    def point(lon: Any, lat: Any, **properties: Any) -> dict[str, Any]:
        return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}}

    @staticmethod
    def zipped_shp(parts: dict[str, bytes], stem: str = "halls", **other: bytes) -> bytes:
        return zip_of({f"{stem}{ending}": data for ending, data in parts.items()} | other)

    @staticmethod
    def patched(content: bytes, offset: int, form: str, *values: int) -> bytes:
        packed = struct.pack(form, *values)
        return content[:offset] + packed + content[offset + len(packed) :]

    @staticmethod
    def kml(inner: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
        return f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{inner}</Document></kml>'.encode()


PLACEMARK = "<Placemark><name>公民館</name><Point><coordinates>140.40625,38.609375,12</coordinates></Point></Placemark>"


@pytest.fixture
def files() -> type[Files]:
    return Files


@pytest.fixture
def placemark() -> str:
    return PLACEMARK


@pytest.fixture
def box() -> Bounds:
    """The box of 尾花沢市."""
    return Bounds(140.3127, 38.4365, 140.6200, 38.7217)
