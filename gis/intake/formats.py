"""What a file is, by its first bytes: its name is never believed, and no library is left to guess."""

from __future__ import annotations

import re
from enum import StrEnum

from gis.intake.refused import Refused

HEAD_BYTES = 65_536


class Format(StrEnum):
    """The formats that are taken."""

    ZIP = "zip archive"
    SHAPEFILE = "Shapefile"
    GEOJSON = "GeoJSON"
    GEOPACKAGE = "GeoPackage"
    FLATGEOBUF = "FlatGeobuf"
    KML = "KML"
    GML = "GML"
    CSV = "CSV"


_TAKEN = "taken are: Shapefile in a zip, GeoJSON, GeoPackage, FlatGeobuf, KML, KMZ, GML, CSV with coordinates"
_VECTORS = "export the areas, lines or points from a GIS desktop as GeoPackage or GeoJSON"
_RASTER = "pictures and grids are not layers; trace or export the areas as GeoPackage or GeoJSON"
_UNPACK = "unpack it, and zip the files anew (plain zip)"
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x05\x06", "an empty zip archive", "fetch the file again"),
    (b"\x1f\x8b", "a gzip file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"BZh", "a bzip2 file", _UNPACK),
    (b"\xfd7zXZ", "an xz file", _UNPACK),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "in Excel save it as “CSV UTF-8”"),
    (b"PMTiles", "a PMTiles archive", _VECTORS),
    (b"PAR1", "a Parquet file", _VECTORS),
    (b"%PDF", "a PDF", "ask for the data behind it; a PDF holds a picture of a map"),
    (b"AC10", "a CAD drawing (DWG)", _VECTORS),
    (b"\x89PNG", "a picture (raster)", _RASTER),
    (b"\xff\xd8\xff", "a picture (raster)", _RASTER),
    (b"GIF8", "a picture (raster)", _RASTER),
    (b"BM", "a picture (raster)", _RASTER),
    (b"II*\x00", "a TIFF raster", _RASTER),
    (b"MM\x00*", "a TIFF raster", _RASTER),
    (b"II+\x00", "a TIFF raster", _RASTER),
    (b"\x00\x00\x00\x0cjP", "a JPEG 2000 raster", _RASTER),
    (b"\x89HDF", "an HDF5 or netCDF raster", _RASTER),
    (b"CDF\x01", "a netCDF raster", _RASTER),
    (b"GRIB", "a GRIB raster", _RASTER),
)
_VIRTUAL = (
    (b"<OGRVRT", "a GDAL virtual file that reads other files", "import the file it points to instead"),
    (b"<VRTDataset", "a GDAL virtual raster", _RASTER),
    (b"<MRF_META", "an MRF raster", _RASTER),
    (b"<GDAL_W", "a GDAL service description that fetches from the network", _RASTER),
    (b"gdal_streamed_alg", "a GDAL pipeline that reads other files", "run it yourself and import what comes out"),
    (b"<OGRWFSDataSource", "a GDAL service description that fetches from the network", _VECTORS),
)
_BOM = b"\xef\xbb\xbf"
_ROOT = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)[\s>/]")


def format_of(head: bytes) -> Format:
    """The format of a file that begins with ``head`` (HEAD_BYTES of it are enough); raises Refused for all others."""
    if not head.strip():
        raise Refused("is empty", hint="fetch the file again")
    for signature, what, hint in _SIGNATURES:
        if head.startswith(signature):
            raise Refused(f"is {what}", hint=hint)
    if head[257:262] == b"ustar":
        raise Refused("is a tar archive", hint=_UNPACK)
    return _binary(head) or _text(head)


def _binary(head: bytes) -> Format | None:
    if head.startswith(b"PK\x03\x04"):
        return Format.ZIP
    if head.startswith(b"\x00\x00\x27\x0a"):
        return Format.SHAPEFILE
    if head.startswith(b"SQLite format 3\x00"):
        if head[68:72] not in {b"GPKG", b"GP10", b"GP11"}:
            raise Refused("is an SQLite file, but no GeoPackage", hint=_VECTORS)
        return Format.GEOPACKAGE
    if head[:3] == b"fgb" and head[4:7] == b"fgb":
        return Format.FLATGEOBUF
    return None


def _text(head: bytes) -> Format:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _utf16(head)
    text = head.removeprefix(_BOM).lstrip()
    for mark, what, hint in _VIRTUAL:
        if mark in text[:4096]:
            raise Refused(f"is {what}", hint=hint)
    if text.startswith(b"<"):
        return _markup(text)
    if text.startswith(b"{"):
        return Format.GEOJSON
    if b"\x00" in text:
        raise Refused("is in no format known here", hint=_TAKEN)
    if text.startswith((b"[", b"\x1e")):
        raise Refused("is JSON, but no GeoJSON FeatureCollection", hint="export it as one GeoJSON FeatureCollection")
    first = text.splitlines()[0]
    if not any(sign in first for sign in b",\t;"):
        raise Refused("is in no format known here", hint=_TAKEN)
    return Format.CSV


def _utf16(head: bytes) -> Format:
    text = head[: len(head) // 2 * 2].decode("utf-16", "replace").lstrip()
    if text.startswith("<"):
        return _text(text.encode())
    raise Refused("is UTF-16 (“Unicode text”)", hint="in Excel save it as “CSV UTF-8 (comma delimited)”")


def _markup(text: bytes) -> Format:
    if re.search(rb"<!(?:DOCTYPE\s+html)", text[:2000], re.IGNORECASE) or text[:6].lower() == b"<html>":
        raise Refused("is a web page (HTML)", hint="the download was an error page or a portal; fetch the file again")
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise dtd_refused()
    root = _ROOT.search(re.sub(rb"<\?.*?\?>|<!--.*?-->", b"", text, flags=re.DOTALL))
    name = root[2].decode() if root else ""
    if name == "kml":
        return Format.KML
    if name.lower() == "html":
        raise Refused("is a web page (HTML)", hint="the download was an error page or a portal; fetch the file again")
    if b"opengis.net/gml" in text:
        return Format.GML
    raise Refused(f"is XML of the kind <{name[:40]}>, neither KML nor GML", hint=_TAKEN)


def dtd_refused() -> Refused:
    """The refusal of XML that brings definitions of its own (DTD, entities): they can read files and fill memory."""
    return Refused(
        "holds a document type definition or entities (DTD), which are never read",
        hint="export the layer anew; neither KML nor GML needs a DTD",
    )
