"""The record of one import, kept beside the data as ``layers/data/<id>.import.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from core.times import format_rfc3339
from gis.intake.converting import Converted
from gis.recognise import Recognised
from gis.report import ImportReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """Where a layer came from and what was done to it.

    ``read`` features were in the source, ``features`` are drawn; ``left_out_far`` were left out by ``--cut``, being far
    from the site or without a position, ``dropped`` had no geometry, ``repaired`` had an
    invalid one. ``bounds`` are degrees (west, south, east, north). ``unprotected`` says what the kernel of the machine
    could not give to confine the conversion. ``imported_at`` is RFC 3339.
    """

    layer: str
    kind: str
    recognised_as: str
    source_file: str
    source_sha256: str
    source_bytes: int
    source_layer: str
    format: str
    driver: str
    encoding: str
    encoding_from: str
    crs: str
    crs_from: str
    read: int
    left_out_far: int
    features: int
    counts: dict[str, int]
    bounds: tuple[float, float, float, float]
    dropped: int
    repaired: int
    properties: tuple[str, ...]
    warnings: tuple[str, ...]
    unprotected: tuple[str, ...]
    imported_at: str
    program: str

    @classmethod
    def of(
        cls,
        *,
        layer: str,
        kind: str,
        file: str,
        size: int,
        digest: str,
        converted: Converted,
        report: ImportReport,
        recognised: Recognised | None,
        now: datetime,
        program: str,
    ) -> ImportRecord:
        """The record of what ``converted`` and ``report`` tell."""
        known = () if recognised is None else recognised.warnings
        return cls(
            layer=layer,
            kind=kind,
            recognised_as="" if recognised is None else recognised.family_ja,
            source_file=file,
            source_sha256=digest,
            source_bytes=size,
            source_layer=converted.layer,
            format=converted.format,
            driver=converted.driver,
            encoding=converted.encoding,
            encoding_from=converted.encoding_from,
            crs=report.crs,
            crs_from=converted.crs_from or report.crs_from,
            read=converted.read,
            left_out_far=converted.left_out,
            features=report.features,
            counts=dict(report.counts),
            bounds=(report.bounds.west, report.bounds.south, report.bounds.east, report.bounds.north),
            dropped=report.dropped,
            repaired=report.repaired,
            properties=converted.names,
            warnings=tuple(dict.fromkeys([*converted.warnings, *known, *report.warnings])),
            unprotected=converted.lacking,
            imported_at=format_rfc3339(now),
            program=program,
        )

    def as_document(self) -> dict[str, Any]:
        """The record as JSON holds it."""
        return asdict(self)
