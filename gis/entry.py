"""What the catalogue says of a layer that was just built."""

from __future__ import annotations

from config.model import LayerConfig
from gis.catalogue import PublishedLayer
from gis.kinds import kind_of
from gis.kinds.kind import Kind
from gis.report import ImportReport
from gis.tiles import MAX_ZOOM, MIN_ZOOM


def entry_of(
    layer: LayerConfig,
    report: ImportReport,
    files: dict[str, str],
    built_from: str,
    *,
    tiled: bool,
    kind: Kind | None = None,
) -> PublishedLayer:
    """The entry; ``files`` maps the names of the layer's files to their SHA-256, addresses tell who may see it.

    ``kind`` is given where the layer is made from others, so that none of ``gis/kinds`` is its own.
    """
    kind = kind or kind_of(layer)
    form = "pmtiles" if tiled else "geojson"
    drawn = f"{layer.id}.{form}"
    root = address(layer)
    return PublishedLayer(
        id=layer.id,
        kind=layer.kind,
        title_ja=layer.title_ja,
        title_en=layer.title_en,
        licence=layer.licence,
        credit=layer.credit,
        source_url=layer.source_url,
        date=layer.date,
        fictitious=layer.fictitious,
        shown=layer.shown,
        format=form,
        url=f"{root}/{drawn}",
        geojson_url=f"{root}/{layer.id}.geojson",
        geometry=kind.geometry,
        tile_layer=layer.id if tiled else None,
        min_zoom=MIN_ZOOM if tiled else None,
        max_zoom=MAX_ZOOM if tiled else None,
        legend=kind.legend,
        legend_source_ja=kind.legend_source_ja,
        legend_source_en=kind.legend_source_en,
        bounds=report.bounds,
        features=report.features,
        report=report,
        etag=files[drawn][:16],
        files=files,
        built_from=built_from,
        access=layer.access.value,
        department=layer.department,
        note_ja=layer.note_ja,
        note_en=layer.note_en,
        columns=kind.columns,
        hazards=tuple(hazard.value for hazard in kind.hazards),
    )


def address(layer: LayerConfig) -> str:
    """The folder of the layer's files, relative to the root of the pages: the staff's lie under another path."""
    return "layers" if layer.public else "api/staff/layers"
