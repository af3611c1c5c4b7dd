"""``python -m bench [names…] [--scale 0.1]``: run benches, print ``name value unit``, write ``bench/results``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import alerts, ingest, judge, keep, live, match, page, recover, series, store, tiles
from bench.measurement import Measurement, save
from core.errors import YukimoriError
from core.times import format_rfc3339, utc_now

RESULTS = Path(__file__).parent / "results"

BENCHES: dict[str, Callable[[Path, float], list[Measurement]]] = {
    "ingest": ingest.measure,
    "live": live.measure,
    "store": store.measure,
    "judge": judge.measure,
    "keep": keep.measure,
    "recover": recover.measure,
    "series": series.measure,
    "page": page.measure,
    "tiles": tiles.measure,
    "match": match.measure,
    "alerts": alerts.measure,
}


def main() -> int:
    """Exit code 0 where all ran, whatever they measured; 2 for a name that is none, 3 where one could not run."""
    options = _options()
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        print(f"bench: there is no {', '.join(unknown)}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in options.names or BENCHES:
        try:
            _run(name, options.scale)
        except YukimoriError as error:
            print(
                f"bench {name}: {error}\n  → {error.hint}" if error.hint else f"bench {name}: {error}", file=sys.stderr
            )
            return 3
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure speed and size.")
    parser.add_argument("names", nargs="*", help=f"which, of: {', '.join(BENCHES)} (all)")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the work; 1 is what the figures are for")
    return parser.parse_args()


def _run(name: str, scale: float) -> None:
    print(f"# {name} (load {os.getloadavg()[0]:.1f})", flush=True)
    circumstances = {"at": format_rfc3339(utc_now()), "scale": scale, "machine": _machine()}
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"yukimori-bench-{name}-") as folder:
        measurements = BENCHES[name](Path(folder), scale)
    for found in measurements:
        print(found.line(), flush=True)
    save(RESULTS, name, measurements, {**circumstances, "seconds": round(time.monotonic() - started, 1)})


def _machine() -> dict[str, object]:
    load = [round(value, 2) for value in os.getloadavg()]
    return {"cores": os.cpu_count(), "load": load, "system": platform.platform(), "python": platform.python_version()}


if __name__ == "__main__":
    sys.exit(main())
