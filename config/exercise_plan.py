"""What ``exercises/<id>.toml`` says: a scenario that can be played for training (訓練)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.model import StationId


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedGauge:
    """A gauge of a made-up storm: ``points`` are (minutes from the beginning, value), straight lines between them.

    Before its first point it keeps the first value, after its last the last. It reports ``every`` so often, and not at all
    within ``silent`` (minutes from, to). Values are in the quantity's own unit.
    """

    station: StationId
    quantity: str
    points: tuple[tuple[float, float], ...]
    every: timedelta
    silent: tuple[tuple[float, float], ...] = ()

    @property
    def key(self) -> str:
        """The datastream it plays."""
        return f"{self.station}/{self.quantity}"

    def value_at(self, minute: float) -> float | None:
        """What the gauge says at a minute of the scenario, None while it is silent."""
        if any(begin <= minute < end for begin, end in self.silent):
            return None
        before, after = self.points[0], self.points[-1]
        for point in self.points:
            if point[0] <= minute:
                before = point
            else:
                after = point
                break
        if minute <= before[0] or after[0] <= before[0]:
            return before[1]
        share = min(1.0, (minute - before[0]) / (after[0] - before[0]))
        return before[1] + share * (after[1] - before[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario: a script of gauges, or recorded days (``files``, gauge files of the replay) from ``begin`` to ``end``.

    ``minutes`` is how long it lasts in its own time, ``speed`` how much faster than life it goes by unless somebody says
    otherwise. ``aims_*`` tell those who take part what it is for.
    """

    id: str
    title_ja: str
    title_en: str
    aims_ja: str = ""
    aims_en: str = ""
    minutes: int
    speed: float = 1.0
    gauges: tuple[ScriptedGauge, ...] = ()
    files: tuple[Path, ...] = ()
    begin: datetime | None = None
    end: datetime | None = None
