"""How a town clears its roads, as ``ploughs.toml`` and ``protected.csv`` say, checked and typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta

from core.model import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadClass:
    """What the town promises for one class of cleared roads (``ploughs.toml``, ``[classes.<code>]``).

    ``threshold_cm`` of new snow at one of the ``checks`` (times of day in the site's zone) calls for an order; roads are to be clear by ``deadline``.
    ``two_sided``: both directions are needed. ``second_pass_cm`` of snow since the last pass calls for another. None: not set by the town.
    """

    code: str
    threshold_cm: float | None = None
    checks: tuple[time, ...] = ()
    deadline: time | None = None
    two_sided: bool = False
    second_pass_cm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """Where ploughs stand when they do not work; within ``radius_m`` of it nothing counts as work or as a stop.

    ``public``: everybody knows where it is, as of a municipal yard; then only what happens in it is kept from the public.
    """

    id: str
    position: Position
    radius_m: float = 100.0
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedPlace:
    """An address the public must not learn of from ploughs: a private start, a vulnerable household. Known by its id only."""

    id: str
    position: Position
    radius_m: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PloughPlan:
    """How the town clears its roads: ``ploughs.toml``.

    ``roads`` is the id of the layer of cleared roads. ``day_begins`` is when a day of work begins (時 of the 除雪日報), in the site's zone.
    A road counts as cleared where it was worked over within ``window`` (or since the standing order); when it was cleared last is
    remembered for ``remember``, which is at least ``window``. The public sees ploughs no longer than
    ``public_window`` and times of roads in steps of ``public_step``; who clears a road only where ``public_contractor``.
    """

    roads: str
    classes: Mapping[str, RoadClass]
    depots: tuple[Depot, ...] = ()
    protected: tuple[ProtectedPlace, ...] = ()
    day_begins: time = time(12, 0)
    window: timedelta = timedelta(hours=24)
    remember: timedelta = timedelta(days=14)
    public_window: timedelta = timedelta(hours=6)
    public_step: timedelta = timedelta(minutes=10)
    public_contractor: bool = False
