"""What ``events.csv`` says: floods, blockages and snowfalls the town knows of, to hold backtests against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.model import StationId


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledEvent:
    """Something that happened in [begin, end] (UTC) at ``stations``, and should have been alerted on.

    ``quantity`` is what it is measured by, empty: any. ``source`` says who says so; ``fictitious`` events are made up.
    """

    id: str
    title_ja: str
    title_en: str
    stations: frozenset[StationId]
    quantity: str
    begin: datetime
    end: datetime
    source: str
    fictitious: bool = False
