"""What a file is by its first bytes; only GeoJSON goes on.

GDAL chooses a driver by content, so a virtual file named ``.geojson`` would read whatever it points to.
Layer files are therefore judged here and parsed as JSON; GDAL never opens them.
"""

from __future__ import annotations

from config.model import LayerConfig
from gis.faults import refusal

HEAD_BYTES = 4096

_TO_GEOJSON = "bring it in with `yukimori layers import`, which makes GeoJSON of it; or export it as GeoJSON yourself"
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x00\x00\x27\x0a", "a shapefile"),
    (b"SQLite format 3\x00", "a GeoPackage or another SQLite file"),
    (b"fgb", "a FlatGeobuf file"),
    (b"PMTiles", "a PMTiles archive"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"II*\x00", "a TIFF raster"),
    (b"MM\x00*", "a TIFF raster"),
)


def require_geojson(layer: LayerConfig, head: bytes) -> None:
    """Raises LayerError unless ``head``, the first bytes of the file, can begin a GeoJSON text."""
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise refusal(layer, f"is {what}, not GeoJSON", hint=_TO_GEOJSON)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"<OGRVRT" in text:
        raise refusal(layer, "is a GDAL virtual file that reads other files", hint="name the file it points to instead")
    if text.startswith(b"<"):
        raise refusal(layer, "is XML (KML, GML or HTML), not GeoJSON", hint=_TO_GEOJSON)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refusal(layer, "is UTF-16 text", hint="save it as UTF-8")
    if not text.startswith(b"{"):
        raise refusal(layer, "does not begin like a GeoJSON object", hint=_TO_GEOJSON)
