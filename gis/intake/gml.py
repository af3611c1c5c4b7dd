"""GML: its XML is checked and rewritten as UTF-8 before GDAL sees it."""

from __future__ import annotations

import re
from pathlib import Path

from gis.intake.formats import Format
from gis.intake.gdal import only, read_with_gdal
from gis.intake.source import Source, Task
from gis.intake.xml_text import plain_xml

_CURVED = re.compile(
    rb"<(?:\w+:)?(Arc|ArcString|Circle|CircleByCenterPoint|ArcByCenterPoint|CubicSpline|BSpline|Bezier)\b"
)
# A schema beside the file is never read: there is none in the work folder, and none is fetched.
_SCHEMA = re.compile(rb"""\s(?:\w+:)?(?:schemaLocation|noNamespaceSchemaLocation)\s*=\s*("[^"]*"|'[^']*')""")


def read_gml(path: Path, task: Task) -> Source:
    """The features of a GML file; raises Refused where its XML may not be read or GDAL cannot read it."""
    plain, codec = plain_xml(path.read_bytes())
    clean = task.work / "layer.gml"
    clean.write_bytes(_SCHEMA.sub(b"", plain))
    source = read_with_gdal(clean, Format.GML, task, driver=only(Format.GML))
    source.encoding, source.encoding_from = codec, "the XML declaration"
    if _CURVED.search(plain):
        source.warnings.append("curves were turned into straight pieces")
    return source
