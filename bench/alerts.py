"""How fast rules are evaluated, and a winter backtested.

``alerts_1000_instances``: one new sample at each of 1 000 instances of all kinds (of ten: five of levels, one each of rates,
forecasts, snowfall, silence and pairs or groups), with a day of samples each 10 minutes behind them; evaluation alone, with
nothing read or written, median of several rounds. ``alerts_round_1000``: the same 1 000 instances as a whole round on the
embedded database: what arrived is asked for, samples are read, states are written.
"""

from __future__ import annotations

import itertools
import math
import statistics
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

from alerts import Evaluator
from alerts.looking import look, needed_from
from alerts.state import InstanceState
from alerts.targets import Target, instances_of
from bench import alerts_backtest, machinery
from bench.measurement import Measurement
from bench.sites import write_site
from config import load_site
from config.model import Site
from config.rule_plan import Confirmation, Rule, RuleKind, RuleLevel
from core.levels import Level
from core.model import Observation, Quality, QualityReason, StationId, Thresholds
from store import Store, open_store
from store.rows import Batch, Sample

INSTANCES = 1_000
ROUNDS = 7
INTERVAL = timedelta(minutes=10)
BEFORE = 150
BEGIN = datetime(2026, 1, 10, tzinfo=UTC)
_AT = attrgetter("at")


def measure(folder: Path, scale: float) -> list[Measurement]:
    """All of it; ``scale`` makes the instances fewer and the winter shorter."""
    return [
        *measure_evaluation(folder / "evaluation", scale),
        *alerts_backtest.measure_backtest(folder / "backtest", scale),
    ]


def measure_evaluation(folder: Path, scale: float) -> list[Measurement]:
    """Milliseconds of a round of many instances, without and with a database."""
    wanted = max(10, round(INSTANCES * scale))
    site = _site(folder, wanted)
    targets = instances_of(site)[:wanted]
    pure = _pure(targets)
    with machinery.database(folder) as dsn, open_store(dsn) as store:
        whole = _whole(site, store)
    return [
        Measurement("alerts_1000_instances", pure * INSTANCES / len(targets), "ms", at_most=100),
        Measurement("alerts_round_1000", whole * INSTANCES / len(instances_of(site)), "ms"),
        Measurement("alerts_instances", len(targets), "instances"),
    ]


def _site(folder: Path, wanted: int) -> Site:
    """Enough stations of one quantity for so many instances, and a rule of each kind over its share of them."""
    shares = {"level": 5, "rate": 1, "forecast": 1, "snowfall": 1, "missing": 1, "pairs": 1}
    a_share = math.ceil(wanted / sum(shares.values()))
    site = load_site(write_site(folder / "site", name="bench", stations=5 * a_share))
    heights = Thresholds(caution=150.0, warning=180.0, danger=200.0)
    site = replace(site, datastreams=tuple(replace(stream, thresholds=heights) for stream in site.datastreams))
    places = [station.id for station in site.stations]
    found = [rule for name, share in shares.items() for rule in _rules(name, places[: share * a_share])]
    return replace(site, rules=tuple(found))


def _rules(name: str, places: Sequence[StationId]) -> Iterator[Rule]:
    hour = timedelta(hours=1)
    own = [_level(level, None) for level in (Level.CAUTION, Level.WARNING, Level.DANGER)]
    if name == "level":
        yield _rule(name, RuleKind.LEVEL, own, places=places)
    elif name == "rate":
        yield _rule(name, RuleKind.RATE, [_level(Level.WARNING, 30.0)], places=places, window=hour)
    elif name == "forecast":
        facts = {"window": hour, "horizon": 2 * hour, "toward": Level.DANGER}
        yield _rule(name, RuleKind.FORECAST, [_level(Level.WARNING, 60.0)], places=places, **facts)
    elif name == "snowfall":
        yield _rule(name, RuleKind.SNOWFALL, [_level(Level.WARNING, 20.0)], places=places, window=24 * hour)
    elif name == "missing":
        yield _rule(name, RuleKind.MISSING, [_level(Level.CAUTION, 0.0)], places=places)
    else:
        half = len(places) // 2
        pairs = tuple(itertools.pairwise(places[: half + 1]))
        yield _rule("blockage", RuleKind.BLOCKAGE, [_level(Level.WARNING, 10.0)], window=hour / 2, pairs=pairs)
        agree = Confirmation(needed=2, within=hour)
        for number in range(len(places) - half):
            yield _rule(f"group{number}", RuleKind.LEVEL, own, places=places[number : number + 3], confirmation=agree)


def _level(level: Level, raise_at: float | None) -> RuleLevel:
    return RuleLevel(
        level=level, raise_at=raise_at, clear_margin=5.0, hold=timedelta(0), clear_hold=timedelta(minutes=10)
    )


_UNITS = {RuleKind.RATE: "cm/h", RuleKind.FORECAST: "min", RuleKind.MISSING: "min"}


def _rule(
    name: str, kind: RuleKind, levels: Sequence[RuleLevel], places: Sequence[StationId] = (), **changes: Any
) -> Rule:
    return Rule(
        id=name,
        title_ja=name,
        title_en=name,
        quantity="snow_depth",
        unit=_UNITS.get(kind, "cm"),
        direction="rising",
        stations=frozenset(places),
        levels=tuple(levels),
        min_samples=2,
        max_gap=None,
        version="bench",
        kind=kind,
        **changes,
    )


def _value(stream: int, step: int) -> float:
    """A depth that goes up and down below every threshold, each gauge in its own time."""
    return round(80 + 25 * math.sin(step / 20 + stream) + (step * 7 + stream) % 3, 1)


def _pure(targets: Sequence[Target]) -> float:
    """Milliseconds to evaluate one new sample at each target: what is needed is cut out, judged, and the state is new."""
    keys = sorted({stream.key for target in targets for stream in target.streams})
    times = [BEGIN + step * INTERVAL for step in range(BEFORE + ROUNDS)]
    samples = {
        key: [Sample(at, _value(place, step), Quality.GOOD, at) for step, at in enumerate(times)]
        for place, key in enumerate(keys)
    }
    states: list[InstanceState | None] = [None] * len(targets)
    took = []
    for end in range(BEFORE, BEFORE + ROUNDS):
        known = {key: found[:end] for key, found in samples.items()}
        earliest = times[end - 1] if end > BEFORE else None
        now = times[end - 1] + timedelta(seconds=1)
        began = time.perf_counter()
        for place, target in enumerate(targets):
            since = needed_from(target, states[place], earliest, now)
            raw = {stream.key: _after(known[stream.key], since) for stream in target.streams}
            states[place] = look(target, states[place], raw, now, earliest=earliest).state
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[1:])  # the first round reads the whole day


def _after(samples: Sequence[Sample], since: datetime) -> Sequence[Sample]:
    return samples[bisect_right(samples, since, key=_AT) :]


def _whole(site: Site, store: Store) -> float:
    """Milliseconds of a whole round after one new sample of each datastream."""
    registry = store.register(site)
    numbers = list(registry.datastreams.values())
    for step in range(BEFORE):
        _append(store, registry.site, numbers, step)
    evaluator = Evaluator(site, store, registry, started_at=BEGIN)
    evaluator.round(BEGIN + BEFORE * INTERVAL)
    took = []
    for step in range(BEFORE, BEFORE + ROUNDS):
        _append(store, registry.site, numbers, step)
        began = time.perf_counter()
        done = evaluator.round(BEGIN + step * INTERVAL + timedelta(seconds=1))
        took.append((time.perf_counter() - began) * 1000)
        assert done.broken == 0
    return statistics.median(took)


def _append(store: Store, site_no: int, numbers: Sequence[int], step: int) -> None:
    at = BEGIN + step * INTERVAL
    rows = [
        Observation(number, at, value, value, Quality.GOOD, QualityReason.NONE, at)
        for place, number in enumerate(numbers)
        for value in [_value(place, step)]
    ]
    store.append(site_no, Batch(observations=rows))
