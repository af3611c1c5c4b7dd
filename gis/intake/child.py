"""The confined process: shuts itself in, finds out what the file is, and writes it down as GeoJSON.

What it found is one JSON object on standard output: ``source`` where it worked, ``refused`` where it did not.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from gis.intake import limits
from gis.intake.archive import Archive
from gis.intake.confinement import confine
from gis.intake.formats import HEAD_BYTES, Format, format_of
from gis.intake.members import take_out
from gis.intake.refused import Refused
from gis.intake.rehearsal import rehearsed
from gis.intake.source import Source, Task, compact, named_crs

OUT_NAME = "out.geojson"
UNPACKED = "unpacked"
_OWN_NAMES = {Format.GEOPACKAGE: "layer.gpkg", Format.FLATGEOBUF: "layer.fgb", Format.GML: "source.gml"}


def main() -> None:
    """Does the task whose JSON is the last argument."""
    task = task_of(sys.argv[-1])
    lacking = confine(task.work, max(limits.MEMBER_BYTES, task.max_bytes))
    try:
        answer: dict[str, Any] = {"source": convert(task), "lacking": lacking}
    except Refused as refused:
        answer = {"refused": {"message": str(refused), "hint": refused.hint}, "lacking": lacking}
    except MemoryError:
        answer = {"refused": {"message": "needs more memory than is allowed", "hint": "cut it to the municipality"}}
    print(json.dumps(answer))


def task_of(text: str) -> Task:
    """The task as ``converting`` wrote it."""
    given = json.loads(text)
    given |= {name: Path(given[name]) for name in ("source", "work")}
    given |= {name: tuple(given[name]) if given[name] else None for name in ("plane_box", "near")}
    return Task(**{field.name: given[field.name] for field in fields(Task)})


def convert(task: Task) -> dict[str, Any]:
    """What was found out about the source, whose features are then in ``OUT_NAME`` of the work folder."""
    source = read_source(task)
    if task.crs is not None and source.crs is None:
        source.crs, source.crs_from = named_crs(task.crs), "stated by --crs"
    if task.encoding is not None and "--encoding" not in source.encoding_from:
        source.warnings.append(f"--encoding was not needed: {source.encoding_from}")
    count, geometry = _write(source, task)
    return {
        "names": source.names,
        "geometry": geometry,
        "format": source.format,
        "driver": source.driver,
        "layer": source.layer,
        "crs": source.crs,
        "crs_from": source.crs_from,
        "encoding": source.encoding,
        "encoding_from": source.encoding_from,
        "read": count + source.left_out,
        "left_out": source.left_out,
        "warnings": source.warnings[:200],
    }


def read_source(task: Task) -> Source:
    """The file read by the reader of its format; an archive is unpacked first."""
    format_ = _format_of(task.source)
    if format_ is Format.SHAPEFILE:
        raise Refused("is a .shp alone", hint="zip it together with its .shx, .dbf and .prj and import the zip")
    if format_ is not Format.ZIP:
        own = task.source.with_name(_OWN_NAMES.get(format_, "layer"))
        return _read(task.source.rename(own), format_, task)
    folder = task.work / UNPACKED
    folder.mkdir()
    path, name, inside = take_out(Archive(task.source), folder, task.layer)
    found = Format.SHAPEFILE if path.suffix == ".shp" else _format_of(path)
    if found in {Format.ZIP, Format.SHAPEFILE} and path.suffix != ".shp":
        raise Refused(f"{name} is a {found}, not what its name says", hint="fetch the file again")
    source = _read(path, found, Task(**{**_as_dict(task), "layer": inside}))
    source.format = f"{source.format} in a zip"
    source.layer = " / ".join(part for part in (name, source.layer) if part)
    return source


def _as_dict(task: Task) -> dict[str, Any]:
    return {field.name: getattr(task, field.name) for field in fields(Task)}


def _format_of(path: Path) -> Format:
    with path.open("rb") as file:
        return format_of(file.read(HEAD_BYTES))


def _read(path: Path, format_: Format, task: Task) -> Source:
    """Reads by the one reader of the format; each is loaded only where it is needed."""
    match format_:
        case Format.KML:
            from gis.intake.kml import read_kml  # noqa: PLC0415

            return read_kml(path.read_bytes(), task)
        case Format.CSV:
            from gis.intake.csv_points import read_csv  # noqa: PLC0415

            return read_csv(path.read_bytes(), task)
        case Format.GEOJSON:
            from gis.intake.geojson_source import read_geojson_source  # noqa: PLC0415

            return read_geojson_source(path.read_bytes(), task)
        case Format.SHAPEFILE:
            from gis.intake.shapefile_source import read_shapefile  # noqa: PLC0415

            return read_shapefile(path.with_suffix(""), task)
        case Format.GML:
            from gis.intake.gml import read_gml  # noqa: PLC0415

            return read_gml(path, task)
        case _:
            from gis.intake.gdal import only, read_with_gdal  # noqa: PLC0415

            return read_with_gdal(path, format_, task, driver=only(format_))


def _write(source: Source, task: Task) -> tuple[int, str]:
    """Writes the features, one a line; their number and the type of the first geometry.

    Raises Refused where they become more than may be.
    """
    crs = "" if source.crs is None and not source.crs_from else f'"crs":{compact(source.crs)},'
    count, geometry = 0, ""
    with (task.work / OUT_NAME).open("x", encoding="utf-8", errors="surrogatepass") as out:
        out.write(f'{{"type":"FeatureCollection",{crs}"features":[\n')
        for line in rehearsed(source.lines):
            out.write(f"{',' if count else ''}{line}\n")
            count += 1
            geometry = geometry or _type_in(line)
            if count % 256 == 0 or len(line) > 100_000:
                _require_room(out.tell(), task)
        out.write("]}\n")
        _require_room(out.tell(), task)
    return count, geometry


def _type_in(line: str) -> str:
    feature = json.loads(line)
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    return str(geometry.get("type", "")) if isinstance(geometry, dict) else ""


def _require_room(written: int, task: Task) -> None:
    if written > task.max_bytes:
        raise Refused(
            f"becomes more than the {task.max_bytes:,} bytes a layer may have",
            hint="cut it to the municipality (--cut), or simplify it",
        )
