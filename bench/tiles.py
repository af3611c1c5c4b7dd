"""Publishing a layer of 50 000 inundation areas, against tippecanoe alone on the same file.

Alone: tippecanoe with the options publishing uses, on the source file, in a process of its own. Whole: ``publish_layers``
from the source file to the catalogue, in this process, which also checks and repairs the geometry, cuts overlaps, reads the
classes and writes the GeoJSON. Each is measured three times in turn, and the medians are compared; seconds of the processor
are given beside those of the clock, since another program may have wanted it too. Tippecanoe on the GeoJSON that publishing
wrote, which says more of each area, is measured too. Afterwards a round with nothing changed.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from bench import machinery
from bench.flood_mesh import BOUNDS, write_flood_mesh
from bench.measurement import Measurement
from config import load_site
from config.model import LayerConfig, Site
from core.model import Access
from gis import Phase, Step, publish_layers
from gis.tiles import write_pmtiles

AREAS = 50_000
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Spent:
    """Seconds of the clock, and of the processor in this process and those it waited for."""

    clock: float
    processor: float


def measure(folder: Path, scale: float) -> list[Measurement]:
    """The tiles measurements; ``scale`` sets how many areas there are."""
    source = folder / "flood.geojson"
    vertices = write_flood_mesh(source, max(500, round(AREAS * scale)))
    layer = _layer(source)
    site = _site(layer)
    published = folder / "layers"
    phases = _Phases()
    whole, alone, written = [], [], []
    for _ in range(ROUNDS):
        shutil.rmtree(published, ignore_errors=True)
        phases.start()
        whole.append(_spent(lambda: publish_layers(site, published, progress=phases.heard)))
        alone.append(_spent(lambda: _alone(layer, source, folder / "alone")))
        written.append(_spent(lambda: _alone(layer, published / f"{layer.id}.geojson", folder / "written")))
    (entry,) = publish_layers(site, published)
    unchanged = _spent(lambda: publish_layers(site, published))
    clock = _median(whole, "clock") / _median(alone, "clock")
    return [
        Measurement("tiles_areas", entry.features, "areas"),
        Measurement("tiles_vertices", vertices, "vertices"),
        Measurement("tiles_whole_to_alone", clock, "times", at_most=1.3),
        Measurement(
            "tiles_whole_to_alone_processor", _median(whole, "processor") / _median(alone, "processor"), "times"
        ),
        Measurement("tiles_whole_to_written", _median(whole, "clock") / _median(written, "clock"), "times"),
        Measurement("tiles_whole", _median(whole, "clock"), "s"),
        Measurement("tiles_alone", _median(alone, "clock"), "s"),
        *phases.measurements(),
        Measurement("tiles_nothing_changed", unchanged.clock, "s"),
        Measurement("tiles_pmtiles", (published / f"{layer.id}.pmtiles").stat().st_size, "bytes"),
        Measurement("tiles_geojson", (published / f"{layer.id}.geojson").stat().st_size, "bytes"),
    ]


def _median(spent: list[_Spent], name: str) -> float:
    return float(statistics.median(getattr(one, name) for one in spent))


def _alone(layer: LayerConfig, file: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    source = folder / f"{layer.id}.geojson"
    source.hardlink_to(file)
    write_pmtiles(layer, source, source.with_suffix(".pmtiles"))


def _spent(work: Callable[[], object]) -> _Spent:
    clock, processor = time.perf_counter(), _processor_s()
    work()
    return _Spent(time.perf_counter() - clock, _processor_s() - processor)


def _processor_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class _Phases:
    """When each phase of the last round began."""

    def __init__(self) -> None:
        self._began: list[tuple[str, float]] = []

    def start(self) -> None:
        """Forget the round before."""
        self._began = []

    def heard(self, step: Step) -> None:
        """One step of publishing."""
        self._began.append((step.phase.value, time.perf_counter()))

    def measurements(self) -> list[Measurement]:
        """Seconds of each phase of the last round, in order."""
        assert self._began[-1][0] == Phase.PUBLISHED, "the layer was published"
        return [
            Measurement(f"tiles_phase_{phase}", end - began, "s") for (phase, began), (_, end) in pairwise(self._began)
        ]


def _layer(source: Path) -> LayerConfig:
    return LayerConfig(
        id="flood_depth",
        kind="flood_depth",
        title_ja="洪水浸水想定（測定用）",
        title_en="Flood depth (for measuring)",
        file=source,
        crs="EPSG:6668",
        licence="CC0 1.0",
        credit="架空のデータ",
        source_url="",
        date="架空",
        access=Access.PUBLIC,
        shown=True,
        fictitious=True,
    )


def _site(layer: LayerConfig) -> Site:
    example = load_site(machinery.ROOT / "config" / "example")
    return replace(example, bounds=BOUNDS, layers=(layer,))
