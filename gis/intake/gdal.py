"""GDAL with one driver and no other: it reads Shapefile, GeoPackage, FlatGeobuf and GML, and can guess nothing."""

from __future__ import annotations

import datetime as dt
import math
import os
import sys
import warnings as python_warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gis.intake import limits
from gis.intake.crs_text import epsg_of
from gis.intake.cut import Box, Cut, cut_of
from gis.intake.encodings import Encoding, require_sound
from gis.intake.formats import Format
from gis.intake.names import safe_names
from gis.intake.refused import Refused
from gis.intake.source import Source, Task, feature_line, named_crs

DRIVERS = (
    "MEM", "PCIDSK", "PDS4", "VICAR", "PDF", "MBTiles", "EEDA", "OGCAPI", "GDALG", "ESRI Shapefile",
    "MapInfo File", "LVBAG", "S57", "DGN", "OGR_VRT", "CSV", "GML", "GPX", "LIBKML", "KML", "GeoJSON",
    "GeoJSONSeq", "ESRIJSON", "TopoJSON", "OGR_GMT", "GPKG", "SQLite", "WAsP", "OpenFileGDB", "DXF",
    "FlatGeobuf", "GeoRSS", "VFK", "PGDUMP", "OSM", "GPSBabel", "OGR_PDS", "WFS", "OAPIF", "EDIGEO", "Idrisi",
    "ODS", "XLSX", "Elasticsearch", "Carto", "AmigoCloud", "SXF", "Selafin", "JML", "PLSCENES", "CSW", "VDV",
    "MVT", "NGW", "MapML", "GTFS", "PMTiles", "JSONFG", "MiraMonVector", "ADBC", "AVCBin", "AVCE00", "AIVector",
    "HTTP",
)  # fmt: skip
"""Every vector driver of the GDAL we ship; where it has one that is not here, nothing is read."""
_DRIVER = {
    Format.SHAPEFILE: "ESRI Shapefile",
    Format.GEOPACKAGE: "GPKG",
    Format.FLATGEOBUF: "FlatGeobuf",
    Format.GML: "GML",
}
_OPTIONS: dict[Format, dict[str, str]] = {
    Format.GML: {"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO", "SKIP_RESOLVE_ELEMS": "ALL", "USE_SCHEMA_IMPORT": "NO"},
    Format.FLATGEOBUF: {"VERIFY_BUFFERS": "YES"},
    Format.GEOPACKAGE: {"LIST_ALL_TABLES": "NO"},
}
# They would only slow the start, and two of them can read files of their own.
_NOT_NEEDED = ("geopandas", "pandas", "pyarrow", "matplotlib")
_ANEW = "open it in a GIS desktop, repair it there and export it anew"
_TOLD = 5


def only(format_: Format) -> str:
    """Loads GDAL with the driver of that format alone and returns its name; raises Refused where others are there."""
    driver = _DRIVER[format_]
    os.putenv("OGR_SKIP", ",".join(name for name in DRIVERS if name != driver))
    for name in _NOT_NEEDED:
        sys.modules[name] = None  # type: ignore[assignment]  # which forbids the import
    import pyogrio  # noqa: PLC0415 - GDAL reads the list of drivers to leave out when it is loaded

    present = set(pyogrio.list_drivers())
    if present != {driver}:
        raise Refused(
            f"GDAL has the drivers {', '.join(sorted(present))} where only {driver} may be",
            hint="this program and its GDAL do not fit together; install the versions of requirements.lock",
        )
    return driver


class Opened:
    """A file GDAL has opened by its one driver."""

    def __init__(self, path: Path, format_: Format, task: Task, *, encoding: str | None = None) -> None:
        import pyogrio  # noqa: PLC0415

        self._path, self._task = path, task
        self._options: dict[str, Any] = _OPTIONS.get(format_, {}) | ({} if encoding is None else {"encoding": encoding})
        self._told: list[str] = []
        self._errors = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FieldError,
                        pyogrio.errors.FeatureError, pyogrio.errors.GeometryError, pyogrio.errors.CRSError,
                        ValueError, RuntimeError, UnicodeError)  # fmt: skip

    def layer(self) -> str:
        """The name of the layer to read: the only one with geometry, or the one the person named."""
        import pyogrio  # noqa: PLC0415

        try:
            found = [str(name) for name, geometry in pyogrio.list_layers(self._path) if geometry is not None]
        except self._errors as error:
            raise _unreadable(error) from error
        return pick(found, self._task.layer)

    def look(self, layer: str) -> dict[str, Any]:
        """What pyogrio tells of the layer before its features are read; of one to be cut also how far it reaches."""
        import pyogrio  # noqa: PLC0415

        cutting = self._task.near is not None
        asked = {"force_feature_count": True, "force_total_bounds": True} if cutting else {}
        with self._heard():
            info: dict[str, Any] = pyogrio.read_info(self._path, layer=layer, **asked, **self._options)
        self._require_few(int(info["features"]), limits.CUT_FEATURES if cutting else self._task.max_features)
        return info

    def read(
        self, layer: str, info: dict[str, Any], *, records: Sequence[int] | None = None, box: Box | None = None
    ) -> tuple[dict[str, Any], Any, list[Any], list[str]]:
        """All that is known of the layer, WKB geometries, columns, and GDAL's own warnings.

        Only the features with these numbers, or those that meet the box in the layer's own system, where one is given.
        """
        import numpy as np  # noqa: PLC0415
        import pyogrio.raw  # noqa: PLC0415

        most = self._task.max_features
        which = {"max_features": most + 1, "bbox": box} if records is None else {"fids": np.array(records)}
        with self._heard():
            meta, _fids, geometries, columns = pyogrio.raw.read(
                self._path, layer=layer, force_2d=True, **which, **self._options
            )
        self._require_few(len(geometries) if geometries is not None else 0, most)
        return {**info, **meta}, geometries, columns, list(dict.fromkeys(self._told))[:_TOLD]

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Keeps GDAL's warnings; raises Refused for its errors."""
        try:
            with python_warnings.catch_warnings(record=True) as caught:
                python_warnings.simplefilter("always")
                yield
        except self._errors as error:
            raise _unreadable(error) from error
        self._told += [str(warning.message)[:200] for warning in caught]

    def _require_few(self, features: int, most: int) -> None:
        if features > most:
            raise Refused(
                f"holds {features:,} features or more, {most:,} are taken at most",
                hint="cut it to the municipality (--cut)",
            )


def pick(found: Sequence[str], wanted: str | None) -> str:
    """The one layer there is, or the named one; raises Refused, with the names, where that is not clear."""
    listed = ", ".join(found[:30]) + (f" and {len(found) - 30} more" if len(found) > 30 else "")
    if not found:
        raise Refused("holds no layer with positions", hint="a table without geometry cannot be drawn")
    if wanted is None:
        if len(found) > 1:
            raise Refused(f"holds {len(found)} layers: {listed}", hint="say which: --layer NAME; one import takes one")
        return found[0]
    if wanted not in found:
        raise Refused(f"has no layer {wanted[:80]!r}; it has: {listed}", hint="write --layer with one of these names")
    return wanted


def _unreadable(error: Exception) -> Refused:
    return Refused(f"cannot be read: {str(error)[:300]}", hint=_ANEW)


def read_with_gdal(path: Path, format_: Format, task: Task, *, driver: str) -> Source:
    """The features of a GeoPackage, FlatGeobuf or GML file."""
    opened = Opened(path, format_, task)
    layer = opened.layer()
    source = Source(
        format=str(format_), driver=driver, lines=(), layer=layer, encoding="utf-8", encoding_from="the format is UTF-8"
    )
    info = opened.look(layer)
    state_crs(info.get("crs"), "the file", source)
    cut = cut_of(task, source.crs)
    meta, geometries, columns, told = opened.read(layer, info, box=None if cut is None else cut.box)
    if cut is not None:
        source.left_out = _left_out(cut, info, len(geometries))
    source.warnings += [f"GDAL: {line}" for line in told]
    note_flattening(str(meta.get("geometry_type")), source)
    texts = (value for column in columns for value in column)
    require_sound(meta["fields"], texts, Encoding("utf-8", source.encoding_from))
    source.names = safe_names([str(name) for name in meta["fields"]], source.warnings)
    source.lines = lines(source.names, meta, geometries, columns, task)
    binary = [
        name for name, column in zip(source.names, columns, strict=True) if any(isinstance(v, bytes) for v in column)
    ]
    source.warnings += [f"property {name!r} holds no text or number and was left out" for name in binary]
    return source


def _left_out(cut: Cut, info: dict[str, Any], kept: int) -> int:
    """How many features GDAL passed over; raises Refused where that is all of them."""
    bounds = info.get("total_bounds")
    if bounds is not None and all(math.isfinite(number) for number in bounds):
        cut.saw((float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3])))
    cut.read = int(info["features"])
    cut.left_out = cut.read - kept
    cut.require_any()
    return cut.left_out


def note_flattening(geometry_type: str, source: Source) -> None:
    """Notes heights, measures and curves that are not kept."""
    if geometry_type.endswith((" Z", " M", " ZM")) or geometry_type.startswith(("2.5D", "3D", "Measured")):
        source.warnings.append("heights or measures were left out, the map is flat")
    if "Curve" in geometry_type or "Circular" in geometry_type or "MultiSurface" in geometry_type:
        source.warnings.append("curves were turned into straight pieces")


def state_crs(text: object, where: str, source: Source) -> None:
    """Sets the ``crs`` of the source where its text means an EPSG code; says so where it does not."""
    if not isinstance(text, str) or not text.strip():
        return
    code = epsg_of(text)
    if code is None:
        source.warnings.append(f"{where} describes a coordinate system that is no known one")
        return
    source.crs, source.crs_from = named_crs(code), where


def lines(
    names: list[str], meta: dict[str, Any], geometries: Any, columns: list[Any], task: Task, *, decode: Any = None
) -> Iterator[str]:
    """The features as lines, made one by one; ``decode`` turns a text of the file into ours."""
    import shapely  # noqa: PLC0415 - the readers of text do not need it

    whole = [str(name).startswith(("int", "uint")) for name in meta.get("dtypes", ())]
    vertices = 0
    for number, wkb in enumerate(geometries, 1):
        geometry = _geometry(wkb, number)
        vertices += 0 if geometry is None else int(shapely.get_num_coordinates(geometry))
        if vertices > task.max_vertices:
            raise Refused(
                f"feature {number}: more than {task.max_vertices:,} vertices up to here",
                hint="simplify it, or cut it to the municipality (--cut)",
            )
        row = {
            name: _value(column[number - 1], whole=whole[place], decode=decode)
            for place, (name, column) in enumerate(zip(names, columns, strict=True))
        }
        yield feature_line(row, "null" if geometry is None else _text_of(geometry, number))


def _geometry(wkb: Any, number: int) -> Any:
    import shapely  # noqa: PLC0415

    if wkb is None:
        return None
    try:
        return shapely.from_wkb(wkb)
    except shapely.errors.ShapelyError as error:
        raise Refused(f"feature {number}: its geometry cannot be read ({str(error)[:100]})", hint=_ANEW) from error


def _text_of(geometry: Any, number: int) -> str:
    import numpy as np  # noqa: PLC0415
    import shapely  # noqa: PLC0415

    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise Refused(f"feature {number}: a coordinate is not a finite number (NaN or infinity)", hint=_ANEW)
    return str(shapely.to_geojson(geometry))


def _value(value: Any, *, whole: bool, decode: Any) -> Any:
    plain = value.item() if hasattr(value, "item") and not isinstance(value, dt.date) else value
    match plain:
        case str():
            return decode(plain) if decode is not None else plain
        case bool() | int() | None:
            return plain
        case float():
            return None if not math.isfinite(plain) else int(plain) if whole and plain.is_integer() else plain
        case dt.date() | dt.datetime() | dt.time():
            return plain.isoformat()
        case list() | tuple():
            return ", ".join(str(entry) for entry in plain)
        case _:
            return None
