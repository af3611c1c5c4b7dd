"""The quality tests: pure functions from a stretch of a series to flags, with which test said what.

Nothing here reads or writes: ``judge`` takes arrays and gives arrays, ``reach`` says how much of a series must be
judged again when one sample of it changes, ``needed_by`` whose readings a verdict also depends on.
Where the tests differ from their reference (ioos_qc), and why, stands in ``ingest.quality.judging``.
"""

from ingest.quality.gross import Spans, gross_flag, spans_of
from ingest.quality.judging import gate_of, judge
from ingest.quality.places import (
    AirSource,
    Needed,
    NeighbourSource,
    air_temperature_source,
    at_elevation,
    needed_by,
    neighbours_of,
)
from ingest.quality.reaching import Reach, limits_version, reach
from ingest.quality.series import NOTHING_AROUND, Neighbour, Series, Surroundings, Verdicts

__all__ = [
    "NOTHING_AROUND",
    "AirSource",
    "Needed",
    "Neighbour",
    "NeighbourSource",
    "Reach",
    "Series",
    "Spans",
    "Surroundings",
    "Verdicts",
    "air_temperature_source",
    "at_elevation",
    "gate_of",
    "gross_flag",
    "judge",
    "limits_version",
    "needed_by",
    "neighbours_of",
    "reach",
    "spans_of",
]
