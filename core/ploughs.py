"""What is said of ploughs at work: passages over roads, stops, breaks, orders, and how clear a road is.

All times are aware and UTC. Lengths along a road are metres in the plane zone of the data (JGD2011), measured from the
first point of the line as drawn; a road is named by the ``id`` of the layer of cleared roads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag, StrEnum

from core.model import Task


class Evidence(StrEnum):
    """Why a plough is held to have worked: its device said so, or how it drove says so."""

    SIGNAL = "signal"
    INFERRED = "inferred"


class Direction(StrEnum):
    """Along the line of a road as drawn, or against it."""

    FORWARD = "forward"
    BACKWARD = "backward"


class FixFlag(IntFlag):
    """What is doubtful about a fix; it is kept and told, and may be left out of matching."""

    NONE = 0
    COARSE = 1
    """Its accuracy is worse than 30 m."""
    FAST = 2
    """It reports, or it took to come here, more than 80 km/h."""
    REPEATED = 4
    """The same place again while time runs and speed is reported: the receiver repeats its last fix."""
    JUMP = 8
    """Out of reach of the fix before, and not confirmed by those that follow."""
    OFF_NETWORK = 16
    """Farther than 25 m from every road."""
    STOPPED = 32
    """Part of a stop."""


class BreakReason(StrEnum):
    """Why a drive was split."""

    SILENCE = "silence"
    SPEED = "speed"
    TASK = "task"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """Fixes of one vehicle in order of time, one sequence a column, all of one length.

    ``at_us`` are microseconds since 1970-01-01T00:00Z, ``lon`` and ``lat`` degrees (JGD2011), ``task`` values of ``core.model.Task``.
    Only usable ones (quality good, not evaluated or suspect).
    """

    at_us: Sequence[int] = ()
    lon: Sequence[float] = ()
    lat: Sequence[float] = ()
    speed_kmh: Sequence[float | None] = ()
    heading_deg: Sequence[float | None] = ()
    accuracy_m: Sequence[float | None] = ()
    task: Sequence[str | None] = ()

    def __len__(self) -> int:
        return len(self.at_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A vehicle drove over a stretch of a road, once, in one direction.

    ``vehicle`` is the registry number; ``from_m`` < ``to_m`` along the line, rounded to 0.1 m. ``evidence`` None: it drove
    there without working (blade up, too fast, in a depot). ``task`` is what the device said, None where it says nothing.
    ``derived``: driven on another road whose line lies on this one; serves this road too, but is not driven length.
    """

    vehicle: int
    road: str
    direction: Direction
    from_m: float
    to_m: float
    began_at: datetime
    ended_at: datetime
    task: Task | None
    evidence: Evidence | None
    fixes: int
    derived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A vehicle stayed within 30 m for at least 180 s; ``depot`` names the depot it stood in, empty elsewhere."""

    vehicle: int
    began_at: datetime
    ended_at: datetime
    lon: float
    lat: float
    road: str = ""
    depot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Where a vehicle was between two fixes is not known: drawn as unknown with its duration, never bridged."""

    vehicle: int
    began_at: datetime
    ended_at: datetime
    from_lon: float
    from_lat: float
    to_lon: float
    to_lat: float
    reason: BreakReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An unbroken drive of one vehicle with one task.

    ``driven_m`` is the way over the accepted fixes, ``matched_m`` what of it lies on roads. ``flags`` counts the fixes of
    each ``FixFlag`` by its name in lower case.
    """

    vehicle: int
    began_at: datetime
    ended_at: datetime
    task: Task | None
    evidence: Evidence | None
    fixes: int
    driven_m: float
    matched_m: float
    flags: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What the fixes of one vehicle in a span of time amount to; everything in order of ``began_at``."""

    passages: tuple[Passage, ...] = ()
    stops: tuple[Stop, ...] = ()
    gaps: tuple[Gap, ...] = ()
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadState:
    """How clear a road is, by what was known at one moment.

    ``clear_since`` is the time of the oldest passage that is needed to cover 80 % of the length (of both sides where the
    class has two): some of it lies uncleared since then; None: not covered as far back as is remembered (``PloughPlan.remember``).
    Whether it counts as cleared is asked of ``gis.ploughs.coverage.is_clear``. ``cleared_at`` is when the 80 % were reached last. ``share`` is
    how much of the length was worked over in the window, 0 to 1; ``last_worked_at`` the end of the newest passage over any of it, as far
    back as is remembered. ``forward`` and ``backward`` are the same ``clear_since`` by side (within the window where the class has one side).
    ``evidence`` is the weakest that was needed.
    """

    road: str
    share: float
    clear_since: datetime | None
    cleared_at: datetime | None
    last_worked_at: datetime | None
    forward: datetime | None
    backward: datetime | None
    evidence: Evidence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A dispatch order (出動指示): from ``at`` on the classes named are to be cleared by their deadlines.

    ``classes`` are codes of the layer of roads (``1``, ``2``, ``3``, ``emergency``). ``ended_at`` None: it stands. ``measured`` says in words what snow
    it rests on. ``by`` is who gave it.
    """

    id: str
    at: datetime
    classes: tuple[str, ...]
    by: str
    note: str = ""
    measured: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""


class NoteKind(StrEnum):
    """What a crew reports with one tap."""

    BLOCKED_BY_CAR = "blocked_by_car"
    DAMAGED_KERB = "damaged_kerb"
    DUMP_FULL = "dump_full"
    SNOW_PILE = "snow_pile"
    FALLEN_TREE = "fallen_tree"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewNote:
    """What a crew reported. ``id`` was made by the phone, so that the same report sent twice is one; ``photo`` says whether there is one."""

    id: str
    vehicle: int
    kind: NoteKind
    at: datetime
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    text: str = ""
    photo: bool = False
    received_at: datetime
    settled_at: datetime | None = None
    settled_by: str = ""
