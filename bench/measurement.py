"""What a bench returns: named numbers with a unit, some with the value they have to reach."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number. ``at_least`` / ``at_most`` is what design says it must reach; None where nothing is asked."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the value is where it must be; True where nothing is asked."""
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    @property
    def target(self) -> str:
        """The target in words, empty where there is none."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"<= {self.at_most:g}" if self.at_most is not None else ""

    def line(self) -> str:
        """``name value unit``, and where there is a target whether it was reached."""
        verdict = f"  # target {self.target}: {'reached' if self.reached else 'NOT REACHED'}" if self.target else ""
        return f"{self.name} {rounded(self.value)} {self.unit}{verdict}"

    def as_json(self) -> dict[str, Any]:
        """The same as an object; ``target`` and ``reached`` only where there is a target."""
        found: dict[str, Any] = {"name": self.name, "value": self.value, "unit": self.unit}
        return found | {"target": self.target, "reached": self.reached} if self.target else found


def rounded(value: float) -> str:
    """The number with four significant digits, whole where it is large; never in powers of ten."""
    if value != 0 and abs(value) < 1000:
        return f"{float(f'{value:.4g}'):.10g}" if abs(value) >= 1e-4 else f"{value:.10f}".rstrip("0")
    return f"{value:.0f}"


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value at or below which at least ``share`` of the values lie (nearest rank); raises on none."""
    if not values:
        raise ValueError("no values to take a quantile of")
    ordered = sorted(values)
    rank = max(1, -(-int(share * 1_000_000) * len(ordered) // 1_000_000))
    return ordered[min(rank, len(ordered)) - 1]


def spread(name: str, values: Sequence[float], unit: str) -> list[Measurement]:
    """Median, least and greatest of repeated measurements."""
    return [
        Measurement(f"{name}_median", statistics.median(values), unit),
        Measurement(f"{name}_min", min(values), unit),
        Measurement(f"{name}_max", max(values), unit),
    ]


def percentiles(
    name: str, values: Sequence[float], unit: str, *, p99_at_most: float | None = None
) -> list[Measurement]:
    """p50, p95 and p99 of many single events."""
    return [
        Measurement(f"{name}_p50", quantile(values, 0.50), unit),
        Measurement(f"{name}_p95", quantile(values, 0.95), unit),
        Measurement(f"{name}_p99", quantile(values, 0.99), unit, at_most=p99_at_most),
    ]


def save(folder: Path, bench: str, measurements: Sequence[Measurement], circumstances: dict[str, Any]) -> Path:
    """Write ``<folder>/<bench>.json`` and return it: the measurements and under which circumstances."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{bench}.json"
    content = {"bench": bench, **circumstances, "measurements": [found.as_json() for found in measurements]}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path
